-- Forecasts: what arithmetic in SQL gives, and what is no input.
SET timezone = 'UTC';
CREATE SCHEMA forecasts;
SET search_path = forecasts, public;
SET extra_float_digits = 0;
CREATE FUNCTION near(a float8, b float8, tolerance float8 DEFAULT 1e-9) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT abs(a - b) <= tolerance * greatest(1, abs(a), abs(b))$$;

-- months of two kinds of incident from 2018 to 2021; b begins in 2019
CREATE TABLE incident (at timestamptz, series text);
INSERT INTO incident
SELECT m + k * interval '3 hours', 'a' FROM generate_series('2018-01-01'::timestamptz, '2021-12-01', '1 month') m,
  generate_series(1, 20 + (extract(month FROM m)::int * 7919 + extract(year FROM m)::int * 104729) % 13) k
UNION ALL
SELECT m + k * interval '5 hours', 'b' FROM generate_series('2019-03-01'::timestamptz, '2021-12-01', '1 month') m,
  generate_series(1, 5 + (extract(month FROM m)::int * 31 + extract(year FROM m)::int * 17) % 7) k;
INSERT INTO incident VALUES ('2021-12-31 23:30', 'a');
DELETE FROM incident WHERE series = 'b' AND at >= '2020-05-01' AND at < '2020-06-01';
CREATE TABLE monthly AS SELECT * FROM crimeml.counts('incident', '1 month', '[2018-01-01, 2022-01-01)');
SELECT series, count(*), min(at), max(at), sum(count), min(count) FROM monthly GROUP BY 1 ORDER BY 1;

-- forecast_counts: the counts as counts() has them, zeros too, then steps; naive is the last season, mean the mean
SELECT count(*) AS rows, bool_and(f.count = m.count AND step IS NULL AND forecast IS NULL AND level IS NULL AND method_used IS NULL) AS same
FROM crimeml.forecast_counts('incident', '1 month', 3, 'naive') f JOIN monthly m USING (series, at) WHERE f.step IS NULL;
CREATE FUNCTION last_season(s text, h int, origin timestamptz DEFAULT '2022-01-01') RETURNS float8 LANGUAGE sql STABLE AS
$$SELECT count FROM monthly WHERE series = s AND at = origin + make_interval(months => (h - 1) % 12 - 12)$$;
SELECT series, count(*) AS rows, bool_and(forecast = last_season(series, step)) AS last_season, bool_and(count IS NULL) AS unknown,
  bool_and(at = '2022-01-01'::timestamptz + make_interval(months => step - 1)) AS at, min(method_used) AS method
FROM crimeml.forecast_counts('incident', '1 month', 15, 'naive', '{0.5, 0.8, 0.95}') WHERE step IS NOT NULL GROUP BY 1 ORDER BY 1;
SELECT f.series, step, near(forecast, (SELECT avg(count) FROM monthly m WHERE m.series = f.series)) AS mean, method_used
FROM crimeml.forecast_counts('incident', '1 month', 2, 'mean', NULL) f WHERE step IS NOT NULL;
-- an origin sets the counts beside what would have been said
SELECT f.series, step, at, f.count = m.count AS counted, forecast = last_season(series, step, '2021-01-01') AS last_season
FROM crimeml.forecast_counts('incident', '1 month', 2, 'naive', '{0.9}', '2021-01-15') f JOIN monthly m USING (series, at) WHERE step IS NOT NULL;
-- before a series begins nothing is said of it
SELECT series, count(*), max(method_used) AS method FROM crimeml.forecast_counts('incident', '1 month', 2, 'naive', '{0.9}', '2018-06-01') WHERE step IS NOT NULL GROUP BY 1;
-- nested levels, whole and 0 or more
SELECT method, count(*) AS rows, bool_and(lower >= 0 AND lower = round(lower) AND upper = round(upper) AND lower <= upper) AS whole,
  bool_and(wider) AS nested, min(method_used) AS used
FROM unnest('{auto,level,ets,theta,trend,naive,mean,arima}'::text[]) WITH ORDINALITY m (method, i),
  LATERAL (SELECT *, upper - lower >= coalesce(lag(upper - lower) OVER (PARTITION BY series, step ORDER BY level), 0) AS wider
    FROM crimeml.forecast_counts('incident', '1 month', 6, method, '{0.95, 0.5}') WHERE step IS NOT NULL) f
GROUP BY method, i ORDER BY i;
-- the time zone is that of the options; a name with quotes; an empty source
SELECT min(at) AT TIME ZONE 'Asia/Tokyo' AS tokyo FROM crimeml.forecast_counts('incident', '1 month', 1, 'mean', options => '{"time_zone": "Asia/Tokyo"}') WHERE step = 1;
CREATE VIEW "it's ""odd""" AS SELECT at, 'o''"' || series AS series FROM incident;
SELECT series, step, forecast FROM crimeml.forecast_counts('"it''s ""odd"""', '1 month', 1, 'naive', NULL) WHERE step = 1;
CREATE VIEW nothing AS SELECT * FROM incident WHERE false;
SELECT * FROM crimeml.forecast_counts('nothing', '1 month', 1);
-- the hour that the clocks leave out: what follows it is forecast in its place
CREATE TABLE hours AS SELECT t + k * interval '1 second' AS at
FROM generate_series('2024-02-20 05:00'::timestamptz, '2024-03-12', '1 hour') t, generate_series(1, extract(hour FROM t AT TIME ZONE 'America/New_York')::int + 1) k;
SELECT step, at, count, forecast FROM crimeml.forecast_counts('hours', '1 hour', 3, 'naive', NULL, '2024-03-10 07:00', '{"time_zone": "America/New_York"}') WHERE step IS NOT NULL;
SELECT method, n, mae FROM crimeml.forecast_accuracy('SELECT at FROM hours WHERE at < ''2024-03-11 07:00''', '1 hour', 24, '{naive}', 1, 'America/New_York');

-- accuracy: the same from forecast_counts, origin by origin
CREATE VIEW said AS
SELECT m.method, o.origin, f.* FROM unnest('{naive,mean}'::text[]) m (method), unnest('{2021-01-01,2021-04-01,2021-07-01,2021-10-01}'::timestamptz[]) o (origin),
  LATERAL crimeml.forecast_counts('incident', '1 month', 3, m.method, '{0.95}', o.origin) f WHERE f.step IS NOT NULL;
CREATE VIEW scale AS
SELECT o.origin, a.series, avg(abs(a.count - b.count)) AS q FROM unnest('{2021-01-01,2021-04-01,2021-07-01,2021-10-01}'::timestamptz[]) o (origin),
  monthly a JOIN monthly b ON b.series = a.series AND b.at = a.at - interval '1 year' WHERE a.at < o.origin GROUP BY 1, 2;
SELECT a.method, a.series, a.n = s.n AS n, near(a.mae, s.mae) AS mae, near(a.rmse, s.rmse) AS rmse, near(a.mase, s.mase) AS mase, near(a.error, s.error) AS error,
  near(a.below, s.below) AS below, near(a.above, s.above) AS above
FROM crimeml.forecast_accuracy('incident', '1 month', 3, '{naive,mean}', 4) a
JOIN (SELECT method, series, count(*) AS n, avg(abs(count - forecast)) AS mae, sqrt(avg((count - forecast) ^ 2)) AS rmse, avg(abs(count - forecast) / q) AS mase,
    avg(count - forecast) AS error, avg((count < lower)::int) AS below, avg((count > upper)::int) AS above
  FROM said JOIN scale USING (origin, series) GROUP BY GROUPING SETS ((method, series), (method))) s
ON s.method = a.method AND s.series IS NOT DISTINCT FROM a.series ORDER BY 1, 2;

SELECT series, near(mase * q, mae) AS mase, near(scaled_crps * q, crps) AS crps
FROM crimeml.forecast_accuracy('incident', '1 month', 3, '{mean}', 1) JOIN scale USING (series) WHERE origin = '2021-10-01' ORDER BY 1;

-- decompose: the parts are the whole
SELECT series, count(*), bool_and(near(count, trend + season + remainder)) AS whole, max(abs(season)) > 0 AS seasons
FROM crimeml.decompose('incident', '1 month') GROUP BY 1 ORDER BY 1;
SELECT bool_and(near(count, trend + season + remainder)) AS whole FROM crimeml.decompose('incident', '1 month', true, 'Asia/Tokyo');
SELECT at, count, trend, season, near(remainder, 0) AS none FROM crimeml.decompose('SELECT timestamptz ''2020-01-15'' + i * interval ''1 month'' AS at FROM generate_series(0, 4) i', '1 month');
-- less than two seasons: the trend is a line through the seven values about each, by the tricube of their distance, and not the values themselves
CREATE TABLE eleven AS SELECT '2020-01-01'::timestamptz + i * interval '1 month' AS at, i, (20 + i * i * 5 % 13)::float8 AS value FROM generate_series(0, 10) i;
CREATE VIEW short AS SELECT at + k * interval '1 hour' AS at FROM eleven, generate_series(1, value::int) k UNION ALL SELECT timestamptz '2020-11-30 23:30';
SELECT count(*), bool_and(season = 0) AS no_season, bool_and(near(d.trend, line.at_x)) AS line, count(*) FILTER (WHERE near(d.trend, d.count)) AS themselves,
  abs(sum(remainder)) < 0.1 * sum(abs(remainder)) AS about_0
FROM crimeml.decompose('short', '1 month') d JOIN eleven e USING (at), LATERAL (
  SELECT sum(w * v) / sum(w) + (sum(w * x * v) - sum(w * x) * sum(w * v) / sum(w)) / (sum(w * x * x) - sum(w * x) ^ 2 / sum(w)) * (0 - sum(w * x) / sum(w)) AS at_x
  FROM (SELECT value + (i = 10)::int AS v, i - e.i AS x, (1 - least(1, abs(i - e.i) / max(abs(i - e.i)) OVER ()::float8) ^ 3) ^ 3 AS w
    FROM eleven x WHERE x.i BETWEEN least(greatest(e.i - 3, 0), 4) AND least(greatest(e.i + 3, 6), 10)) x) line;

-- simple exponential smoothing: the level by recursion from the start that the model tells, which is the one of least squares
CREATE TABLE daily AS SELECT '2024-01-01'::timestamptz + i * interval '1 day' AS at, (50 + 10 * sin(i * 1.3) + (i * 7919 % 17) * 0.5)::float8 AS value, i AS t FROM generate_series(1, 60) i;
CREATE TABLE smoothed AS SELECT crimeml.ets_agg(at, value, '{"model": "simple", "alpha": 0.3}') AS m FROM daily WHERE t <= 50;
CREATE FUNCTION term(m crimeml.model, name text) RETURNS float8 LANGUAGE sql STABLE AS
$$SELECT (crimeml.describe(m) #>> ARRAY['series', '0', 'terms', name])::float8$$;
CREATE FUNCTION ses(l float8, alpha float8, n int) RETURNS TABLE (t int, level float8, error float8) LANGUAGE sql STABLE AS $$
  WITH RECURSIVE r AS (SELECT 0 AS t, l AS level, NULL::float8 AS error
    UNION ALL SELECT r.t + 1, r.level + alpha * (d.value - r.level), d.value - r.level FROM r JOIN daily d ON d.t = r.t + 1 WHERE r.t < n)
  SELECT * FROM r $$;
-- errors are linear in the start: e(l) = e(0) - l * 0.7 ^ (t - 1)
SELECT near(term(m, 'l'), (SELECT sum(error * 0.7 ^ (t - 1)) / sum(0.49 ^ (t - 1)) FROM ses(0, 0.3, 50) WHERE t > 0), 1e-4) AS start,
  near((SELECT min(forecast) FROM crimeml.forecast(m, 7, NULL)), (SELECT level FROM ses(term(m, 'l'), 0.3, 50) WHERE t = 50)) AS level,
  near(term(m, 'loglik'), (SELECT -25 * ln(sum(error ^ 2)) FROM ses(term(m, 'l'), 0.3, 50))) AS likelihood,
  near((SELECT upper - lower FROM crimeml.forecast(m, 3, '{0.95}') WHERE step = 3), 2 * 1.959963984540054 * sqrt(term(m, 'sigma2') * (1 + 2 * 0.09)), 1e-7) AS interval
FROM smoothed;
-- update goes on with it; rows that are known are left out and told, and so is a bucket before all of them, twice
CREATE TABLE updated AS SELECT crimeml.update(m, 'SELECT at, value FROM daily WHERE t > 50') AS m FROM smoothed;
SELECT near((SELECT forecast FROM crimeml.forecast(u.m, 1, NULL)), (SELECT level FROM ses(term(s.m, 'l'), 0.3, 60) WHERE t = 60)) AS level,
  (SELECT at FROM crimeml.forecast(u.m, 1, NULL)) AS at, crimeml.describe(u.m) -> 'rows' AS rows, crimeml.describe(u.m) #>> '{series,0,until}' AS until
FROM updated u, smoothed s;
SELECT crimeml.describe(crimeml.update(m, 'SELECT at, value FROM daily UNION ALL SELECT ''2023-12-01'', i FROM generate_series(1, 2) i')) #> '{series}' =
  crimeml.describe(u) #> '{series}' AS same FROM smoothed, LATERAL (SELECT u.m AS u FROM updated u) x;
-- a gap: the level stands
SELECT near(f.forecast, (SELECT level + 0.3 * (100 - level) FROM ses(term(m, 'l'), 0.3, 50) WHERE t = 50)) AS level, f.at
FROM smoothed, crimeml.forecast(crimeml.update(m, 'SELECT timestamptz ''2024-02-25'' AS at, 100 AS value'), 1, NULL) f;

-- Holt: two recursions
CREATE TABLE sloped AS SELECT crimeml.ets_agg(at, value, '{"model": "AAN", "alpha": 0.4, "beta": 0.1}') AS m FROM daily WHERE t <= 50;
CREATE FUNCTION holt(l float8, b float8, alpha float8, beta float8, n int) RETURNS TABLE (t int, level float8, slope float8, squares float8) LANGUAGE sql STABLE AS $$
  WITH RECURSIVE r AS (SELECT 0 AS t, l AS level, b AS slope, 0::float8 AS squares
    UNION ALL SELECT r.t + 1, level + slope + alpha * (value - level - slope), slope + beta * (value - level - slope), squares + (value - level - slope) ^ 2
    FROM r JOIN daily d ON d.t = r.t + 1 WHERE r.t < n)
  SELECT * FROM r $$;
SELECT bool_and(near(f.forecast, h.level + f.step * h.slope)) AS points, bool_and(near(term(m, 'loglik'), -25 * ln(h.squares))) AS likelihood,
  -- no start about it is better
  (SELECT bool_and(g.squares >= h.squares * (1 - 1e-7)) FROM (VALUES (0.5, 0), (-0.5, 0), (0, 0.05), (0, -0.05), (0.1, 0.01)) d (l, b),
    holt(term(min(m::text)::crimeml.model, 'l') + d.l, term(min(m::text)::crimeml.model, 'b') + d.b, 0.4, 0.1, 50) g WHERE g.t = 50) AS best
FROM sloped, holt(term(m, 'l'), term(m, 'b'), 0.4, 0.1, 50) h, crimeml.forecast(m, 10, NULL) f WHERE h.t = 50 GROUP BY h.squares;
SELECT bool_and(near(f.forecast, h.level + f.step * h.slope)) AS updated
FROM sloped, holt(term(m, 'l'), term(m, 'b'), 0.4, 0.1, 60) h,
  LATERAL (SELECT crimeml.update(m, 'SELECT at, value FROM daily WHERE t > 50') AS u) u, crimeml.forecast(u, 10, NULL) f WHERE h.t = 60;
-- a form that was chosen is that form named: parameters, states before the first value (which are seasons about 0, of the size of the values' own), likelihood
CREATE TABLE seasonal AS SELECT '2010-01-01'::timestamptz + i * interval '1 month' AS at, i, 300 + 50 * sin(i * pi() / 6) + (i * i * 7919 % 101) * 0.5 AS value FROM generate_series(0, 95) i;
WITH chosen AS (SELECT crimeml.describe(crimeml.ets_agg(at, value, '{"model": "AZA"}')) #> '{series,0}' AS d FROM seasonal),
  named AS (SELECT crimeml.describe(crimeml.ets_agg(at, value, '{"model": "ANA"}')) #> '{series,0}' AS d FROM seasonal)
SELECT c.d ->> 'method' AS method, c.d ->> 'reason' AS reason, c.d -> 'terms' = n.d -> 'terms' AS same,
  (SELECT max(value::float8) BETWEEN 40 AND 75 FROM jsonb_each_text(c.d -> 'terms') WHERE key ~ '^s[0-9]') AS seasons FROM chosen c, named n;
-- alpha that is given holds where nothing is fitted: of few values, and of equal ones, whose level a new value moves by it
SELECT n, equal, term(m, 'alpha') AS alpha, crimeml.describe(m) #>> '{series,0,reason}' AS reason,
  near((SELECT forecast FROM crimeml.forecast(crimeml.update(m, 'SELECT timestamptz ''2024-03-01'' AS at, 10 AS value'), 1, NULL)), mean + 0.5 * (10 - mean)) AS moved
FROM (SELECT n, equal, crimeml.ets_agg('2024-01-01'::timestamptz + i * interval '1 day', v, '{"model": "simple", "alpha": 0.5, "bucket": "1 day"}') AS m, avg(v) AS mean
  FROM (VALUES (4, false), (1, true), (30, true)) x (n, equal), LATERAL (SELECT i, CASE WHEN equal THEN 3 ELSE i END::float8 AS v FROM generate_series(1, n) i) y GROUP BY 1, 2) z ORDER BY 1;
SELECT term(crimeml.ets_agg('2024-01-01'::timestamptz + i * interval '1 day', i, '{"model": "simple"}'), 'alpha') AS alpha FROM generate_series(1, 4) i;
-- why it is not the model asked for: of a model without a season the season is no reason, and of one that many values leave without a fit their number
SELECT bucket, options, count(*) AS values, crimeml.describe(crimeml.ets_agg('2001-01-01'::timestamptz + i * bucket, value, options::jsonb || jsonb_build_object('bucket', bucket))) #>> '{series,0,method}' AS method,
  crimeml.describe(crimeml.ets_agg('2001-01-01'::timestamptz + i * bucket, value, options::jsonb || jsonb_build_object('bucket', bucket))) #>> '{series,0,reason}' AS reason
FROM (VALUES (1, '1 year'::interval, '{"model": "AAN"}', 7), (2, '1 year', '{"model": "AAA"}', 7), (3, '1 year', '{"model": "AZZ", "gamma": 0.1}', 9), (4, '1 minute', '{"model": "AAdN"}', 8), (5, '1 minute', '{"model": "ANA"}', 8),
    (6, '1 day', '{"model": "ANA"}', 12), (7, '1 day', '{"model": "ZAdZ"}', 15), (8, '1 day', '{"model": "MNN"}', 40), (9, '1 day', '{"model": "AAA", "alpha": 0.99, "beta": 0.99, "gamma": 0.01}', 60)) x (k, bucket, options, n),
  LATERAL (SELECT i, CASE WHEN k = 8 AND i <= 12 THEN 1e-20 ELSE i * i * 5 % 13 + 1 END AS value FROM generate_series(1, n) i) y GROUP BY k, 1, 2 ORDER BY k;

-- ARIMA(1, 0, 0) with a mean: the forecast goes back to it; the exact likelihood by its formula; a walk stays where it is
SELECT bool_and(near(f.forecast, term(m, 'mean') + term(m, 'ar1') ^ f.step * (last.value - term(m, 'mean')), 1e-7)) AS points,
  bool_and(near(term(m, 'loglik'), (SELECT -0.5 * 50 * ln(2 * pi()) - 50 * ln(term(m, 'sigma')) + 0.5 * ln(1 - term(m, 'ar1') ^ 2)
    - ((1 - term(m, 'ar1') ^ 2) * sum(x ^ 2) FILTER (WHERE t = 1) + sum((x - term(m, 'ar1') * before) ^ 2) FILTER (WHERE t > 1)) / (2 * term(m, 'sigma') ^ 2)
    FROM (SELECT t, value - term(m, 'mean') AS x, lag(value - term(m, 'mean')) OVER (ORDER BY t) AS before FROM daily WHERE t <= 50) d), 1e-7)) AS likelihood
FROM (SELECT crimeml.arima_agg(at, value, '{"order": [1, 0, 0], "constant": "mean"}') AS m FROM daily WHERE t <= 50) a,
  (SELECT value FROM daily WHERE t = 50) last, crimeml.forecast(m, 5, NULL) f;
SELECT bool_and(near(forecast, last.value)) AS walk, bool_and(near(upper - lower, 2 * 1.959963984540054 * sqrt(s.variance * step), 1e-6)) AS interval
FROM (SELECT crimeml.arima_agg(at, value, '{"order": [0, 1, 0], "constant": "none"}') AS m FROM daily WHERE t <= 50) a,
  (SELECT value FROM daily WHERE t = 50) last,
  (SELECT avg(x ^ 2) AS variance FROM (SELECT value - lag(value) OVER (ORDER BY t) AS x FROM daily WHERE t <= 50) d) s, crimeml.forecast(m, 5, '{0.95}') f;

-- errors are of the moving average that is told, wherever the search found its likelihood: by the exact likelihood's second difference
CREATE TABLE moved AS SELECT i, '2024-01-01'::timestamptz + i * interval '1 day' AS at, a.u - 0.7 * b.u AS value
FROM generate_series(1, 12) i, LATERAL (SELECT ('x' || substr(md5(i || '.306'), 1, 8))::bit(32)::bigint / 4294967296.0::float8 AS u) a, LATERAL (SELECT ('x' || substr(md5(i - 1 || '.306'), 1, 8))::bit(32)::bigint / 4294967296.0::float8 AS u) b;
CREATE FUNCTION ma1(theta float8) RETURNS float8 LANGUAGE sql STABLE AS $$
  WITH RECURSIVE r AS (SELECT i, value AS e, 1 + theta ^ 2 AS v FROM moved WHERE i = 1
    UNION ALL SELECT m.i, m.value - theta * e / v, 1 + theta ^ 2 - theta ^ 2 / v FROM r JOIN moved m ON m.i = r.i + 1)
  SELECT -0.5 * (count(*) * (1 + ln(2 * pi() * avg(e ^ 2 / v))) + sum(ln(v))) FROM r $$;
SELECT near(term(m, 'loglik'), ma1(term(m, 'ma1'))) AS likelihood, near(term(m, 'ma1_error'), 1e-3 / sqrt(2 * ma1(term(m, 'ma1')) - ma1(term(m, 'ma1') + 1e-3) - ma1(term(m, 'ma1') - 1e-3)), 1e-4) AS error
FROM (SELECT crimeml.arima_agg(at, value, '{"order": [0, 0, 1], "constant": "none"}') AS m FROM moved) a;

-- no more values than parameters and one: there is no AICc, and a model nevertheless
SELECT s ->> 'method' AS method, s ->> 'reason' AS reason, s -> 'terms' ? 'aicc' AS aicc, near(term(m, 'aic'), 6 - 2 * term(m, 'loglik')) AS aic
FROM (SELECT crimeml.arima_agg(at, v, '{"order": [1, 0, 0], "constant": "mean"}') AS m FROM (VALUES ('2024-01-01'::timestamptz, 3), ('2024-01-02', 1), ('2024-01-03', 4), ('2024-01-04', 1)) v (at, v)) x,
  LATERAL (SELECT crimeml.describe(m) #> '{series,0}' AS s) d;
-- the most coefficients, and the waves of a week in hours: terms of all of them
CREATE TABLE noise AS SELECT i, '2024-01-01'::timestamptz + i * interval '1 hour' AS at, (('x' || substr(md5(i::text), 1, 8))::bit(32)::bigint / 4294967296.0)::float8 AS u
FROM generate_series(1, 500) i;
SELECT s ->> 'method' AS method, count(*) FILTER (WHERE term !~ '_error') AS terms, count(*) FILTER (WHERE term ~ '^(cosine|sine)') AS waves, count(*) FILTER (WHERE term ~ '^(ar|ma)[1-8]_error') AS errors
FROM (SELECT crimeml.describe(crimeml.arima_agg(at, 10 * u, '{"order": [8, 0, 8], "starts": 0}')) #> '{series,0}' AS s FROM noise) x, jsonb_object_keys(s -> 'terms') term GROUP BY 1;

-- small numbers are no rounding: what is forecast of values a trillion times smaller
SELECT count(*) AS rows, bool_and(near(1e12 * a.forecast, b.forecast, 1e-4) AND near(1e12 * (a.upper - a.lower), b.upper - b.lower, 1e-4)) AS same, bool_or(b.upper > b.lower) AS spread
FROM (SELECT crimeml.arima_agg(at, 1e-12 * (u - 0.5), '{"order": [0, 1, 1]}') AS small, crimeml.arima_agg(at, u - 0.5, '{"order": [0, 1, 1]}') AS large FROM noise) x, crimeml.forecast(small, 5) a JOIN crimeml.forecast(large, 5) b USING (step, level);
-- a line is one, and its differences need no more: 0.1 has no end in binary
SELECT s ->> 'method' AS method, s ->> 'reason' AS reason, near((SELECT forecast FROM crimeml.forecast(m, 3, NULL) WHERE step = 3), 30.3) AS forecast
FROM (SELECT crimeml.arima_agg(at, 0.1 * i) AS m FROM noise WHERE i <= 300) x, LATERAL (SELECT crimeml.describe(m) #> '{series,0}' AS s) d;

-- of a long series the last 20 000 values: a walk's drift is the mean of their differences
SELECT s ->> 'reason' AS reason, bool_and(near(f.forecast, w.last + f.step * (w.last - w.first) / 19999)) AS forecast
FROM (SELECT crimeml.arima_agg(at, value, '{"order": [0, 1, 0], "season": 1, "constant": "drift"}') AS m, max(value) FILTER (WHERE i = 20500) AS last, max(value) FILTER (WHERE i = 501) AS first
  FROM generate_series(1, 20500) i, LATERAL (SELECT '1960-01-01'::timestamptz + i * interval '1 day' AS at, (i * 0.618033988749895) % 1 + CASE WHEN i <= 500 THEN 1000 ELSE 0.01 * i END AS value) v) w,
  LATERAL (SELECT crimeml.describe(m) #> '{series,0}' AS s) d, crimeml.forecast(m, 4, NULL) f GROUP BY 1;

-- stored as text and back, rows in another order, more workers: the same model, and the same forecast
CREATE TABLE many AS SELECT s::text AS series, '2020-01-01'::timestamptz + i * interval '1 day' AS at, (i * 7919 + s * 104729) % (5 + s) AS value
FROM generate_series(1, 60) s, generate_series(1, 400) i;
CREATE TABLE fitted (method text, how text, m crimeml.model);
CREATE FUNCTION fit(how text, ordered text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('INSERT INTO fitted SELECT ''level'', %L, crimeml.level_agg(at, value, series, NULL ORDER BY %s) FROM many', how, ordered);
  EXECUTE format('INSERT INTO fitted SELECT ''ets'', %L, crimeml.ets_agg(at, value, series, ''{"model": "ANZ"}'' ORDER BY %s) FROM many', how, ordered);
  EXECUTE format('INSERT INTO fitted SELECT ''arima'', %L, crimeml.arima_agg(at, value, series, ''{"order": [1, 0, 1], "starts": 0}'' ORDER BY %s) FROM many WHERE value IS NOT NULL AND series::int <= 55', how, ordered);
  EXECUTE format('INSERT INTO fitted SELECT ''lstm'', %L, crimeml.lstm_agg(at, value, series, ''{"steps": 5, "hidden": 8, "batch": 16}'' ORDER BY %s) FROM many', how, ordered);
END $$;
SET max_parallel_maintenance_workers = 0;
SELECT fit('alone', 'series, at');
SET max_parallel_maintenance_workers = 2;
SELECT fit('workers', 'at DESC, value, series');
RESET max_parallel_maintenance_workers;
SELECT method, count(DISTINCT m::text) AS models, bool_and(crimeml.describe(m) -> 'series' -> 0 ->> 'n' = '400') AS whole FROM fitted GROUP BY 1 ORDER BY 1;
SELECT method, count(*) AS rows, count(f IS DISTINCT FROM g OR NULL) AS others, count(*) FILTER (WHERE f.lower <> round(f.lower) OR f.lower < 0 OR f.upper <> round(f.upper)) AS not_whole
FROM fitted, LATERAL (SELECT (m::text)::crimeml.model AS again) a, crimeml.forecast(m, 30) f JOIN crimeml.forecast(again, 30) g USING (series, step, level)
WHERE how = 'alone' GROUP BY 1 ORDER BY 1;
-- a series by itself is as among the others
SELECT count(*) AS rows, count(near(f.forecast, g.forecast) AND f.upper = g.upper OR NULL) AS same
FROM fitted t, crimeml.forecast(t.m, 3) f JOIN (SELECT '7' AS series, o.* FROM (SELECT crimeml.ets_agg(at, value, '{"model": "ANZ"}') AS m FROM many WHERE series = '7') x, crimeml.forecast(x.m, 3) o (none, step, at, forecast, level, lower, upper)) g USING (series, step, level)
WHERE t.method = 'ets' AND how = 'alone';

-- the interval of counts: the shortest with the level, of a normal distribution rounded to whole numbers, by brute force; seasonal naive knows its variance
CREATE FUNCTION normal(x float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
  WITH RECURSIVE s AS (SELECT 0 AS n, x AS term, x AS sum UNION ALL SELECT n + 1, term * x * x / (2 * n + 3), sum + term * x * x / (2 * n + 3) FROM s WHERE n < 100 AND abs(term) > 1e-30)
  SELECT CASE WHEN x < -6 THEN 0 WHEN x > 6 THEN 1 ELSE 0.5 + exp(-x * x / 2) / sqrt(2 * pi()) * (SELECT sum FROM s ORDER BY n DESC LIMIT 1) END $$;
CREATE TABLE normals AS
SELECT series, y, normal((y + 0.5 - forecast) / sd) AS p, lower, upper, level, forecast
FROM (SELECT series, sqrt(avg((a.count - b.count) ^ 2)) AS sd FROM monthly a JOIN monthly b USING (series) WHERE b.at = a.at - interval '1 year' GROUP BY 1) v
JOIN crimeml.forecast_counts('incident', '1 month', 1, 'naive', '{0.5, 0.9}') f USING (series), generate_series(-1, 120) y WHERE step = 1;
SELECT series, level, bool_and(f.p - CASE WHEN f.lower > 0 THEN g.p ELSE 0 END >= level) AS holds,
  (SELECT min(b.y - a.y - 1) FROM normals a JOIN normals b USING (series, level) WHERE series = f.series AND level = f.level AND b.p - CASE WHEN a.y >= 0 THEN a.p ELSE 0 END >= level) = min(f.upper - f.lower) AS shortest
FROM normals f JOIN normals g USING (series, level) WHERE f.y = f.upper AND g.y = f.lower - 1 GROUP BY 1, 2 ORDER BY 1, 2;
-- CRPS and pinball losses by the same distribution's quantiles, the least whole numbers that reach a probability
WITH v AS (SELECT series, sqrt(avg((a.count - b.count) ^ 2)) AS sd FROM monthly a JOIN monthly b USING (series) WHERE b.at = a.at - interval '1 year' AND a.at < '2021-01-01' GROUP BY 1),
  q AS (SELECT series, m.at, m.count, i / 20.0 AS p, (SELECT min(y) FROM generate_series(0, 120) y WHERE normal((y + 0.5 - last_season(series, h, '2021-01-01')) / sd) >= i / 20.0) AS q
    FROM v, generate_series(1, 12) h, generate_series(1, 19) i, LATERAL (SELECT at, count FROM monthly WHERE series = v.series AND at = '2020-12-01'::timestamptz + make_interval(months => h)) m),
  loss AS (SELECT *, CASE WHEN count >= q THEN p * (count - q) ELSE (1 - p) * (q - count) END AS loss FROM q)
SELECT series, near(min(a.crps), 2 * avg(loss)) AS crps, near(min(a.pinball_05), avg(loss) FILTER (WHERE p = 0.05)) AS p05,
  near(min(a.pinball_50), avg(loss) FILTER (WHERE p = 0.5)) AS p50, near(min(a.pinball_95), avg(loss) FILTER (WHERE p = 0.95)) AS p95
FROM loss JOIN crimeml.forecast_accuracy('incident', '1 month', 12, '{naive}', 1) a USING (series) GROUP BY 1 ORDER BY 1;
-- where one comes in 200 days all quantiles to 95 % are 0, so the CRPS is the mean count: 2 in the last 280 days
CREATE TABLE rare AS SELECT '2018-01-01'::timestamptz + (i * 200 + i * 7919 % 37) * interval '1 day' + interval '3 hours' AS at FROM generate_series(0, 10) i;
SELECT (SELECT count(*) FROM rare, (SELECT max(at) AS last FROM rare) l WHERE at > last - interval '280 days') AS came;
SELECT method, n, near(crps, 2.0 / 280) AS crps, below, near(above, 2.0 / 280) AS above FROM crimeml.forecast_accuracy('rare', '1 day', 28, '{level,ets,theta,trend,mean}', 10) ORDER BY 1;
-- steady counts of a Poisson distribution of mean 5: level finds it, and its intervals hold what that one puts there
CREATE TABLE poisson AS
WITH RECURSIVE p AS (SELECT 0 AS k, exp(-5::float8) AS p, exp(-5::float8) AS cdf UNION ALL SELECT k + 1, p * 5 / (k + 1), cdf + p * 5 / (k + 1) FROM p WHERE k < 40)
SELECT * FROM p;
CREATE TABLE steady AS
SELECT '2015-01-01'::timestamptz + i * interval '1 day' AS at, (SELECT min(k) FROM poisson WHERE cdf > u)::float8 AS value
FROM (SELECT ('x' || substr(md5(i::text), 1, 8))::bit(32)::bigint / 4294967296.0 AS u, i FROM generate_series(1, 2000) i) x;
SELECT near(avg(value), 5, 0.02) AS mean, near(variance(value), 5, 0.1) AS variance FROM steady;
SELECT method, bool_and(near(forecast, 5, 0.05)) AS mean, level, bool_and(inside BETWEEN level - 0.02 AND level + 0.1) AS level_holds
FROM (SELECT 'level' AS method, crimeml.level_agg(at, value, '{"season": false}') AS m FROM steady) m,
  LATERAL (SELECT f.*, (SELECT sum(p) FROM poisson WHERE k BETWEEN lower AND upper) AS inside FROM crimeml.forecast(m, 7, '{0.8, 0.95}') f) f GROUP BY 1, 3 ORDER BY 3;

-- series that say little: each has a forecast, and why it is so
CREATE TABLE little AS
SELECT * FROM (VALUES ('one value', 1, 3::float8)) v (series, i, value)
UNION ALL SELECT 'two values', i, i FROM generate_series(1, 2) i
UNION ALL SELECT 'constant', i, 4 FROM generate_series(1, 40) i
UNION ALL SELECT 'all zero', i, 0 FROM generate_series(1, 40) i
UNION ALL SELECT 'gaps', i, i % 7 FROM generate_series(1, 60) i WHERE i % 5 <> 0
UNION ALL SELECT 'nulls', i, nullif(i % 6, 3) FROM generate_series(1, 60) i
UNION ALL SELECT 'no value', i, NULL FROM generate_series(1, 3) i
UNION ALL SELECT 'later', i, i % 3 FROM generate_series(50, 60) i
UNION ALL SELECT 'not whole', i, 0.5 + i % 3 FROM generate_series(1, 30) i
UNION ALL SELECT 'negative', i, -i FROM generate_series(1, 30) i
UNION ALL SELECT 'large', i, 9e15 * (i % 2) FROM generate_series(1, 30) i
UNION ALL SELECT 'edge', i, CASE WHEN i % 3 = 0 THEN 1.7e308 ELSE -1.7e308 END FROM generate_series(1, 30) i
UNION ALL SELECT 'huge', i, 1e300 * (i % 2) FROM generate_series(1, 30) i;
CREATE VIEW small AS SELECT series, '2024-01-01'::timestamptz + i * interval '1 day' AS at, value FROM little;
CREATE TABLE small_models AS
SELECT 'arima' AS method, crimeml.arima_agg(at, value, series, '{"starts": 0}') AS m FROM small
UNION ALL SELECT 'ets', crimeml.ets_agg(at, value, series, NULL) FROM small
UNION ALL SELECT 'level', crimeml.level_agg(at, value, series, NULL) FROM small
UNION ALL SELECT 'lstm', crimeml.lstm_agg(at, value, series, '{"steps": 3, "hidden": 8}') FROM small WHERE series NOT IN ('not whole', 'negative', 'large', 'edge', 'huge');
SELECT method, s ->> 'name' AS series, s ->> 'n' AS n, s ->> 'method' AS fitted, s ->> 'reason' AS reason, rows, finite
FROM small_models, jsonb_array_elements(crimeml.describe(m) -> 'series') s,
  LATERAL (SELECT count(*) AS rows, bool_and(abs(forecast) < 'infinity' AND lower <= upper AND lower > '-infinity' AND upper < 'infinity') AS finite
    FROM crimeml.forecast(m, 10) f WHERE f.series = s ->> 'name') f ORDER BY 1, 2;
SELECT method, (m::text)::crimeml.model::text = m::text AS restored FROM small_models ORDER BY 1;
-- updates of them, with what is new, a gap, and another series
SELECT method, count(*) AS rows, bool_and(abs(forecast) < 'infinity' AND lower <= upper) AS finite, min(at) AS at
FROM small_models, LATERAL (SELECT crimeml.update(m, 'SELECT series, timestamptz ''2024-03-10'' AS at, 2 AS value FROM small UNION SELECT ''new'', ''2024-03-10'', 1') AS u WHERE method IN ('ets', 'level')) u, crimeml.forecast(u, 3) f GROUP BY 1 ORDER BY 1;

-- the bucket that the times say, on the clocks of the zone; a step in which they are set is not the shortest one
SET client_min_messages = warning;
SELECT zone, bucket, crimeml.describe(crimeml.level_agg(c.at, c.count, jsonb_build_object('time_zone', zone))) ->> 'bucket' AS told
FROM (VALUES ('America/New_York', interval '1 hour', '2024-03-01'::timestamptz, '2024-11-10'::timestamptz), ('America/New_York', '2 hours', '2024-03-09', '2024-03-11'),
    ('America/New_York', '8 hours', '2024-03-01', '2024-04-01'), ('Australia/Lord_Howe', '1 hour', '2024-10-01', '2024-10-10'), ('America/New_York', '1 day', '2024-03-10', '2024-03-12'),
    ('Europe/Paris', '7 days', '2024-03-01', '2024-05-01'), ('UTC', '1 month', '2023-01-01', '2024-01-01'), ('America/New_York', '2 months', '2023-01-01', '2024-01-01'), ('UTC', '3 months', '2023-01-01', '2025-01-01'),
    ('UTC', '4 months', '2022-01-01', '2025-01-01'), ('America/New_York', '6 months', '2022-01-01', '2025-01-01'), ('UTC', '1 year', '2019-01-01', '2025-01-01')) v (zone, bucket, first, stop),
  LATERAL crimeml.counts(format('SELECT generate_series(%L, %L, interval ''15 minutes'') AS at', first, stop - interval '1 second'), bucket, tstzrange(first - interval '5 days', stop + interval '1 day'), zone) c
GROUP BY zone, bucket ORDER BY bucket, zone;
RESET client_min_messages;
SET intervalstyle = iso_8601;
SELECT crimeml.describe(m) ->> 'bucket' AS told FROM smoothed;
RESET intervalstyle;
SELECT crimeml.level_agg(at, 1) FROM generate_series('2024-01-01'::timestamptz, '2024-06-01', '45 days') at;
SELECT crimeml.level_agg(at, 1) FROM generate_series('2020-01-01'::timestamptz, '2024-06-01', '100 days') at;
SELECT crimeml.level_agg(at, 1) FROM generate_series('2020-01-01'::timestamptz, '2024-06-01', '2 days') at;
-- times near the end of all that there are
SELECT s ->> 'n' AS n, s ->> 'until' AS until, (SELECT max(at) FROM crimeml.forecast(m, 3, NULL)) AS last
FROM (SELECT crimeml.level_agg(at, 1) AS m FROM generate_series(timestamptz '294276-01-01', '294276-06-01', '1 day') at) x, jsonb_array_elements(crimeml.describe(m) -> 'series') s;

-- level of the largest values: what is written can be read
SELECT count(*), bool_and(abs(f.forecast) < 'Infinity' AND f.lower <= f.upper) AS finite
FROM (SELECT crimeml.level_agg(at, CASE WHEN extract(isodow FROM at) = 1 THEN 1.7e308 ELSE -1.7e308 END)::text::crimeml.model AS m
  FROM generate_series('2024-01-01'::timestamptz, '2024-03-31', '1 day') at) x, crimeml.forecast(m, 7, '{0.9}') f;
-- what no series has is missing for all: Sundays without a row are no Sundays of 0 (two a day, so about two on Sunday)
SELECT min(s ->> 'method') AS method, bool_and(f.forecast BETWEEN 1.8 AND 2.2) AS two FROM (
  SELECT crimeml.level_agg(at, 2, series::text, NULL) AS m FROM generate_series('2023-01-02'::timestamptz, '2024-01-31', '1 day') at, generate_series(1, 2) series
  WHERE extract(isodow FROM at) < 7) x, crimeml.forecast(m, 7, NULL) f, LATERAL (SELECT crimeml.describe(m) #> '{series,0}' AS s) d;
-- ms is for days
SELECT step, s ->> 'method' AS method, s ->> 'reason' AS reason FROM unnest('{1 hour,1 day,7 days,1 month}'::interval[]) step,
  LATERAL (SELECT crimeml.level_agg(at, 9, '{"variant": "ms"}') AS m FROM generate_series('2022-01-03'::timestamptz, '2022-01-03'::timestamptz + 200 * step, step) at) x,
  LATERAL (SELECT crimeml.describe(m) #> '{series,0}' AS s) d;
-- simulated paths are memory
SET crimeml.memory_limit = '100MB';
SELECT count(*) FROM (SELECT crimeml.level_agg(at, 9, '{"paths": 100000}') AS m FROM generate_series('2022-01-03'::timestamptz, '2022-02-03', '1 day') at) x, crimeml.forecast(m, 1000);
RESET crimeml.memory_limit;
-- rows without a time or a series are told
SELECT crimeml.describe(crimeml.level_agg(at, 1, series, NULL)) #> '{series,0,n}' AS n
FROM (VALUES ('2024-01-01'::timestamptz, 'a'), ('2024-01-02', 'a'), ('2024-01-03', NULL), (NULL, 'a'), (NULL, NULL)) v (at, series);

-- what cannot be
SELECT crimeml.ets_agg(at, 1) FROM generate_series('2024-01-01'::timestamptz, '2024-01-01', '1 day') at;
SELECT crimeml.ets_agg(at, 1) FROM unnest('{2024-01-01,2024-01-02,2024-01-02}'::timestamptz[]) at;
SELECT crimeml.ets_agg(at, v) FROM (VALUES ('2024-01-01'::timestamptz, 1), ('2024-01-02', 'infinity'::float8)) x (at, v);
SELECT crimeml.level_agg(at, v) FROM (VALUES ('2024-01-01'::timestamptz, 1), ('2024-01-02', 'NaN'::float8)) x (at, v);
SELECT crimeml.arima_agg(at, v) FROM (VALUES ('2024-01-01'::timestamptz, 1), ('infinity', 2)) x (at, v);
SELECT crimeml.describe(crimeml.level_agg(at, 0.5 * g)) #>> '{series,0,method}' AS method FROM generate_series(1, 3) g, LATERAL (SELECT '2024-01-01'::timestamptz + g * interval '1 day' AS at) x;
SELECT crimeml.describe(crimeml.lstm_agg(at, -g)) #>> '{series,0,reason}' AS reason FROM generate_series(1, 3) g, LATERAL (SELECT '2024-01-01'::timestamptz + g * interval '1 day' AS at) x;
SELECT crimeml.ets_agg(NULL::timestamptz, 1) IS NULL AS no_time, crimeml.ets_agg('2024-01-01', NULL) IS NULL AS no_value, crimeml.ets_agg('2024-01-01', 1, NULL, NULL) IS NULL AS no_series, (SELECT crimeml.ets_agg(at, value) IS NULL FROM daily WHERE false) AS no_row;
SELECT crimeml.ets_agg(at, value, jsonb_build_object('alpha', t / 100.0)) FROM daily;
SELECT crimeml.ets_agg(at, value, '{"modle": "AAN"}') FROM daily;
SELECT crimeml.ets_agg(at, value, '{"model": "ABN"}') FROM daily;
SELECT crimeml.ets_agg(at, value, '{"bucket": "10 days"}') FROM daily;
SELECT crimeml.arima_agg(at, value, '{"order": [1, 0]}') FROM daily;
SELECT crimeml.ets_agg(at, value, '{"bucket": "1 month"}') FROM daily;
SELECT crimeml.ets_agg(at, value, '{"time_zone": "Mars"}') FROM daily;
SELECT crimeml.describe(crimeml.ets_agg(at, value)) #>> '{series,0,n}' AS n FROM (VALUES ('2024-01-01'::timestamptz, 1), ('2024-01-02', 2), ('2100-01-01', 3)) v (at, value);
SELECT crimeml.ets_agg(at, value, '{"bucket": "1 minute"}') FROM (VALUES ('2024-01-01'::timestamptz, 1), ('2024-01-02', 2), ('2100-01-01', 3)) v (at, value);
SELECT count(*) FROM smoothed, crimeml.forecast(m, 0);
SELECT count(*) FROM smoothed, crimeml.forecast(m, 10001);
SELECT count(*), max(at) FROM smoothed, crimeml.forecast(m, 10000, '{0.5}');
SELECT count(*) FROM smoothed, crimeml.forecast(m, NULL);
SELECT count(*) FROM crimeml.forecast(NULL, 3);
SELECT level, lower, upper FROM smoothed, crimeml.forecast(m, 1, NULL) UNION ALL SELECT level, lower, upper FROM smoothed, crimeml.forecast(m, 1, '{}');
SELECT count(*) FROM smoothed, crimeml.forecast(m, 1, '{0}');
SELECT count(*) FROM smoothed, crimeml.forecast(m, 1, '{0.5, 1}');
SELECT count(*) FROM smoothed, crimeml.forecast(m, 1, '{0.5, NULL}');
SELECT count(*) FROM smoothed, crimeml.forecast(m, 1, '{NaN}');
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 1, 'ETS');
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 1, 'leval');
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 1, NULL);
SELECT * FROM crimeml.forecast_counts('incident', NULL, 1);
SELECT * FROM crimeml.forecast_counts(NULL, '1 month', 1);
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 0);
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 10001);
SELECT * FROM crimeml.forecast_counts('incident', '45 days', 1);
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 1, origin => '2018-01-10');
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 1, origin => '2022-02-01');
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 1, origin => 'infinity');
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 1, origin => '-infinity');
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 1, 'naive', options => '{"alpha": 0.5}');
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 1, 'naive', options => '[]');
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 1, 'naive', options => '{"bucket": "1 day"}');
SELECT * FROM crimeml.forecast_counts('incident', '1 month', 1, 'naive', options => '{"gaps": "missing"}');
SELECT * FROM crimeml.forecast_accuracy('incident', '1 month', 3, '{}');
SELECT * FROM crimeml.forecast_accuracy('incident', '1 month', 3, '{naive, NULL}');
SELECT * FROM crimeml.forecast_accuracy('incident', '1 month', 3, '{naive, theeta}');
SELECT * FROM crimeml.forecast_accuracy('incident', '1 month', 3, '{naive}', 0);
SELECT * FROM crimeml.forecast_accuracy('incident', '1 month', 12, '{naive}', 4);
SELECT * FROM crimeml.forecast_accuracy('nothing', '1 month', 1);
SELECT * FROM crimeml.decompose('nothing', '1 month');
SELECT * FROM crimeml.decompose('incident', NULL);
-- models of another kind
CREATE TABLE tree AS SELECT crimeml.tree_agg(CASE WHEN t > 30 THEN 'a' ELSE 'b' END, f) AS m FROM daily, LATERAL (SELECT value) f;
SELECT crimeml.forecast(m, 3) FROM tree;
SELECT crimeml.update(m, 'daily') FROM tree;
SELECT crimeml.predict(s.m, f) FROM smoothed s, daily, LATERAL (SELECT value) f;
SELECT crimeml.merge_agg(m) FROM smoothed;
SELECT crimeml.merge_agg(m) FROM (SELECT m FROM smoothed UNION ALL SELECT m FROM tree) x;
SELECT crimeml.classes(m) FROM smoothed;
SELECT crimeml.importance(m) FROM smoothed;
SELECT crimeml.update(m, 'daily') IS NULL FROM (SELECT crimeml.lstm_agg(at, round(value), '{"steps": 2, "hidden": 8}') AS m FROM daily) x;
-- sources of update
SELECT crimeml.update(m, $$SELECT * FROM (VALUES (NULL::timestamptz, 1), ('2024-04-01', NULL)) v (at, value)$$)::text = m::text AS as_it_was FROM smoothed;
SELECT crimeml.update(m, 'SELECT at FROM daily') FROM smoothed;
SELECT crimeml.update(m, 'SELECT value FROM daily') FROM smoothed;
SELECT crimeml.update(m, 'SELECT timestamptz ''infinity'' AS at, 1 AS value') FROM smoothed;
SELECT crimeml.update(m, 'SELECT timestamptz ''2024-04-01'' AS at, float8 ''NaN'' AS value') FROM smoothed;
SELECT crimeml.update(m, 'SELECT timestamptz ''2024-04-01'' AS at, i AS value FROM generate_series(1, 2) i') FROM smoothed;
SELECT crimeml.update(m, 'SELECT timestamptz ''9999-04-01'' AS at, 1 AS value') FROM smoothed;
SELECT crimeml.update(m, 'SELECT timestamptz ''2024-04-01'' AS at, 1 AS value') FROM fitted WHERE method = 'ets' AND how = 'alone';
SELECT crimeml.update(m, 'SELECT ''7'' AS series, timestamptz ''2024-04-01'' AS at, 0.5 AS value') FROM fitted WHERE method = 'level' AND how = 'alone';
SELECT crimeml.update(m, 'SELECT * FROM daily WHERE false')::text = m::text AS as_it_was FROM smoothed;
SET client_min_messages = warning;
DROP SCHEMA forecasts CASCADE;

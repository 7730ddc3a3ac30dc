-- Forecasts: what arithmetic in SQL gives, and what is no input.
SET timezone = 'UTC';
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

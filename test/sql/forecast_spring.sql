-- The hour that spring leaves out: each hour of the week has a value of its own,
-- so that what was a week ago is what comes, wherever the forecast begins.
SET TimeZone = 'America/New_York';
CREATE TABLE hours AS
SELECT at, (24 * extract(isodow FROM at) + extract(hour FROM at))::int AS value
FROM generate_series(timestamptz '2024-02-01 00:00', '2024-03-31 23:00', interval '1 hour') at;

SELECT origin, count(*), count(*) FILTER (WHERE step = 1) AS first, count(DISTINCT at) AS times, bool_and(forecast = count) AS exact
FROM unnest('{2024-03-10 01:00,2024-03-10 03:00,2024-03-10 04:00}'::timestamptz[]) origin,
  LATERAL crimeml.forecast_counts('hours', '1 hour', 30, 'naive', NULL, origin)
WHERE step IS NOT NULL GROUP BY origin ORDER BY origin;

-- in quarters four are left out
SELECT origin, count(*), count(*) FILTER (WHERE step = 1) AS first, bool_and(forecast = count) AS exact
FROM unnest('{2024-03-10 01:45,2024-03-10 03:00,2024-03-10 03:15}'::timestamptz[]) origin,
  LATERAL crimeml.forecast_counts($$SELECT at + i * interval '15 minutes' AS at, value + 1000 * i AS value
    FROM hours, generate_series(0, 3) i$$, '15 minutes', 30, 'naive', NULL, origin)
WHERE step IS NOT NULL GROUP BY origin ORDER BY origin;

-- origins of forecast_accuracy: the last 21 days and 21 hours begin at 03:00 of that day
SELECT method, n, mae FROM crimeml.forecast_accuracy('hours', '1 hour', 525, '{naive}', 1);
SELECT min(at) AS origin FROM (SELECT at FROM hours ORDER BY at DESC LIMIT 525) s;

-- a model, too, has no row for it
SELECT step, at, forecast FROM crimeml.forecast((SELECT crimeml.ets_agg(at, value, '{"model": "simple", "alpha": 0.5}')
  FROM (SELECT at, 7 AS value FROM hours WHERE at < '2024-03-10 01:00') s), 4, NULL) f;
DROP TABLE hours;

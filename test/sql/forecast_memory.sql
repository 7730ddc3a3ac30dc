-- A model of series that the session keeps takes the memory of what is known of them.
SET TimeZone = 'UTC';
-- 54 states of each series, whose covariances are once there
CREATE TEMP TABLE weeks AS SELECT crimeml.arima_agg('2022-01-03'::timestamptz + i * interval '7 days', i * 7919 % (5 + s), s::text, '{"season": 52, "order": [0, 0, 1], "seasonal": [0, 1, 0], "starts": 0}') AS m
FROM generate_series(1, 20) s, generate_series(1, 120) i;
SELECT count(*) FROM weeks, crimeml.forecast(m, 1, NULL);
SELECT sum(total_bytes) < 800 * 1024 AS arima FROM pg_backend_memory_contexts WHERE name = 'crimeml model';
CREATE TEMP TABLE short AS SELECT crimeml.lstm_agg('2024-01-01'::timestamptz + i * interval '1 day', i, s::text, '{"steps": 1, "hidden": 8, "embedding": 1}') AS m
FROM generate_series(1, 2000) s, generate_series(1, 4) i;
SELECT count(*) FROM short, crimeml.forecast(m, 1, NULL);
-- 4 values of each, and not the 365 that the network would read
SELECT sum(total_bytes) < 2500 * 1024 AS both FROM pg_backend_memory_contexts WHERE name = 'crimeml model';
-- values that come later have room, also where they are more than it reads: all at once, or one part after the other
CREATE FUNCTION pg_temp.later(first int, last int) RETURNS text LANGUAGE sql AS
$$SELECT format('SELECT s::text AS series, timestamptz ''2024-01-01'' + i * interval ''1 day'' AS at, i %% 7 AS value FROM generate_series(1, 2) s, generate_series(%s, %s) i', first, last)$$;
SELECT crimeml.update(crimeml.update(crimeml.update(m, pg_temp.later(5, 11)), pg_temp.later(12, 369)), pg_temp.later(370, 500))::text = crimeml.update(m, pg_temp.later(5, 500))::text AS same FROM short;
CREATE FUNCTION pg_temp.weeks(first int, last int) RETURNS text LANGUAGE sql AS
$$SELECT format('SELECT ''3'' AS series, timestamptz ''2022-01-03'' + i * interval ''7 days'' AS at, i * 7919 %% 8 AS value FROM generate_series(%s, %s) i', first, last)$$;
SELECT count(*) AS rows, bool_and(abs(a.forecast - b.forecast) < 1e-6 AND abs(a.upper - b.upper) < 1e-6) AS same
FROM weeks, crimeml.forecast(crimeml.update(crimeml.update(m, pg_temp.weeks(121, 122)), pg_temp.weeks(125, 180)), 3) a JOIN crimeml.forecast(crimeml.update(m, pg_temp.weeks(121, 122) || ' UNION ALL ' || pg_temp.weeks(125, 180)), 3) b USING (series, step, level)
WHERE series = '3';

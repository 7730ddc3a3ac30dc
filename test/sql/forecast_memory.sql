-- A model of series that the session keeps takes the memory of what is known of them.
SET TimeZone = 'UTC';
CREATE TEMP TABLE short AS SELECT crimeml.lstm_agg('2024-01-01'::timestamptz + i * interval '1 day', i, s::text, '{"steps": 1, "hidden": 8, "embedding": 1}') AS m
FROM generate_series(1, 2000) s, generate_series(1, 4) i;
SELECT count(*) FROM short, crimeml.forecast(m, 1, NULL);
-- 4 values of each, and not the 365 that the network would read
SELECT sum(total_bytes) < 2000 * 1024 AS lstm FROM pg_backend_memory_contexts WHERE name = 'crimeml model';
-- values that come later have room, also where they are more than it reads: all at once, or one part after the other
CREATE FUNCTION pg_temp.later(first int, last int) RETURNS text LANGUAGE sql AS
$$SELECT format('SELECT s::text AS series, timestamptz ''2024-01-01'' + i * interval ''1 day'' AS at, i %% 7 AS value FROM generate_series(1, 2) s, generate_series(%s, %s) i', first, last)$$;
SELECT crimeml.update(crimeml.update(crimeml.update(m, pg_temp.later(5, 11)), pg_temp.later(12, 369)), pg_temp.later(370, 500))::text = crimeml.update(m, pg_temp.later(5, 500))::text AS same FROM short;

-- counts(): what plain SQL gives, on the clocks of a zone.
SET timezone = 'America/New_York';
CREATE TABLE told (at timestamptz, series text);
-- three years of one incident in some eleven hours a series; b begins in the second year
INSERT INTO told
SELECT '2021-01-01'::timestamptz + i * interval '11 hours 7 minutes' + (i * 7919 % 600) * interval '1 minute', 'a' FROM generate_series(0, 2370) i
UNION ALL
SELECT '2022-02-10 00:30'::timestamptz + i * interval '17 hours' + (i * 104729 % 900) * interval '1 minute', 'b' FROM generate_series(0, 960) i;

-- the instants of a bucket: those quarters of an hour at which the clocks show it
CREATE FUNCTION shown(bucket interval, at timestamptz) RETURNS timestamp LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN bucket >= '28 days' THEN date_trunc('year', l) + make_interval(months => (extract(month FROM l)::int - 1) / m * m)
    WHEN bucket = '7 days' THEN date_trunc('week', l)
    ELSE date_bin(bucket, l, '2001-01-01') END
  FROM (SELECT at AT TIME ZONE 'America/New_York' AS l, (extract(year FROM bucket) * 12 + extract(month FROM bucket))::int AS m) x $$;
CREATE FUNCTION expected(bucket interval, first timestamptz, stop timestamptz)
RETURNS TABLE (series text, at timestamptz, count bigint) LANGUAGE sql STABLE AS $$
  WITH all_buckets AS (
    SELECT shown(bucket, t) AS l, min(t) AS at FROM generate_series(first, stop - interval '1 minute', CASE WHEN bucket < '1 hour' THEN bucket ELSE interval '1 hour' END) t GROUP BY 1),
  filled AS (SELECT series, shown(bucket, at) AS l, count(*) FROM told GROUP BY 1, 2),
  begun AS (SELECT series, min(l) AS l FROM filled GROUP BY 1)
  SELECT b.series, a.at, coalesce(f.count, 0)
  FROM begun b JOIN all_buckets a ON a.l >= b.l LEFT JOIN filled f ON f.series = b.series AND f.l = a.l $$;

-- from the first row to the end of 2023, in which the last rows lie
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT bucket, (SELECT count(*) FROM crimeml.counts('told', bucket, during)) AS buckets,
  (SELECT count(*) FROM (SELECT * FROM crimeml.counts('told', bucket, during) EXCEPT ALL SELECT * FROM expected(bucket, first, stop)) d) AS more,
  (SELECT count(*) FROM (SELECT * FROM expected(bucket, first, stop) EXCEPT ALL SELECT * FROM crimeml.counts('told', bucket, during)) d) AS less
FROM (VALUES ('15 minutes'::interval), ('1 hour'), ('2 hours'), ('8 hours'), ('1 day'), ('24 hours'), ('7 days'), ('1 month'), ('3 months'), ('1 year')) b (bucket),
  LATERAL (SELECT '2021-01-01'::timestamptz AS begin, '2023-12-01'::timestamptz AS until) p,
  LATERAL (SELECT CASE WHEN bucket = '7 days' THEN '2021-01-04' WHEN bucket = '1 year' THEN '2021-01-01' ELSE begin END AS first,
    CASE WHEN bucket = '7 days' THEN '2023-11-27' WHEN bucket = '1 year' THEN '2023-01-01' WHEN bucket = '3 months' THEN '2023-10-01' ELSE until END AS stop) q,
  LATERAL (SELECT tstzrange(first, stop) AS during) r;
RESET enable_nestloop;
RESET enable_mergejoin;

-- daylight saving: no hour 2 in spring, two hours 1 in autumn are one bucket, as its quarters are; days and nights have 23 and 25, 7 and 9 hours
CREATE VIEW every_minute AS
SELECT generate_series('2024-03-09 00:00'::timestamptz, '2024-03-11 23:59', '1 minute') AS at
UNION ALL SELECT generate_series('2024-11-02 00:00'::timestamptz, '2024-11-04 23:59', '1 minute');
SELECT at, count FROM crimeml.counts('every_minute', '1 hour', '[2024-03-10 00:00, 2024-03-10 05:00)');
SELECT at, count FROM crimeml.counts('every_minute', '1 hour', '[2024-11-03 00:00, 2024-11-03 04:00)');
SELECT at, count FROM crimeml.counts('every_minute', '30 minutes', '[2024-11-03 00:30, 2024-11-03 03:00)');
SELECT at, count FROM crimeml.counts('every_minute', '8 hours', '[2024-03-10, 2024-03-11)');
SELECT at, count FROM crimeml.counts('every_minute', '1 day', '[2024-03-09, 2024-03-12)');
SELECT at, count FROM crimeml.counts('every_minute', '1 day', '[2024-11-02, 2024-11-05)');
-- on other clocks than the session's
SELECT at AT TIME ZONE 'UTC' AS at, count FROM crimeml.counts('every_minute', '1 day', '[2024-11-03 00:00+00, 2024-11-05 00:00+00)', 'UTC');
-- half an hour, and a day that was none
SELECT at AT TIME ZONE 'UTC' AS at, count FROM crimeml.counts($$SELECT generate_series('2024-04-06 00:00+11', '2024-04-07 12:00+10:30', interval '1 minute') AS at$$,
  '1 hour', '[2024-04-06 14:00+00, 2024-04-06 17:00+00)', 'Australia/Lord_Howe');
SELECT at AT TIME ZONE 'Pacific/Apia' AS at, count FROM crimeml.counts($$SELECT generate_series('2011-12-29 10:00+00', '2011-12-31 09:59+00', interval '1 minute') AS at$$, '1 day', NULL, 'Pacific/Apia');

-- timestamps and dates are on the clocks of the zone; any type of series; values are summed up
SELECT series, at, count FROM crimeml.counts($$SELECT * FROM (VALUES (date '2024-01-01', 7, 2), ('2024-01-02', 7, 2), ('2024-01-03', 7, 5), ('2024-01-03', 7, 2),
  ('2024-01-02', 30, NULL), ('2024-01-02', NULL, 1), (NULL, 30, 1), ('infinity', 30, 1), ('2024-01-02', 30, 4)) v (at, series, value)$$, '1 day');
SELECT at, count FROM crimeml.counts($$SELECT * FROM (VALUES (timestamp '2024-01-01 23:30'), ('2024-01-02 00:30'), ('2024-01-04 00:00')) v (at)$$ , '1 day');
SELECT at, count FROM crimeml.counts($$SELECT a AS at FROM (VALUES (timestamp '2024-01-01 23:30'), ('2024-01-02 00:30'), ('2024-01-04 00:00')) v (a)$$ , '1 day', NULL, 'Asia/Tokyo');
SELECT at, count FROM crimeml.counts('SELECT now() - interval ''3 years'' AS at, 1.5 AS value', '1 day');

-- a series that has rows before the period has its zeros, another begins with its first; the period that rows do not cover is told
SELECT series, at, count FROM crimeml.counts($$SELECT * FROM (VALUES (date '2023-12-30', 'old'), ('2024-01-02', 'old'), ('2024-01-02', 'new')) v (at, series)$$, '1 day');
SELECT series, at::date, count FROM crimeml.counts($$SELECT a AS at, s AS series FROM (VALUES (date '2023-05-01', 'old'), ('2024-01-02', 'new'), ('2024-01-04', 'new'), ('2025-01-01', 'later')) v (a, s)$$,
  '1 day', '[2024-01-01, 2024-01-06)');
SELECT series, at::date, count FROM crimeml.counts($$SELECT date '2024-01-02' AS at$$, '1 day', '[2024-01-01, 2024-01-04)');
SELECT at::date, count FROM crimeml.counts('told', '7 days', '[2023-01-01, 2023-01-18 12:00)');
-- what has not ended is left out: two whole days, and this one
SET client_min_messages = error;
\set VERBOSITY terse
SELECT count(*), min(count), max(count) FROM crimeml.counts($$SELECT generate_series(date_trunc('day', now()) - interval '2 days', now(), '6 hours') AS at$$, '1 day');
SELECT count(*) FROM crimeml.counts($$SELECT now() AS at$$, '1 day');
\set VERBOSITY default
RESET client_min_messages;
-- a file that was cut within a day, at both ends, but not where all times are days or months
CREATE VIEW cut AS SELECT generate_series('2023-01-01 19:00'::timestamptz, '2023-03-01 13:00', '10 minutes') AS at;
SELECT min(at), max(at), min(count), max(count), count(*) FROM crimeml.counts('cut', '1 day');
SELECT min(at), max(at), min(count), max(count), count(*) FROM crimeml.counts('SELECT at::date FROM cut', '1 day');
SELECT min(at), max(at), count(*) FROM crimeml.counts($$SELECT at::date FROM cut WHERE at >= '2023-01-04'$$, '7 days');
SELECT min(at), max(at), count(*) FROM crimeml.counts($$SELECT date_trunc('month', d) AS at FROM generate_series(timestamp '2022-01-01', '2023-12-31', '1 day') d$$, '1 month');
-- three weeks of silence
SELECT count(*) FROM crimeml.counts($$SELECT at FROM cut WHERE at NOT BETWEEN '2023-01-20' AND '2023-02-10'$$, '1 day', '[2023-01-02, 2023-03-01)');

-- and rows that end early besides: both are told
SELECT count(*) FROM crimeml.counts($$SELECT at FROM cut WHERE at NOT BETWEEN '2023-01-20' AND '2023-02-10'$$, '1 day', '[2023-01-02, 2023-04-01)');
-- after a cut first hour the one that the clocks leave out is no beginning either: six rows in each of 48 hours are all alike
SELECT series, count, round(forecast::numeric, 6) AS forecast, method_used FROM crimeml.forecast_counts($$SELECT generate_series(timestamptz '2024-03-10 01:50', '2024-03-12 02:50', '10 minutes') AS at$$,
  '1 hour', 1, 'ets', NULL, NULL, '{"time_zone": "America/New_York"}') WHERE step IS NOT NULL;

-- errors
SELECT * FROM crimeml.counts('told', '5 days');
SELECT * FROM crimeml.counts('told', '7 minutes');
SELECT * FROM crimeml.counts('told', '30 seconds');
SELECT * FROM crimeml.counts('told', '1 month 1 day');
SELECT * FROM crimeml.counts('told', '-1 day');
SELECT * FROM crimeml.counts('told', NULL);
SELECT * FROM crimeml.counts('told', '1 day', 'empty');
SELECT * FROM crimeml.counts('told', '1 day', NULL, 'Atlantis');
SELECT * FROM crimeml.counts('SELECT 1 AS x', '1 day');
SELECT * FROM crimeml.counts('SELECT 1 AS at', '1 day');
SELECT * FROM crimeml.counts('SELECT now() AS at WHERE false', '1 day');
SELECT * FROM crimeml.counts('SELECT NULL::date AS at', '1 day');
SELECT * FROM crimeml.counts('told', '1 day', '[1990-01-01, 1990-02-01)');
SELECT * FROM crimeml.counts($$SELECT at FROM told UNION ALL SELECT 'infinity' UNION ALL SELECT '1000-01-01'$$, '15 minutes');
SELECT * FROM crimeml.counts($$SELECT now() - interval '2 years' AS at, 'NaN'::float8 AS value$$, '1 day');
-- sums that are no counts, or none
SELECT * FROM crimeml.counts($$SELECT date '2024-01-01' AS at, -3 AS value$$, '1 day');
SELECT * FROM crimeml.counts($$SELECT date '2024-01-01' AS at, 1e308 AS value FROM generate_series(1, 2)$$, '1 day');
SELECT step, count FROM crimeml.forecast_counts($$SELECT date '2024-01-01' AS at, 1.7e308 AS value FROM generate_series(1, 2)$$, '1 day', 1);
-- the end of all times is yet to come
SET client_min_messages = error;
SELECT * FROM crimeml.counts($$SELECT timestamptz '294276-06-01' AS at$$, '1 day');
RESET client_min_messages;
SET crimeml.memory_limit = '1MB';
SELECT * FROM crimeml.counts($$SELECT timestamptz '2020-01-01' AS at, i AS series FROM generate_series(1, 100000) i$$, '1 year');
SELECT * FROM crimeml.counts($$SELECT now() - interval '20 years' AS at UNION ALL SELECT now()$$, '15 minutes');
RESET crimeml.memory_limit;

-- the table of holidays: the owner writes, all read
SELECT pg_get_userbyid(relowner), has_table_privilege('public', 'crimeml.holidays', 'SELECT') AS read, has_table_privilege('public', 'crimeml.holidays', 'INSERT') AS write
FROM pg_class WHERE oid = 'crimeml.holidays'::regclass;
DROP TABLE told CASCADE;
DROP VIEW every_minute, cut;
DROP FUNCTION shown, expected;

-- What a training aggregate takes as label and as features, and what not.
SET client_min_messages = warning;
CREATE SCHEMA frame_test;
SET search_path = frame_test, public;
SET timezone = 'America/New_York';
CREATE TYPE shift AS ENUM ('night', 'day', 'evening');
CREATE DOMAIN district AS integer;
CREATE TYPE place AS (x float8, y float8, dropped text, block text);
ALTER TYPE place DROP ATTRIBUTE dropped;
CREATE TYPE spot AS (place place, beat integer);

-- inputs and features, as describe() tells them
CREATE FUNCTION inputs(m crimeml.model) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg((i->>'name') || ' ' || (i->>'kind') || coalesce(' ' || (i->>'srid'), ''), ', ')
  FROM jsonb_array_elements(crimeml.describe(m)->'inputs') i $$;
CREATE FUNCTION features(m crimeml.model) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg((i->>'name') || coalesce(' ' || (i->>'levels'), ''), ', ')
  FROM jsonb_array_elements(crimeml.describe(m)->'features') i $$;
CREATE FUNCTION class_list(m crimeml.model) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(class, ',') FROM crimeml.classes(m) $$;

CREATE TABLE f AS
SELECT i AS id,
       (ARRAY['Theft', 'Burglary', 'Assault'])[1 + i % 3] AS offence,
       i % 24 AS hour, (i % 7)::smallint AS isodow, (i * 1000)::bigint AS big,
       (i / 3.0)::real AS single, i / 7.0::float8 AS double, (i / 9.0)::numeric AS exact,
       i % 2 = 0 AS weekend, 'b' || i % 5 AS block, ('c' || i % 4)::varchar(3) AS code,
       ('d' || i % 6)::char(5) AS padded, ('n' || i % 3)::name AS name, (i % 5)::text::"char" AS letter,
       (ARRAY['night', 'day', 'evening'])[1 + i % 3]::shift AS shift,
       (i % 25)::district AS district,
       ROW(ROW(i, -i, 'e' || i % 8)::place, i % 9)::spot AS spot,
       ST_SetSRID(ST_MakePoint(i, i % 10), 26918) AS geom,
       timestamptz '2024-01-01 03:30+00' + i * interval '7 hours' AS at,
       timestamp '2024-02-28 23:59:59.9' + i * interval '1 day' AS local,
       date '2023-12-30' + i AS day
FROM generate_series(1, 200) i;

SELECT inputs(m), features(m) FROM (
  SELECT crimeml.tree_agg(offence, r) AS m FROM f, LATERAL (
    SELECT hour, isodow, big, single, double, exact, weekend, block, code, padded, name, letter,
           district, spot, geom, at, local, day) r) t \gx

-- an enum has its labels, sorted by their bytes
SELECT inputs(m), features(m), class_list(m) FROM (
  SELECT crimeml.tree_agg(offence, r) AS m FROM f, LATERAL (SELECT shift, hour) r) t;

-- a table's own row, with a column that was dropped; names of ROW(...)
CREATE TABLE g (a int, gone text, label text, b float8);
INSERT INTO g SELECT i, 'x', 'l' || i % 2, i * i FROM generate_series(1, 50) i;
ALTER TABLE g DROP COLUMN gone;
SELECT inputs(crimeml.tree_agg('l' || a % 3, g)) FROM g;
SELECT inputs(crimeml.tree_agg('l' || a % 3, ROW(a, b, 'literal'))) FROM g;

-- times: hour, ISO weekday and day of the year, in the time zone of training;
-- each equals extract() in every row, which is what the error says
CREATE FUNCTION refused(query text) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN EXECUTE query; RETURN 'no error'; EXCEPTION WHEN OTHERS THEN RETURN sqlerrm; END $$;
CREATE TABLE times AS SELECT at, at AT TIME ZONE 'America/New_York' AS local,
  (at AT TIME ZONE 'America/New_York')::date AS day
FROM generate_series(timestamptz '1999-12-31', '2001-01-02', interval '97 minutes') at
UNION ALL SELECT at, at AT TIME ZONE 'America/New_York', (at AT TIME ZONE 'America/New_York')::date
FROM generate_series(timestamptz '0003-12-30 BC', '0001-02-02', interval '1357 minutes') at
UNION ALL SELECT at, at AT TIME ZONE 'America/New_York', (at AT TIME ZONE 'America/New_York')::date
-- half a second before the hour and a microsecond after, on both sides of 2000
FROM generate_series(timestamptz '1999-12-30', '2000-01-02', interval '1 hour') hour, unnest(ARRAY[hour - interval '0.5 s', hour + interval '1 us', hour - interval '1 us']) at;
SELECT refused(format('SELECT crimeml.tree_agg(extract(%s FROM local)::float8, r, ''{"time_zone": "America/New_York"}'') FROM times, LATERAL (SELECT %s) r', part, input))
FROM unnest('{hour,isodow,doy}'::text[]) part, unnest('{at,"local + interval ''0'' AS l","day + 0 AS d"}'::text[]) input
WHERE input NOT LIKE 'day%' OR part <> 'hour';
SET timezone = 'Asia/Tokyo';
SELECT refused('SELECT crimeml.tree_agg(extract(hour FROM local)::int, r, ''{"time_zone": "America/New_York"}'') FROM times, LATERAL (SELECT at) r');
SELECT refused('SELECT crimeml.tree_agg(extract(hour FROM local)::int, r) FROM times, LATERAL (SELECT at) r');
SELECT features(m), crimeml.describe(m)->>'time_zone' AS time_zone
FROM (SELECT crimeml.tree_agg(offence, r) AS m FROM f, LATERAL (SELECT at) r) t;
SET timezone = 'America/New_York';
SELECT crimeml.describe(crimeml.tree_agg(offence, r, '{"time_zone": "Europe/Vienna"}'))->>'time_zone' FROM f, LATERAL (SELECT at) r;
SELECT crimeml.tree_agg(offence, r, '{"time_zone": "Europe/Nowhere"}') FROM f, LATERAL (SELECT at) r;
-- an infinite time is missing
SELECT md5(crimeml.tree_agg(offence, r)::text) = (SELECT md5(crimeml.tree_agg(offence, r)::text) FROM f, LATERAL (
         SELECT nullif(at, timestamptz '2024-01-01 10:30+00') AS at, nullif(day, '2024-01-02') AS day) r) AS same
FROM f, LATERAL (SELECT CASE id WHEN 1 THEN 'infinity' ELSE at END AS at, CASE id WHEN 3 THEN '-infinity' ELSE day END AS day) r;

-- what the label's type asks for
SELECT label, crimeml.describe(m)->>'task' AS task, CASE crimeml.describe(m)->>'task' WHEN 'classify' THEN class_list(m) END AS classes FROM (VALUES
  ('text', (SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT hour) r)),
  ('char', (SELECT crimeml.tree_agg(padded, r) FROM f, LATERAL (SELECT hour) r)),
  ('enum', (SELECT crimeml.tree_agg(shift, r) FROM f, LATERAL (SELECT hour) r)),
  ('boolean', (SELECT crimeml.tree_agg(weekend, r) FROM f, LATERAL (SELECT hour) r)),
  ('integer', (SELECT crimeml.tree_agg(isodow - 2, r) FROM f, LATERAL (SELECT hour) r)),
  ('bigint', (SELECT crimeml.tree_agg(big % 5000, r) FROM f, LATERAL (SELECT hour) r)),
  ('domain', (SELECT crimeml.tree_agg(district, r) FROM f, LATERAL (SELECT hour) r)),
  ('float', (SELECT crimeml.tree_agg(double, r) FROM f, LATERAL (SELECT hour) r)),
  ('numeric', (SELECT crimeml.tree_agg(exact, r) FROM f, LATERAL (SELECT hour) r)),
  ('integer regress', (SELECT crimeml.tree_agg(isodow, r, '{"task": "regress"}') FROM f, LATERAL (SELECT hour) r)),
  ('boolean regress', (SELECT crimeml.tree_agg(weekend, r, '{"task": "regress"}') FROM f, LATERAL (SELECT hour, isodow) r)),
  ('numeric classify', (SELECT crimeml.tree_agg(round(isodow / 2.0, 2), r, '{"task": "classify"}') FROM f, LATERAL (SELECT hour) r))
) v(label, m);

-- rows without a label are left out and counted; none left: null
SELECT crimeml.describe(m)->>'rows' AS rows, crimeml.describe(m)->>'rows_skipped' AS skipped FROM (
  SELECT crimeml.tree_agg(nullif(offence, 'Theft'), r) AS m FROM f, LATERAL (SELECT hour) r) t;
SELECT crimeml.tree_agg(offence, r) IS NULL AS none FROM f, LATERAL (SELECT hour) r WHERE false;
SELECT crimeml.forest_agg(NULL::text, r) IS NULL AS none FROM f, LATERAL (SELECT hour) r;

-- null, NaN and -0 of features: missing, missing, 0
SELECT count(DISTINCT md5(m::text)) FROM (
  SELECT crimeml.tree_agg(offence, r) AS m FROM f, LATERAL (SELECT nullif(double, id / 7.0) AS d, hour * 0.0::float8 AS z, hour) r
  UNION ALL
  SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT 'NaN'::float8 AS d, hour * -0.0::float8 AS z, hour) r
  UNION ALL
  SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT 'NaN'::numeric AS d, 0 AS z, hour) r) t;
-- a feature may be null in every row, but not all of them
SELECT features(crimeml.tree_agg(offence, r)) FROM f, LATERAL (SELECT NULL::text AS nothing, hour) r;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT NULL::text AS a, NULL::int AS b, NULL::geometry AS c) r;
-- an EMPTY point is missing
SELECT inputs(crimeml.tree_agg(offence, r)) FROM f, LATERAL (SELECT CASE WHEN hour > 3 THEN geom ELSE 'SRID=26918;POINT EMPTY' END AS geom) r;

-- bad labels
SELECT crimeml.tree_agg(at, r) FROM f, LATERAL (SELECT hour) r;
SELECT crimeml.tree_agg(geom, r) FROM f, LATERAL (SELECT hour) r;
SELECT crimeml.tree_agg(ARRAY[offence], r) FROM f, LATERAL (SELECT hour) r;
SELECT crimeml.tree_agg(to_jsonb(offence), r) FROM f, LATERAL (SELECT hour) r;
SELECT crimeml.tree_agg(spot, r) FROM f, LATERAL (SELECT hour) r;
SELECT crimeml.tree_agg(offence, r, '{"task": "regress"}') FROM f, LATERAL (SELECT hour) r;
SELECT crimeml.tree_agg('x'::text, r) FROM f, LATERAL (SELECT hour) r;
SELECT crimeml.tree_agg(CASE id WHEN 7 THEN 'NaN' ELSE double END, r) FROM f, LATERAL (SELECT hour) r;
SELECT crimeml.tree_agg(CASE id WHEN 7 THEN '-Infinity' ELSE double END, r) FROM f, LATERAL (SELECT hour) r;
SELECT crimeml.tree_agg(i, r) FROM generate_series(1, 65536) i, LATERAL (SELECT i % 2 AS a) r;
SELECT crimeml.tree_agg('class ' || i, r) FROM generate_series(1, 65536) i, LATERAL (SELECT i % 2 AS a) r;

-- bad features
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT hour, ARRAY[hour] AS hours) r;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT hour, to_jsonb(hour) AS j) r;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT hour, ST_Transform(geom, 4326)::geography AS place) r;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT hour, ROW(1, 2) AS pair) r;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT hour, interval '1 h' AS duration) r;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT) r;
SELECT crimeml.tree_agg(offence, NULL::f) FROM f;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT hour, isodow AS hour) r;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT at, hour AS at_hour) r;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT hour, CASE id WHEN 9 THEN 'Infinity' ELSE double END AS loss) r;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT hour, CASE id WHEN 9 THEN 1e400 ELSE exact END AS loss) r;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT ST_Buffer(geom, 10) AS area) r;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT CASE id WHEN 9 THEN ST_SetSRID(geom, 4326) ELSE geom END AS geom) r;
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT ST_MakePoint('Infinity', id) AS geom) r;
-- the rows' type may change, their columns may not
SELECT inputs(crimeml.tree_agg(l, r)) FROM (SELECT offence, r FROM f, LATERAL (SELECT hour) r UNION ALL
  SELECT offence, r FROM f, LATERAL (SELECT double AS hour) r) u(l, r);
SELECT crimeml.tree_agg(l, r) FROM (SELECT offence, r FROM f, LATERAL (SELECT hour) r UNION ALL
  SELECT offence, r FROM f, LATERAL (SELECT block AS hour) r) u(l, r);
-- a feature that is the label
SELECT crimeml.tree_agg(offence, r) FROM f, LATERAL (SELECT hour, offence AS crime) r;
SELECT crimeml.tree_agg(shift, r) FROM f, LATERAL (SELECT hour, shift::text AS s) r;
SELECT crimeml.tree_agg(isodow, r) FROM f, LATERAL (SELECT hour, isodow::float8 AS dow) r;
SELECT crimeml.tree_agg(weekend, r) FROM f, LATERAL (SELECT hour, weekend AS w) r;
SELECT crimeml.tree_agg(double, r) FROM f, LATERAL (SELECT hour, double AS value) r;
SELECT inputs(crimeml.tree_agg(offence, r)) FROM f, LATERAL (SELECT hour, nullif(offence, 'Theft') AS crime) r;

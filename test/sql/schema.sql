-- Rows and JSON into numbers, by the schema of a model.
SET client_min_messages = warning;
CREATE SCHEMA schema_test;
SET search_path = schema_test, public;
SET timezone = 'America/New_York';
SET extra_float_digits = -6;
CREATE TYPE place AS (x float8, y float8);
CREATE TYPE shift AS ENUM ('night', 'day');
CREATE TABLE t AS
SELECT i AS id, i % 24 AS hour, i % 2 = 0 AS weekend, 'd' || i % 5 AS district, ROW(i, i % 7)::place AS place,
       ST_SetSRID(ST_MakePoint(i % 50, i % 30), 26918) AS geom, timestamptz '2024-01-01' + i * interval '5 hours' AS at,
       timestamp '2024-01-01' + i * interval '7 hours' AS local, date '2024-01-01' + i AS day
FROM generate_series(1, 600) i;

-- one regression model an input, so that the answer tells what was read
CREATE TABLE m AS SELECT
  (SELECT crimeml.tree_agg(t.hour + 0.5::float8, r, '{"min_leaf": 1}') FROM t, LATERAL (SELECT hour) r) AS hour,
  (SELECT crimeml.tree_agg(t.weekend::int * 2 + 1::float8, r, '{"min_leaf": 1}') FROM t, LATERAL (SELECT weekend) r) AS weekend,
  (SELECT crimeml.tree_agg(replace(t.district, 'd', '')::float8, r, '{"min_leaf": 1}') FROM t, LATERAL (SELECT district) r) AS district,
  (SELECT crimeml.tree_agg((t.place).x + 1000 * (t.place).y, r, '{"min_leaf": 1}') FROM t, LATERAL (SELECT place) r) AS place,
  (SELECT crimeml.tree_agg(ST_X(t.geom) + 100 * ST_Y(t.geom), r, '{"min_leaf": 1}') FROM t, LATERAL (SELECT geom) r) AS geom,
  (SELECT crimeml.tree_agg(extract(hour FROM t.at) + 1::float8, r, '{"min_leaf": 1}') FROM t, LATERAL (SELECT at) r) AS at,
  (SELECT crimeml.tree_agg(extract(hour FROM t.local) + 1::float8, r, '{"min_leaf": 1}') FROM t, LATERAL (SELECT local) r) AS local,
  (SELECT crimeml.tree_agg(extract(isodow FROM t.day) + 1::float8, r, '{"min_leaf": 1}') FROM t, LATERAL (SELECT day) r) AS day,
  (SELECT crimeml.tree_agg(t.hour + 0.5::float8, r, '{"min_leaf": 1}') FROM t, LATERAL (SELECT hour, district, place, geom, at) r) AS all;

-- any number for a number, any text for a text, by name, by position, and in JSON
SELECT crimeml.predict_value(m.hour, a) AS a, crimeml.predict_value(m.hour, b) AS b, crimeml.predict_value(m.hour, c) AS c,
       crimeml.predict_value(m.hour, ROW(7)) AS r, crimeml.predict_value(m.hour, '{"hour": 7}'::jsonb) AS j, crimeml.predict_value(m.hour, '{"hour": 7}') AS k
FROM m, (SELECT 7::smallint AS hour) a, (SELECT 'x' AS other, 7.0::numeric AS hour) b, (SELECT 7::float4 AS hour, ARRAY[1] AS array) c;
SELECT crimeml.predict_value(m.weekend, a) AS a, crimeml.predict_value(m.weekend, ROW(false)) AS b, crimeml.predict_value(m.weekend, '{"weekend": true}') AS c
FROM m, (SELECT true AS weekend) a;
SELECT crimeml.predict_value(m.district, a) AS a, crimeml.predict_value(m.district, b) AS b, crimeml.predict_value(m.district, c) AS c,
       crimeml.predict_value(m.district, ROW('d4')) AS r, crimeml.predict_value(m.district, '{"district": "d4"}') AS j
FROM m, (SELECT 'd4'::varchar AS district) a, (SELECT 'd4'::char(9) AS district) b, (SELECT 'd4'::name AS district) c;
SELECT crimeml.predict_value(m.place, a) AS a, crimeml.predict_value(m.place, b) AS b, crimeml.predict_value(m.place, ROW(5, 5)) AS c,
       crimeml.predict_value(m.place, '{"place_x": 5, "place_y": 5}') AS d, crimeml.predict_value(m.place, '{"place": {"x": 5, "y": 5}}') AS e
FROM m, (SELECT ROW(5, 5)::place AS place) a, (SELECT 5 AS place_y, 5 AS place_x) b;
SELECT crimeml.predict_value(m.geom, a) AS a, crimeml.predict_value(m.geom, ROW('POINT(7 7)')) AS b, crimeml.predict_value(m.geom, '{"geom": "POINT(7 7)"}') AS c,
       crimeml.predict_value(m.geom, '{"geom": "SRID=26918;POINT(7 7)"}') AS d, crimeml.predict_value(m.geom, '{"geom": {"x": 7, "y": 7}}') AS e,
       crimeml.predict_value(m.geom, to_jsonb(a)) AS f
FROM m, (SELECT ST_SetSRID(ST_MakePoint(7, 7), 26918) AS geom) a;
-- a time without a zone is in the model's, not in the session's
SET timezone = 'Asia/Tokyo';
SELECT crimeml.predict_value(m.at, a) AS a, crimeml.predict_value(m.at, ROW('2024-01-21 10:30')) AS b,
       crimeml.predict_value(m.at, '{"at": "2024-01-21 10:30"}') AS c, crimeml.predict_value(m.at, '{"at": "2024-01-21T15:30:00Z"}') AS d
FROM m, (SELECT timestamptz '2024-01-21 15:30+00' AS at) a;
SHOW timezone;
SELECT crimeml.predict_value(m.local, a) AS a, crimeml.predict_value(m.local, '{"local": "2024-01-21 10:30"}') AS b
FROM m, (SELECT timestamp '2024-01-21 10:30' AS local) a;
SELECT crimeml.predict_value(m.day, a) AS a, crimeml.predict_value(m.day, '{"day": "2024-01-21"}') AS b FROM m, (SELECT date '2024-01-21' AS day) a;
-- a whole table's row, with columns that the model does not know
SELECT max(abs(hour_model - t.hour - 0.5)) < 1e-9 AS good FROM (SELECT t.hour, crimeml.predict_value(m."all", t) AS hour_model FROM m, t) t;
SELECT count(*) FROM m, t, LATERAL (SELECT t.at, t.geom, t.place, t.district, t.hour) f
WHERE crimeml.predict_value(m."all", t) IS DISTINCT FROM crimeml.predict_value(m."all", f)
   OR crimeml.predict_value(m."all", t) IS DISTINCT FROM crimeml.predict_value(m."all", to_jsonb(f))
   OR crimeml.predict_value(m."all", t) IS DISTINCT FROM crimeml.predict_value(m."all", ROW(t.hour, t.district, t.place, t.geom, t.at));

-- missing values: null, NaN, an unknown text, an EMPTY point, in any spelling
CREATE TABLE miss AS SELECT crimeml.tree_agg(v, r, '{"min_leaf": 1}') AS m FROM (
  SELECT i % 4 AS n, 't' || i % 4 AS c, ST_MakePoint(i % 4, 1) AS p, date '2024-01-01' + i % 4 AS d, (i % 4)::float8 AS v FROM generate_series(1, 80) i
  UNION ALL SELECT NULL, NULL, NULL, NULL, -99 FROM generate_series(1, 20)) t, LATERAL (SELECT n, c, p, d) r;
SELECT crimeml.predict_value(m, ROW(NULL, NULL, NULL, NULL)) AS a,
       crimeml.predict_value(m, ROW('NaN'::float8, 'unknown', 'POINT EMPTY', 'infinity')) AS b,
       crimeml.predict_value(m, '{"n": null, "c": null, "p": null, "d": null}') AS c,
       crimeml.predict_value(m, '{"n": null, "c": "", "p": {"x": null, "y": 1}, "d": "-infinity"}') AS d,
       crimeml.predict_value(m, r) AS e, crimeml.predict_value(m, ROW(2, 't2', 'POINT(2 1)', '2024-01-03')) AS f
FROM miss, (SELECT NULL::int AS n, NULL::text AS c, NULL::geometry AS p, NULL::date AS d) r;

-- rows that do not fit
SELECT crimeml.predict_value(m."all", r) FROM m, (SELECT 1 AS hours, 'd1' AS district) r;
SELECT crimeml.predict_value(m."all", ROW(1, 2)) FROM m;
SELECT crimeml.predict_value(m."all", '{"hour": 1, "district": "d1", "place": 3, "geom": null, "at": null}') FROM m;
SELECT crimeml.predict_value(m.hour, r) FROM m, (SELECT '7' AS hour) r;
SELECT crimeml.predict_value(m.hour, ROW('7')) FROM m;
SELECT crimeml.predict_value(m.hour, r) FROM m, (SELECT true AS hour) r;
SELECT crimeml.predict_value(m.hour, '{"hour": "7"}') FROM m;
SELECT crimeml.predict_value(m.hour, '{"hour": true}') FROM m;
SELECT crimeml.predict_value(m.hour, '{"hour": [7]}') FROM m;
SELECT crimeml.predict_value(m.hour, '{"hour": {"x": 7}}') FROM m;
SELECT crimeml.predict_value(m.hour, '[7]'::jsonb) FROM m;
SELECT crimeml.predict_value(m.hour, '7'::jsonb) FROM m;
SELECT crimeml.predict_value(m.hour, '{"hour": 1e400}') FROM m;
SELECT crimeml.predict_value(m.hour, r) FROM m, (SELECT 'Infinity'::float8 AS hour) r;
SELECT crimeml.predict_value(m.hour, r) FROM m, (SELECT 1 AS hour, 2 AS hour) r;
SELECT crimeml.predict_value(m.district, r) FROM m, (SELECT 4 AS district) r;
SELECT crimeml.predict_value(m.district, '{"district": 4}') FROM m;
SELECT crimeml.predict_value(m.weekend, r) FROM m, (SELECT 1 AS weekend) r;
SELECT crimeml.predict_value(m.geom, r) FROM m, (SELECT ST_SetSRID(ST_MakePoint(7, 7), 4326) AS geom) r;
SELECT crimeml.predict_value(m.geom, r) FROM m, (SELECT ST_SetSRID('LINESTRING(0 0, 1 1)'::geometry, 26918) AS geom) r;
SELECT crimeml.predict_value(m.geom, '{"geom": "SRID=4326;POINT(7 7)"}') FROM m;
SELECT crimeml.predict_value(m.geom, '{"geom": {"type": "Point", "coordinates": [7, 7]}}') FROM m;
SELECT crimeml.predict_value(m.geom, '{"geom": [7, 7]}') FROM m;
SELECT crimeml.predict_value(m.geom, '{"geom": {"lon": 7, "lat": 7}}') FROM m;
SELECT crimeml.predict_value(m.geom, '{"geom": {"x": "7", "y": 7}}') FROM m;
SELECT crimeml.predict_value(m.at, r) FROM m, (SELECT timestamp '2024-01-21 10:30' AS at) r;
SELECT crimeml.predict_value(m.at, '{"at": "yesterday-ish"}') FROM m;
-- the session's zone is its own again after that
SHOW timezone;
-- what a domain is based on counts; an enum is a text
CREATE DOMAIN hour_of_day AS int CHECK (value BETWEEN 0 AND 23);
SELECT crimeml.predict_value(m.hour, r) FROM m, (SELECT 7::hour_of_day AS hour) r;
SELECT crimeml.predict(e, r) AS night, crimeml.predict(e, ROW('day')) AS day, crimeml.predict(e, s) AS text FROM
  (SELECT crimeml.tree_agg(x, f, '{"min_leaf": 1}') AS e FROM (VALUES ('n', 'night'::shift), ('d', 'day'), ('n', 'night'), ('d', 'day')) v(x, shift), LATERAL (SELECT shift) f) m,
  (SELECT 'night'::shift AS shift) r, (SELECT 'day'::text AS shift) s;
-- the type of the rows may change from row to row
SELECT crimeml.predict_value(m.hour, r) FROM m, LATERAL (SELECT r FROM (SELECT 7 AS hour) r UNION ALL SELECT r FROM (SELECT 'x', 8.0 AS hour) r
  UNION ALL SELECT ROW(9) UNION ALL SELECT r FROM (SELECT 10 AS hour) r) u(r);

-- Features of points and times: options "axes" and "time_parts". Expected values by arithmetic.
SET client_min_messages = warning;
SET TimeZone = 'UTC';
SET crimeml.progress_interval = 0;
CREATE FUNCTION pg_temp.features(m crimeml.model) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(f ->> 'name', ' ' ORDER BY n) FROM jsonb_array_elements(crimeml.describe(m) -> 'features') WITH ORDINALITY AS e(f, n) $$;
CREATE TABLE place AS SELECT x, y, ST_SetSRID(ST_MakePoint(x, y), 26918) AS geom FROM generate_series(0, 40) x, generate_series(0, 40) y;

-- how many axes there are
SELECT axes, pg_temp.features(crimeml.tree_agg((x > 20)::text, f, jsonb_build_object('axes', axes))) AS features
FROM place p, LATERAL (SELECT p.geom) f, generate_series(2, 8) axes GROUP BY axes ORDER BY axes;
SELECT pg_temp.features(crimeml.forest_agg((x > 20)::text, f, '{"trees": 1}')) AS forest, pg_temp.features(crimeml.tree_agg((x > 20)::text, f)) AS tree
FROM place p, LATERAL (SELECT p.geom) f;
-- each turned axis parts what only it parts, half-way between two of its values
SELECT name, n.feature, n.threshold, bool_and(crimeml.predict(m, p) = (CASE WHEN a * x + b * y > c THEN 'over' ELSE 'under' END)) AS predicted
FROM (SELECT name, a, b, c, crimeml.tree_agg(CASE WHEN a * x + b * y > c THEN 'over' ELSE 'under' END, f) AS m
      FROM (VALUES ('x+y', 1, 1, 40), ('x-y', 1, -1, 3), ('2x+y', 2, 1, 55), ('x-2y', 1, -2, -20), ('x+2y', 1, 2, 66), ('2x-y', 2, -1, 15)) axis(name, a, b, c),
        place p, LATERAL (SELECT p.geom) f GROUP BY name, a, b, c) t, crimeml.nodes(m) n, place p
WHERE n.parent IS NULL GROUP BY name, n.feature, n.threshold ORDER BY name;
-- degrees: at 60 north a degree of longitude is half as long, so what is cut is x / 2 + y; to the nearest 5 degrees
SELECT latitude, length, i -> 'x_length' AS x_length, n.feature, abs(n.threshold - (10.25 + latitude)) < 0.02 AS threshold
FROM (SELECT latitude, length, crimeml.tree_agg((x * length + y > 10.25 + latitude)::text, f) AS m
  FROM (VALUES (60, 0.5), (58, 0.5), (-61, 0.5), (0, 1.0), (46, round(cos(pi() / 4) * 1024)::numeric / 1024)) l(latitude, length),
    generate_series(0, 20) x, LATERAL (SELECT latitude + 0.01 * i - 1 AS y FROM generate_series(0, 200) i) y, LATERAL (SELECT ST_SetSRID(ST_MakePoint(x, y), 4326) AS at) f
  GROUP BY latitude, length) t, LATERAL (SELECT crimeml.describe(m) -> 'inputs' -> 0 AS i) d, crimeml.nodes(m) n WHERE parent IS NULL ORDER BY latitude;
-- every spelling of a place says the same, and a missing one is missing on every axis
CREATE TABLE turned AS SELECT crimeml.tree_agg(CASE WHEN x + y > 40 THEN 'over' ELSE 'under' END, f, '{"min_leaf": 1}') AS m
FROM (SELECT x, y, geom FROM place UNION ALL SELECT 40, 40, NULL FROM generate_series(1, 9)) p, LATERAL (SELECT p.geom) f;
SELECT crimeml.predict(m, ROW(ST_SetSRID(ST_MakePoint(40, 1), 26918))) AS record, crimeml.predict(m, ROW('POINT(39 1)')) AS literal, crimeml.predict(m, '{"geom": {"x": 39, "y": 2}}') AS object,
  crimeml.predict(m, '{"geom": "POINT(39 1)"}') AS wkt, crimeml.predict(m, '{"geom": {"type": "Point", "coordinates": [40, 1], "crs": {"type": "name", "properties": {"name": "EPSG:26918"}}}}') AS geojson,
  crimeml.predict(m, '{"geom": null}') AS nothing, crimeml.predict(m, '{"geom": {"x": null, "y": 2}}') AS half, crimeml.predict(m, ROW('POINT EMPTY')) AS empty FROM turned;
-- sums beyond the range of double precision are its ends
SELECT crimeml.predict(m, ROW(ST_MakePoint(-1e308, -1e308))) AS low, crimeml.predict(m, ROW(ST_MakePoint(1.7e308, 1.7e308))) AS high, m::text::crimeml.model::text = m::text AS restored
FROM (SELECT crimeml.tree_agg((i > 50)::text, f) AS m FROM generate_series(1, 100) i, LATERAL (SELECT ST_MakePoint((i - 50) * 3e306, (i - 50) * 3e306) AS geom) f) t;

-- the parts of a time
CREATE TABLE day AS SELECT i, timestamptz '2020-01-01' + i * interval '1 day' AS at, timestamp '2020-01-01' + i * interval '1 day' AS local, date '2020-01-01' + i AS day, i % 7 = 0 AS sunday, (i % 50)::float8 AS number FROM generate_series(0, 400) i;
SELECT parts, pg_temp.features(crimeml.tree_agg(sunday, f, jsonb_build_object('time_parts', parts))) AS classes, pg_temp.features(crimeml.tree_agg(number, f, jsonb_build_object('time_parts', parts))) AS numbers
FROM day d, LATERAL (SELECT d.at, d.local, d.day) f, unnest('{auto,week,year}'::text[]) parts GROUP BY parts ORDER BY parts;
SELECT days, pg_temp.features(crimeml.tree_agg(number, f)) AS numbers FROM day d, LATERAL (SELECT d.at, d.day) f, unnest('{359,360}'::int[]) days WHERE i <= days GROUP BY days ORDER BY days;
-- of parallel parts and of no times at all
SELECT pg_temp.features(crimeml.tree_agg(number, f)) AS never FROM day d, LATERAL (SELECT d.i, NULL::date AS day) f;
SET client_min_messages = notice;
SELECT count(m) FROM (SELECT crimeml.tree_agg(sunday, f) AS m FROM day d, LATERAL (SELECT d.at, d.day) f GROUP BY i % 3) t;
SELECT count(m) FROM (SELECT crimeml.tree_agg(number, f) AS m FROM day d, LATERAL (SELECT d.day) f) t;
SELECT count(m) FROM (SELECT crimeml.tree_agg(number, f, '{"time_parts": "week"}') AS m FROM day d, LATERAL (SELECT d.day) f) t;
SET client_min_messages = warning;
-- rows that differ in the day only are different rows, whatever is made of them
SELECT count(DISTINCT crimeml.describe(m) ->> 'fingerprint') AS of_rows, count(DISTINCT crimeml.describe(m) ->> 'model_id') AS models
FROM (SELECT crimeml.tree_agg(number, f, o) AS m FROM day d, LATERAL (SELECT d.at, ST_MakePoint(i, -i) AS geom) f, unnest(ARRAY['{"time_parts": "week"}', '{"time_parts": "year"}', '{"axes": 2}']::jsonb[]) o GROUP BY o) t;

-- models that are made otherwise are not merged
SELECT crimeml.merge_agg(m) FROM (SELECT crimeml.forest_agg(number, f, jsonb_build_object('trees', 1, 'axes', axes)) AS m FROM day d, LATERAL (SELECT ST_MakePoint(i, -i) AS geom) f, unnest('{2,4}'::int[]) axes GROUP BY axes) t;
SELECT crimeml.merge_agg(m) FROM (SELECT crimeml.forest_agg(number, f, jsonb_build_object('trees', 1, 'time_parts', parts)) AS m FROM day d, LATERAL (SELECT d.at) f, unnest('{week,year}'::text[]) parts GROUP BY parts) t;
SELECT crimeml.merge_agg(m) FROM (SELECT crimeml.forest_agg(number, f, '{"trees": 1}') AS m FROM day d, unnest('{40,50}'::int[]) latitude, LATERAL (SELECT ST_SetSRID(ST_MakePoint(i * 0.01, latitude), 4326) AS geom) f GROUP BY latitude) t;
-- what cannot be
SELECT crimeml.tree_agg(number, f, '{"axes": 1}') FROM day d, LATERAL (SELECT d.at) f;
SELECT crimeml.tree_agg(number, f, '{"axes": 9}') FROM day d, LATERAL (SELECT d.at) f;
SELECT crimeml.tree_agg(number, f, '{"time_parts": "month"}') FROM day d, LATERAL (SELECT d.at) f;
SELECT crimeml.tree_agg(number, f) FROM day d, LATERAL (SELECT ST_MakePoint(i, i) AS p, i AS "p_x+y") f;
-- a label that is a sum of x and y is no column that was given
SELECT abs(crimeml.predict_value(crimeml.tree_agg((x + y)::float8, f, '{"min_leaf": 1, "max_depth": 0}'), '{"geom": {"x": 10, "y": 13}}') - 23) < 1e-9 AS learned FROM place p, LATERAL (SELECT p.geom) f;
DROP TABLE place, day, turned;

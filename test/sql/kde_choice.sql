-- What kde chooses where points are astray, along a street, in a stack or in two cities, and what it says.
SET client_min_messages = notice;
SET jit = off;
SET crimeml.progress_interval = 0;
-- a city of 980 places within 5 km
CREATE TEMP TABLE city AS SELECT i, ST_SetSRID(ST_Point(500000 + 5000 * cos(i) * sqrt(i / 980.0), 4400000 + 5000 * sin(i) * sqrt(i / 980.0)), 26918) AS geom FROM generate_series(1, 980) i;
CREATE FUNCTION pg_temp.told(source text, options jsonb DEFAULT '{}', OUT points int, OUT cell_size numeric, OUT rule text, OUT columns int, OUT "rows" int, OUT radius numeric, OUT all_inside bool, OUT below bool) LANGUAGE sql AS $$
  SELECT (d ->> 'points')::int, round((d ->> 'cell_size')::numeric, 3), d ->> 'cell_size_rule', (d ->> 'columns')::int, (d ->> 'rows')::int, round((d ->> 'bandwidth')::numeric, 3),
    abs((d ->> 'inside')::float8 / (d ->> 'weight')::float8 - 1) < 0.01, (d ->> 'kernel_below_cell')::bool FROM crimeml.describe(crimeml.kde(source, options)) d
$$;
SELECT * FROM pg_temp.told('SELECT geom FROM city');
-- one stray, 2 %, 10 %: at (0,0), where the SRID is known and where it is not, and strewn over a country: the map of the city stays
CREATE FUNCTION pg_temp.same(source text) RETURNS bool LANGUAGE sql AS $$SELECT crimeml.kde(source)::text = crimeml.kde('SELECT geom FROM city')::text$$;
SELECT pg_temp.same($q$SELECT geom FROM city UNION ALL SELECT 'SRID=26918;POINT(0 0)'$q$);
SELECT pg_temp.same($q$SELECT geom FROM city UNION ALL SELECT 'SRID=26918;POINT(0 0)' FROM generate_series(1, 20)$q$);
SELECT pg_temp.same($q$SELECT geom FROM city UNION ALL SELECT 'SRID=26918;POINT(0 0)' FROM generate_series(1, 109)$q$);
SELECT * FROM pg_temp.told($q$SELECT ST_SetSRID(geom, 0) AS geom FROM city UNION ALL SELECT 'POINT(0 0)' FROM generate_series(1, 109)$q$);
SELECT pg_temp.same($q$SELECT geom FROM city UNION ALL SELECT ST_Translate(geom, 100000 * (i - 958), 70000 * (i % 7)) FROM city WHERE i > 960$q$);
SELECT pg_temp.same($q$SELECT geom FROM city UNION ALL SELECT ST_Translate(geom, 100000 * (i - 870), 70000 * (i % 7 - 3)) FROM city WHERE i > 871$q$);
-- degrees: the same, before they are projected
SELECT * FROM pg_temp.told($q$SELECT ST_Transform(geom, 4326) AS geom FROM city UNION ALL SELECT 'SRID=4326;POINT(0 0)' FROM generate_series(1, 20) UNION ALL SELECT ST_SetSRID(ST_Point(-75 + 3 * i, 40 - i), 4326) FROM generate_series(1, 5) i UNION ALL SELECT ST_FlipCoordinates(ST_Transform(geom, 4326)) FROM city WHERE i > 970$q$, '{"auto_project": true}');
-- what is inside bounds is meant, but for (0,0)
SELECT * FROM pg_temp.told($q$SELECT geom FROM city UNION ALL SELECT 'SRID=26918;POINT(600000 4400000)' UNION ALL SELECT 'SRID=26918;POINT(0 0)'$q$, '{"bounds": [490000, 4390000, 610000, 4410000], "bandwidth": 2000}');
-- two cities: both are drawn, and it is said
SELECT * FROM pg_temp.told($q$SELECT geom FROM city UNION ALL SELECT ST_Translate(geom, 300000, 0) FROM city WHERE i % 3 = 0$q$);
-- a stack of 900, and a few places about it; a stack alone has no bandwidth, but cells
SELECT * FROM pg_temp.told($q$SELECT geom FROM city WHERE i > 960 UNION ALL SELECT 'SRID=26918;POINT(500000 4400000)' FROM generate_series(1, 900)$q$);
SELECT * FROM pg_temp.told($q$SELECT 'SRID=26918;POINT(500000 4400000)'::geometry AS geom FROM generate_series(1, 900)$q$, '{"bandwidth": 300}');
-- sixty incidents along a street of 1 km and 1 m, turned: by Scott's rule the smaller deviation counts as a tenth of the larger
CREATE TEMP TABLE street AS SELECT turn, 500000 + u * cos(radians(turn)) - v * sin(radians(turn)) AS x, 4400000 + u * sin(radians(turn)) + v * cos(radians(turn)) AS y
FROM unnest('{0,30,45,90,135}'::int[]) turn, generate_series(1, 60) i, LATERAL (SELECT 1000 * i / 60.0, sin(i * i) / 2) s(u, v);
SELECT turn, t.points, t.cell_size, t.rule, t.columns, t.rows, t.all_inside, t.below, abs(t.radius - sqrt(8) * sigma) < 0.001 AS scott, abs(t.cell_size - sqrt(8) * sigma / sqrt(8) / 10) < 0.001 OR t.rule <> 'sigma / 10' AS tenth
FROM (SELECT turn, sqrt(greatest(stddev(x), stddev(y)) * greatest(least(stddev(x), stddev(y)), greatest(stddev(x), stddev(y)) / 10)) * 60 ^ (-1.0 / 6) AS sigma FROM street GROUP BY turn) s,
  LATERAL pg_temp.told(format('SELECT ST_SetSRID(ST_Point(x, y), 26918) AS geom FROM street WHERE turn = %s', turn)) t ORDER BY turn;
-- exactly along an axis: no other map than of a street of 1 m
SELECT * FROM pg_temp.told('SELECT ST_SetSRID(ST_Point(x, 4400000), 26918) AS geom FROM street WHERE turn = 0');
-- bandwidths that are given: cells as the kernel needs them, and no more than the map bears
SELECT b, t.cell_size, t.rule, t.columns, t.rows, t.all_inside, t.below FROM unnest('{3,50,300,5000}'::float8[]) b, LATERAL pg_temp.told('SELECT geom FROM city', jsonb_build_object('bandwidth', b)) t ORDER BY b;
SELECT * FROM pg_temp.told('SELECT geom FROM city', '{"bandwidth": 3, "kernel": "gaussian"}');
SELECT * FROM pg_temp.told('SELECT ST_SetSRID(ST_Point(x, y), 26918) AS geom FROM street WHERE turn = 0', '{"bandwidth": 50}');
-- a kernel below a cell is told with figures: the sum of the cells, against the definition in SQL
SELECT * FROM pg_temp.told('SELECT geom FROM city', '{"bandwidth": 50, "cell_size": 1000}');
SELECT round(sum(3 / pi() * (1 - d2 / 2500) ^ 2 / 2500 * 1e6)::numeric, 2) AS inside FROM city, LATERAL (SELECT (ST_X(geom) - (floor(ST_X(geom) / 1000) + 0.5) * 1000) ^ 2 + (ST_Y(geom) - (floor(ST_Y(geom) / 1000) + 0.5) * 1000) ^ 2) d(d2) WHERE d2 <= 2500;
SELECT k.below, crimeml.describe(g) -> 'kernel_below_cell' AS told FROM (VALUES (100, 'quartic', false), (99, 'quartic', true), (50, 'gaussian', false), (49, 'gaussian', true)) k(bandwidth, kernel, below),
  LATERAL (SELECT crimeml.kde('SELECT geom FROM city', jsonb_build_object('bandwidth', bandwidth, 'kernel', kernel, 'cell_size', 100))) d(g);
-- aggregates: once a query, not once a group
SELECT count(g) FROM (SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(495000, 4395000, 505000, 4405000, 26918), '{"bandwidth": 50, "cell_size": 1000}') AS g FROM city GROUP BY i % 20) s;
SELECT count(g) FROM (SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(495000, 4395000, 505000, 4405000, 26918), '{"bandwidth": 50}') AS g FROM city GROUP BY i % 20) s;
-- groups of different bounds and options, each with its own
SELECT count(*) AS groups, count(DISTINCT d ->> 'cell_size') AS sizes, bool_and(abs((d ->> 'xmin')::float8 - (495000 - 100 * k)) < 1 AND (d ->> 'bandwidth')::float8 = 300 + k) AS right_ones
FROM (SELECT k, crimeml.describe(crimeml.kde_agg(geom, ST_MakeEnvelope(495000 - 100 * k, 4395000, 505000, 4405000, 26918), jsonb_build_object('bandwidth', 300 + k, 'cell_size', 100))) AS d FROM city, LATERAL (SELECT i % 7) g(k) GROUP BY k) s;
-- a cell size by the bounds alone: a strip
SELECT d ->> 'cell_size' AS cell_size, d ->> 'cell_size_rule' AS rule FROM (SELECT crimeml.describe(crimeml.grid_count_agg(geom, ST_MakeEnvelope(495000, 4400000, 505000, 4400000.01, 26918), '{}')) AS d FROM city) s;
-- places, weights and times that are missing
SELECT * FROM pg_temp.told($q$SELECT CASE WHEN i % 10 > 0 THEN geom END AS geom, CASE WHEN i % 7 > 0 THEN i % 3 END AS weight FROM city$q$);
SELECT crimeml.kde($q$SELECT 'SRID=26918;POINT(0 0)'::geometry AS geom$q$) IS NULL AS none;

-- geometry that is NULL, EMPTY, of another SRID or no point
CREATE TEMP TABLE box AS SELECT ST_MakeEnvelope(495000, 4395000, 505000, 4405000, 26918) AS b;
SELECT d ->> 'points' AS points FROM box, (SELECT crimeml.describe(crimeml.kde_agg(geom, b, '{"bandwidth": 500}')) AS d FROM box, (VALUES (NULL::geometry), ('SRID=26918;POINT EMPTY'), ('SRID=26918;POLYGON EMPTY'), ('SRID=4326;POINT EMPTY'), ('SRID=26918;POINT(500000 4400000)')) v(geom)) s;
SELECT crimeml.grid_count_agg(geom, NULL, '{}') FROM city;
SELECT crimeml.grid_count_agg(geom, 'SRID=26918;POLYGON EMPTY', '{}') FROM city;
SELECT crimeml.grid_count_agg(geom, 'SRID=26918;LINESTRING(0 0, 1 0)', '{}') FROM city;
SELECT crimeml.grid_count_agg(geom, ST_SetSRID(b, 26917), '{}') FROM city, box;
SELECT crimeml.grid_count_agg(b, b, '{}') FROM box;
CREATE TEMP TABLE counted AS SELECT crimeml.grid_count_agg(geom, b, '{"cell_size": 1000}') AS g FROM city, box GROUP BY b;
SELECT crimeml.clip(g, NULL) IS NULL AS "null", crimeml.value_at(g, 'SRID=4326;POINT EMPTY') IS NULL AS "empty" FROM counted;
SELECT crimeml.clip(g, 'SRID=26918;POLYGON EMPTY') FROM counted;
SELECT crimeml.clip(g, 'SRID=26918;POINT EMPTY') FROM counted;
SELECT crimeml.clip(g, ST_SetSRID(b, 26917)) FROM counted, box;
SELECT crimeml.clip(g, 'SRID=26918;POINT(1 1)') FROM counted;
SELECT count(*) FROM counted, crimeml.grid_accuracy(g, 'SELECT geom FROM city', study_area => 'SRID=26918;MULTIPOLYGON EMPTY');
SELECT count(*) FROM counted, crimeml.grid_accuracy(g, 'SELECT geom FROM city', study_area => 'SRID=26918;LINESTRING(0 0, 1 1)');
SELECT incidents FROM counted, crimeml.grid_accuracy(g, $q$SELECT geom FROM city UNION ALL SELECT 'SRID=26918;POINT(0 0)' UNION ALL SELECT 'SRID=26918;POINT(900000 4400000)'$q$, '{1}');
SELECT * FROM crimeml.bandwidth($q$SELECT ST_Envelope(ST_Buffer(geom, 1)) AS geom FROM city$q$);
SELECT points FROM crimeml.bandwidth($q$SELECT geom FROM city UNION ALL SELECT 'SRID=26918;POINT(0 0)' FROM generate_series(1, 20)$q$);

-- What is read from a source, and what is said of it: places that cannot be right, and nothing at all.
SET crimeml.progress_interval = 0;
SET TIME ZONE 'UTC';
\set VERBOSITY default
-- a city of 980 places within 5 km, and 20 of its incidents again, elsewhere
CREATE TEMP TABLE city AS SELECT i, ST_SetSRID(ST_Point(500000 + 5000 * cos(i) * sqrt(i / 980.0), 4400000 + 5000 * sin(i) * sqrt(i / 980.0)), 26918) AS geom FROM generate_series(1, 980) i;
CREATE TEMP TABLE more AS SELECT i, geom FROM city WHERE i > 960;
CREATE TEMP TABLE clean AS SELECT * FROM crimeml.hotspots('SELECT i AS key, geom FROM city', 400, 8);
SELECT count(*) AS hotspots, sum(incidents) AS incidents FROM clean;
CREATE FUNCTION pg_temp.differ(source text) RETURNS bigint LANGUAGE sql AS $$SELECT count(*) FROM (SELECT hotspot, incidents, geom, center FROM crimeml.hotspots(source, 400, 8) EXCEPT SELECT hotspot, incidents, geom, center FROM clean) d$$;

-- 2 % at (0,0), and 10 %; where the SRID is not known, they are as far from the rest
SELECT pg_temp.differ($$SELECT geom FROM city UNION ALL SELECT 'SRID=26918;POINT(0 0)' FROM more$$);
SELECT pg_temp.differ($$SELECT geom FROM city UNION ALL SELECT 'SRID=26918;POINT(0 0)' FROM more, generate_series(1, 5)$$);
SELECT count(*) FROM crimeml.hotspots($$SELECT ST_SetSRID(geom, 0) AS geom FROM city UNION ALL SELECT 'POINT(0 0)' FROM more$$, 400, 8);
-- degrees in metres; longitude and latitude exchanged before they were projected; x and y exchanged
SELECT pg_temp.differ($$SELECT geom FROM city UNION ALL SELECT ST_SetSRID(ST_Transform(geom, 4326), 26918) FROM more, generate_series(1, 5)$$);
SELECT pg_temp.differ($$SELECT geom FROM city UNION ALL SELECT ST_Transform(ST_FlipCoordinates(ST_Transform(geom, 4326)), 26918) FROM more, generate_series(1, 5)$$);
SELECT pg_temp.differ($$SELECT geom FROM city UNION ALL SELECT ST_FlipCoordinates(geom) FROM more$$);
-- strays: strewn over a country, one in a hundred or one in ten
SELECT pg_temp.differ($$SELECT geom FROM city UNION ALL SELECT ST_Translate(geom, 100000 * (i - 958), 70000 * (i % 7)) FROM more WHERE i > 970$$);
SELECT pg_temp.differ($$SELECT geom FROM city UNION ALL SELECT ST_Translate(geom, 100000 * (i - 958), 100000 * (j - 3)) FROM more, generate_series(1, 5) j WHERE j <> 3$$);
-- all of them so
SELECT count(*) FROM crimeml.hotspots($$SELECT ST_SetSRID(ST_Transform(geom, 4326), 26918) AS geom FROM city$$, 0.01, 8);
SELECT count(*) > 0 AS found FROM crimeml.hotspots($$SELECT ST_Transform(ST_FlipCoordinates(ST_Transform(geom, 4326)), 26918) AS geom FROM city$$, 400, 8);
SELECT count(*) FROM crimeml.hotspots($$SELECT 'SRID=26918;POINT(0 0)'::geometry AS geom FROM city$$, 400, 8);
SELECT count(*) FROM crimeml.hotspots($$SELECT CASE WHEN i % 2 = 0 THEN 'SRID=26918;POINT EMPTY'::geometry END AS geom FROM city$$, 400, 8);
SELECT count(*) FROM crimeml.hotspots($$SELECT geom FROM city WHERE false$$, 400, 8);
-- feet: the same as metres
SELECT count(*) > 0 AS found FROM crimeml.hotspots($$SELECT ST_SetSRID(ST_Scale(geom, 1 / 0.3048006, 1 / 0.3048006), 2272) AS geom FROM (SELECT geom FROM city UNION ALL SELECT ST_Translate(geom, 100000 * (i - 958), 0) FROM more WHERE i > 975) s$$, 1300, 8);

-- no stray: a second city with a tenth of the places, and one with half; a street with some incidents beside it;
-- a stack on one place; few places; a country about its city
SELECT count(*) > 0 AS found FROM crimeml.hotspots($$SELECT geom FROM city UNION ALL SELECT ST_Translate(geom, 300000, 0) FROM city WHERE i % 10 = 0$$, 400, 8);
SELECT count(*) > 0 AS found FROM crimeml.hotspots($$SELECT geom FROM city UNION ALL SELECT ST_Translate(geom, 300000, 0) FROM city$$, 400, 8);
SELECT sum(incidents) FROM crimeml.hotspots($$SELECT ST_SetSRID(ST_Point(500000 + 10 * i, 4400000 + CASE WHEN i % 20 = 0 THEN 3000 ELSE 0 END), 26918) AS geom FROM generate_series(1, 60) i$$, 10000, 1);
SELECT sum(incidents) FROM crimeml.hotspots($$SELECT ST_SetSRID(ST_Point(500000, 4400000), 26918) AS geom FROM generate_series(1, 900) i UNION ALL SELECT geom FROM more$$, 10000, 1);
SELECT sum(incidents) FROM crimeml.hotspots($$SELECT ST_Point(300000 * i, 0) AS geom FROM generate_series(1, 4) i$$, 10, 1);
SELECT sum(incidents) FROM crimeml.hotspots($$SELECT geom FROM city UNION ALL SELECT ST_Translate(geom, 1500 * (i - 970), 1000 * (i % 9)) FROM more$$, 10, 1);
-- a stack does not hide strays
SELECT sum(incidents) FROM crimeml.hotspots($$SELECT ST_SetSRID(ST_Point(500000, 4400000), 26918) AS geom FROM generate_series(1, 900) i UNION ALL SELECT geom FROM more UNION ALL SELECT ST_Translate(geom, 900000, 0) FROM more WHERE i > 977$$, 10000, 1);

-- the others say it, too
SELECT incidents FROM crimeml.suggest_eps($$SELECT geom FROM city UNION ALL SELECT 'SRID=26918;POINT(0 0)' FROM more$$, 8);
SELECT k FROM crimeml.kmeans_quality($$SELECT geom FROM city UNION ALL SELECT 'SRID=26918;POINT(0 0)' FROM more$$, 2, 2);
SELECT sum(incidents) AS incidents, sum(incidents_before) AS before FROM crimeml.hotspot_change($$SELECT geom, '2024-01-01'::timestamptz + i * interval '1 hour' AS at FROM city UNION ALL SELECT 'SRID=26918;POINT(0 0)', '2024-01-02' FROM more$$, 400, 4, '[2024-01-20,2024-02-10)', '[2024-01-01,2024-01-20)');
-- window functions leave nothing out, and say it once a query
SELECT count(c), max(c) FROM (SELECT crimeml.dbscan(geom, 400, 8) OVER (PARTITION BY part) AS c FROM (SELECT 1 AS part, geom FROM city UNION ALL SELECT part, 'SRID=26918;POINT(0 0)' FROM more, generate_series(1, 3) part) s) t;
SELECT max(c) FROM (SELECT crimeml.kmeans(ST_SetSRID(ST_Transform(geom, 4326), 26918), 3) OVER () AS c FROM city) t;
SELECT max(c) FROM (SELECT crimeml.kmeans(geom, 3) OVER () AS c FROM (SELECT ST_Translate(geom, -500000, -4400000) AS geom FROM city UNION ALL SELECT ST_SetSRID(ST_Point(7, i), 26918) FROM more) s) t;
SELECT max(c) FROM (SELECT crimeml.dbscan(geog, 400, 8) OVER () AS c FROM (SELECT ST_Transform(geom, 4326)::geography AS geog FROM city UNION ALL SELECT 'POINT(0 0)' FROM more) s) t;
SELECT max(c) FROM (SELECT crimeml.dbscan(geom, 1, 8) OVER () AS c FROM (SELECT 'POINT(0 0)'::geometry AS geom FROM more) s) t;

-- EMPTY of every type is nowhere, as NULL is
CREATE TEMP TABLE nothing AS SELECT ST_GeomFromText(type || ' EMPTY', 26918) AS geom FROM unnest('{POINT,LINESTRING,POLYGON,MULTIPOINT,MULTILINESTRING,MULTIPOLYGON,GEOMETRYCOLLECTION,CIRCULARSTRING,TIN}'::text[]) type;
SELECT count(*), count(c) FROM (SELECT crimeml.kmeans(geom, 2) OVER () AS c FROM (SELECT geom FROM nothing UNION ALL SELECT geom FROM more) s) t;
SELECT count(*), count(c) FROM (SELECT crimeml.dbscan(geom, 1e6, 1) OVER () AS c FROM (SELECT geom FROM nothing UNION ALL SELECT geom FROM more) s) t;
SELECT count(*), count(c) FROM (SELECT crimeml.dbscan_time(geom, '2024-01-01', 1e6, '1 day', 1) OVER () AS c FROM (SELECT geom FROM nothing UNION ALL SELECT geom FROM more) s) t;
SELECT sum(incidents) FROM crimeml.hotspots('SELECT geom FROM nothing UNION ALL SELECT geom FROM more', 1e6, 1);
SELECT points FROM crimeml.bandwidth('SELECT geom FROM nothing UNION ALL SELECT geom FROM more', 'scott');
SELECT count(*), count(crimeml.value_at(grid, geom)) FROM (SELECT crimeml.kde('more', '{"bandwidth": 1000, "cell_size": 500}') AS grid) g, (SELECT geom FROM nothing) n;
SELECT count(c) FROM (SELECT crimeml.kmeans(geom, 2) OVER () AS c FROM (VALUES ('MULTIPOINT(1 1)'::geometry), ('POINT(0 0)')) v(geom)) t;

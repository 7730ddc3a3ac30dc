-- dbscan of lines, areas and collections: the partition of ST_ClusterDBSCAN.
SET crimeml.progress_interval = 0;
-- PostGIS's cost estimates would call for it
SET jit = off;

-- a street, a park that it touches, a point eps away, one inside the park, one apart
WITH p(id, geom) AS (VALUES
	(1, 'LINESTRING(0 0, 100 0)'::geometry), (2, 'POLYGON((100 0, 200 0, 200 100, 100 100, 100 0))'), (3, 'POINT(50 10)'),
	(4, 'POLYGON EMPTY'), (5, 'POINT(150 50)'), (6, NULL), (7, 'POINT(50 -10.001)'), (8, 'MULTIPOINT(900 900, 150 109)'),
	(9, 'GEOMETRYCOLLECTION EMPTY'), (10, 'GEOMETRYCOLLECTION(POINT(500 500), LINESTRING(900 901, 1000 1000))'), (11, 'POINT EMPTY'))
SELECT id, crimeml.dbscan(geom, 10, 2) OVER (ORDER BY id) AS up, crimeml.dbscan(geom, 10, 2) OVER (ORDER BY id DESC) AS down,
	crimeml.dbscan(geom, 10, 4) OVER (ORDER BY id) AS min4, crimeml.dbscan(geom, 0, 1) OVER (ORDER BY id) AS touching,
	crimeml.dbscan(geom, 'infinity', 8) OVER (ORDER BY id) AS everything
FROM p ORDER BY id;

-- the same line many times counts as many times; Z plays no part
SELECT count(c) FROM (SELECT crimeml.dbscan('LINESTRING(0 0, 1000 1000)'::geometry, 0, 5000) OVER () c FROM generate_series(1, 5000)) s;
SELECT count(c) FROM (SELECT crimeml.dbscan('LINESTRING(0 0, 1000 1000)'::geometry, 0, 5001) OVER () c FROM generate_series(1, 5000)) s;
SELECT array_agg(c) FROM (SELECT crimeml.dbscan(geom, 1, 2) OVER () c FROM unnest(ARRAY['LINESTRING Z(0 0 5, 1 1 5)', 'POINT Z(2 1 90)']::geometry[]) geom) s;

-- bad input
SELECT crimeml.dbscan('LINESTRING(0 0, 1 1)'::geometry, -1, 2) OVER ();
SELECT crimeml.dbscan('LINESTRING(0 0, 1 1)'::geometry, 'NaN', 2) OVER ();
SELECT crimeml.dbscan(ST_MakeLine(ST_Point(0, 0), ST_Point('NaN', 1)), 1, 2) OVER ();
SELECT crimeml.dbscan(ST_MakeLine(ARRAY[ST_Point(0, 0), ST_Point(1, 'NaN'), ST_Point(1, 1)]), 1, 2) OVER ();
SELECT crimeml.dbscan(ST_Collect(ARRAY[ST_Point(0, 0), ST_Point('NaN', 1), ST_Point(1, 1)]), 1, 2) OVER ();
SELECT crimeml.dbscan(ST_MakeLine(ST_Point(0, '-infinity'), ST_Point(0, 1)), 1, 2) OVER ();
SELECT crimeml.dbscan(ST_MakeLine(ST_Point(0, 0), ST_Point(1e200, 1)), 1, 2) OVER ();
SELECT crimeml.dbscan(geom, 1, 2) OVER () FROM (VALUES ('SRID=26918;POINT(0 0)'::geometry), ('SRID=32618;LINESTRING(0 0, 1 1)')) p(geom);
SELECT crimeml.dbscan('SRID=4326;LINESTRING(-75 40, -75 41)'::geometry, 50, 2) OVER ();
SET crimeml.memory_limit = '3MB';
SELECT max(c) FROM (SELECT crimeml.dbscan(ST_MakeLine(ST_Point(i, 0), ST_Point(i, 5)), 1, 2) OVER () c FROM generate_series(1, 20000) i) s;
-- few rows, and long ones
SELECT max(c) FROM (SELECT crimeml.dbscan(ST_Segmentize(ST_MakeLine(ST_Point(i, 0), ST_Point(i, 5)), 0.0005), 1, 2) OVER () c FROM generate_series(1, 200) i) s;
RESET crimeml.memory_limit;

-- random sets on a coarse lattice, full of ties, with NULL, EMPTY and equal shapes among them
CREATE FUNCTION pg_temp.shape(kind int, x float8, y float8, a float8, b float8) RETURNS geometry AS $$
	SELECT CASE kind
		WHEN 0 THEN ST_MakeLine(ST_Point(x, y), ST_Point(x + a, y + b))
		WHEN 1 THEN ST_MakeEnvelope(x, y, x + a + 1, y + b + 1)
		WHEN 2 THEN ST_MakePolygon(ST_MakeLine(ARRAY[ST_Point(x, y), ST_Point(x + a + 1, y), ST_Point(x, y + b + 1), ST_Point(x, y)]))
		WHEN 3 THEN ST_MakeLine(ARRAY[ST_Point(x, y), ST_Point(x + b, y + a), ST_Point(x - a, y + b)])
		WHEN 4 THEN ST_Collect(ST_Point(x, y), ST_Point(x + a, y - b))
		WHEN 5 THEN 'POLYGON EMPTY'
		WHEN 6 THEN NULL
		WHEN 7 THEN ST_Difference(ST_MakeEnvelope(x, y, x + 9, y + 9), ST_MakeEnvelope(x + 1, y + 1, x + 8, y + 8))
		ELSE ST_Point(x, y) END
$$ LANGUAGE sql;
CREATE FUNCTION pg_temp.compare(sets int, rows int, scale float8, angle float8) RETURNS text AS $$
DECLARE
	worst text;
BEGIN
	FOR seed IN 1 .. sets LOOP
		PERFORM setseed(seed / (sets + 1.0));
		WITH q AS MATERIALIZED (
			SELECT 2 + floor(random() * 25) AS width, 1 + floor(random() * 25) AS height, floor(random() * 9) / 2 AS eps,
				2 + floor(random() * 7)::int AS minpoints, 8 + ceil(random() * 12)::int AS kinds, 1 + random() * 8 AS size, ceil(random() * rows)::int AS n
		), p AS MATERIALIZED (
			SELECT i, eps * scale AS eps, minpoints, ST_Rotate(ST_Scale(pg_temp.shape(floor(random() * kinds)::int, floor(random() * width),
				floor(random() * height), floor(random() * size), floor(random() * size)), scale, scale), angle) AS geom
			FROM q, generate_series(1, n) i
		), c AS (
			SELECT i, crimeml.dbscan(geom, eps, minpoints) OVER (ORDER BY i) AS ours,
				ST_ClusterDBSCAN(geom, eps, minpoints) OVER (ORDER BY i) AS theirs
			FROM p
		)
		SELECT format('seed %s of %s: %s', seed, sets, string_agg(format('row %s: %s, not %s', i, ours, theirs), '; ' ORDER BY i))
		INTO worst
		FROM (SELECT i, ours, theirs, min(i) OVER (PARTITION BY ours) AS a, min(i) OVER (PARTITION BY theirs) AS b FROM c) s
		WHERE a <> b OR (ours IS NULL) <> (theirs IS NULL)
		HAVING count(*) > 0;
		IF worst IS NOT NULL THEN
			RETURN worst;
		END IF;
	END LOOP;
	RETURN 'equal';
END $$ LANGUAGE plpgsql;
SELECT pg_temp.compare(300, 60, 1, 0);
SELECT pg_temp.compare(30, 800, 0.25, 0);
-- off the lattice
SELECT pg_temp.compare(100, 100, 0.3, 0.7);

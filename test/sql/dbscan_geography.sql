-- dbscan of geographies: metres on the sphere.
SET crimeml.progress_interval = 0;
-- PostGIS's cost estimates would call for it
SET jit = off;

-- across the antimeridian and about the poles; 180 and -180 are one meridian, a pole is one place
WITH p(id, geog) AS (VALUES
	(1, 'POINT(179.9999 0)'::geography), (2, 'POINT(-179.9999 0)'), (3, 'POINT(180 10)'), (4, 'POINT(-180 10)'),
	(5, 'POINT(0 89.9999)'), (6, 'POINT(180 89.9999)'), (7, 'POINT(77 90)'), (8, 'POINT(-13 90)'), (9, NULL),
	(10, 'POINT EMPTY'), (11, 'POINT(5 -89.9999)'), (12, 'POINT(-90 -90)'), (13, 'POINT(-75 40)'))
SELECT id, crimeml.dbscan(geog, 25, 2) OVER (ORDER BY id) AS m25, crimeml.dbscan(geog, 0, 2) OVER (ORDER BY id) AS m0,
	crimeml.dbscan(geog, 25, 1) OVER (ORDER BY id) AS min1, crimeml.dbscan(geog, 20015115, 11) OVER (ORDER BY id) AS half_round,
	crimeml.dbscan(geog, 'infinity', 11) OVER (ORDER BY id) AS everything
FROM p ORDER BY id;

-- eps in metres, by ST_Distance on the sphere, to a millimetre
SELECT lat, array_agg(c) FROM (
	SELECT lat, crimeml.dbscan(geog, eps, 2) OVER (PARTITION BY lat, off ORDER BY id) AS c
	FROM unnest('{0,45,89,-89.99}'::float8[]) lat, unnest('{-0.001,0.001}'::float8[]) off,
		LATERAL (SELECT ST_Point(20, lat)::geography AS a, ST_Point(21, lat + 0.001)::geography AS b) s,
		LATERAL (SELECT ST_Distance(a, b, false) + off AS eps) t, LATERAL (VALUES (1, a), (2, b)) v(id, geog)) u
GROUP BY lat ORDER BY lat;

-- lines and areas: a road across the antimeridian, an area about the pole
WITH p(id, geog) AS (VALUES
	(1, 'LINESTRING(179.99 0, -179.99 0)'::geography), (2, 'POINT(180 0.0001)'), (3, 'POINT(170 0)'),
	(4, 'POLYGON((0 80, 90 80, 180 80, -90 80, 0 80))'), (5, 'POINT(33 89)'), (6, 'POINT(45 79)'), (7, 'POINT(0 0)'))
SELECT id, crimeml.dbscan(geog, 20, 2) OVER (ORDER BY id) FROM p ORDER BY id;

-- bad input
SELECT crimeml.dbscan('POINT(0 0)'::geography, -1, 2) OVER ();
SELECT crimeml.dbscan('POINT(0 0)'::geography, 'NaN', 2) OVER ();
SELECT crimeml.dbscan('POINT(0 0)'::geography, NULL, 2) OVER ();
SELECT crimeml.dbscan(geog, 1, 2) OVER () FROM (VALUES ('SRID=4326;POINT(0 0)'::geography), ('SRID=4269;POINT(0 0)')) p(geog);
SELECT crimeml.dbscan(geog, 1, 2) OVER () FROM (VALUES ('SRID=4326;POINT(0 0)'::geography), ('SRID=4269;LINESTRING(0 0, 1 1)')) p(geog);
SET crimeml.memory_limit = '1MB';
SELECT max(c) FROM (SELECT crimeml.dbscan(ST_Point(i * 1e-4, 0)::geography, 1, 2) OVER () c FROM generate_series(1, 20000) i) s;
RESET crimeml.memory_limit;

-- the definition itself: "pair" holds the neighbours (i, j), each with itself among them
CREATE TEMP TABLE item (i int, geom geometry, geog geography, at timestamptz);
CREATE TEMP TABLE pair (i int, j int);
CREATE FUNCTION pg_temp.by_definition(minpoints int) RETURNS TABLE (i int, cluster int) AS $$
	WITH RECURSIVE core AS (
		SELECT i FROM pair GROUP BY i HAVING count(*) >= minpoints
	), joined AS (
		SELECT i, j FROM pair WHERE i IN (SELECT i FROM core) AND j IN (SELECT i FROM core)
	), reach AS (
		SELECT i, i AS j FROM core UNION SELECT r.i, p.j FROM reach r JOIN joined p ON p.i = r.j
	), part AS (
		SELECT i, min(j) AS cluster FROM reach GROUP BY i
	), border AS (
		SELECT DISTINCT ON (p.i) p.i, c.cluster FROM pair p JOIN part c ON c.i = p.j
		WHERE p.i NOT IN (SELECT i FROM core) ORDER BY p.i, p.j
	)
	SELECT * FROM part UNION ALL SELECT * FROM border
$$ LANGUAGE sql;
-- random sets about a town, the antimeridian and a pole, with lines in some; prints the seed where they differ
CREATE FUNCTION pg_temp.compare(sets int, rows int) RETURNS text AS $$
DECLARE
	q record;
	worst text;
BEGIN
	FOR seed IN 1 .. sets LOOP
		PERFORM setseed(seed / (sets + 1.0));
		SELECT ceil(random() * rows)::int AS n, (ARRAY[-75.1, 180, 0, 12])[ceil(random() * 4)] AS longitude,
			(ARRAY[40, 0, 89.99, -90])[ceil(random() * 4)] AS latitude, 100 + random() * 300 AS eps, 2 + floor(random() * 4)::int AS minpoints,
			random() < 0.3 AS lines, 0.002 + random() * 0.02 AS spread INTO q;
		TRUNCATE item, pair;
		INSERT INTO item SELECT i, NULL, CASE WHEN q.lines AND random() < 0.3
			THEN ST_MakeLine(ST_Point(x, y), ST_Point(CASE WHEN x > 0 THEN x - 0.003 ELSE x + 0.003 END, y))::geography ELSE ST_Point(x, y)::geography END
		FROM generate_series(1, q.n) i, LATERAL (SELECT (q.longitude + (random() - 0.5 + 0 * i) * CASE WHEN abs(q.latitude) > 80 THEN 360 ELSE q.spread END)::numeric + 180 AS u,
			least(greatest(q.latitude + (random() - 0.5 + 0 * i) * q.spread, -90), 90) AS y) s, LATERAL (SELECT (u - 360 * floor(u / 360) - 180)::float8 AS x) t;
		INSERT INTO pair SELECT a.i, b.i FROM item a, item b WHERE ST_DWithin(a.geog, b.geog, q.eps, false);
		SELECT format('seed %s of %s: %s', seed, sets, string_agg(format('row %s: %s, not %s', i, ours, theirs), '; ' ORDER BY i)) INTO worst
		FROM (SELECT i, ours, theirs, min(i) OVER (PARTITION BY ours) AS a, min(i) OVER (PARTITION BY theirs) AS b
			FROM (SELECT i, crimeml.dbscan(geog, q.eps, q.minpoints) OVER (ORDER BY i) AS ours FROM item) c
				LEFT JOIN (SELECT i, cluster AS theirs FROM pg_temp.by_definition(q.minpoints)) d USING (i)) s
		WHERE a <> b OR (ours IS NULL) <> (theirs IS NULL)
		HAVING count(*) > 0;
		IF worst IS NOT NULL THEN
			RETURN worst;
		END IF;
	END LOOP;
	RETURN 'equal';
END $$ LANGUAGE plpgsql;
SELECT pg_temp.compare(150, 60);

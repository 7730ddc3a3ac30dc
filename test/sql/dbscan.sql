-- dbscan(geom, eps, minpoints) OVER (...): clusters, borders, noise, bad input.
SET crimeml.progress_interval = 0;
-- PostGIS's cost estimates would call for it
SET jit = off;

-- two clusters, noise, NULL and EMPTY; numbers in order of first appearance
WITH p(id, geom) AS (VALUES
	(1, 'POINT(100 0)'::geometry), (2, 'POINT(0 0)'), (3, NULL), (4, 'POINT(1 0)'),
	(5, 'POINT EMPTY'), (6, 'POINT(101 0)'), (7, 'POINT(50 50)'), (8, 'POINT(102 0)'), (9, 'POINT(0 1)'))
SELECT id, crimeml.dbscan(geom, 1, 2) OVER (ORDER BY id) AS up,
	crimeml.dbscan(geom, 1, 2) OVER (ORDER BY id DESC) AS down
FROM p ORDER BY id;

-- the point at 1 borders on two clusters: it belongs to that of the first core
-- point (at 0 or at 2) in row order; two clusters share it and stay two
WITH p(x, n) AS (VALUES (-1, 2), (0, 1), (1, 1), (2, 1), (3, 2)),
q AS (SELECT x, row_number() OVER (ORDER BY x, i) AS id FROM p, generate_series(1, n) i)
SELECT x, crimeml.dbscan(ST_Point(x, 0), 1, 4) OVER (ORDER BY id) AS forward,
	crimeml.dbscan(ST_Point(x, 0), 1, 4) OVER (ORDER BY id DESC) AS backward,
	crimeml.dbscan(ST_Point(x, 0), 1, 4) OVER (ORDER BY x = 2 DESC, id) AS right_first
FROM q ORDER BY id;

-- eps is inclusive; minpoints 0 and 1: every point is core; eps 0: equal points only
SELECT x, crimeml.dbscan(ST_Point(x, 0), 1, 0) OVER w AS min0, crimeml.dbscan(ST_Point(x, 0), 1, 1) OVER w AS min1,
	crimeml.dbscan(ST_Point(x, 0), 1, 3) OVER w AS min3, crimeml.dbscan(ST_Point(x, 0), 0, 2) OVER w AS eps0,
	crimeml.dbscan(ST_Point(x, 0), 'infinity', 5) OVER w AS everything,
	crimeml.dbscan(ST_Point(x, 0), 1, 100) OVER w AS nothing
FROM unnest('{0,1,2,4,4.5,7,7}'::float8[]) WITH ORDINALITY p(x, id)
WINDOW w AS (ORDER BY id) ORDER BY id;

-- a partition at a time; one row; all on one spot; no rows
SELECT district, id, crimeml.dbscan(ST_Point(id, district), 1, 2) OVER (PARTITION BY district ORDER BY id)
FROM (VALUES (1, 1), (1, 2), (1, 7), (2, 5), (2, 6), (3, 1)) p(district, id) ORDER BY 1, 2;
SELECT count(*), min(c), max(c) FROM (SELECT crimeml.dbscan('POINT(3 4)'::geometry, 1, 1000) OVER () c FROM generate_series(1, 1000)) s;
SELECT count(c) FROM (SELECT crimeml.dbscan('POINT(3 4)'::geometry, 1, 1001) OVER () c FROM generate_series(1, 1000)) s;
SELECT crimeml.dbscan(ST_Point(0, 0), 1, 1) OVER () WHERE false;
SELECT crimeml.dbscan(NULL::geometry, 1, 1) OVER ();

-- with M and Z, the plane alone counts
SELECT array_agg(c) FROM (SELECT crimeml.dbscan(geom, 1, 2) OVER () c FROM unnest(ARRAY['POINT Z(0 0 5)', 'POINT ZM(0 1 90 7)']::geometry[]) geom) s;

-- eps far below the coordinates' own precision, and any size of coordinates
SELECT array_agg(c) FROM (SELECT crimeml.dbscan(ST_Point(x, 0), eps, 2) OVER (PARTITION BY eps ORDER BY x) c
FROM unnest('{-1e99,-1e99,0,1e-300,5e5,5e5,1e99,1e99}'::float8[]) x, unnest('{0,1e-320,1e-9}'::float8[]) eps) s;

-- an argument may differ from partition to partition, not within one
SELECT eps, array_agg(c) FROM (SELECT eps, crimeml.dbscan(ST_Point(x, 0), eps, 2) OVER (PARTITION BY eps ORDER BY x) c
FROM generate_series(1, 3) x, generate_series(0, 1) eps) s GROUP BY eps ORDER BY eps;
SELECT crimeml.dbscan(ST_Point(x, 0), x, 2) OVER () FROM generate_series(1, 3) x;
SELECT crimeml.dbscan(ST_Point(x, 0), 1, x) OVER () FROM generate_series(1, 3) x;

-- bad input
SELECT crimeml.dbscan(ST_Point(0, 0), -1, 2) OVER ();
SELECT crimeml.dbscan(ST_Point(0, 0), 'NaN', 2) OVER ();
SELECT crimeml.dbscan(ST_Point(0, 0), NULL, 2) OVER ();
SELECT crimeml.dbscan(ST_Point(0, 0), 1, -2) OVER ();
SELECT crimeml.dbscan(ST_Point(0, 0), 1, NULL) OVER ();
SELECT crimeml.dbscan(ST_Point('NaN', 0), 1, 2) OVER ();
SELECT crimeml.dbscan(ST_Point(0, 'infinity'), 1, 2) OVER ();
SELECT crimeml.dbscan(ST_Point(0, 1e200), 1, 2) OVER ();
SELECT crimeml.dbscan('LINESTRING(0 0, 1 1)'::geometry, 1, 2) OVER ();
SELECT crimeml.dbscan(geom, 1, 2) OVER () FROM (VALUES ('SRID=26918;POINT(0 0)'::geometry), ('SRID=32618;POINT(0 0)')) p(geom);
SELECT crimeml.dbscan('SRID=4326;POINT(-75 40)'::geometry, 50, 2) OVER ();
-- another partition may have another SRID
SELECT srid, crimeml.dbscan(ST_SetSRID(ST_Point(0, 0), srid), 1, 1) OVER (PARTITION BY srid) FROM (VALUES (26918), (32618)) p(srid) ORDER BY 1;
SELECT crimeml.dbscan(ST_Point(0, 0), 1, 2);

-- too much for the limit is refused before work
SET crimeml.memory_limit = '1MB';
SELECT max(c) FROM (SELECT crimeml.dbscan(ST_Point(i, 0), 1, 2) OVER () c FROM generate_series(1, 20000) i) s;
RESET crimeml.memory_limit;

-- the partition of ST_ClusterDBSCAN, borders included, on random sets that are full of ties
CREATE FUNCTION pg_temp.compare(sets int, points int, scale float8) RETURNS text AS $$
DECLARE
	worst text;
BEGIN
	FOR seed IN 1 .. sets LOOP
		PERFORM setseed(seed / (sets + 1.0));
		WITH q AS MATERIALIZED (
			SELECT 2 + floor(random() * 25) AS width, 1 + floor(random() * 25) AS height, floor(random() * 13) / 2 AS eps,
				floor(random() * 9)::int AS minpoints, random() < 0.3 AS line, ceil(random() * points)::int AS n
		), p AS MATERIALIZED (
			SELECT i, eps * scale AS eps, minpoints, ST_Point(floor(random() * width) * scale,
				CASE WHEN line THEN 0 ELSE floor(random() * height) * scale END) AS geom
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
SELECT pg_temp.compare(300, 150, 1);
-- more places than a leaf has, in cells
SELECT pg_temp.compare(60, 3000, 0.25);

-- a cell of many places, joined to another across a gap of exactly eps, and not across more
SELECT gap, count(DISTINCT c), count(c) FROM (
	SELECT gap, crimeml.dbscan(ST_Point(x + CASE WHEN x >= 500 THEN gap ELSE 0 END, y), 1000, 50) OVER (PARTITION BY gap ORDER BY x, y) c
	FROM (SELECT x, y FROM generate_series(0, 499) x, generate_series(0, 9) y
		UNION ALL SELECT x, y FROM generate_series(500, 999) x, generate_series(0, 9) y) p, unnest('{1000,1001,999}'::int[]) gap) s
GROUP BY gap ORDER BY gap;

-- numbers run without gaps in order of first appearance
SELECT bool_and(c <= seen + 1) AS in_order, max(c) + 1 = count(DISTINCT c) AS without_gaps FROM (
	SELECT id, c, coalesce(max(c) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), -1) AS seen FROM (
		SELECT id, crimeml.dbscan(ST_Point(id * 7919 % 1000, id * 104729 % 997), 12, 3) OVER (ORDER BY id) c
		FROM generate_series(1, 2000) id) s WHERE c IS NOT NULL) t;

-- a cancel is a cancel, soon
SET statement_timeout = '400ms';
DO $$
DECLARE
	began timestamptz := clock_timestamp();
BEGIN
	PERFORM max(c) FROM (SELECT crimeml.dbscan(ST_Point(sqrt(i), i % 1777), 200, 50000) OVER () c FROM generate_series(1, 200000) i) s;
	RAISE NOTICE 'not cancelled after %', clock_timestamp() - began;
EXCEPTION WHEN query_canceled THEN
	RAISE NOTICE 'cancelled in time: %', clock_timestamp() - began < interval '0.8 s';
END $$;
RESET statement_timeout;

-- kmeans(geom, k, seed) OVER (...): groups about centres, bad input.
SET crimeml.progress_interval = 0;
-- PostGIS's cost estimates would call for it
SET jit = off;

-- three groups; NULL and EMPTY; numbers in order of first appearance
WITH p(id, geom) AS (VALUES
	(1, 'POINT(100 0)'::geometry), (2, 'POINT(0 0)'), (3, NULL), (4, 'POINT(1 0)'),
	(5, 'POINT EMPTY'), (6, 'POINT(101 0)'), (7, 'POINT(50 90)'), (8, 'POINT(102 0)'), (9, 'POINT(0 1)'))
SELECT id, crimeml.kmeans(geom, 3) OVER (ORDER BY id) AS up,
	crimeml.kmeans(geom, 3, 7) OVER (ORDER BY id DESC) AS down
FROM p ORDER BY id;

-- k of one; as many as distinct points; more than those; more than rows
SELECT x, crimeml.kmeans(ST_Point(x, 0), 1) OVER w AS k1, crimeml.kmeans(ST_Point(x, 0), 3) OVER w AS k3,
	crimeml.kmeans(ST_Point(x, 0), 4) OVER w AS k4, crimeml.kmeans(ST_Point(x, 0), 2147483647, -1) OVER w AS all
FROM unnest('{5,0,5,9,0}'::float8[]) WITH ORDINALITY p(x, id)
WINDOW w AS (ORDER BY id) ORDER BY id;

-- a partition at a time; one row; all on one spot; no rows
SELECT district, id, crimeml.kmeans(ST_Point(id, 0), 2) OVER (PARTITION BY district ORDER BY id)
FROM (VALUES (1, 1), (1, 2), (1, 7), (2, 5), (2, 6), (3, 1)) p(district, id) ORDER BY 1, 2;
SELECT count(*), min(c), max(c) FROM (SELECT crimeml.kmeans('POINT(3 4)', 5) OVER () c FROM generate_series(1, 1000)) s;
SELECT crimeml.kmeans(ST_Point(0, 0), 2) OVER () WHERE false;
SELECT crimeml.kmeans(NULL, 2) OVER ();

-- any size of coordinates
SELECT count(DISTINCT c) FROM (SELECT crimeml.kmeans(ST_Point(x, y), 4) OVER () c
FROM unnest('{-1e99,-1e-300,0,1e-300,5e5,1e99}'::float8[]) x, unnest('{-1e99,0,1e50}'::float8[]) y) s;

-- centres that are there are found: 12 groups on a ring, 600 points
CREATE TEMP TABLE ring AS
SELECT i, i % 12 AS truth, ST_Point(1000 * cosd(30 * (i % 12)) + (i * 7919 % 97), 1000 * sind(30 * (i % 12)) + (i * 104729 % 89)) AS geom
FROM generate_series(1, 600) i;
SELECT seed, bool_and(groups = 1) AS pure, count(*) AS clusters FROM (
	SELECT seed, c, count(DISTINCT truth) AS groups FROM (
		SELECT seed, truth, crimeml.kmeans(geom, 12, seed) OVER (PARTITION BY seed) c FROM ring, generate_series(0, 4) seed) s
	GROUP BY seed, c) t
GROUP BY seed ORDER BY seed;

-- the same clusters for the same seed, whatever the order of the rows
CREATE TEMP TABLE spread AS
SELECT i, ST_SetSRID(ST_Point((i * 7919 % 10007) ^ 1.3::float8, (i * 104729 % 10009) ^ 1.2::float8), 26918) AS geom FROM generate_series(1, 20000) i;
SELECT count(*) FILTER (WHERE a <> b) AS moved, max(up) AS most FROM (
	SELECT up, min(i) OVER (PARTITION BY up) a, min(i) OVER (PARTITION BY down) b FROM (
		SELECT i, crimeml.kmeans(geom, 25, 3) OVER (ORDER BY i) up, crimeml.kmeans(geom, 25, 3) OVER (ORDER BY i DESC) down FROM spread) s) t;

-- every point is with the nearest mean, and no sum is above that of ST_ClusterKMeans
CREATE FUNCTION pg_temp.cost(k int, OUT ours_is_less bool, OUT astray bigint) AS $$
	WITH c AS (
		SELECT i, geom, crimeml.kmeans(geom, k) OVER (ORDER BY i) c, ST_ClusterKMeans(geom, k) OVER (ORDER BY i) d FROM spread WHERE i <= 4000
	), m AS MATERIALIZED (
		SELECT c, ST_SetSRID(ST_Point(avg(ST_X(geom)), avg(ST_Y(geom))), 26918) AS mean FROM c GROUP BY c
	), n AS MATERIALIZED (
		SELECT d, ST_SetSRID(ST_Point(avg(ST_X(geom)), avg(ST_Y(geom))), 26918) AS mean FROM c GROUP BY d
	)
	SELECT sum(ST_Distance(geom, m.mean) ^ 2) <= sum(ST_Distance(geom, n.mean) ^ 2),
		count(*) FILTER (WHERE ST_Distance(geom, m.mean) > 1e-6 + (SELECT min(ST_Distance(geom, o.mean)) FROM m o))
	FROM c JOIN m USING (c) JOIN n USING (d)
$$ LANGUAGE sql;
SELECT k, cost.* FROM unnest('{2,3,7,20}'::int[]) k, pg_temp.cost(k);

-- an argument may differ from partition to partition, not within one
SELECT k, max(c) FROM (SELECT k, crimeml.kmeans(geom, k) OVER (PARTITION BY k) c FROM ring, generate_series(1, 3) k) s GROUP BY k ORDER BY k;
SELECT crimeml.kmeans(ST_Point(x, 0), x) OVER () FROM generate_series(1, 3) x;
SELECT crimeml.kmeans(ST_Point(x, 0), 1, x) OVER () FROM generate_series(1, 3) x;

-- bad input
SELECT crimeml.kmeans(ST_Point(0, 0), 0) OVER ();
SELECT crimeml.kmeans(ST_Point(0, 0), NULL) OVER ();
SELECT crimeml.kmeans(ST_Point(0, 0), 2, NULL) OVER ();
SELECT crimeml.kmeans(ST_Point('NaN', 0), 2) OVER ();
SELECT crimeml.kmeans(ST_Point(0, '-infinity'), 2) OVER ();
SELECT crimeml.kmeans(ST_Point(1e200, 0), 2) OVER ();
SELECT crimeml.kmeans('POLYGON((0 0, 1 1, 1 0, 0 0))', 2) OVER ();
SELECT crimeml.kmeans(geom, 2) OVER () FROM (VALUES ('SRID=26918;POINT(0 0)'::geometry), ('POINT(0 0)')) p(geom);
SELECT crimeml.kmeans('SRID=4326;POINT(-75 40)', 2) OVER ();

-- too much for the limit is refused before work
SET crimeml.memory_limit = '1MB';
SELECT max(c) FROM (SELECT crimeml.kmeans(ST_Point(i, 0), 2) OVER () c FROM generate_series(1, 20000) i) s;
RESET crimeml.memory_limit;

-- a cancel is a cancel, soon
SET statement_timeout = '400ms';
DO $$
DECLARE
	began timestamptz := clock_timestamp();
BEGIN
	PERFORM max(c) FROM (SELECT crimeml.kmeans(ST_Point(sqrt(i), i % 1777), 3000) OVER () c FROM generate_series(1, 100000) i) s;
	RAISE NOTICE 'not cancelled after %', clock_timestamp() - began;
EXCEPTION WHEN query_canceled THEN
	RAISE NOTICE 'cancelled in time: %', clock_timestamp() - began < interval '0.8 s';
END $$;
RESET statement_timeout;

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
SELECT count(*), min(c), max(c) FROM (SELECT crimeml.kmeans('POINT(3 4)'::geometry, 5) OVER () c FROM generate_series(1, 1000)) s;
SELECT crimeml.kmeans(ST_Point(0, 0), 2) OVER () WHERE false;
SELECT crimeml.kmeans(NULL::geometry, 2) OVER ();

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

-- another seed draws other numbers: where there are many optima, other clusters are found
SELECT count(DISTINCT inertia) > 1 AS differ FROM generate_series(1, 6) seed, crimeml.kmeans_quality('spread', 60, 60, seed);
SELECT count(DISTINCT clusters) > 1 AS differ, count(DISTINCT again) = count(DISTINCT clusters) AS same_again FROM (
	SELECT seed, md5(string_agg(a::text, ',' ORDER BY i)) AS clusters, md5(string_agg(b::text, ',' ORDER BY i)) AS again FROM (
		SELECT seed, i, crimeml.kmeans(geom, 60, seed) OVER (PARTITION BY seed ORDER BY i) AS a, crimeml.kmeans(geom, 60, seed) OVER (PARTITION BY seed ORDER BY i) AS b
		FROM spread, generate_series(1, 3) seed WHERE i <= 5000) s GROUP BY seed) t;

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

-- on the sphere: towns about the antimeridian and the poles are found, each with one centre
SELECT bool_and(groups = 1) AS pure, count(*) AS clusters FROM (
	SELECT c, count(DISTINCT truth) AS groups FROM (
		SELECT truth, crimeml.kmeans(ST_Project(town, 50000 * (i * 7919 % 997) / 997.0, i)::geography, 6, 5) OVER () c
		FROM (VALUES (1, 'POINT(180 0)'::geography), (2, 'POINT(0 90)'), (3, 'POINT(0 -90)'), (4, 'POINT(-75 40)'), (5, 'POINT(-75 50)'), (6, 'POINT(100 0)')) t(truth, town),
			generate_series(1, 100) i) s
	GROUP BY c) t;
-- a place has one way to be: 180 and -180, a pole at any longitude
SELECT array_agg(c) FROM (SELECT crimeml.kmeans(g::geography, 9) OVER () c
FROM unnest('{POINT(180 1),POINT(-180 1),POINT(7 90),POINT(90 90),POINT EMPTY,POINT(0 0)}'::text[]) g) s;
-- about a town it is k-means of the plane that touches the sphere there
SELECT count(*) FILTER (WHERE a <> b) AS moved FROM (
	SELECT min(i) OVER (PARTITION BY plane) a, min(i) OVER (PARTITION BY sphere) b FROM (
		SELECT i, crimeml.kmeans(geom, 4) OVER (ORDER BY i) AS plane,
			crimeml.kmeans(ST_Point(ST_X(geom) / 111195, ST_Y(geom) / 111195)::geography, 4) OVER (ORDER BY i) AS sphere
		FROM (SELECT i, ST_Translate(geom, 4000 * (i % 2), 4000 * (i % 4 / 2)) AS geom FROM ring) r) s) t;
-- every point is with the nearest centre
WITH c AS MATERIALIZED (
	SELECT i, x, y, z, crimeml.kmeans(geog, 7) OVER () AS c
	FROM (SELECT i, (i * 7919 % 3600) / 10.0 - 180 AS lon, asind((i * 104729 % 2003) / 1001.5 - 1) AS lat FROM generate_series(1, 2000) i) p,
		LATERAL (SELECT ST_Point(lon, lat)::geography AS geog, cosd(lat) * cosd(lon) AS x, cosd(lat) * sind(lon) AS y, sind(lat) AS z) v
), m AS (
	SELECT c, avg(x) AS mx, avg(y) AS my, avg(z) AS mz FROM c GROUP BY c
)
SELECT count(DISTINCT c) AS clusters, count(*) FILTER (WHERE own < best - 1e-9) AS astray
FROM (SELECT c.i, c.c, max(s.d) FILTER (WHERE s.c = c.c) AS own, max(s.d) AS best
	FROM c, LATERAL (SELECT m.c, (x * mx + y * my + z * mz) / sqrt(mx * mx + my * my + mz * mz) AS d FROM m) s GROUP BY 1, 2) t;

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
SELECT crimeml.kmeans('POLYGON((0 0, 1 1, 1 0, 0 0))'::geometry, 2) OVER ();
SELECT crimeml.kmeans(geom, 2) OVER () FROM (VALUES ('SRID=26918;POINT(0 0)'::geometry), ('POINT(0 0)')) p(geom);
SELECT crimeml.kmeans('SRID=4326;POINT(-75 40)'::geometry, 2) OVER ();

SELECT crimeml.kmeans('LINESTRING(0 0, 1 1)'::geography, 2) OVER ();
SELECT crimeml.kmeans('POINT(0 0)'::geography, 0) OVER ();
SELECT crimeml.kmeans(geog, 1) OVER () FROM (VALUES ('SRID=4326;POINT(0 0)'::geography), ('SRID=4269;POINT(0 0)')) p(geog);

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

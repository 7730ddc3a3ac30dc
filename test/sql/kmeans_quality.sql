-- kmeans_quality(source, k_from, k_to, seed): inertia and simplified silhouette, bad input.
SET crimeml.progress_interval = 0;

-- three heaps: k = 3 is the best
SELECT k, round(inertia::numeric, 6) AS inertia, round(silhouette::numeric, 6) AS silhouette
FROM crimeml.kmeans_quality('SELECT ST_Point(100 * (i % 3) + i % 7, 100 * (i % 3 / 2) + i % 5) AS geom FROM generate_series(1, 300) i', 1, 5);
-- by hand for k = 2: (9.5/10 + 8.5/9 + 9.5/9.5) / 3
SELECT k, inertia, round(silhouette::numeric, 9) AS silhouette
FROM crimeml.kmeans_quality('SELECT ST_Point(x, 0) AS geom FROM unnest(''{0,1,10}''::float8[]) x', 1, 3);

-- the same from kmeans, in SQL; many share a place
CREATE TEMP TABLE city AS SELECT id, geom FROM crimeml.simulate_incidents(5000, 3);
CREATE TEMP TABLE mine AS SELECT k, id, geom, crimeml.kmeans(geom, k, 9) OVER (PARTITION BY k) AS c FROM city, unnest('{2,7,30}'::int[]) k;
CREATE TEMP TABLE mean AS SELECT k, c, avg(ST_X(geom)) AS x, avg(ST_Y(geom)) AS y FROM mine GROUP BY k, c;
SELECT q.k, abs(q.inertia - t.inertia) < 1e-9 * t.inertia AS inertia, abs(q.silhouette - t.silhouette) < 1e-9 AS silhouette, q.silhouette > 0.3 AS clear
FROM unnest('{2,7,30}'::int[]) w(k), crimeml.kmeans_quality('city', w.k, w.k, 9) q,
LATERAL (
	SELECT sum(a * a) AS inertia, avg((b - a) / GREATEST(a, b)) AS silhouette
	FROM mine m, LATERAL (SELECT min(d) FILTER (WHERE n.c = m.c) AS a, min(d) FILTER (WHERE n.c <> m.c) AS b
		FROM mean n, sqrt((ST_X(geom) - n.x) ^ 2 + (ST_Y(geom) - n.y) ^ 2) d WHERE n.k = m.k) s
	WHERE m.k = q.k) t ORDER BY q.k;
-- one seed, one answer, whatever the order of the rows
SELECT count(*) AS differ FROM (SELECT * FROM crimeml.kmeans_quality('city', 4, 6, 1) EXCEPT SELECT * FROM crimeml.kmeans_quality('SELECT geom FROM city ORDER BY md5(id::text)', 4, 6, 1)) d;

-- fewer places than k; no place
SELECT * FROM crimeml.kmeans_quality('SELECT ST_Point(i % 2, 0) AS geom FROM generate_series(1, 10) i', 1, 4);
SELECT * FROM crimeml.kmeans_quality('SELECT NULL::geometry AS geom', 1, 4);
SELECT * FROM crimeml.kmeans_quality(NULL, 1, 4);

-- bad input
SELECT * FROM crimeml.kmeans_quality('city', 0, 4);
SELECT * FROM crimeml.kmeans_quality('city', 5, 4);
SELECT * FROM crimeml.kmeans_quality('SELECT ST_Transform(geom, 4326) AS geom FROM city', 1, 4);
SELECT * FROM crimeml.kmeans_quality('SELECT 1 AS x', 1, 4);
SET crimeml.memory_limit = '1MB';
SELECT * FROM crimeml.kmeans_quality('SELECT ST_Point(i, 0) AS geom FROM generate_series(1, 20000) i', 1, 4);

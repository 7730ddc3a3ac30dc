-- suggest_eps(source, minpoints): the knee of the k-distances, stacks, bad input.
SET crimeml.progress_interval = 0;

-- distances to the second of 2: 1, 1, 1, 2, 10; the line from 1 to 10 is farthest above the 2
SELECT * FROM crimeml.suggest_eps('SELECT ST_Point(x, 0) AS geom FROM unnest(''{0,1,2,4,14}''::float8[]) x', 2);
-- pairs 1, 10 and 26 apart: the curve rises from (0, 1) to (1, 26), and at the 10 it is 3/5 - 9/25 = 0.24 above the line, at the 1 just 1/5
SELECT eps FROM crimeml.suggest_eps('SELECT ST_Point(x, 0) AS geom FROM unnest(''{0,1,1000,1010,2000,2026}''::float8[]) x', 2);
-- all alike; a stack takes no part, and all stacked give none
SELECT * FROM crimeml.suggest_eps('SELECT ST_Point(x, 0) AS geom FROM generate_series(0, 9, 3) x', 2);
SELECT * FROM crimeml.suggest_eps('SELECT ST_Point(x, 0) AS geom FROM unnest(''{7,7,7,0,1,2,4,14}''::float8[]) x', 3);
SELECT * FROM crimeml.suggest_eps('SELECT ST_Point(x % 2, 0) AS geom FROM generate_series(1, 10) x', 5);

-- the same by comparing all with all, and sorting; many share a place
CREATE TEMP TABLE city AS SELECT geom FROM crimeml.simulate_incidents(500, 3) UNION ALL
SELECT ST_SetSRID(ST_Point(480000 + (hashint8extended(i, 1) & 16383), 4420000 + (hashint8extended(i, 2) & 16383)), 26918) FROM generate_series(1, 200) i;
CREATE TEMP TABLE pair AS SELECT row_number() OVER (PARTITION BY a.id ORDER BY d) AS n, d
FROM (SELECT row_number() OVER () AS id, geom FROM city) a, LATERAL (SELECT ST_Distance(a.geom, b.geom) AS d FROM city b) b;
SELECT minpoints, round(s.eps::numeric, 6) AS eps, round(t.eps::numeric, 6) AS by_pairs, s.incidents, s.hotspots = clusters AS hotspots, abs(s.noise_share - noise) < 1e-12 AS noise, abs(s.stacked_share - stacked) < 1e-12 AS stacked
FROM (VALUES (2), (5), (40), (300), (700)) m(minpoints), LATERAL crimeml.suggest_eps('city', minpoints) s,
LATERAL (
	SELECT d AS eps FROM (
		SELECT d, (rank() OVER (ORDER BY d) + count(*) OVER (PARTITION BY d) - 2) / (count(*) OVER () - 1.0) - (d - min(d) OVER ()) / NULLIF(max(d) OVER () - min(d) OVER (), 0) AS below
		FROM pair WHERE n = minpoints AND d > 0) c
	ORDER BY round(below::numeric, 12) DESC NULLS LAST, d LIMIT 1) t,
LATERAL (SELECT max(c) + 1 AS clusters, avg((c IS NULL)::int) AS noise FROM (SELECT crimeml.dbscan(geom, s.eps, minpoints) OVER () c FROM city) w) n,
LATERAL (SELECT avg((d = 0)::int) AS stacked FROM pair WHERE n = minpoints) z;

-- it goes where an eps is wanted
SELECT count(*) > 0 AS found FROM crimeml.suggest_eps('city', 20) s, crimeml.hotspots('city', s.eps, 20);
SELECT crimeml.suggest_eps(NULL, 2), crimeml.suggest_eps('city', NULL);

-- bad input
SELECT crimeml.suggest_eps('city', 1);
SELECT crimeml.suggest_eps('city', 701);
SELECT crimeml.suggest_eps('SELECT geom FROM city WHERE false', 2);
SELECT crimeml.suggest_eps('SELECT ST_Transform(geom, 4326) AS geom FROM city', 5);
SELECT crimeml.suggest_eps('SELECT 1 AS x', 5);

-- dbscan_time(geom, at, eps, eps_time, minpoints): near in space and, besides, in time.
SET crimeml.progress_interval = 0;
-- PostGIS's cost estimates would call for it
SET jit = off;
SET timezone = 'UTC';

-- one place, twice: a series in May and one in June; both limits are inclusive
WITH p(id, x, at) AS (VALUES
	(1, 0, '2026-05-01'::timestamptz), (2, 10, '2026-05-03'), (3, 20, '2026-05-05'), (4, 0, '2026-06-01'), (5, 10, '2026-06-03'),
	(6, 15, '2026-06-05 00:00:00.000001'), (7, 500, '2026-05-03'), (8, 0, NULL), (9, NULL, '2026-05-01'))
SELECT id, crimeml.dbscan_time(ST_Point(x, 0), at, 10, '2 days', 2) OVER (ORDER BY id) AS min2,
	crimeml.dbscan_time(ST_Point(x, 0), at, 10, '2 days', 3) OVER (ORDER BY id) AS min3,
	crimeml.dbscan_time(ST_Point(x, 0), at, 10, '30 days', 2) OVER (ORDER BY id) AS month,
	crimeml.dbscan_time(ST_Point(x, 0), at, 'infinity', '0', 2) OVER (ORDER BY id DESC) AS same_time,
	crimeml.dbscan_time(ST_MakeLine(ST_Point(x, 0), ST_Point(x + 1, 1)), at, 9.5, '48:00', 2) OVER (ORDER BY id) AS lines
FROM p ORDER BY id;

-- metres on the sphere
SELECT array_agg(c) FROM (SELECT crimeml.dbscan_time(geog, at, 25, '1 hour', 2) OVER (ORDER BY id) c
FROM (VALUES (1, 'POINT(179.9999 0)'::geography, '2026-01-01 00:00'::timestamptz), (2, 'POINT(-179.9999 0)', '2026-01-01 01:00'),
	(3, 'POINT(180 0)', '2026-01-01 02:00:01')) p(id, geog, at)) s;

-- the ends of time; days of 24 hours whatever the session's time zone has
SELECT array_agg(c) FROM (SELECT crimeml.dbscan_time(ST_Point(0, 0), at, 1, eps_time, 2) OVER (PARTITION BY eps_time ORDER BY at) c
FROM unnest('{4713-01-01 BC,294276-12-31}'::timestamptz[]) at, unnest('{1 day,100000000 days,2147483647 days}'::interval[]) eps_time) s;
SELECT array_agg(c) FROM (SELECT crimeml.dbscan_time(ST_Point(0, 0), at, 1, '1 day', 2) OVER () c
FROM unnest('{2026-03-08 00:00 America/New_York,2026-03-09 00:00 America/New_York}'::timestamptz[]) at) s;

-- bad input
SELECT crimeml.dbscan_time(ST_Point(0, 0), now(), 1, '1 month', 2) OVER ();
SELECT crimeml.dbscan_time(ST_Point(0, 0), now(), 1, '-1 day', 2) OVER ();
SELECT crimeml.dbscan_time(ST_Point(0, 0), now(), 1, '-2147483648 days', 2) OVER ();
SELECT crimeml.dbscan_time(ST_Point(0, 0), now(), 1, NULL, 2) OVER ();
SELECT crimeml.dbscan_time(ST_Point(0, 0), now(), -1, '1 day', 2) OVER ();
SELECT crimeml.dbscan_time(ST_Point(0, 0), now(), 'NaN', '1 day', 2) OVER ();
SELECT crimeml.dbscan_time(ST_Point(0, 0), now(), 1, '1 day', -2) OVER ();
SELECT crimeml.dbscan_time(ST_Point(0, 0), 'infinity', 1, '1 day', 2) OVER ();
SELECT crimeml.dbscan_time(ST_Point(0, 0), '-infinity', 1, '1 day', 2) OVER ();
SELECT crimeml.dbscan_time(ST_Point('NaN', 0), now(), 1, '1 day', 2) OVER ();
SELECT crimeml.dbscan_time(ST_Point('infinity', 0), now(), 1, '1 day', 2) OVER ();
SELECT crimeml.dbscan_time(ST_Point(1e200, 0), now(), 1, '1 day', 2) OVER ();
SELECT crimeml.dbscan_time(geom, now(), 1, '1 day', 2) OVER () FROM (VALUES ('SRID=26918;POINT(0 0)'::geometry), ('SRID=32618;POINT(0 0)')) p(geom);
SELECT crimeml.dbscan_time('SRID=4326;POINT(-75 40)'::geometry, now(), 1, '1 day', 2) OVER ();
SELECT crimeml.dbscan_time(ST_Point(0, 0), now(), 1, i * interval '1 day', 2) OVER () FROM generate_series(1, 2) i;
SET crimeml.memory_limit = '1MB';
SELECT max(c) FROM (SELECT crimeml.dbscan_time(ST_Point(i, 0), now(), 1, '1 day', 2) OVER () c FROM generate_series(1, 20000) i) s;
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
-- random sets on a lattice of places and days, full of ties; prints the seed where they differ
CREATE FUNCTION pg_temp.compare(sets int, rows int, lines float8) RETURNS text AS $$
DECLARE
	q record;
	worst text;
BEGIN
	FOR seed IN 1 .. sets LOOP
		PERFORM setseed(seed / (sets + 1.0));
		SELECT ceil(random() * rows)::int AS n, 1 + floor(random() * 12) AS width, 1 + floor(random() * 12) AS height, 1 + floor(random() * 20) AS days,
			floor(random() * 7) / 2 AS eps, floor(random() * 4) * interval '12 hours' AS eps_time, floor(random() * 6)::int AS minpoints INTO q;
		TRUNCATE item, pair;
		INSERT INTO item SELECT i, CASE WHEN random() < lines THEN ST_MakeLine(p, ST_Translate(p, 1, 2)) ELSE p END, NULL,
			CASE WHEN random() < 0.95 THEN '2026-01-01'::timestamptz + floor(random() * q.days) * interval '12 hours' END
		FROM generate_series(1, q.n) i, LATERAL (SELECT ST_Point(floor(random() * q.width + 0 * i), floor(random() * q.height)) AS p) s;
		INSERT INTO pair SELECT a.i, b.i FROM item a, item b
		WHERE ST_DWithin(a.geom, b.geom, q.eps) AND a.at BETWEEN b.at - q.eps_time AND b.at + q.eps_time;
		SELECT format('seed %s of %s: %s', seed, sets, string_agg(format('row %s: %s, not %s', i, ours, theirs), '; ' ORDER BY i)) INTO worst
		FROM (SELECT i, ours, theirs, min(i) OVER (PARTITION BY ours) AS a, min(i) OVER (PARTITION BY theirs) AS b
			FROM (SELECT i, crimeml.dbscan_time(geom, at, q.eps, q.eps_time, q.minpoints) OVER (ORDER BY i) AS ours FROM item) c
				LEFT JOIN (SELECT i, cluster AS theirs FROM pg_temp.by_definition(q.minpoints)) d USING (i)) s
		WHERE a <> b OR (ours IS NULL) <> (theirs IS NULL)
		HAVING count(*) > 0;
		IF worst IS NOT NULL THEN
			RETURN worst;
		END IF;
	END LOOP;
	RETURN 'equal';
END $$ LANGUAGE plpgsql;
SELECT pg_temp.compare(200, 60, 0);
SELECT pg_temp.compare(60, 60, 0.3);
-- one place in two dimensions is a line in time: more than a leaf has
SELECT pg_temp.compare(6, 250, 0);

-- numbers run without gaps in order of first appearance
SELECT bool_and(c <= seen + 1) AS in_order, max(c) + 1 = count(DISTINCT c) AS without_gaps, max(c) > 10 AS many FROM (
	SELECT id, c, coalesce(max(c) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), -1) AS seen FROM (
		SELECT id, crimeml.dbscan_time(ST_Point(id * 7919 % 1000, id * 104729 % 997), '2026-01-01'::timestamptz + (id * 31 % 365) * interval '1 day', 40, '20 days', 3)
			OVER (ORDER BY id) c
		FROM generate_series(1, 5000) id) s WHERE c IS NOT NULL) t;

-- hotspot_change(source, eps, minpoints, now, before, ...): status, counts, p, bad input.
SET crimeml.progress_interval = 0;
SET TIME ZONE 'UTC';
CREATE TEMP TABLE incident(at timestamptz, geom geometry);
-- places: x, incidents in May, incidents in June
INSERT INTO incident
SELECT m.at + i * interval '1 hour', ST_SetSRID(ST_Point(500000 + p.x, 4400000), 26918)
FROM (VALUES (0, 10, 40), (1000, 40, 10), (2000, 20, 22), (3000, 0, 12), (4000, 12, 0), (5000, 4, 9), (6000, 9, 4)) p(x, may, june),
	LATERAL (VALUES (timestamptz '2024-05-01', may), ('2024-06-01', june)) m(at, n), generate_series(0, n - 1) i;
INSERT INTO incident VALUES (NULL, 'SRID=26918;POINT(500000 4400000)'), ('infinity', 'SRID=26918;POINT(500000 4400000)'), ('-infinity', 'SRID=26918;POINT(500000 4400000)'),
	('2024-07-01', 'SRID=26918;POINT(500000 4400000)'), ('2024-06-15', NULL);

-- p as poisson.test(c(now, before), c(30, 31)) of R and binomtest of scipy
SELECT hotspot, ST_X(center) - 500000 AS x, status, incidents AS now, incidents_before AS before, round(expected::numeric, 4) AS expected,
	round(ratio::numeric, 4) AS ratio, round(p::numeric, 12) AS p, round(p_adjusted::numeric, 12) AS p_adjusted
FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,2024-07-01)', '[2024-05-01,2024-06-01)') ORDER BY hotspot;
-- the bounds of a range are its own
SELECT hotspot, status, incidents AS now, incidents_before AS before, round(expected::numeric, 4) AS expected
FROM crimeml.hotspot_change('incident', 10, 8, '(2024-06-01 00:00,2024-06-01 08:00]', '[2024-05-01 00:00,2024-05-01 08:00)') ORDER BY hotspot;
-- the period before is as long as now
SELECT count(*), sum(incidents_before) FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,2024-07-01)');
SELECT count(*), sum(incidents_before) FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,2024-07-01)', '[2024-05-02,2024-06-01)');
-- a period after may stand for "before"; a stricter alpha
SELECT status, count(*) FROM crimeml.hotspot_change('incident', 10, 8, '[2024-05-01,2024-06-01)', '[2024-06-01,2024-07-01)') GROUP BY 1 ORDER BY 1;
SELECT status, count(*) FROM crimeml.hotspot_change('incident', 10, 8, '[2024-05-01,2024-06-01)', '[2024-06-01,2024-07-01)', alpha => 1e-6) GROUP BY 1 ORDER BY 1;
-- nothing in one period, or in both
SELECT status, count(*), sum(incidents), sum(incidents_before), count(ratio) FROM crimeml.hotspot_change('incident', 10, 8, '[2024-05-01,2024-06-01)') GROUP BY 1;
SELECT status, count(*), sum(incidents), sum(incidents_before), max(ratio) FROM crimeml.hotspot_change('incident', 10, 8, '[2024-07-02,2024-08-01)') GROUP BY 1;
SELECT count(*) FROM crimeml.hotspot_change('incident', 10, 8, '[2020-07-01,2020-08-01)');

-- against SQL: counts in the outlines, meetings of hotspots, all that are there
CREATE TEMP TABLE city AS SELECT id, at, geom FROM crimeml.simulate_incidents(20000, 7);
CREATE TEMP TABLE change AS SELECT * FROM crimeml.hotspot_change('city', 150, 40, '[2024-07-01,2024-10-01)', '[2024-03-01,2024-07-01)', outline => 'circles');
CREATE TEMP TABLE spot AS SELECT 'now' AS period, * FROM crimeml.hotspots($$SELECT * FROM city WHERE at >= '2024-07-01' AND at < '2024-10-01'$$, 150, 40, outline => 'circles')
UNION ALL SELECT 'before', * FROM crimeml.hotspots($$SELECT * FROM city WHERE at >= '2024-03-01' AND at < '2024-07-01'$$, 150, 40, outline => 'circles');
SELECT count(*) > 10 AS many, count(*) FILTER (WHERE incidents <> now OR incidents_before <> before) AS miscounted, count(*) FILTER (WHERE abs(per_km2 - now / area_km2) > 1e-6) AS density
FROM change c, LATERAL (SELECT count(*) FILTER (WHERE at >= '2024-07-01' AND at < '2024-10-01') AS now, count(*) FILTER (WHERE at >= '2024-03-01' AND at < '2024-07-01') AS before
	FROM city WHERE ST_Intersects(c.geom, city.geom)) t;
SELECT count(DISTINCT status) > 3 AS mixed, count(*) FILTER (WHERE (status = 'gone') <> (s.period = 'before') OR (status = 'new') <> (s.period = 'now' AND NOT met)) AS wrong, count(*) - count(c.hotspot) AS missing, count(*) - count(s.hotspot) AS too_many
FROM change c FULL JOIN (SELECT s.*, EXISTS (SELECT FROM spot o WHERE o.period <> s.period AND ST_Intersects(o.geom, s.geom)) AS met FROM spot s) s ON s.geom = c.geom AND (s.period = 'before') = (c.status = 'gone')
WHERE s.period IS NULL OR s.period = 'now' OR NOT met;

-- bad input
SELECT * FROM crimeml.hotspot_change(NULL, 10, 8, '[2024-06-01,2024-07-01)');
SELECT * FROM crimeml.hotspot_change('incident', 10, 8, NULL);
SELECT * FROM crimeml.hotspot_change('incident', 10, 8, 'empty');
SELECT * FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,)');
SELECT * FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,infinity)');
SELECT * FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,2024-07-01)', '(,2024-06-01)');
SELECT * FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,2024-07-01)', '[2024-05-01,2024-06-01]');
SELECT * FROM crimeml.hotspot_change('incident', 10, 8, '[4713-01-01 BC,290000-01-01)');
SELECT * FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,2024-07-01)', alpha => 0);
SELECT * FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,2024-07-01)', alpha => NULL);
SELECT * FROM crimeml.hotspot_change('incident', -1, 8, '[2024-06-01,2024-07-01)');
SELECT * FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,2024-07-01)', buffer => -1);
SELECT * FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,2024-07-01)', outline => 'box');
SELECT * FROM crimeml.hotspot_change('SELECT geom FROM incident', 10, 8, '[2024-06-01,2024-07-01)');
SELECT * FROM crimeml.hotspot_change('SELECT at, ST_Transform(geom, 4326) AS geom FROM incident', 10, 8, '[2024-06-01,2024-07-01)');

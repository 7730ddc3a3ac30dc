-- hotspots(source, eps, minpoints, ...): outlines, centers, risk, keys, rhythm, bad input.
SET crimeml.progress_interval = 0;
SET TIME ZONE 'UTC';
CREATE TEMP TABLE incident(id int, at timestamptz, geom geometry);
INSERT INTO incident
-- one spot, 5 incidents; the last two without a time that can be used
SELECT i, CASE i WHEN 4 THEN 'infinity' WHEN 5 THEN NULL ELSE timestamptz '2024-01-01 23:30+00' + i * interval '7 days' END, 'SRID=26918;POINT(500000 4400000)' FROM generate_series(1, 5) i
UNION ALL
-- a line of 4, 10 m apart
SELECT 100 + i, timestamptz '2024-03-05 08:15+00' + i * interval '1 hour', ST_SetSRID(ST_Point(501000 + 10 * i, 4400000), 26918) FROM generate_series(0, 3) i
UNION ALL
-- a square with a heavy corner
SELECT 200 + i, '2024-05-04 12:00+00', ST_SetSRID(ST_Point(502000 + 10 * (LEAST(i, 3) % 2), 4400000 + 10 * (LEAST(i, 3) / 2)), 26918) FROM generate_series(0, 3) i
UNION ALL
SELECT 900, '2024-01-01', 'SRID=26918;POINT(503000 4400000)' UNION ALL SELECT 901, NULL, NULL UNION ALL SELECT 902, NULL, 'SRID=26918;POINT EMPTY';

SELECT hotspot, incidents, places, ST_AsText(center) AS center, round(area_km2::numeric, 7) AS area_km2, risk, keys,
	first_at, last_at, busiest_weekday AS day, busiest_hour AS hour
FROM crimeml.hotspots('SELECT id AS key, at, geom FROM incident', 10, 3) ORDER BY hotspot;

-- a MultiPolygon of the SRID, valid, holding its incidents; area and density are those of the outline
CREATE TEMP TABLE city AS SELECT id, at, offence, geom FROM crimeml.simulate_incidents(20000, 7);
CREATE TEMP TABLE spot AS SELECT outline, h.* FROM unnest('{hull,circles}'::text[]) outline,
	crimeml.hotspots('SELECT id AS key, geom FROM city', 150, 60, outline => outline) h;
SELECT outline, count(*) > 10 AS several, bool_and(ST_IsValid(geom)) AS valid, bool_and(GeometryType(geom) = 'MULTIPOLYGON') AS multi, bool_and(ST_SRID(geom) = 26918 AND ST_SRID(center) = 26918) AS srid,
	bool_and(abs(area_km2 - ST_Area(geom) / 1e6) < 1e-12) AS area, bool_and(abs(per_km2 - incidents / area_km2) < 1e-9 * per_km2) AS density,
	bool_and(first_at IS NULL AND busiest_hour IS NULL AND busiest_weekday IS NULL) AS no_time
FROM spot GROUP BY outline ORDER BY outline;
SELECT count(*) FILTER (WHERE ST_Intersects(s.geom, c.geom)) AS inside, count(*) FILTER (WHERE NOT ST_Intersects(s.geom, c.geom)) AS outside
FROM spot s, unnest(keys) k JOIN city c ON c.id = k::bigint;
-- the same clusters as the window function, in this order of the rows
SELECT count(*) FILTER (WHERE hotspot IS NOT NULL) > 1000 AS many, count(*) FILTER (WHERE (c IS NULL) <> (hotspot IS NULL)) AS differ,
	count(DISTINCT (c, hotspot)) FILTER (WHERE c IS NOT NULL) - count(DISTINCT c) AS split, count(DISTINCT c) - count(DISTINCT hotspot) AS joined
FROM (SELECT id, crimeml.dbscan(geom, 150, 60) OVER (ORDER BY ST_X(geom), ST_Y(geom)) c FROM city) w
LEFT JOIN (SELECT hotspot, unnest(keys)::bigint AS id FROM spot WHERE outline = 'hull') h USING (id);
-- most first; the risk of a hotspot is that of risk_zone
SELECT count(*) AS wrong FROM (SELECT hotspot, incidents, lag(incidents) OVER w AS before, lag(hotspot) OVER w AS number, risk, crimeml.risk_zone(per_km2) OVER (PARTITION BY outline) AS zone
	FROM spot WINDOW w AS (PARTITION BY outline ORDER BY hotspot)) s
WHERE incidents > before OR hotspot <> COALESCE(number, 0) + 1 OR risk <> zone;
-- no other point has a lesser sum of distances than the center
SELECT count(*) AS not_the_median FROM spot s, LATERAL (SELECT sum(ST_Distance(s.center, c.geom)) AS here,
		min(sum(ST_Distance(ST_Translate(s.center, dx, dy), c.geom))) OVER () AS least
	FROM unnest(keys) k JOIN city c ON c.id = k::bigint, (VALUES (0, 0), (0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)) d(dx, dy)
	GROUP BY dx, dy ORDER BY dx = 0 AND dy = 0 DESC LIMIT 1) t
WHERE outline = 'hull' AND here > least * (1 + 1e-12);
-- the order of the rows changes nothing
SELECT count(*) AS differ FROM (SELECT * FROM crimeml.hotspots('SELECT id AS key, geom FROM city ORDER BY md5(id::text)', 150, 60) EXCEPT SELECT hotspot, incidents, geom, center, area_km2, per_km2, risk, keys, first_at, last_at, busiest_weekday, busiest_hour, places FROM spot WHERE outline = 'hull') d;

-- keys: oldest first, then by length and letters; of any type; NULL is left out
SELECT keys FROM crimeml.hotspots($$SELECT * FROM (VALUES ('10', '2024-01-02'::timestamptz, 'POINT(0 0)'::geometry), ('9', '2024-01-02', 'POINT(0 0)'), (NULL, '2024-01-02', 'POINT(0 0)'), ('b', '2024-01-01', 'POINT(0 0)'), ('a', NULL, 'POINT(0 0)')) v(key, at, geom)$$, 1, 2);
SELECT keys, incidents FROM crimeml.hotspots($$SELECT DATE '2024-01-01' + i AS key, 'POINT(0 0)'::geometry AS geom FROM generate_series(1, 3) i$$, 1, 2);
SELECT keys FROM crimeml.hotspots($$SELECT NULL::int AS key, 'POINT(0 0)'::geometry AS geom FROM generate_series(1, 3) i$$, 1, 2);
-- the clock of the place: 23:30 UTC on Monday is 18:30 in New York and Tuesday in Tokyo
SELECT zone, busiest_weekday, busiest_hour FROM unnest('{NULL,America/New_York,Asia/Tokyo}'::text[]) zone, crimeml.hotspots('SELECT at, geom FROM incident WHERE id < 5', 10, 3, time_zone => zone);
-- timestamp and date are on the clocks of the zone, the session's where there is none: as AT TIME ZONE has it, with the hours
-- that summer time leaves out or has twice; what is infinite is no time
CREATE TEMP TABLE local AS SELECT at, 'POINT(0 0)'::geometry AS geom FROM unnest('{2024-01-15 08:00,2024-03-10 02:30,2024-07-01 22:30,2024-07-01 22:45,2024-11-03 01:30,infinity}'::timestamp[]) at;
SELECT zone, h.first_at = min(at AT TIME ZONE COALESCE(zone, 'UTC')) AS first, h.last_at = max(at AT TIME ZONE COALESCE(zone, 'UTC')) AS last, busiest_weekday, busiest_hour
FROM unnest('{NULL,America/New_York,Asia/Kolkata}'::text[]) zone, crimeml.hotspots('SELECT * FROM local', 1, 2, time_zone => zone) h, local WHERE isfinite(at) GROUP BY zone, h.first_at, h.last_at, busiest_weekday, busiest_hour ORDER BY zone;
SELECT sum((h.first_at = at AT TIME ZONE 'America/New_York')::int) AS same, count(*) FROM local, crimeml.hotspots(format('SELECT geom, at FROM local WHERE at = %L', at), 1, 1, time_zone => 'America/New_York') h WHERE isfinite(at);
SELECT first_at, last_at, busiest_weekday, busiest_hour FROM crimeml.hotspots('SELECT geom, at::date AS at FROM local', 1, 2, time_zone => 'America/New_York');
SET TIME ZONE 'Asia/Tokyo';
SELECT first_at, busiest_hour FROM crimeml.hotspots('SELECT * FROM local WHERE isfinite(at)', 1, 2);
SET TIME ZONE 'UTC';
SELECT first_at FROM crimeml.hotspots($$SELECT 'POINT(0 0)'::geometry AS geom, date '294276-12-31' AS at$$, 1, 1, time_zone => 'America/New_York');
SELECT first_at FROM crimeml.hotspots($$SELECT 'POINT(0 0)'::geometry AS geom, timestamp '294276-12-31 23:00' AS at$$, 1, 1, time_zone => 'America/New_York');
SELECT first_at FROM crimeml.hotspots($$SELECT 'POINT(0 0)'::geometry AS geom, date '5874897-12-31' AS at$$, 1, 1);
-- feet
SELECT round((h.area_km2 / (ST_Area(h.geom) * 0.3048006 ^ 2 / 1e6))::numeric, 6) AS feet FROM crimeml.hotspots($$SELECT ST_SetSRID(ST_Point(2700000, 235000), 2272) AS geom FROM generate_series(1, 5)$$, 100, 3) h;
-- of hotspots of one size the westernmost comes first; of hours and weekdays as busy the earliest
SELECT hotspot, incidents, ST_AsText(center) AS center, busiest_weekday, busiest_hour FROM crimeml.hotspots($$SELECT at, ST_Point(x, 0) AS geom FROM
	(VALUES (500, '2024-01-03 07:00+00'::timestamptz), (500, '2024-01-02 09:00+00'), (-500, '2024-01-07 23:00+00'), (-500, '2024-01-01 04:00+00'), (0, '2024-01-06 00:00+00'), (0, '2024-01-05 12:00+00')) v(x, at)$$, 10, 2, time_zone => 'UTC') ORDER BY hotspot;
-- one distinct density is medium; eps 0 with a buffer: one spot each; minpoints 1: no noise
SELECT hotspot, incidents, places, risk FROM crimeml.hotspots('incident', 0, 2, buffer => 5) ORDER BY 1;
SELECT count(*), sum(incidents) FROM crimeml.hotspots('incident', 10, 1);
SELECT incidents, places FROM crimeml.hotspots('incident', 'infinity', 1, buffer => 100);
-- no hotspot, no incident
SELECT * FROM crimeml.hotspots('SELECT geom FROM incident', 10, 100);
SELECT * FROM crimeml.hotspots('SELECT geom FROM incident WHERE false', 10, 3);
SELECT * FROM crimeml.hotspots('SELECT NULL::geometry AS geom', 10, 3);

-- bad input
SELECT * FROM crimeml.hotspots(NULL, 10, 3);
SELECT * FROM crimeml.hotspots('incident', NULL, 3);
SELECT * FROM crimeml.hotspots('incident', 10, NULL);
SELECT * FROM crimeml.hotspots('incident', -1, 3);
SELECT * FROM crimeml.hotspots('incident', 'NaN', 3);
SELECT * FROM crimeml.hotspots('incident', 10, -3);
SELECT * FROM crimeml.hotspots('incident', 0, 3);
SELECT * FROM crimeml.hotspots('incident', 10, 3, buffer => 0);
SELECT * FROM crimeml.hotspots('incident', 10, 3, buffer => 'NaN');
SELECT * FROM crimeml.hotspots('incident', 'infinity', 3);
SELECT * FROM crimeml.hotspots('incident', 10, 3, outline => 'box');
SELECT * FROM crimeml.hotspots('incident', 10, 3, outline => NULL);
SELECT * FROM crimeml.hotspots('incident', 10, 3, time_zone => 'Mars');
SELECT * FROM crimeml.hotspots('nowhere', 10, 3);
SELECT * FROM crimeml.hotspots('DELETE FROM incident', 10, 3);
SELECT * FROM crimeml.hotspots('SELECT id FROM incident', 10, 3);
SELECT * FROM crimeml.hotspots($$SELECT 'x' AS geom$$, 10, 3);
SELECT * FROM crimeml.hotspots('SELECT geom, at::text AS at FROM incident', 10, 3);
SELECT * FROM crimeml.hotspots('SELECT ST_Transform(geom, 4326) AS geom FROM incident', 10, 3);
SELECT * FROM crimeml.hotspots('SELECT ST_SetSRID(geom, 26918 + id % 2) AS geom FROM incident', 10, 3);
SELECT * FROM crimeml.hotspots('SELECT ST_Point(0, ''infinity'') AS geom', 10, 3);
SELECT * FROM crimeml.hotspots('SELECT ST_Point(0, 1e101) AS geom', 10, 3);
SELECT * FROM crimeml.hotspots('SELECT ST_MakeLine(geom, geom) AS geom FROM incident', 10, 3);
SELECT * FROM crimeml.hotspots('SELECT ST_Point(1e99, 0) AS geom FROM generate_series(1, 3)', 1, 3);
SET crimeml.memory_limit = '1MB';
SELECT count(*) FROM crimeml.hotspots('SELECT ST_Point(i, 0) AS geom FROM generate_series(1, 100000) i', 150, 60);

-- hotspots(...).center: the point with the least sum of distances, judged by that sum.
SET crimeml.progress_interval = 0;
CREATE TEMP TABLE point(kind text, set int, geom geometry);
-- four points whose median is the crossing of the diagonals, (489.3673, 9.8577): 1197.8797 in all
INSERT INTO point SELECT 'crossing', 0, ST_Point(x, y) FROM (VALUES (497.17, -0.06), (104.34, 499.25), (497.43, 1.62), (103.93, 403.66)) v(x, y);
SELECT round(ST_X(center)::numeric, 4) AS x, round(ST_Y(center)::numeric, 4) AS y, round(s.sum::numeric, 4) AS sum
FROM crimeml.hotspots($$SELECT geom FROM point WHERE kind = 'crossing'$$, 'infinity', 1, buffer => 1) h, LATERAL (SELECT sum(ST_Distance(center, p.geom)) FROM point p) s;

-- sets that are hard: four points, few, on a line, nearly so, one far away, snapped and repeated, two heaps, a ring, crowded about a corner
SELECT setseed(0.25) \g /dev/null
CREATE TEMP TABLE draw AS SELECT kind, set, i, random() AS u, random() AS v, random() AS w
FROM unnest('{four,few,line,nearly,far,snapped,heaps,ring,corner}'::text[]) kind, generate_series(1, 300) set, LATERAL (SELECT i FROM generate_series(1, CASE kind WHEN 'four' THEN 4 ELSE 2 + set % 15 END) i) g;
INSERT INTO point SELECT kind, set, CASE kind
	WHEN 'line' THEN ST_Point(500 * u, 1000 * u)
	WHEN 'nearly' THEN ST_Point(500 * u, 1e-6 * v)
	WHEN 'far' THEN ST_Point(500000 + CASE WHEN i = 1 THEN 15000 ELSE 500 * u END, 4400000 + 500 * v)
	WHEN 'snapped' THEN ST_Point(floor(4 * u * u), floor(4 * v * v))
	WHEN 'heaps' THEN ST_Point(500 * (i % 2) + u, v)
	WHEN 'ring' THEN CASE WHEN i = 1 THEN ST_Point(0, 0) ELSE ST_Point(100 * cos(6.28 * u) * CASE WHEN w < 0.3 THEN 1e-4 ELSE 1 END, 100 * sin(6.28 * u)) END
	WHEN 'corner' THEN ST_Point(500 * u ^ 8, 500 * v ^ 8)
	ELSE ST_Point(500 * u, 500 * v) END FROM draw;
CREATE TEMP TABLE median AS SELECT kind, set, h.center FROM (SELECT DISTINCT kind, set FROM point) s,
	LATERAL crimeml.hotspots(format('SELECT geom FROM point WHERE kind = %L AND set = %s', kind, set), 'infinity', 1, buffer => 1) h;
-- no place, no point some way off in any direction, and not PostGIS's median has a lesser sum
CREATE TEMP TABLE rival AS
SELECT kind, set, geom FROM point UNION ALL
SELECT kind, set, ST_Translate(center, 10 ^ scale * cosd(turn), 10 ^ scale * sind(turn)) FROM median, generate_series(-4, 2) scale, generate_series(0, 330, 30) turn UNION ALL
SELECT kind, set, ST_GeometricMedian(ST_Collect(geom), 1e-9, 10000) FROM point GROUP BY kind, set;
SELECT kind, count(*) AS sets, count(*) FILTER (WHERE NOT here <= best * (1 + 1e-10)) AS not_the_median
FROM (SELECT kind, set, sum(ST_Distance(m.center, p.geom)) AS here FROM median m JOIN point p USING (kind, set) GROUP BY kind, set) h
JOIN (SELECT kind, set, min(sum) AS best FROM (SELECT r.kind, r.set, sum(ST_Distance(r.geom, p.geom)) FROM rival r JOIN point p USING (kind, set) GROUP BY r.kind, r.set, r.geom) s GROUP BY kind, set) b USING (kind, set)
GROUP BY kind ORDER BY kind;

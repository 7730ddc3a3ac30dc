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
	round(ratio::numeric, 4) AS ratio, round(p::numeric, 12) AS p, round(p_adjusted::numeric, 12) AS p_adjusted, significant
FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,2024-07-01)', '[2024-05-01,2024-06-01)') ORDER BY hotspot;
-- periods of one length, where outcomes on both sides are equally likely: of R, for (now, before) as printed,
-- p <- sapply(pairs, function(x) poisson.test(x, c(7, 7))$p.value); p.adjust(p, "BH")
WITH r(now, before, p, p_adjusted) AS (VALUES (40, 10, 0.000023861332, 0.000083514661), (22, 20, 0.877614328752, 0.877614328752), (12, 0, 0.000488281250, 0.000854492188),
	(10, 40, 0.000023861332, 0.000083514661), (9, 4, 0.266845703125, 0.311319986979), (0, 12, 0.000488281250, 0.000854492188), (4, 9, 0.266845703125, 0.311319986979))
SELECT count(*) AS as_in_r, count(*) FILTER (WHERE abs(h.p - r.p) > 1e-12 OR abs(h.p_adjusted - r.p_adjusted) > 1e-12) AS not_as_in_r, bool_and(h.expected = h.incidents_before) AS alike
FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,2024-06-08)', '[2024-05-01,2024-05-08)') h JOIN r ON (now, before) = (incidents, incidents_before);
-- alpha is held against the adjusted p: of both p below 5e-5 none is there after the adjustment
SELECT status, count(*), count(*) FILTER (WHERE p < 5e-5) AS small_p, count(*) FILTER (WHERE p_adjusted < 5e-5) AS small_adjusted
FROM crimeml.hotspot_change('incident', 10, 8, '[2024-06-01,2024-07-01)', '[2024-05-01,2024-06-01)', alpha => 5e-5) GROUP BY status ORDER BY status;
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
-- p by adding up the outcomes that are no likelier (a 1e-7th more counts as the same), adjusted p by its definition
WITH RECURSIVE lf(n, ln) AS (SELECT 0, 0::numeric UNION ALL SELECT n + 1, ln + ln((n + 1)::numeric) FROM lf WHERE n < 4000),
t AS MATERIALIZED (SELECT hotspot, p, p_adjusted, incidents AS a, incidents + incidents_before AS n, 92.0 / (92 + 122) AS share FROM change),
likely AS MATERIALIZED (
	SELECT hotspot, p, p_adjusted, a, i.n AS k, exp(lf.ln - i.ln - o.ln + i.n * ln(share) + (t.n - i.n) * ln(1 - share)) AS pdf
	FROM t JOIN lf ON lf.n = t.n, lf i, lf o WHERE i.n <= t.n AND o.n = t.n - i.n),
exact AS (
	SELECT hotspot, p, p_adjusted, (SELECT least(1, sum(pdf)) FROM likely o WHERE o.hotspot = l.hotspot AND o.pdf <= l.pdf * (1 + 1e-7)) AS by_sum FROM likely l WHERE k = a),
ranked AS (SELECT *, row_number() OVER (ORDER BY by_sum, hotspot) AS r, count(*) OVER () AS m FROM exact)
SELECT count(*) > 10 AS many, max(abs(p / by_sum::float8 - 1)) < 1e-9 AS p, max(abs(p_adjusted / q - 1)) < 1e-9 AS p_adjusted, count(DISTINCT q) < count(DISTINCT by_sum) AS evened_out
FROM (SELECT *, least(1, min(m * by_sum / r) OVER (ORDER BY r ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING))::float8 AS q FROM ranked) x;

-- significant is p_adjusted below alpha, whatever the status; keys are those of the incidents of now that are counted, oldest first
SELECT bool_and(significant = (p_adjusted < 0.5)) AS significant, count(DISTINCT significant) AS both,
	count(*) FILTER (WHERE keys IS DISTINCT FROM of_now) AS wrong_keys
FROM crimeml.hotspot_change('SELECT id AS key, * FROM city', 150, 40, '[2024-07-01,2024-10-01)', '[2024-03-01,2024-07-01)', alpha => 0.5) c,
	LATERAL (SELECT COALESCE(array_agg(id::text ORDER BY at, id), '{}') AS of_now FROM city WHERE at >= '2024-07-01' AND at < '2024-10-01' AND ST_Intersects(c.geom, city.geom)) t;
SELECT count(*) > 0 AS some, count(keys) AS keys FROM change;

-- periods that the source does not cover: before its beginning, after its end, with a hole, or all of it
SELECT count(*) FROM crimeml.hotspot_change('city', 150, 40, '[2024-01-01,2024-02-01)');
SELECT count(*) FROM crimeml.hotspot_change('city', 150, 40, '[2024-12-01,2025-01-15)', '[2024-10-01,2024-12-01)');
SELECT count(*) FROM crimeml.hotspot_change($$SELECT * FROM city WHERE NOT at <@ tstzrange '[2024-08-10,2024-08-20)' AND at < '2024-09-25'$$, 150, 40, '[2024-07-01,2024-10-01)', '[2023-11-01,2024-04-01)');
-- covered: by days, by weekends, by one night a week, by few; so chance leaves gaps
SELECT count(*) FROM crimeml.hotspot_change($$SELECT geom, at::date AS at FROM city$$, 150, 40, '[2024-07-01,2024-10-01)');
SELECT count(*) FROM crimeml.hotspot_change($$SELECT * FROM city WHERE extract(isodow FROM at) > 5$$, 150, 40, '[2024-07-01,2024-10-01)');
SELECT count(*) FROM crimeml.hotspot_change($$SELECT * FROM city WHERE extract(isodow FROM at) = 5 AND extract(hour FROM at) > 20$$, 150, 40, '[2024-07-01,2024-10-01)');
SELECT count(*) FROM crimeml.hotspot_change($$SELECT * FROM city WHERE id % 700 = 0$$, 150, 40, '[2024-07-01,2024-10-01)');
SELECT count(*) FROM crimeml.hotspot_change($$SELECT geom, NULL::timestamptz AS at FROM city$$, 150, 40, '[2024-07-01,2024-10-01)');
-- timestamp and date on the session's clocks, as the periods are
SET TIME ZONE 'America/New_York';
SELECT count(*) FROM (SELECT * FROM crimeml.hotspot_change($$SELECT geom, at::timestamp AS at FROM city$$, 150, 40, '[2024-07-01,2024-10-01)') EXCEPT SELECT * FROM crimeml.hotspot_change('SELECT geom, at FROM city', 150, 40, '[2024-07-01,2024-10-01)')) d;
SET TIME ZONE 'UTC';

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

-- risk_level() and risk_zone(): bounds, natural breaks, bad input.
SELECT v, crimeml.risk_level(v, 10, 20) FROM unnest('{-infinity,9.99,10,19.99,20,infinity,NaN,NULL}'::float8[]) v;
SELECT crimeml.risk_level(5, 5, 5), crimeml.risk_level(4, 5, 5), crimeml.risk_level(1, NULL, 5);
SELECT crimeml.risk_level(1, 20, 10);
SELECT crimeml.risk_level(1, 'NaN', 10);
SELECT 'low'::crimeml.risk < 'medium' AND 'medium'::crimeml.risk < 'high' AS ascending;

-- NULL and NaN take no part; -0 is 0; a partition at a time
SELECT p, v, crimeml.risk_zone(v) OVER (PARTITION BY p)
FROM (VALUES (1, 1.0), (1, 2), (1, 10), (1, 11), (1, 12), (1, 100), (1, NULL), (1, 'NaN'),
	(2, 5), (2, 5), (2, 7), (3, 4), (3, 4), (4, '-0'), (4, 0), (4, 1), (4, 3), (5, NULL)) t(p, v) ORDER BY p, v;
SELECT crimeml.risk_zone(1) OVER () WHERE false;
SELECT crimeml.risk_zone(v) OVER () FROM unnest('{1,infinity}'::float8[]) v;

-- the optimum: no other two breaks have a lesser sum of squares, computed
-- without rounding; few and many ties, large offsets, long tails
CREATE TEMP TABLE sample AS
SELECT s, i, CASE s % 4
	WHEN 0 THEN floor(8 * u)
	WHEN 1 THEN 1e9 + floor(1000 * u) / 1024
	WHEN 2 THEN floor(1000 * u) * 10 ^ floor(30 * v - 15)
	ELSE round((ln(1 - u) ^ 3)::numeric, 3) END::float8 AS value
FROM (SELECT s, i, (hashint8extended(s * 100 + i, 1) & 65535) / 65536.0 AS u, (hashint8extended(s * 100 + i, 2) & 65535) / 65536.0 AS v
	FROM generate_series(1, 200) s, generate_series(1, 9) i) r;
CREATE TEMP TABLE zone AS SELECT *, crimeml.risk_zone(value) OVER (PARTITION BY s) AS risk FROM sample;
CREATE FUNCTION pg_temp.squares(v numeric[]) RETURNS numeric LANGUAGE sql AS
$$SELECT sum((x - mean) ^ 2) FROM unnest(v) x, (SELECT round(avg(x), 60) AS mean FROM unnest(v) x) m$$;
-- a cast to numeric would keep 15 digits only
SELECT count(*) AS partitions, count(*) FILTER (WHERE classes = 3) AS of_three, count(*) FILTER (WHERE ours > best * (1 + 1e-25)) AS worse
FROM (
	SELECT s, count(DISTINCT value) AS values, count(DISTINCT risk) AS classes,
		(SELECT sum(q) FROM (SELECT pg_temp.squares(array_agg(value::text::numeric)) q FROM zone z WHERE z.s = zone.s GROUP BY risk) c) AS ours
	FROM zone GROUP BY s) o
JOIN LATERAL (
	SELECT min(pg_temp.squares(v[:a]) + pg_temp.squares(v[a + 1:b]) + pg_temp.squares(v[b + 1:])) AS best
	FROM (SELECT array_agg(value::text::numeric ORDER BY value) v FROM sample WHERE sample.s = o.s) w,
		generate_series(1, 7) a, generate_series(a + 1, 8) b) t ON values >= 3;
-- zones are runs of the values
SELECT count(*) AS out_of_order FROM (SELECT risk < lag(risk) OVER (PARTITION BY s ORDER BY value) AS wrong FROM zone) z WHERE wrong;

-- many rows; and what does not fit
SELECT risk, count(*), min(v), max(v) FROM (SELECT v, crimeml.risk_zone(v) OVER () AS risk FROM (SELECT (i % 1000) ^ 2 AS v FROM generate_series(1, 200000) i) s) z GROUP BY risk ORDER BY risk;
SELECT risk, count(*), min(v), max(v) FROM (SELECT v, crimeml.risk_zone(v) OVER () AS risk FROM (SELECT sqrt(i) AS v FROM generate_series(1, 100000) i) s) z GROUP BY risk ORDER BY risk;
SET crimeml.memory_limit = '1MB';
SELECT crimeml.risk_zone(i) OVER () FROM generate_series(1, 100000) i;

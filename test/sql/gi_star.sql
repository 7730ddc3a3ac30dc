-- Gi*: against the formula in SQL, neighbourhoods, edges of what is defined.
SET client_min_messages = warning;
SET jit = off;
CREATE TABLE made AS
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(480000, 4427000, 482000, 4428500, 26918), '{"cell_size": 123.4}') AS grid
FROM crimeml.simulate_incidents(20000, 1);
-- z and p for each cell, all pairs of cells; a third of them without data
CREATE FUNCTION pg_temp.expect(grid crimeml.grid, near float8) RETURNS TABLE (cell bigint, z float8) LANGUAGE SQL AS $$
  WITH c AS MATERIALIZED (SELECT cell, i, j, value FROM crimeml.cells(grid, false) WHERE value IS NOT NULL),
    s AS (SELECT count(*) AS n, avg(value) AS mean, stddev_pop(value) AS s FROM c)
  SELECT a.cell, (sum(b.value) - count(*) * s.mean) / (s.s * sqrt((s.n * count(*) - count(*) ^ 2) / (s.n - 1)))
  FROM s, c a, c b
  WHERE (a.i - b.i) * (a.i - b.i) + (a.j - b.j) * (a.j - b.j) <= near
  GROUP BY a.cell, s.n, s.mean, s.s $$;
CREATE TABLE partial AS
SELECT crimeml.grid_divide(crimeml.grid_multiply(grid, mask), mask) AS grid
FROM made,
  LATERAL (SELECT crimeml.grid_count_agg(ST_Centroid(c.geom), ST_MakeEnvelope(480000, 4427000, 482000, 4428500, 26918), '{"cell_size": 123.4}') AS mask
    FROM crimeml.cells(grid, false) c WHERE c.cell % 3 > 0) m;
SELECT which, name, count(*) AS cells, max(abs(g.z - e.z)) < 1e-9 AS z_agrees,
  bool_and(g.p BETWEEN 0 AND 1) AS p_is_one, sum((g.z > 1.96)::int) > 0 AS hot
FROM (SELECT 'whole' AS which, grid FROM made UNION ALL SELECT 'partial', grid FROM partial) m,
  (VALUES ('queen', NULL, 2.0), ('rook', 123.4, 1), ('sqrt(2)', 123.4 * sqrt(2), 2), ('2500', 400, 10), ('5 cells', 617, 25)) v(name, distance, near),
  LATERAL crimeml.gi_star(grid, distance) g
  FULL JOIN LATERAL pg_temp.expect(grid, near) e USING (cell)
GROUP BY which, name, near ORDER BY which, near, name;

-- by hand: 3 x 1 cells of 0 0 3, n = 3, mean 1, S = sqrt(2); W = 2 at the ends, 3 in the middle
CREATE TABLE hand AS
SELECT crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint(x, 50), 26918), w, ST_MakeEnvelope(0, 0, 300, 100, 26918), '{"cell_size": 100}') AS grid
FROM (VALUES (250, 3.0)) v(x, w);
SELECT cell, i, j, ST_AsText(geom) AS geom, value, round(z::numeric, 12) AS z, round(p::numeric, 12) AS p FROM hand, crimeml.gi_star(grid) ORDER BY cell;
SELECT round((-2 / (sqrt(2) * sqrt((3 * 2 - 4) / 2.0)))::numeric, 12) AS z;
-- every cell is near; all values are equal; one cell; no data at all
SELECT name, cell, z, p FROM hand, LATERAL (VALUES ('all near', grid, 300.0), ('equal', crimeml.grid_add(crimeml.grid_multiply(grid, 0), 0.1), NULL)) v(name, g, d),
  LATERAL crimeml.gi_star(g, d) ORDER BY name, cell;
SELECT cell, z, p FROM crimeml.gi_star((SELECT crimeml.grid_count_agg('SRID=26918;POINT(5 5)', ST_MakeEnvelope(0, 0, 10, 10, 26918), '{"cell_size": 10}')));
SELECT count(*) FROM hand, crimeml.gi_star(crimeml.grid_divide(grid, 0));
SELECT count(*) FROM crimeml.gi_star(NULL);

-- Benjamini and Hochberg, against their definition
WITH g AS (SELECT cell, p, row_number() OVER (ORDER BY p, cell) AS r, count(*) OVER () AS m FROM made, crimeml.gi_star(grid)),
  e AS (SELECT cell, least(1, min(m * p / r) OVER (ORDER BY r ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)) AS q FROM g)
SELECT count(*), max(abs(f.p - e.q)) < 1e-12 AS agrees, sum((f.p < 0.05)::int) < sum((g.p < 0.05)::int) AS fewer
FROM made, LATERAL crimeml.gi_star(grid, fdr => true) f JOIN e USING (cell) JOIN g USING (cell);
-- a clipped grid: cells without data are no tests, and the normal's p is erfc's
CREATE TABLE clipped AS SELECT crimeml.clip(grid, ST_Buffer(ST_SetSRID(ST_MakePoint(481000, 4427700), 26918), 600)) AS grid FROM made;
WITH g AS (SELECT cell, z, p, row_number() OVER (ORDER BY p, cell) AS r, count(p) OVER () AS m FROM clipped, crimeml.gi_star(grid) WHERE p IS NOT NULL),
  e AS (SELECT cell, least(1, min(m * p / r) OVER (ORDER BY r ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)) AS q FROM g)
SELECT count(*) < (SELECT count(*) FROM made, crimeml.cells(grid, false)) / 2 AS clipped, max(abs(f.p - e.q)) < 1e-12 AS agrees, count(DISTINCT e.q) < count(DISTINCT g.p) AS evened_out
FROM clipped, LATERAL crimeml.gi_star(grid, fdr => true) f JOIN e USING (cell) JOIN g USING (cell);
-- 2 * pnorm(-abs(z)) of R at z = 1, 3 and sqrt(2): 0.317310507863, 0.002699796063, 0.157299207050; here as the series of erf
CREATE FUNCTION pg_temp.p_of(z float8) RETURNS float8 LANGUAGE SQL IMMUTABLE AS $$
  WITH RECURSIVE s(n, term, sum) AS (SELECT 0, abs(z), abs(z) UNION ALL SELECT n + 1, term * z * z / (2 * n + 3), sum + term * z * z / (2 * n + 3) FROM s WHERE term > 1e-20)
  SELECT 1 - 2 * exp(-z * z / 2) / sqrt(2 * pi()) * max(sum) FROM s $$;
SELECT round(pg_temp.p_of(1)::numeric, 12) AS one, round(pg_temp.p_of(3)::numeric, 12) AS three, round(pg_temp.p_of(sqrt(2))::numeric, 12) AS root;
SELECT count(*) > 50 AS many, max(abs(p - pg_temp.p_of(z))) < 1e-12 AS agrees FROM clipped, crimeml.gi_star(grid, 400) WHERE abs(z) < 6;
DROP TABLE clipped;

SELECT count(*) FROM made, crimeml.gi_star(grid, 0);
SELECT count(*) FROM made, crimeml.gi_star(grid, -5);
SELECT count(*) FROM made, crimeml.gi_star(grid, 100);
SELECT count(*) FROM made, crimeml.gi_star(grid, 'NaN');
SELECT count(*) FROM made, crimeml.gi_star(grid, 'Infinity');
SELECT count(*) FROM made, crimeml.gi_star(grid, NULL, NULL);

-- risk_cells: zeros have no say
CREATE TABLE risky AS
SELECT crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint(x, 50), 26918), w, ST_MakeEnvelope(0, 0, 1000, 100, 26918), '{"cell_size": 100}') AS grid
FROM (VALUES (50, 1.0), (150, 2), (250, 2.5), (350, 10), (450, 11), (550, 50), (650, 48)) v(x, w);
SELECT cell, value, b.risk AS breaks, q.risk AS quantiles
FROM risky, crimeml.risk_cells(grid) b JOIN LATERAL crimeml.risk_cells(grid, '{0.5,0.9}') q USING (cell, value) ORDER BY cell;
-- few values: two are low and high, one is medium, none low; below zero is low
SELECT name, cell, value, risk FROM hand, LATERAL (VALUES ('one', grid), ('none', crimeml.grid_multiply(grid, 0)), ('two', crimeml.grid_add(grid, 1)),
  ('signs', crimeml.grid_subtract(grid, 1))) v(name, g), LATERAL crimeml.risk_cells(g) ORDER BY name, cell;
SELECT count(*) FROM crimeml.risk_cells(NULL);
SELECT count(*) FROM risky, crimeml.risk_cells(grid, '{0.9,0.5}');
SELECT count(*) FROM risky, crimeml.risk_cells(grid, '{0.5}');
SELECT count(*) FROM risky, crimeml.risk_cells(grid, '{0.5,NULL}');
SELECT count(*) FROM risky, crimeml.risk_cells(grid, '{0.5,1}');
DROP TABLE made, partial, hand, risky;

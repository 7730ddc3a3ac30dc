-- Rules for the bandwidth, and what repeated points do to them.
SET client_min_messages = notice;
SET jit = off;
-- bandwidth: rules by hand on 1 2 3 4 (sd sqrt(5/3), IQR 1.5) in x and 10 times that in y
CREATE TABLE four AS SELECT ST_SetSRID(ST_MakePoint(x, 10 * x), 26918) AS geom FROM generate_series(1, 4) x;
SELECT rule, round(sigma::numeric, 9) AS sigma, round(radius::numeric, 9) AS radius, round(x::numeric, 9) AS x, round(y::numeric, 9) AS y, points, places
FROM (VALUES ('scott'), ('nrd')) r(rule), LATERAL crimeml.bandwidth('four', r.rule);
SELECT round((sqrt(5.0 / 3) * 4 ^ (-1.0 / 6))::numeric, 9) AS scott, round((4 * 1.06 * 1.5 / 1.34 * 4 ^ (-0.2))::numeric, 9) AS nrd;
-- cross-validation: no sigma near the one found does better, by the definitions
CREATE TABLE many AS SELECT row_number() OVER () AS id, geom FROM crimeml.simulate_incidents(300, 1);
WITH found AS (SELECT (crimeml.bandwidth('many', 'lscv')).sigma AS lscv, (crimeml.bandwidth('many', 'likelihood')).sigma AS likelihood),
  pair AS (SELECT a.id, a.geom <-> b.geom AS d FROM many a JOIN many b ON a.id <> b.id),
  tried AS (SELECT f, (SELECT (300 + sum(exp(-least((d / (f * lscv)) ^ 2 / 4, 700)))) / (300.0 ^ 2 * 4 * pi() * (f * lscv) ^ 2)
      - 2 * sum(exp(-least((d / (f * lscv)) ^ 2 / 2, 700))) / (300 * 299 * 2 * pi() * (f * lscv) ^ 2) FROM pair) AS error,
    (SELECT -sum(ln(s / (f * likelihood) ^ 2)) FROM (SELECT sum(exp(-least((d / (f * likelihood)) ^ 2 / 2, 700))) AS s FROM pair GROUP BY id) x) AS loss
    FROM found, (VALUES (0.25), (0.5), (0.9), (0.99), (1), (1.01), (1.1), (2), (4)) v(f))
SELECT (SELECT f FROM tried ORDER BY error LIMIT 1) AS lscv, (SELECT f FROM tried ORDER BY loss LIMIT 1) AS likelihood;
-- Diggle's rule: the least of Berman and Diggle's mean square error among its 512 distances, with K by translation;
-- five cities, the last of few points in a narrow window, where the edges count
CREATE TABLE sample AS
SELECT seed, row_number() OVER () AS id, geom FROM generate_series(1, 4) seed, LATERAL (SELECT geom FROM crimeml.simulate_incidents(150, seed)) c
UNION ALL SELECT 5, 1000 + i, ST_SetSRID(ST_MakePoint(1000 * sqrt(i * 7919 % 101 / 101.0), 100 * (i * 104729 % 97 / 97.0) ^ 2), 26918) FROM generate_series(1, 40) i;
WITH w AS MATERIALIZED (SELECT seed, max(ST_X(geom)) - min(ST_X(geom)) AS w, max(ST_Y(geom)) - min(ST_Y(geom)) AS h, count(*) AS n FROM sample GROUP BY seed),
  s AS MATERIALIZED (SELECT seed, w, h, n, w * h AS area, least(least(w, h) / 4, sqrt(1000 * w * h / (pi() * n))) / 511 AS step FROM w),
  jump AS MATERIALIZED (
    SELECT s.seed, ceil(ST_Distance(a.geom, b.geom) / step)::int AS j, sum(area / ((w - abs(ST_X(a.geom) - ST_X(b.geom))) * (h - abs(ST_Y(a.geom) - ST_Y(b.geom))))) AS pairs
    FROM s JOIN sample a USING (seed) JOIN sample b ON a.seed = b.seed AND a.id <> b.id WHERE abs(ST_X(a.geom) - ST_X(b.geom)) < w AND abs(ST_Y(a.geom) - ST_Y(b.geom)) < h GROUP BY 1, 2),
  error AS (
    SELECT seed, i * step AS r, (area / n - 2 * area / (n * (n - 1.0)) * coalesce(sum(pairs) FILTER (WHERE j <= i), 0)) / (pi() * (i * step) ^ 2)
      + area / (n * (n - 1.0)) * sum(pairs * 2 * (i * step) ^ 2 * (acos(j / (2.0 * i)) - j / (2.0 * i) * sqrt(1 - (j / (2.0 * i)) ^ 2))) / (pi() * (i * step) ^ 2) ^ 2 AS error
    FROM s JOIN jump USING (seed), generate_series(1, 255) i WHERE j <= 2 * i GROUP BY seed, i, step, area, n)
SELECT e.seed, abs(d.sigma / (r / 2) - 1) < 1e-9 AS diggle
FROM (SELECT DISTINCT ON (seed) seed, r FROM error ORDER BY seed, error, r) e, LATERAL crimeml.bandwidth('SELECT geom FROM sample WHERE seed = ' || e.seed, 'diggle') d ORDER BY 1;
DROP TABLE sample;
-- and where points repeat: likelihood leaves one of them out, not the spot
WITH p AS MATERIALIZED (SELECT row_number() OVER () AS id, geom FROM many, generate_series(1, 1 + (ST_X(geom)::int % 2)) LIMIT 200),
  found AS (SELECT sigma FROM crimeml.bandwidth('SELECT geom FROM (SELECT geom FROM many, generate_series(1, 1 + (ST_X(geom)::int % 2)) LIMIT 200) p', 'likelihood')),
  pair AS MATERIALIZED (SELECT a.id, a.geom <-> b.geom AS d FROM p a JOIN p b ON a.id <> b.id),
  tried AS (SELECT f, (SELECT -sum(ln(s / (f * sigma) ^ 2)) FROM (SELECT sum(exp(-least((d / (f * sigma)) ^ 2 / 2, 700))) AS s FROM pair GROUP BY id) x) AS loss
    FROM found, (VALUES (0.5), (0.9), (0.99), (1), (1.01), (1.1), (2)) v(f))
SELECT f AS likelihood, (SELECT count(*) > count(DISTINCT geom) FROM p) AS repeated FROM tried ORDER BY loss LIMIT 1;
-- the likelihood is exact for places far from the rest, which see all others at nearly one distance; with a stack, in a row, two of them:
-- the least of the loss by brute force, in log space, by ternary search over the logarithm of sigma
CREATE FUNCTION pg_temp.least_loss(px float8[], py float8[]) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  low float8;
  high float8;
  at float8[];
  loss float8[];
BEGIN
  CREATE TEMP TABLE pair AS SELECT i, (px[i] - px[j]) ^ 2 + (py[i] - py[j]) ^ 2 AS d FROM generate_subscripts(px, 1) i, generate_subscripts(px, 1) j WHERE i <> j;
  SELECT ln(sqrt(max(d))) - 6, ln(sqrt(max(d))) INTO low, high FROM pair;
  FOR step IN 1 .. 60 LOOP
    at := ARRAY[low + (high - low) / 3, high - (high - low) / 3];
    FOR k IN 1 .. 2 LOOP
      loss[k] := (SELECT sum(2 * at[k] + near / (2 * exp(2 * at[k])) - ln(s)) FROM (SELECT min(d) AS near, sum(exp(greatest((m - d) / (2 * exp(2 * at[k])), -700))) AS s FROM (SELECT i, d, min(d) OVER (PARTITION BY i) AS m FROM pair) p GROUP BY i) q);
    END LOOP;
    IF loss[1] < loss[2] THEN high := at[2]; ELSE low := at[1]; END IF;
  END LOOP;
  DROP TABLE pair;
  RETURN exp((low + high) / 2);
END $$;
CREATE TABLE far (name text, x float8, y float8);
INSERT INTO far SELECT 'one', 10 * (i % 5), 10 * (i / 5) FROM generate_series(0, 49) i UNION ALL SELECT 'one', 0, 300;
INSERT INTO far SELECT 'two', x, y FROM far UNION ALL SELECT 'two', 400, -200;
INSERT INTO far SELECT 'stack', x, y FROM far WHERE name = 'one' UNION ALL SELECT 'stack', 20, 20 FROM generate_series(1, 5);
INSERT INTO far SELECT 'row', 10 * i * i, i FROM generate_series(1, 30) i;
SELECT name, round(found::numeric, 4) AS sigma, abs(found / wanted - 1) < 1e-5 AS exact
FROM (SELECT name, (crimeml.bandwidth(format('SELECT ST_Point(x, y) AS geom FROM far WHERE name = %L', name), 'likelihood')).sigma AS found, pg_temp.least_loss(array_agg(x), array_agg(y)) AS wanted FROM far GROUP BY name) s ORDER BY name;
DROP TABLE far;
-- Scott's rule of kde with bounds and weights, by its definition: the points inside, as many as Kish's effective number says
WITH p AS MATERIALIZED (SELECT ST_X(geom) AS x, ST_Y(geom) AS y, (1 + id % 5)::float8 AS w FROM many),
  b(bounded, xmin, ymin, xmax, ymax) AS (VALUES (false, -1e9, -1e9, 1e9, 1e9), (true, 478000, 4423000, 488000, 4433000)),
  k AS MATERIALIZED (SELECT sum(w) / sum(w * w) AS rows_per_weight, 1.0::float8 AS one FROM p),
  m AS (SELECT bounded, weighted, sum(u) AS weight, sum(u * x) / sum(u) AS mx, sum(u * y) / sum(u) AS my, sum(u) * CASE WHEN weighted THEN rows_per_weight ELSE 1 END AS rows
    FROM b, p, k, (VALUES (false), (true)) v(weighted), LATERAL (SELECT CASE WHEN weighted THEN w ELSE 1 END AS u) u
    WHERE x BETWEEN xmin AND xmax AND y BETWEEN ymin AND ymax GROUP BY bounded, weighted, rows_per_weight),
  e AS (SELECT bounded, weighted, rows, sqrt(sqrt(sum(u * (x - mx) ^ 2)) * sqrt(sum(u * (y - my) ^ 2)) / weight * rows / (rows - 1)) * rows ^ (-1.0 / 6) AS sigma
    FROM m JOIN b USING (bounded), p, LATERAL (SELECT CASE WHEN weighted THEN w ELSE 1 END AS u) u WHERE x BETWEEN xmin AND xmax AND y BETWEEN ymin AND ymax GROUP BY bounded, weighted, rows, weight),
  d AS (SELECT bounded, weighted, (crimeml.describe(crimeml.kde('SELECT geom' || CASE WHEN weighted THEN ', 1 + id % 5 AS weight' ELSE '' END || ' FROM many',
      ('{"cell_size": 500, "kernel": "gaussian"' || CASE WHEN bounded THEN ', "bounds": [478000, 4423000, 488000, 4433000]' ELSE '' END || '}')::jsonb)) ->> 'bandwidth')::float8 AS sigma
    FROM (VALUES (false), (true)) b(bounded), (VALUES (false), (true)) v(weighted))
SELECT bounded, weighted, rows < 250 AS fewer, abs(d.sigma / e.sigma - 1) < 1e-9 AS agrees FROM d JOIN e USING (bounded, weighted) ORDER BY 1, 2;
-- repeated points: said, and never zero
SELECT rule, sigma > 10 AS usable, points, places FROM (VALUES ('lscv'), ('likelihood')) r(rule),
  LATERAL crimeml.bandwidth('SELECT geom FROM many, generate_series(1, 3)', r.rule);
SELECT round(sigma::numeric, 6) AS sigma FROM crimeml.bandwidth('SELECT geom FROM four UNION ALL SELECT geom FROM (SELECT * FROM four LIMIT 1) f, generate_series(1, 9)', 'nrd');
SELECT sigma BETWEEN 100 AND 2000 AS diggle FROM crimeml.bandwidth('many', 'diggle');
SELECT * FROM crimeml.bandwidth('SELECT geom FROM many WHERE false');
SELECT * FROM crimeml.bandwidth('SELECT geom FROM four LIMIT 1');
SELECT * FROM crimeml.bandwidth('SELECT ST_SetSRID(ST_MakePoint(ST_X(geom), 3), 26918) AS geom FROM four');
SELECT * FROM crimeml.bandwidth('SELECT ST_SetSRID(ST_MakePoint(1e300 * ST_X(geom), ST_Y(geom)), 26918) AS geom FROM four', 'lscv');
SELECT * FROM crimeml.bandwidth('SELECT ST_SetSRID(ST_MakePoint(1e90 * ST_X(geom), ST_Y(geom)), 26918) AS geom FROM four', 'diggle');
SELECT * FROM crimeml.bandwidth('SELECT ST_SetSRID(ST_MakePoint(1e-200 * ST_X(geom), ST_Y(geom)), 26918) AS geom FROM four', 'diggle');
SELECT * FROM crimeml.bandwidth('four', 'scot');
SELECT * FROM crimeml.bandwidth('four', 'botev');
SELECT * FROM crimeml.bandwidth('four', NULL);
SELECT * FROM crimeml.bandwidth(NULL);
SELECT * FROM crimeml.bandwidth('SELECT ST_SetSRID(geom, 4326) AS geom FROM four');
SELECT * FROM crimeml.bandwidth('SELECT ST_SetSRID(ST_MakePoint(x, x / 7), 26918) AS geom FROM generate_series(1, 100001) x', 'lscv');
DROP TABLE four, many;

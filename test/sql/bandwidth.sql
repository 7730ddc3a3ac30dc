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
SELECT * FROM crimeml.bandwidth('SELECT ST_SetSRID(ST_MakePoint(1e140 * ST_X(geom), ST_Y(geom)), 26918) AS geom FROM four', 'diggle');
SELECT * FROM crimeml.bandwidth('SELECT ST_SetSRID(ST_MakePoint(1e-200 * ST_X(geom), ST_Y(geom)), 26918) AS geom FROM four', 'diggle');
SELECT * FROM crimeml.bandwidth('four', 'scot');
SELECT * FROM crimeml.bandwidth('four', 'botev');
SELECT * FROM crimeml.bandwidth('four', NULL);
SELECT * FROM crimeml.bandwidth(NULL);
SELECT * FROM crimeml.bandwidth('SELECT ST_SetSRID(geom, 4326) AS geom FROM four');
SELECT * FROM crimeml.bandwidth('SELECT ST_SetSRID(ST_MakePoint(x, x / 7), 26918) AS geom FROM generate_series(1, 100001) x', 'lscv');
DROP TABLE four, many;

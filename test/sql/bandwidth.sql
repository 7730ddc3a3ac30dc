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

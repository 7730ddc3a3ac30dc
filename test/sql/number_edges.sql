-- Numbers at the edges of double precision: what an aggregate returns can be read back, and is exact where the data are
SET search_path = public, crimeml;
CREATE FUNCTION same(m crimeml.model) RETURNS bool LANGUAGE sql AS
  $$ SELECT model_send(m::text::crimeml.model) = model_send(m) $$;
CREATE FUNCTION same(g crimeml.grid) RETURNS bool LANGUAGE sql AS
  $$ SELECT grid_send(g::text::crimeml.grid) = grid_send(g) $$;

-- ---------- trees and forests of numbers
CREATE TABLE edge (name text, label float8[]);
INSERT INTO edge VALUES
  ('two 1e308', '{1e308,1e308}'),
  ('both ends', '{1.7976931348623157e308,-1.7976931348623157e308,1.7976931348623157e308}'),
  ('one extreme', '{-3.4e38,100,200,300}'),
  ('extremes between', '{100,1e308,200,-1e308,300}'),
  ('0 and 3', '{0,3,0,3}'),
  ('tenths', '{0.1,0.2,0.3,0.1}'),
  ('denormal', '{1e-320,2e-320,4e-320,5e-324,0}'),
  ('all sizes', '{1e308,1e-320,3,-1e308,-1e-300,1e20}');
CREATE VIEW edge_row AS
SELECT name, i, label[i] AS label FROM edge, generate_subscripts(label, 1) AS i;
CREATE TABLE edge_model AS
SELECT name, options, kind, m FROM (
  SELECT name, options, 'number' AS kind, tree_agg(label, f, options) AS m
  FROM edge_row r, (VALUES ('{"min_leaf": 1}'::jsonb), ('{"min_leaf": 1, "criterion": "absolute"}')) o(options), LATERAL (SELECT r.i AS x) f
  GROUP BY name, options
  UNION ALL
  SELECT name, options, 'category', tree_agg(label, f, options)
  FROM edge_row r, (VALUES ('{"min_leaf": 1}'::jsonb), ('{"min_leaf": 1, "criterion": "absolute"}')) o(options), LATERAL (SELECT 'k' || r.i AS x) f
  GROUP BY name, options
  UNION ALL
  SELECT name, options, 'number', forest_agg(label, f, options)
  FROM edge_row r, (VALUES ('{"min_leaf": 1, "trees": 7, "replace": false}'::jsonb), ('{"min_leaf": 1, "trees": 49, "replace": false, "extra_trees": true, "criterion": "absolute"}')) o(options), LATERAL (SELECT r.i AS x) f
  GROUP BY name, options) t;
-- a leaf of one label says that label, whatever stands in the other leaves
SELECT count(*) AS models, bool_and(same(m)) AS same FROM edge_model;
SELECT m.name, m.kind, m.options, r.label, p AS predicted
FROM edge_model m JOIN edge_row r USING (name),
  predict_value(m.m, jsonb_build_object('x', CASE WHEN kind = 'number' THEN to_jsonb(r.i) ELSE to_jsonb('k' || r.i) END)) p
WHERE p IS DISTINCT FROM r.label;
-- the mean of all: exact
SELECT name, min((describe(m)->>'label_mean')::float8) AS mean, max((describe(m)->>'label_mean')::float8) AS other FROM edge_model GROUP BY name ORDER BY name;
-- one leaf of all rows, by both criteria: mean and median
SELECT name, predict_value(tree_agg(label, f, '{"min_leaf": 100}'), '{"x": 1}') AS mean,
  predict_value(tree_agg(label, f, '{"min_leaf": 100, "criterion": "absolute"}'), '{"x": 1}') AS median
FROM edge_row r, LATERAL (SELECT r.i AS x) f GROUP BY name ORDER BY name;
-- small whole numbers stay whole in a forest of any number of trees, and any constant label is itself
SELECT count(*) FILTER (WHERE p <> label) AS wrong, count(*) FROM (
  SELECT label, predict_value(forest_agg(label, f, jsonb_build_object('trees', trees)), '{"x": 5}') AS p
  FROM unnest('{0.1,0.7,3,1e308,-1.7976931348623157e308,5e-324,1e-310,123456789.123456789}'::float8[]) AS label, unnest('{1,3,10,49,100}'::int[]) AS trees, generate_series(1, 30) AS x, LATERAL (SELECT x) f
  GROUP BY label, trees) t;

-- A power of two changes no digit: labels in another unit give the same tree, in that unit
CREATE TABLE plain AS
SELECT i, i * 7919 % 1009 AS x, 'c' || i * 31 % 7 AS c, (i * 7919 % 1009 / 100 + i * 31 % 7 * 3 + i * 104729 % 11) / 8.0 AS v FROM generate_series(1, 400) AS i;
CREATE TABLE scaled AS
SELECT k, 2::float8 ^ k AS unit, o, tree_agg((v * 2::float8 ^ k)::float8, f, options) AS m
FROM (VALUES (1, '{"min_leaf": 5}'::jsonb), (2, '{"min_leaf": 5, "criterion": "absolute"}'), (3, '{"min_leaf": 2, "max_depth": 4}')) AS options(o, options),
  unnest('{0,100,700,1000,-100,-700,-1015}'::int[]) AS k, plain p, LATERAL (SELECT p.x, p.c) f GROUP BY k, o;
SELECT s.o, s.k, bool_and(same(s.m)) AS same, count(*) FILTER (WHERE predict_value(s.m, f) / s.unit <> predict_value(z.m, f)) AS differ, count(*)
FROM scaled s JOIN scaled z ON z.k = 0 AND z.o = s.o, plain p, LATERAL (SELECT p.x, p.c) f GROUP BY s.o, s.k ORDER BY s.o, s.k;
SELECT o, s.k, string_agg(i.feature || ' ' || round(i.importance::numeric, 12), ', ' ORDER BY i.feature) = first_value(string_agg(i.feature || ' ' || round(i.importance::numeric, 12), ', ' ORDER BY i.feature)) OVER (PARTITION BY o ORDER BY k <> 0) AS same_importance
FROM scaled s, importance(m) i GROUP BY o, s.k ORDER BY o, k;
-- the errors as well: of evaluate, and of permuted rows
SELECT metric, count(DISTINCT value / CASE WHEN metric IN ('rmse', 'mae') THEN unit ELSE 1 END) AS scores, count(*)
FROM scaled, evaluate(m, format('SELECT x, c, ((v + i %% 3) * 2::float8 ^ %s)::float8 AS label FROM plain', k)) e WHERE o = 1 GROUP BY metric ORDER BY metric;
SELECT input, count(DISTINCT (importance, rmse_rise / unit)::text) AS scores, count(*)
FROM scaled, importance(m, format('SELECT x, c, ((v + i %% 3) * 2::float8 ^ %s)::float8 AS label FROM plain', k)) i(input) WHERE o = 1 GROUP BY input ORDER BY input;
-- a fall of impurity is in the square of the unit, an absolute one in the unit itself
SELECT k, criterion, predict_value(m, '{"x": 9}') / 2::float8 ^ k AS says
FROM (SELECT k, criterion, gain, tree_agg(i * 2::float8 ^ k, f, jsonb_build_object('min_leaf', 1, 'criterion', criterion, 'min_gain', gain * (2::float8 ^ k) ^ CASE criterion WHEN 'variance' THEN 2 ELSE 1 END)) AS m
      FROM unnest('{0,300,-300}'::int[]) AS k, (VALUES ('variance', 0.26), ('variance', 0.24), ('absolute', 0.51), ('absolute', 0.49)) c(criterion, gain), generate_series(0, 1) AS i, LATERAL (SELECT 9 + i AS x) f
      GROUP BY k, criterion, gain) t ORDER BY criterion, gain, k;

-- evaluate, by arithmetic: a model that says 0, and one of each end
CREATE TABLE says AS
SELECT v, tree_agg(v, f) AS m FROM unnest('{0,1.7e308,-1.7e308}'::float8[]) AS v, generate_series(1, 3) AS x, LATERAL (SELECT x) f GROUP BY v;
SELECT metric, value / CASE WHEN metric IN ('rmse', 'mae') THEN 2::float8 ^ 1020 ELSE 1 END AS value FROM says, evaluate(m, 'SELECT 1 AS x, l * 2::float8 ^ 1020 AS label FROM unnest(''{3,4}''::float8[]) l') e WHERE v = 0;
SELECT e.* FROM says, evaluate(m, 'SELECT 1 AS x, l AS label FROM unnest(''{3e-310,-3e-310}''::float8[]) l') e WHERE v = 0;
SELECT e.* FROM says, evaluate(m, 'SELECT 1 AS x, l AS label FROM unnest(''{-1.7e308,1.7e308}''::float8[]) l') e WHERE v = 0;
\set VERBOSITY sqlstate
SELECT e.* FROM says, evaluate(m, 'SELECT 1 AS x, -1.7e308::float8 AS label') e WHERE v > 0;
SELECT e.* FROM says, evaluate(m, 'SELECT 1 AS x, l AS label FROM unnest(''{1e-300,-1e-300}''::float8[]) l') e WHERE v > 0;
-- labels that are no finite number
SELECT tree_agg(v, f) FROM unnest('{1,infinity}'::float8[]) AS v, LATERAL (SELECT 1 AS x) f;
SELECT e.* FROM says, evaluate(m, 'SELECT 1 AS x, ''infinity''::float8 AS label') e WHERE v = 0;
SELECT e.* FROM says, evaluate(m, 'SELECT 1 AS x, ''NaN''::float8 AS label') e WHERE v = 0;
\set VERBOSITY default

-- merged
SELECT v, same(m), predict_value(m, '{"x": 1}') AS predicted, (describe(m)->>'label_mean')::float8 AS mean FROM (
  SELECT v, merge_agg(m) AS m FROM (
    SELECT v, part, forest_agg(v, f, '{"trees": 3}') AS m
    FROM unnest('{1.7976931348623157e308,0.1,5e-324}'::float8[]) AS v, generate_series(1, 3) AS part, generate_series(1, 10) AS i, LATERAL (SELECT i * part AS x) f
    WHERE i <= 3 * part GROUP BY v, part) p GROUP BY v) t ORDER BY v;

-- labels and features of any size, by lot
CREATE FUNCTION some_size(i int, seed int) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
  SELECT (CASE WHEN (i * 7 + seed) % 3 = 0 THEN -1 ELSE 1 END) * (1 + (i * 7919 + seed * 104729) % 1000 / 1024.0)::float8 * 2::float8 ^ ((i * 31 + seed * 17) % 2090 - 1067) $$;
SELECT count(*), bool_and(same(m)) AS same, bool_and(p BETWEEN lowest AND highest) AS within FROM (
  SELECT m, lowest, highest, predict_value(m, jsonb_build_object('x', seen_x)) AS p FROM (
    SELECT seed, min(some_size(i, seed)) AS lowest, max(some_size(i, seed)) AS highest, max(some_size(i, seed + 5)) AS seen_x,
      forest_agg(some_size(i, seed), f, jsonb_build_object('trees', 3, 'min_leaf', 1 + seed % 3, 'seed', seed, 'oob', seed % 5 = 0, 'criterion', (ARRAY['variance', 'absolute'])[1 + seed % 2])) AS m
    FROM generate_series(1, 200) AS seed, generate_series(1, 40) AS i, LATERAL (SELECT some_size(i, seed + 5) AS x) f GROUP BY seed) s) t;

-- ---------- grids
CREATE FUNCTION cells_of(VARIADIC w float8[]) RETURNS crimeml.grid LANGUAGE sql AS $$
  SELECT grid_count_agg(ST_SetSRID(ST_MakePoint(100 * i - 50, 50), 26918), w[i], ST_MakeEnvelope(0, 0, 100 * cardinality(w), 200, 26918), '{"cell_size": 100}')
  FROM generate_subscripts(w, 1) i $$;
-- an SQLSTATE, or what the values are: never one that cannot be read back
CREATE FUNCTION try(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE g crimeml.grid;
BEGIN
  EXECUTE 'SELECT ' || expression INTO g;
  IF g IS NULL THEN RETURN 'null'; END IF;
  IF NOT same(g) THEN RETURN 'differs'; END IF;
  RETURN coalesce((SELECT string_agg(value::text, ' ' ORDER BY i, j) FROM cells(g, true)), 'all 0');
EXCEPTION WHEN numeric_value_out_of_range OR invalid_parameter_value THEN RETURN sqlstate;
END $$;
SELECT expression, try(expression) FROM unnest(ARRAY[
  'cells_of(1e308, 1e308)', 'cells_of(1e308, -1e308, 1e308)', 'cells_of(1e-320, 5e-324)', 'cells_of(0.1, 0.2)', 'cells_of(1, ''NaN'')', 'cells_of(1, ''infinity'')',
  'cells_of(1e308) + cells_of(1e308)', 'cells_of(1e308) - cells_of(-1e308)', 'cells_of(1e200) * cells_of(1e200)', 'cells_of(1e200) / cells_of(1e-200)',
  'cells_of(1e308) - cells_of(1e308)', 'cells_of(1e308, 3) * cells_of(1, 1)', 'cells_of(1e308) / cells_of(0)', 'cells_of(1e-320) / cells_of(1e-320)', 'cells_of(1e-200) * cells_of(1e-200)',
  'cells_of(1e308) * 2', 'cells_of(1e308) + 1.7e308', '1e308 / cells_of(1e-10)', 'cells_of(1e-320) * 1e308', 'cells_of(5, 1e-320) * cells_of(1e308, 1e308)',
  'crimeml.normalize(cells_of(1e307, 3e307))', 'crimeml.normalize(cells_of(1e-320, 3e-320))', 'crimeml.normalize(cells_of(1e308, 1e-320))', 'crimeml.normalize(cells_of(1e308, -1e308, 1e-320))',
  'clip(cells_of(1e308, 1e-320), ST_MakeEnvelope(0, 0, 100, 100, 26918))']) AS expression;
-- the sum of all, which cancels
SELECT describe(cells_of(1e308, 3, -1e308) * cells_of(1, 1, 1))->'weight' AS weight;
-- a density, of weights of any size
SELECT w, count(*), bool_and(try(format('kde_agg(ST_SetSRID(ST_MakePoint(50, 50), 26918), %s, ST_MakeEnvelope(0, 0, 200, 200, 26918), ''{"cell_size": 100, "bandwidth": 1000, "kernel": "%s"}'')', w, kernel)) IS NOT NULL) AS answers
FROM unnest('{1e308,-1e308,1e-320,5e-324}'::float8[]) AS w, unnest('{quartic,gaussian,epanechnikov,triangular,uniform}'::text[]) AS kernel GROUP BY w ORDER BY w;
-- Scott's rule does not hang on the unit of the weights, nor Gi* on that of the values
CREATE TABLE weighed AS SELECT ST_SetSRID(ST_MakePoint(i * 7919 % 1009, i * 104729 % 997), 26918) AS geom, (1 + i % 5)::float8 AS w FROM generate_series(1, 300) AS i;
SET client_min_messages = warning;
SELECT k, describe(g)->>'bandwidth' = first_value(describe(g)->>'bandwidth') OVER (ORDER BY k <> 0) AS same_bandwidth, same(g)
FROM (SELECT k, kde(format('SELECT geom, w * 2::float8 ^ %s AS weight FROM weighed', k)) AS g FROM unnest('{0,500,900,-500,-1000}'::int[]) AS k) s ORDER BY k;
RESET client_min_messages;
SELECT k, count(*), count(z) AS z, bool_and(z IS NOT DISTINCT FROM z0 AND p IS NOT DISTINCT FROM p0) AS same FROM (
  SELECT k, s.z, s.p, first_value(s.z) OVER w AS z0, first_value(s.p) OVER w AS p0
  FROM unnest('{0,300,600,1010,-300,-1050}'::int[]) AS k,
    gi_star((SELECT grid_count_agg(geom, w * 2::float8 ^ k, ST_MakeEnvelope(0, 0, 1000, 1000, 26918), '{"cell_size": 100}') FROM weighed)) s
  WINDOW w AS (PARTITION BY s.i, s.j ORDER BY k <> 0)) t GROUP BY k ORDER BY k;
-- the two ends in one grid of 3 x 2, by hand: the mean is 0, s^2 is a^2 / 3, and four of six cells are near the last one, of sum -a:
-- z = -a / sqrt(a^2 / 3 * (6 * 4 - 16) / 5) = -sqrt(15 / 8)
SELECT i, round(z::numeric, 14) AS z, round(-sqrt(15.0 / 8), 14) AS by_hand FROM gi_star(cells_of(1.7e308, -1.7e308, 0)) WHERE j = 0 ORDER BY i;
SELECT value, risk FROM risk_cells(cells_of(-1.7e308, 1.7e308), '{0.25,0.75}') WHERE value <> 0 ORDER BY value;
-- grids of any sizes, by lot
SELECT count(*), bool_and(r IN ('22003') OR same(g)) AS same, bool_or(r = '22003') AS refused, bool_or(r IS NULL) AS made FROM (
  SELECT g, CASE WHEN g IS NULL THEN '22003' END AS r FROM (
    SELECT seed, cells_of(some_size(1, seed), some_size(2, seed), some_size(3, seed)) AS g FROM generate_series(1, 300) AS seed) s) t;

-- ---------- the others: coordinates of any size that they take, and no number that is none
CREATE TABLE places AS SELECT i, ST_SetSRID(ST_MakePoint(x * unit, y * unit), 0) AS geom, unit,
  '2024-01-01'::timestamptz + i * interval '1 hour' AS at
FROM (SELECT i, (i % 5)::float8 AS x, (i * 7 % 3)::float8 AS y FROM generate_series(1, 60) AS i) p, unnest('{1e90,1,1e-90,1e-153,1e-300}'::float8[]) AS unit;
CREATE FUNCTION odd(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE n bigint; bad bigint;
BEGIN
  EXECUTE format('SELECT count(*), count(*) FILTER (WHERE to_jsonb(r)::text ~ ''Infinity|NaN'') FROM (%s) r', query) INTO n, bad;
  RETURN CASE WHEN bad > 0 THEN bad || ' odd' WHEN n > 0 THEN 'ok' ELSE 'none' END;
EXCEPTION WHEN numeric_value_out_of_range OR invalid_parameter_value THEN RETURN sqlstate;
END $$;
SET client_min_messages = warning;
SELECT unit, odd(format('SELECT incidents, ST_X(center), ST_Y(center), area_km2 FROM hotspots(''SELECT geom FROM places WHERE unit = %s'', %s, 3)', unit, 1.1 * unit)) AS hotspots,
  odd(format('SELECT c.* FROM (SELECT kmeans(geom, 3) OVER () AS c FROM places WHERE unit = %s) c', unit)) AS kmeans,
  odd(format('SELECT * FROM kmeans_quality(''SELECT geom FROM places WHERE unit = %s'', 2, 3)', unit)) AS kmeans_quality,
  odd(format('SELECT * FROM bandwidth(''SELECT geom FROM places WHERE unit = %s'', ''scott'')', unit)) AS bandwidth,
  odd(format('SELECT to_jsonb(h) - ''geom'' - ''center'' FROM hotspot_change(''SELECT geom, at FROM places WHERE unit = %s'', %s, 3, ''[2024-01-02, 2024-01-03)'') h', unit, 1.1 * unit)) AS hotspot_change,
  odd(format('SELECT * FROM suggest_eps(''SELECT geom FROM places WHERE unit = %s'', 3)', unit)) AS suggest_eps
FROM unnest('{1e90,1,1e-90,1e-153,1e-300}'::float8[]) AS unit;
RESET client_min_messages;
SELECT v, risk_zone(v) OVER () FROM unnest('{-1.7e308,1.7e308,0,1e-320}'::float8[]) AS v ORDER BY v;
SELECT v, risk_zone(v) OVER () FROM unnest('{5e-324,1e-323,1e-310}'::float8[]) AS v ORDER BY v;

DROP VIEW edge_row;
DROP TABLE edge, edge_model, plain, scaled, says, weighed, places;
DROP FUNCTION same(crimeml.model), same(crimeml.grid), some_size, cells_of, try, odd;

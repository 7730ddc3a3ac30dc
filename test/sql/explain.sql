-- explain(): Shapley values by definition, over all subsets, from nodes(model) in SQL.
CREATE SCHEMA explain_test;
SET search_path = explain_test, public;
SET TimeZone = 'UTC';
CREATE TABLE incident AS
SELECT i AS id, 'c' || (i * 7919 % 13 / 4 + (i % 24) / 13) % 4 AS label, (i * 31 % 97)::float8 / 4 + CASE WHEN i % 24 > 12 THEN 8 ELSE 0 END AS value,
  CASE WHEN i % 11 > 0 THEN i % 24 END AS hour, CASE WHEN i % 13 > 0 THEN 'beat ' || i * 104729 % 9 END AS beat,
  i % 5 = 0 AS indoors, CASE WHEN i % 17 > 0 THEN ST_SetSRID(ST_MakePoint(i * 271 % 900, i * 577 % 700), 26918) END AS geom
FROM generate_series(1, 700) i;
-- values, levels and gaps that training never saw among them
CREATE TABLE asked AS
SELECT i AS id, CASE WHEN i % 4 > 0 THEN i * 31 % 29 - 2 END AS hour, CASE WHEN i % 5 > 0 THEN 'beat ' || i * 7 % 12 END AS beat,
  CASE WHEN i % 3 > 0 THEN i % 2 = 0 END AS indoors,
  CASE WHEN i % 6 > 0 THEN ST_SetSRID(ST_MakePoint(i * 137 % 1100 - 100, i * 241 % 900 - 100), 26918) END AS geom
FROM generate_series(1, 8) i;
CREATE TABLE model AS
SELECT name, crimeml.forest_agg(label, f, options) AS m
FROM (VALUES ('classes', '{"trees": 2, "min_leaf": 12, "smoothing": 3, "axes": 2}'::jsonb), ('classes, no smoothing', '{"trees": 2, "smoothing": 0, "min_leaf": 8, "mtry": 1, "axes": 2}'),
  ('classes, weights', '{"trees": 2, "min_leaf": 15, "class_weights": {"c1": 3, "c2": 0.25}, "axes": 2}'), ('classes, axes', '{"trees": 2, "min_leaf": 12}')) o(name, options),
  incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f GROUP BY name;
INSERT INTO model SELECT 'numbers', crimeml.forest_agg(value, f, '{"trees": 2, "min_leaf": 10, "axes": 2}') FROM incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f;
INSERT INTO model SELECT 'classes, tree', crimeml.tree_agg(label, f, '{"max_depth": 6, "axes": 2}') FROM incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f;
INSERT INTO model SELECT 'numbers, tree', crimeml.tree_agg(value, f, '{"max_depth": 7, "criterion": "absolute", "axes": 2}') FROM incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f;
INSERT INTO model SELECT 'classes, merged', crimeml.merge_agg(m) FROM (
  SELECT crimeml.forest_agg(label, f, '{"trees": 1, "min_leaf": 12, "smoothing": 5, "axes": 2}') AS m FROM incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f GROUP BY id % 3) p;
INSERT INTO model SELECT 'sums, ' || name, crimeml.boost_agg(CASE name WHEN 'two' THEN (label < 'c2')::text ELSE label END, f, '{"rounds": 2, "max_leaves": 9, "axes": 2}')
FROM (VALUES ('two'), ('four')) o(name), incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f GROUP BY name;
INSERT INTO model SELECT 'sums, ' || objective, crimeml.boost_agg(round(value)::float8, f, jsonb_build_object('rounds', 3, 'max_leaves', 9, 'axes', 2, 'objective', objective))
FROM (VALUES ('squared'), ('poisson')) o(objective), incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f GROUP BY objective;
CREATE TABLE node AS SELECT name, n.* FROM model, crimeml.nodes(m) n;
CREATE INDEX ON node (name, tree, parent);
ANALYZE node;
-- ways on which a feature splits more than once
WITH RECURSIVE way AS (
  SELECT name, tree, node, feature, ARRAY[feature] AS features FROM node WHERE parent IS NULL
  UNION ALL SELECT n.name, n.tree, n.node, n.feature, w.features || n.feature FROM way w JOIN node n ON (n.name, n.tree, n.parent) = (w.name, w.tree, w.node) AND n.feature IS NOT NULL)
SELECT feature, bool_or(feature = ANY (features[:array_length(features, 1) - 1])) AS twice, count(*) > 0 AS used FROM way GROUP BY feature ORDER BY feature;

-- players: each feature for itself, or each input
CREATE TABLE player AS SELECT * FROM (VALUES (true, 'hour', 'hour', 0), (true, 'beat', 'beat', 1), (true, 'indoors', 'indoors', 2), (true, 'geom_x', 'geom_x', 3), (true, 'geom_y', 'geom_y', 4),
  (false, 'hour', 'hour', 0), (false, 'beat', 'beat', 1), (false, 'indoors', 'indoors', 2), (false, 'geom_x', 'geom', 3), (false, 'geom_y', 'geom', 3)) p(by_part, feature, input, bit);
-- turned axes are of one input; by part they would be too many subsets
INSERT INTO player SELECT false, 'geom_' || axis, 'geom', 3 FROM unnest('{x+y,x-y,2x+y,2x-y,x+2y,x-2y}'::text[]) axis;
CREATE TABLE feature AS
SELECT id, v.* FROM asked, LATERAL (VALUES ('hour', hour::float8, NULL), ('beat', NULL, beat), ('indoors', indoors::int, NULL),
  ('geom_x', ST_X(geom), NULL), ('geom_y', ST_Y(geom), NULL), ('geom_x+y', ST_X(geom) + ST_Y(geom), NULL), ('geom_x-y', ST_X(geom) - ST_Y(geom), NULL),
  ('geom_2x+y', 2 * ST_X(geom) + ST_Y(geom), NULL), ('geom_2x-y', 2 * ST_X(geom) - ST_Y(geom), NULL),
  ('geom_x+2y', ST_X(geom) + 2 * ST_Y(geom), NULL), ('geom_x-2y', ST_X(geom) - 2 * ST_Y(geom), NULL)) v(feature, number, level);
-- the side to which a row goes, and the share of the weight
CREATE TABLE side AS
SELECT n.name, n.tree, n.node, f.id, f.feature, CASE
    WHEN n.threshold IS NOT NULL THEN CASE WHEN f.number IS NULL THEN n.missing WHEN f.number <= n.threshold THEN 'left' ELSE 'right' END
    WHEN f.level IS NULL OR f.level NOT IN ('beat 0', 'beat 1', 'beat 2', 'beat 3', 'beat 4', 'beat 5', 'beat 6', 'beat 7', 'beat 8') THEN n.missing
    WHEN f.level = ANY (n.levels) THEN 'left' ELSE 'right' END AS side
FROM node n JOIN feature f USING (feature);
CREATE TABLE child AS
SELECT c.name, c.tree, c.parent AS node, c.side, c.node AS child, p.feature, c.cover / p.cover AS share FROM node c JOIN node p ON (p.name, p.tree, p.node) = (c.name, c.tree, c.parent);
CREATE INDEX ON side (name, tree, node, id);
CREATE INDEX ON child (name, tree, node);
ANALYZE side;
ANALYZE child;
-- where the rows of a subset of players end: a known player says the side, another one shares out
CREATE TABLE ends AS
WITH RECURSIVE walk AS (
  SELECT p.by_part, n.name, n.tree, n.node, a.id, s AS subset, 1::float8 AS weight
  FROM node n, asked a, (SELECT by_part, max(bit) + 1 AS bits FROM player GROUP BY by_part) p, generate_series(0, (1 << bits) - 1) s
  WHERE n.parent IS NULL AND NOT (p.by_part AND n.name = 'classes, axes')
  UNION ALL
  SELECT w.by_part, w.name, w.tree, c.child, w.id, w.subset, CASE WHEN subset >> p.bit & 1 = 1 THEN weight ELSE weight * c.share END
  FROM walk w JOIN child c ON (c.name, c.tree, c.node) = (w.name, w.tree, w.node) JOIN player p ON (p.by_part, p.feature) = (w.by_part, c.feature)
    JOIN side s ON (s.name, s.tree, s.node, s.id) = (w.name, w.tree, w.node, w.id)
  WHERE subset >> p.bit & 1 = 0 OR c.side = s.side)
SELECT w.* FROM walk w JOIN node n ON (n.name, n.tree, n.node) = (w.name, w.tree, w.node) WHERE n.feature IS NULL;
ANALYZE ends;
-- what a leaf says
CREATE TABLE share AS
SELECT name, class, share * coalesce((w.weights ->> class)::float8, 1) / sum(share * coalesce((w.weights ->> class)::float8, 1)) OVER (PARTITION BY name) AS share,
  coalesce((crimeml.describe(m) -> 'options' ->> 'smoothing')::float8, 0) AS smoothing
FROM model, LATERAL (SELECT CASE name WHEN 'classes, weights' THEN '{"c1": 3, "c2": 0.25}'::jsonb ELSE '{}' END AS weights) w, crimeml.classes(m) WHERE name LIKE 'classes%';
CREATE TABLE weight AS	-- of each class in each node
WITH RECURSIVE up AS (
  SELECT name, tree, node, parent, c.class, c.weight::float8 FROM node, jsonb_each_text(classes) c(class, weight)
  UNION ALL SELECT n.name, n.tree, n.node, n.parent, u.class, u.weight FROM up u JOIN node n ON (n.name, n.tree, n.node) = (u.name, u.tree, u.parent)
) SELECT name, tree, node, class, sum(weight) AS weight FROM up GROUP BY 1, 2, 3, 4;
CREATE INDEX ON weight (name, tree, node);
ANALYZE weight;
CREATE TABLE pooled AS	-- the share of each class in what each node, and the pool above it, say
WITH RECURSIVE down AS (
  SELECT n.name, n.tree, n.node, true AS pool, n.cover AS pool_cover, s.class, s.smoothing, (coalesce(w.weight, 0) + s.smoothing * s.share) / (n.cover + s.smoothing) AS own, s.share AS above
  FROM node n JOIN share s USING (name) LEFT JOIN weight w ON (w.name, w.tree, w.node, w.class) = (n.name, n.tree, n.node, s.class) WHERE n.parent IS NULL
  UNION ALL
  SELECT n.name, n.tree, n.node, p.pool, CASE WHEN p.pool THEN n.cover ELSE d.pool_cover END, d.class, d.smoothing,
    (coalesce(w.weight, 0) + d.smoothing * p.above) / (n.cover + d.smoothing), p.above
  FROM (SELECT *, CASE WHEN pool THEN own ELSE above END AS said FROM down) d JOIN node n ON (n.name, n.tree, n.parent) = (d.name, d.tree, d.node)
    CROSS JOIN LATERAL (SELECT n.feature IS NOT NULL AND n.cover >= 32 * 4 AND n.cover <= d.pool_cover / 2 AS pool, d.said AS above) p
    LEFT JOIN weight w ON (w.name, w.tree, w.node, w.class) = (n.name, n.tree, n.node, d.class)
) SELECT * FROM down;
CREATE TABLE leaf AS
SELECT n.name, n.tree, n.node, coalesce(p.class, n.class) AS class, coalesce(n.value, p.own) AS says
FROM node n LEFT JOIN pooled p USING (name, tree, node) WHERE n.feature IS NULL;
SELECT count(*) > 20 AS several_pools FROM pooled WHERE pool AND class = 'c0';
CREATE TABLE expectation AS
SELECT by_part, name, id, class, subset, sum(weight * says) / CASE WHEN name LIKE 'sums%' THEN 1 ELSE (SELECT count(*) FROM node r WHERE r.parent IS NULL AND r.name = e.name) END AS v
FROM ends e JOIN leaf USING (name, tree, node) GROUP BY by_part, name, id, class, subset;
CREATE INDEX ON expectation (by_part, name, id, class, subset);
ANALYZE expectation;
-- the mean over all orders in which players become known
CREATE TABLE truth AS
SELECT s.by_part, s.name, s.id, s.class, p.input, sum(factorial(size)::float8 * factorial(n - size - 1)::float8 / factorial(n)::float8 * (w.v - s.v)) AS contribution
FROM (SELECT DISTINCT by_part, input, bit, count(*) OVER (PARTITION BY by_part) AS n FROM (SELECT DISTINCT by_part, input, bit FROM player) p) p
JOIN expectation s ON s.by_part = p.by_part AND s.subset >> p.bit & 1 = 0
JOIN expectation w ON w.by_part = s.by_part AND w.name = s.name AND w.id = s.id AND w.class IS NOT DISTINCT FROM s.class AND w.subset = s.subset | (1 << p.bit),
LATERAL (SELECT length(replace(s.subset::bit(5)::text, '0', '')) AS size) z
GROUP BY 1, 2, 3, 4, 5
UNION ALL SELECT by_part, name, id, class, '(base)', v FROM expectation WHERE subset = 0;
-- the base of sums is not among the nodes; what they add up to is the link of what is predicted
DELETE FROM truth WHERE name LIKE 'sums%' AND input = '(base)';

CREATE TABLE said AS
SELECT by_part, name, id, e.* FROM model, asked, (VALUES (true), (false)) p(by_part), crimeml.explain_classes(m, asked, by_part) e
WHERE (name LIKE 'classes%' OR name IN ('sums, two', 'sums, four')) AND NOT (by_part AND name = 'classes, axes');
CREATE TABLE said_one AS
SELECT by_part, name, id, class, e.* FROM model, asked, (VALUES (true), (false)) p(by_part), LATERAL (
  SELECT class FROM crimeml.classes(m) WHERE name LIKE 'classes%' OR name IN ('sums, two', 'sums, four') UNION ALL SELECT NULL WHERE name LIKE 'numbers%' OR name IN ('sums, squared', 'sums, poisson')) c, crimeml.explain(m, asked, class, by_part) e
WHERE NOT (by_part AND name = 'classes, axes');
SELECT name, by_part, count(*), max(abs(s.contribution - t.contribution)) < 1e-12 AS all_classes
FROM truth t LEFT JOIN said s USING (by_part, name, id, class, input) WHERE name LIKE 'classes%' OR name IN ('sums, two', 'sums, four') GROUP BY 1, 2 HAVING count(*) = count(s.contribution) ORDER BY 1, 2;
SELECT t.name, t.by_part, count(*), max(abs(s.contribution - t.contribution)) < 1e-12 * CASE WHEN t.name LIKE 'numbers%' OR t.name LIKE 'sums%' THEN 32 ELSE 1 END AS one_class
FROM truth t LEFT JOIN said_one s ON (s.by_part, s.name, s.id, s.input) = (t.by_part, t.name, t.id, t.input) AND s.class IS NOT DISTINCT FROM t.class
GROUP BY 1, 2 HAVING count(*) = count(s.contribution) ORDER BY 1, 2;
SELECT (SELECT count(*) FROM truth WHERE name NOT LIKE 'sums%') = (SELECT count(*) FROM said_one WHERE name NOT LIKE 'sums%') AS as_many, (SELECT count(*) FROM truth WHERE abs(contribution) > 0.01) > 500 AS some;
-- they add up to what is predicted
SELECT max(abs(sum - CASE WHEN name LIKE 'numbers%' THEN crimeml.predict_value(m, a) ELSE crimeml.predict_probability(m, a, class) END)) < 1e-12 * 32 AS adds_up
FROM (SELECT name, id, class, sum(contribution) FROM said_one WHERE name NOT LIKE 'sums%' GROUP BY name, id, class, by_part) s JOIN model USING (name) JOIN asked a USING (id);
SELECT name, max(abs(CASE name WHEN 'sums, squared' THEN sum ELSE exp(sum) / CASE name WHEN 'sums, poisson' THEN 1 WHEN 'sums, two' THEN 1 + exp(sum) ELSE total END END
  - CASE WHEN class IS NULL THEN crimeml.predict_value(m, a) ELSE crimeml.predict_probability(m, a, class) END)) < 1e-10 AS adds_up
FROM (SELECT name, id, class, by_part, sum(contribution), sum(exp(sum(contribution))) OVER (PARTITION BY name, id, by_part) AS total FROM said_one WHERE name LIKE 'sums%' GROUP BY name, id, class, by_part) s
  JOIN model USING (name) JOIN asked a USING (id) GROUP BY name ORDER BY name;
SELECT DISTINCT name, value FROM said_one WHERE input = '(base)' AND name LIKE 'sums%' ORDER BY 1, 2;
-- without a class the predicted one
SELECT bool_and(value = 'probability of ' || crimeml.predict(m, a)) AS predicted FROM model, asked a, crimeml.explain(m, a) WHERE name LIKE 'classes%' AND input = '(base)';
DROP TABLE node, player, feature, side, child, ends, share, weight, pooled, leaf, expectation, truth, said, said_one;

-- forty features on one way: too many subsets, but the values of a leaf follow from the elementary symmetric polynomials
CREATE TABLE deep AS
SELECT i, power(4.0, i)::float8 AS value, features FROM generate_series(0, 40) i,
  LATERAL (SELECT format('{%s}', string_agg(format('"f%s": %s', j, CASE WHEN j > i OR (j = 7 AND i = 20) THEN 0 ELSE 1 END), ', '))::jsonb AS features FROM generate_series(1, 40) j) f;
SELECT format('CREATE TABLE deep_model AS SELECT crimeml.tree_agg(value, f, ''{"min_leaf": 1, "max_depth": 0, "smoothing": 0}'') AS m FROM deep d, LATERAL (SELECT %s) f',
  string_agg(format('(d.features ->> ''f%s'')::float8 AS f%s', j, j), ', ')) FROM generate_series(1, 40) j \gexec
CREATE TABLE deep_node AS SELECT n.* FROM deep_model, crimeml.nodes(m) n;
-- of each leaf: o and z of each feature on its way, for one row
CREATE TABLE deep_way AS
WITH RECURSIVE way AS (
  SELECT node AS leaf, node, parent, side, value FROM deep_node WHERE feature IS NULL
  UNION ALL SELECT w.leaf, n.node, n.parent, n.side, w.value FROM way w JOIN deep_node n ON n.node = w.parent)
SELECT leaf, max(w.value) AS value, p.feature, bool_and(((d.features ->> p.feature)::float8 <= p.threshold) = (w.side = 'left')) AS o, exp(sum(ln(c.cover::numeric / p.cover::numeric))) AS z
FROM way w JOIN deep_node p ON p.node = w.parent JOIN deep_node c ON c.node = w.node, deep d WHERE d.i = 33 GROUP BY leaf, p.feature;
CREATE FUNCTION pg_temp.shapley(o boolean[], z numeric[], i int) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  n int := array_length(o, 1);
  e numeric[] := '{1}';  -- of the others: by how many of them are known
  result numeric := 0;
BEGIN
  FOR j IN 1 .. n LOOP
    CONTINUE WHEN j = i;
    e := ARRAY(SELECT coalesce(e[k] * z[j], 0) + coalesce(e[k - 1] * o[j]::int, 0) FROM generate_series(1, array_length(e, 1) + 1) k);
  END LOOP;
  FOR k IN 1 .. n LOOP
    result := result + e[k] * factorial(k - 1) * factorial(n - k) / factorial(n);
  END LOOP;
  RETURN result * (o[i]::int - z[i]);
END $$;
WITH leaf AS (SELECT leaf, max(value) AS value, array_agg(feature ORDER BY feature) AS features, array_agg(o ORDER BY feature) AS o, array_agg(z ORDER BY feature) AS z FROM deep_way GROUP BY leaf),
truth AS (SELECT features[i] AS input, sum(value * pg_temp.shapley(o, z, i)::float8) AS contribution FROM leaf, generate_series(1, array_length(features, 1)) i GROUP BY 1)
SELECT (SELECT max(array_length(o, 1)) FROM leaf) > 32 AS many, count(*) = (SELECT count(*) FROM truth) AS all_used, max(abs(e.contribution - t.contribution)) < 1e-12 * (SELECT max(value) FROM deep) AS exact
FROM truth t JOIN (SELECT e.* FROM deep_model, deep d, crimeml.explain(m, d.features) e WHERE i = 33) e USING (input);
-- all classes at once are the classes one by one, with forty features as with twelve
CREATE TABLE deep_classes (features int, m crimeml.model);
SELECT format('INSERT INTO deep_classes SELECT %s, crimeml.forest_agg(''c'' || i * 7 %% 3, f, ''{"min_leaf": 1, "trees": 3, "smoothing": 0.5}'') FROM deep d, LATERAL (SELECT %s) f', n,
  string_agg(format('(d.features ->> ''f%s'')::float8 AS f%s', 40 / n * j, 40 / n * j), ', ')) FROM (VALUES (40), (12)) v(n), generate_series(1, n) j GROUP BY n \gexec
SELECT c.features, count(*), max(abs(a.contribution - e.contribution)) < 1e-12 AS same
FROM deep_classes c, deep d, crimeml.explain_classes(m, d.features) a, LATERAL (SELECT * FROM crimeml.explain(m, d.features, a.class) o WHERE o.input = a.input) e WHERE d.i IN (3, 33) GROUP BY 1 ORDER BY 1;
DROP TABLE deep, deep_model, deep_node, deep_way, deep_classes;

-- what a user sees: a point and a time as one input, or by part; a level that training never saw by its name
CREATE TABLE place AS
SELECT CASE WHEN i % 24 > 17 THEN 'Burglary' WHEN i % 9 < 3 THEN 'Theft' ELSE 'Assault' END AS offence, timestamptz '2024-01-01' + i * interval '7 hours' AS at,
  'beat ' || i % 9 AS beat, i % 2 = 0 AS indoors, ST_SetSRID(ST_MakePoint(i * 271 % 900, i * 577 % 700), 26918) AS geom FROM generate_series(1, 300) i;
CREATE TABLE city AS SELECT crimeml.forest_agg(offence, f, '{"trees": 5, "time_zone": "America/New_York"}') AS m FROM place p, LATERAL (SELECT p.at, p.beat, p.indoors, p.geom) f;
SELECT e.input, e.value, round(e.contribution::numeric, 4) AS contribution FROM city, crimeml.explain(m, '{"at": "2024-07-04 22:10", "beat": "nowhere", "indoors": false, "geom": {"x": 271, "y": 577.5}}', 'Theft') e;
SELECT e.input, e.value, round(e.contribution::numeric, 4) AS contribution FROM city, crimeml.explain(m, ROW(timestamptz '2024-07-05 02:10+00', 'nowhere', false, ST_SetSRID(ST_MakePoint(271, 577.5), 26918)), 'Theft', true) e;
SELECT e.input, e.value, e.contribution <> 0 AS tells FROM city, crimeml.explain(m, '{"at": null, "beat": null, "indoors": null, "geom": null}'::jsonb) e ORDER BY input;
SELECT e.input, e.value FROM city, crimeml.explain(m, '{"at": "infinity", "beat": "beat 1", "indoors": true, "geom": "POINT EMPTY"}'::jsonb, 'Assault') e WHERE input IN ('at', 'geom') ORDER BY input;
-- largest first, after what is expected
SELECT bool_and(n = 1 OR abs(contribution) <= before OR n = 2) AS in_order FROM (
  SELECT n, contribution, lag(abs(contribution)) OVER (PARTITION BY p.at ORDER BY n) AS before FROM city, place p, crimeml.explain(m, p) WITH ORDINALITY e(input, value, contribution, n)) x;
-- over a table; all classes add up to 0 beside the base, which adds up to 1
SELECT count(*), count(DISTINCT e.input) FROM city, place p, crimeml.explain((SELECT m FROM city), p) e;
SELECT input = '(base)' AS base, min(sum) > b - 1e-12 AND max(sum) < b + 1e-12 AS sums FROM (
  SELECT p.at, e.input, (e.input = '(base)')::int AS b, sum(contribution) FROM city, place p, crimeml.explain_classes(m, p) e GROUP BY 1, 2) s GROUP BY 1, b ORDER BY 1;
-- enum, char and name are categories by their text
CREATE TYPE mood AS ENUM ('calm', 'wild', 'new');
SELECT e.input, e.value FROM (SELECT crimeml.tree_agg(i % 2 = 0, f) AS m FROM generate_series(1, 100) i, LATERAL (SELECT (ARRAY['calm', 'wild'])[i % 2 + 1]::mood AS a, ('x' || i % 2)::char(5) AS b, ('y' || i % 2)::name AS c, (i % 2)::text::"char" AS d, i / 8::numeric AS e) f) t,
  crimeml.explain(m, ROW('new'::mood, 'x7'::char(5), 'y7'::name, '7'::"char", 1.25)) e ORDER BY input;
-- nothing is lost by text
SELECT count(*) AS differ FROM city, place p, LATERAL (SELECT * FROM crimeml.explain(m, p) EXCEPT SELECT * FROM crimeml.explain(m::text::crimeml.model, p)) e;
-- a tree without a split; the edges of double precision
SELECT e.* FROM (SELECT crimeml.tree_agg(i % 2 = 0, f, '{"min_leaf": 50}') AS m FROM generate_series(1, 10) i, LATERAL (SELECT i AS a) f) t, crimeml.explain(m, '{"a": 3}') e;
SELECT k, e.input, round((e.contribution / k)::numeric, 12) AS contribution FROM (VALUES (1e308::float8), (1e-300), (1)) v(k), LATERAL (
  SELECT crimeml.tree_agg(v.k / 8 * i, f, '{"min_leaf": 1}') AS m FROM generate_series(-4, 4) i, LATERAL (SELECT i AS a, i % 2 AS b) f WHERE i <> 0) t, crimeml.explain(m, '{"a": 3, "b": 1}') e;
SELECT e.* FROM (SELECT crimeml.tree_agg(CASE WHEN i > 3 THEN 1.7e308 ELSE -1.7e308 END, f, '{"min_leaf": 1}') AS m FROM generate_series(-4, 4) i, LATERAL (SELECT i AS a) f) t, crimeml.explain(m, '{"a": 4}') e;

-- no rows
SELECT * FROM crimeml.explain(NULL, '{"a": 1}');
SELECT e.* FROM city, crimeml.explain(m, NULL::jsonb) e;
SELECT e.* FROM city, crimeml.explain_classes(m, NULL::text) e;
-- errors
SELECT e.* FROM city, place p, crimeml.explain(m, p, 'Thefd') e LIMIT 1;
SELECT e.* FROM city, crimeml.explain(m, '{"at": null}') e;
SELECT e.* FROM model, asked a, crimeml.explain(m, a, 'c1') e WHERE name = 'numbers';
SELECT e.* FROM model, asked a, crimeml.explain_classes(m, a) e WHERE name = 'numbers';
SELECT e.* FROM (SELECT crimeml.level_agg(timestamptz '2024-01-01' + i * interval '1 day', i % 7) AS m FROM generate_series(1, 100) i) t, crimeml.explain(m, '{"a": 1}') e;
DROP TABLE incident, asked, model, place, city;
DROP TYPE mood;
DROP SCHEMA explain_test CASCADE;

-- nodes(), rules() and model_inputs(): what predict() says can be computed from them in SQL.
SET TimeZone = 'UTC';
CREATE TABLE incident AS
SELECT i AS id, 'c' || (i * 7919 % 13 / 4 + (i % 24) / 13) % 4 AS label, (i * 31 % 97)::float8 / 4 + CASE WHEN i % 24 > 12 THEN 8 ELSE 0 END AS value,
  CASE WHEN i % 11 > 0 THEN i % 24 END AS hour, CASE WHEN i % 13 > 0 THEN 'beat ' || i * 104729 % 9 END AS beat,
  i % 5 = 0 AS indoors, CASE WHEN i % 17 > 0 THEN ST_SetSRID(ST_MakePoint(i * 271 % 900, i * 577 % 700), 26918) END AS geom
FROM generate_series(1, 2000) i;
-- rows to be predicted: values, levels and gaps that training never saw among them
CREATE TABLE asked AS
SELECT i AS id, CASE WHEN i % 7 > 0 THEN i * 31 % 29 - 2 END AS hour, CASE WHEN i % 5 > 0 THEN 'beat ' || i * 7 % 12 END AS beat,
  CASE WHEN i % 3 > 0 THEN i % 2 = 0 END AS indoors,
  CASE WHEN i % 4 > 0 THEN ST_SetSRID(ST_MakePoint(i * 37 % 1100 - 100, i * 41 % 900 - 100), 26918) END AS geom
FROM generate_series(1, 90) i;
CREATE TABLE model AS
SELECT name, crimeml.forest_agg(label, f, options) AS m
FROM (VALUES ('classes', '{"trees": 1, "min_leaf": 5}'::jsonb), ('classes, forest', '{"trees": 7, "min_leaf": 3}'), ('classes, no smoothing', '{"trees": 3, "smoothing": 0, "min_leaf": 1}'),
  ('classes, weights', '{"trees": 3, "class_weights": {"c1": 3, "c2": 0.25}}'), ('classes, extra trees', '{"trees": 4, "extra_trees": true}')) o(name, options),
  incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f GROUP BY name;
INSERT INTO model
SELECT name, crimeml.forest_agg(value, f, options)
FROM (VALUES ('numbers', '{"trees": 1, "min_leaf": 5}'::jsonb), ('numbers, forest', '{"trees": 6, "criterion": "absolute"}')) o(name, options),
  incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f GROUP BY name;
INSERT INTO model SELECT 'classes, tree', crimeml.tree_agg(label, f, '{"max_depth": 6}') FROM incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f;
INSERT INTO model SELECT 'numbers, tree', crimeml.tree_agg(value, f) FROM incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f;
INSERT INTO model SELECT 'classes, merged', crimeml.merge_agg(m) FROM (
  SELECT crimeml.forest_agg(label, f, '{"trees": 2, "smoothing": 3}') AS m FROM incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f GROUP BY id % 3) p;
CREATE TABLE node AS SELECT name, n.* FROM model, crimeml.nodes(m) n;
CREATE INDEX ON node (name, tree, parent);
ANALYZE node;

-- the covers of children add up to that of their parent; leaves are one of two things; the root has the rows drawn
SELECT count(*) > 100 AS many, bool_and(abs(p.cover - c.cover) < 1e-9 * p.cover AND c.n = 2 AND c.sides = 2) AS add_up
FROM node p JOIN LATERAL (SELECT sum(cover) AS cover, count(*) AS n, count(DISTINCT side) AS sides FROM node c
  WHERE (c.name, c.tree, c.parent) = (p.name, p.tree, p.node)) c ON p.feature IS NOT NULL;
SELECT bool_and((feature IS NULL) = (missing IS NULL)) AS sides, bool_and(num_nonnulls(threshold, levels) = (feature IS NOT NULL)::int) AS splits,
  bool_and((value IS NOT NULL) = (feature IS NULL AND name LIKE 'numbers%')) AS numbers,
  bool_and((class IS NOT NULL) = (feature IS NULL AND name LIKE 'classes%') AND (class IS NULL) = (probability IS NULL) AND (class IS NULL) = (classes IS NULL)) AS classes,
  bool_and(feature IS NOT NULL OR name LIKE 'numbers%' OR abs(cover - (SELECT sum(w::float8) FROM jsonb_each_text(classes) e(c, w))) < 1e-9) AS covers
FROM node;
SELECT name, tree, cover FROM node WHERE parent IS NULL AND name IN ('classes, tree', 'numbers, tree', 'classes', 'numbers') ORDER BY name;

-- where each row ends, node by node
CREATE TABLE feature AS
SELECT id, v.* FROM asked, LATERAL (VALUES ('hour', hour::float8, NULL), ('beat', NULL, beat), ('indoors', indoors::int, NULL),
  ('geom_x', ST_X(geom), NULL), ('geom_y', ST_Y(geom), NULL),
  ('geom_x+y', ST_X(geom) + ST_Y(geom), NULL), ('geom_x-y', ST_X(geom) - ST_Y(geom), NULL), ('geom_2x+y', 2 * ST_X(geom) + ST_Y(geom), NULL),
  ('geom_x-2y', ST_X(geom) - 2 * ST_Y(geom), NULL), ('geom_x+2y', ST_X(geom) + 2 * ST_Y(geom), NULL), ('geom_2x-y', 2 * ST_X(geom) - ST_Y(geom), NULL)) v(feature, number, level);
CREATE INDEX ON feature (id, feature);
ANALYZE feature;
CREATE TABLE leaf AS
WITH RECURSIVE walk AS (
  SELECT a.id, n.* FROM asked a, node n WHERE n.parent IS NULL
  UNION ALL
  SELECT w.id, n.*
  FROM walk w JOIN feature f ON f.id = w.id AND f.feature = w.feature
    JOIN node n ON n.name = w.name AND n.tree = w.tree AND n.parent = w.node AND n.side = CASE
      WHEN w.threshold IS NOT NULL THEN CASE WHEN f.number IS NULL THEN w.missing WHEN f.number <= w.threshold THEN 'left' ELSE 'right' END
      -- a level that training never saw is missing
      WHEN f.level IS NULL OR f.level NOT IN ('beat 0', 'beat 1', 'beat 2', 'beat 3', 'beat 4', 'beat 5', 'beat 6', 'beat 7', 'beat 8') THEN w.missing
      WHEN f.level = ANY (w.levels) THEN 'left' ELSE 'right' END
) SELECT * FROM walk WHERE feature IS NULL;
SELECT count(*) = (SELECT count(*) * 90 FROM node WHERE parent IS NULL) AS each_row_ends_in_each_tree FROM leaf;

-- a level that a node of its own never saw goes where missing goes, and the levels on the left do not name it: here every
-- tree knows all levels, so the sum over the trees is what predict says
SELECT name, count(*), max(abs(l.value - crimeml.predict_value(m, a))) < 1e-12 AS same
FROM model JOIN (SELECT name, id, avg(value) AS value FROM leaf GROUP BY name, id) l USING (name) JOIN asked a USING (id)
WHERE name LIKE 'numbers%' GROUP BY name ORDER BY name;
-- of classes: (cover of the class + smoothing * its share) / (cover + smoothing), the mean over trees. Shares are those of the leaf's pool, made in
-- the same way, and above the root those of all rows by class weights. A pool is the root, and each inner node that covers 32 rows a class and at
-- most half of the pool above it.
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
SELECT name, count(*) > 1 AS several_pools FROM pooled WHERE pool AND tree = 1 AND class = 'c0' GROUP BY name ORDER BY name;
SELECT name, count(*), max(abs(l.probability - crimeml.predict_probability(m, a, class))) < 1e-12 AS same
FROM model JOIN (
  SELECT l.name, id, p.class, avg(own) AS probability
  FROM leaf l JOIN pooled p USING (name, tree, node) GROUP BY l.name, id, p.class) l USING (name) JOIN asked a USING (id)
GROUP BY name ORDER BY name;
-- the class that a leaf names is its most probable one
SELECT bool_and(abs(n.probability - p) < 1e-12) AS same FROM node n JOIN (SELECT name, tree, node, max(own) AS p FROM pooled GROUP BY 1, 2, 3) x USING (name, tree, node) WHERE n.class IS NOT NULL;
-- numbers: the same trees without smoothing, smoothed by hand; a pool covers 128 rows
CREATE TABLE plain AS
SELECT s, n.* FROM (SELECT s, crimeml.forest_agg(value, f, jsonb_build_object('trees', 3, 'min_leaf', 4, 'smoothing', s)) AS m
  FROM incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f, unnest('{0,7.5}'::float8[]) s GROUP BY s) t, crimeml.nodes(m) n;
WITH RECURSIVE up AS (
  SELECT tree, node, parent, cover * value AS value FROM plain WHERE s = 0 AND feature IS NULL
  UNION ALL SELECT n.tree, n.node, n.parent, u.value FROM up u JOIN plain n ON (n.tree, n.node) = (u.tree, u.parent) WHERE n.s = 0
), mean AS (
  SELECT p.*, m.mean FROM (SELECT tree, node, sum(value) AS sum FROM up GROUP BY 1, 2) t JOIN plain p USING (tree, node), LATERAL (SELECT t.sum / p.cover AS mean) m WHERE s = 0
), down AS (
  SELECT tree, node, cover AS pool_cover, mean AS said, mean AS own FROM mean WHERE parent IS NULL
  UNION ALL
  SELECT n.tree, n.node, CASE WHEN p.pool THEN n.cover ELSE d.pool_cover END, CASE WHEN p.pool THEN p.own ELSE d.said END, p.own
  FROM down d JOIN mean n ON (n.tree, n.parent) = (d.tree, d.node),
    LATERAL (SELECT n.feature IS NOT NULL AND n.cover >= 128 AND n.cover <= d.pool_cover / 2 AS pool, (n.cover * n.mean + 7.5 * d.said) / (n.cover + 7.5) AS own) p
) SELECT count(*) > 100 AS many, max(abs(d.own - p.value)) < 1e-12 AS same, max(abs(z.value - p.value)) > 0.1 AS smoothed
FROM down d JOIN plain p USING (tree, node) JOIN plain z USING (tree, node) WHERE p.s = 7.5 AND z.s = 0 AND p.feature IS NULL;
DROP TABLE plain;
-- forests that are smoothed otherwise are merged, and each tree keeps its own
CREATE TABLE two AS SELECT s, crimeml.forest_agg(label, f, jsonb_build_object('trees', 3, 'seed', s, 'smoothing', s)) AS m FROM incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f, unnest('{1,50}'::int[]) s GROUP BY s;
SELECT max(abs(crimeml.predict_probability(t.m, a, class) - (SELECT avg(crimeml.predict_probability(m, a, class)) FROM two))) < 1e-12 AS mean_of_both, bool_and(crimeml.describe(t.m) -> 'options' -> 'smoothing' = 'null') AS mixed
FROM (SELECT crimeml.merge_agg(m) AS m FROM two) t, asked a, unnest('{c0,c1,c2,c3}'::text[]) class;
DROP TABLE two;
-- what the out-of-bag rows decide is the same for every number of workers; labels of noise are smoothed much, plain ones little
SET max_parallel_maintenance_workers = 0;
CREATE TABLE chosen AS SELECT noise, crimeml.forest_agg(label, f, '{"trees": 20, "min_leaf": 2}') AS m, crimeml.forest_agg(value, f, '{"trees": 20, "min_leaf": 2}') AS numbers
FROM unnest('{f,t}'::bool[]) noise, generate_series(1, 3000) i, LATERAL (SELECT i % 40 AS x) f, LATERAL (SELECT CASE WHEN noise THEN i * 7919 % 1009 ELSE i % 40 END AS v) v, LATERAL (SELECT 'c' || v % 4 AS label, v + 0.5::float8 AS value) l GROUP BY noise;
SET max_parallel_maintenance_workers = 2;
SELECT c.noise, crimeml.describe(c.m) -> 'options' -> 'smoothing' AS classes, crimeml.describe(c.numbers) -> 'options' -> 'smoothing' AS numbers, c.m::text = p.m::text AND c.numbers::text = p.numbers::text AS same
FROM chosen c JOIN (SELECT noise, crimeml.forest_agg(label, f, '{"trees": 20, "min_leaf": 2}') AS m, crimeml.forest_agg(value, f, '{"trees": 20, "min_leaf": 2}') AS numbers
FROM unnest('{f,t}'::bool[]) noise, generate_series(1, 3000) i, LATERAL (SELECT i % 40 AS x) f, LATERAL (SELECT CASE WHEN noise THEN i * 7919 % 1009 ELSE i % 40 END AS v) v, LATERAL (SELECT 'c' || v % 4 AS label, v + 0.5::float8 AS value) l GROUP BY noise) p USING (noise) ORDER BY noise;
RESET max_parallel_maintenance_workers;
DROP TABLE chosen;

-- rules are the leaves, in their order
SELECT bool_and(r.cover = n.cover AND r.class IS NOT DISTINCT FROM n.class AND r.value IS NOT DISTINCT FROM n.value AND r.probability IS NOT DISTINCT FROM n.probability) AS same,
  count(*) = (SELECT count(*) FROM node WHERE feature IS NULL) AS all_leaves
FROM model, LATERAL (SELECT * FROM crimeml.rules(m)) r JOIN LATERAL (
  SELECT *, row_number() OVER (PARTITION BY name, tree ORDER BY node) AS rule FROM node WHERE feature IS NULL) n ON (n.tree, n.rule) = (r.tree, r.rule)
WHERE n.name = model.name;
SELECT r.* FROM (SELECT crimeml.tree_agg(CASE WHEN h > 20 AND b IN ('a', 'b') THEN 'night' WHEN h BETWEEN 6 AND 9 THEN 'morning' ELSE 'day' END, f, '{"min_leaf": 1, "smoothing": 0}') AS m
  FROM generate_series(0, 23) h, unnest(ARRAY['a', 'b', 'c', 'd', 'e']) b, LATERAL (SELECT h AS hour, b AS beat) f) t, crimeml.rules(m) r;
SELECT r.condition FROM (SELECT crimeml.tree_agg(i % 30, f, '{"max_depth": 1, "min_leaf": 1, "task": "regress"}') AS m FROM generate_series(1, 300) i, LATERAL (SELECT 'level ' || i % 100 AS l, i % 2 AS n) f) t, crimeml.rules(m) r;

-- that a value is missing tells a class; a boolean; levels whose names are not plain
SELECT r.condition, r.class FROM (SELECT crimeml.tree_agg(CASE WHEN i % 5 = 0 THEN 'gone' WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END, f, '{"min_leaf": 1, "smoothing": 0}') AS m
  FROM generate_series(1, 100) i, LATERAL (SELECT CASE WHEN i % 5 > 0 THEN 3 END AS n, i % 2 = 0 AS even) f) t, crimeml.rules(m) r;
SELECT r.condition, r.class FROM (SELECT crimeml.tree_agg(CASE WHEN l IS NULL THEN 'none' ELSE left(l, 1) END, f, '{"min_leaf": 1, "smoothing": 0}') AS m
  FROM generate_series(1, 60), unnest(ARRAY['', 'a, b', '''c''', 'd e', NULL]) l, LATERAL (SELECT l AS level) f) t, crimeml.rules(m) r;
-- each rule, read as SQL, holds for as many rows as the leaf covers
CREATE TABLE ruled AS SELECT i AS id, CASE WHEN i % 7 > 0 THEN i * 31 % 50 END AS hour, CASE WHEN i % 6 > 0 THEN 'd' || i * 7 % 5 END AS beat, i % 3 = 0 AS indoors,
  (CASE WHEN i % 7 = 0 THEN 3 ELSE i * 31 % 50 / 10 END + i * 7 % 5 / 2 + i % 3) % 4 AS label FROM generate_series(1, 700) i;
CREATE FUNCTION pg_temp.rows_of(condition text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  part text;
  tests text[] := '{}';
  n bigint;
BEGIN
  FOREACH part IN ARRAY string_to_array(condition, ' and ') LOOP
    part := replace(replace(part, 'is missing', 'IS NULL'), 'is known', 'IS NOT NULL');
    part := regexp_replace(part, '^(\S+) < (\w+) <= (\S+)', '(\2 > \1 AND \2 <= \3)');
    part := regexp_replace(part, '\m(d\d)\M', '''\1''', 'g');
    IF part LIKE '% (or missing)' THEN
      part := replace(part, ' (or missing)', '') || ' OR ' || substring(part FROM '[a-z]{2,}') || ' IS NULL';
    END IF;
    tests := tests || ('(' || part || ')');
  END LOOP;
  EXECUTE 'SELECT count(*) FROM ruled WHERE ' || array_to_string(tests, ' AND ') INTO n;
  RETURN n;
END $$;
SELECT count(*) > 15 AS many, count(*) FILTER (WHERE condition LIKE '%is missing%') > 0 AS missing, count(*) FILTER (WHERE condition LIKE '%(or missing)%') > 0 AS or_missing,
  count(*) FILTER (WHERE pg_temp.rows_of(condition) <> cover) AS wrong
FROM (SELECT crimeml.tree_agg(label::text, f, '{"min_leaf": 2, "max_depth": 9}') AS m FROM ruled r, LATERAL (SELECT r.hour, r.beat, r.indoors) f) t, crimeml.rules(m) r;
DROP TABLE ruled;

-- inputs: what the data have
SELECT i.* FROM model, crimeml.model_inputs(m) i WHERE name = 'classes, merged';
SELECT lowest = (SELECT min(ST_X(geom)) || ' ' || min(ST_Y(geom)) FROM incident) AS lowest, highest = (SELECT max(ST_X(geom)) || ' ' || max(ST_Y(geom)) FROM incident) AS highest
FROM model, crimeml.model_inputs(m) WHERE input = 'geom' AND name = 'classes';
SELECT i.* FROM (SELECT crimeml.tree_agg(i % 2 = 0, f, '{"time_zone": "America/New_York"}') AS m FROM generate_series(1, 50) i, LATERAL (
  SELECT timestamptz '2024-03-10 06:59+00' + i * interval '1 hour' AS at, CASE WHEN i > 1 THEN date '2023-12-31' + i ELSE 'infinity' END AS day, timestamp '2024-02-29 12:00' AS noon, NULL::float8 AS never,
    i * 1e300 AS large) f) t, crimeml.model_inputs(m) i;
-- ranges of parallel workers, groups and parts that are merged are joined; the model is the same
SELECT bool_and(i.lowest = '1' AND i.highest = '2000') AS joined FROM (SELECT crimeml.merge_agg(m) AS m FROM (
  SELECT crimeml.forest_agg(label, f, '{"trees": 1}') AS m FROM incident i, LATERAL (SELECT i.id) f GROUP BY i.id % 4) p) t, crimeml.model_inputs(m) i;

SELECT * FROM crimeml.nodes(NULL);
SELECT * FROM crimeml.rules(NULL);
SELECT * FROM crimeml.model_inputs(NULL);
DROP TABLE incident, asked, model, node, feature, leaf, share;

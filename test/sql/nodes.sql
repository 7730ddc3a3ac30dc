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
  SELECT crimeml.forest_agg(label, f, '{"trees": 2}') AS m FROM incident i, LATERAL (SELECT i.hour, i.beat, i.indoors, i.geom) f GROUP BY id % 3) p;
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
-- of classes: (cover of the class + smoothing * its share) / (cover + smoothing), the mean over trees; shares by class weights
CREATE TABLE share AS
SELECT name, class, share * coalesce((w.weights ->> class)::float8, 1) / sum(share * coalesce((w.weights ->> class)::float8, 1)) OVER (PARTITION BY name) AS share,
  coalesce((crimeml.describe(m) -> 'options' ->> 'smoothing')::float8, 0) AS smoothing
FROM model, LATERAL (SELECT CASE name WHEN 'classes, weights' THEN '{"c1": 3, "c2": 0.25}'::jsonb ELSE '{}' END AS weights) w, crimeml.classes(m) WHERE name LIKE 'classes%';
SELECT name, count(*), max(abs(l.probability - crimeml.predict_probability(m, a, class))) < 1e-12 AS same
FROM model JOIN (
  SELECT name, id, s.class, avg((coalesce((classes ->> s.class)::float8, 0) + smoothing * share) / (cover + smoothing)) AS probability
  FROM leaf JOIN share s USING (name) GROUP BY name, id, s.class) l USING (name) JOIN asked a USING (id)
GROUP BY name ORDER BY name;
-- the class that a leaf names is its most probable one
SELECT bool_and(abs(n.probability - p) < 1e-12) AS same FROM node n JOIN LATERAL (
  SELECT max((coalesce((classes ->> s.class)::float8, 0) + smoothing * share) / (cover + smoothing)) AS p FROM share s WHERE s.name = n.name) x ON n.class IS NOT NULL;

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

-- What the tree and the forest learn: sets of categories, missing values,
-- thresholds, numbers; and that they do not depend on who computes them.
SET crimeml.progress_interval = 0;

-- exclusive or: no single split helps, two levels do
CREATE TEMP TABLE xor AS
SELECT x, y, CASE WHEN (x > 5) <> (y > 5) THEN 'odd' ELSE 'even' END AS label
FROM generate_series(1, 10) x, generate_series(1, 10) y;
SELECT metric, round(value::numeric, 6) AS value
FROM crimeml.evaluate((SELECT crimeml.tree_agg(label, f, '{"min_leaf": 1}') FROM xor, LATERAL (SELECT x, y) f), 'xor')
WHERE metric IN ('accuracy', 'log_loss') ORDER BY 1;
-- one level is not enough
SELECT metric, round(value::numeric, 6) AS value
FROM crimeml.evaluate((SELECT crimeml.tree_agg(label, f, '{"min_leaf": 1, "max_depth": 1}') FROM xor, LATERAL (SELECT x, y) f), 'xor')
WHERE metric = 'accuracy';

-- a category of 60 levels that have no order: one split separates two classes
CREATE TEMP TABLE street AS
SELECT 'street ' || s AS street, CASE WHEN hashint4(s) % 2 = 0 THEN 'theft' ELSE 'assault' END AS label, r
FROM generate_series(1, 60) s, generate_series(1, 4) r;
SELECT metric, round(value::numeric, 6) AS value
FROM crimeml.evaluate((SELECT crimeml.tree_agg(label, f, '{"min_leaf": 1, "max_depth": 1}') FROM street, LATERAL (SELECT street) f), 'street')
WHERE metric = 'accuracy';
-- three classes: a set at each of two levels
CREATE TEMP TABLE block AS
SELECT 'block ' || s AS block, (ARRAY['a', 'b', 'c'])[1 + abs(hashint4(s)) % 3] AS label
FROM generate_series(1, 60) s, generate_series(1, 4) r;
SELECT metric, round(value::numeric, 6) AS value
FROM crimeml.evaluate((SELECT crimeml.tree_agg(label, f, '{"min_leaf": 1, "max_depth": 2}') FROM block, LATERAL (SELECT block) f), 'block')
WHERE metric = 'accuracy';
-- a number by sets: the mean of each level
SELECT metric, round(value::numeric, 6) AS value
FROM crimeml.evaluate((SELECT crimeml.tree_agg(v, f, '{"min_leaf": 1}')
  FROM (SELECT 'street ' || s AS street, (hashint4(s) % 7)::float8 AS v FROM generate_series(1, 60) s, generate_series(1, 4)) r,
  LATERAL (SELECT street) f),
  $$SELECT 'street ' || s AS street, (hashint4(s) % 7)::float8 AS label FROM generate_series(1, 60) s$$)
WHERE metric IN ('rmse', 'r2') ORDER BY 1;

-- a level never seen goes the way of missing, which is learned
CREATE TEMP TABLE gap AS
SELECT CASE WHEN i % 4 = 0 THEN NULL ELSE i END AS x, CASE WHEN i % 4 = 0 OR i > 70 THEN 'night' ELSE 'day' END AS label
FROM generate_series(1, 100) i;
CREATE TEMP TABLE gap_model AS
SELECT crimeml.tree_agg(label, f, '{"min_leaf": 1}') AS m FROM gap, LATERAL (SELECT x) f;
SELECT metric, round(value::numeric, 6) AS value FROM crimeml.evaluate((SELECT m FROM gap_model), 'gap') WHERE metric = 'accuracy';
SELECT crimeml.predict(m, '{"x": null}'), crimeml.predict(m, '{"x": 3}'), crimeml.predict(m, '{"x": 1000}') FROM gap_model;
CREATE TEMP TABLE kind AS
SELECT CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN 'car' ELSE 'house' END AS kind, CASE WHEN i % 3 = 0 THEN 'x' ELSE 'y' END AS label
FROM generate_series(1, 99) i;
SELECT crimeml.predict(m, '{"kind": null}'), crimeml.predict(m, '{"kind": "car"}'), crimeml.predict(m, '{"kind": "never seen"}')
FROM (SELECT crimeml.tree_agg(label, f, '{"min_leaf": 1}') AS m FROM kind, LATERAL (SELECT kind) f) t;
-- missing in training nowhere: it follows the larger side
SELECT crimeml.predict(m, '{"x": null}')
FROM (SELECT crimeml.tree_agg(CASE WHEN v > 30 THEN 'many' ELSE 'few' END, f, '{"min_leaf": 1}') AS m
      FROM generate_series(1, 100) v, LATERAL (SELECT v AS x) f) t;

-- the first cut is the best there is, whatever the rows and bins: 600 sets, by trying all
CREATE TEMP TABLE toy AS
SELECT s, i, 1 + s % 3 AS min_leaf, (CASE WHEN i <= 3 THEN i - 1 ELSE abs(hashint4(s * 31 + i * 17)) % 3 END)::text AS label,
  CASE WHEN s % 2 = 1 OR hashint4(s * 1009 + i) % 4 <> 0 THEN abs(hashint4(s * 7919 + i)) % (2 + s % 40) END AS x
FROM generate_series(1, 600) s, generate_series(1, CASE s % 4 WHEN 0 THEN 3 + s % 13 WHEN 1 THEN 10 + s % 90 ELSE 100 + s END) i;
CREATE TEMP TABLE toy_model AS
SELECT s, crimeml.tree_agg(label, f, jsonb_build_object('max_depth', 1, 'smoothing', 0, 'min_leaf', min_leaf)) AS model
FROM toy, LATERAL (SELECT x) f GROUP BY s;
WITH side AS (      -- of every cut, and of none
  SELECT s, cut, missing_left, coalesce(x <= cut, missing_left) AS to_left, label, min(min_leaf) AS min_leaf, count(*) AS rows
  FROM toy JOIN (SELECT DISTINCT s, x AS cut FROM toy UNION SELECT s, -1 FROM toy) c USING (s), (VALUES (false), (true)) m (missing_left)
  GROUP BY s, cut, missing_left, to_left, label
), score AS (
  SELECT s, cut, missing_left, to_left, sum(rows ^ 2) / sum(rows) AS score, sum(rows) >= min(min_leaf) AS allowed
  FROM side GROUP BY s, cut, missing_left, to_left
), best AS (
  SELECT s, max(score) AS score
  FROM (SELECT s, sum(score) AS score FROM score GROUP BY s, cut, missing_left HAVING bool_and(allowed)) c GROUP BY s
), found AS (
  SELECT s, sum(score) AS score
  FROM (SELECT s, sum(rows ^ 2) / sum(rows) AS score
        FROM (SELECT s, crimeml.predict_probability(model, f, '0') AS p, crimeml.predict_probability(model, f, '1') AS q, label, count(*) AS rows
              FROM toy JOIN toy_model USING (s), LATERAL (SELECT x) f GROUP BY s, p, q, label) leaf GROUP BY s, p, q) l GROUP BY s
)
SELECT count(*) AS sets, count(*) FILTER (WHERE abs(found.score - best.score) <= 1e-9 * best.score) AS best
FROM found JOIN best USING (s);

-- thresholds lie half-way between the data's own values
SELECT x, crimeml.predict(m, jsonb_build_object('x', x))
FROM (SELECT crimeml.tree_agg(CASE WHEN v >= 4 THEN 'high' ELSE 'low' END, f, '{"min_leaf": 1}') AS m
      FROM unnest(ARRAY[1, 2, 4, 8]) v, LATERAL (SELECT v AS x) f) t, unnest(ARRAY[2.99, 3, 3.01]) x;

-- numbers: a step, and its mean on either side
SELECT crimeml.predict_value(m, '{"x": 10}'), crimeml.predict_value(m, '{"x": 90}')
FROM (SELECT crimeml.tree_agg(CASE WHEN v <= 50 THEN 1.5 ELSE 1e6 END::float8, f, '{"min_leaf": 1}') AS m
      FROM generate_series(1, 100) v, LATERAL (SELECT v AS x) f) t;
-- a constant label is a tree of one leaf
SELECT crimeml.predict_value(m, '{"x": 10}')
FROM (SELECT crimeml.forest_agg(7::float8, f) AS m FROM generate_series(1, 100) x, LATERAL (SELECT x) f) t;
-- of one class there is nothing to learn
SELECT crimeml.forest_agg('only'::text, f) AS m FROM generate_series(1, 100) x, LATERAL (SELECT x) f;
-- one row, no row
SELECT crimeml.predict_value(crimeml.forest_agg(3::float8, f), '{"x": 5}') FROM (SELECT 1 AS x) f;
SELECT crimeml.forest_agg(3::float8, f) IS NULL AS nothing FROM (SELECT 1 AS x) f WHERE false;


CREATE TEMP TABLE city AS SELECT * FROM crimeml.simulate_incidents(6000, 7);
-- the forest beats the single tree and the baseline on later rows
SELECT f.metric, f.value > t.value AS better_than_tree, f.value > f.baseline AS better_than_baseline
FROM crimeml.evaluate((SELECT crimeml.forest_agg(offence, f) FROM city, LATERAL (SELECT at, geom, district) f WHERE id <= 4500), 'SELECT *, offence AS label FROM city WHERE id > 4500') f,
  crimeml.evaluate((SELECT crimeml.tree_agg(offence, f, '{"min_leaf": 1, "max_depth": 0}') FROM city, LATERAL (SELECT at, geom, district) f WHERE id <= 4500), 'SELECT *, offence AS label FROM city WHERE id > 4500') t
WHERE f.metric = t.metric AND f.metric = 'accuracy';

-- the same model from any order of rows and any number of workers
CREATE TEMP TABLE digest (how text, md5 text);
CREATE TABLE forest_rows AS SELECT * FROM city;
ALTER TABLE forest_rows SET (parallel_workers = 2);
SET max_parallel_maintenance_workers = 0;
INSERT INTO digest SELECT 'alone', md5(crimeml.forest_agg(offence, f, '{"trees": 12, "seed": 3}')::text) FROM forest_rows, LATERAL (SELECT at, geom, district) f;
SET max_parallel_maintenance_workers = 2;
INSERT INTO digest SELECT 'two workers', md5(crimeml.forest_agg(offence, f, '{"trees": 12, "seed": 3}')::text) FROM forest_rows, LATERAL (SELECT at, geom, district) f;
INSERT INTO digest SELECT 'shuffled', md5(crimeml.forest_agg(offence, f, '{"trees": 12, "seed": 3}' ORDER BY md5(id::text))::text) FROM forest_rows, LATERAL (SELECT at, geom, district) f;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
INSERT INTO digest SELECT 'parallel scan', md5(crimeml.forest_agg(offence, f, '{"trees": 12, "seed": 3}')::text) FROM forest_rows, LATERAL (SELECT at, geom, district) f;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size;
SELECT count(*), count(DISTINCT md5) FROM digest;
-- and another one from another seed
SELECT md5(crimeml.forest_agg(offence, f, '{"trees": 12, "seed": 4}')::text) <> (SELECT md5 FROM digest LIMIT 1) AS differs
FROM forest_rows, LATERAL (SELECT at, geom, district) f;
DROP TABLE forest_rows;

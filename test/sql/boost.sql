-- Boosted trees against numbers from outside: arithmetic and brute force in SQL; weights and exposures; bad input
CREATE SCHEMA boost_test;
SET search_path = boost_test, public, crimeml;
CREATE TABLE learn AS
SELECT i, i * 7919 % 1009 AS x, CASE WHEN i % 11 > 0 THEN i * 31 % 401 END AS y, 'level ' || i * 31 % 401 / 40 AS level, 1 + i % 3 AS w,
  chr(97 + (i * 7919 % 1009 / 400 + i * 31 % 401 / 150 + i * 104729 % 13 / 9) % 3) AS class,
  ((i * 7919 % 1009 / 100 + i * 31 % 401 / 40 + i * 104729 % 13) / 4.0)::float8 AS value, 1 + i * 31 % 7 AS people
FROM generate_series(1, 200) AS i;
-- one tree of two leaves, whole steps
CREATE VIEW stump AS SELECT '{"rounds": 1, "learning_rate": 1, "max_leaves": 2, "lambda": 0, "min_hessian": 0, "max_step": 0, "early_stopping": 0}'::jsonb AS o;

-- ---------- numbers: the split that leaves the least variance, missing values on either side; leaves are means
CREATE VIEW side AS
SELECT feature, cut, missing_left, i, value, coalesce(v <= cut, missing_left) AS to_left
FROM (SELECT i, value, feature, v FROM learn, LATERAL (VALUES ('x', x), ('y', y)) u(feature, v)) l
JOIN (SELECT DISTINCT feature, v AS cut FROM learn, LATERAL (VALUES ('x', x), ('y', y)) u(feature, v) WHERE v IS NOT NULL) c USING (feature),
  (VALUES (true), (false)) m(missing_left);
CREATE VIEW value_split AS
SELECT feature, cut, missing_left, sum(n * spread) AS left_over, min(mean) FILTER (WHERE to_left) AS mean_left, min(mean) FILTER (WHERE NOT to_left) AS mean_right
FROM (SELECT feature, cut, missing_left, to_left, count(*) AS n, var_pop(value) AS spread, avg(value) AS mean FROM side GROUP BY 1, 2, 3, 4 HAVING count(*) >= 20) s
GROUP BY 1, 2, 3 HAVING sum(n) = 200;
SELECT feature, cut, missing_left FROM value_split ORDER BY left_over LIMIT 1;
SELECT count(*) FILTER (WHERE abs(predicted - by_hand) > 1e-12) AS differ, count(*), count(DISTINCT predicted) AS leaves FROM (
  SELECT predict_value(m, f) AS predicted, CASE WHEN coalesce(CASE s.feature WHEN 'x' THEN l.x ELSE l.y END <= cut, missing_left) THEN mean_left ELSE mean_right END AS by_hand
  FROM learn l, LATERAL (SELECT l.x, l.y) f, (SELECT boost_agg(value, f, o || '{"min_leaf": 20}') AS m FROM learn l, stump, LATERAL (SELECT l.x, l.y) f) t,
    (SELECT * FROM value_split ORDER BY left_over LIMIT 1) s) p;

-- ---------- each loss: a leaf is -G / (H + lambda), by the rows that reach it
CREATE TABLE halves AS SELECT l.*, x > 500 AS high FROM learn l;
WITH loss AS (
  SELECT 'squared' AS loss, high, NULL AS class, sum(value - mean) / (count(*) + 2) AS leaf FROM halves, (SELECT avg(value) AS mean FROM halves) a GROUP BY high
  UNION ALL
  SELECT 'poisson', high, NULL, sum(value - people * rate) / (sum(people * rate) + 2) FROM halves, (SELECT sum(value) / sum(people) AS rate FROM halves) a GROUP BY high
  UNION ALL
  SELECT 'two classes', high, 'true', sum((class = 'a')::int - p) / (sum(p * (1 - p)) + 2) FROM halves, (SELECT avg((class = 'a')::int)::float8 AS p FROM halves) a GROUP BY high
  UNION ALL
  SELECT 'three classes', high, c, sum((class = c)::int - p) / (sum(2 * p * (1 - p)) + 2)
  FROM halves, (SELECT class AS c, count(*) / 200.0::float8 AS p FROM halves GROUP BY class) a GROUP BY high, c
), model AS (
  SELECT 'squared' AS loss, boost_agg(value, f, o || '{"lambda": 2}') AS m FROM halves h, stump, LATERAL (SELECT high) f
  UNION ALL SELECT 'poisson', boost_agg(value, f, o || '{"lambda": 2, "exposure": "people"}') FROM halves h, stump, LATERAL (SELECT high, people) f
  UNION ALL SELECT 'two classes', boost_agg(class = 'a', f, o || '{"lambda": 2}') FROM halves h, stump, LATERAL (SELECT high) f
  UNION ALL SELECT 'three classes', boost_agg(class, f, o || '{"lambda": 2}') FROM halves h, stump, LATERAL (SELECT high) f
)
SELECT loss, l.class, high, round(leaf::numeric, 6) AS by_hand, abs(leaf - value) < 1e-6 AS same, cover = (SELECT count(*) FROM halves h WHERE h.high = l.high) AS cover
FROM loss l JOIN (SELECT loss, n.* FROM model, nodes(m) n) n USING (loss)
WHERE n.side = CASE WHEN high THEN 'right' ELSE 'left' END AND l.class IS NOT DISTINCT FROM n.class ORDER BY loss, l.class, high;

-- what is predicted of the leaves: by softmax, from the shares of the classes on
SELECT count(*), count(*) FILTER (WHERE abs(said - e / sum_e) > 1e-12) AS differ FROM (
  SELECT high, c, predict_probability(m, jsonb_build_object('high', high), c) AS said, exp(ln(share) + 0.3 * leaf) AS e, sum(exp(ln(share) + 0.3 * leaf)) OVER (PARTITION BY high) AS sum_e
  FROM (SELECT boost_agg(class, f, o || '{"learning_rate": 0.3, "lambda": 2}') AS m FROM halves h, stump, LATERAL (SELECT high) f) t, classes(m) AS s(c, share),
    LATERAL (SELECT side = 'right' AS high, value / 0.3 AS leaf FROM nodes(m) n WHERE n.class = c) n) p;
-- no step is longer than max_step, before the learning rate
SELECT max(abs(value)) FROM nodes((SELECT boost_agg(class, f, o || '{"learning_rate": 0.5, "max_step": 0.1}') FROM halves h, stump, LATERAL (SELECT high) f));

-- ---------- many trees: what is predicted is the base and the leaves where a row ends, followed in SQL
CREATE TABLE model AS
SELECT 'value' AS of, boost_agg(value, f, '{"rounds": 20, "min_hessian": 3, "early_stopping": 0}') AS m FROM learn l, LATERAL (SELECT x, y, level) f
UNION ALL SELECT 'class', boost_agg(class, f, '{"rounds": 20, "min_hessian": 1, "early_stopping": 0}') FROM learn l, LATERAL (SELECT x, y, level) f
UNION ALL SELECT 'depth', boost_agg(class, f, '{"rounds": 20, "max_depth": 2, "min_hessian": 1, "early_stopping": 0}') FROM learn l, LATERAL (SELECT x, y, level) f;
CREATE TABLE node AS SELECT of, n.* FROM model, nodes(m) n;
CREATE INDEX ON node (of, tree, parent);
CREATE INDEX ON node (of, tree, node);
ANALYZE node;
CREATE TABLE ended AS
WITH RECURSIVE down AS (
  SELECT of, i, tree, 1 AS node FROM (SELECT DISTINCT of, tree FROM node) t, learn
  UNION ALL
  SELECT of, i, tree, n.node FROM down d JOIN node p USING (of, tree, node) JOIN learn l USING (i)
  JOIN node n USING (of, tree)
  WHERE p.feature IS NOT NULL AND n.parent = p.node AND n.side = coalesce(
    CASE WHEN CASE p.feature WHEN 'level' THEN level = ANY (p.levels) WHEN 'x' THEN x <= p.threshold ELSE y <= p.threshold END THEN 'left' WHEN p.feature = 'y' AND y IS NULL THEN p.missing ELSE 'right' END, p.missing)
)
SELECT of, i, tree, n.class, n.value FROM down JOIN node n USING (of, tree, node) WHERE n.feature IS NULL;
CREATE INDEX ON ended (i, of);
ANALYZE ended;
SELECT count(*), count(*) FILTER (WHERE abs(said - by_hand) > 1e-9) AS differ FROM (
  SELECT predict_value(m, l) AS said, (SELECT avg(value) FROM learn) + (SELECT sum(value) FROM ended e WHERE e.of = 'value' AND e.i = l.i) AS by_hand FROM model, learn l WHERE of = 'value') p;
SELECT of, count(*), count(*) FILTER (WHERE abs(said - e / sum_e) > 1e-9) AS differ FROM (
  SELECT of, said, e, sum(e) OVER (PARTITION BY of, i) AS sum_e FROM (
    SELECT t.of, l.i, c, predict_probability(m, l, c) AS said, exp(ln(share) + (SELECT sum(value) FROM ended e WHERE e.of = t.of AND e.i = l.i AND e.class = c)) AS e
    FROM model t, learn l, classes(m) AS s(c, share) WHERE of <> 'value' AND l.i <= 50) q) p GROUP BY of ORDER BY of;
-- as many leaves and splits as was asked for, and covers that add up
SELECT of, max(leaves) <= CASE of WHEN 'depth' THEN 4 ELSE 31 END AS within, min(root) AS least_root, max(root) AS greatest_root, bool_and(root = below) AS adds_up
FROM (SELECT of, tree, count(*) FILTER (WHERE feature IS NULL) AS leaves, max(cover) FILTER (WHERE node = 1) AS root, sum(cover) FILTER (WHERE feature IS NULL) AS below FROM node GROUP BY 1, 2) t GROUP BY of ORDER BY of;
SELECT of, count(*), sum(importance) FROM model, importance(m) GROUP BY of ORDER BY of;
SELECT * FROM rules((SELECT m FROM model WHERE of = 'depth')) WHERE tree = 1;
SELECT metric, value < baseline AS falls FROM model, evaluate(m, 'SELECT *, class AS label FROM learn') WHERE of = 'class' AND metric = 'log_loss';
SELECT sum(count) FROM model, confusion(m, 'SELECT *, class AS label FROM learn') WHERE of = 'class';
SELECT count(*) FROM model, importance(m, 'SELECT *, class AS label FROM learn') WHERE of = 'class';

-- ---------- categories: the levels of a good set go together, what is not seen goes where missing goes
SELECT feature, levels, missing FROM nodes((SELECT boost_agg((i % 3 = 0)::int::float8, f, o) FROM generate_series(0, 299) i, stump, LATERAL (SELECT 'k' || i % 3 AS k) f)) WHERE feature IS NOT NULL;
SELECT feature, levels, missing FROM nodes((SELECT boost_agg((i % 12 IN (3, 5, 7))::int::float8, f, o) FROM generate_series(0, 1199) i, stump, LATERAL (SELECT 'k' || i % 12 AS k) f)) WHERE feature IS NOT NULL;
SELECT predict_value(m, '{"k": "k5"}') AS k5, predict_value(m, '{"k": "k1"}') AS k1, predict_value(m, '{"k": null}') AS missing, predict_value(m, '{"k": "new"}') AS unseen
FROM (SELECT boost_agg(CASE WHEN i % 12 IN (3, 5) THEN 1 WHEN i % 12 = 7 THEN 1 ELSE 0 END::float8, f, o) AS m FROM generate_series(0, 1199) i, stump, LATERAL (SELECT nullif('k' || i % 12, 'k7') AS k) f) t;

-- ---------- weights: a row of weight n is as n rows; of weight 0 as none
SELECT count(*), count(*) FILTER (WHERE abs(predict_value(a, l) - predict_value(b, l)) > 1e-9) AS differ FROM learn l,
  (SELECT boost_agg(value, f, '{"rounds": 10, "early_stopping": 0, "weight": "w"}') AS a FROM learn l, LATERAL (SELECT x, y, w) f) a,
  (SELECT boost_agg(value, f, '{"rounds": 10, "early_stopping": 0}') AS b FROM learn l, generate_series(1, w), LATERAL (SELECT x, y) f) b;
SELECT count(*), max(abs(predict_probability(a, l, 'a') - predict_probability(b, l, 'a'))) < 1e-5 AS same FROM learn l,
  (SELECT boost_agg(class, f, '{"rounds": 5, "early_stopping": 0, "weight": "w"}') AS a FROM learn l, LATERAL (SELECT x, y, w) f) a,
  (SELECT boost_agg(class, f, '{"rounds": 5, "early_stopping": 0}') AS b FROM learn l, generate_series(1, w), LATERAL (SELECT x, y) f) b;
SELECT describe(a) -> 'rows_skipped' AS skipped, count(*) FILTER (WHERE abs(predict_value(a, l) - predict_value(b, l)) > 1e-9) AS differ FROM learn l,
  (SELECT boost_agg(value, f, '{"rounds": 5, "early_stopping": 0, "weight": "w"}') AS a FROM learn l, LATERAL (SELECT x, y, (i % 2) AS w) f) a,
  (SELECT boost_agg(value, f, '{"rounds": 5, "early_stopping": 0}') AS b FROM learn l, LATERAL (SELECT x, y) f WHERE i % 2 = 1) b GROUP BY 1;
SELECT describe(boost_agg(value, f, '{"rounds": 1, "weight": "w"}')) #>> '{options, weight}' AS weight, array_agg(DISTINCT name ORDER BY name) AS inputs
FROM learn l, LATERAL (SELECT x, w) f, (VALUES ('x')) v(name);
SELECT name FROM model_inputs((SELECT boost_agg(value, f, '{"rounds": 1, "weight": "w", "exposure": "people", "objective": "poisson"}') FROM learn l, LATERAL (SELECT w, x, people, y) f)) AS i(name);

-- ---------- exposure: without a split all have the same rate
SELECT round(rate::numeric, 12) AS rate, predict_value(m, '{"x": 1}') - rate < 1e-12 AS for_one, abs(predict_value(m, '{"x": 1, "people": 250}') - 250 * rate) < 1e-9 AS for_250,
  abs(predict_value(m, f) - 3 * rate) < 1e-12 AS of_a_row, predict_value(m, '{"x": 1, "people": null}') AS not_known, abs((describe(m) ->> 'label_mean')::float8 - rate) < 1e-12 AS mean
FROM (SELECT boost_agg(value, f, '{"exposure": "people", "min_hessian": 1e9, "rounds": 3}') AS m FROM learn l, LATERAL (SELECT x, people) f) t, (SELECT sum(value) / sum(people) AS rate FROM learn) r,
  LATERAL (SELECT 3 AS people, 1 AS x) f;
-- by position too
SELECT predict_value(m, ROW(1)) = predict_value(m, ROW(1, 1)) AS for_one, predict_value(m, ROW(1, 10)) / predict_value(m, ROW(1)) AS for_10
FROM (SELECT boost_agg(value, ROW(x, people), '{"exposure": "f2", "rounds": 3}') AS m FROM learn) t;
SELECT metric, round(value::numeric, 6) AS value, round(baseline::numeric, 6) AS baseline, round(by_hand::numeric, 6) AS by_hand
FROM (SELECT boost_agg(value, f, '{"exposure": "people", "min_hessian": 1e9, "rounds": 3}') AS m FROM learn l, LATERAL (SELECT x, people) f) t, evaluate(m, 'SELECT value AS label, x, people FROM learn') e,
  (SELECT sqrt(avg((value - people * rate) ^ 2)) AS by_hand FROM learn, (SELECT sum(value) / sum(people) AS rate FROM learn) r) h WHERE metric = 'rmse';
SELECT count(*) FROM (SELECT boost_agg(value, f, '{"exposure": "people", "rounds": 3}') AS m FROM learn l, LATERAL (SELECT x, people) f) t, importance(m, 'SELECT value AS label, x, people FROM learn');

-- ---------- early stopping: labels that nothing tells of leave the frequencies; the latest rows are kept where there is a time
SELECT describe(m) #> '{metrics, rounds}' AS rounds, predict_probability(m, '{"x": 7}', 'c0') AS c0, (SELECT share FROM classes(m) WHERE class = 'c0') AS share
FROM (SELECT boost_agg('c' || i % 5, f) AS m FROM generate_series(1, 2000) i, LATERAL (SELECT i / 5 % 400 AS x) f) t;
SELECT describe(boost_agg(class, f, '{"rounds": 3}')) -> 'metrics' @> '{"validation_rows": 20, "validation_by_time": 1}' AS latest FROM learn l, LATERAL (SELECT x, date '2024-01-01' + i AS day) f;
SELECT describe(boost_agg(class, f, '{"rounds": 3}')) -> 'metrics' @> '{"validation_rows": 20, "validation_by_time": 0}' AS drawn FROM learn l, LATERAL (SELECT x, date '2024-01-01' AS day) f;
SELECT describe(boost_agg(class, f, '{"rounds": 3, "validation": 0.05}')) -> 'metrics' AS too_few FROM learn l, LATERAL (SELECT x) f;
-- the rule that held until the last tenth of the days and no longer: by time nothing is gained by it, by chance much
SELECT describe(boost_agg(label, f)) #> '{metrics, rounds}' AS by_time, describe(boost_agg(label, g)) #> '{metrics, rounds}' > '10' AS by_chance
FROM generate_series(1, 3000) i, LATERAL (SELECT 'c' || (i * 7919 % 2 + CASE WHEN i > 2700 THEN 1 ELSE 0 END) % 2 AS label) l,
  LATERAL (SELECT i * 7919 % 2 AS x, timestamptz '2024-01-01' + i * interval '24 days' AS at) f, LATERAL (SELECT i * 7919 % 2 AS x) g;

-- ---------- the same bytes from any workers and any order of rows
CREATE TABLE many AS
SELECT i, i * 7919 % 1009 AS x, i * 31 % 401 AS y, 'c' || (i * 7919 % 1009 / 300 + i * 31 % 401 / 150 + i * 104729 % 13 / 9) % 5 AS class FROM generate_series(1::bigint, 12000) i;
CREATE TABLE trained (workers int, m crimeml.model);
SET max_parallel_maintenance_workers = 0;
INSERT INTO trained SELECT 0, boost_agg(class, f, '{"rounds": 5, "sample_fraction": 0.7, "feature_fraction": 0.5}') FROM many, LATERAL (SELECT x, y, i) f;
SET max_parallel_maintenance_workers = 1;
INSERT INTO trained SELECT 1, boost_agg(class, f, '{"rounds": 5, "sample_fraction": 0.7, "feature_fraction": 0.5}') FROM many, LATERAL (SELECT x, y, i) f;
SET max_parallel_maintenance_workers = 2;
INSERT INTO trained SELECT 2, boost_agg(class, f, '{"rounds": 5, "sample_fraction": 0.7, "feature_fraction": 0.5}') FROM (SELECT * FROM many ORDER BY y, x) many, LATERAL (SELECT x, y, i) f;
RESET max_parallel_maintenance_workers;
SELECT count(*), count(DISTINCT md5(m::text)) AS different FROM trained;
SELECT count(*), count(DISTINCT md5(m::text)) AS different FROM (SELECT boost_agg(class, f, jsonb_build_object('rounds', 2, 'seed', seed)) AS m FROM many, generate_series(1, 3) AS seed, LATERAL (SELECT x, y) f GROUP BY seed) t;

-- ---------- what cannot be
CREATE TABLE few AS SELECT i AS x, i % 2 = 0 AS odd, 1.5::float8 * i AS v FROM generate_series(1, 30) i;
SELECT boost_agg(v, f) FROM few, LATERAL (SELECT NULL::int AS a, NULL::text AS b) f;
SELECT boost_agg('one'::text, f) FROM few, LATERAL (SELECT x) f;
SELECT boost_agg(NULL::text, f) FROM few, LATERAL (SELECT x) f;
SELECT predict_value(boost_agg(v, f), '{"a": 1}') FROM few, LATERAL (SELECT 1 AS a) f;	-- constant: the mean
SELECT predict_value(m, '{"x": 1}') AS greatest, predict_value(m, '{"x": 2}') AS least FROM (
  SELECT boost_agg(v, f, o) AS m FROM stump, (VALUES (1, 1.7e308::float8), (2, -1.7e308), (2, -1.7e308)) t(x, v), LATERAL (SELECT x) f) t;
SELECT predict_value(m, '{"x": 1}') AS tiny FROM (SELECT boost_agg(v, f, o) AS m FROM stump, (VALUES (1, 1e-308::float8), (2, -1e-308)) t(x, v), LATERAL (SELECT x) f) t;
SELECT predict_value(boost_agg(0::float8, f, '{"objective": "poisson"}'), '{"x": 1}') < 1e-200 AS none FROM few, LATERAL (SELECT x) f;
SELECT boost_agg(v, f, '{"weight": "ww"}') FROM few, LATERAL (SELECT x, 1 AS w) f;
SELECT boost_agg(v, f, '{"weight": "w"}') FROM few, LATERAL (SELECT x, 'heavy'::text AS w) f;
SELECT boost_agg(v, f, '{"weight": "w"}') FROM few, LATERAL (SELECT x, -1 AS w) f;
SELECT boost_agg(v, f, '{"weight": "w"}') FROM few, LATERAL (SELECT x, NULL::int AS w) f;
SELECT boost_agg(v, f, '{"weight": "w"}') FROM few, LATERAL (SELECT x, 'NaN'::float8 AS w) f;
SELECT boost_agg(v, f, '{"weight": "w"}') FROM few, LATERAL (SELECT x, 'Infinity'::float8 AS w) f;
SELECT boost_agg(v, f, '{"weight": "w"}') FROM few, LATERAL (SELECT x, 1e300 AS w) f;
SELECT boost_agg(v, f, '{"weight": "w"}') FROM few, LATERAL (SELECT x, 0 AS w) f;
SELECT boost_agg(v, f, '{"weight": "w"}') FROM few, LATERAL (SELECT 1 AS w) f;
SELECT boost_agg(v, f, '{"weight": "w", "exposure": "w"}') FROM few, LATERAL (SELECT x, 1 AS w) f;
SELECT boost_agg(v, f, '{"exposure": "e"}') FROM few, LATERAL (SELECT x, 0 AS e) f;
SELECT boost_agg(v, f, '{"exposure": "e"}') FROM few, LATERAL (SELECT x, -2 AS e) f;
SELECT boost_agg(v, f, '{"exposure": "e", "objective": "squared"}') FROM few, LATERAL (SELECT x, 1 AS e) f;
SELECT boost_agg(odd, f, '{"exposure": "e"}') FROM few, LATERAL (SELECT x, 1 AS e) f;
SELECT boost_agg(v - 10, f, '{"objective": "poisson"}') FROM few, LATERAL (SELECT x) f;
SELECT boost_agg(odd, f, '{"objective": "poisson"}') FROM few, LATERAL (SELECT x) f;
SELECT boost_agg(v, f, '{"objective": "log_loss"}') FROM few, LATERAL (SELECT x) f;
SELECT boost_agg('c' || few.x, f, '{"rounds": 100000}') FROM few, LATERAL (SELECT x) f;
SELECT forest_agg(v, f, '{"weight": "w"}') FROM few, LATERAL (SELECT x, 1 AS w) f;
SELECT predict_value(m, '{"x": 1, "e": 0}') FROM (SELECT boost_agg(v, f, '{"exposure": "e"}') AS m FROM few, LATERAL (SELECT x, 1 AS e) f) t;
SELECT predict_value(m, '{"x": 1, "e": "much"}') FROM (SELECT boost_agg(v, f, '{"exposure": "e"}') AS m FROM few, LATERAL (SELECT x, 1 AS e) f) t;
SELECT merge_agg(m) FROM model WHERE of <> 'value';
SET client_min_messages = warning;
DROP SCHEMA boost_test CASCADE;

-- How good a model is: against the same numbers worked out in SQL
CREATE TABLE crime AS
SELECT i AS id, i * 7919 % 24 AS hour, 'D' || i * 31 % 4 + 1 AS district, i * 104729 % 101 AS noise
FROM generate_series(1, 1200) AS i;
ALTER TABLE crime ADD offence text, ADD loss double precision;
UPDATE crime SET
  offence = CASE WHEN noise < 15 THEN 'Theft' WHEN noise < 25 THEN 'Vandalism' WHEN district = 'D1' THEN 'Burglary'
    WHEN hour >= 18 OR noise > 95 THEN 'Robbery' ELSE 'Assault' END,
  loss = 10 * hour + noise;
CREATE TABLE m AS SELECT crimeml.tree_agg(offence, f, '{"min_leaf": 30}') AS model FROM crime, LATERAL (SELECT hour, district) f WHERE id <= 800;
CREATE TABLE r AS SELECT crimeml.tree_agg(loss, f, '{"min_leaf": 30}') AS model FROM crime, LATERAL (SELECT hour, district) f WHERE id <= 800;
-- later rows, some with a label that training had not, or with none
CREATE VIEW later AS
SELECT CASE WHEN id % 50 = 0 THEN 'Arson' WHEN id % 77 = 0 THEN 'Fraud' WHEN id % 90 = 1 THEN NULL ELSE offence END AS label, hour, district, id, loss
FROM crime WHERE id > 800;

SELECT metric, round(value::numeric, 10) AS value, round(baseline::numeric, 10) AS baseline FROM m, crimeml.evaluate(model, 'later');
-- the same in SQL
WITH said AS MATERIALIZED (
  SELECT label, crimeml.predict(model, later) AS said,
    coalesce((SELECT crimeml.predict_probability(model, later, c.class) FROM crimeml.classes(model) c WHERE c.class = label), 0) AS p,
    (SELECT count(*) <= 3 FROM crimeml.predict_classes(model, later) c JOIN crimeml.predict_classes(model, later) own ON own.class = label AND c.rank <= own.rank HAVING count(*) > 0) AS top,
    coalesce((SELECT share FROM crimeml.classes(model) c WHERE c.class = label), 0) AS share
  FROM later, m WHERE label IS NOT NULL),
each AS (
  SELECT label, count(*) AS n, count(*) FILTER (WHERE said = label) AS hit,
    (SELECT count(*) FROM said s WHERE s.said = x.label) AS called FROM said x GROUP BY label)
SELECT count(*) AS rows, round(avg((said = label)::int), 10) AS accuracy,
  (SELECT round(avg(hit::numeric / n), 10) FROM each) AS balanced_accuracy,
  (SELECT round(avg(2.0 * hit / (n + called)), 10) FROM each) AS macro_f1,
  round(avg(-ln(greatest(p, 1e-15)))::numeric, 10) AS log_loss, round(avg(coalesce(top, false)::int), 10) AS top_3,
  round(avg(-ln(greatest(share, 1e-15)))::numeric, 10) AS baseline_log_loss
FROM said;

SELECT metric, round(value::numeric, 8) AS value, round(baseline::numeric, 8) AS baseline
FROM r, crimeml.evaluate(model, 'SELECT loss AS label, * FROM (SELECT loss, hour, district FROM later) x');
WITH said AS (
  SELECT loss, crimeml.predict_value(model, later) AS p, (SELECT avg(loss) FROM crime WHERE id <= 800) AS mean FROM later, r)
SELECT round(sqrt(avg((loss - p) ^ 2))::numeric, 8) AS rmse, round(sqrt(avg((loss - mean) ^ 2))::numeric, 8) AS baseline_rmse,
  round(avg(abs(loss - p))::numeric, 8) AS mae, round(avg(abs(loss - mean))::numeric, 8) AS baseline_mae,
  round((1 - sum((loss - p) ^ 2) / (var_pop(loss) * count(*)))::numeric, 8) AS r2,
  round((1 - sum((loss - mean) ^ 2) / (var_pop(loss) * count(*)))::numeric, 8) AS baseline_r2
FROM said;

SELECT c.* FROM m, crimeml.confusion(model, 'later') c;
SELECT sum(count) = (SELECT count(label) FROM later) AS all_rows FROM m, crimeml.confusion(model, 'later');

-- sources of other shapes
SELECT round(value::numeric, 6) AS value FROM m, crimeml.evaluate(model, $$SELECT offence AS label, district, hour FROM crime WHERE id > 800$$) WHERE metric = 'accuracy';
SELECT round(value::numeric, 6) AS value FROM m, crimeml.evaluate(model, $$SELECT offence::varchar AS label, ROW(1) AS other, district, hour::float8 FROM crime WHERE id > 800$$) WHERE metric = 'accuracy';
SELECT e.* FROM m, crimeml.evaluate(model, $$SELECT offence AS label, district, hour FROM crime WHERE false$$) e;
SELECT e.* FROM r, crimeml.evaluate(model, $$SELECT NULL::int AS label, district, hour FROM crime$$) e;
SELECT c.* FROM m, crimeml.confusion(model, $$SELECT offence AS label, district, hour FROM crime WHERE false$$) c;
-- labels all equal have no r2
SELECT metric, value IS NULL AS missing FROM r, crimeml.evaluate(model, $$SELECT 5 AS label, district, hour FROM crime$$);
-- integer labels, and boolean ones
SELECT e.metric, round(e.value::numeric, 6) AS value FROM (SELECT crimeml.tree_agg(c.hour / 6, f) FROM crime c, LATERAL (SELECT c.hour, c.district) f) x(model),
  crimeml.evaluate(model, 'SELECT hour / 6 AS label, * FROM crime') e WHERE metric IN ('accuracy', 'top_3');
SELECT c.* FROM (SELECT crimeml.tree_agg(c.hour < 6, f) FROM crime c, LATERAL (SELECT c.hour, c.district) f) x(model),
  crimeml.confusion(model, 'SELECT hour < 6 AS label, * FROM crime') c;
SELECT c.* FROM (SELECT crimeml.tree_agg((c.hour / 12)::numeric, f, '{"task": "classify"}') FROM crime c, LATERAL (SELECT c.hour, c.district) f) x(model),
  crimeml.confusion(model, 'SELECT (hour / 12)::numeric AS label, * FROM crime') c;
SELECT e.metric FROM m, crimeml.evaluate(NULL::crimeml.model, 'later') e;
-- ties, by hand: four classes equally likely, so that "a" is said of each row, "d" is the one not among
-- three, each is wrong by ln 4; a macro F1 of 2 * 100 / (100 + 400) of one class in four
WITH x AS (SELECT crimeml.tree_agg(chr(97 + i % 4), f) AS model FROM generate_series(0, 399) i, LATERAL (SELECT i / 4 AS nothing) f)
SELECT e.metric, round(e.value::numeric, 10) AS value, round(e.baseline::numeric, 10) AS baseline
FROM x, crimeml.evaluate(model, 'SELECT chr(97 + i % 4) AS label, NULL::int AS nothing FROM generate_series(0, 399) i') e;
SELECT round(ln(4::numeric), 10) AS log_loss, 2.0 * 100 / (100 + 400) / 4 AS macro_f1;
WITH x AS (SELECT crimeml.tree_agg(chr(97 + i % 4), f) AS model FROM generate_series(0, 399) i, LATERAL (SELECT i / 4 AS nothing) f)
SELECT c.* FROM x, crimeml.confusion(model, 'SELECT chr(97 + i % 4) AS label, NULL::int AS nothing FROM generate_series(0, 399) i') c;
-- a class that was common in training and does not come: the baseline is right of none
SELECT metric, round(e.value::numeric, 6) AS value, e.baseline FROM (SELECT crimeml.tree_agg(CASE WHEN i < 15 THEN 'often' ELSE 'seldom' END, f, '{"min_leaf": 1, "smoothing": 0}') FROM generate_series(0, 23) i, LATERAL (SELECT i AS h) f) x(model),
  crimeml.evaluate(model, 'SELECT ''seldom'' AS label, h FROM generate_series(12, 20) h') e WHERE metric <> 'log_loss';

-- what is refused
SELECT e.* FROM m, crimeml.evaluate(model, 'nowhere') e;
SELECT e.* FROM m, crimeml.evaluate(model, 'crime') e;
SELECT e.* FROM m, crimeml.evaluate(model, 'SELECT offence AS label, hour FROM crime') e;
SELECT e.* FROM m, crimeml.evaluate(model, 'SELECT offence AS label, hour::text, district FROM crime') e;
SELECT e.* FROM m, crimeml.evaluate(model, 'SELECT now() AS label, hour, district FROM crime') e;
SELECT e.* FROM r, crimeml.evaluate(model, 'SELECT offence AS label, hour, district FROM crime') e;
SELECT e.* FROM r, crimeml.evaluate(model, $$SELECT 'NaN'::float8 AS label, hour, district FROM crime$$) e;
SELECT c.* FROM r, crimeml.confusion(model, 'SELECT loss AS label, hour, district FROM crime') c;
SELECT c.* FROM m, crimeml.confusion(model, 'SELECT * FROM crime') c;
SELECT count(*) FROM crime;
SELECT metric FROM m, crimeml.evaluate(model, 'SELECT md5(i::text) AS label, 1 AS hour, ''D1'' AS district FROM generate_series(1, 70000) i');
-- a source that itself predicts, by the same model
SELECT c.* FROM m, crimeml.confusion(model, 'SELECT crimeml.predict(model, c) AS label, c.* FROM crime c, m') c;
DROP VIEW later;
DROP TABLE crime, m, r;

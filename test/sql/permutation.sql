-- Importance by permutation: how much worse a model gets when a column is another row's.
SET crimeml.progress_interval = 0;
SET client_min_messages = warning;
CREATE SCHEMA permutation_test;
SET search_path = permutation_test, public;
SET timezone = 'America/New_York';

CREATE TABLE incident AS
SELECT id, offence AS label, at, CASE WHEN id % 9 > 0 THEN geom END AS geom, district, id % 2 = 0 AS indoors, (extract(hour FROM at) + id % 5)::float8 AS loss
FROM crimeml.simulate_incidents(2000, 5);
CREATE TABLE model AS
SELECT crimeml.forest_agg(label, f, '{"trees": 5}') AS classes, crimeml.forest_agg(loss, f, '{"trees": 5}') AS numbers
FROM incident i, LATERAL (SELECT i.at, i.geom, i.district, i.indoors) f;
CREATE TABLE asked AS SELECT * FROM incident WHERE id % 37 = 1;

-- what many permutations come to: every row with the column of every other one
CREATE FUNCTION expected(input text, OUT accuracy float8, OUT log_loss float8, OUT r2 float8, OUT mse float8) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format($q$
    SELECT avg((crimeml.predict(classes, f) = a.label)::int), avg(-ln(greatest(crimeml.predict_probability(classes, f, a.label), 1e-15))),
      1 - avg((crimeml.predict_value(numbers, f) - a.loss) ^ 2) / var_pop(a.loss), avg((crimeml.predict_value(numbers, f) - a.loss) ^ 2)
    FROM model, asked a, asked b, LATERAL (SELECT %s) f WHERE %s$q$,
    regexp_replace('a.at, a.geom, a.district, a.indoors', 'a\.' || input, 'b.' || input), CASE WHEN input = 'none' THEN 'a.id = b.id' ELSE 'true' END)
  INTO accuracy, log_loss, r2, mse;
END $$;
CREATE TABLE truth AS
SELECT input, own.accuracy - e.accuracy AS accuracy_fall, e.log_loss - own.log_loss AS log_loss_rise, own.r2 - e.r2 AS r2_fall, sqrt(e.mse) - sqrt(own.mse) AS rmse_rise
FROM expected('none') own, unnest('{at,geom,district,indoors}'::text[]) input, expected(input) e;
-- a mean of 1000 repeats is near that
SELECT input, abs(importance - accuracy_fall) <= 4 * deviation / sqrt(1000) + 1e-12 AS importance, abs(i.log_loss_rise - t.log_loss_rise) < 0.03 AS log_loss, rmse_rise IS NULL AS no_rmse
FROM crimeml.importance((SELECT classes FROM model), 'asked', 1000) i JOIN (SELECT input, accuracy_fall, log_loss_rise FROM truth) t USING (input) ORDER BY input;
SELECT input, abs(importance - r2_fall) < 4 * deviation / sqrt(1000) AS importance, abs(i.rmse_rise - t.rmse_rise) < 0.05 AS rmse, log_loss_rise IS NULL AS no_log_loss
FROM crimeml.importance((SELECT numbers FROM model), 'SELECT loss AS label, at, geom, district, indoors FROM asked', 1000) i JOIN (SELECT input, r2_fall, rmse_rise FROM truth) t USING (input) ORDER BY input;

-- largest first; a single repeat has no deviation
SELECT array_agg(importance) = array_agg(importance ORDER BY importance DESC) AS largest_first, count(deviation) AS deviations, count(*)
FROM (SELECT i.* FROM model, crimeml.importance(classes, 'incident') i) t;
-- a column that decides all, and one that no split uses
SELECT input, round(importance::numeric, 1) AS importance, round(log_loss_rise::numeric, 0) AS log_loss_rise
FROM (SELECT crimeml.tree_agg((n > 50)::text, f, '{"min_leaf": 1}') AS m FROM generate_series(1, 100) n, LATERAL (SELECT 7 AS same, n AS x) f) t,
  crimeml.importance(m, 'SELECT x > 50 AS label, x, x % 7 AS same FROM generate_series(1, 100) x', repeats => 20);
-- of equal importance the first input; the deviation is that of a sample, by hand for two repeats of rows half of
-- which change the class: accuracy falls by a and by b, and their deviation is |a - b| / sqrt(2)
SELECT string_agg(input, ' > ' ORDER BY i) AS inputs
FROM (SELECT crimeml.tree_agg((n > 50)::text, f, '{"min_leaf": 1}') AS m FROM generate_series(1, 100) n, LATERAL (SELECT 1 AS z, 2 AS y, n AS used, 3 AS a) f) t,
  crimeml.importance(m, 'SELECT x > 50 AS label, 1 AS z, 2 AS y, x AS used, 3 AS a FROM generate_series(1, 100) x', repeats => 3) WITH ORDINALITY AS x(input, importance, deviation, log_loss_rise, rmse_rise, i);
WITH m AS MATERIALIZED (SELECT crimeml.tree_agg((n > 50)::text, f, '{"min_leaf": 1}') AS m FROM generate_series(1, 100) n, LATERAL (SELECT n AS used) f),
  i AS (SELECT repeats, importance, deviation FROM m, generate_series(1, 2) repeats, crimeml.importance(m, 'SELECT x > 50 AS label, x AS used FROM generate_series(1, 100) x', repeats => repeats, seed => 3))
SELECT abs(two.deviation - abs(2 * (two.importance - one.importance)) / sqrt(2)) < 1e-12 AS deviation, two.deviation > 0 AS some FROM i one, i two WHERE one.repeats = 1 AND two.repeats = 2;
-- one seed, one result; another, another
CREATE FUNCTION measured(seed bigint, source text DEFAULT 'asked') RETURNS float8[] LANGUAGE sql AS
$$ SELECT array_agg(log_loss_rise ORDER BY input) FROM model, crimeml.importance(classes, source, 2, seed) $$;
SELECT measured(1) = measured(1) AS same, measured(1) = measured(-1) AS other;
-- rows without a label are left out; a label that is no class is wrong either way
SELECT measured(1, 'SELECT * FROM asked UNION ALL SELECT id, NULL, at, geom, district, indoors, loss FROM asked') = measured(1) AS same;
SELECT max(abs(importance)) AS importance, max(abs(log_loss_rise)) AS log_loss_rise FROM model, crimeml.importance(classes, $$SELECT *, 'Piracy' AS label FROM (SELECT at, geom, district, indoors FROM asked) a$$);
-- no rows; one row, whose own column is all there is; labels that are all equal
SELECT i.* FROM model, crimeml.importance(classes, 'SELECT * FROM incident WHERE false') i;
SELECT input, importance FROM model, crimeml.importance(classes, 'SELECT * FROM incident WHERE id = 5', 3);
SELECT input, importance, deviation, rmse_rise IS NOT NULL AS rmse FROM model, crimeml.importance(numbers, 'SELECT 3.5 AS label, at, geom, district, indoors FROM asked', 2);
-- null gives no rows
SELECT count(*) FROM crimeml.importance(NULL::crimeml.model, 'asked');

-- bad input
\set SHOW_CONTEXT never
SELECT i.* FROM model, crimeml.importance(classes, 'asked', 0) i;
SELECT i.* FROM model, crimeml.importance(classes, 'asked', 1001) i;
SELECT i.* FROM model, crimeml.importance(classes, 'SELECT at, geom, district, indoors FROM asked') i;
SELECT i.* FROM model, crimeml.importance(classes, 'SELECT label, at, geom, district FROM asked') i;
SELECT i.* FROM model, crimeml.importance(numbers, 'asked') i;
SELECT i.* FROM model, crimeml.importance(numbers, $$SELECT 'NaN'::float8 AS label, at, geom, district, indoors FROM asked$$) i;
SELECT i.* FROM model, crimeml.importance(classes, 'no_table') i;
SET crimeml.memory_limit = '1MB';
SELECT i.* FROM model, crimeml.importance(classes, 'SELECT a.* FROM incident a, generate_series(1, 20)') i;
RESET crimeml.memory_limit;
DROP SCHEMA permutation_test CASCADE;

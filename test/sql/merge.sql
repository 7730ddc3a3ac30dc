-- Forests of parts become one: it says the mean of what they say, exactly where leaves are not smoothed.
SET crimeml.progress_interval = 0;
SET client_min_messages = warning;
CREATE SCHEMA merge_test;
SET search_path = merge_test, public;
SET timezone = 'America/New_York';

-- three parts that know other districts, streets and offences, and other numbers
CREATE TABLE incident AS
SELECT id, offence, at, CASE WHEN id % 13 > 0 THEN geom END AS geom, district, id % 3 = 0 AS indoors,
  CASE WHEN id % 11 > 0 THEN 'street ' || id * 7919 % 40 + district::int * 25 END AS street, nullif(id * 31 % (50 * district::int), 7) AS number,
  id % 90 / 7.0::float8 AS loss, district::int % 3 AS part
FROM crimeml.simulate_incidents(6000, 3);
DELETE FROM incident WHERE part = 1 AND offence = 'Fraud' OR part = 2 AND offence IN ('Burglary', 'Vandalism');
CREATE TYPE known AS (at timestamptz, geom geometry, district text, street text, number bigint, indoors boolean);
CREATE VIEW feature AS
SELECT id, part, offence, loss, ROW(at, geom, district, street, number, indoors)::known AS f FROM incident;
CREATE TABLE model AS
SELECT part, 3 + 2 * part AS trees, crimeml.forest_agg(offence, f, jsonb_build_object('trees', 3 + 2 * part, 'min_leaf', 2, 'smoothing', 0)) AS m
FROM feature GROUP BY part;
CREATE TABLE merged AS SELECT crimeml.merge_agg(m) AS m FROM model;

-- rows that some parts, or all, have never seen the like of
CREATE TABLE asked AS
SELECT id, f FROM feature WHERE id % 7 = 0
UNION ALL
SELECT -n, ROW(
  CASE WHEN n % 2 = 0 THEN '2024-03-01 12:00-05'::timestamptz + n * interval '31 hours' END,
  CASE WHEN n % 3 = 0 THEN ST_SetSRID(ST_MakePoint(480000 + 100 * n, 4420000 + 90 * n), 26918) END,
  CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN 'nowhere' ELSE lpad((n % 12 + 1)::text, 2, '0') END,
  CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN 'no street' ELSE 'street ' || 5 * n END,
  CASE n % 5 WHEN 1 THEN NULL WHEN 2 THEN -5 WHEN 3 THEN 100000 ELSE 7 * n END::bigint,
  CASE WHEN n % 7 > 0 THEN n % 2 = 0 END)::known AS f
FROM generate_series(1, 60) n;
CREATE VIEW mean_of_parts AS
SELECT id, class, sum(trees * probability) / (SELECT sum(trees) FROM model) AS p
FROM asked, model, crimeml.predict_classes(m, f) GROUP BY id, class;
SELECT count(DISTINCT id) AS rows, count(*) = count(DISTINCT id) * count(DISTINCT class) AS all_classes,
  max(abs(p.probability - coalesce(q.p, 0))) < 1e-12 AS exact, count(*) FILTER (WHERE p.probability > 0.01) > 1000 AS many
FROM (SELECT id, class, probability FROM asked, merged, crimeml.predict_classes(m, f)) p LEFT JOIN mean_of_parts q USING (id, class);
-- each part knows less than the whole
SELECT part, (SELECT count(*) FROM crimeml.classes(m)) AS classes, jsonb_path_query_first(d, '$.features[*] ? (@.name == "district").levels') AS districts, jsonb_path_query_first(d, '$.features[*] ? (@.name == "street").levels') AS streets
FROM (SELECT part, m FROM model UNION ALL SELECT NULL, m FROM merged) t, crimeml.describe(m) d ORDER BY part;

-- classes, rows and trees add up; what differs is null
SELECT count(*) AS classes, bool_and(abs(c.share - i.share) < 1e-12) AS shares
FROM merged, crimeml.classes(m) c JOIN (SELECT offence AS class, count(*) / sum(count(*)) OVER () AS share FROM incident GROUP BY 1) i USING (class);
SELECT d->>'algorithm' AS algorithm, d->'merged' AS merged, (d->>'rows')::int = (SELECT count(*) FROM incident) AS rows, d->'options'->'trees' AS trees,
  d->'options'->'min_leaf' AS min_leaf, d->'metrics' AS metrics, d->'time_zone' AS time_zone FROM merged, crimeml.describe(m) d;
SELECT d->'options'->'min_leaf' AS min_leaf, d->'options'->'seed' AS seed, d->'options'->'criterion' AS criterion, d->'options'->'oob' AS oob, d->'rows_skipped' AS skipped
FROM (SELECT crimeml.describe(crimeml.merge_agg(m)) AS d FROM (
  SELECT crimeml.forest_agg(nullif(offence, 'Fraud'), f, '{"trees": 2, "seed": 1, "min_leaf": 5, "criterion": "entropy"}') AS m FROM feature
  UNION ALL SELECT crimeml.forest_agg(offence, f, '{"trees": 2, "seed": 2, "min_leaf": 5, "oob": true}') FROM feature) t) t;
-- the fingerprint is that of the rows, whatever was learned from them
SELECT count(DISTINCT crimeml.describe(m)->>'fingerprint') AS fingerprints, count(DISTINCT crimeml.describe(m)->>'model_id') AS models FROM (
  SELECT crimeml.merge_agg(m) AS m FROM (SELECT crimeml.forest_agg(offence, f, jsonb_build_object('trees', 1, 'seed', s)) AS m, s FROM feature, generate_series(1, 6) s GROUP BY part, s) t GROUP BY s) u;
-- importance: the mean, weighted by trees
SELECT max(abs(i.importance - w.importance)) < 1e-12 AS exact, round(sum(i.importance)::numeric, 9) AS sum
FROM merged, crimeml.importance(m) i JOIN (
  SELECT feature, sum(trees * importance) / (SELECT sum(trees) FROM model) AS importance FROM model, crimeml.importance(m) GROUP BY feature) w USING (feature);

-- the order of the models, and the plan, change nothing; null is left out
SELECT count(DISTINCT md5(m::text)) FROM (
  SELECT crimeml.merge_agg(m ORDER BY part) AS m FROM model
  UNION ALL SELECT crimeml.merge_agg(m ORDER BY part DESC) FROM model
  UNION ALL SELECT crimeml.merge_agg(m ORDER BY trees % 5, part) FROM (SELECT * FROM model UNION ALL SELECT 9, 4, NULL) t
  UNION ALL SELECT crimeml.merge_agg(m) FROM (SELECT crimeml.forest_agg(offence, f, jsonb_build_object('trees', 3 + 2 * part, 'min_leaf', 2, 'smoothing', 0)) AS m FROM feature GROUP BY part) t
  UNION ALL SELECT m FROM merged) t;
SELECT crimeml.merge_agg(m) IS NULL AS none FROM model WHERE part > 9;
SELECT crimeml.merge_agg(NULL::crimeml.model) IS NULL AS none;
-- one model is itself
SELECT crimeml.merge_agg(m)::text = min(m::text) AS same FROM model WHERE part = 1;
-- merged models merge; their text and bytes are models
SELECT crimeml.describe(crimeml.merge_agg(m))->'merged' AS merged, count(*) FROM (
  SELECT m FROM merged UNION ALL SELECT crimeml.forest_agg(offence, f, '{"trees": 4, "smoothing": 0}') FROM feature) t;
SELECT m::text::crimeml.model::text = m::text AS same FROM merged;
SELECT max(abs(a.probability - b.p)) < 1e-12 AS exact
FROM (SELECT crimeml.merge_agg(m) AS m FROM (
        SELECT m FROM model WHERE part = 2 UNION ALL SELECT crimeml.merge_agg(m) FROM model WHERE part < 2) t) t,
  asked, LATERAL (SELECT class, probability FROM crimeml.predict_classes(m, f)) a JOIN mean_of_parts b USING (class) WHERE asked.id = b.id;
-- in windows
SELECT part, crimeml.describe(crimeml.merge_agg(m) OVER (ORDER BY part))->'options'->'trees' AS trees FROM model ORDER BY part;

-- numbers
CREATE TABLE value_model AS
SELECT part, 2 + part AS trees, crimeml.forest_agg(loss, f, jsonb_build_object('trees', 2 + part, 'min_leaf', 3 + part)) AS m FROM feature GROUP BY part;
SELECT max(abs(crimeml.predict_value(t.m, f) - p.v)) < 1e-12 AS exact, count(*)
FROM (SELECT crimeml.merge_agg(m) AS m FROM value_model) t, asked,
  LATERAL (SELECT sum(trees * crimeml.predict_value(m, f)) / sum(trees) AS v FROM value_model) p;
SELECT abs((crimeml.describe(crimeml.merge_agg(m))->>'label_mean')::float8 - (SELECT avg(loss) FROM incident)) < 1e-9 AS mean FROM value_model;

-- class weights that agree, also where a part lacks a class
CREATE TABLE weighted AS
SELECT part, crimeml.forest_agg(offence, f, jsonb_build_object('trees', 3, 'min_leaf', 2, 'smoothing', 0,
  'class_weights', CASE part WHEN 1 THEN '{"Robbery": 4}' ELSE '{"Robbery": 4, "Fraud": 0.5}'::jsonb END)) AS m FROM feature GROUP BY part;
SELECT max(abs(p.probability - coalesce(q.p, 0))) < 1e-12 AS exact
FROM (SELECT id, class, probability FROM asked, (SELECT crimeml.merge_agg(m) AS m FROM weighted) t, crimeml.predict_classes(m, f)) p
LEFT JOIN (SELECT id, class, sum(probability) / 3 AS p FROM asked, weighted, crimeml.predict_classes(m, f) GROUP BY id, class) q USING (id, class);
-- smoothing: the mean where the frequencies of the classes are the same, else those of all rows
CREATE TABLE seeded AS
SELECT crimeml.forest_agg(offence, f, jsonb_build_object('trees', 2, 'seed', s)) AS m FROM feature, generate_series(1, 3) s GROUP BY s;
SELECT max(abs(p.probability - q.p)) < 1e-12 AS exact, (SELECT min(crimeml.describe(m)->>'merged') FROM (SELECT crimeml.merge_agg(m) AS m FROM seeded) t) AS merged
FROM (SELECT id, class, probability FROM asked, (SELECT crimeml.merge_agg(m) AS m FROM seeded) t, crimeml.predict_classes(m, f)) p
JOIN (SELECT id, class, sum(probability) / 3 AS p FROM asked, seeded, crimeml.predict_classes(m, f) GROUP BY id, class) q USING (id, class);
SELECT bool_and(abs(p.probability - s.share) < 1e-6) AS frequencies FROM (
  SELECT crimeml.merge_agg(m) AS m FROM (SELECT crimeml.forest_agg(offence, f, '{"trees": 2, "smoothing": 1e9}') AS m FROM feature GROUP BY part) t) t,
  (SELECT f FROM asked LIMIT 1) a, crimeml.predict_classes(m, f) p JOIN LATERAL crimeml.classes(m) s USING (class);

-- a category that is missing everywhere in a part
CREATE TABLE gap AS
SELECT p AS part, crimeml.forest_agg(CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END, f, '{"trees": 4, "min_leaf": 1, "mtry": 1, "smoothing": 0}') AS m
FROM generate_series(1, 100) i, generate_series(0, 1) p,
  LATERAL (SELECT CASE WHEN p = 1 THEN CASE WHEN i % 2 = 0 THEN 'car' ELSE 'house' END END AS kind, i % (5 - p) AS x) f GROUP BY p;
SELECT count(*), max(abs(crimeml.predict_probability(t.m, f, 'odd') - p)) < 1e-12 AS exact
FROM (SELECT crimeml.merge_agg(m) AS m FROM gap) t, unnest(ARRAY['car', 'house', 'boat', NULL]) kind, generate_series(-1, 6) x,
  LATERAL (SELECT kind, x) f, LATERAL (SELECT avg(crimeml.predict_probability(m, f, 'odd')) AS p FROM gap) g;

-- what cannot be merged
\set VERBOSITY terse
SELECT crimeml.merge_agg(m) FROM (SELECT m FROM model UNION ALL SELECT m FROM model WHERE part = 0) t;
SELECT crimeml.merge_agg(m) FROM (SELECT crimeml.forest_agg(offence, f, '{"trees": 1, "class_weights": "balanced"}') AS m FROM feature GROUP BY part) t;
\set VERBOSITY default
SELECT crimeml.merge_agg(m) FROM (SELECT crimeml.tree_agg(offence, f) AS m FROM feature) t;
CREATE FUNCTION merge_with(offence text, features text, options jsonb DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text;
  m crimeml.model;
BEGIN
  EXECUTE format('SELECT crimeml.forest_agg(%s, f, $1) FROM incident i, LATERAL (SELECT %s) f', offence, features)
    INTO m USING '{"trees": 2}' || options;
  RETURN crimeml.describe(crimeml.merge_agg(t.m))->>'merged' FROM (
    SELECT m UNION ALL SELECT crimeml.forest_agg(i.offence, f, '{"trees": 2}') FROM incident i, LATERAL (SELECT i.at, i.geom, i.district) f) t;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN concat_ws(' | ', sqlstate, sqlerrm, CASE WHEN detail LIKE 'One has%' THEN detail END);
END $$;
\pset format unaligned
SELECT merge_with('offence', 'at, geom, district', '{"seed": 2}');
SELECT merge_with('offence', 'at, geom');
SELECT merge_with('offence', 'at, geom, district AS beat');
SELECT merge_with('offence', 'at, geom, district::int');
SELECT merge_with('offence', 'at, ST_SetSRID(geom, 32618) AS geom, district');
SELECT merge_with('offence', 'at, geom, district', '{"time_zone": "UTC"}');
SELECT merge_with('loss', 'at, geom, district');
SELECT merge_with('offence', 'at, geom, district', '{"smoothing": 2}');
SELECT merge_with('offence', 'at, geom, district', '{"min_leaf": 7}');
SELECT merge_with('offence', 'at, geom, district', '{"min_leaf": 7, "smoothing": 5}');
SELECT merge_with('offence', 'at, geom, district', '{"class_weights": {"Robbery": 3}}');
\pset format aligned
-- how they say it
SELECT crimeml.merge_agg(m) FROM (SELECT m FROM model UNION ALL SELECT crimeml.forest_agg(offence, f, '{"trees": 1}') FROM incident, LATERAL (SELECT at, geom) f) t;
SELECT crimeml.merge_agg(m) FROM (SELECT crimeml.forest_agg(offence, f, '{"trees": 60000, "max_depth": 1, "min_leaf": 4}') AS m FROM (SELECT * FROM feature LIMIT 20) i GROUP BY id % 2) t;
SELECT crimeml.merge_agg(m) FROM (SELECT crimeml.forest_agg(label, f, '{"trees": 1, "max_bins": 40000}') AS m
  FROM (SELECT i, i % 2 = 0 AS label FROM generate_series(1, 80000) i) i, LATERAL (SELECT i AS number) f GROUP BY i % 40000 < 20000) t;
SELECT crimeml.merge_agg(m) FROM (SELECT crimeml.forest_agg(label, f, '{"trees": 1, "max_depth": 1}') AS m
  FROM (SELECT i, i % 2 = 0 AS label FROM generate_series(1, 80000) i) i, LATERAL (SELECT 'key ' || i AS key) f GROUP BY i <= 40000) t;
SET crimeml.memory_limit = '1MB';
DO $$
BEGIN
  PERFORM crimeml.merge_agg(m) FROM model, generate_series(1, 30);
EXCEPTION WHEN program_limit_exceeded THEN
  RAISE WARNING '%', regexp_replace(sqlerrm, 'need.*above', 'need much, above');
END $$;
RESET crimeml.memory_limit;

DROP SCHEMA merge_test CASCADE;

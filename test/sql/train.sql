-- Training aggregates: parallel plans, order of rows, windows, groups, memory.
SET client_min_messages = warning;
CREATE SCHEMA train_test;
SET search_path = train_test, public;
SET timezone = 'America/New_York';
CREATE TABLE incident AS
SELECT id, offence, geom, at, district, extract(doy FROM at)::int AS doy, id % 97 AS beat, id / 7.0::float8 AS loss,
       id % 3 = 0 AS indoors, CASE WHEN id % 11 > 0 THEN 'premise ' || id % 300 END AS premise
FROM crimeml.simulate_incidents(20000, 3);
ANALYZE incident;
CREATE FUNCTION fingerprint(m crimeml.model) RETURNS text LANGUAGE sql
  AS $$ SELECT crimeml.describe(m)->>'fingerprint' $$;

-- one set of rows is one model, whatever the order of the rows and the plan
CREATE TABLE result (how text, tree text, forest text, regress text, rows text);
CREATE VIEW trained AS
SELECT md5(t::text) AS tree, md5(o::text) AS forest, md5(r::text) AS regress, crimeml.describe(o)->>'rows' AS rows
FROM (SELECT crimeml.tree_agg(nullif(offence, 'Fraud'), f) AS t,
             crimeml.forest_agg(nullif(offence, 'Fraud'), f, '{"trees": 4}') AS o,
             crimeml.tree_agg(nullif(loss, 1), f, '{"max_depth": 5}') AS r
      FROM incident, LATERAL (SELECT geom, at, district, doy, beat, indoors, premise, nullif(loss * 3, 6) AS loss3) f) q;
SET max_parallel_workers_per_gather = 0;
INSERT INTO result SELECT 'serial', * FROM trained;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE FUNCTION is_parallel(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
    IF line LIKE '%Partial Aggregate%' THEN
      RETURN true;
    END IF;
  END LOOP;
  RETURN false;
END $$;
SELECT is_parallel('SELECT * FROM trained');
INSERT INTO result SELECT 'parallel', * FROM trained;
SET parallel_leader_participation = off;
INSERT INTO result SELECT 'workers alone', * FROM trained;
RESET parallel_leader_participation;
CREATE TABLE shuffled AS SELECT * FROM incident ORDER BY md5(id::text);
DELETE FROM incident;
INSERT INTO incident SELECT * FROM shuffled;
ANALYZE incident;
INSERT INTO result SELECT 'shuffled, parallel', * FROM trained;
SET max_parallel_workers_per_gather = 0;
INSERT INTO result SELECT 'shuffled, serial', * FROM trained;
SELECT r.how, r.tree = s.tree AS tree, r.forest = s.forest AS forest, r.regress = s.regress AS regress, r.rows
FROM result r, result s WHERE s.how = 'serial' ORDER BY r.how COLLATE "C";
-- rows that are there several times, and very many of one value
SELECT count(DISTINCT fingerprint(m)) FROM (
  SELECT crimeml.tree_agg(l, f) AS m FROM (SELECT (i % 2)::text AS l, i % 3 AS a FROM generate_series(1, 5000) i) t, LATERAL (SELECT a) f
  UNION ALL
  SELECT crimeml.tree_agg(l, f) FROM (SELECT (i % 2)::text AS l, i % 3 AS a FROM generate_series(1, 5000) i ORDER BY i % 2, i % 3) t, LATERAL (SELECT a) f) u;
-- a row that is there twice counts twice: these sets have as many rows
SELECT count(DISTINCT crimeml.describe(m)->>'fingerprint') AS fingerprints FROM (
  SELECT crimeml.tree_agg(l, f) AS m FROM unnest('{a,b,a,a}'::text[], '{1,2,3,3}'::int[]) t(l, x), LATERAL (SELECT x) f
  UNION ALL SELECT crimeml.tree_agg(l, f) FROM unnest('{a,b,a,a}'::text[], '{1,2,1,1}'::int[]) t(l, x), LATERAL (SELECT x) f
  UNION ALL SELECT crimeml.tree_agg(l, f) FROM unnest('{a,b,b,b}'::text[], '{1,2,2,2}'::int[]) t(l, x), LATERAL (SELECT x) f
  UNION ALL SELECT crimeml.tree_agg(l, f) FROM unnest('{a,a,b,a}'::text[], '{3,1,2,3}'::int[]) t(l, x), LATERAL (SELECT x) f) u;
-- and one value more or less, or another name, is another set
SELECT count(DISTINCT fingerprint(m)) FROM (
  SELECT crimeml.tree_agg(offence, f) AS m FROM incident, LATERAL (SELECT district, beat) f
  UNION ALL SELECT crimeml.tree_agg(offence, f) FROM incident, LATERAL (SELECT district, CASE id WHEN 9 THEN 8 ELSE beat END AS beat) f
  UNION ALL SELECT crimeml.tree_agg(offence, f) FROM incident, LATERAL (SELECT district, nullif(beat, id) AS beat) f
  UNION ALL SELECT crimeml.tree_agg(CASE id WHEN 9 THEN 'Other' ELSE offence END, f) FROM incident, LATERAL (SELECT district, beat) f
  UNION ALL SELECT crimeml.tree_agg(offence, f) FROM incident, LATERAL (SELECT district, beat AS walk) f) u;

-- options
SELECT crimeml.describe(crimeml.forest_agg(offence, f, '{"trees": 3, "seed": 5}'))->'options'->'trees' AS trees
FROM incident, LATERAL (SELECT district, beat) f;
SELECT crimeml.describe(crimeml.forest_agg(offence, f, NULL)) = crimeml.describe(crimeml.forest_agg(offence, f)) AS same
FROM (SELECT * FROM incident LIMIT 500) i, LATERAL (SELECT district, beat) f;
SELECT crimeml.forest_agg(offence, f, '{"tree": 3}') FROM incident, LATERAL (SELECT district, beat) f;

-- groups, filters, and windows, whose frames grow
SELECT district, crimeml.describe(crimeml.tree_agg(offence, f) FILTER (WHERE i.beat < 50))->>'rows' AS rows
FROM incident i, LATERAL (SELECT doy, beat) f GROUP BY district ORDER BY district LIMIT 3;
SELECT crimeml.describe(m)->>'rows' AS rows, md5(m::text) = md5(first_value(alone::text) OVER ()) AS same FROM (
  SELECT crimeml.tree_agg(offence, f) OVER () AS m, (SELECT crimeml.tree_agg(offence, f) FROM incident, LATERAL (SELECT doy, beat) f WHERE id <= 40) AS alone
  FROM incident, LATERAL (SELECT doy, beat) f WHERE id <= 40) t LIMIT 2;
SELECT id, crimeml.describe(crimeml.tree_agg(id % 2 = 0, f) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING))->>'rows' AS rows
FROM incident, LATERAL (SELECT doy, beat) f WHERE id <= 5 ORDER BY id;

-- memory: while rows come, and before training
SET crimeml.memory_limit = '1MB';
SELECT crimeml.tree_agg(offence, f) FROM incident, LATERAL (SELECT geom, at, doy, beat, loss) f;
SELECT crimeml.tree_agg(l, f) FROM (SELECT i % 2 = 0 AS l, repeat(md5(i::text), 10) AS t FROM generate_series(1, 20000) i) g, LATERAL (SELECT t) f;
SELECT crimeml.forest_agg(offence, f, '{"trees": 2}') FROM incident, LATERAL (SELECT beat) f WHERE id <= 16000;
RESET crimeml.memory_limit;

-- The source of a function: a relation, or exactly one SELECT that only reads.
CREATE TABLE "odd ""; DROP TABLE victim; --" (label text, x int);
INSERT INTO "odd ""; DROP TABLE victim; --" SELECT CASE WHEN i > 5 THEN 'a' ELSE 'b' END, i FROM generate_series(1, 10) i;
CREATE TABLE victim (label text, x int);
INSERT INTO victim VALUES ('a', 7), ('b', 2);
CREATE TABLE source_model AS
SELECT crimeml.tree_agg(label, f, '{"min_leaf": 1}') AS m FROM "odd ""; DROP TABLE victim; --", LATERAL (SELECT x) f;
CREATE FUNCTION rows_of(source text) RETURNS float8 LANGUAGE sql AS
$$SELECT value FROM crimeml.evaluate((SELECT m FROM source_model), source) WHERE metric = 'rows'$$;

SELECT rows_of('victim'), rows_of(' public . victim '), rows_of('"odd ""; DROP TABLE victim; --"');
SELECT rows_of('SELECT * FROM victim'), rows_of('  (SELECT * FROM victim)  '), rows_of('TABLE victim');
SELECT rows_of($$WITH v(label, x) AS (VALUES ('a', 1), ('b', 2), ('b', 3)) SELECT label, x FROM v$$),
  rows_of('-- a comment
SELECT * FROM victim;');
-- none of these
SELECT rows_of('');
SELECT rows_of('nowhere');
SELECT rows_of('DELETE FROM victim');
SELECT rows_of('SELECT 1; DROP TABLE victim');
SELECT rows_of('SELECT * INTO other FROM victim');
SELECT rows_of('SELECT * FROM victim FOR UPDATE');
SELECT rows_of($$WITH d AS (DELETE FROM victim RETURNING *) SELECT * FROM d$$);
SELECT rows_of('SELECT label, y FROM victim');
SELECT rows_of('victim; DROP TABLE victim');
SELECT rows_of('odd "; DROP TABLE victim; --');
SELECT count(*) FROM victim;
-- a column that the function needs: what there is
SELECT rows_of('SELECT x AS lable FROM victim');
-- a function in it cannot write either; what the transaction was, it is again
CREATE TABLE written (n int);
INSERT INTO written VALUES (1);
CREATE SEQUENCE numbers;
CREATE TEMP TABLE own (n int);
CREATE TEMP SEQUENCE own_numbers;
CREATE FUNCTION does(statement text) RETURNS int LANGUAGE plpgsql AS
$$BEGIN EXECUTE statement; RETURN 1; END$$;
CREATE FUNCTION refused(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM crimeml.html_table(format('SELECT does(%L)', statement));
  RETURN 'done';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END$$;
SELECT statement, refused(statement), current_setting('transaction_read_only') AS read_only
FROM unnest(ARRAY[
  'INSERT INTO written VALUES (2)', 'UPDATE written SET n = 3', 'DELETE FROM written', 'TRUNCATE written',
  'SELECT n FROM written FOR UPDATE', 'WITH d AS (DELETE FROM written RETURNING n) SELECT n FROM d',
  'SELECT nextval(''numbers'')', 'SELECT setval(''numbers'', 7)',
  'COPY written FROM PROGRAM ''echo 2''', 'CREATE TABLE other ()', 'CREATE TEMP TABLE other ()',
  'CREATE TEMP TABLE other AS SELECT 1', 'SELECT 1 INTO other', 'DROP TABLE written', 'COMMENT ON TABLE written IS ''x''',
  'GRANT SELECT ON written TO PUBLIC', 'ALTER TABLE written ADD m int', 'CREATE FUNCTION other() RETURNS int LANGUAGE sql AS ''SELECT 1''',
  'SELECT crimeml.load_csv(''written'', convert_to(E''n\n2\n'', ''UTF8''))',
  'SELECT crimeml.load_csv(''own'', convert_to(E''n\n2\n'', ''UTF8''))',
  'SELECT crimeml.create_table_for_csv(''other'', convert_to(E''n\n2\n'', ''UTF8''))',
  'SET TRANSACTION READ WRITE', 'SET LOCAL transaction_read_only = off',
  'DO $d$ BEGIN INSERT INTO written VALUES (2); EXCEPTION WHEN read_only_sql_transaction THEN INSERT INTO written VALUES (3); END $d$',
  'SELECT crimeml.html_table($s$SELECT does(''INSERT INTO written VALUES (2)'')$s$)',
  'SELECT crimeml.html_table($s$SELECT 1$s$), does(''INSERT INTO written VALUES (2)'')',
  -- PostgreSQL's read-only transactions let these pass
  'NOTIFY other', 'INSERT INTO own VALUES (2)', 'SELECT nextval(''own_numbers'')', 'SELECT pg_advisory_xact_lock(1)',
  'SELECT set_config(''my.other'', ''1'', true)', 'SELECT 1']) statement;
TABLE written;
SELECT last_value, is_called FROM numbers;
-- a function that would take the mode back
CREATE FUNCTION takes_back() RETURNS int LANGUAGE plpgsql AS
$$BEGIN EXECUTE 'RESET transaction_read_only'; INSERT INTO written VALUES (2); RETURN 1; END$$;
DO $$
BEGIN
  PERFORM crimeml.html_table('SELECT takes_back()');
  RAISE WARNING 'not refused';
EXCEPTION WHEN OTHERS THEN NULL;
END$$;
TABLE written;
-- while it is planned, in a view, behind row-level security, in every function that takes a source
CREATE FUNCTION planned() RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RETURN does('INSERT INTO written VALUES (2)'); END$$;
CREATE VIEW behind AS SELECT does('INSERT INTO written VALUES (2)') AS n;
\set VERBOSITY terse
SELECT crimeml.html_table('SELECT planned()');
SELECT crimeml.html_table('behind');
SELECT rows_of($$SELECT label, does('INSERT INTO written VALUES (2)') AS x FROM victim$$);
SELECT * FROM source_model, crimeml.confusion(m, $$SELECT label, does('INSERT INTO written VALUES (2)') AS x FROM victim$$);
SELECT * FROM source_model, crimeml.importance(m, $$SELECT label, does('INSERT INTO written VALUES (2)') AS x FROM victim$$);
CREATE VIEW written_points AS SELECT ST_SetSRID(ST_MakePoint(i, i), 26918) AS geom, now() AS at FROM generate_series(1, 9) i
WHERE does('INSERT INTO written VALUES (2)') = 1;
SELECT crimeml.kde('written_points');
SELECT crimeml.bandwidth('written_points');
SELECT * FROM crimeml.hotspots('written_points', 3, 2);
SELECT * FROM crimeml.hotspot_change('written_points', 3, 2, '[2024-02-01, 2024-03-01)', '[2024-01-01, 2024-02-01)');
SELECT * FROM crimeml.suggest_eps('written_points', 2);
SELECT * FROM crimeml.kmeans_quality('written_points', 2, 3);
SELECT crimeml.grid_accuracy(crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 10, 10, 26918), '{"cell_size": 1}'), 'written_points')
FROM (VALUES (ST_SetSRID(ST_MakePoint(1, 1), 26918)), (ST_SetSRID(ST_MakePoint(5, 5), 26918))) v(geom);
TABLE written;
-- the statement around it writes, row by row
CREATE FUNCTION write_and_read() RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  r record;
BEGIN
  FOR r IN SELECT i, crimeml.html_table('SELECT count(*) FROM written') AS html FROM generate_series(1, 3) i LOOP
    INSERT INTO written SELECT r.i + nextval('numbers') FROM crimeml.html_table('written');
  END LOOP;
  RETURN 1;
END$$;
SELECT write_and_read();
SELECT count(*) FROM written;
BEGIN READ ONLY;
SELECT crimeml.html_table('SELECT 1') <> '' AS read;
INSERT INTO written VALUES (2);
ROLLBACK;
-- nor can a function in a parallel worker, whatever it is called
CREATE FUNCTION led_and_does(statement text) RETURNS text STABLE PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = pg_backend_pid() AND backend_type = 'parallel worker') THEN
    RETURN 'led';
  END IF;
  PERFORM does(statement);
  RETURN 'done';
END$$;
CREATE TABLE large AS SELECT i FROM generate_series(1, 20000) i;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL parallel_leader_participation = off;
SAVEPOINT here;
SELECT crimeml.html_table('SELECT DISTINCT led_and_does(''INSERT INTO written VALUES (2)'') FROM large WHERE i % 2 = 0') AS in_worker;
ROLLBACK TO here;
SELECT crimeml.html_table('SELECT DISTINCT led_and_does(''SELECT 1'') FROM large WHERE i % 2 = 0') ~ '<td>done</td>' AS in_worker;
COMMIT;

-- however deep it is, the server stays
\set VERBOSITY sqlstate
SELECT crimeml.html_table('SELECT 1' || repeat(' UNION ALL SELECT 1', 400000));
SELECT crimeml.html_table('SELECT 1' || repeat(' UNION ALL (SELECT 1', 1000) || repeat(')', 1000)) <> '' AS read;
SELECT crimeml.html_table('SELECT 1' || repeat(' UNION ALL (SELECT 1', 400000) || repeat(')', 400000));
SELECT crimeml.html_table(repeat('(', 400000) || 'SELECT 1' || repeat(')', 400000));
SELECT crimeml.html_table('SELECT ' || repeat('- ', 400000) || '1');
SELECT crimeml.predict(m, (repeat('{"a":', 400000) || '1' || repeat('}', 400000))) FROM source_model;
SELECT crimeml.predict(m, j) FROM source_model, (SELECT (repeat('{"a":', 3000) || '{"x": 7}' || repeat('}', 3000))::jsonb AS j) v;
SELECT crimeml.load_csv('written', '\x6e0a31'::bytea, (repeat('{"n":', 3000) || '1' || repeat('}', 3000))::jsonb);
SELECT crimeml.tree_agg(label, f, (repeat('{"min_leaf":', 3000) || '1' || repeat('}', 3000))::jsonb) FROM victim, LATERAL (SELECT x) f;
\set VERBOSITY default
DROP VIEW behind, written_points;
DROP TABLE written, own, large;
DROP SEQUENCE numbers, own_numbers;
DROP FUNCTION does, refused, takes_back, planned, write_and_read, led_and_does;
-- rights are the caller's, and so is row-level security
CREATE ROLE crimeml_test_reader;
GRANT SELECT ON source_model TO crimeml_test_reader;
SET ROLE crimeml_test_reader;
SELECT rows_of('victim');
RESET ROLE;
ALTER TABLE victim ENABLE ROW LEVEL SECURITY;
CREATE POLICY only_a ON victim USING (label = 'a');
GRANT SELECT ON victim TO crimeml_test_reader;
SET ROLE crimeml_test_reader;
SELECT rows_of('victim');
RESET ROLE;
DROP TABLE "odd ""; DROP TABLE victim; --", victim, source_model;
DROP FUNCTION rows_of;
DROP ROLE crimeml_test_reader;

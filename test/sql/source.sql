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

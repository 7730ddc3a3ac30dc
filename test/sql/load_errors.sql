-- Errors that end a load: nothing of it stays, and the session and the transaction go on.
SET client_min_messages = warning;
CREATE TABLE target (n int, class text);
CREATE TABLE told (what text);
-- a row is refused as its text says, by any error there is
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.class <> '' THEN
    RAISE EXCEPTION 'refused' USING ERRCODE = NEW.class;
  END IF;
  RETURN NEW;
END$$;
CREATE TRIGGER refuse BEFORE INSERT ON target FOR EACH ROW EXECUTE FUNCTION refuse();
-- 3500 rows in batches of 1000, one of which is refused: 2500 are in when it comes
CREATE FUNCTION csv_with(class text) RETURNS bytea LANGUAGE sql AS
$$SELECT convert_to(E'n,class\n' || string_agg(i || ',' || CASE WHEN i = 2501 THEN class ELSE '' END, E'\n' ORDER BY i), 'UTF8')
FROM generate_series(1, 3500) i$$;
CREATE FUNCTION load_with(class text) RETURNS text LANGUAGE sql AS
$$SELECT format('read %s, loaded %s, rejected %s', read, loaded, rejected)
FROM crimeml.load_csv('target', csv_with(class), nulls => '{}')$$;

-- caught in a block: what came before and after it stays, and no row of the load
CREATE FUNCTION attempt(class text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  INSERT INTO told VALUES ('before ' || class);
  BEGIN
    INSERT INTO told VALUES ('inside ' || class);
    result := load_with(class);
  EXCEPTION WHEN OTHERS OR query_canceled THEN
    result := SQLSTATE || ' ' || SQLERRM;
  END;
  INSERT INTO told VALUES ('after ' || class);
  RETURN result;
END$$;
DO $$
DECLARE
  class text;
  result text;
BEGIN
  FOREACH class IN ARRAY '{08006,25006,25P02,40001,40P01,53100,53200,53400,55000,55006,55P03,57014,57P01,57P05,58000,58030,F0000,XX001,XX002}'::text[] LOOP
    result := attempt(class);
    IF result IS DISTINCT FROM class || ' refused' OR EXISTS (SELECT FROM target) THEN
      RAISE WARNING '%: %, % rows', class, result, (SELECT count(*) FROM target);
    END IF;
  END LOOP;
END$$;
SELECT count(*), count(*) FILTER (WHERE what LIKE 'inside%') AS inside, count(DISTINCT right(what, 5)) AS classes FROM told;
SELECT count(*) FROM target;
SELECT count(*) FROM crimeml.loads WHERE target = 'public.target';
-- other errors are about the row
SELECT attempt('22023'), attempt('23514'), attempt('42501'), attempt('54000'), attempt('P0001'), attempt('XX000');
SELECT count(*), count(DISTINCT n) FROM target;
TRUNCATE target, told;

\set VERBOSITY terse
-- in a transaction: back to the savepoint, and on
BEGIN;
INSERT INTO target VALUES (-1, '');
SAVEPOINT here;
INSERT INTO target VALUES (-2, '');
SELECT load_with('53100');
SELECT 1 AS aborted;
ROLLBACK TO here;
INSERT INTO target VALUES (-3, '');
SELECT load_with('57014');
ROLLBACK TO here;
SELECT load_with('');
SAVEPOINT there;
SELECT load_with('55P03');
ROLLBACK TO there;
RELEASE there;
INSERT INTO target VALUES (-4, '');
COMMIT;
SELECT count(*), min(n), max(n), count(*) FILTER (WHERE n < 0) AS by_hand FROM target;
TRUNCATE target;
-- without one: ROLLBACK ends the transaction and not the session
BEGIN;
SELECT load_with('58030');
ROLLBACK;
SELECT load_with('58030');
SELECT load_with('');
SELECT count(*) FROM target;
TRUNCATE target;
-- while fields become values: a domain's own function
CREATE FUNCTION small(n int) RETURNS bool LANGUAGE plpgsql AS
$$BEGIN IF n > 2500 THEN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END IF; RETURN true; END$$;
CREATE DOMAIN small AS int CHECK (small(VALUE));
CREATE TABLE narrow (n small);
BEGIN;
SAVEPOINT here;
SELECT * FROM crimeml.load_csv('narrow', csv_with(''));
ROLLBACK TO here;
INSERT INTO narrow VALUES (1);
COMMIT;
SELECT count(*) FROM narrow;

-- PostgreSQL's own: a timeout while a trigger sleeps, and one while rows are read
CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN IF NEW.n = 2501 THEN PERFORM pg_sleep(60); END IF; RETURN NEW; END$$;
CREATE TRIGGER sleep BEFORE INSERT ON target FOR EACH ROW EXECUTE FUNCTION sleep();
BEGIN;
INSERT INTO target VALUES (-1, '');
SAVEPOINT here;
SET LOCAL statement_timeout = 500;
SELECT load_with('');
ROLLBACK TO here;
INSERT INTO target VALUES (-2, '');
SET LOCAL statement_timeout = 500;
SELECT attempt('');
SET LOCAL statement_timeout = 0;
INSERT INTO target VALUES (-3, '');
COMMIT;
SELECT count(*), min(n), max(n) FROM target;
SELECT * FROM told;
TRUNCATE target, told;
DROP TRIGGER sleep ON target;
-- temporary files above the limit
CREATE TABLE wide (n int, t text);
SELECT convert_to(E'n,t\n' || string_agg(i || ',' || repeat(md5(i::text), 100), E'\n'), 'UTF8') AS content INTO TEMP wide_csv FROM generate_series(1, 1000) i;
BEGIN;
SET LOCAL work_mem = 64;
SET LOCAL temp_file_limit = 64;
INSERT INTO wide VALUES (-1);
SAVEPOINT here;
SELECT crimeml.load_csv('wide', content) FROM wide_csv;
ROLLBACK TO here;
INSERT INTO wide VALUES (-2);
RESET temp_file_limit;
SELECT read, loaded FROM wide_csv, crimeml.load_csv('wide', content);
COMMIT;
SELECT count(*) FROM wide;
-- the settings are the session's again
SHOW DateStyle;
SHOW TimeZone;

-- the log cannot be written: after the last row, as another role
CREATE FUNCTION no_log() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'no log' USING ERRCODE = '53100'; END$$;
CREATE TRIGGER no_log BEFORE INSERT ON crimeml.loads FOR EACH ROW EXECUTE FUNCTION no_log();
SET ROLE NONE;
SELECT attempt('');
SELECT current_user = session_user AS same;
DROP TRIGGER no_log ON crimeml.loads;
SELECT count(*) FROM target;

DROP TABLE target, told, narrow, wide;
DROP DOMAIN small;
DROP FUNCTION refuse, csv_with, load_with, attempt, small, sleep, no_log;

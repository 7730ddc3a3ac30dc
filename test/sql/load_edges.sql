-- load_csv() where two things meet: blocks of the reader, NULLs in a key, clocks that are changed.
SET client_min_messages = warning;
CREATE TABLE loaded (id int, v text);

-- Lines, quotes and characters across the border of a block (128 kB): "special" is moved over it byte by byte.
CREATE TABLE special (what text, csv text, lines int, v text[]);
INSERT INTO special VALUES
  ('CR LF', E'1,ab\r\n2,cd\r\n', 2, '{ab,cd}'),
  ('CR', E'1,ab\r2,cd\r\n', 2, '{ab,cd}'),
  ('empty lines', E'1,ab\r\n\r\n\r\n\n\r2,cd\r\n', 6, '{ab,cd}'),
  ('quotes', E'1,"ab"\r\n2,"c,""d"""\r\n', 2, E'{ab,"c,\\"d\\""}'),
  ('only quotes', E'1,""""\r\n2,""""""\r\n', 2, E'{"\\"","\\"\\""}'),
  ('lines in quotes', E'1,"a\r\nb"\r\n2,"\rc\n"\r\n', 5, E'{"a\r\nb","\rc\n"}'),
  ('characters', E'1,\u00df\u20ac\r\n2,"\U0001F5FA"\r\n', 2, E'{\u00df\u20ac,\U0001F5FA}');
-- three borders, before each a row that fills the block; then a bad row, and one that the end cuts off
CREATE FUNCTION csv_at(shift int, s special) RETURNS bytea LANGUAGE sql AS
$$SELECT convert_to(E'id,v\n0,' || repeat('x', 131072 - shift - 8) || E'\n' || s.csv ||
  repeat('0,' || repeat('x', 131072 - octet_length(s.csv) - 3) || E'\n' || s.csv, 2) || E'3,too,many\r\n4,last', 'UTF8')$$;
CREATE FUNCTION way(how text, content bytea, path text) RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
  lo oid;
BEGIN
  IF how = 'bytes' THEN
    RETURN QUERY SELECT read, loaded, rejected, load_id FROM crimeml.load_csv('loaded', content);
    RETURN;
  END IF;
  lo := lo_from_bytea(0, content);
  IF how = 'large object' THEN
    RETURN QUERY SELECT read, loaded, rejected, load_id FROM crimeml.load_csv('loaded', lo);
  ELSIF how = 'file' THEN
    PERFORM lo_export(lo, path);
    RETURN QUERY SELECT read, loaded, rejected, load_id FROM crimeml.load_csv_file('loaded', path);
  END IF;
  PERFORM lo_unlink(lo);
END$$;
CREATE FUNCTION borders(how text, path text) RETURNS TABLE (cases bigint, differ bigint, example text) LANGUAGE plpgsql AS $$
DECLARE
  s special;
  load record;
BEGIN
  cases := 0;
  differ := 0;
  FOR s IN SELECT * FROM special LOOP
    FOR shift IN -1 .. octet_length(s.csv) + 1 LOOP
      TRUNCATE loaded;
      SELECT * INTO load FROM way(how, csv_at(shift, s), path) w(read bigint, loaded bigint, rejected bigint, load_id bigint);
      cases := cases + 1;
      IF (load.read, load.loaded, load.rejected) IS DISTINCT FROM (11, 10, 1) OR
        (SELECT count(*) FROM loaded WHERE v = s.v[id]) <> 6 OR
        (SELECT sum(length(v)) FROM loaded WHERE id = 0) <> 3 * 131072 - shift - 8 - 2 * (octet_length(s.csv) + 3) OR
        (SELECT array_agg(v) FROM loaded WHERE id = 4) IS DISTINCT FROM '{last}' OR
        (SELECT array_agg((line, content)::text) FROM crimeml.rejected_rows r WHERE r.load_id = load.load_id) IS DISTINCT FROM
        ARRAY[(4 + 3 * s.lines + 1, '3,too,many'::text)::text]
      THEN
        differ := differ + 1;
        example := format('%s, %s bytes before the borders', s.what, shift);
      END IF;
    END LOOP;
  END LOOP;
  RETURN NEXT;
END$$;
SELECT current_setting('data_directory') || '/regress_crimeml_edges.csv' AS path \gset
-- the special rows begin where it says they do
SELECT bool_and(substring(csv_at(5, s) FROM i * 131072 - 5 + 1 FOR octet_length(csv)) = convert_to(csv, 'UTF8')) AS at_border
FROM special s, generate_series(1, 3) i;
SELECT * FROM borders('bytes', NULL);
SELECT * FROM borders('large object', NULL);
SELECT * FROM borders('file', :'path');
-- and as COPY has it, for what COPY takes
CREATE TABLE copied (id int, v text);
TRUNCATE loaded;
SELECT lo_from_bytea(0, convert_to(string_agg(CASE WHEN i % 3 = 0 THEN i || E',"line \u20ac ' || i || E'\r\nand ""' || md5(i::text) || E'"""\r\n'
  ELSE i || E',\u00df' || repeat(md5(i::text), i % 7) || E'\r\n' END, '' ORDER BY i), 'UTF8')) AS lo FROM generate_series(1, 20000) i \gset
SELECT lo_export(:lo, :'path');
COPY copied FROM :'path' (FORMAT csv, NULL 'none');
SELECT read, loaded, rejected FROM crimeml.load_csv_file('loaded', :'path', header => false, nulls => '{}');
SELECT count(*) AS differ FROM (TABLE copied EXCEPT ALL TABLE loaded) d;
TRUNCATE loaded;
SELECT read, loaded, rejected FROM crimeml.load_csv('loaded', :lo::oid, header => false, nulls => '{}');
SELECT count(*) AS differ FROM (TABLE copied EXCEPT ALL TABLE loaded) d;
SELECT lo_unlink(:lo);
\set remove 'rm ' :path
COPY (SELECT 1) TO PROGRAM :'remove';

-- Line numbers of what is rejected: rows over several lines, empty lines, batches; line 1 is the header.
TRUNCATE loaded;
SELECT load_id FROM crimeml.load_csv('loaded', convert_to(
  E'id,v\n' || (SELECT string_agg(CASE i % 4 WHEN 0 THEN format(E'%s,"two\nlines"', i) WHEN 1 THEN format(E'%s,one\n', i) WHEN 2 THEN format('x%s,bad', i)
    ELSE format(E'x%s,"bad\n\nof three"', i) END, E'\n' ORDER BY i) FROM generate_series(0, 3999) i), 'UTF8')) \gset
-- four rows take 2 + 2 + 1 + 3 lines
SELECT count(*), count(*) FILTER (WHERE line = 2 + n / 4 * 8 + CASE n % 4 WHEN 2 THEN 4 ELSE 5 END) AS right_line, min(line), max(line)
FROM (SELECT line, substring(content FROM 'x(\d+)')::int AS n FROM crimeml.rejected_rows WHERE load_id = :load_id) r;

-- NULL in a part of a key is never equal: as PostgreSQL's own unique constraint has it.
CREATE TABLE by_index (a int, b text, n int, UNIQUE (a, b));
CREATE TABLE by_join (a int, b text, n int);
CREATE TABLE by_postgres (LIKE by_index INCLUDING INDEXES);
CREATE FUNCTION keys(first int) RETURNS text LANGUAGE sql AS
$$SELECT E'a,b,n\n' || string_agg(concat_ws(',', coalesce(a::text, ''), coalesce(b, ''), n), E'\n' ORDER BY n) FROM (
  SELECT a, b, first + (row_number() OVER (ORDER BY turn, a, b))::int AS n
  FROM (VALUES (1), (2), (NULL)) x(a), (VALUES ('x'), ('y'), (NULL)) y(b), generate_series(1, 3) turn) k$$;
INSERT INTO by_postgres SELECT nullif(f[1], '')::int, nullif(f[2], ''), f[3]::int
FROM (SELECT string_to_array(line, ',') AS f FROM regexp_split_to_table(keys(0), E'\n') line WHERE line <> 'a,b,n') l ON CONFLICT DO NOTHING;
INSERT INTO by_postgres SELECT nullif(f[1], '')::int, nullif(f[2], ''), f[3]::int
FROM (SELECT string_to_array(line, ',') AS f FROM regexp_split_to_table(keys(100), E'\n') line WHERE line <> 'a,b,n') l ON CONFLICT DO NOTHING;
-- 9 keys three times, 5 with a NULL; in the second load only these are new
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('by_index', convert_to(keys(0), 'UTF8'), unique_key => '{a,b}');
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('by_join', convert_to(keys(0), 'UTF8'), unique_key => '{a,b}');
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('by_index', convert_to(keys(100), 'UTF8'), unique_key => '{b,a}');
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('by_join', convert_to(keys(100), 'UTF8'), unique_key => '{b,a}');
SELECT count(*), count(*) FILTER (WHERE a IS NULL OR b IS NULL) AS with_null FROM by_postgres;
SELECT (SELECT count(*) FROM (TABLE by_postgres EXCEPT ALL TABLE by_index) d) + (SELECT count(*) FROM (TABLE by_index EXCEPT ALL TABLE by_postgres) d) AS index_differs,
  (SELECT count(*) FROM (TABLE by_postgres EXCEPT ALL TABLE by_join) d) + (SELECT count(*) FROM (TABLE by_join EXCEPT ALL TABLE by_postgres) d) AS join_differs;
-- a column of the key is named once, and where an index takes NULLs for equal the key still does not
SELECT crimeml.load_csv('by_index', convert_to(keys(0), 'UTF8'), unique_key => '{a,b,a}');
CREATE TABLE one_null (a int, n int);
SELECT current_setting('server_version_num')::int >= 150000 AS distinct_nulls \gset
\if :distinct_nulls
CREATE UNIQUE INDEX ON one_null (a) NULLS NOT DISTINCT;
\else
CREATE UNIQUE INDEX ON one_null (coalesce(a, 0));
\endif
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('one_null', E'a,n\n1,1\n,2\n,3\n1,4\n'::bytea, unique_key => '{a}');
SELECT line, sqlstate FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads);
-- a row that a partition's trigger keeps out is no duplicate
CREATE TABLE parted (n int UNIQUE) PARTITION BY RANGE (n);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (10) TO (20);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER nothing BEFORE INSERT ON parted_high FOR EACH ROW EXECUTE FUNCTION nothing();
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('parted', E'n\n1\n1\n11\n2\n'::bytea, unique_key => '{n}');
SELECT line, reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads);

-- Times in the hour that is left out and in the one that comes twice, in the column's zone and not in the session's:
-- New York had no 02:00 to 03:00 on March 10th 2019 and 01:00 to 02:00 twice on November 3rd, Berlin none on March 31st and
-- 02:00 to 03:00 twice on October 27th.  PostgreSQL takes winter time for both, which is an hour later on the clock in spring.
CREATE TABLE clock (id int, at timestamptz, local timestamp, day date, hour time, own timestamptz);
CREATE TABLE expected (id int, at timestamptz, own timestamptz, text text);
INSERT INTO expected VALUES
  (1, '2019-03-10 06:59+00', '2019-03-10 00:59+00', '2019-03-10 01:59'), (2, '2019-03-10 07:30+00', '2019-03-10 01:30+00', '2019-03-10 02:30'),
  (3, '2019-03-10 07:00+00', '2019-03-10 02:00+00', '2019-03-10 03:00'), (4, '2019-11-03 04:59+00', '2019-11-02 23:59+00', '2019-11-03 00:59'),
  (5, '2019-11-03 06:30+00', '2019-11-03 00:30+00', '2019-11-03 01:30'), (6, '2019-11-03 07:00+00', '2019-11-03 01:00+00', '2019-11-03 02:00'),
  (7, '2019-03-31 06:30+00', '2019-03-31 01:30+00', '2019-03-31 02:30'), (8, '2019-10-27 06:30+00', '2019-10-27 01:30+00', '2019-10-27 02:30');
CREATE FUNCTION clocks(format text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  rest jsonb := CASE WHEN format IS NULL THEN '{}' ELSE jsonb_build_object('format', format) END;
  result text;
BEGIN
  TRUNCATE clock;
  SELECT concat_ws(' ', loaded, rejected) INTO result FROM crimeml.load_csv('clock',
    (SELECT convert_to(E'id,text\n' || string_agg(id || ',' || CASE WHEN format IS NULL THEN text ELSE to_char(text::timestamp, 'DD.MM.YYYY HH24:MI') END, E'\n'), 'UTF8') FROM expected),
    jsonb_build_object('id', 'id', 'at', '{"from": "text", "time_zone": "America/New_York"}'::jsonb || rest, 'own', '{"from": "text", "time_zone": "Europe/Berlin"}'::jsonb || rest) ||
    CASE WHEN format IS NULL THEN '{"local": "text"}' ELSE jsonb_build_object('local', '{"from": "text"}'::jsonb || rest, 'day', '{"from": "text"}'::jsonb || rest, 'hour', '{"from": "text"}'::jsonb || rest) END);
  RETURN result || (SELECT format(', %s wrong', count(*)) FROM expected e LEFT JOIN clock c USING (id)
    WHERE (c.at, c.own, c.local) IS DISTINCT FROM (e.at, e.own, e.text::timestamp) OR (c.day, c.hour) IS DISTINCT FROM
      (CASE WHEN format IS NOT NULL THEN e.text::timestamp::date END, CASE WHEN format IS NOT NULL THEN e.text::timestamp::time END));
END$$;
CREATE FUNCTION clocks_in(zone text) RETURNS TABLE (plain text, formatted text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('timezone', zone, true);
  RETURN QUERY SELECT clocks(NULL), clocks('DD.MM.YYYY HH24:MI');
END$$;
SELECT zone, c.* FROM unnest('{UTC,America/New_York,Europe/Berlin,America/Los_Angeles,Australia/Lord_Howe,Asia/Kathmandu}'::text[]) zone, clocks_in(zone) c;
-- the session's zone is what it was, after a time that cannot be read as well
SET TIME ZONE 'Europe/Berlin';
SELECT loaded, rejected FROM crimeml.load_csv('clock', E'id,text\n9,2019-13-10 02:30\n'::bytea, '{"id": "id", "at": {"from": "text", "time_zone": "America/New_York"}}');
SELECT timestamptz '2019-03-31 02:30' = '2019-03-31 01:30+00' AS still_berlin;
-- a caller's zone in the gap, where the column has none
SELECT loaded FROM crimeml.load_csv('clock', E'id,text\n10,2019-03-31 02:30\n11,2019-10-27 02:30\n'::bytea, '{"id": "id", "at": "text"}');
SET DateStyle = ISO;
SELECT id, at AT TIME ZONE 'UTC' AS utc FROM clock WHERE id >= 10 ORDER BY id;
-- Unique indexes that do not say what the key says: the table still ends with one row of each n, the first.
CREATE TABLE wider (n int, m int, UNIQUE (n, m));
CREATE TABLE partly (n int, m int);
CREATE UNIQUE INDEX ON partly (n) WHERE m > 3;
CREATE TABLE later (n int UNIQUE DEFERRABLE, m int);
CREATE TABLE computed (n int, m int);
CREATE UNIQUE INDEX ON computed ((n + 0));
CREATE FUNCTION one_each(target text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  SELECT concat_ws(' ', read, loaded, rejected, duplicates) INTO result FROM crimeml.load_csv(target::regclass, E'n,m\n1,1\n2,2\n1,3\n1,4\n3,5\n2,6\n2,7\n'::bytea, unique_key => '{n}');
  EXECUTE format('SELECT %L || '', '' || string_agg(concat(n, '':'', m), '' '' ORDER BY n, m) FROM %I', result, target) INTO result;
  RETURN result;
END$$;
SELECT target, one_each(target) FROM unnest('{wider,partly,later,computed}'::text[]) target;

-- Words that PostgreSQL takes for a time are none of an incident.
SELECT read, loaded, rejected FROM crimeml.load_csv('clock', E'id,text\n20,infinity\n21,-infinity\n22,epoch\n23,now\n24,today 10:00\n25,2019-07-04\n'::bytea,
  '{"id": "id", "at": {"from": "text", "time_zone": "UTC"}, "local": "text", "day": "text"}');
SELECT id, at = '2019-07-04 00:00+00' AS at, local = '2019-07-04' AS local, day = '2019-07-04' AS day FROM clock WHERE id >= 20;
-- AM and PM are no zones: the session's is told of, and not where the text has one.
SET client_min_messages = notice;
CREATE FUNCTION told_zone(text) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE clock;
  PERFORM crimeml.load_csv('clock', convert_to(E'at\n' || $1 || E'\n', 'UTF8'));
  RETURN (SELECT at AT TIME ZONE 'UTC' FROM clock);
END$$;
SET TIME ZONE 'UTC';
SELECT told_zone('2019-07-04 01:30 pm') = '2019-07-04 13:30+00' AS pm;
SELECT told_zone('2019-07-04 01:30AM') = '2019-07-04 01:30+00' AS am;
SELECT told_zone('2019-07-04 01:30 pm EST') = '2019-07-04 18:30+00' AS zone, told_zone('2019-07-04 13:30Z') = '2019-07-04 13:30+00' AS z,
  told_zone('2019-07-04 13:30-05') = '2019-07-04 18:30+00' AS numeric;
SET client_min_messages = warning;
-- The ends of the earth.
CREATE TABLE place (geom geometry(Point, 4326));
SELECT read, loaded, rejected FROM crimeml.load_csv('place', E'x,y\n180,90\n-180,-90\n180.5,0\n-180.5,0\n0,90.5\n0,-90.5\n'::bytea,
  '{"geom": {"from": ["x", "y"]}}');
SELECT string_agg(content, ' ' ORDER BY line) AS rejected FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads);

DROP TABLE loaded, special, copied, by_index, by_join, by_postgres, parted, wider, partly, later, computed, clock, expected, place CASCADE;
DROP FUNCTION way, nothing, borders, keys, clocks, clocks_in, one_each, told_zone;

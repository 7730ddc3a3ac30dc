-- Where a file is cut into blocks, keys with a NULL in them, and hours that clocks skip or repeat.
SET client_min_messages = warning;

-- Every byte of some lines falls on either side of the borders of the reader's blocks of 128 kB: line ends, quotes that are
-- doubled, characters of several bytes.  What is expected is known from how the file is made.
CREATE TABLE read (n int, t text);
CREATE FUNCTION at_border(border int, shift int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  tail text := E'\r\n2,"q""q\r\nr"\r\n3,é€😀\n4,\r5,"""" \r\n6,end';
  front text := E'n,t\r\n1,';
  filler text := repeat('x', border + shift - length(front));
  result text;
BEGIN
  SELECT format('%s = %s + %s', l.read, l.loaded, l.rejected) INTO result FROM crimeml.load_csv('read', convert_to(front || filler || tail, 'UTF8')) l;
  -- a blank after the closing quote makes line 5 a bad record
  IF result <> '6 = 5 + 1' OR (SELECT array_agg(t ORDER BY n) FROM read) IS DISTINCT FROM
    ARRAY[filler, E'q"q\r\nr', 'é€😀', NULL, 'end'] THEN
    RETURN format('border %s, shift %s: %s', border, shift, result);
  END IF;
  TRUNCATE read;
  RETURN NULL;
END$$;
SELECT count(*), count(at_border(border, shift)) AS wrong, min(at_border(border, shift)) AS first
FROM unnest(ARRAY[128, 256, 384]) kb, LATERAL (SELECT kb * 1024 AS border) b, generate_series(-60, 3) shift;
-- a file that ends at a border, with its last line end and without, and in the middle of a CR LF
SELECT tail, bool_and(l.read = 1 AND l.loaded = 1 AND l.rejected = 0) AS one
FROM (VALUES (E'\r\n'), (E'\r'), (E'\n'), ('')) v(tail), generate_series(-3, 3) shift,
  LATERAL crimeml.load_csv('read', convert_to(E'n,t\r\n1,' || repeat('x', 131072 - 7 + shift) || tail, 'UTF8')) l GROUP BY tail ORDER BY tail;
SELECT length(t), count(*) FROM read GROUP BY 1 ORDER BY 1;
DROP FUNCTION at_border;
DROP TABLE read;

-- A key in which anything is NULL is never a duplicate, as in a unique index, whichever way duplicates are found.
CREATE TABLE plain (a int, b text, c int);
CREATE TABLE indexed (a int, b text, c int, UNIQUE (a, b));
CREATE TABLE both_null (a int, b text, c int, UNIQUE (a, b));
CREATE TEMP TABLE line AS
SELECT i, nullif(i * 7919 % 5, 0) AS a, nullif('k' || i * 104729 % 3, 'k0') AS b FROM generate_series(1, 600) i;
CREATE TEMP TABLE file AS
SELECT convert_to(E'a,b,c\n' || string_agg(concat_ws(',', coalesce(a::text, ''), coalesce(b, ''), i), E'\n' ORDER BY i), 'UTF8') AS content FROM line;
SELECT count(*) AS read, count(*) FILTER (WHERE a IS NULL OR b IS NULL) + count(DISTINCT (a, b)) FILTER (WHERE a IS NOT NULL AND b IS NOT NULL) AS loaded FROM line;
SELECT 'a join' AS by, read, loaded, duplicates FROM file, crimeml.load_csv('plain', content, unique_key => '{a,b}')
UNION ALL SELECT 'an index', read, loaded, duplicates FROM file, crimeml.load_csv('indexed', content, unique_key => '{a,b}');
-- once more on top: what has no NULL is there, all others come again
SELECT 'a join' AS by, read, loaded, duplicates FROM file, crimeml.load_csv('plain', content, unique_key => '{a,b}')
UNION ALL SELECT 'an index', read, loaded, duplicates FROM file, crimeml.load_csv('indexed', content, unique_key => '{a,b}');
-- as PostgreSQL itself
INSERT INTO both_null SELECT a, b, i FROM line ORDER BY i ON CONFLICT (a, b) DO NOTHING;
SELECT (SELECT array_agg(c ORDER BY c) FROM both_null) = (SELECT array_agg(c ORDER BY c) FROM (SELECT DISTINCT c FROM indexed) i) AS index_same,
  (SELECT array_agg(c ORDER BY c) FROM both_null) = (SELECT array_agg(c ORDER BY c) FROM (SELECT DISTINCT c FROM plain) p) AS join_same;
DROP TABLE plain, indexed, both_null, line, file;

-- Hours that clocks skip and repeat in the file's zone, and in the session's own, which plays no part.
CREATE TABLE told (zone text, at timestamptz, written text);
CREATE TEMP TABLE hour AS
SELECT zone, written FROM unnest(ARRAY['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'UTC']) zone,
  unnest(ARRAY['2024-03-10 01:59:59', '2024-03-10 02:00:00', '2024-03-10 02:30:00', '2024-03-10 03:00:00',
    '2024-11-03 00:59:59', '2024-11-03 01:00:00', '2024-11-03 01:30:00', '2024-11-03 02:00:00',
    '2024-03-31 01:59:59', '2024-03-31 02:30:00', '2024-10-27 02:30:00', '2024-04-07 01:45:00', '2024-10-06 02:15:00']) written;
CREATE FUNCTION load_hours(session_zone text, form text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  z text;
  wrong int;
BEGIN
  PERFORM set_config('TimeZone', session_zone, true);
  TRUNCATE told;
  FOR z IN SELECT DISTINCT zone FROM hour LOOP
    PERFORM crimeml.load_csv('told', (SELECT convert_to(E'zone,written\n' || string_agg(zone || ',' || written, E'\n'), 'UTF8') FROM hour WHERE zone = z),
      jsonb_build_object('zone', 'zone', 'written', 'written', 'at', jsonb_strip_nulls(jsonb_build_object('from', 'written', 'time_zone', z, 'format', form))));
  END LOOP;
  SELECT count(*) INTO wrong FROM hour h LEFT JOIN told t USING (zone, written) WHERE t.at IS DISTINCT FROM h.written::timestamp AT TIME ZONE h.zone;
  RETURN format('%s rows, %s wrong', (SELECT count(*) FROM told), wrong);
END$$;
SELECT session_zone, load_hours(session_zone, NULL) AS iso, load_hours(session_zone, 'YYYY-MM-DD HH24:MI:SS') AS by_format
FROM unnest(ARRAY['America/New_York', 'Europe/Berlin', 'Pacific/Kiritimati', 'UTC']) session_zone;
-- without a zone of its own the session's counts: 02:30 in New York is read as 03:30 there
SET TimeZone = 'America/New_York';
TRUNCATE told;
SELECT loaded FROM crimeml.load_csv('told', E'at,written\n2024-03-10 02:30:00,gap\n2024-11-03 01:30:00,twice\n2024-07-01 12:00:00+02,own\n'::bytea);
SELECT written, at AT TIME ZONE 'UTC' AS utc FROM told ORDER BY at;
DROP FUNCTION load_hours;
DROP TABLE told, hour;

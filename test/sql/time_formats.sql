-- load_csv(): formats and texts of times that do not fit are told, and never load another time.
SET TIME ZONE 'UTC';
SET client_min_messages = warning;
CREATE TABLE moment (at timestamp, on_day date, clock time, zoned timestamptz);
-- what a text becomes in a column by a format, or why not
CREATE FUNCTION reading(text text, format text, col text DEFAULT 'at') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  load record;
  result text;
BEGIN
  TRUNCATE moment;
  SELECT * INTO load FROM crimeml.load_csv('moment', convert_to('"' || text || '"', 'UTF8'),
    jsonb_build_object(col, jsonb_build_object('from', 1) || CASE WHEN format IS NULL THEN '{}' ELSE jsonb_build_object('format', format) END), header => false);
  IF load.loaded = 1 THEN
    EXECUTE format('SELECT %I::text FROM moment', col) INTO result;
    RETURN result;
  END IF;
  SELECT split_part(reason, ';', 1) INTO result FROM crimeml.rejected_rows r WHERE r.load_id = load.load_id;
  RETURN result;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN SQLERRM;
END$$;

-- formats that are none
SELECT format, reading('07/04/2019 13:30', format) FROM unnest('{MM/DD/RR HH24:MI,%m/%d/%Y,%Y-%m-%d,YYYY-MM-DDTHH24:MI,MM/dd/yyyy HH24:mm,dd.MM.yyyy hh:mm,MM/DD HH24:MI,HH24:MI,
  MI/DD/YYYY,MM/DD/YYYY HH24:SS,MM/DD/YYYY MI,MM/DD/YYYY HH:MI,MM/DD/YYYY hh12:mi,YYYY-MM-DD at HH24:MI,MM/DD/YYYY YY,Mm/Dd/Yyyy}'::text[]) WITH ORDINALITY f(format, n) ORDER BY n;
SELECT reading('10:00', 'MI', 'clock'), reading('2019', 'YYYY', 'clock');
-- formats that are: in lower case, with text in quotes, prefixes, suffixes, names, days of the year, weeks; values by PostgreSQL's own input
SELECT f.format, reading(f.text, f.format) AS read, reading(f.text, f.format) IS NOT DISTINCT FROM f.expected::timestamp::text AS right FROM (VALUES
  ('2019-07-04T13:30', 'YYYY-MM-DD"T"HH24:MI', '2019-07-04 13:30'), ('2019-07-04 13:30', 'yyyy-mm-dd hh24:mi', '2019-07-04 13:30'),
  ('7/4/19 9:05', 'FMMM/DD/YY HH24:MI', '2019-07-04 09:05'), ('7/4/99', 'MM/DD/YY', '1999-07-04'), ('4th July 2019', 'DDth Month YYYY', '2019-07-04'),
  ('Thu, 04 Jul 2019', 'Dy, DD Mon YYYY', '2019-07-04'), ('20190704133005', 'YYYYMMDDHH24MISS', '2019-07-04 13:30:05'), ('2019-185', 'YYYY-DDD', '2019-07-04'),
  ('2019-W27-4', 'IYYY-"W"IW-ID', '2019-07-04'), ('04.07.2019 48605', 'DD.MM.YYYY SSSSS', '2019-07-04 13:30:05'), ('2458669', 'J', '2019-07-04'),
  ('2019-07-04 13:30:05.25', 'YYYY-MM-DD HH24:MI:SS.MS', '2019-07-04 13:30:05.25'), ('  2019-07-04   13:30  ', 'YYYY-MM-DD HH24:MI', '2019-07-04 13:30'),
  ('2019/07/04 13.30', 'YYYY-MM-DD HH24:MI', '2019-07-04 13:30'), ('2019-07-04 13:30 AD', 'YYYY-MM-DD HH24:MI BC', '2019-07-04 13:30'),
  -- parts of a second alone may be left unread
  ('2019-07-04 13:30:05.999', 'YYYY-MM-DD HH24:MI:SS', '2019-07-04 13:30:05'), ('07/04/2019 1:30:05.5 PM', 'MM/DD/YYYY HH12:MI:SS AM', '2019-07-04 13:30:05')) f(text, format, expected);

-- AM and PM in all spellings; 12 AM is midnight
SELECT half, reading('07/04/2019 1:30' || half, 'MM/DD/YYYY HH12:MI AM') AS read, reading('07/04/2019 1:30' || half, 'MM/DD/YYYY HH:MI p.m.') AS with_points,
  reading('07/04/2019 1:30' || half, NULL) AS without, reading('07/04/2019 1:30' || half, 'MM/DD/YYYY HH24:MI') AS in_24
FROM unnest('{" PM"," pm","PM"," Pm"," P.M."," p.m.","p.m"," P. M."," PM  "," A.M."," a.m. "," am"}'::text[]) half;
SELECT reading('07/04/2019 12:05 a.m.', 'MM/DD/YYYY HH12:MI AM'), reading('07/04/2019 12:05 P.M.', 'MM/DD/YYYY HH12:MI AM'), reading('PM 1:30 07/04/2019', 'AM HH12:MI MM/DD/YYYY');
SELECT reading('07/04/2019 1:30', 'MM/DD/YYYY HH12:MI AM'), reading('07/04/2019 13:30 PM', 'MM/DD/YYYY HH12:MI AM'), reading('07/04/2019 1:30 PM', 'MM/DD/YYYY HH24:MI AM');

-- texts that go on where the format ends, or end before it
SELECT text, reading(text, format) FROM (VALUES ('07/04/2019 13:30', 'MM/DD/YYYY'), ('07/04/2019', 'MM/DD/YYYY HH24:MI'), ('07/04/2019 13', 'MM/DD/YYYY HH24:MI'),
  ('07/04/2019 13:30:05', 'MM/DD/YYYY HH24:MI'), ('07/04/2019 13:30 EST', 'MM/DD/YYYY HH24:MI'), ('07/04/2019 13:30+05', 'MM/DD/YYYY HH24:MI'), ('07042019', 'MMDDYY'),
  ('2019-07-04T13:30', 'YYYY-MM-DD HH24:MI'), ('2019-07-04T13:30Z', 'YYYY-MM-DD"T"HH24:MI'), ('07/04/2019 about noon', 'MM/DD/YYYY'), ('13/04/2019', 'MM/DD/YYYY')) t(text, format);
SELECT reading('2019-07-04 13:30', 'HH24:MI', 'clock'), reading('13:30', 'HH24:MI', 'clock'), reading('2019-07-04 13:30', 'YYYY-MM-DD HH24:MI', 'clock');
-- a date needs no time of the day
SELECT reading(text, 'MM/DD/YYYY', 'on_day') FROM unnest('{07/04/2019,07/04/2019 13:30,07/04/2019 12:00:00 AM,07/04/2019T00:00:00Z,07/04/2019 late}'::text[]) text;

-- years of incidents, with a format and without
SELECT text, reading(text, format), reading(text, format, 'on_day') AS day, reading(text, format, 'zoned') AS zoned FROM (VALUES ('07/04/19', 'MM/DD/YYYY'), ('07/04/999', 'MM/DD/YYYY'), ('07/04/1000', 'MM/DD/YYYY'),
  ('9999-12-31', NULL), ('10000-01-01', NULL), ('0999-12-31', NULL), ('1000-01-01', NULL), ('2019-07-04 BC', NULL), ('0001-01-01 BC', NULL), ('2019-07-04 BC', 'YYYY-MM-DD BC')) t(text, format);
DROP TABLE moment;
DROP FUNCTION reading;

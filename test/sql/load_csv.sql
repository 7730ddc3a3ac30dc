-- load_csv(): CSV into a table, losing nothing
SET TIME ZONE 'UTC';
CREATE TABLE incident (
  id bigint PRIMARY KEY,
  offence text NOT NULL,
  hour int CHECK (hour BETWEEN 0 AND 23),
  at timestamptz,
  geom geometry(Point, 26918)
);

-- names as the header has them, in any case
SELECT read, loaded, rejected, duplicates, empty_lines
FROM crimeml.load_csv('incident', E'ID,Offence,hour\n1,Theft,3\n2,"Robbery, armed",23\n3,"said ""no""",\n'::bytea);
TABLE incident ORDER BY id;
TRUNCATE incident;

-- every kind of bad row is kept, and the others are loaded
SELECT read, loaded, rejected, duplicates, empty_lines
FROM crimeml.load_csv('incident', convert_to($csv$id,offence,hour
1,Theft,3
2,Theft
3,Theft,4,5

x4,Theft,4
5,,4
6,Theft,24
1,Theft,5
8,"two
lines",8
9,stray "quote,1
10,"after" quote,1
11,"open quote,1
12,Theft,99999999999
13,"Theft",13
$csv$, 'UTF8'));
SELECT line, reason, sqlstate, content FROM crimeml.rejected_rows
WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
SELECT id, offence, hour FROM incident ORDER BY id;
SELECT target, source, role::text = current_user AND role_name = current_user AS role, read, loaded, rejected, duplicates, empty_lines, finished >= started AS timed
FROM crimeml.loads WHERE target = 'public.incident' ORDER BY load_id;
TRUNCATE incident;

-- a stray quote does not swallow the file: 1000 rows behind it are loaded
SELECT read, loaded, rejected
FROM crimeml.load_csv('incident', convert_to(
  E'id,offence\n0,"stray\n' || (SELECT string_agg(i || ',Theft', E'\n') FROM generate_series(1, 1000) i), 'UTF8'));
TRUNCATE incident;
-- so many lines may a quoted field span, and no more
SELECT read, loaded, rejected
FROM crimeml.load_csv('incident', convert_to(E'id,offence\n1,"' || repeat(E'line\n', 99) || E'"\n', 'UTF8'));
SELECT read, loaded, rejected
FROM crimeml.load_csv('incident', convert_to(E'id,offence\n2,"' || repeat(E'line\n', 100) || E'"\n', 'UTF8'));
TRUNCATE incident;

-- long fields, over many lines and in one
SELECT read, loaded, rejected
FROM crimeml.load_csv('incident', convert_to(E'id,offence\n1,"' || repeat(repeat('x', 9999) || E'\n', 90) || E'"\n2,"' || repeat('y', 3000000) ||
  E'"\n3,"' || repeat(repeat('z', 99999) || E'\n', 20) || E'"\n4,' || repeat('v', 17 * 1024 * 1024) || E'\n5,last', 'UTF8'));
SELECT id, length(offence), md5(offence) = md5(CASE id WHEN 1 THEN repeat(repeat('x', 9999) || E'\n', 90) WHEN 2 THEN repeat('y', 3000000) ELSE 'last' END) AS same
FROM incident ORDER BY id;
SELECT line, reason, length(content) FROM crimeml.rejected_rows
WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) AND line IN (93, 94, 114) ORDER BY line;
TRUNCATE incident;

-- BOM, CRLF, lone CR, no final newline
SELECT read, loaded, rejected, empty_lines FROM crimeml.load_csv('incident', '\xefbbbf'::bytea || E'id,offence\r\n1,Theft\r\n\r\n2,"a\r\nb"\r\n3,Last'::bytea);
SELECT read, loaded, rejected, empty_lines FROM crimeml.load_csv('incident', E'id,offence\r4,Theft\r\r5,Fraud\r'::bytea);
SELECT id, offence, length(offence) FROM incident ORDER BY id;
TRUNCATE incident;

-- NUL bytes, wrong encoding
SELECT read, loaded, rejected FROM crimeml.load_csv('incident',
  E'id,offence\n1,a'::bytea || '\x00'::bytea || E'b\n2,caf'::bytea || '\xe9'::bytea || E'\n3,caf'::bytea || '\xc3a9'::bytea || E'\n4,ok\n'::bytea);
SELECT line, reason, sqlstate, content FROM crimeml.rejected_rows
WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
SELECT id, offence FROM incident ORDER BY id;
SELECT * FROM crimeml.load_csv('incident', '\xfffe690064000a00'::bytea);
SELECT * FROM crimeml.load_csv('incident', '\x1f8b0800'::bytea);
SELECT * FROM crimeml.load_csv('incident', 'PK'::bytea || '\x03041400'::bytea);
TRUNCATE incident;

-- columns: fields by name and number, times with format and zone, places
SELECT read, loaded, rejected FROM crimeml.load_csv('incident', convert_to($csv$Case,OFFENSE,Date,Time,lon,lat
1,Theft,07/04/2019,23:30,-75.16368960,40.04483896
2,Theft,01/02/2019,00:05,,
3,Theft,13/02/2019,00:05,,
4,Theft,,,-75.1,40
5,Theft,01/02/2019,10:00,-75.1,
6,Theft,01/02/2019,10:00,west,40
7,Theft,01/02/2019,10:00 PM,-75.1,40
8,Theft,01/02/2019,10:00,-751,40
$csv$, 'UTF8'), '{"id": "Case", "offence": "offense",
  "at": {"from": ["Date", "Time"], "format": "MM/DD/YYYY HH24:MI", "time_zone": "America/New_York"},
  "geom": {"from": ["lon", "lat"], "srid": 4326, "transform": 26918}}');
SELECT line, reason, sqlstate FROM crimeml.rejected_rows
WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
SELECT id, at, round(ST_X(geom)::numeric, 2) AS x, round(ST_Y(geom)::numeric, 2) AS y, ST_SRID(geom) AS srid FROM incident ORDER BY id;
SELECT bool_and(ST_Distance(geom, ST_Transform('SRID=4326;POINT(-75.16368960 40.04483896)'::geometry, 26918)) < 1e-6) AS as_postgis
FROM incident WHERE id = 1;
TRUNCATE incident;
-- without a header, by number; the session's zone is named; an offset in the text wins
SET TIME ZONE 'America/Chicago';
SELECT read, loaded, rejected FROM crimeml.load_csv('incident', E'1;a;2019-07-04 12:00\n2;b;2019-07-04 12:00+00\n'::bytea,
  '{"id": 1, "offence": 2, "at": 3}', delimiter => ';', header => false);
SELECT read, loaded, rejected FROM crimeml.load_csv('incident', E'3\ta\t2019-07-04 12:00\n4\tb\t2019-07-04 12:00+00\n'::bytea,
  '{"id": 1, "offence": 2, "at": {"from": 3, "time_zone": "UTC"}}', delimiter => E'\t', header => false);
SET TIME ZONE 'UTC';
SELECT id, at FROM incident ORDER BY id;
TRUNCATE incident;
-- IntervalStyle changes nothing: the sign is that of the days, and not of the hours
CREATE TEMP TABLE span (id int, taken interval);
SET IntervalStyle = 'sql_standard';
SELECT read, loaded, rejected FROM crimeml.load_csv('span', E'id,taken\n1,-1 day 02:03:04\n2,3 04:05:06\n'::bytea);
RESET IntervalStyle;
SELECT id, taken = CASE id WHEN 1 THEN make_interval(days => -1, hours => 2, mins => 3, secs => 4)
  ELSE make_interval(days => 3, hours => 4, mins => 5, secs => 6) END AS same FROM span ORDER BY id;
-- DateStyle changes nothing
SET DateStyle = 'SQL, DMY';
SELECT read, loaded, rejected FROM crimeml.load_csv('incident', E'id,offence,at\n1,a,02/01/2019 12:00+00\n2,b,2019-02-01 12:00+00\n'::bytea);
SHOW DateStyle;
RESET DateStyle;
SELECT id, at AT TIME ZONE 'UTC' AS at FROM incident ORDER BY id;
TRUNCATE incident;
-- other types of time, and of place
CREATE TABLE other (local timestamp, day date, clock time(0), place geography, area geometry(Polygon, 4326), own geometry(Point, 26971), code varchar(3));
SELECT read, loaded, rejected FROM crimeml.load_csv('other', convert_to($csv$l,d,c,lon,lat,area,x,y,code
04.07.2019 23:30,04.07.2019,2330,-75,40,"POLYGON((0 0,1 0,1 1,0 0))",350353.39,578924.25,abc
04.07.2019 23:30,04.07.2019,2330,-75,40,POINT(1 1),350353.39,578924.25,abc
04.07.2019 23:30,04.07.2019,2330,-75,40,,350353.39,578924.25,abcd
$csv$, 'UTF8'), '{"local": {"from": "l", "format": "DD.MM.YYYY HH24:MI"}, "day": {"from": "d", "format": "DD.MM.YYYY"},
  "clock": {"from": "c", "format": "HH24MI"}, "place": {"from": ["lon", "lat"]}, "area": "area", "own": {"from": ["x", "y"]}, "code": "code"}');
SELECT line, reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
SELECT local, day, clock, ST_AsText(place) AS place, ST_SRID(area) AS area, ST_SRID(own) AS own, ST_X(own) AS x, code FROM other;

-- nulls
SELECT read, loaded, rejected FROM crimeml.load_csv('incident', E'id,offence,hour\n1,a,NA\n2,b,"NULL"\n3,c,-\n'::bytea, nulls => '{NA,"NULL",-}');
SELECT count(*) FROM incident WHERE hour IS NULL;
TRUNCATE incident;

-- unique_key: by an index, and without one; NULLs are never duplicates
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('incident', E'id,offence\n1,a\n2,b\n1,c\n3,\n3,d\nx,e\n'::bytea, unique_key => '{id}');
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('incident', E'id,offence\n1,a\n4,b\n'::bytea, unique_key => '{id}');
SELECT id, offence FROM incident ORDER BY id;
CREATE TABLE no_index (a int, b text, c int CHECK (c > 0));
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('no_index',
  E'a,b,c\n1,x,1\n1,x,2\n1,y,3\n,x,4\n,x,5\n2,x,-1\n2,x,6\n2,x,7\n3,x,-1\n'::bytea, unique_key => '{a,b}');
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('no_index', E'a,b,c\n1,x,8\n5,x,9\n'::bytea, unique_key => '{b,a}');
SELECT * FROM no_index ORDER BY c;

-- defaults, identity, generated columns, triggers, partitions
CREATE TABLE parts (id int GENERATED ALWAYS AS IDENTITY, n int, kind text DEFAULT 'none', twice int GENERATED ALWAYS AS (2 * n) STORED) PARTITION BY RANGE (n);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (10) TO (20);
SELECT read, loaded, rejected FROM crimeml.load_csv('parts', E'id,n,twice\n77,5,1\n78,15,1\n79,25,1\n'::bytea);
SELECT line, reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
SELECT tableoid::regclass, id > 0 AS numbered, n, kind, twice FROM parts ORDER BY n;
CREATE FUNCTION keep_out() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN IF NEW.n = 1 THEN RETURN NULL; END IF; IF NEW.n = 2 THEN RAISE EXCEPTION 'two is not welcome'; END IF; RETURN NEW; END$$;
CREATE TABLE guarded (n int);
CREATE TRIGGER guard BEFORE INSERT ON guarded FOR EACH ROW EXECUTE FUNCTION keep_out();
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('guarded', E'n\n0\n1\n2\n3\n'::bytea);
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('guarded', E'n\n0\n1\n2\n3\n'::bytea, unique_key => '{n}');
SELECT line, reason, sqlstate FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
CREATE DOMAIN positive AS int NOT NULL CHECK (VALUE > 0);
CREATE TABLE with_domain (n positive);
SELECT read, loaded, rejected FROM crimeml.load_csv('with_domain', E'n,m\n1,\n,\n-1,\n'::bytea);
SELECT line, reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;

-- on_error => 'stop' names line and column, and the first of them
SELECT * FROM crimeml.load_csv('guarded', E'n\n0\nx\ny,z\n'::bytea, on_error => 'stop');
SELECT * FROM crimeml.load_csv('incident', E'id,offence,hour\n11,a,1\n12,b,77\nx,c,1\n'::bytea, on_error => 'stop');
SELECT * FROM crimeml.load_csv('guarded', E'n\n4\n5,6\nx\n'::bytea, on_error => 'stop');
SELECT count(*) FROM guarded WHERE n >= 4;

-- many bad rows among many, across batches
CREATE TABLE many (n int CHECK (n % 100 <> 0), m int);
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('many', convert_to(
  (SELECT E'n,m\n' || string_agg(i || ',' || CASE WHEN i % 77 = 0 THEN 'x' ELSE i::text END, E'\n') FROM generate_series(1, 5000) i), 'UTF8'));
SELECT count(*), count(*) FILTER (WHERE n = m) AS same, 5000 - 50 - 64 AS expected FROM many;
SELECT count(*), count(DISTINCT line), min(line), max(line) FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads);

-- keys that come twice, in batches far apart, without an index
CREATE TABLE twice (n int, m int);
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv('twice', convert_to(
  (SELECT E'n,m\n' || string_agg(i % 4000 || ',' || i, E'\n' ORDER BY i) FROM generate_series(1, 10000) i), 'UTF8'), unique_key => '{n}');
SELECT count(*), count(DISTINCT n), max(m) FROM twice;

-- empty content
SELECT * FROM crimeml.load_csv('incident', ''::bytea);
SELECT read, loaded, rejected, empty_lines FROM crimeml.load_csv('incident', ''::bytea, header => false);
SELECT read, loaded, rejected, empty_lines FROM crimeml.load_csv('incident', E'id,offence\n\n\n'::bytea);

-- bad arguments
SELECT * FROM crimeml.load_csv(NULL, ''::bytea);
SELECT * FROM crimeml.load_csv('incident', NULL::bytea);
SELECT * FROM crimeml.load_csv('incident', ''::bytea, delimiter => ';;');
SELECT * FROM crimeml.load_csv('incident', ''::bytea, delimiter => '"');
SELECT * FROM crimeml.load_csv('incident', ''::bytea, delimiter => NULL);
SELECT * FROM crimeml.load_csv('incident', ''::bytea, header => NULL);
SELECT * FROM crimeml.load_csv('incident', ''::bytea, on_error => 'rejct');
SELECT * FROM crimeml.load_csv('incident', E'id,id\n1,1\n'::bytea);
SELECT * FROM crimeml.load_csv('incident', E'"id\n1,1\n'::bytea);
SELECT * FROM crimeml.load_csv('incident', E'a;b\n1;1\n'::bytea);
SELECT * FROM crimeml.load_csv('incident', E'ID,Id\n1,1\n'::bytea);
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, unique_key => '{idd}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, unique_key => '{}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '[]');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"idd": "id"}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"id": "case"}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"offence": "offense"}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"id": 3}');
SELECT * FROM crimeml.load_csv('incident', E'1,1\n'::bytea, '{"id": 3}', header => false);
SELECT * FROM crimeml.load_csv('incident', E'1,1\n'::bytea, '{"id": "id"}', header => false);
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"id": null}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"id": {"form": "id"}}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"id": {"format": "YYYY"}}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"id": {"from": "id", "format": "YYYY"}}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"id": {"from": "id", "srid": 4326}}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"at": {"from": "id", "time_zone": "Mars"}}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"geom": {"from": ["id", "offence"], "srid": 4326, "transform": 4326}}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"geom": {"from": ["id", "offence", "id"], "srid": 4326}}');
SELECT * FROM crimeml.load_csv('incident', E'id,offence\n1,1\n'::bytea, '{"geom": {"from": ["id", "offence"], "srid": -1}}');
SELECT * FROM crimeml.load_csv('incident', 4294967295::oid);
SELECT * FROM crimeml.load_csv_file('incident', 'relative.csv');
SELECT * FROM crimeml.load_csv_file('incident', '/nowhere/there.csv');
SELECT * FROM crimeml.load_csv_file('incident', '/');
CREATE VIEW sums AS SELECT sum(id) FROM incident;
SELECT * FROM crimeml.load_csv('sums', E'sum\n1\n'::bytea);
CREATE TABLE ruled (n int);
CREATE RULE away AS ON INSERT TO ruled DO INSTEAD NOTHING;
SELECT * FROM crimeml.load_csv('ruled', E'n\n1\n'::bytea);
BEGIN READ ONLY;
SELECT * FROM crimeml.load_csv('guarded', E'n\n0\n'::bytea);
ROLLBACK;

-- a large object
SELECT lo_from_bytea(0, E'n\n10\n11\nx\n'::bytea) AS lo \gset
SELECT read, loaded, rejected FROM crimeml.load_csv('guarded', :lo::oid);
SELECT lo_unlink(:lo);

-- the caller's rights, and what a role sees of the log
CREATE ROLE regress_loader;
CREATE ROLE regress_other;
GRANT EXECUTE ON FUNCTION crimeml.load_csv(regclass, bytea, jsonb, text, boolean, text[], text, name[], text) TO regress_loader;
CREATE TABLE mine (n int, secret int DEFAULT 1);
ALTER TABLE mine ENABLE ROW LEVEL SECURITY;
CREATE POLICY small ON mine USING (n < 10);
SET ROLE regress_other;
SELECT * FROM crimeml.load_csv('mine', E'n\n1\n'::bytea);
SELECT * FROM crimeml.load_csv_file('mine', '/etc/passwd');
SET ROLE regress_loader;
SELECT * FROM crimeml.load_csv('mine', E'n\n1\n'::bytea);
RESET ROLE;
GRANT INSERT (n) ON mine TO regress_loader;
SET ROLE regress_loader;
SELECT read, loaded, rejected FROM crimeml.load_csv('mine', E'n\n1\n20\n'::bytea);
SELECT * FROM crimeml.load_csv('mine', E'n,secret\n1,2\n'::bytea);
SELECT count(*), min(role::text) AS role FROM crimeml.loads;
SELECT line, reason, sqlstate, content FROM crimeml.rejected_rows;
INSERT INTO crimeml.loads (target, source, started, finished, role, role_name, read, loaded, rejected, duplicates, empty_lines)
VALUES ('x', 'x', now(), now(), 'postgres', 'postgres', 0, 0, 0, 0, 0);
SET ROLE regress_other;
SELECT count(*) FROM crimeml.loads;
SELECT count(*) FROM crimeml.rejected_rows;
SET ROLE regress_loader;
DELETE FROM crimeml.loads;
SELECT count(*) FROM crimeml.rejected_rows;
RESET ROLE;
SELECT count(*) > 10 AS the_superuser_sees_all FROM crimeml.loads;
-- the file function checks the right to read files even where it is granted
GRANT EXECUTE ON FUNCTION crimeml.load_csv_file(regclass, text, jsonb, text, boolean, text[], text, name[], text) TO regress_loader;
SET ROLE regress_loader;
SELECT * FROM crimeml.load_csv_file('mine', '/etc/passwd');
RESET ROLE;

DROP TABLE incident, other, no_index, parts, guarded, with_domain, many, twice, ruled, mine CASCADE;
DROP DOMAIN positive;
DROP FUNCTION keep_out();
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA crimeml FROM regress_loader;
DROP ROLE regress_loader, regress_other;

-- words that PostgreSQL takes for times are no times of incidents
CREATE TABLE spoken (on_day date, at timestamptz);
SELECT read, loaded, rejected FROM crimeml.load_csv('spoken', convert_to(
'on_day,at
2024-01-05,2024-01-05 10:00:00+00
yesterday,2024-01-05 10:00:00+00
2024-01-05,now
2024-01-05,today 10:00
infinity,2024-01-05 10:00:00+00
5 May 2024,2024-01-05T10:00:00Z
', 'UTF8'));
SELECT line, reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
SELECT * FROM spoken ORDER BY 1, 2;
DROP TABLE spoken;

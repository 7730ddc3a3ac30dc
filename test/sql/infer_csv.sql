-- infer_csv() and create_table_for_csv(): the types that a CSV holds
SET TIME ZONE 'UTC';
SELECT convert_to($csv$Case,Code,OFFENCE,at,day,us_day,local,clock,lon,armed,sex,flag,empty,mixed,big,exp,bad_day,Sub Type
1,007,Theft,2019-01-28 05:00:00+00,2019-01-28,01/28/2019,2019-01-28T05:00:00,05:00,-75.1,TRUE,F,Y,,1,12345678901234567890,1e+5,2019-02-29,a
2,012,"Robbery, armed",2019-01-28 06:00:00-05:00,2020-02-29,12/31/2019,2019-01-28 05:00:00.25,23:59:59,-75,false,F,N,NA,x,1,-2.5E-3,2019-02-28,NA
bad row,1
3,,Fraud,2019-01-28T07:00:00Z,,1/2/2019,01/28/2019 07:00 PM,9:30 PM,,,F,Y,NULL,2.5,2,3,2019-02-28,
$csv$, 'UTF8') AS content \gset
SELECT * FROM crimeml.infer_csv(:'content'::bytea);
SELECT column_name, data_type FROM crimeml.infer_csv(:'content'::bytea, sample => 1) WHERE column_name IN ('mixed', 'exp', 'flag');
-- with columns: what load_csv would make of it, in the file's order
SELECT * FROM crimeml.infer_csv(:'content'::bytea, '{"id": "case", "geom": {"from": ["lon", "big"], "srid": 4326, "transform": 26918},
  "when": {"from": ["day", "clock"]}, "local": {"from": "us_day", "format": "MM/DD/YYYY HH24:MI"}, "on": {"from": "us_day", "format": "MM/DD/YYYY"},
  "zoned": {"from": "local", "time_zone": "America/New_York"}, "shape": {"from": "at", "srid": 27700}, "o": {"from": "clock", "format": "HH24:MI"}}');
SELECT * FROM crimeml.infer_csv(E'a,,b,B\n1,2,3,4\n'::bytea);
SELECT * FROM crimeml.infer_csv(E'a,b\n'::bytea);

-- a table is made, and every good row goes in
SELECT crimeml.create_table_for_csv('New Incidents', :'content'::bytea);
SELECT crimeml.create_table_for_csv('public."New Incidents"', :'content'::bytea) AS made \gset
SELECT :'made';
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = :'made'::regclass AND attnum > 0 ORDER BY attnum;
SELECT read, loaded, rejected FROM crimeml.load_csv(:'made', :'content'::bytea);
SELECT "case", code, "at", us_day, local, clock, armed, flag, "sub type" FROM "New Incidents" ORDER BY 1;
SELECT crimeml.create_table_for_csv('pg_temp.mapped', E'lon,lat,d\n-75,40,07/04/2019\n'::bytea,
  '{"geom": {"from": ["lon", "lat"], "srid": 4326, "transform": 26918}, "day": {"from": "d", "format": "MM/DD/YYYY"}}');
SELECT read, loaded, rejected FROM crimeml.load_csv('mapped', E'lon,lat,d\n-75,40,07/04/2019\n'::bytea,
  '{"geom": {"from": ["lon", "lat"], "srid": 4326, "transform": 26918}, "day": {"from": "d", "format": "MM/DD/YYYY"}}');
SELECT ST_SRID(geom), extract(month FROM day) AS month FROM mapped;
-- all rows count for the table, not the first thousand
SELECT crimeml.create_table_for_csv('pg_temp.long', convert_to(E'n\n' || repeat(E'1\n', 2000) || E'x\n', 'UTF8'));
SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'long'::regclass AND attname = 'n';

-- numbers of 18 digits fit a bigint; longer ones are codes, whether they would fit or not
SELECT column_name, data_type FROM crimeml.infer_csv(E'a,b,c,d\n999999999999999999,-999999999999999999,1000000000000000000,9999999999999999999\n'::bytea);

-- bad input
SELECT crimeml.create_table_for_csv('public."New Incidents"', :'content'::bytea);
SELECT crimeml.create_table_for_csv('nowhere.t', :'content'::bytea);
SELECT crimeml.create_table_for_csv('a.b.c', :'content'::bytea);
SELECT crimeml.create_table_for_csv('t(x int); DROP TABLE y', :'content'::bytea);
SELECT crimeml.create_table_for_csv('', :'content'::bytea);
SELECT crimeml.create_table_for_csv(NULL, :'content'::bytea);
SELECT crimeml.create_table_for_csv('t', NULL);
SELECT * FROM crimeml.infer_csv(NULL);
SELECT * FROM crimeml.infer_csv(''::bytea);
SELECT * FROM crimeml.infer_csv(:'content'::bytea, sample => 0);
SELECT * FROM crimeml.infer_csv(:'content'::bytea, '{"id": "caze"}');
SELECT * FROM crimeml.infer_csv('\x1f8b0800'::bytea);
SELECT crimeml.create_table_for_csv('a."b', :'content'::bytea);
DROP TABLE "New Incidents";

-- codes that could be numbers are text, numbers in their usual spellings are not
SELECT column_name, data_type FROM crimeml.infer_csv(E'a,b,c,d,e,f,g,h,i,j,k\n17E10,1E5,0123,Infinity,NaN,-1e5,1.5e3,1e+05,2.5E-7,-.5,0x1F\n'::bytea);
-- headers that are no names of columns: blank, long, alike in 63 bytes, cut within a character, of PostgreSQL's own, and names that these would take
SELECT convert_to(concat_ws(',', 'a', '', '', 'column_3', repeat('y', 70) || '1', repeat('y', 70) || '2', repeat('y', 63), repeat('ä', 40), 'XMIN', 'ctid', 'xmin_2', 'Ab', 'aB') || E'\n' ||
  (SELECT string_agg(i::text, ',' ORDER BY i) FROM generate_series(1, 13) i) || E'\n', 'UTF8') AS odd \gset
SELECT crimeml.create_table_for_csv('odd', :'odd'::bytea);
SELECT loaded, rejected FROM crimeml.load_csv('odd', :'odd'::bytea);
SELECT attnum, attname, octet_length(attname::text) AS bytes FROM pg_attribute WHERE attrelid = 'odd'::regclass AND attnum > 0 ORDER BY attnum;
-- each field is in its own column
SELECT count(*) AS columns, count(*) FILTER (WHERE value = attnum::text) AS own
FROM odd, jsonb_each_text(to_jsonb(odd)) JOIN pg_attribute ON attrelid = 'odd'::regclass AND attname = key;
-- another delimiter is seen and taken
SELECT column_name, data_type FROM crimeml.infer_csv(E'id;offence\n1;Theft\n'::bytea);
SELECT column_name, data_type FROM crimeml.infer_csv(E'id;offence\n1;Theft\n'::bytea, delimiter => ';');
SELECT crimeml.create_table_for_csv('semicolons', E'id;offence\n1;Theft\n'::bytea, delimiter => ';');
SELECT attname, atttypid::regtype FROM pg_attribute WHERE attrelid = 'semicolons'::regclass AND attnum > 0 ORDER BY attnum;
-- the day first
SELECT column_name, data_type FROM crimeml.infer_csv(E'id,at,on\n1,01/02/2019 10:00,25.12.2019\n2,25/12/2019 10:00,01.02.2019\n'::bytea);
SELECT column_name, data_type FROM crimeml.infer_csv(E'at,day,hour\n25/12/2019 1:30 PM,25/12/2019,10:00\n'::bytea, '{"at": {"from": "at", "format": "DD/MM/YYYY \"HH\" HH12:MI AM"},
  "day": {"from": "day", "format": "DD/MM/YYYY"}, "hour": {"from": "hour", "format": "hh24:mi \"Y\""}, "geom": {"from": ["day", "hour"], "bounds": [0, 0, 1, 1]}}');
DROP TABLE odd, semicolons;

-- infer_csv() and create_table_for_csv(): the types that a CSV holds
SET TIME ZONE 'UTC';
SELECT convert_to($csv$Case,Code,OFFENCE,at,day,us_day,local,clock,lon,armed,sex,flag,empty,mixed,big,exp,bad_day,Sub Type
1,007,Theft,2019-01-28 05:00:00+00,2019-01-28,01/28/2019,2019-01-28T05:00:00,05:00,-75.1,TRUE,F,Y,,1,12345678901234567890,1e5,2019-02-29,a
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

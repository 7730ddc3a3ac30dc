-- load_csv_file(): a file of the server, plain or gzip, streamed
SELECT current_setting('data_directory') || '/regress_crimeml.csv' AS path \gset
\set gz :path .gz
\set cut :path .cut.gz
\set bad :path .bad.gz
\set make 'tee ' :path ' | gzip > ' :gz '; head -c 5000 ' :gz ' > ' :cut '; (head -c 3000 ' :gz '; echo damaged; tail -c +3010 ' :gz ') > ' :bad
COPY (SELECT i AS id, CASE WHEN i % 10 = 0 THEN 'Robbery, armed' ELSE 'Theft' END AS offence, md5(i::text) AS key
      FROM generate_series(1, 20000) i) TO PROGRAM :'make' WITH (FORMAT csv, HEADER);
CREATE TABLE filed (id int, offence text, key text);

SELECT read, loaded, rejected, duplicates, empty_lines FROM crimeml.load_csv_file('filed', :'path');
SELECT count(*), count(DISTINCT id), count(*) FILTER (WHERE offence = 'Robbery, armed') AS commas, count(*) FILTER (WHERE key = md5(id::text)) AS same FROM filed;
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv_file('filed', :'gz', unique_key => '{id}');
SELECT read, loaded, rejected, duplicates FROM crimeml.load_csv_file('filed', :'gz', '{"id": "id"}', unique_key => '{id}');
SELECT count(*) AS logged FROM crimeml.loads WHERE source = :'path';

-- a truncated or damaged file is an error, and nothing of it stays
\set VERBOSITY sqlstate
SELECT * FROM crimeml.load_csv_file('filed', :'cut');
SELECT * FROM crimeml.load_csv_file('filed', :'bad');
\set VERBOSITY default
SELECT count(*) FROM filed;

-- a cancel is a cancel, and no rejected row
SELECT E'id\n' || repeat(E'x\n', 3000000) AS content INTO TEMP big;
SET statement_timeout = 300;
SELECT crimeml.load_csv('filed', convert_to(content, 'UTF8')) FROM big;
RESET statement_timeout;
SELECT count(*) FROM filed;

\set remove 'rm ' :path ' ' :gz ' ' :cut ' ' :bad
COPY (SELECT 1) TO PROGRAM :'remove';
DROP TABLE filed;

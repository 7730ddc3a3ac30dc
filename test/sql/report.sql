-- Reports in HTML, and files on the server.
SET client_min_messages = warning;
SET datestyle = iso;
CREATE TABLE hotspot (name text, "calls <b>" int, share numeric, high bool, seen date, per_km2 float8);
INSERT INTO hotspot VALUES
  ('A & B <script>alert("x")</script>', 12, 0.50, true, '2024-05-01', 1.5),
  (E'it''s\x01 \ttab', -3, NULL, false, NULL, 'NaN'), (NULL, NULL, NULL, NULL, NULL, NULL);
SELECT crimeml.html_table('hotspot', 'Places > 1');
SELECT crimeml.html_table('SELECT name FROM hotspot WHERE false');
SELECT crimeml.html_table('SELECT i FROM generate_series(1, 31) i') LIKE '<div class="part long">%' AS long;
SELECT crimeml.html_text(E'Two < three,\nand "more".', 'What & why'), crimeml.html_text(NULL) IS NULL AS is_null;

-- what HTML and XML do not allow: control characters, and two that are none
SELECT xml_is_well_formed_document(crimeml.html_text(E'a\x01\x0b\x7f\u0080\u009f\u00a0\ufffd\ufffe\uffff\U0001f600z')) AS well_formed,
  crimeml.html_text(E'a\x01\x7f\u009f\u00a0\ufffe\U0001f600z') = E'<div class="part">\n<p>a&#xfffd;&#xfffd;&#xfffd;\u00a0&#xfffd;\U0001f600z</p>\n</div>\n' AS replaced;
-- long runs of plain text, and characters on the border of what is copied at once
SELECT crimeml.html_text(repeat('ü', n) || '<' || repeat('b', 70000)) = E'<div class="part">\n<p>' || repeat('ü', n) || '&lt;' || repeat('b', 70000) || E'</p>\n</div>\n' AS same
FROM unnest(ARRAY[0, 32767, 32768, 32769, 65536]) n;

-- a picture is inside the page, byte for byte
CREATE TABLE picture AS
SELECT crimeml.heatmap_png(crimeml.grid_count_agg(p, ST_MakeEnvelope(0, 0, 100, 100, 26918), '{"cell_size": 10}'), width => 200) AS png
FROM (VALUES (ST_SetSRID(ST_MakePoint(5, 5), 26918))) v(p);
SELECT regexp_replace(crimeml.html_image(png, 'A "map"'), 'base64,[^"]+', 'base64,...') AS html,
  decode(substring(crimeml.html_image(png) FROM 'base64,([^"]+)'), 'base64') = png AS same,
  crimeml.html_image(NULL) IS NULL AS is_null
FROM picture;

SELECT regexp_replace(regexp_replace(page, '<style>.*</style>', '<style>...</style>'), 'on \d+.*?\.</p>', 'on ... .</p>') AS page
FROM crimeml.report_html('Week 7: <thefts> & more', crimeml.html_text('One.'), NULL, crimeml.html_table('SELECT 1 AS one')) page;
-- nothing is loaded from elsewhere
SELECT page ~* '(http|src="[^d]|@import|<script|<link|url\()' AS loads FROM crimeml.report_html('x', crimeml.html_text('y')) page;
-- well-formed down to the last tag: the void elements closed, it is XML
SELECT xml_is_well_formed_document(regexp_replace(replace(page, '<!DOCTYPE html>', ''), '<(meta|img)([^>]*)>', '<\1\2/>', 'g')) AS well_formed
FROM picture, crimeml.report_html('a & b', crimeml.html_image(png, '<'), crimeml.html_table('hotspot', '>'), crimeml.html_text('"')) page;
SELECT crimeml.report_html('x', VARIADIC NULL) LIKE '%<h1>x</h1>%' AS no_parts;

-- refused, with a reason
SELECT crimeml.html_image('\x0102'::bytea);
SELECT crimeml.html_image(NULL, 'x') IS NULL AS is_null;
SELECT crimeml.html_table(NULL);
SELECT crimeml.html_table('SELECT repeat(''x'', 1000000) FROM generate_series(1, 100)');
SELECT crimeml.report_html(NULL, 'x');
SELECT crimeml.report_html(repeat('x', 2001), 'x');
SELECT crimeml.html_text('x', repeat('x', 2001));
SELECT crimeml.html_table('SELECT 1/0', repeat('x', 2001));
SELECT crimeml.html_text(repeat('x', 64 * 1024 * 1024 + 1));

-- files: the size in bytes, what was written, and again over it
SELECT current_setting('data_directory') || '/crimeml_report_test' AS path \gset
SELECT crimeml.write_file(:'path', 'Straße') AS text_bytes, pg_read_file(:'path') AS text;
SELECT crimeml.write_file(:'path', '\x00ff10'::bytea) AS bytes, pg_read_binary_file(:'path') AS content;
SELECT crimeml.write_file(:'path', ''::text) AS bytes, (pg_stat_file(:'path')).size;
SELECT count(*) AS left_over FROM pg_ls_dir(current_setting('data_directory')) f WHERE f LIKE 'crimeml_report_test%' OR f LIKE '.crimeml%';
-- a name as long as names can be, and one longer
SELECT current_setting('data_directory') || '/crimeml_report_' || repeat('x', 240) AS long \gset
SELECT length('crimeml_report_' || repeat('x', 240)) AS length, crimeml.write_file(:'long', 'x') AS bytes, pg_read_file(:'long') AS text;
\set VERBOSITY sqlstate
SELECT crimeml.write_file(:'long' || 'x', 'x');
\set VERBOSITY default
-- others may read it, and new files of the server are nobody else's as before
COPY (SELECT '') TO PROGRAM 'stat -c %a "$(pwd)"/crimeml_report_* | sort | uniq -c | grep -q "2 644"; [ "$(umask)" = 0077 ]';
COPY (SELECT '') TO PROGRAM 'rm "$(pwd)"/crimeml_report_xxx*';
SELECT crimeml.write_file(NULL, 'x');
\set VERBOSITY terse
SELECT crimeml.write_file('report.html', 'x');
SELECT crimeml.write_file('/tmp', 'x');
SELECT crimeml.write_file('/dev/null', 'x');
SELECT crimeml.write_file('/no/such/folder/report.html', 'x');
CREATE ROLE crimeml_reader;
GRANT crimeml_reader TO CURRENT_USER;
SET ROLE crimeml_reader;
SELECT crimeml.write_file('/tmp/crimeml_report_test', 'x');
SELECT crimeml.write_file('/tmp/crimeml_report_test', '\x00'::bytea);
RESET ROLE;
GRANT EXECUTE ON FUNCTION crimeml.write_file(text, text) TO crimeml_reader;
SET ROLE crimeml_reader;
SELECT crimeml.write_file('/tmp/crimeml_report_test', 'x');
RESET ROLE;
COPY (SELECT '') TO PROGRAM 'rm "$(pwd)/crimeml_report_test"';
REVOKE ALL ON FUNCTION crimeml.write_file(text, text) FROM crimeml_reader;
DROP ROLE crimeml_reader;
DROP TABLE hotspot, picture;

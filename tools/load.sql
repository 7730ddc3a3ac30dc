-- load.sql: a CSV file into the table incident.
--
-- Takes the psql variables file and sample (paths that the server reads) and
-- map (JSON, or empty: then the columns are guessed).  map.sql goes first.
SELECT set_config('demo.sample', :'sample', false) \g /dev/null

SELECT :'map' = '' AS guess \gset
\if :guess
  SELECT array_agg(column_name::text) AS header, count(*) AS columns,
    string_agg(format('c%s text', n), ', ') AS definition,
    jsonb_object_agg('c' || n, column_name) AS sample_map
  FROM crimeml.infer_csv(pg_read_binary_file(:'sample')) WITH ORDINALITY c(column_name, data_type, nulls, example, n) \gset
  CREATE TABLE demo_sample (:definition);
  SELECT FROM crimeml.load_csv('demo_sample', pg_read_binary_file(:'sample'), :'sample_map') \g /dev/null
  SELECT demo_describe(:'header') \g /dev/null
  SELECT demo_guess() AS map \gset
\endif
SELECT demo_complete(:'map') AS map \gset
SELECT :'map'::jsonb #>> '{at,time_zone}' AS time_zone,
  coalesce(:'map'::jsonb #>> '{geom,transform}', :'map'::jsonb #>> '{geom,srid}') AS srid,
  CASE WHEN :'map'::jsonb ? 'key' THEN '{key}' ELSE '{}' END AS unique_key \gset

CREATE TABLE incident (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text UNIQUE,
  at timestamptz,
  offence text,
  district text,
  geom geometry(Point, :srid)
);
CREATE TABLE demo_load AS
SELECT * FROM crimeml.load_csv_file('incident', :'file', :'map', unique_key => nullif(:'unique_key', '{}')::name[]);

-- what was taken for what
SELECT format('  %-10s from %s%s', role,
  CASE WHEN jsonb_typeof(source) = 'object' THEN source ->> 'from' ELSE source #>> '{}' END,
  CASE role
    WHEN 'at' THEN CASE WHEN :'guess'::bool THEN ', hours as written' ELSE ', time zone ' || :'time_zone' END
    WHEN 'geom' THEN ', SRID ' || coalesce(source ->> 'srid', '4326') || coalesce(', taken to SRID ' || (source ->> 'transform'), '')
    ELSE '' END)
FROM jsonb_each(:'map'::jsonb) e(role, source)
ORDER BY array_position('{key,at,geom,offence,district}', role);

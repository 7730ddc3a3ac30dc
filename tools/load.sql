-- load.sql: a CSV file into the table incident.
--
-- Takes the psql variables file and sample (paths that the server reads), map
-- (JSON, or empty: then the columns are guessed) and where (a condition, or
-- empty).  map.sql goes first.
SELECT :'map' = '' AS guess, demo_delimiter(pg_read_binary_file(:'sample')) AS delimiter \gset
\if :guess
  SELECT array_agg(name) AS header, string_agg(format('c%s text', n), ', ') AS definition,
    jsonb_object_agg('c' || n, n) AS sample_map
  FROM demo_header(pg_read_binary_file(:'sample')) WITH ORDINALITY h(name, n) \gset
  CREATE TABLE demo_sample (:definition);
  SELECT FROM crimeml.load_csv('demo_sample', pg_read_binary_file(:'sample'), :'sample_map', :'delimiter') \g /dev/null
  SELECT demo_describe(:'header') \g /dev/null
  SELECT jsonb_pretty(demo_guess()) AS map \gset
  \o demo/map.json
  SELECT :'map';
  \o
  SELECT demo_refuse(:'map') \g /dev/null
\endif
SELECT demo_complete(:'map') AS map \gset
SELECT coalesce(:'map'::jsonb #>> '{at,time_zone}', 'UTC') AS time_zone, :'map'::jsonb #>> '{at,time_zone}' IS NULL AS zoneless,
  jsonb_set(:'map'::jsonb #- '{geom,transform}', '{at}', '{"time_zone": "UTC"}' || (:'map'::jsonb -> 'at')) AS load_map,
  :'map'::jsonb #>> '{geom,srid}' AS file_srid, coalesce(:'map'::jsonb #>> '{geom,transform}', :'map'::jsonb #>> '{geom,srid}') AS srid,
  CASE WHEN :'map'::jsonb ? 'key' THEN '{key}' ELSE '{}' END AS unique_key \gset

CREATE TABLE loaded (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key text UNIQUE,
  at timestamptz,
  offence text,
  district text,
  geom geometry(Point, :file_srid)
);
CREATE TABLE demo_load AS
SELECT * FROM crimeml.load_csv_file('loaded', :'file', :'load_map', :'delimiter',
  unique_key => nullif(:'unique_key', '{}')::name[]);

-- what was taken for what
SELECT format('  %-10s from %s%s', role,
  CASE WHEN jsonb_typeof(source) = 'object' THEN source ->> 'from' ELSE source #>> '{}' END,
  CASE role
    WHEN 'at' THEN CASE WHEN :'zoneless'::bool THEN ', hours as written' ELSE ', time zone ' || :'time_zone' END
    WHEN 'geom' THEN ', SRID ' || (source ->> 'srid')
    ELSE '' END)
FROM jsonb_each(:'map'::jsonb) e(role, source)
ORDER BY array_position('{key,at,geom,offence,district}', role);
\if :guess
  \echo '             in demo/map.json, to be changed and given as MAP=demo/map.json'
\endif
SELECT format('  rejected   %s rows, the first at line %s: %s', r.rejected, j.line, j.reason)
FROM demo_load r, LATERAL (SELECT line, reason FROM crimeml.rejected_rows j WHERE j.load_id = r.load_id ORDER BY line LIMIT 1) j;

-- One city, in metres.  Parts of a file that lie 50 km and more apart, which is
-- two empty cells of a quarter of a degree, are different cities; those of less
-- than a hundredth of the largest or of a handful are strays, and so is what lies at 0 0.
SELECT coalesce(nullif(:'where', ''), 'true') AS condition \gset
CREATE TABLE chosen AS
SELECT * FROM (
  SELECT l.*, ST_X(p) AS longitude, ST_Y(p) AS latitude
  FROM loaded l, LATERAL ST_Transform(CASE WHEN ST_X(l.geom) <> 0 OR ST_Y(l.geom) <> 0 THEN l.geom END, 4326) p) w
WHERE :condition;
SELECT coalesce(cos(radians(percentile_cont(0.5) WITHIN GROUP (ORDER BY latitude))), 1) AS shrink FROM chosen \gset
CREATE TABLE town AS
WITH cell AS (
  SELECT floor(longitude * :shrink / 0.25) AS i, floor(latitude / 0.25) AS j, count(*) AS incidents
  FROM chosen WHERE longitude IS NOT NULL GROUP BY 1, 2
), joined AS (
  SELECT *, ST_ClusterDBSCAN(ST_MakePoint(i, j), 2.9, 1) OVER () AS town FROM cell
), summed AS (
  SELECT i, j, town, sum(incidents) OVER (PARTITION BY town) AS incidents FROM joined
)
SELECT i, j, incidents, rank, incidents < greatest(5, 0.01 * max(incidents) OVER ()) AND rank > 1 AS stray
FROM (SELECT *, dense_rank() OVER (ORDER BY incidents DESC, town) AS rank FROM summed) r;
CREATE VIEW settled AS
SELECT c.*, t.rank AS town, coalesce(t.stray, geom IS NOT NULL) AS stray
FROM chosen c LEFT JOIN town t ON t.i = floor(longitude * :shrink / 0.25) AND t.j = floor(latitude / 0.25);
SELECT demo_one_city(:'where') \g /dev/null

SELECT CASE WHEN EXISTS (SELECT FROM spatial_ref_sys WHERE srid = :srid AND proj4text LIKE '%+units=m %') THEN :srid
  ELSE CASE WHEN y < 0 THEN 32700 ELSE 32600 END + least(60, greatest(1, floor((x + 180) / 6)::int + 1)) END AS srid
FROM (
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY longitude) AS x, percentile_cont(0.5) WITHIN GROUP (ORDER BY latitude) AS y
  FROM settled WHERE NOT stray) middle \gset
CREATE TABLE incident AS
SELECT id, key, at, offence, district, ST_Transform(geom, :srid)::geometry(Point, :srid) AS geom
FROM settled WHERE NOT stray;
ALTER TABLE incident ADD PRIMARY KEY (id);
SELECT format('  left out   %s that %s not fit WHERE', n, CASE n WHEN 1 THEN 'does' ELSE 'do' END)
FROM (SELECT (SELECT count(*) FROM loaded) - count(*) AS n FROM chosen) l WHERE n > 0;
SELECT format('  left out   %s far from all others, the first at %s', count(*),
  (SELECT ST_AsText(geom, 5) FROM settled WHERE stray ORDER BY id LIMIT 1))
FROM settled WHERE stray HAVING count(*) > 0;
SELECT format('  places     taken to metres, SRID %s', :'srid') WHERE :'srid' <> :'file_srid';

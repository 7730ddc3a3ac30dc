-- The type: text, binary, storage, damage; and what is inside a model
CREATE TYPE shift AS ENUM ('night', 'day', 'evening');
CREATE TABLE crime AS
SELECT i AS id, i * 7919 % 24 AS hour, 'D' || i * 31 % 4 + 1 AS district, (i % 5 = 0) AS indoors
FROM generate_series(1, 1200) AS i;
ALTER TABLE crime ADD offence text, ADD loss double precision;
UPDATE crime SET
  offence = CASE WHEN district = 'D1' THEN 'Burglary' WHEN hour >= 18 THEN 'Theft' ELSE 'Assault' END,
  loss = 100 * hour + CASE WHEN indoors THEN 50 ELSE 0 END;

CREATE TABLE stored (name text PRIMARY KEY, model crimeml.model);
INSERT INTO stored SELECT 'tree', crimeml.tree_agg(offence, f)
FROM crime, LATERAL (SELECT hour, district) f;
INSERT INTO stored SELECT 'forest', crimeml.forest_agg(offence, f, '{"trees": 10}')
FROM crime, LATERAL (SELECT hour, district, indoors) f;
INSERT INTO stored SELECT 'loss', crimeml.tree_agg(loss, f, '{"min_leaf": 1}')
FROM crime, LATERAL (SELECT hour, indoors) f;

SELECT pg_typeof(model), attstorage FROM stored, pg_attribute
WHERE attrelid = 'stored'::regclass AND attname = 'model' AND name = 'tree';
SELECT name, model IS NULL AS missing, length(model::text) % 4 AS rest, model::text ~ '^[A-Za-z0-9+/]+=*$' AS base64
FROM stored ORDER BY name;

-- there and back again, as text and as bytes
SELECT name, md5(model::text::crimeml.model::text) = md5(model::text) AS same FROM stored ORDER BY name;
SELECT name, decode(model::text, 'base64') = crimeml.model_send(model) AS same FROM stored ORDER BY name;
CREATE TABLE carried AS SELECT name, crimeml.model_send(model) AS bytes FROM stored;
CREATE TABLE copied (LIKE stored);
\copy stored to 'results/models.bin' (format binary)
\copy copied from 'results/models.bin' (format binary)
SELECT name, c.model::text = s.model::text AS same FROM copied c JOIN stored s USING (name) ORDER BY name;

-- the bytes are checked whole: any change of any byte is found
CREATE FUNCTION damaged(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN crimeml.describe(translate(encode(bytes, 'base64'), E'\n', '')::crimeml.model) ->> 'model_id';
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate;
END $$;
SELECT name, damaged(bytes) = crimeml.describe(model) ->> 'model_id' AS whole FROM carried JOIN stored USING (name) ORDER BY name;
SELECT name, damaged(set_byte(bytes, at, get_byte(bytes, at) # (1 + at % 255))) AS found, count(*) = min(length(bytes)) AS all_bytes
FROM carried, generate_series(0, length(bytes) - 1) AS at WHERE name <> 'forest' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT name, damaged(substr(bytes, 1, n)) AS found, count(*) = min(length(bytes)) AS all_lengths
FROM carried, generate_series(0, length(bytes) - 1) AS n WHERE name = 'tree' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT name, damaged(bytes || '\x00') AS longer, damaged('\x00' || bytes) AS shifted FROM carried ORDER BY 1;
SELECT damaged(convert_to('CRML', 'UTF8')), damaged(convert_to(repeat('CRML', 100), 'UTF8')), damaged('');

-- the binary form is checked as the text is; the bytes of a bytea travel as those of a model do
\copy carried to 'results/models.bin' (format binary)
\copy copied from 'results/models.bin' (format binary)
SELECT count(*) FROM copied;
\set VERBOSITY terse
\copy (SELECT name, set_byte(bytes, 60, get_byte(bytes, 60) # 1) FROM carried WHERE name = 'tree') to 'results/models.bin' (format binary)
\copy copied from 'results/models.bin' (format binary)
\set VERBOSITY default
\copy (SELECT name, substr(bytes, 1, 200) FROM carried WHERE name = 'tree') to 'results/models.bin' (format binary)
\copy copied from 'results/models.bin' (format binary)
\copy (SELECT 'empty', ''::bytea) to 'results/models.bin' (format binary)
\copy copied from 'results/models.bin' (format binary)
\copy (SELECT 'foreign', sha256('foreign')) to 'results/models.bin' (format binary)
\copy copied from 'results/models.bin' (format binary)
SELECT count(*) FROM copied;

-- foreign text
SELECT ''::crimeml.model;
SELECT 'no model'::crimeml.model;
SELECT 'AAAA'::crimeml.model;
SELECT '{"trees": 3}'::crimeml.model;
SELECT repeat('AAAA', 1000)::crimeml.model;
SELECT (model::text || E'\n')::crimeml.model FROM stored WHERE name = 'tree';
SELECT left(model::text, 100)::crimeml.model FROM stored WHERE name = 'tree';
\set VERBOSITY terse
SELECT overlay(model::text PLACING '////' FROM 401)::crimeml.model FROM stored WHERE name = 'tree';
\set VERBOSITY default
SELECT NULL::crimeml.model IS NULL AS missing;

-- what is inside
SELECT crimeml.describe(model) - '{bytes,model_id,fingerprint,options,version}'::text[] AS description FROM stored WHERE name = 'tree';
SELECT crimeml.describe(model) - '{bytes,model_id,fingerprint,options,version}'::text[] AS description FROM stored WHERE name = 'loss';
SELECT name, d ->> 'model_id' ~ '^[0-9a-f]{32}$' AS id, d ->> 'fingerprint' ~ '^[0-9a-f]{32}$' AS fingerprint,
  (d ->> 'bytes')::int = length(crimeml.model_send(model)) AS bytes, d ->> 'version' AS version, jsonb_typeof(d -> 'options') AS options
FROM stored, LATERAL (SELECT crimeml.describe(model)) AS x(d) ORDER BY name;
SELECT count(DISTINCT crimeml.describe(model) ->> 'model_id') FROM stored;
SELECT c.class, round(c.share::numeric, 4) AS share FROM stored, crimeml.classes(model) c WHERE name = 'tree';
SELECT * FROM stored, crimeml.classes(model) WHERE name = 'loss';
-- of equal importance the first feature: three that no split used
SELECT string_agg(feature, ' > ' ORDER BY i) AS features, min(importance), max(importance)
FROM (SELECT crimeml.tree_agg((n > 50)::text, f, '{"min_leaf": 1}') AS m FROM generate_series(1, 100) n, LATERAL (SELECT 1 AS z, 2 AS y, n AS used, 3 AS a) f) t,
  crimeml.importance(m) WITH ORDINALITY AS x(feature, importance, i);
SELECT name, string_agg(feature, ' > ' ORDER BY i) AS features, round(sum(importance)::numeric, 6) AS total
FROM stored, crimeml.importance(model) WITH ORDINALITY AS x(feature, importance, i) GROUP BY name ORDER BY name;
SELECT crimeml.describe(NULL::crimeml.model) IS NULL AS nothing, (SELECT count(*) FROM crimeml.classes(NULL::crimeml.model)) AS classes,
  (SELECT count(*) FROM crimeml.importance(NULL::crimeml.model)) AS features;

-- inputs of every kind, as describe() tells them
SET TimeZone = 'UTC';
SELECT jsonb_path_query_array(d, '$.inputs[*].name') AS inputs, jsonb_path_query_array(d, '$.inputs[*].kind') AS kinds,
  jsonb_path_query_array(d, '$.features[*].name') AS features, d -> 'time_zone' AS time_zone, d #> '{inputs,2,srid}' AS srid
FROM (
  SELECT crimeml.describe(crimeml.tree_agg(offence, f, '{"time_zone": "america/new_york"}'))
  FROM crime, LATERAL (SELECT indoors, (enum_range(NULL::shift))[id % 3 + 1] AS shift,
    ST_SetSRID(ST_MakePoint(hour, id), 26918) AS geom, now() - id * interval '1 hour' AS at,
    localtimestamp AS seen, current_date + id AS day) AS f) AS x(d);

-- labels of every kind become text in the same way
SELECT string_agg(class, ' ' ORDER BY i) AS classes FROM (
  SELECT crimeml.tree_agg(c.indoors, f) FROM crime c, LATERAL (SELECT c.id, c.hour) f) x(m), crimeml.classes(m) WITH ORDINALITY AS c(class, share, i);
SELECT string_agg(class, ' ' ORDER BY i) AS classes FROM (
  SELECT crimeml.tree_agg((enum_range(NULL::shift))[c.id % 3 + 1], f) FROM crime c, LATERAL (SELECT c.hour, c.indoors) f) x(m), crimeml.classes(m) WITH ORDINALITY AS c(class, share, i);
SELECT string_agg(class, ' ' ORDER BY i) AS classes FROM (
  SELECT crimeml.tree_agg(c.id % 12 - 1, f) FROM crime c, LATERAL (SELECT c.hour, c.indoors) f) x(m), crimeml.classes(m) WITH ORDINALITY AS c(class, share, i);

-- the cache: with no room, with little, with more models than it holds
CREATE TABLE many AS SELECT k, crimeml.tree_agg(offence, f) AS model
FROM generate_series(1, 30) AS k, crime, LATERAL (SELECT hour, district, hour * k AS x) f GROUP BY k;
SET crimeml.model_cache = 0;
SELECT sum(hashtext(crimeml.predict(model, f))) AS control FROM many, LATERAL (SELECT k AS hour, 'D2' AS district, 5 AS x) f \gset
SELECT count(*) FROM many a, many b WHERE crimeml.predict(a.model, '{"hour": 3, "district": "D1", "x": 3}') = crimeml.predict(b.model, '{"hour": 3, "district": "D1", "x": 3}');
SET crimeml.model_cache = '40kB';
SELECT sum(hashtext(crimeml.predict(model, f))) = :control AS same FROM many, LATERAL (SELECT k AS hour, 'D2' AS district, 5 AS x) f;
SELECT count(*) FROM many a, many b WHERE crimeml.predict(a.model, '{"hour": 3, "district": "D1", "x": 3}') = crimeml.predict(b.model, '{"hour": 3, "district": "D1", "x": 3}');
RESET crimeml.model_cache;
SELECT sum(hashtext(crimeml.predict(model, f))) = :control AS same FROM many, LATERAL (SELECT k AS hour, 'D2' AS district, 5 AS x) f;
-- an error while a model is in use gives it back
DO $$
BEGIN
  FOR i IN 1..100 LOOP
    BEGIN
      PERFORM crimeml.predict(model, '{"hour": "late"}') FROM many;
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
  END LOOP;
END $$;
SET crimeml.model_cache = 0;
SELECT count(crimeml.predict(model, '{"hour": 3, "district": "D1", "x": 3}')) FROM many;
-- nothing of it is left
SELECT count(*) AS kept FROM pg_backend_memory_contexts WHERE name = 'crimeml model';
RESET crimeml.model_cache;
DROP TABLE crime, stored, carried, copied, many;
DROP FUNCTION damaged;
DROP TYPE shift;

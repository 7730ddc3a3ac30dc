-- Models that were changed and sealed again, so that checksum and hash fit: the decoder has to see to itself
CREATE TABLE crc_table AS
WITH RECURSIVE step(n, bit, c) AS (
  SELECT n, 0, n::bigint FROM generate_series(0, 255) AS n
  UNION ALL
  SELECT n, bit + 1, CASE WHEN c & 1 = 1 THEN (c >> 1) # x'82F63B78'::bigint ELSE c >> 1 END FROM step WHERE bit < 8)
SELECT array_agg(c ORDER BY n) AS entry FROM step WHERE bit = 8;

CREATE FUNCTION crc_32c(bytes bytea) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  entry bigint[] := (SELECT t.entry FROM crc_table t);
  crc bigint := x'FFFFFFFF'::bigint;
BEGIN
  FOR i IN 0 .. length(bytes) - 1 LOOP
    crc := entry[((crc # get_byte(bytes, i)) & 255) + 1] # (crc >> 8);
  END LOOP;
  RETURN crc # x'FFFFFFFF'::bigint;
END $$;
SELECT to_hex(crc_32c('123456789'));

-- the header's hash and checksum anew
CREATE FUNCTION seal(bytes bytea) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
  head bytea := substr(bytes, 1, 8);
  body bytea := substr(bytes, 29);
  id bytea := substr(sha256(head || body), 1, 16);
  crc bigint := crc_32c(head || id || body);
  seal bytea := '\x00000000';
BEGIN
  FOR i IN 0 .. 3 LOOP
    seal := set_byte(seal, i, ((crc >> (8 * i)) & 255)::int);
  END LOOP;
  RETURN head || id || seal || body;
END $$;

CREATE FUNCTION as_model(bytes bytea) RETURNS crimeml.model LANGUAGE sql AS $$
  SELECT translate(encode(bytes, 'base64'), E'\n', '')::crimeml.model;
$$;

-- what becomes of a model: an SQLSTATE on its way in, or ok after it was used for all it can do
CREATE FUNCTION try(bytes bytea, classify bool) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  m crimeml.model;
BEGIN
  BEGIN
    m := as_model(bytes);
  EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate;
  END;
  PERFORM crimeml.describe(m), crimeml.importance(m), crimeml.model_inputs(m), crimeml.nodes(m), crimeml.rules(m);
  PERFORM crimeml.explain(m, ROW(h, d), by_part => true) FROM (VALUES (3, 'D1'), (20, 'D4'), (NULL, NULL)) AS f(h, d);
  IF classify THEN
    PERFORM crimeml.classes(m), crimeml.predict_classes(m, ROW(h, d)), crimeml.explain_classes(m, ROW(h, d)) FROM (VALUES (3, 'D1'), (20, 'D4'), (NULL, NULL)) AS f(h, d);
  ELSE
    PERFORM crimeml.predict_value(m, ROW(h, d)) FROM (VALUES (3, 'D1'), (20, 'D4'), (NULL, NULL)) AS f(h, d);
  END IF;
  RETURN 'ok';
EXCEPTION WHEN datatype_mismatch OR numeric_value_out_of_range THEN
  RETURN 'ok';	-- a kind of input was changed into another one, or a leaf's value so that a contribution is none
END $$;

CREATE TABLE made AS
WITH crime AS (SELECT i * 7919 % 24 AS hour, 'D' || i * 31 % 4 + 1 AS district, i % 3 AS what FROM generate_series(1, 300) AS i)
SELECT 'tree' AS name, true AS classify, crimeml.model_send(crimeml.tree_agg(what::text, f)) AS bytes
FROM crime c, LATERAL (SELECT c.hour, c.district) f
UNION ALL
SELECT 'forest', true, crimeml.model_send(crimeml.forest_agg(what::text, f, '{"trees": 2}')) FROM crime c, LATERAL (SELECT c.hour, c.district) f
UNION ALL
SELECT 'numbers', false, crimeml.model_send(crimeml.tree_agg(what::float8, f)) FROM crime c, LATERAL (SELECT c.hour, c.district) f;

SELECT name, seal(bytes) = bytes AS sealed_alike, try(bytes, classify) FROM made ORDER BY name;
-- a newer format, and an algorithm that there is not
SELECT as_model(seal(set_byte(bytes, 4, 77))) FROM made WHERE name = 'tree';
SELECT as_model(seal(set_byte(bytes, 7, 77))) FROM made WHERE name = 'tree';
-- a task that there is not
\set VERBOSITY terse
SELECT as_model(seal(set_byte(bytes, 28, 7))) FROM made WHERE name = 'tree';
SELECT as_model(seal(bytes || '\x00')) FROM made WHERE name = 'tree';
\set VERBOSITY default
-- cut anywhere
SELECT name, try(seal(substr(bytes, 1, n)), classify), count(*) = min(length(bytes) - 28) AS all_lengths
FROM made, generate_series(28, length(bytes) - 1) AS n WHERE name <> 'forest' GROUP BY 1, 2 ORDER BY 1, 2;
-- any byte of the body, to each of some values: refused as damaged, or a model that works
SELECT name, count(*) FILTER (WHERE result = 'XX001') > 0 AS some_refused, count(*) FILTER (WHERE result NOT IN ('ok', 'XX001')) AS otherwise
FROM (
  SELECT name, try(seal(set_byte(bytes, at, value)), classify) AS result
  FROM made, generate_series(28, length(bytes) - 1) AS at, unnest('{0,1,2,127,128,255}'::int[]) AS value
  WHERE get_byte(bytes, at) <> value AND name <> 'forest') x
GROUP BY name ORDER BY name;
SELECT name, count(*) FILTER (WHERE result = 'XX001') > 0 AS some_refused, count(*) FILTER (WHERE result NOT IN ('ok', 'XX001')) AS otherwise
FROM (
  SELECT name, try(seal(set_byte(bytes, at, get_byte(bytes, at) # (1 << at % 8))), classify) AS result
  FROM made, generate_series(28, length(bytes) - 1) AS at) x
GROUP BY name ORDER BY name;

-- another model_id, under a checksum that fits
SELECT as_model(substr(bytes, 1, 8) || set_byte(substr(bytes, 9, 16), 3, get_byte(bytes, 11) # 1) || crc || substr(bytes, 29))
FROM made, LATERAL (SELECT set_byte(substr(bytes, 9, 16), 3, get_byte(bytes, 11) # 1) AS id) i,
  LATERAL (SELECT crc_32c(substr(bytes, 1, 8) || id || substr(bytes, 29)) AS c) c,
  LATERAL (SELECT decode(lpad(to_hex(c & 255), 2, '0') || lpad(to_hex((c >> 8) & 255), 2, '0') || lpad(to_hex((c >> 16) & 255), 2, '0') || lpad(to_hex(c >> 24), 2, '0'), 'hex') AS crc) s WHERE name = 'tree';

-- numbers that are none: the threshold 2.5, the leaf 7 and the mean 5 as NaN and infinity.  A number
-- is eight bytes, lowest first: 2.5 is 0000000000000440, 7 is 0000000000001c40, 5 is 0000000000001440
CREATE TABLE plain AS
SELECT 'numbers' AS name, crimeml.model_send(crimeml.tree_agg(CASE WHEN i <= 2 THEN 7.0 ELSE 3 END::float8, f, '{"min_leaf": 1}')) AS bytes
FROM generate_series(1, 4) AS i, LATERAL (SELECT i AS h) f
UNION ALL
SELECT 'classes', crimeml.model_send(crimeml.tree_agg(CASE WHEN i <= 2 THEN 'a' ELSE 'b' END, f, '{"min_leaf": 1}')) FROM generate_series(1, 4) AS i, LATERAL (SELECT i AS h) f;
CREATE FUNCTION forge(bytes bytea, old bytea, new bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  at int := position(old IN substr(bytes, 29)) + 28;
BEGIN
  IF at = 28 THEN
    RETURN 'the number is not there';
  END IF;
  PERFORM as_model(seal(overlay(bytes PLACING new FROM at)));
  RETURN 'taken';
EXCEPTION WHEN data_corrupted THEN
  RETURN sqlerrm;
END $$;
SELECT name, what, number, forge(bytes, old, new)
FROM plain, (VALUES ('threshold', '\x0000000000000440'::bytea), ('leaf', '\x0000000000001c40'), ('mean', '\x0000000000001440')) o(what, old),
  (VALUES ('NaN', '\x000000000000f87f'::bytea), ('infinity', '\x000000000000f07f'), ('-infinity', '\x000000000000f0ff'), ('3', '\x0000000000000840')) n(number, new)
WHERE name = 'numbers' OR what = 'threshold' ORDER BY name, what, number;
-- 4 rows, none of them skipped, stand before the fingerprint
SELECT name, rows, forge(bytes, '\x0400'::bytea || print, set_byte('\x0000'::bytea, 0, rows) || print)
FROM plain, LATERAL (SELECT decode(crimeml.describe(as_model(bytes))->>'fingerprint', 'hex') AS print) p, unnest('{0,4}'::int[]) AS rows ORDER BY name, rows;
-- a split at one of the three cuts, of the missing from all others (0 and 4), or at none; a leaf of the second class, and of one that there is not
SELECT cut, forge(bytes, '\x0102000100020001'::bytea, set_byte('\x0102000100020001'::bytea, 1, cut)) FROM plain, generate_series(0, 6) AS cut WHERE name = 'classes' ORDER BY cut;
SELECT class, forge(bytes, '\x00010002000101'::bytea, set_byte('\x00010002000101'::bytea, 6, class)) FROM plain, generate_series(0, 3) AS class WHERE name = 'classes' ORDER BY class;
-- the names of the two classes, which are sorted and no name is there twice
SELECT first || second AS names, forge(bytes, '\x020161020162'::bytea, '\x0201'::bytea || first::bytea || '\x0201'::bytea || second::bytea)
FROM plain, unnest('{a,b,c}'::text[]) AS first, unnest('{a,b,c}'::text[]) AS second WHERE name = 'classes' ORDER BY first, second;
-- a forecaster of which no aggregate makes models (38 is mean) is no algorithm of one, though all else fits it: options, which are none, and payload, mean and variance
CREATE TABLE series AS SELECT crimeml.model_send(crimeml.ets_agg('2024-01-01'::timestamptz + i * interval '1 day', i % 2, '{"model": "ANN"}')) AS bytes FROM generate_series(1, 20) i;
DO $$
DECLARE
  b bytea := (SELECT bytes FROM series);
  print bytea := decode(crimeml.describe(as_model(b))->>'fingerprint', 'hex');
  detail text;
BEGIN
  IF get_byte(b, length(b) - 60) <> 59 THEN
    RAISE EXCEPTION 'the payload of 3 + 7 * 8 bytes is not there';
  END IF;
  PERFORM as_model(seal(set_byte(substr(b, 1, 29), 6, 38) || '\x00'::bytea || substr(b, position(print IN b) - 2, length(b) - 57 - position(print IN b))
    || '\x10000000000000f03f000000000000f03f'::bytea));
  RAISE NOTICE 'taken';
EXCEPTION WHEN data_corrupted THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RAISE NOTICE '% (%)', sqlerrm, regexp_replace(detail, '^.*: ', '');
END $$;
DROP TABLE series;
DROP TABLE plain;
DROP FUNCTION forge;

DROP TABLE made, crc_table;
DROP FUNCTION crc_32c, seal, as_model, try;

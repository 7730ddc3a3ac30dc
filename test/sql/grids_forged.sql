-- Grids that were changed and given a checksum that fits: what comes in has to see to itself.
SET client_min_messages = warning;
SET jit = off;
CREATE TABLE crc_table AS
WITH RECURSIVE step(n, bit, c) AS (
  SELECT n, 0, n::bigint FROM generate_series(0, 255) AS n
  UNION ALL
  SELECT n, bit + 1, CASE WHEN c & 1 = 1 THEN (c >> 1) # x'82F63B78'::bigint ELSE c >> 1 END FROM step WHERE bit < 8)
SELECT array_agg(c ORDER BY n) AS entry FROM step WHERE bit = 8;
-- magic and format, the CRC-32C of the rest, the rest
CREATE FUNCTION pg_temp.seal(bytes bytea) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
  entry bigint[] := (SELECT t.entry FROM crc_table t);
  crc bigint := x'FFFFFFFF'::bigint;
BEGIN
  FOR i IN 10 .. length(bytes) - 1 LOOP
    crc := entry[((crc # get_byte(bytes, i)) & 255) + 1] # (crc >> 8);
  END LOOP;
  crc := crc # x'FFFFFFFF'::bigint;
  FOR i IN 0 .. 3 LOOP
    bytes := set_byte(bytes, 6 + i, ((crc >> (8 * i)) & 255)::int);
  END LOOP;
  RETURN bytes;
END $$;
CREATE FUNCTION pg_temp.try(bytes bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM translate(encode(pg_temp.seal(bytes), 'base64'), E'\n', '')::crimeml.grid;
  RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate;
END $$;
-- 2 x 1 cells of 100 m: SRID at byte 10, i0, j0, columns, rows at 14, 18, 22, 26, kind, kernel and two rules at 30,
-- cell size, metres, bandwidth, points and weight of 8 bytes each at 34, 42, 50, 58, 66, then the values
CREATE TABLE made AS
SELECT crimeml.grid_send(crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint(x, 50), 26918), ST_MakeEnvelope(0, 0, 200, 100, 26918), '{"cell_size": 100}')) AS bytes FROM unnest('{50,150,160}'::float8[]) x;
SELECT length(bytes), pg_temp.seal(bytes) = bytes AS sealed_alike, pg_temp.try(bytes) FROM made;
SELECT what, at, encode(new, 'hex') AS new, pg_temp.try(overlay(bytes PLACING new FROM at + 1))
FROM made, (VALUES ('SRID -1', 10, '\xffffffff'::bytea), ('SRID 4326', 10, '\xe6100000'), ('columns 0', 22, '\x00000000'), ('columns 3', 22, '\x03000000'), ('rows -1', 26, '\xffffffff'),
  ('kind 9', 30, '\x09'), ('kernel 9', 31, '\x09'), ('rule 9', 32, '\x09'), ('rule 9', 33, '\x09'),
  ('cell size NaN', 34, '\x000000000000f87f'), ('cell size 0', 34, '\x0000000000000000'), ('metres NaN', 42, '\x000000000000f87f'), ('metres infinite', 42, '\x000000000000f07f'),
  ('bandwidth NaN', 50, '\x000000000000f87f'), ('bandwidth 1 without a kernel', 50, '\x000000000000f03f'), ('points -1', 58, '\xffffffffffffffff'),
  ('weight NaN', 66, '\x000000000000f87f'), ('weight infinite', 66, '\x000000000000f07f'), ('weight -infinite', 66, '\x000000000000f0ff'), ('weight 4', 66, '\x0000000000001040'),
  ('value infinite', 74, '\x000000000000f07f'), ('value -infinite', 82, '\x000000000000f0ff'), ('value NaN: no data', 74, '\x000000000000f87f')) f(what, at, new) ORDER BY at, what;
-- without the seal any change is one of the checksum
SELECT translate(encode(set_byte(bytes, 74, 1), 'base64'), E'\n', '')::crimeml.grid FROM made;
DROP TABLE made, crc_table;

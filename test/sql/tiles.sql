-- tile_png: its pixels are the cells that lie there, and what is refused.
SET client_min_messages = warning;
SET jit = off;
-- one cell of a kilometre with data, amid zeros
CREATE TABLE one AS
SELECT crimeml.grid_count_agg('SRID=26918;POINT(485500 4424500)', ST_MakeEnvelope(470000, 4410000, 500000, 4440000, 26918), '{"cell_size": 1000}') AS grid;
CREATE TABLE tile AS
SELECT z, floor((ST_X(p) + h) / (2 * h / 2 ^ z))::int AS x, floor((h - ST_Y(p)) / (2 * h / 2 ^ z))::int AS y, h
FROM (SELECT 20037508.342789244::float8 AS h, ST_Transform('SRID=26918;POINT(485500 4424500)'::geometry, 3857) AS p) c, (VALUES (0), (9), (12), (13)) v(z);

-- what the file says it is; its pixels are read in test/t
CREATE FUNCTION pg_temp.head(png bytea) RETURNS text LANGUAGE SQL AS $$
  SELECT format('%s %s x %s, %s', CASE WHEN substr(png, 1, 8) = '\x89504e470d0a1a0a' THEN 'PNG' ELSE 'no PNG' END,
    ('x' || encode(substr(png, 17, 4), 'hex'))::bit(32)::int, ('x' || encode(substr(png, 21, 4), 'hex'))::bit(32)::int,
    CASE get_byte(png, 25) WHEN 6 THEN 'with alpha' ELSE 'opaque' END) $$;
SELECT z, pg_temp.head(crimeml.tile_png(grid, z, x, y)) AS head FROM one, tile ORDER BY z;
-- beside it nothing: all empty tiles are one picture, which is none of those above
SELECT count(*), count(DISTINCT md5(png)) AS pictures FROM one, tile,
  LATERAL (SELECT crimeml.tile_png(grid, z, x + dx, y) FROM (VALUES (-2), (2)) d(dx) WHERE z > 0
    UNION ALL SELECT crimeml.tile_png(crimeml.grid_multiply(grid, 0), z, x, y)
    UNION ALL SELECT crimeml.tile_png(crimeml.grid_divide(grid, 0), z, x, y)) t(png);
SELECT count(DISTINCT png) AS pictures, bool_or(png = nothing) AS empty FROM one, tile, LATERAL crimeml.tile_png(grid, z, x, y) png,
  LATERAL crimeml.tile_png(crimeml.grid_multiply(grid, 0), z, x, y) nothing;
-- options change the picture, those that say the same do not
SELECT crimeml.tile_png(grid, z, x, y) = crimeml.tile_png(grid, z, x, y, 'risk', 1, 'sqrt', false) AS defaults,
  crimeml.tile_png(grid, z, x, y) = crimeml.tile_png(grid, z, x, y, 'magma') AS palette,
  crimeml.tile_png(grid, z, x, y) = crimeml.tile_png(grid, z, x, y, high => 4) AS high,
  crimeml.tile_png(grid, z, x, y, high => 4) = crimeml.tile_png(grid, z, x, y, high => 4, scale => 'linear') AS scale,
  crimeml.tile_png(grid, z, x, y) = crimeml.tile_png(grid, z, x, y, smooth => true) AS smooth
FROM one, tile WHERE z = 12;
-- a grid in the map's own SRID
SELECT pg_temp.head(crimeml.tile_png(crimeml.grid_count_agg('SRID=3857;POINT(5 5)', ST_MakeEnvelope(0, 0, 1000, 1000, 3857), '{"cell_size": 500}'), 14, 8192, 8191)) AS head;

SELECT crimeml.tile_png(NULL, 1, 0, 0) IS NULL AS no_grid;
SELECT crimeml.tile_png(grid, -1, 0, 0) FROM one;
SELECT crimeml.tile_png(grid, 31, 0, 0) FROM one;
SELECT crimeml.tile_png(grid, 3, 8, 0) FROM one;
SELECT crimeml.tile_png(grid, 3, 0, 8) FROM one;
SELECT crimeml.tile_png(grid, 3, -1, 0) FROM one;
SELECT crimeml.tile_png(grid, NULL, 0, 0) FROM one;
SELECT crimeml.tile_png(grid, 3, 0, 0, 'viridi') FROM one;
SELECT crimeml.tile_png(grid, 3, 0, 0, NULL) FROM one;
SELECT crimeml.tile_png(grid, 3, 0, 0, high => 0) FROM one;
SELECT crimeml.tile_png(grid, 3, 0, 0, scale => 'log') FROM one;
SELECT crimeml.tile_png(crimeml.grid_count_agg('POINT(5 5)'::geometry, ST_MakeEnvelope(0, 0, 10, 10), '{"cell_size": 10}'), 3, 0, 0);
DROP TABLE one, tile;

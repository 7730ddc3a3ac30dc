-- heatmap_png: a picture of the asked size, that shows what it was given.
SET client_min_messages = warning;
CREATE FUNCTION png_size(png bytea) RETURNS text LANGUAGE sql AS $$
  SELECT CASE WHEN encode(substr(png, 1, 8), 'hex') = '89504e470d0a1a0a' AND encode(substr(png, length(png) - 7, 4), 'escape') = 'IEND'
    THEN format('%s x %s', ('x' || encode(substr(png, 17, 4), 'hex'))::bit(32)::int, ('x' || encode(substr(png, 21, 4), 'hex'))::bit(32)::int) END
$$;
CREATE TABLE map AS
SELECT kind, g FROM (
  SELECT crimeml.kde_agg(p, ST_MakeEnvelope(500000, 4400000, 502000, 4401000, 26918), '{"cell_size": 50, "bandwidth": 300}') AS density,
    crimeml.grid_count_agg(p, ST_MakeEnvelope(500000, 4400000, 502000, 4401000, 26918), '{"cell_size": 50}') AS count,
    crimeml.grid_count_agg(p, ST_MakeEnvelope(500000, 4400000, 500001, 4401000, 26918), '{"cell_size": 1}') AS tall,
    crimeml.grid_count_agg(p, ST_MakeEnvelope(500000, 4400000, 501000, 4400001, 26918), '{"cell_size": 1}') AS wide,
    crimeml.grid_count_agg(p, ST_MakeEnvelope(0, 0, 10, 10, 26918), '{"cell_size": 10}') AS empty,
    crimeml.grid_count_agg(p, ST_MakeEnvelope(500000, 4400000, 502000, 4402000, 26918), '{"cell_size": 1}') AS fine
  FROM generate_series(1, 200) i, LATERAL (SELECT ST_SetSRID(ST_MakePoint(500000 + i * 7919 % 2000, 4400000 + i * 6271 % 1000), 26918)) q(p)) k,
  LATERAL (VALUES ('density', density), ('count', count), ('tall', tall), ('wide', wide), ('empty', empty), ('fine', fine)) v(kind, g);

SELECT kind, png_size(crimeml.heatmap_png(g)) AS by_default, png_size(crimeml.heatmap_png(g, width => 400, title => 'Thefts & burglaries')) AS with_title
FROM map ORDER BY kind;
SELECT png_size(crimeml.heatmap_png(g, width => w)) FROM map, unnest(ARRAY[100, 1600]) w WHERE kind = 'density';
SELECT png_size(crimeml.heatmap_png(crimeml.normalize(g))) FROM map WHERE kind = 'density';

-- each argument changes the picture, and the same ones give the same bytes
SELECT count(DISTINCT png) AS pictures, count(*) AS drawn
FROM map, LATERAL (VALUES
  (crimeml.heatmap_png(g)), (crimeml.heatmap_png(g, 'risk', 800, NULL, NULL, 'sqrt', true, 'white')),
  (crimeml.heatmap_png(g, palette => 'viridis')), (crimeml.heatmap_png(g, palette => 'magma')),
  (crimeml.heatmap_png(g, high => 10)), (crimeml.heatmap_png(g, high => 1e6)), (crimeml.heatmap_png(g, scale => 'linear')),
  (crimeml.heatmap_png(g, smooth => false)), (crimeml.heatmap_png(g, background => 'transparent')),
  (crimeml.heatmap_png(g, title => 'a')), (crimeml.heatmap_png(g, title => 'b'))) v(png)
WHERE kind = 'density';
-- an outline: lines and polygons of any kind are drawn, what lies outside the map is not
CREATE TABLE outline (name text, geom geometry);
INSERT INTO outline VALUES
  ('ring', ST_MakeEnvelope(500200, 4400200, 501800, 4400800, 26918)),
  ('line', ST_SetSRID('LINESTRING(500200 4400200, 501800 4400800)'::geometry, 26918)),
  ('through', ST_SetSRID('LINESTRING(-1e12 4400500, 1e12 4400500)'::geometry, 26918)),
  ('holes', ST_SetSRID('MULTIPOLYGON Z (((500200 4400200 1, 501800 4400200 1, 501800 4400800 1, 500200 4400200 1), (501200 4400300 1, 501600 4400300 1, 501600 4400500 1, 501200 4400300 1)))'::geometry, 26918)),
  ('lines', ST_SetSRID('MULTILINESTRING((500200 4400200, 501800 4400200), (500200 4400800, 501800 4400800))'::geometry, 26918)),
  ('collection', ST_SetSRID('GEOMETRYCOLLECTION(LINESTRING(500200 4400200, 501800 4400200), GEOMETRYCOLLECTION(POLYGON((500500 4400500, 500600 4400500, 500600 4400600, 500500 4400500))))'::geometry, 26918)),
  -- more points than are drawn at once, and many on one pixel
  ('long', (SELECT ST_SetSRID(ST_MakeLine(ST_MakePoint(501000 + i / 25.0 * cos(i), 4400500 + i / 50.0 * sin(i)) ORDER BY i), 26918) FROM generate_series(1, 20000) i)),
  ('none', NULL), ('outside', ST_MakeEnvelope(0, 0, 100, 100, 26918)), ('empty', ST_SetSRID('POLYGON EMPTY'::geometry, 26918)),
  ('no line', ST_SetSRID('LINESTRING EMPTY'::geometry, 26918));
SELECT string_agg(name, ', ' ORDER BY name) AS the_same FROM outline, map WHERE kind = 'count'
GROUP BY crimeml.heatmap_png(g, outline => geom) ORDER BY 1;
SELECT crimeml.heatmap_png(g, outline => ST_Transform(geom, 4326)) FROM map, outline WHERE kind = 'count' AND name = 'ring';
SELECT crimeml.heatmap_png(g, outline => ST_SetSRID(ST_MakePoint(500500, 4400500), 26918)) FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, outline => ST_SetSRID('CIRCULARSTRING(500200 4400200, 500300 4400300, 500400 4400200)'::geometry, 26918)) FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, outline => ST_SetSRID('LINESTRING(500200 4400200, NaN 4400300)'::geometry, 26918)) FROM map WHERE kind = 'count';

-- a title that does not fit is cut, whatever its characters
SELECT png_size(crimeml.heatmap_png(g, title => repeat('Überfälle – ', 100), width => 300)),
  png_size(crimeml.heatmap_png(g, title => '')) AS no_text
FROM map WHERE kind = 'count';
SELECT png_size(crimeml.heatmap_png(g, title => repeat('x', 2000))) FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, title => repeat('x', 2001)) FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, title => repeat('ü', 1000000)) FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(NULL) IS NULL AS is_null;

-- refused, with a reason
SELECT crimeml.heatmap_png(g, palette => 'virdis') FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, palette => 'rainbow') FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, palette => NULL) FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, width => 99) FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, width => 100000) FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, width => NULL) FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, high => 0) FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, high => 'NaN') FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, scale => 'log') FROM map WHERE kind = 'count';
SELECT crimeml.heatmap_png(g, background => 'black') FROM map WHERE kind = 'count';
SET crimeml.memory_limit = '1MB';
SELECT crimeml.heatmap_png(g) FROM map WHERE kind = 'count';
RESET crimeml.memory_limit;

DROP TABLE map, outline;
DROP FUNCTION png_size;

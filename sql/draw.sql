
-- ----------
-- draw: pictures and reports
-- ----------

CREATE FUNCTION heatmap_png(
  grid grid, palette text DEFAULT 'risk', width int DEFAULT 800, title text DEFAULT NULL,
  high float8 DEFAULT NULL, scale text DEFAULT 'sqrt', smooth bool DEFAULT NULL,
  background text DEFAULT 'white', outline geometry DEFAULT NULL
) RETURNS bytea
AS 'MODULE_PATHNAME', 'crimeml_heatmap_png' LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION heatmap_png(grid, text, int, text, float8, text, bool, text, geometry) IS
'A grid as a PNG with legend and scale bar. palette: risk, viridis or magma; width: pixels, 100 to 8192; title: at most 2000 characters; high: the value of the last colour (default: the largest), which makes several maps comparable; scale: sqrt or linear, how values spread over the colours; smooth: interpolate between cells (default: densities yes, counts no); background: white or transparent; outline: lines and polygons in the SRID of the grid, as the edge of a study area, drawn on the map. NULL for a NULL grid. The title and all text drawn are in the file as Title and Description, too.';

CREATE FUNCTION html_table(source text, title text DEFAULT NULL) RETURNS text
AS 'MODULE_PATHNAME', 'crimeml_html_table' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 10000;
COMMENT ON FUNCTION html_table(text, text) IS
'The rows of a source as an HTML table for report_html(): all columns, in their order, escaped, numbers to the right, NULL empty. An error above 64 MB.';

CREATE FUNCTION html_image(png bytea, title text DEFAULT NULL) RETURNS text
AS 'MODULE_PATHNAME', 'crimeml_html_image' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION html_image(bytea, text) IS
'A PNG picture as a figure for report_html(), the bytes inside the page. NULL for a NULL picture; an error for what is no PNG.';

CREATE FUNCTION html_text(content text, title text DEFAULT NULL) RETURNS text
AS 'MODULE_PATHNAME', 'crimeml_html_text' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION html_text(text, text) IS
'A paragraph for report_html(), escaped, its line breaks kept. NULL for NULL; an error above 64 MB.';

CREATE FUNCTION report_html(title text, VARIADIC parts text[]) RETURNS text
AS 'MODULE_PATHNAME', 'crimeml_report_html' LANGUAGE C STABLE PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION report_html(text, text[]) IS
'One page of HTML that stands alone and prints well, of parts made by html_table, html_image and html_text; NULL parts are left out, and counted by NOTICE. title is escaped, parts are taken as the HTML that they are. An error above 512 MB.';

CREATE FUNCTION write_file(path text, content bytea) RETURNS bigint
AS 'MODULE_PATHNAME', 'crimeml_write_file_bytea' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION write_file(text, bytea) FROM PUBLIC;
COMMENT ON FUNCTION write_file(text, bytea) IS
'Write a file on the server and give the number of its bytes. path is absolute; a file that is there is replaced at once, a directory is an error. Nothing is written where content is NULL; a NOTICE says so. The caller must be a member of pg_write_server_files.';

CREATE FUNCTION write_file(path text, content text) RETURNS bigint
AS 'MODULE_PATHNAME', 'crimeml_write_file_text' LANGUAGE C VOLATILE PARALLEL UNSAFE;
REVOKE ALL ON FUNCTION write_file(text, text) FROM PUBLIC;
COMMENT ON FUNCTION write_file(text, text) IS
'The same with text, which is written in UTF-8.';

CREATE FUNCTION tile_png(
  grid grid, z int, x int, y int, palette text DEFAULT 'risk',
  high float8 DEFAULT NULL, scale text DEFAULT 'sqrt', smooth bool DEFAULT NULL
) RETURNS bytea
AS 'MODULE_PATHNAME', 'crimeml_tile_png' LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION tile_png(grid, int, int, int, text, float8, text, bool) IS
'A grid as tile (x, y) of zoom z of a web map (SRID 3857): a PNG of 256 x 256 pixels, transparent where there is nothing. x and y count from the north-west, as in Leaflet, MapLibre and OpenStreetMap. palette, high, scale and smooth are those of heatmap_png; high is the same for all tiles of a grid. NULL for a NULL grid; an error for a tile that there is not, or a grid whose SRID is not known.';

CREATE FUNCTION raster_wkb(grid grid) RETURNS bytea
AS 'MODULE_PATHNAME', 'crimeml_raster_wkb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION raster_wkb(grid) IS
'A grid in the binary form of PostGIS''s rasters, for ST_RastFromWKB: one band of 64-bit floats, no data as NaN, north up. CREATE EXTENSION crimeml_raster gives to_raster(grid), which is that. An error above 65535 columns or rows.';

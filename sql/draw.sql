
-- ----------
-- draw: pictures and reports
-- ----------

CREATE FUNCTION heatmap_png(
  grid grid, palette text DEFAULT 'risk', width int DEFAULT 800, title text DEFAULT NULL,
  high float8 DEFAULT NULL, scale text DEFAULT 'sqrt', smooth bool DEFAULT NULL,
  background text DEFAULT 'white'
) RETURNS bytea
AS 'MODULE_PATHNAME', 'heatmap_png' LANGUAGE C STABLE PARALLEL SAFE COST 10000;
COMMENT ON FUNCTION heatmap_png(grid, text, int, text, float8, text, bool, text) IS
'A grid as a PNG with legend and scale bar. palette: risk, viridis or magma; width: pixels, 100 to 8192; title; high: the value of the last colour (default: the largest), which makes several maps comparable; scale: sqrt or linear, how values spread over the colours; smooth: interpolate between cells (default: densities yes, counts no); background: white or transparent. NULL for a NULL grid.';

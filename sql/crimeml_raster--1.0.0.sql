-- crimeml_raster: grids of crimeml as rasters of PostGIS.
\echo Use "CREATE EXTENSION crimeml_raster" to load this file. \quit

CREATE FUNCTION to_raster(grid grid) RETURNS raster
LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE COST 1000
BEGIN ATOMIC
  SELECT ST_RastFromWKB(raster_wkb($1));
END;
COMMENT ON FUNCTION to_raster(grid) IS
'A grid as a raster of PostGIS: one band of 64-bit floats with the grid''s values, SRID and cells, north up; what has no data is NODATA. An error above 65535 columns or rows.';

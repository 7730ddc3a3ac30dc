-- Grids as rasters of PostGIS: same values, same place.
SET client_min_messages = warning;
SET jit = off;
CREATE EXTENSION crimeml_raster CASCADE;
CREATE TABLE made AS
SELECT 'density' AS name, crimeml.kde_agg(geom, ST_MakeEnvelope(480000, 4421000, 487000, 4426000, 26918), '{"cell_size": 250, "bandwidth": 700}') AS grid
FROM crimeml.simulate_incidents(1000, 1)
UNION ALL
SELECT 'clipped', crimeml.clip(crimeml.grid_count_agg(geom, ST_MakeEnvelope(480000, 4421000, 487000, 4426000, 26918), '{"cell_size": 300}'),
  ST_Buffer('SRID=26918;POINT(484000 4424000)'::geometry, 1700))
FROM crimeml.simulate_incidents(1000, 1);
CREATE TABLE laid AS SELECT name, grid, crimeml.to_raster(grid) AS raster FROM made;
SELECT name, (ST_MetaData(raster)).*, (ST_BandMetaData(raster)).pixeltype, (ST_BandMetaData(raster)).nodatavalue FROM laid ORDER BY name;
-- every cell: the pixel at its centre has its value, and its outline
SELECT name, count(*) AS cells, count(c.value) AS have, bool_and(ST_Value(raster, ST_Centroid(c.geom)) IS NOT DISTINCT FROM c.value) AS values,
  bool_and(ST_Equals(ST_PixelAsPolygon(raster, c.i - (d ->> 'i0')::int + 1, (d ->> 'rows')::int - (c.j - (d ->> 'j0')::int)), c.geom)) AS outlines
FROM laid, LATERAL crimeml.describe(grid) d, crimeml.cells(grid, false) c GROUP BY name ORDER BY name;
SELECT name, (s).count, round((s).sum::numeric, 6) = round((SELECT sum(value) FROM crimeml.cells(grid))::numeric, 6) AS sum
FROM laid, LATERAL (SELECT ST_SummaryStats(raster)) x(s) ORDER BY name;
-- without the extension, the same bytes
SELECT bool_and(ST_RastFromWKB(crimeml.raster_wkb(grid))::text = raster::text) AS same FROM laid;
SELECT crimeml.to_raster(NULL) IS NULL AS none;
SELECT crimeml.to_raster(crimeml.grid_count_agg('POINT(1 1)', ST_MakeEnvelope(0, 0, 70000, 1), '{"cell_size": 1}'));
DROP TABLE made, laid;
DROP EXTENSION crimeml_raster;
DROP EXTENSION postgis_raster;

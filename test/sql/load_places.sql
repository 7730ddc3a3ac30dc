-- load_csv(): places that cannot be right are told with counts, and bounds reject them.
CREATE TABLE placed (id int, geom geometry(Point, 26918), degrees geometry(Point, 4326), earth geography(Point), feet geometry(Point, 2272), free geometry(Point));
CREATE FUNCTION load_places(csv text, columns jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  load record;
BEGIN
  SELECT * INTO load FROM crimeml.load_csv('placed', convert_to(E'id,x,y\n' || csv, 'UTF8'), '{"id": "id"}' || columns);
  RETURN format('%s loaded, %s rejected', load.loaded, load.rejected);
END$$;
-- a city of 200 places about Philadelphia in an SRID, exchanged before or after it was projected
CREATE FUNCTION city(srid int, first int, last int, way text DEFAULT '') RETURNS text LANGUAGE sql AS
$$SELECT string_agg(concat_ws(',', i, CASE way WHEN 'y first' THEN ST_Y(p) ELSE ST_X(p) END, CASE way WHEN 'y first' THEN ST_X(p) ELSE ST_Y(p) END), E'\n' ORDER BY i) || E'\n'
FROM generate_series(first, last) i, ST_SetSRID(ST_MakePoint(-75.16 + i % 20 * 0.005, 39.95 + i / 20 * 0.005), 4326) l,
  ST_Transform(CASE way WHEN 'latitude first' THEN ST_FlipCoordinates(l) ELSE l END, srid) p$$;

-- nothing to say
SELECT load_places(city(4326, 1, 200), '{"geom": {"from": ["x", "y"], "srid": 4326}}');
SELECT load_places(city(26918, 1, 200), '{"geom": {"from": ["x", "y"]}}');
SELECT load_places(city(2272, 1, 200), '{"feet": {"from": ["x", "y"]}}');
SELECT load_places(E'1,0,0\n2,5,5\n', '{"free": {"from": ["x", "y"]}}');
-- (0 0), in degrees and in metres
SELECT load_places(city(4326, 1, 200) || E'201,0,0\n202,0.0,-0\n203,,\n', '{"geom": {"from": ["x", "y"], "srid": 4326}}');
SELECT load_places(city(26918, 1, 200) || E'201,0,0\n', '{"geom": {"from": ["x", "y"]}}');
-- longitude and latitude exchanged: some of them, in geometries and geographies, projected or not
SELECT load_places(city(4326, 1, 200) || city(4326, 201, 207, 'y first'), '{"geom": {"from": ["x", "y"], "srid": 4326}}');
SELECT load_places(city(4326, 1, 200) || city(4326, 201, 207, 'y first'), '{"degrees": {"from": ["x", "y"]}}');
SELECT load_places(city(4326, 1, 200) || city(4326, 201, 207, 'y first'), '{"earth": {"from": ["x", "y"]}}');
SELECT load_places(city(26918, 1, 200) || city(26918, 201, 207, 'latitude first'), '{"geom": {"from": ["x", "y"]}}');
SELECT load_places(city(2272, 1, 200) || city(2272, 201, 207, 'y first'), '{"feet": {"from": ["x", "y"]}}');
-- in London, where nothing lies in the Antarctic
SELECT load_places((SELECT string_agg(i || ',' || -0.1 - i * 0.001 || ',' || 51.5 + i * 0.001, E'\n') FROM generate_series(1, 100) i) || E'\n101,51.5,-0.1\n', '{"degrees": {"from": ["x", "y"]}}');
-- all of them; beyond 90 degrees there is no latitude
SELECT load_places(city(4326, 1, 200, 'y first'), '{"degrees": {"from": ["x", "y"]}}');
SELECT load_places(city(4326, 1, 200, 'y first'), '{"geom": {"from": ["x", "y"], "srid": 4326}}');
SELECT load_places(E'1,34,-118\n', '{"degrees": {"from": ["x", "y"]}}');
SELECT reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads);
SELECT load_places(E'1,-400000,4430000\n2,200,95\n', '{"degrees": {"from": ["x", "y"], "srid": 4269}}');
SELECT reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads);
SELECT loaded, rejected FROM crimeml.load_csv('placed', E'id,p\n1,POINT(34 -118)\n2,POINT(-118 34)\n3,POINT(-118 340)\n4,POINT(0 0)\n'::bytea, '{"id": "id", "degrees": "p"}');
SELECT reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
-- degrees in an SRID of metres or feet: all of them, and some
SELECT load_places(city(4326, 1, 200), '{"geom": {"from": ["x", "y"]}}');
SELECT load_places(city(2272, 1, 200) || city(4326, 201, 203), '{"feet": {"from": ["x", "y"]}}');
-- a second city is no fault, nor are strays
SELECT load_places(city(4326, 1, 200) || E'201,-118.2,34.1\n202,2.3,48.9\n203,139.7,35.7\n', '{"degrees": {"from": ["x", "y"]}}');

-- bounds, in the file's SRID, with their sides; of shapes by their boxes, also of those with an SRID of their own
TRUNCATE placed;
SELECT load_places(city(4326, 1, 200) || E'201,0,0\n202,40,-75.1\n203,-75.2,39.9\n204,-75,40.1\n205,-75.2001,40\n206,,\n',
  '{"geom": {"from": ["x", "y"], "srid": 4326, "bounds": [-75.2, 39.9, -75, 40.1]}}');
SELECT line, reason, sqlstate FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
SELECT id, geom IS NULL AS missing FROM placed WHERE id > 200 ORDER BY id;
CREATE TABLE shaped (id int, shape geometry, many geometry(MultiPolygon, 26918), lines geometry(MultiLineString), points geometry(MultiPoint, 4326), single geometry(Polygon));
SELECT loaded, rejected FROM crimeml.load_csv('shaped', convert_to($csv$id,shape
1,"POLYGON((0 0,4 0,4 4,0 0))"
2,POINT(5 5)
3,"LINESTRING(9 9,20 20)"
4,"LINESTRING(11 11,20 20)"
5,POINT EMPTY
6,
7,"SRID=4326;POINT(-75 40)"
8,"SRID=4326;POINT(-75 41)"
$csv$, 'UTF8'), '{"id": "id", "shape": {"from": "shape", "bounds": [-80, 0, 10, 10]}}');
SELECT line, reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
SELECT loaded, rejected FROM crimeml.load_csv('shaped', E'id,shape\n1,SRID=4326;POINT(-75 40)\n2,SRID=4326;POINT(-75 41)\n3,POINT(500000 4430000)\n'::bytea,
  '{"id": "id", "shape": {"from": "shape", "srid": 26918, "bounds": [400000, 4400000, 600000, 4450000]}}');
SELECT line, reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
-- one polygon is a multipolygon of one; a point is none
TRUNCATE shaped;
SELECT loaded, rejected FROM crimeml.load_csv('shaped', convert_to($csv$id,many,lines,x,y,single
1,"POLYGON((-75 40,-74.9 40,-74.9 40.1,-75 40))","LINESTRING(0 0,1 1)",1,2,"POLYGON((0 0,4 0,4 4,0 0))"
2,"MULTIPOLYGON(((-75 40,-74.9 40,-74.9 40.1,-75 40)))","MULTILINESTRING((0 0,1 1))",1,2,
3,POINT(-75 40),,1,2,
4,,,1,2,"MULTIPOLYGON(((0 0,4 0,4 4,0 0)))"
$csv$, 'UTF8'), '{"id": "id", "many": {"from": "many", "srid": 4326}, "lines": "lines", "points": {"from": ["x", "y"]}, "single": "single"}');
SELECT line, reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
SELECT id, GeometryType(many) AS many, ST_Equals(many, ST_Transform('SRID=4326;POLYGON((-75 40,-74.9 40,-74.9 40.1,-75 40))'::geometry, 26918)) AS same, ST_AsText(lines) AS lines, ST_AsText(points) AS points
FROM shaped ORDER BY id;

-- what is no SRID, no number of a field and no bounds; an SRID that PostGIS does not know is no property of a row
CREATE FUNCTION refused(columns jsonb) RETURNS text LANGUAGE plpgsql AS
$$BEGIN RETURN load_places(E'1,1,1\n', columns); EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE || ' ' || SQLERRM; END$$;
SELECT columns, refused(columns) FROM (SELECT jsonb_build_object('geom', '{"from": ["x", "y"]}'::jsonb || wrong) AS columns FROM unnest(ARRAY['{"srid": 4326.5}', '{"srid": 4326.0000000000000000001}', '{"srid": 1e30}',
  '{"srid": 0}', '{"srid": "4326"}', '{"transform": 26918.5}', '{"from": [1.5, 2]}', '{"from": [99999999999, 2]}', '{"from": [2, 3], "srid": 4.326e3}', '{"bounds": [1, 2, 3]}', '{"bounds": [1, 2, 3, "4"]}',
  '{"bounds": [3, 2, 1, 4]}', '{"bounds": [1, 2, 1, 4]}', '{"bounds": 5}', '{"srid": 424242}']::jsonb[]) wrong) w;
SELECT refused('{"id": {"from": "id", "bounds": [1, 2, 3, 4]}}');

-- the day first
CREATE TABLE dated (id int, at timestamp, on_day date);
SELECT loaded, rejected FROM crimeml.load_csv('dated', E'id,at,on_day\n1,01/02/2019 10:00,01.02.2019\n2,25/12/2019 10:00,02.02.2019\n3,26/12/2019,03.02.2019\n4,12/13/2019,27-12-2019\n'::bytea);
SELECT loaded, rejected FROM crimeml.load_csv('dated', E'id,at\n1,01/02/2019 10:00\n2,25/12/2019 10:00\n'::bytea, '{"id": "id", "at": {"from": "at", "format": "DD/MM/YYYY HH24:MI"}}');
-- the delimiter, and psql's :LASTOID
SELECT crimeml.load_csv('dated', convert_to(format(E'id%sat\n1%s2019-01-01\n', d, d), 'UTF8')) FROM unnest(ARRAY[';']) d;
SELECT crimeml.load_csv('dated', convert_to(format(E'id%sat\n1%s2019-01-01\n', d, d), 'UTF8')) FROM unnest(ARRAY[E'\t']) d;
SELECT crimeml.load_csv('dated', convert_to(format(E'id%sat\n1%s2019-01-01\n', d, d), 'UTF8'), '{"id": "identity"}') FROM unnest(ARRAY['|']) d;
SELECT crimeml.load_csv('dated', E'id,at\n1,2019-01-01\n'::bytea, delimiter => ';');
SELECT crimeml.load_csv('dated', 0::oid);
DROP TABLE placed, shaped, dated;
DROP FUNCTION load_places, city, refused;

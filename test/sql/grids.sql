-- The type grid: counts, cells, I/O, normalize, describe, and what is refused.
SET client_min_messages = warning;
CREATE TABLE spot (id int PRIMARY KEY, geom geometry(Point, 26918), weight float8);
INSERT INTO spot VALUES
  (1, ST_SetSRID(ST_MakePoint(500050, 4400050), 26918), 1),
  (2, ST_SetSRID(ST_MakePoint(500050, 4400050), 26918), 2.5),
  -- on an edge: belongs to the cell east and north of it
  (3, ST_SetSRID(ST_MakePoint(500100, 4400100), 26918), 1),
  (4, ST_SetSRID(ST_MakePoint(500199.999, 4400000), 26918), 1),
  -- outside: on the far edge, and far away
  (5, ST_SetSRID(ST_MakePoint(500300, 4400050), 26918), 1),
  (6, ST_SetSRID(ST_MakePoint(0, 0), 26918), 4),
  -- take no part
  (7, NULL, 1),
  (8, ST_SetSRID('POINT EMPTY'::geometry, 26918), 1),
  (9, ST_SetSRID(ST_MakePoint(500050, 4400050), 26918), NULL);
CREATE TABLE made AS
  SELECT crimeml.grid_count_agg(geom, b, '{"cell_size": 100}') AS plain,
         crimeml.grid_count_agg(geom, weight, b, '{"cell_size": 100}') AS weighted
  FROM spot, LATERAL (SELECT ST_MakeEnvelope(500000, 4400000, 500300, 4400200, 26918)) AS e(b);

SELECT c.cell, c.i, c.j, c.value FROM made, crimeml.cells(plain) c ORDER BY cell;
SELECT c.cell, c.value FROM made, crimeml.cells(weighted, nonzero => false) c ORDER BY cell;
SELECT jsonb_pretty(crimeml.describe(weighted)) FROM made;

-- the cells are those of PostGIS, bit for bit
SELECT count(*) AS cells, bool_and(c.geom = g.geom AND ST_AsEWKB(c.geom) = ST_AsEWKB(g.geom)) AS same
FROM made, crimeml.cells(plain, false) c
JOIN ST_SquareGrid(100, ST_MakeEnvelope(500000, 4400000, 500300, 4400200, 26918)) g USING (i, j);
-- and the point in the middle, for maps of the web
SELECT bool_and(abs(longitude - ST_X(p)) < 1e-12 AND abs(latitude - ST_Y(p)) < 1e-12) AS same
FROM made, crimeml.cells(plain, false) c, LATERAL (SELECT ST_Transform(ST_Centroid(c.geom), 4326)) AS t(p);
SELECT (crimeml.cells(plain, false)).cell FROM made LIMIT 2;

-- a density that is made of counts
SELECT c.cell, round((c.value * 100 * 100 * 7)::numeric, 9) AS points
FROM made, crimeml.cells(crimeml.normalize(plain)) c ORDER BY cell;
SELECT crimeml.describe(crimeml.normalize(plain)) ->> 'values' AS values,
       round((crimeml.describe(crimeml.normalize(plain)) ->> 'inside')::numeric, 12) AS inside
FROM made;
-- no weight: nothing to divide by
SELECT crimeml.normalize(crimeml.grid_count_agg(geom, 0, ST_MakeEnvelope(0, 0, 10, 10, 26918), '{"cell_size": 5}')) IS NULL AS is_null
FROM spot WHERE id < 3;

-- bounds snap outward; below zero as well
SELECT d ->> 'i0' AS i0, d ->> 'j0' AS j0, d ->> 'columns' AS columns, d ->> 'rows' AS rows
FROM (VALUES (-150.0, -0.1, 150.0, 0.1), (-200, -100, 200, 100), (0.3, 0.3, 0.7, 0.7)) v(a, b, c, d0),
  LATERAL (SELECT CASE WHEN a = 0.3 THEN 0.1 ELSE 100 END) s(size),
  LATERAL (SELECT crimeml.describe(crimeml.grid_count_agg(nothing, ST_MakeEnvelope(a, b, c, d0), jsonb_build_object('cell_size', size)))
    FROM (VALUES (NULL::geometry)) n(nothing)) x(d)
ORDER BY a;

-- a cell size is chosen by a stated rule: the short side by 50, in hundreds
SELECT crimeml.describe(crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, x, 9000, 26918), '{}')) -> 'cell_size' AS cell_size,
  crimeml.describe(crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, x, 9000, 26918), '{}')) -> 'cell_size_rule' AS rule
FROM spot, (VALUES (8700), (900)) v(x) WHERE id = 1 GROUP BY x ORDER BY x;

-- text and binary forms come back as they were
SELECT plain::text::crimeml.grid::text = plain::text AS text_form,
  length(crimeml.grid_send(plain)) AS bytes,
  encode(substr(crimeml.grid_send(plain), 1, 6), 'hex') AS front
FROM made;
SELECT plain::text FROM made;
CREATE TABLE copied (LIKE made);
SELECT current_setting('data_directory') || '/crimeml_grids_test' AS path \gset
COPY made TO :'path' (FORMAT binary);
COPY copied FROM :'path' (FORMAT binary);
COPY (SELECT '') TO PROGRAM 'rm "$(pwd)/crimeml_grids_test"';
SELECT a.plain::text = b.plain::text AND a.weighted::text = b.weighted::text AS binary_form FROM made a, copied b;

-- every single damaged byte, and every cut, is found
DO $$
DECLARE
  good bytea := (SELECT decode(plain::text, 'base64') FROM made);
  bad bytea;
  found int := 0;
  tried int := 0;
BEGIN
  FOR i IN 0 .. length(good) - 1 LOOP
    FOREACH bad IN ARRAY ARRAY[set_byte(good, i, get_byte(good, i) # 1), substr(good, 1, i)] LOOP
      tried := tried + 1;
      BEGIN
        PERFORM replace(encode(bad, 'base64'), E'\n', '')::crimeml.grid;
      EXCEPTION
        WHEN data_corrupted OR feature_not_supported OR invalid_text_representation THEN
          found := found + 1;
      END;
    END LOOP;
  END LOOP;
  RAISE WARNING '% of % found', found, tried;
END $$;
SELECT 'not a grid'::crimeml.grid;
SELECT 'AAAAAAAAAAAAAAAAAAAAAAAA'::crimeml.grid;
SELECT ''::crimeml.grid;
SELECT replace(encode(set_byte(decode(plain::text, 'base64'), 4, 9), 'base64'), E'\n', '')::crimeml.grid FROM made;

-- nothing in, nothing out
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1, 1), '{}') IS NULL AS no_rows FROM spot WHERE false;
SELECT crimeml.describe(crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 10, 10, 26918), '{"cell_size": 5}')) -> 'inside' AS only_null
FROM spot WHERE geom IS NULL;
SELECT count(*) AS cells_of_null FROM crimeml.cells(NULL);

-- refused, with a reason
\set VERBOSITY default
SELECT crimeml.grid_count_agg(geom, NULL, '{}') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), NULL) FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_SetSRID(ST_MakePoint(1, 1), 26918), '{}') FROM spot;
SELECT crimeml.grid_count_agg(geom, 'POLYGON EMPTY'::geometry, '{}') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"cell_size": 0}') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"cell_size": -5}') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"cell_size": "100"}') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"cell_size": [100]}') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"cellsize": 100}') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '{"bandwidth": 100}') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 26918), '[100]') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1e6, 5e6, 26918), '{"cell_size": 10}') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(1e6, 1e6, 1000001, 1000001, 26918), '{"cell_size": 0.0001}') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(-1e300, 0, 1e300, 1, 26918), '{"cell_size": 1}') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 32618), '{}') FROM spot;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1, 1, 4326), '{}') FROM spot;
SELECT crimeml.grid_count_agg(geom, 'NaN', ST_MakeEnvelope(0, 0, 1, 1, 26918), '{}') FROM spot;
SELECT crimeml.grid_count_agg(geom, 'infinity', ST_MakeEnvelope(0, 0, 1, 1, 26918), '{}') FROM spot;
SELECT crimeml.grid_count_agg(geom, 1e308, ST_MakeEnvelope(500000, 4400000, 500300, 4400300, 26918), '{}') FROM spot;
SET crimeml.memory_limit = '1MB';
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1000, 1000, 26918), '{"cell_size": 1}') FROM spot;
-- a row of a million cells: its factors are most of what it needs
SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(0, 0, 1000000, 1, 26918), '{"cell_size": 1, "kernel": "gaussian", "bandwidth": 1000}') FROM spot;
RESET crimeml.memory_limit;

-- as a window function: the grid so far
SELECT id, crimeml.describe(crimeml.grid_count_agg(geom, ST_MakeEnvelope(500000, 4400000, 500300, 4400200, 26918), '{"cell_size": 100}')
  OVER (ORDER BY id)) -> 'inside' AS inside
FROM spot WHERE id < 6 ORDER BY id;

DROP TABLE spot, made, copied;

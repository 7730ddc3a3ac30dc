-- demo.sql: the whole job on the table incident (id, at, offence, district, geom).
--
-- Takes the psql variables time_zone and title, and leaves the tables and views
-- that it makes, and the files in demo/.
SET TimeZone = :'time_zone';
CREATE INDEX ON incident USING gist (geom);
ANALYZE incident;

-- The first three quarters of the time are there to learn from, the rest to
-- test on; the border is the start of a month, or of a day where the data are
-- short.  The first and last thousandth do not count: a stray date is common.
SELECT CASE WHEN last - first > interval '180 days'
    THEN date_trunc('month', border + interval '15 days') ELSE date_trunc('day', border + interval '12 hours') END AS test_from
FROM (
  SELECT first, last, first + (last - first) * 0.75 AS border
  FROM (
    SELECT percentile_disc(0.001) WITHIN GROUP (ORDER BY at) AS first,
      percentile_disc(0.999) WITHIN GROUP (ORDER BY at) AS last
    FROM incident) t) b \gset
CREATE VIEW usable AS
SELECT id, at, offence AS label, district, geom FROM incident
WHERE at IS NOT NULL AND offence IS NOT NULL AND geom IS NOT NULL;
CREATE VIEW past AS SELECT * FROM usable WHERE at < :'test_from';
CREATE VIEW future AS SELECT * FROM usable WHERE at >= :'test_from';

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM past) OR NOT EXISTS (SELECT FROM future) THEN
    RAISE EXCEPTION 'too few incidents, or too short a time: % with time, type and place, none of them % the last quarter',
      (SELECT count(*) FROM usable), CASE WHEN EXISTS (SELECT FROM past) THEN 'in' ELSE 'before' END;
  END IF;
END
$$;

-- A forest that tells the type of an incident from time, district and place.
CREATE TABLE model AS
SELECT crimeml.forest_agg(label, f, '{"trees": 100, "min_leaf": 20}') AS forest
FROM past, LATERAL (SELECT at, district, geom) f;

-- How good is it on what came later?
CREATE TABLE evaluation AS
SELECT e.* FROM model, crimeml.evaluate(forest, 'future') e;
CREATE TABLE confusion AS
SELECT c.* FROM model, crimeml.confusion(forest, 'future') c;
CREATE TABLE importance AS
SELECT i.* FROM model, crimeml.importance(forest) i;
CREATE TABLE prediction AS
SELECT f.id, f.at, f.district, f.label AS offence, p.class AS predicted, p.probability
FROM model, future f, crimeml.predict_classes(forest, f, 1) p;

-- Hotspots of the most frequent type (that is not "all other"): at least a
-- thousandth of its incidents within 100 m of one another.
CREATE TABLE hotspot_rule AS
SELECT offence AS type, 100::float8 AS eps, greatest(5, count(*) / 1000)::int AS minpoints
FROM incident WHERE offence IS NOT NULL AND geom IS NOT NULL
GROUP BY offence ORDER BY offence ~* '\mother\M', count(*) DESC, offence LIMIT 1;
SELECT type, eps, minpoints FROM hotspot_rule \gset
CREATE TABLE clustered AS
SELECT id, geom, crimeml.dbscan(geom, :eps, :minpoints) OVER (ORDER BY id) AS hotspot
FROM incident WHERE offence = :'type' AND geom IS NOT NULL;

-- Places are snapped to blocks, so that a hull may be a line: all are widened.
CREATE TABLE hotspot AS
SELECT row_number() OVER (ORDER BY count(*) DESC, hotspot) AS hotspot, count(*) AS incidents,
  ST_Buffer(ST_ConvexHull(ST_Collect(geom)), :eps / 2.0) AS geom
FROM clustered WHERE hotspot IS NOT NULL
GROUP BY clustered.hotspot;
CREATE VIEW hotspot_row AS
SELECT hotspot, incidents, round((ST_Area(geom) / 1e6)::numeric, 3) AS area_km2,
  round((incidents / (ST_Area(geom) / 1e6))::numeric) AS per_km2,
  round(ST_X(center)::numeric, 5) AS longitude, round(ST_Y(center)::numeric, 5) AS latitude, geom
FROM hotspot, LATERAL (SELECT ST_Transform(ST_Centroid(geom), 4326) AS center) c;

-- Density of the same incidents, and a picture of it: a radius of 500 m in
-- cells of 100 m for a city; for more than 100 km across crimeml chooses.
SELECT format('SELECT geom FROM incident WHERE offence = %L', :'type') AS source,
  CASE WHEN greatest(ST_XMax(box) - ST_XMin(box), ST_YMax(box) - ST_YMin(box)) < 100000
    THEN '{"cell_size": 100, "bandwidth": 500}' ELSE '{}' END AS kde_options
FROM (SELECT ST_Extent(geom) AS box FROM clustered) b \gset
CREATE TABLE density AS
SELECT crimeml.kde(:'source', :'kde_options') AS grid;
CREATE TABLE picture AS
SELECT crimeml.heatmap_png(grid, title => :'type') AS png FROM density;

-- The eight most frequent types by what they are taken for, a column each.
CREATE VIEW frequent AS
SELECT actual AS class, row_number() OVER (ORDER BY sum(count) DESC, actual) AS rank
FROM confusion GROUP BY actual ORDER BY rank LIMIT 8;
SELECT format($$SELECT coalesce(f.class, 'other types') AS "is; taken for:", %s,
    sum(count) FILTER (WHERE predicted <> ALL (%L::text[])) AS "other types"
  FROM confusion c LEFT JOIN frequent f ON f.class = c.actual
  GROUP BY f.class, f.rank ORDER BY f.rank$$,
  string_agg(format('sum(count) FILTER (WHERE predicted = %L) AS %I', class, class), ', ' ORDER BY rank),
  array_agg(class)) AS confusion_source
FROM frequent \gset

\o demo/report.html
SELECT crimeml.report_html(:'title',
  crimeml.html_text(format('%s incidents read, %s loaded, %s rejected, %s duplicates.', read, loaded, rejected, duplicates)),
  crimeml.html_image(png, :'type' || ': density'),
  crimeml.html_table(
    'SELECT hotspot, incidents, area_km2, per_km2, longitude, latitude FROM hotspot_row ORDER BY hotspot LIMIT 20',
    format('Hotspots of %s: %s or more within %s m', :'type', :'minpoints', :'eps')),
  crimeml.html_table(
    $$SELECT metric, round(value::numeric, 4) AS value, round(baseline::numeric, 4) AS baseline
    FROM evaluation WHERE metric <> 'rows'$$,
    format('The forest on %s incidents from %s on', (SELECT count(*) FROM future), :'test_from'::timestamptz::date)),
  crimeml.html_table('SELECT feature, round(importance::numeric, 3) AS importance FROM importance ORDER BY 2 DESC',
    'What the forest goes by'),
  crimeml.html_table(:'confusion_source', 'What it takes for what'))
FROM picture, demo_load;
\o | base64 -d >demo/heatmap.png
SELECT encode(png, 'base64') FROM picture;
\o
\copy (SELECT hotspot, incidents, area_km2, per_km2, longitude, latitude, ST_AsText(ST_Transform(geom, 4326), 6) AS wkt FROM hotspot_row ORDER BY hotspot) TO 'demo/hotspots.csv' CSV HEADER
\copy (SELECT id, at, district, offence, predicted, round(probability::numeric, 4) AS probability FROM prediction ORDER BY id) TO 'demo/predictions.csv' CSV HEADER

-- The summary.
SELECT format('  rows       %s read = %s loaded + %s rejected + %s duplicates; %s without a place, %s without a time',
  l.read, l.loaded, l.rejected, l.duplicates, count(*) FILTER (WHERE i.geom IS NULL), count(*) FILTER (WHERE i.at IS NULL))
FROM demo_load l, incident i GROUP BY l.read, l.loaded, l.rejected, l.duplicates;
SELECT format('  forest     learnt from %s incidents before %s, tested on %s after that',
  (SELECT count(*) FROM past), :'test_from'::timestamptz::date, (SELECT count(*) FROM future));
SELECT format('             %s %s (%s: %s)', replace(metric, '_', ' '), round(value::numeric, 4),
  CASE metric WHEN 'accuracy' THEN 'always the most frequent type' ELSE 'the frequencies of the types' END,
  round(baseline::numeric, 4))
FROM evaluation WHERE metric IN ('accuracy', 'log_loss') ORDER BY metric;
SELECT format('  hotspots   %s of %s, each of %s or more within %s m, holding %s of %s incidents',
  (SELECT count(*) FROM hotspot), :'type', :'minpoints', :'eps', count(hotspot), count(*))
FROM clustered;

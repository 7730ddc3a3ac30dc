-- demo.sql: the whole job on the table incident (id, at, offence, district, geom).
--
-- Takes the psql variables time_zone, zoneless (times as written, of no known
-- zone) and title, and leaves the tables and views that it makes, and the files
-- in demo/.
SET TimeZone = :'time_zone';
CREATE INDEX ON incident USING gist (geom);
ANALYZE incident;

-- The first three quarters of the time are there to learn from, the rest to
-- test on; the border is the start of a month, or of a day where the data are
-- short.  The first and last thousandth do not count: a stray date is common.
SELECT coalesce(CASE WHEN last - first > interval '180 days'
    THEN date_trunc('month', border + interval '15 days') ELSE date_trunc('day', border + interval '12 hours') END, 'infinity') AS test_from
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

-- Without two types to tell apart, in the past and later, there is no forest.
SELECT reason, reason IS NULL AS forest
FROM (
  SELECT CASE WHEN all_types = 0 THEN 'the file has no type of incident'
      WHEN types = 1 AND past > 0 THEN format('every incident%s is of one type, %s',
        CASE WHEN all_types > 1 THEN format(' before %s', :'test_from'::timestamptz::date) ELSE '' END, type)
      WHEN past = 0 OR future = 0 THEN format('too few incidents or too short a time, of %s with time, type and place %s before %s',
        past + future, past, :'test_from'::timestamptz::date) END AS reason
  FROM (SELECT count(DISTINCT offence) AS all_types FROM incident) a,
    (SELECT count(DISTINCT label) AS types, count(*) AS past, min(label) AS type FROM past) p,
    (SELECT count(*) AS future FROM future) f) r \gset
CREATE TABLE part (place int, html text);
\if :forest
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

-- What it is worth: of the incidents where it and the most frequent type do not
-- agree, and one is right, more than half by two standard deviations must be its.
CREATE VIEW worth AS
WITH usual AS (
  SELECT mode() WITHIN GROUP (ORDER BY label) AS type FROM past
), score AS (
  SELECT count(*) FILTER (WHERE predicted = offence AND offence <> usual.type) AS won,
    count(*) FILTER (WHERE predicted <> offence AND offence = usual.type) AS lost, usual.type
  FROM prediction, usual GROUP BY usual.type
), said AS (
  SELECT s.*, won - lost >= 2 * sqrt(won + lost) AND won > lost AS better, l.value < l.baseline AS nearer,
    format('it names the type of %s of %s later incidents; always saying %s would name %s', round(per * a.value), per, type,
      round(per * a.baseline)) AS figures,
    format('log loss %s against %s', round(l.value::numeric, 2), round(l.baseline::numeric, 2)) AS losses
  FROM score s, evaluation a, evaluation l,
    LATERAL (SELECT CASE WHEN round(100 * a.value) = round(100 * a.baseline) AND a.value <> a.baseline THEN 1000 ELSE 100 END AS per) p
  WHERE a.metric = 'accuracy' AND l.metric = 'log_loss'
)
SELECT CASE WHEN better AND nearer THEN format('worth something: %s (%s)', figures, losses)
  WHEN better THEN format('worth something, but its probabilities are not: %s (%s)', figures, losses)
  WHEN nearer THEN format('worth nothing for naming the type: %s; only its probabilities are nearer to what came (%s)', figures, losses)
  ELSE format('worth nothing: %s (%s)', figures, losses) END AS sentence
FROM said;

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

INSERT INTO part
SELECT 4, crimeml.html_text('The forest tells the type of an incident from time, district and place. It is ' || sentence || '.') FROM worth
UNION ALL SELECT 5, crimeml.html_table(
    $$SELECT metric, round(value::numeric, 4) AS value, round(baseline::numeric, 4) AS baseline
    FROM evaluation WHERE metric <> 'rows'$$,
    format('The forest on %s incidents from %s on', (SELECT count(*) FROM future), :'test_from'::timestamptz::date))
UNION ALL SELECT 6, crimeml.html_table('SELECT feature, round(importance::numeric, 3) AS importance FROM importance ORDER BY 2 DESC',
    'What the forest goes by')
UNION ALL SELECT 7, crimeml.html_table(:'confusion_source', 'What it takes for what');
\else
INSERT INTO part VALUES (4, crimeml.html_text(format('No forest: %s.', :'reason')));
\endif

-- Hotspots of the most frequent type (that is not "all other"), or of all where
-- there is no type: at least a thousandth of its incidents within 100 m of one another.
CREATE TABLE hotspot_rule AS
SELECT offence AS type, 100::float8 AS eps, greatest(5, count(*) / 1000)::int AS minpoints
FROM incident WHERE geom IS NOT NULL
GROUP BY offence ORDER BY offence IS NULL, offence ~* '\mother\M', count(*) DESC, offence LIMIT 1;
SELECT coalesce(type, 'all incidents') AS type, eps, minpoints,
  format('SELECT id, geom FROM incident WHERE geom IS NOT NULL AND offence %s', coalesce('= ' || quote_literal(type), 'IS NULL')) AS source
FROM hotspot_rule \gset
CREATE TABLE clustered AS
SELECT id, geom, crimeml.dbscan(geom, :eps, :minpoints) OVER (ORDER BY id) AS hotspot
FROM (:source) s;

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
SELECT CASE WHEN greatest(ST_XMax(box) - ST_XMin(box), ST_YMax(box) - ST_YMin(box)) < 100000
    THEN '{"cell_size": 100, "bandwidth": 500}' ELSE '{}' END AS kde_options
FROM (SELECT ST_Extent(geom) AS box FROM clustered) b \gset
CREATE TABLE density AS
SELECT crimeml.kde(:'source', :'kde_options') AS grid;
CREATE TABLE picture AS
SELECT crimeml.heatmap_png(grid, title => :'type') AS png FROM density;

INSERT INTO part
SELECT 1, crimeml.html_text(format('%s incidents read, %s loaded, %s rejected, %s duplicates; %s left out, far from the others or not chosen.',
  read, loaded, rejected, duplicates, loaded - (SELECT count(*) FROM incident))) FROM demo_load
UNION ALL SELECT 2, crimeml.html_image(png, :'type' || ': density') FROM picture
UNION ALL SELECT 3, crimeml.html_table(
    'SELECT hotspot, incidents, area_km2, per_km2, longitude, latitude FROM hotspot_row ORDER BY hotspot LIMIT 20',
    format('Hotspots of %s: %s or more within %s m', :'type', :'minpoints', :'eps'));
\o demo/report.html
SELECT crimeml.report_html(:'title', VARIADIC array_agg(html ORDER BY place)) FROM part;
\o | base64 -d >demo/heatmap.png
SELECT encode(png, 'base64') FROM picture;
\o
\copy (SELECT hotspot, incidents, area_km2, per_km2, longitude, latitude, ST_AsText(ST_Transform(geom, 4326), 6) AS wkt FROM hotspot_row ORDER BY hotspot) TO 'demo/hotspots.csv' CSV HEADER
-- with the offset of the city's clocks, where their zone is known
SELECT format('SELECT id, to_char(at, %L) AS at, district, offence, predicted, round(probability::numeric, 4) AS probability FROM prediction ORDER BY id',
  'YYYY-MM-DD"T"HH24:MI:SS' || CASE WHEN :'zoneless'::bool THEN '' ELSE 'TZH:TZM' END) AS prediction_source \gset
\if :forest
COPY (:prediction_source) TO STDOUT CSV HEADER \g demo/predictions.csv
\endif

-- The summary.
SELECT format('  rows       %s read = %s loaded + %s rejected + %s duplicates; %s without a place, %s without a time',
  l.read, l.loaded, l.rejected, l.duplicates, count(*) FILTER (WHERE i.geom IS NULL), count(*) FILTER (WHERE i.at IS NULL))
FROM demo_load l, incident i GROUP BY l.read, l.loaded, l.rejected, l.duplicates;
\if :forest
SELECT format('  forest     learnt from %s incidents before %s, tested on %s after that',
  (SELECT count(*) FROM past), :'test_from'::timestamptz::date, (SELECT count(*) FROM future));
SELECT '             ' || sentence FROM worth;
\else
SELECT format('  forest     none: %s', :'reason');
\endif
SELECT format('  hotspots   %s of %s, each of %s or more within %s m, holding %s of %s incidents',
  (SELECT count(*) FROM hotspot), :'type', :'minpoints', :'eps', count(hotspot), count(*))
FROM clustered;
SELECT '  report     demo/report.html, picture demo/heatmap.png';
SELECT format('  tables     demo/hotspots.csv%s', CASE WHEN :'forest'::bool THEN ', demo/predictions.csv' ELSE '' END);

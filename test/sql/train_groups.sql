-- A group of which nothing can be learned gives null and a NOTICE; the others have their models.
SET crimeml.progress_interval = 0;
SET enable_hashagg = off;
CREATE TABLE g AS
SELECT i AS id, d AS district, i % 13 AS hour,
  CASE d WHEN 'one class' THEN 'Theft' WHEN 'no label' THEN NULL ELSE CASE i % 2 WHEN 0 THEN 'Theft' ELSE 'Arson' END END AS offence,
  CASE WHEN d <> 'no feature' THEN ((i + length(d)) * 7 % 10)::float8 END AS x
FROM generate_series(1, 50) i, unnest(ARRAY['good', 'no feature', 'no label', 'one class', 'other']) d;

SELECT district, crimeml.describe(crimeml.forest_agg(offence, f, '{"trees": 3}')) ->> 'rows' AS rows
FROM g, LATERAL (SELECT x) f GROUP BY district ORDER BY district;
-- of numbers one value is enough; two classes in 50 rows, one in a group by both
SELECT district, crimeml.describe(crimeml.tree_agg(1.5::float8, f)) ->> 'rows' AS rows
FROM g, LATERAL (SELECT x) f GROUP BY district ORDER BY district;
SELECT crimeml.tree_agg(offence, f) IS NULL AS none FROM g, LATERAL (SELECT x) f WHERE district = 'good' GROUP BY offence;
-- no rows, no row after FILTER, and models to be merged
SELECT crimeml.forest_agg(offence, f) IS NULL AS none FROM g, LATERAL (SELECT x) f WHERE false;
SELECT district, crimeml.tree_agg(offence, f) FILTER (WHERE district = 'good') IS NULL AS none
FROM g, LATERAL (SELECT x) f WHERE district IN ('good', 'other') GROUP BY district ORDER BY district;
SELECT crimeml.merge_agg(NULL::crimeml.model) IS NULL AS none;
SELECT crimeml.merge_agg(m) IS NULL AS none FROM (SELECT NULL::crimeml.model AS m WHERE false) m;
SELECT (crimeml.describe(crimeml.merge_agg(m)) ->> 'rows')::int AS rows
FROM (SELECT crimeml.forest_agg(offence, f, '{"trees": 2}') AS m FROM g, LATERAL (SELECT x) f GROUP BY district) m;

-- frames: the first two rows have one class or none, the others two
SELECT count(m) AS models, count(*) - count(m) AS none FROM (
  SELECT crimeml.tree_agg(offence, f) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW EXCLUDE CURRENT ROW) AS m
  FROM g, LATERAL (SELECT x) f WHERE district = 'good') w;
-- many groups: the first ten are told of
SELECT count(m) AS models, count(*) - count(m) AS none
FROM (SELECT crimeml.tree_agg(offence, f) AS m FROM g, LATERAL (SELECT x) f WHERE district = 'good' GROUP BY id) w;
-- few rows may have a feature that equals the label by chance; twenty do not
SELECT n, crimeml.describe(crimeml.tree_agg(id % 2 = 0, f)) ->> 'rows' AS rows
FROM (VALUES (2), (19)) v(n), g, LATERAL (SELECT id % 2 AS x) f WHERE district = 'good' AND id <= n GROUP BY n ORDER BY n;
SELECT crimeml.tree_agg(id % 2 = 0, f) FROM g, LATERAL (SELECT (id + 1) % 2 AS x) f WHERE district = 'good' AND id <= 20;

-- the same in a parallel plan
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS off) SELECT district, crimeml.forest_agg(offence, ROW(x)) FROM g GROUP BY district;
SELECT district, crimeml.describe(crimeml.forest_agg(offence, ROW(x), '{"trees": 3}')) ->> 'rows' AS rows FROM g GROUP BY district ORDER BY district;
SELECT crimeml.forest_agg(offence, ROW(x)) IS NULL AS none FROM g WHERE district = 'nowhere';
RESET parallel_setup_cost;
RESET max_parallel_workers_per_gather;

-- what stays an error in whatever group: types and options
SELECT crimeml.tree_agg(offence, f, '{"max_depth": -1}') FROM g, LATERAL (SELECT x) f WHERE district = 'one class';
SELECT crimeml.tree_agg(offence, f) FROM g, LATERAL (SELECT ARRAY[x] AS x) f WHERE district = 'one class';

-- sources and grids without rows, labels or places
CREATE TABLE m AS SELECT crimeml.tree_agg(offence, f) AS model, crimeml.tree_agg(g.x, h) AS number
FROM g, LATERAL (SELECT x) f, LATERAL (SELECT hour) h WHERE district = 'good';
SELECT e.* FROM m, crimeml.evaluate(model, 'SELECT offence AS label, x FROM g WHERE false') e;
SELECT e.* FROM m, crimeml.evaluate(model, 'SELECT NULL::text AS label, x FROM g') e;
SELECT e.* FROM m, crimeml.evaluate(number, 'SELECT NULL::float8 AS label, hour FROM g') e;
SELECT c.* FROM m, crimeml.confusion(model, 'SELECT NULL::text AS label, x FROM g') c;
SELECT i.* FROM m, crimeml.importance(model, 'SELECT NULL::text AS label, x FROM g') i;
\set box 'ST_MakeEnvelope(0, 0, 1000, 1000, 26918)'
SELECT crimeml.kde_agg(p, :box, '{"bandwidth": 100}') IS NULL AS none FROM (SELECT ST_SetSRID(ST_MakePoint(1, 1), 26918) AS p) p WHERE false;
SELECT crimeml.grid_count_agg(p, :box, '{}') IS NULL AS none FROM (SELECT ST_SetSRID(ST_MakePoint(1, 1), 26918) AS p) p WHERE false;
SELECT crimeml.describe(crimeml.grid_count_agg(NULL, :box, '{}')) -> 'points' AS points;
SELECT crimeml.describe(crimeml.kde_agg(ST_SetSRID(ST_MakePoint(5000, 5000), 26918), :box, '{"bandwidth": 100}')) -> 'points' AS points;
SELECT crimeml.describe(crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint(500, 500), 26918), :box, '{}')) -> 'points' AS points;
SELECT id, crimeml.grid_count_agg(NULL, :box, '{"cell_size": 100}') IS NULL AS none FROM g WHERE district = 'good' AND id > 38 GROUP BY id;
SELECT crimeml.html_table('SELECT 1 WHERE false') LIKE '%No rows.%' AS said;
SELECT crimeml.report_html('title', NULL, 'part') LIKE '%part%' AS part;
SELECT crimeml.report_html('title', VARIADIC '{}') LIKE '%title%' AS title;
SELECT crimeml.write_file('/nowhere/at/all.html', NULL::text), crimeml.write_file('/nowhere/at/all.png', NULL::bytea);
SELECT crimeml.write_file(NULL, 'x'::text);
DROP TABLE g, m;

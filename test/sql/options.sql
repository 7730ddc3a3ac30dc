-- Options: what there is, and what is refused
SELECT option, type, default_value, range FROM crimeml.options_for('forest_agg')
WHERE option IN ('trees', 'mtry', 'sample_fraction', 'replace', 'seed', 'task', 'time_zone');
SELECT option, type, range FROM crimeml.options_for('tree_agg')
WHERE option IN ('min_leaf', 'task', 'time_zone');
-- every option has a meaning and none is there twice
SELECT count(*) > 3 AS some, bool_and(meaning <> '') AS explained, count(*) = count(DISTINCT option) AS distinct
FROM crimeml.options_for('forest_agg');
SELECT * FROM crimeml.options_for('forrest');
SELECT * FROM crimeml.options_for('neural network');
SELECT * FROM crimeml.options_for('');
SELECT * FROM crimeml.options_for(NULL);

CREATE FUNCTION train_with(options jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT crimeml.describe(crimeml.forest_agg(CASE WHEN i % 24 < 8 THEN 'night' ELSE 'day' END, f, options))
  FROM generate_series(1, 100) AS i, LATERAL (SELECT i % 24 AS hour, i % 5 AS district) AS f;
$$;
CREATE FUNCTION trained(label text, features text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  result jsonb;
BEGIN
  EXECUTE format('SELECT crimeml.describe(crimeml.forest_agg(%s, f, ''{"trees": 1}''))->''options'' FROM generate_series(1, 50) i, LATERAL (SELECT %s) f', label, features) INTO result;
  RETURN result;
END$$;

-- given, not given, null
SELECT train_with('{"trees": 3, "seed": 7, "replace": false, "sample_fraction": 0.5}') -> 'options'
  @> '{"trees": 3, "seed": 7, "replace": false, "sample_fraction": 0.5}' AS as_given;
SELECT train_with(NULL) -> 'options' = train_with('{}') -> 'options' AS all_defaults,
  train_with('{"trees": null, "time_zone": null, "task": null}') -> 'options' = train_with('{}') -> 'options' AS null_is_default;
SELECT train_with('{"trees": 1.0}') -> 'options' -> 'trees' AS whole;
-- what the learner settled by itself is said
SELECT jsonb_typeof(train_with('{"trees": 3}') -> 'options' -> 'mtry') AS mtry;
-- by default the rounded root of the number of features, in regression a third of them where that is more
SELECT n AS features, (c->>'mtry')::int = round(sqrt(n)) AS root, (r->>'mtry')::int = greatest(round(sqrt(n)), n / 3) AS third, (c->>'smoothing')::numeric = (c->>'min_leaf')::numeric / 4 AS quarter, c->'min_leaf' AS min_leaf FROM generate_series(1, 12) AS n,
  LATERAL (SELECT string_agg(format('i * %s %% 7 AS x%s', x, x), ', ') AS list FROM generate_series(1, n) AS x) l,
  LATERAL (SELECT trained('i % 3 = 0', list) AS c, trained('i::float8', list) AS r) t;
SELECT train_with('{"trees": 3, "task": "regress"}');
SELECT train_with('{"trees": 3, "task": "classify"}') ->> 'task' AS task;

-- misspelt
SELECT train_with('{"tres": 3}');
SELECT train_with('{"Trees": 3}');
SELECT train_with('{"timezone": "UTC"}');
SELECT train_with('{"number of trees in the forest": 3}');
SELECT train_with('{"": 3}');
SELECT train_with(jsonb_build_object(repeat('x', 1000), 1));
-- out of range
SELECT train_with('{"trees": 0}');
SELECT train_with('{"trees": -1}');
SELECT train_with('{"trees": 1e300}');
SELECT train_with('{"trees": 1e400}');
SELECT train_with('{"mtry": -1}');
SELECT train_with('{"sample_fraction": 1.5}');
SELECT train_with('{"seed": -1}');
-- of another type
SELECT train_with('{"trees": 2.5}');
SELECT train_with('{"trees": "3"}');
SELECT train_with('{"trees": [3]}');
SELECT train_with('{"trees": {"a": 3}}');
SELECT train_with('{"replace": 1}');
SELECT train_with('{"replace": "yes"}');
SELECT train_with('{"task": 1}');
SELECT train_with('{"task": "regression"}');
SELECT train_with('{"time_zone": "Mars/Olympus"}');
SELECT train_with('{"time_zone": 5}');
SELECT train_with('[1, 2]');
SELECT train_with('3');
SELECT train_with('"trees"');
-- weights of classes: a word, or one for each class that is named
SELECT train_with('{"trees": 3}') -> 'options' -> 'class_weights' AS a,
  train_with('{"trees": 3, "class_weights": "balanced"}') -> 'options' -> 'class_weights' AS b,
  train_with('{"trees": 3, "class_weights": {"night": 2, "day": 1}}') -> 'options' -> 'class_weights' AS c;
SELECT train_with('{"trees": 3, "class_weights": {"nigt": 2}}');
SELECT train_with('{"trees": 3, "class_weights": {"night": 0}}');
SELECT train_with('{"trees": 3, "class_weights": {"night": 1e-6, "day": 1e6}}') -> 'options' -> 'class_weights' AS the_ends;
SELECT train_with('{"trees": 3, "class_weights": {"night": 0.99e-6}}');
SELECT train_with('{"trees": 3, "class_weights": {"night": 1.01e6}}');
SELECT train_with('{"trees": 3, "class_weights": {"night": "2"}}');
SELECT train_with('{"trees": 3, "class_weights": "heavy"}');
SELECT train_with('{"trees": 3, "class_weights": 5}');
\set VERBOSITY sqlstate
SELECT train_with('{"tres": 3}');
SELECT train_with('{"trees": 0}');
SELECT * FROM crimeml.options_for('forrest');
\set VERBOSITY default
DROP FUNCTION train_with;

-- options of grids are in the same kind of table
SELECT option, type, default_value, range FROM crimeml.options_for('kde');
SELECT string_agg(option, ', ') FROM crimeml.options_for('kde_agg');
SELECT string_agg(option, ', ') FROM crimeml.options_for('grid_count_agg');

-- null is the default
SELECT crimeml.describe(crimeml.kde('SELECT ST_SetSRID(ST_MakePoint(i * 7, i), 26918) AS geom FROM generate_series(1, 50) i',
  '{"cell_size": 10, "bandwidth": 40, "kernel": null, "bounds": null}')) ->> 'kernel' AS kernel;

-- options and bounds that vary are an error, whatever the plan: in the first row, in a later one, null among them
CREATE TABLE varying AS
SELECT i, 'a' || i % 2 AS label, i % 7 AS x, ST_SetSRID(ST_MakePoint(i, i % 10), 26918) AS geom,
       CASE WHEN i < 900 THEN '{"trees": 3}' ELSE '{"trees": 4}' END::jsonb AS options,
       CASE WHEN i > 1 THEN '{"trees": 3}' END::jsonb AS maybe,
       ST_MakeEnvelope(0, 0, 1000, 10 + i / 1000, 26918) AS bounds,
       format('{"cell_size": %s}', 1 + i / 1000)::jsonb AS size
FROM generate_series(1, 1000) i;
SELECT crimeml.forest_agg(label, f, options) FROM varying, LATERAL (SELECT x) f;
SELECT crimeml.forest_agg(label, f, maybe) FROM varying, LATERAL (SELECT x) f;
SELECT crimeml.grid_count_agg(geom, bounds, '{"cell_size": 1}') FROM varying;
SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(0, 0, 1000, 10, 26918), size) FROM varying;
SELECT crimeml.kde_agg(geom, 1, bounds, '{"cell_size": 1, "bandwidth": 5}') FROM varying;
SELECT crimeml.describe(crimeml.forest_agg(label, f, options) OVER (ORDER BY i)) ->> 'rows' FROM varying, LATERAL (SELECT x) f ORDER BY i DESC LIMIT 1;
-- grouped by what they depend on they are right
SELECT options, crimeml.describe(crimeml.forest_agg(label, f, options)) -> 'options' -> 'trees' AS trees
FROM varying, LATERAL (SELECT x) f GROUP BY options ORDER BY 1;
-- in a parallel plan
ALTER TABLE varying SET (parallel_workers = 2);
SET parallel_setup_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT crimeml.grid_count_agg(geom, bounds, '{"cell_size": 1}') FROM varying;
SELECT crimeml.forest_agg(label, f, options) FROM varying, LATERAL (SELECT x) f;
DROP TABLE varying;

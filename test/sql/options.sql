-- Options: what there is, and what is refused
SELECT option, type, default_value, range FROM crimeml.algorithm_options('forest')
WHERE option IN ('trees', 'mtry', 'sample_fraction', 'replace', 'seed', 'task', 'time_zone');
SELECT option, type, range FROM crimeml.algorithm_options('tree')
WHERE option IN ('min_leaf', 'task', 'time_zone');
-- every option has a meaning and none is there twice
SELECT count(*) > 3 AS some, bool_and(meaning <> '') AS explained, count(*) = count(DISTINCT option) AS distinct
FROM crimeml.algorithm_options('forest');
SELECT * FROM crimeml.algorithm_options('forrest');
SELECT * FROM crimeml.algorithm_options('neural network');
SELECT * FROM crimeml.algorithm_options('');
SELECT * FROM crimeml.algorithm_options(NULL);

CREATE FUNCTION train_with(options jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT crimeml.describe(crimeml.forest_agg(CASE WHEN i % 24 < 8 THEN 'night' ELSE 'day' END, f, options))
  FROM generate_series(1, 100) AS i, LATERAL (SELECT i % 24 AS hour, i % 5 AS district) AS f;
$$;

-- given, not given, null
SELECT train_with('{"trees": 3, "seed": 7, "replace": false, "sample_fraction": 0.5}') -> 'options'
  @> '{"trees": 3, "seed": 7, "replace": false, "sample_fraction": 0.5}' AS as_given;
SELECT train_with(NULL) -> 'options' = train_with('{}') -> 'options' AS all_defaults,
  train_with('{"trees": null, "time_zone": null, "task": null}') -> 'options' = train_with('{}') -> 'options' AS null_is_default;
SELECT train_with('{"trees": 1.0}') -> 'options' -> 'trees' AS whole;
-- what the learner settled by itself is said
SELECT jsonb_typeof(train_with('{"trees": 3}') -> 'options' -> 'mtry') AS mtry;
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
SELECT train_with('{"trees": 3, "class_weights": {"night": "2"}}');
SELECT train_with('{"trees": 3, "class_weights": "heavy"}');
SELECT train_with('{"trees": 3, "class_weights": 5}');
\set VERBOSITY sqlstate
SELECT train_with('{"tres": 3}');
SELECT train_with('{"trees": 0}');
SELECT * FROM crimeml.algorithm_options('forrest');
\set VERBOSITY default
DROP FUNCTION train_with;

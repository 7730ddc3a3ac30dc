-- Models of XGBoost, written by hand: what they predict is arithmetic.
CREATE SCHEMA from_xgboost_test;
SET search_path = from_xgboost_test, public;
SET extra_float_digits = 0;

-- a tree: a < 0.5 (missing: to the left) says 1, else b < 2 (missing: to the right) says -1, else 2
CREATE FUNCTION tree(leaves float8[] DEFAULT '{1,-1,2}') RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_build_object('left_children', '[1,-1,3,-1,-1]'::jsonb, 'right_children', '[2,-1,4,-1,-1]'::jsonb,
  'split_indices', '[0,0,1,0,0]'::jsonb, 'split_conditions', jsonb_build_array(0.5, leaves[1], 2, leaves[2], leaves[3]),
  'default_left', '[1,0,0,0,0]'::jsonb, 'sum_hessian', '[10,4,6,2,4]'::jsonb, 'loss_changes', '[3,0,1,0,0]'::jsonb,
  'split_type', '[0,0,0,0,0]'::jsonb, 'tree_param', '{"size_leaf_vector": "0"}'::jsonb) $$;
CREATE FUNCTION booster(objective text, base text, classes int, trees jsonb, info jsonb) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_build_object('version', '[1,7,4]'::jsonb, 'learner', jsonb_build_object('attributes', '{}'::jsonb,
  'feature_names', '["a","b"]'::jsonb, 'feature_types', '["float","float"]'::jsonb,
  'gradient_booster', jsonb_build_object('name', 'gbtree', 'model', jsonb_build_object('tree_info', info, 'trees', trees)),
  'learner_model_param', jsonb_build_object('base_score', base, 'num_class', classes::text, 'num_feature', '2', 'num_target', '1'),
  'objective', jsonb_build_object('name', objective))) $$;
CREATE TABLE given AS
SELECT name, booster(objective, base, classes, trees, info) AS json FROM (VALUES
  ('number', 'reg:squarederror', '5E-1', 0, jsonb_build_array(tree(), tree('{10,20,30}')), '[0,0]'::jsonb),
  ('count', 'count:poisson', '[2E0]', 0, jsonb_build_array(tree()), '[0]'),
  ('binary', 'binary:logistic', '2.5E-1', 0, jsonb_build_array(tree()), '[0]'),
  ('two', 'multi:softprob', '5E-1', 2, jsonb_build_array(tree(), tree('{0,0,1}')), '[0,1]'),
  ('three', 'multi:softmax', '5E-1', 3, jsonb_build_array(tree(), tree('{0,0,1}'), tree('{0,0,0}')), '[0,1,2]'),
  ('twelve', 'multi:softprob', '5E-1', 12, (SELECT jsonb_agg(tree(ARRAY[i, 0, 0])) FROM generate_series(0, 11) i), (SELECT jsonb_agg(i) FROM generate_series(0, 11) i)),
  ('no trees', 'reg:squarederror', '7E0', 0, '[]', '[]')) v(name, objective, base, classes, trees, info);
CREATE TABLE model AS SELECT name, crimeml.from_xgboost_json(json::text) AS model FROM given;
CREATE TABLE line AS SELECT * FROM (VALUES (1, 0.4::float8, 9::float8), (2, 0.5, 1.5), (3, 0.7, 2), (4, NULL, 1), (5, 3, NULL)) v(i, a, b);

-- 1, -1, 2, 1, 2 by the first tree: 0.5 + that + (10, 20, 30, 10, 30); 2 e^that; odds 1/3 e^that
SELECT i, crimeml.predict_value(n.model, line) AS number, crimeml.predict_value(c.model, line) AS count,
  round((crimeml.predict_value(c.model, line) - 2 * exp(t))::numeric, 12) AS difference,
  round((crimeml.predict_probability(b.model, line, '1') - exp(t) / (3 + exp(t)))::numeric, 12) AS of_two
FROM line JOIN (VALUES (1, 1), (2, -1), (3, 2), (4, 1), (5, 2)) v(i, t) USING (i), model n, model c, model b
WHERE n.name = 'number' AND c.name = 'count' AND b.name = 'binary' ORDER BY i;
-- softmax of (1, 0), (-1, 0), (2, 1); with a third class of 0
SELECT i, class, round((probability - exp(s[class::int + 1]) / (exp(s[1]) + exp(s[2]) + CASE WHEN name = 'three' THEN 1 ELSE 0 END))::numeric, 12) AS difference
FROM model, line JOIN (VALUES (1, '{1,0,0}'::float8[]), (2, '{-1,0,0}'), (3, '{2,1,0}')) v(i, s) USING (i), crimeml.predict_classes(model, line) WHERE name IN ('two', 'three') ORDER BY name DESC, i, class;
-- classes are in the order of bytes, and each has its own tree: 11 says 11
SELECT class, round((probability * (SELECT sum(exp(i)) FROM generate_series(0, 11) i) / exp(class::float8))::numeric, 9) AS one FROM model, crimeml.predict_classes(model, '{"a": 0, "b": null}', 12) WHERE name = 'twelve' ORDER BY class;
SELECT crimeml.predict_value(model, '{"a": 1, "b": 2}') FROM model WHERE name = 'no trees';

-- a value is rounded to single precision first: half-way between .5 and the float below it to .5, as that is even
SELECT beside, crimeml.predict_value(model, f) AS number
FROM model, generate_series(-1, 1) AS beside, LATERAL (SELECT 0.5::float8 - 2.0::float8 ^ -26 + beside * 2.0::float8 ^ -54 AS a, 0 AS b) f WHERE name = 'number' ORDER BY beside;

-- what is told of it; the training rows are not known
SELECT name, d - 'options' - 'model_id' - 'bytes' - 'inputs' - 'features' AS described, d -> 'options' ->> 'objective' AS objective
FROM model, crimeml.describe(model) d WHERE name IN ('number', 'binary') ORDER BY name;
SELECT c.* FROM model, crimeml.classes(model) c WHERE name = 'binary';
SELECT i.* FROM model, crimeml.importance(model) i WHERE name = 'number';
SELECT i.* FROM model, crimeml.model_inputs(model) i WHERE name = 'number';
SELECT tree, node, feature, round(threshold::numeric, 6) AS threshold, missing, value, cover FROM model, crimeml.nodes(model) WHERE name = 'number' ORDER BY tree, node;
SELECT metric, value IS NOT NULL AS value, baseline FROM model, crimeml.evaluate(model, 'SELECT a AS label, a, b FROM line') WHERE name = 'number'
UNION ALL SELECT metric, value IS NOT NULL, baseline FROM model, crimeml.evaluate(model, 'SELECT ''1'' AS label, a, b FROM line') WHERE name = 'binary';
-- base .5 + (4 (1) + 2 (-1) + 4 (2)) / 10 + (4 (10) + 2 (20) + 4 (30)) / 10
SELECT input, contribution FROM model, crimeml.explain(model, '{"a": 0.7, "b": 2}') WHERE name = 'number' ORDER BY contribution DESC;
SELECT crimeml.from_xgboost_json(NULL) IS NULL AS null;

-- what is not taken
CREATE FUNCTION told(content text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
  PERFORM crimeml.describe(crimeml.from_xgboost_json(content));
  RETURN 'taken';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN sqlstate || ' ' || sqlerrm || ': ' || detail;
END $$;
SELECT what, told(jsonb_set(json, path::text[], value::jsonb)::text) FROM given, (VALUES
  ('dart', '{learner,gradient_booster,name}', '"dart"'), ('linear', '{learner,gradient_booster,name}', '"gblinear"'),
  ('ranking', '{learner,objective,name}', '"rank:pairwise"'), ('targets', '{learner,learner_model_param,num_target}', '"2"'),
  ('vector leaves', '{learner,gradient_booster,model,trees,0,tree_param,size_leaf_vector}', '"3"'),
  ('category', '{learner,feature_types,1}', '"c"'), ('split by category', '{learner,gradient_booster,model,trees,1,split_type,0}', '1'),
  ('base of each class', '{learner,learner_model_param,base_score}', '"[1E0,2E0]"'),
  ('no base', '{learner,learner_model_param,base_score}', '"x"'), ('classes', '{learner,learner_model_param,num_class}', '"3"'),
  ('features', '{learner,learner_model_param,num_feature}', '"1"'), ('no features', '{learner,learner_model_param,num_feature}', '"0"'),
  ('many features', '{learner,learner_model_param,num_feature}', '"2000000000"'), ('features are -1', '{learner,learner_model_param,num_feature}', '"-1"'),
  ('twice a name', '{learner,feature_names,1}', '"a"'), ('no name', '{learner,feature_names}', '["a"]'),
  ('a circle', '{learner,gradient_booster,model,trees,1,left_children,2}', '0'), ('two parents', '{learner,gradient_booster,model,trees,1,left_children,2}', '1'),
  ('no such child', '{learner,gradient_booster,model,trees,1,right_children,2}', '5'), ('one child', '{learner,gradient_booster,model,trees,1,right_children,2}', '-1'),
  ('no such feature', '{learner,gradient_booster,model,trees,1,split_indices,2}', '2'), ('half a node', '{learner,gradient_booster,model,trees,1,left_children,2}', '1.5'),
  ('1e39', '{learner,gradient_booster,model,trees,1,split_conditions,2}', '1e39'), ('text', '{learner,gradient_booster,model,trees,1,split_conditions,2}', '"1"'),
  ('a list in a list', '{learner,gradient_booster,model,trees,1,split_conditions,2}', '[1]'), ('hessian', '{learner,gradient_booster,model,trees,1,sum_hessian,3}', '-1'),
  ('no hessian', '{learner,gradient_booster,model,trees,1,sum_hessian,3}', '0'), ('no lists', '{learner,gradient_booster,model,trees,1}', '{}'),
  ('no list', '{learner,gradient_booster,model,trees,1,default_left}', '7'), ('tree is 1', '{learner,gradient_booster,model,trees,1}', '1'),
  ('info', '{learner,gradient_booster,model,tree_info}', '[0]'), ('to no class', '{learner,gradient_booster,model,tree_info}', '[0,1]'),
  ('an array', '{learner}', '[]'), ('no version', '{version}', 'null')) v(what, path, value)
WHERE name = 'number' ORDER BY what;
SELECT name, told(jsonb_set(json, path::text[], value::jsonb)::text) FROM given JOIN (VALUES
  ('binary', '{learner,learner_model_param,base_score}', '"1E0"'), ('count', '{learner,learner_model_param,base_score}', '"0"'),
  ('count', '{learner,gradient_booster,model,trees,0,split_conditions,4}', '1001'), ('three', '{learner,gradient_booster,model,tree_info,2}', '1'),
  ('three', '{learner,learner_model_param,num_class}', '"1"'), ('three', '{learner,learner_model_param,num_class}', '"4"'), ('three', '{learner,learner_model_param,num_class}', '"70000"')) v(name, path, value) USING (name) ORDER BY name, path, value;
SELECT told(t) FROM (VALUES (''), ('{'), ('7'), ('[]'), ('{}'), (repeat('[', 100000)), ('{"learner": {"a": NaN}}')) v(t);
SET crimeml.memory_limit = '1MB';
SELECT told(booster('reg:squarederror', '1', 0, (SELECT jsonb_agg(tree()) FROM generate_series(1, 3000)), (SELECT jsonb_agg(0) FROM generate_series(1, 3000)))::text);

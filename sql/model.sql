-- Models: the type, and what can be done with one. The aggregates that train stand at the end.

CREATE TYPE model;

CREATE FUNCTION model_in(cstring) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_model_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;

CREATE FUNCTION model_out(model) RETURNS cstring
AS 'MODULE_PATHNAME', 'crimeml_model_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;

CREATE FUNCTION model_recv(internal) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_model_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000;

CREATE FUNCTION model_send(model) RETURNS bytea
AS 'MODULE_PATHNAME', 'crimeml_model_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;

CREATE TYPE model (
  INPUT = model_in,
  OUTPUT = model_out,
  RECEIVE = model_recv,
  SEND = model_send,
  INTERNALLENGTH = variable,
  ALIGNMENT = int4,
  STORAGE = external
);

COMMENT ON TYPE model IS
'A trained model: made by aggregates such as forest_agg, used by predict. Its text is base64; every way in checks it whole. At most 700 MB.';
COMMENT ON FUNCTION model_in(cstring) IS 'Model from text (base64); an error when damaged.';
COMMENT ON FUNCTION model_out(model) IS 'Model as text (base64 without line breaks).';
COMMENT ON FUNCTION model_recv(internal) IS 'Model from its bytes; an error when damaged.';
COMMENT ON FUNCTION model_send(model) IS 'Model as its bytes.';

-- predict: the class
-- (The cost is what brings a parallel plan. The true one would be higher, and would bring JIT
-- compilation on tables of some 100 000 rows, which takes longer than it saves here.)

CREATE FUNCTION predict(model model, features record) RETURNS text
AS 'MODULE_PATHNAME', 'crimeml_predict_record' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION predict(model model, features jsonb) RETURNS text
AS 'MODULE_PATHNAME', 'crimeml_predict_jsonb' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION predict(model model, features text) RETURNS text
AS 'MODULE_PATHNAME', 'crimeml_predict_text' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;

COMMENT ON FUNCTION predict(model, record) IS
'The most probable class of a row (of equally probable ones the first in the order of classes). Columns are matched by name, those of ROW(...) by position; a null is a missing value, a missing column an error.';
COMMENT ON FUNCTION predict(model, jsonb) IS
'The most probable class of a JSON object, whose keys are the names of the features.';
COMMENT ON FUNCTION predict(model, text) IS
'The most probable class of a JSON object given as text.';

-- predict_value: the number

CREATE FUNCTION predict_value(model model, features record) RETURNS double precision
AS 'MODULE_PATHNAME', 'crimeml_predict_value_record' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION predict_value(model model, features jsonb) RETURNS double precision
AS 'MODULE_PATHNAME', 'crimeml_predict_value_jsonb' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION predict_value(model model, features text) RETURNS double precision
AS 'MODULE_PATHNAME', 'crimeml_predict_value_text' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;

COMMENT ON FUNCTION predict_value(model, record) IS
'The number that a regression model expects for a row, in the units of its label. Columns as for predict.';
COMMENT ON FUNCTION predict_value(model, jsonb) IS
'The number that a regression model expects for a JSON object.';
COMMENT ON FUNCTION predict_value(model, text) IS
'The number that a regression model expects for a JSON object given as text.';

-- predict_probability: of one class

CREATE FUNCTION predict_probability(model model, features record, class text) RETURNS double precision
AS 'MODULE_PATHNAME', 'crimeml_predict_probability_record' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION predict_probability(model model, features jsonb, class text) RETURNS double precision
AS 'MODULE_PATHNAME', 'crimeml_predict_probability_jsonb' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;

CREATE FUNCTION predict_probability(model model, features text, class text) RETURNS double precision
AS 'MODULE_PATHNAME', 'crimeml_predict_probability_text' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 100;

COMMENT ON FUNCTION predict_probability(model, record, text) IS
'The probability (0 to 1) of a class for a row. A class that the model does not have is an error naming the nearest.';
COMMENT ON FUNCTION predict_probability(model, jsonb, text) IS
'The probability (0 to 1) of a class for a JSON object.';
COMMENT ON FUNCTION predict_probability(model, text, text) IS
'The probability (0 to 1) of a class for a JSON object given as text.';

-- predict_classes: all, or the most probable ones

CREATE FUNCTION predict_classes(model model, features record, top integer DEFAULT NULL,
  OUT rank integer, OUT class text, OUT probability double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_predict_classes_record' LANGUAGE C STABLE PARALLEL SAFE COST 200 ROWS 10;

CREATE FUNCTION predict_classes(model model, features jsonb, top integer DEFAULT NULL,
  OUT rank integer, OUT class text, OUT probability double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_predict_classes_jsonb' LANGUAGE C STABLE PARALLEL SAFE COST 200 ROWS 10;

CREATE FUNCTION predict_classes(model model, features text, top integer DEFAULT NULL,
  OUT rank integer, OUT class text, OUT probability double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_predict_classes_text' LANGUAGE C STABLE PARALLEL SAFE COST 200 ROWS 10;

COMMENT ON FUNCTION predict_classes(model, record, integer) IS
'The classes of a row with their probabilities, most probable first: the first "top", or all when that is null. No rows when model or features are null.';
COMMENT ON FUNCTION predict_classes(model, jsonb, integer) IS
'The classes of a JSON object with their probabilities, most probable first.';
COMMENT ON FUNCTION predict_classes(model, text, integer) IS
'The classes of a JSON object given as text with their probabilities, most probable first.';

-- how good it is

CREATE FUNCTION evaluate(model model, source text,
  OUT metric text, OUT value double precision, OUT baseline double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_evaluate' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 6;

COMMENT ON FUNCTION evaluate(model, text) IS
'How good a model is on the rows of a source (a table, a view, or one SELECT) with column "label" and the features. Classification: rows, accuracy, balanced_accuracy, macro_f1, log_loss (natural logarithm, probabilities not below 1e-15), top_3; regression: rows, rmse, mae, r2. The baseline knows only the class shares, or the mean, of the training rows. Rows whose label is null are left out.';

CREATE FUNCTION confusion(model model, source text,
  OUT actual text, OUT predicted text, OUT count bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_confusion' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 100;

COMMENT ON FUNCTION confusion(model, text) IS
'How often each class was taken for each, over the rows of a source as in evaluate; cells that are zero are left out.';

-- what is inside

CREATE FUNCTION describe(model model) RETURNS jsonb
AS 'MODULE_PATHNAME', 'crimeml_describe_model' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000;

COMMENT ON FUNCTION describe(model) IS
'What a model is: algorithm, task, version, training rows, inputs and features, or of series the bucket, time zone and what was fitted to each, options as used, metrics, model_id, fingerprint of the training rows, bytes.';

CREATE FUNCTION classes(model model, OUT class text, OUT share double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_classes' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 30;

COMMENT ON FUNCTION classes(model) IS
'The classes of a model in their order, and the share of each among the training rows.';

CREATE FUNCTION importance(model model, OUT feature text, OUT importance double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_importance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 10;

COMMENT ON FUNCTION importance(model) IS
'The share of each feature in what the model learned, largest first; the shares add to 1.';

CREATE FUNCTION coefficients(model model,
  OUT class text, OUT term text, OUT estimate double precision, OUT error double precision,
  OUT statistic double precision, OUT p double precision, OUT lower double precision, OUT upper double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_coefficients' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 1000 ROWS 30;

COMMENT ON FUNCTION coefficients(model) IS
'The terms of a linear, Poisson or logistic model: estimate, standard error, t or z, its p value, and the 95 % interval, in the units of the features. class: the class that is compared with the first one; null in models of numbers. term: a feature, "feature=value" against the first value, or "feature is null". A term that is constant or aliased with those before it has no estimate; under a ridge, and with more than two classes, there are no errors. An error for models without terms.';

CREATE FUNCTION model_inputs(model model,
  OUT input text, OUT kind text, OUT features text[], OUT levels text[], OUT lowest text, OUT highest text,
  OUT srid integer, OUT time_zone text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_model_inputs' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000 ROWS 10;

COMMENT ON FUNCTION model_inputs(model) IS
'What a model takes, a row an input: its kind (number, boolean, category, point, timestamptz, timestamp, date), the features made of it, the levels of a category, and the lowest and highest value in training (of a point x and y apart; of a timestamptz in the model''s time zone), beyond which the model only guesses.';

CREATE FUNCTION nodes(model model,
  OUT tree integer, OUT node integer, OUT parent integer, OUT side text, OUT cover double precision,
  OUT feature text, OUT threshold double precision, OUT levels text[], OUT missing text,
  OUT value double precision, OUT class text, OUT probability double precision, OUT classes jsonb)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_nodes' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000;

COMMENT ON FUNCTION nodes(model) IS
'The nodes of a model of trees, tree by tree, each in preorder from 1; side is that of the node below its parent. cover: weight of the training rows that reached it, a row counting as often as it was drawn, class weights applied. A split sends a row to the left where the feature is at most the threshold, or among the levels; missing: the side of missing values and unseen levels. A leaf has its value, or its most probable class with the probability that it says, and classes: the cover by class, before smoothing. An error for models without trees.';

CREATE FUNCTION rules(model model,
  OUT tree integer, OUT rule integer, OUT condition text, OUT cover double precision,
  OUT value double precision, OUT class text, OUT probability double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_rules' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10000 ROWS 10000;

COMMENT ON FUNCTION rules(model) IS
'The leaves of a model of trees in words: what leads there, by feature, and what is said there. "(or missing)": rows in which the feature is missing, or a level that training never saw, come along. Of more than 20 levels the first are named.';

-- Training: one transition and one final function a learner, the rest for all

CREATE FUNCTION train_combine(internal, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_train_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION train_serialize(internal) RETURNS bytea
AS 'MODULE_PATHNAME', 'crimeml_train_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION train_deserialize(bytea, internal) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_train_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION train_combine(internal, internal) IS 'Joins the rows of two training states.';
COMMENT ON FUNCTION train_serialize(internal) IS 'A training state as bytes, from a parallel worker; an error above 1 GB.';
COMMENT ON FUNCTION train_deserialize(bytea, internal) IS 'A training state from its bytes.';

CREATE FUNCTION tree_transition(internal, anyelement, record) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_tree_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION tree_transition(internal, anyelement, record, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_tree_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION tree_final(internal) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_tree_final' LANGUAGE C STABLE PARALLEL SAFE COST 1000000;

COMMENT ON FUNCTION tree_transition(internal, anyelement, record) IS 'Takes a row into the state of tree_agg.';
COMMENT ON FUNCTION tree_transition(internal, anyelement, record, jsonb) IS 'Takes a row into the state of tree_agg; the options are those of the first row.';
COMMENT ON FUNCTION tree_final(internal) IS 'Trains a decision tree on the rows of a state, which it does not change; null, with a NOTICE, where nothing can be learned.';

CREATE AGGREGATE tree_agg(label anyelement, features record) (
  SFUNC = tree_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = tree_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = train_combine,
  SERIALFUNC = train_serialize,
  DESERIALFUNC = train_deserialize,
  PARALLEL = SAFE
);

CREATE AGGREGATE tree_agg(label anyelement, features record, options jsonb) (
  SFUNC = tree_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = tree_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = train_combine,
  SERIALFUNC = train_serialize,
  DESERIALFUNC = train_deserialize,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE tree_agg(anyelement, record) IS
'Trains a decision tree with default options. label: what to learn; text, enum, boolean and integers classify, float and numeric regress; rows whose label is null are left out. features: a row of columns (numbers, boolean, text, enum, points, dates, times), null being missing. Null, with a NOTICE, where nothing can be learned: no rows, no label, one class, no feature with a value.';
COMMENT ON AGGREGATE tree_agg(anyelement, record, jsonb) IS
'Trains a decision tree; options as options_for(''tree_agg'') lists them, and "task" (classify, regress), "time_zone", "axes", "time_parts"; the same for all rows.';

CREATE FUNCTION forest_transition(internal, anyelement, record) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_forest_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION forest_transition(internal, anyelement, record, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_forest_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION forest_final(internal) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_forest_final' LANGUAGE C STABLE PARALLEL SAFE COST 1000000;

COMMENT ON FUNCTION forest_transition(internal, anyelement, record) IS 'Takes a row into the state of forest_agg.';
COMMENT ON FUNCTION forest_transition(internal, anyelement, record, jsonb) IS 'Takes a row into the state of forest_agg; the options are those of the first row.';
COMMENT ON FUNCTION forest_final(internal) IS 'Trains a random forest on the rows of a state, which it does not change; null, with a NOTICE, where nothing can be learned.';

CREATE AGGREGATE forest_agg(label anyelement, features record) (
  SFUNC = forest_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = forest_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = train_combine,
  SERIALFUNC = train_serialize,
  DESERIALFUNC = train_deserialize,
  PARALLEL = SAFE
);

CREATE AGGREGATE forest_agg(label anyelement, features record, options jsonb) (
  SFUNC = forest_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = forest_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = train_combine,
  SERIALFUNC = train_serialize,
  DESERIALFUNC = train_deserialize,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE forest_agg(anyelement, record) IS
'Trains a random forest with default options. label: what to learn; text, enum, boolean and integers classify, float and numeric regress; rows whose label is null are left out. features: a row of columns (numbers, boolean, text, enum, points, dates, times), null being missing. Null, with a NOTICE, where nothing can be learned: no rows, no label, one class, no feature with a value.';
COMMENT ON AGGREGATE forest_agg(anyelement, record, jsonb) IS
'Trains a random forest; options as options_for(''forest_agg'') lists them, and "task" (classify, regress), "time_zone", "axes", "time_parts"; the same for all rows.';

CREATE FUNCTION boost_transition(internal, anyelement, record) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_boost_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION boost_transition(internal, anyelement, record, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_boost_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION boost_final(internal) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_boost_final' LANGUAGE C STABLE PARALLEL SAFE COST 1000000;

COMMENT ON FUNCTION boost_transition(internal, anyelement, record) IS 'Takes a row into the state of boost_agg.';
COMMENT ON FUNCTION boost_transition(internal, anyelement, record, jsonb) IS 'Takes a row into the state of boost_agg; the options are those of the first row.';
COMMENT ON FUNCTION boost_final(internal) IS 'Trains boosted trees on the rows of a state, which it does not change; null, with a NOTICE, where nothing can be learned.';

CREATE AGGREGATE boost_agg(label anyelement, features record) (
  SFUNC = boost_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = boost_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = train_combine,
  SERIALFUNC = train_serialize,
  DESERIALFUNC = train_deserialize,
  PARALLEL = SAFE
);

CREATE AGGREGATE boost_agg(label anyelement, features record, options jsonb) (
  SFUNC = boost_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = boost_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = train_combine,
  SERIALFUNC = train_serialize,
  DESERIALFUNC = train_deserialize,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE boost_agg(anyelement, record) IS
'Trains gradient boosted trees with default options, which keep the later tenth of the rows back to see when more trees bring no more. label: what to learn; text, enum, boolean and integers classify, float and numeric regress (counts: option "objective": "poisson"); rows whose label is null are left out. features: a row of columns (numbers, boolean, text, enum, points, dates, times), null being missing. Null, with a NOTICE, where nothing can be learned: no rows, no label, one class, no feature with a value.';
COMMENT ON AGGREGATE boost_agg(anyelement, record, jsonb) IS
'Trains gradient boosted trees; options as options_for(''boost_agg'') lists them, and "task" (classify, regress), "time_zone"; the same for all rows.';

CREATE FUNCTION linear_transition(internal, anyelement, record) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_linear_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION linear_transition(internal, anyelement, record, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_linear_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION linear_final(internal) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_linear_final' LANGUAGE C STABLE PARALLEL SAFE COST 1000000;

COMMENT ON FUNCTION linear_transition(internal, anyelement, record) IS 'Takes a row into the state of linear_agg.';
COMMENT ON FUNCTION linear_transition(internal, anyelement, record, jsonb) IS 'Takes a row into the state of linear_agg; the options are those of the first row.';
COMMENT ON FUNCTION linear_final(internal) IS 'Trains a linear model on the rows of a state, which it does not change; null, with a NOTICE, where nothing can be learned.';

CREATE AGGREGATE linear_agg(label anyelement, features record) (
  SFUNC = linear_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = linear_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = train_combine,
  SERIALFUNC = train_serialize,
  DESERIALFUNC = train_deserialize,
  PARALLEL = SAFE
);

CREATE AGGREGATE linear_agg(label anyelement, features record, options jsonb) (
  SFUNC = linear_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = linear_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = train_combine,
  SERIALFUNC = train_serialize,
  DESERIALFUNC = train_deserialize,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE linear_agg(anyelement, record) IS
'Fits a linear model by least squares: label is the sum of an intercept and of terms, which coefficients() lists with errors and p values. label: a number. features: a row of columns (numbers, boolean, text, enum, points, dates, times); a text has a term for each value but the first, null is the mean of a number and a value of its own of a text. Rows whose label is null are left out. Null, with a NOTICE, where nothing can be learned.';
COMMENT ON AGGREGATE linear_agg(anyelement, record, jsonb) IS
'Fits a linear model by least squares; options as options_for(''linear_agg'') lists them, and "time_zone"; the same for all rows.';

CREATE FUNCTION poisson_transition(internal, anyelement, record) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_poisson_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION poisson_transition(internal, anyelement, record, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_poisson_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION poisson_final(internal) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_poisson_final' LANGUAGE C STABLE PARALLEL SAFE COST 1000000;

COMMENT ON FUNCTION poisson_transition(internal, anyelement, record) IS 'Takes a row into the state of poisson_agg.';
COMMENT ON FUNCTION poisson_transition(internal, anyelement, record, jsonb) IS 'Takes a row into the state of poisson_agg; the options are those of the first row.';
COMMENT ON FUNCTION poisson_final(internal) IS 'Trains a Poisson model on the rows of a state, which it does not change; null, with a NOTICE, where nothing can be learned.';

CREATE AGGREGATE poisson_agg(label anyelement, features record) (
  SFUNC = poisson_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = poisson_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = train_combine,
  SERIALFUNC = train_serialize,
  DESERIALFUNC = train_deserialize,
  PARALLEL = SAFE
);

CREATE AGGREGATE poisson_agg(label anyelement, features record, options jsonb) (
  SFUNC = poisson_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = poisson_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = train_combine,
  SERIALFUNC = train_serialize,
  DESERIALFUNC = train_deserialize,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE poisson_agg(anyelement, record) IS
'Fits a model of counts: the logarithm of the expected count is the sum of an intercept and of terms, which coefficients() lists with errors and p values. label: a count, 0 or more. features: a row of columns (numbers, boolean, text, enum, points, dates, times); a text has a term for each value but the first, null is the mean of a number and a value of its own of a text. Rows whose label is null are left out. Null, with a NOTICE, where nothing can be learned.';
COMMENT ON AGGREGATE poisson_agg(anyelement, record, jsonb) IS
'Fits a Poisson or negative binomial model of counts, or with the option "exposure" of rates; options as options_for(''poisson_agg'') lists them, and "time_zone"; the same for all rows.';

CREATE FUNCTION logistic_transition(internal, anyelement, record) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_logistic_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION logistic_transition(internal, anyelement, record, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_logistic_transition' LANGUAGE C STABLE PARALLEL SAFE;

CREATE FUNCTION logistic_final(internal) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_logistic_final' LANGUAGE C STABLE PARALLEL SAFE COST 1000000;

COMMENT ON FUNCTION logistic_transition(internal, anyelement, record) IS 'Takes a row into the state of logistic_agg.';
COMMENT ON FUNCTION logistic_transition(internal, anyelement, record, jsonb) IS 'Takes a row into the state of logistic_agg; the options are those of the first row.';
COMMENT ON FUNCTION logistic_final(internal) IS 'Trains a logistic model on the rows of a state, which it does not change; null, with a NOTICE, where nothing can be learned.';

CREATE AGGREGATE logistic_agg(label anyelement, features record) (
  SFUNC = logistic_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = logistic_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = train_combine,
  SERIALFUNC = train_serialize,
  DESERIALFUNC = train_deserialize,
  PARALLEL = SAFE
);

CREATE AGGREGATE logistic_agg(label anyelement, features record, options jsonb) (
  SFUNC = logistic_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = logistic_final,
  FINALFUNC_MODIFY = READ_ONLY,
  COMBINEFUNC = train_combine,
  SERIALFUNC = train_serialize,
  DESERIALFUNC = train_deserialize,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE logistic_agg(anyelement, record) IS
'Fits a logistic model: of two classes the logarithm of the odds of the second is the sum of an intercept and of terms, which coefficients() lists with errors and p values; of more each has such a sum, against the first. label: a class. features: a row of columns (numbers, boolean, text, enum, points, dates, times); a text has a term for each value but the first, null is the mean of a number and a value of its own of a text. Rows whose label is null are left out. Null, with a NOTICE, where nothing can be learned.';
COMMENT ON AGGREGATE logistic_agg(anyelement, record, jsonb) IS
'Fits a logistic model; options as options_for(''logistic_agg'') lists them, and "time_zone"; the same for all rows.';

-- Models of other programs

CREATE FUNCTION from_xgboost_json(booster text) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_from_xgboost_json' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 100000;

COMMENT ON FUNCTION from_xgboost_json(text) IS
'A model that XGBoost trained, from the text that Booster.save_model(''model.json'') writes: it predicts as XGBoost does (all of its trees), values being rounded to single precision first. Features are numbers of the names in the text, else f0, f1, ... (of type "i": booleans); classes are 0, 1, .... Boosters dart and gblinear, several targets, categorical splits and objectives that are not known are an error (0A000). Its training rows are not known: describe, classes and the baseline of evaluate have null there.';

-- Merging

CREATE FUNCTION merge_transition(internal, model) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_merge_transition' LANGUAGE C IMMUTABLE PARALLEL SAFE;

CREATE FUNCTION merge_final(internal) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_merge_final' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 100000;

COMMENT ON FUNCTION merge_transition(internal, model) IS 'Takes a model into the state of merge_agg; null is left out.';
COMMENT ON FUNCTION merge_final(internal) IS 'Merges the models of a state, which it does not change; null, with a NOTICE, when there are none.';

CREATE AGGREGATE merge_agg(model model) (
  SFUNC = merge_transition,
  STYPE = internal,
  SSPACE = 1048576,
  FINALFUNC = merge_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE merge_agg(model) IS
'Forests trained on parts of the rows (districts, years, shards) as one forest, which has all their trees: its probabilities are the mean of the parts'', weighted by their trees. Levels of categories and classes are joined; models of other features, SRIDs, time zones, tasks or algorithms are an error, as are other class weights, axes or parts of times. The order of the models changes nothing. Null when there are none.';

-- Importance by permutation

CREATE FUNCTION importance(model model, source text, repeats integer DEFAULT 1, seed bigint DEFAULT 0,
  OUT input text, OUT importance double precision, OUT deviation double precision,
  OUT log_loss_rise double precision, OUT rmse_rise double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_importance_permuted' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 1000000 ROWS 10;

COMMENT ON FUNCTION importance(model, text, integer, bigint) IS
'How much worse a model predicts the rows of a source (column "label" and the features, as in evaluate) when the values of one input column are permuted among them (Breiman 2001); a point or a time is permuted as a whole. importance: the fall of accuracy, or in regression of r2 (the rise of squared error as a share of the label''s variance); deviation: its standard deviation between repeats (1 to 1000), null for one; log_loss_rise in classification, rmse_rise in units of the label in regression. Largest first. The same rows in the same order and the same seed give the same numbers.';

-- Explanations

CREATE FUNCTION explain(model model, features record, class text DEFAULT NULL, by_part boolean DEFAULT false,
  OUT input text, OUT value text, OUT contribution double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_explain_record' LANGUAGE C STABLE PARALLEL SAFE COST 10000 ROWS 10;

CREATE FUNCTION explain(model model, features jsonb, class text DEFAULT NULL, by_part boolean DEFAULT false,
  OUT input text, OUT value text, OUT contribution double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_explain_jsonb' LANGUAGE C STABLE PARALLEL SAFE COST 10000 ROWS 10;

CREATE FUNCTION explain(model model, features text, class text DEFAULT NULL, by_part boolean DEFAULT false,
  OUT input text, OUT value text, OUT contribution double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_explain_text' LANGUAGE C STABLE PARALLEL SAFE COST 10000 ROWS 10;

COMMENT ON FUNCTION explain(model, record, text, boolean) IS
'Why a model says what it says of a row: what it expects when nothing is known (input "(base)", whose value names what is explained), and what each input column adds to that, largest first (Shapley values, exact; path-dependent TreeSHAP). All add up to predict_probability of the class (null: the predicted one), or to predict_value; of boosted trees to log odds, score or logarithm, as the value of the base says. A point or a time is one input, or with by_part each of its features. No rows when model or features are null.';
COMMENT ON FUNCTION explain(model, jsonb, text, boolean) IS
'Why a model says what it says of a JSON object, by input column.';
COMMENT ON FUNCTION explain(model, text, text, boolean) IS
'Why a model says what it says of a JSON object given as text, by input column.';

CREATE FUNCTION explain_classes(model model, features record, by_part boolean DEFAULT false,
  OUT class text, OUT input text, OUT value text, OUT contribution double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_explain_classes_record' LANGUAGE C STABLE PARALLEL SAFE COST 50000 ROWS 100;

CREATE FUNCTION explain_classes(model model, features jsonb, by_part boolean DEFAULT false,
  OUT class text, OUT input text, OUT value text, OUT contribution double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_explain_classes_jsonb' LANGUAGE C STABLE PARALLEL SAFE COST 50000 ROWS 100;

CREATE FUNCTION explain_classes(model model, features text, by_part boolean DEFAULT false,
  OUT class text, OUT input text, OUT value text, OUT contribution double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_explain_classes_text' LANGUAGE C STABLE PARALLEL SAFE COST 50000 ROWS 100;

COMMENT ON FUNCTION explain_classes(model, record, boolean) IS
'As explain, of all classes at once, in the order of classes(model).';
COMMENT ON FUNCTION explain_classes(model, jsonb, boolean) IS
'As explain, of all classes at once, for a JSON object.';
COMMENT ON FUNCTION explain_classes(model, text, boolean) IS
'As explain, of all classes at once, for a JSON object given as text.';

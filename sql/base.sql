-- crimeml: crime analysis inside PostgreSQL. Install with CREATE EXTENSION crimeml.
\echo Use "CREATE EXTENSION crimeml" to load this file. \quit

GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;


CREATE TYPE risk AS ENUM ('low', 'medium', 'high');

COMMENT ON TYPE risk IS
'Where fewer or more incidents are recorded: low, medium, high. Never "safe": what is not reported is not seen.';

CREATE FUNCTION options_for(function text,
  OUT option text, OUT type text, OUT default_value text, OUT range text, OUT meaning text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_options_for' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 20;

COMMENT ON FUNCTION options_for(text) IS
'The options that a function or aggregate of crimeml takes (forest_agg, kde, ...): name, type, default, range, meaning. An error naming the nearest function when there is none of that name.';

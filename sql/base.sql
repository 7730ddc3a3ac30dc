-- crimeml: crime analysis inside PostgreSQL. Install with CREATE EXTENSION crimeml.
\echo Use "CREATE EXTENSION crimeml" to load this file. \quit

GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;


CREATE TYPE risk AS ENUM ('low', 'medium', 'high');

COMMENT ON TYPE risk IS
'Where fewer or more incidents are recorded: low, medium, high. Never "safe": what is not reported is not seen.';

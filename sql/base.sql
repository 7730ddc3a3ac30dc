-- crimeml: crime analysis inside PostgreSQL. Install with CREATE EXTENSION crimeml.
\echo Use "CREATE EXTENSION crimeml" to load this file. \quit

GRANT USAGE ON SCHEMA @extschema@ TO PUBLIC;


-- crimeml: crime analysis inside PostgreSQL. Install with CREATE EXTENSION crimeml.
\echo Use "CREATE EXTENSION crimeml" to load this file. \quit

-- A schema that somebody made before may hold a type or a function under a name that this script
-- takes for PostgreSQL's or PostGIS's, and who may create in it can put one there later.
DO $check$
DECLARE
  schema pg_catalog.pg_namespace;
  found text;
BEGIN
  SELECT * INTO STRICT schema FROM pg_catalog.pg_namespace n
  WHERE n.nspname OPERATOR(pg_catalog.=) 'crimeml';

  SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) INTO found
  FROM pg_catalog.pg_depend d
  WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
    AND d.refobjid OPERATOR(pg_catalog.=) schema.oid
    AND d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_extension'::pg_catalog.regclass
  LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
      MESSAGE = 'schema "crimeml" exists and is not empty',
      DETAIL = 'It holds, for one, ' OPERATOR(pg_catalog.||) found OPERATOR(pg_catalog.||) '.',
      HINT = 'What is in it could be taken for a part of PostgreSQL or PostGIS. Look at it, and drop or rename the schema.';
  END IF;

  SELECT pg_catalog.pg_get_userbyid(who) INTO found
  FROM (SELECT schema.nspowner
        UNION ALL
        SELECT a.grantee FROM pg_catalog.aclexplode(schema.nspacl) a
        WHERE a.privilege_type OPERATOR(pg_catalog.=) 'CREATE') w (who)
  WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.oid OPERATOR(pg_catalog.=) w.who
    AND (r.rolsuper OR r.rolname OPERATOR(pg_catalog.=) CURRENT_USER))
  LIMIT 1;
  IF found IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_schema_definition',
      MESSAGE = 'schema "crimeml" exists, and others than superusers may create objects in it',
      DETAIL = 'One of them is: ' OPERATOR(pg_catalog.||) found OPERATOR(pg_catalog.||) '.',
      HINT = 'Drop or rename the schema, and let CREATE EXTENSION make it.';
  END IF;
END $check$;

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

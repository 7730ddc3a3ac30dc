-- data: rows in, times, the simulated city

-- Loads, and what could not be loaded. The functions write to them as the
-- owner of the tables, so nobody else may insert and "role" is the truth; a
-- role sees and may delete what it loaded itself. The tables belong to the
-- owner of the database, who can so dump and restore them, and sees all.
CREATE TABLE loads (
  load_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  target text NOT NULL,
  source text NOT NULL,
  started timestamptz NOT NULL,
  finished timestamptz NOT NULL,
  role regrole NOT NULL,
  role_name name NOT NULL,
  read bigint NOT NULL,
  loaded bigint NOT NULL,
  updated bigint NOT NULL,
  rejected bigint NOT NULL,
  duplicates bigint NOT NULL,
  empty_lines bigint NOT NULL,
  CHECK (read = loaded + updated + rejected + duplicates)
);
COMMENT ON TABLE loads IS
'One row a call of load_csv or load_csv_file: read = loaded + updated + rejected + duplicates. A role sees its own, the database''s owner all. role_name: what the role was called then.';

CREATE TABLE rejected_rows (
  load_id bigint NOT NULL REFERENCES loads ON DELETE CASCADE,
  line bigint NOT NULL,
  reason text NOT NULL,
  sqlstate text NOT NULL,
  content text NOT NULL
);
CREATE INDEX rejected_rows_load_id_line ON rejected_rows (load_id, line);
COMMENT ON TABLE rejected_rows IS
'Rows of a CSV that were not loaded: the number of the (first) line, why not, and the row as it came; bytes that text cannot hold stand as \xHH. A role sees those of its own loads.';

ALTER TABLE loads OWNER TO pg_database_owner;
ALTER TABLE rejected_rows OWNER TO pg_database_owner;

CREATE FUNCTION settle_role() RETURNS trigger
AS 'MODULE_PATHNAME', 'crimeml_settle_role' LANGUAGE C;
COMMENT ON FUNCTION settle_role() IS
'Trigger of crimeml.loads: where a dump of a dropped role''s rows is restored, its number may be another role''s; a role that does not bear the name in role_name becomes none.';
REVOKE ALL ON FUNCTION settle_role() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION settle_role() TO pg_database_owner;
CREATE TRIGGER settle_role BEFORE INSERT ON loads FOR EACH ROW EXECUTE FUNCTION settle_role();

ALTER TABLE loads ENABLE ROW LEVEL SECURITY;
ALTER TABLE rejected_rows ENABLE ROW LEVEL SECURITY;
-- by number: a role that is made anew under an old name is another role
CREATE POLICY own_loads ON loads USING (role = to_regrole(quote_ident(current_user)));
CREATE POLICY own_rejected_rows ON rejected_rows
  USING (EXISTS (SELECT FROM loads l WHERE l.load_id = rejected_rows.load_id));
GRANT SELECT, DELETE ON loads, rejected_rows TO PUBLIC;

SELECT pg_catalog.pg_extension_config_dump('loads', '');
SELECT pg_catalog.pg_extension_config_dump('loads_load_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('rejected_rows', '');

CREATE FUNCTION load_csv(target regclass, content bytea, columns jsonb DEFAULT NULL, delimiter text DEFAULT ',',
  header boolean DEFAULT true, nulls text[] DEFAULT '{"",NA,N/A,"NULL"}', on_error text DEFAULT 'reject',
  unique_key name[] DEFAULT NULL, on_duplicate text DEFAULT 'skip',
  OUT load_id bigint, OUT read bigint, OUT loaded bigint, OUT updated bigint, OUT rejected bigint, OUT duplicates bigint, OUT empty_lines bigint)
AS 'MODULE_PATHNAME', 'crimeml_load_csv' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION load_csv(regclass, bytea, jsonb, text, boolean, text[], text, name[], text) IS
'Load CSV (UTF-8) into a table, as the caller. A bad row never stops the rest: it lands in crimeml.rejected_rows with line and reason, and read = loaded + updated + rejected + duplicates. columns, keyed by the table''s column, gives the field of the header (or its number), or {"from": [...], "format", "time_zone", "srid", "transform", "bounds"}; without it fields go by name. nulls are texts that mean a missing value. on_error => ''stop'' stops at the first bad row, naming line and column. unique_key: a row whose key stands in the table, or came before, is counted as a duplicate and left out; on_duplicate => ''update'': it takes the place of the row that stands there and is counted as updated, where it differs. NULLs are never duplicates. Places at (0 0), exchanged or in degrees are told by NOTICE. Dates are read as ISO, or month before day where they are ambiguous, whatever DateStyle says.';

CREATE FUNCTION load_csv(target regclass, large_object oid, columns jsonb DEFAULT NULL, delimiter text DEFAULT ',',
  header boolean DEFAULT true, nulls text[] DEFAULT '{"",NA,N/A,"NULL"}', on_error text DEFAULT 'reject',
  unique_key name[] DEFAULT NULL, on_duplicate text DEFAULT 'skip',
  OUT load_id bigint, OUT read bigint, OUT loaded bigint, OUT updated bigint, OUT rejected bigint, OUT duplicates bigint, OUT empty_lines bigint)
AS 'MODULE_PATHNAME', 'crimeml_load_csv_large_object' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION load_csv(regclass, oid, jsonb, text, boolean, text[], text, name[], text) IS
'load_csv from a large object, streamed: in psql \lo_import file.csv, then load_csv(target, :LASTOID).';

CREATE FUNCTION load_csv_file(target regclass, path text, columns jsonb DEFAULT NULL, delimiter text DEFAULT ',',
  header boolean DEFAULT true, nulls text[] DEFAULT '{"",NA,N/A,"NULL"}', on_error text DEFAULT 'reject',
  unique_key name[] DEFAULT NULL, on_duplicate text DEFAULT 'skip',
  OUT load_id bigint, OUT read bigint, OUT loaded bigint, OUT updated bigint, OUT rejected bigint, OUT duplicates bigint, OUT empty_lines bigint)
AS 'MODULE_PATHNAME', 'crimeml_load_csv_file' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION load_csv_file(regclass, text, jsonb, text, boolean, text[], text, name[], text) IS
'load_csv from a file of the server, plain or gzip, streamed. Needs the privileges of pg_read_server_files; the path is absolute.';

CREATE FUNCTION infer_csv(content bytea, columns jsonb DEFAULT NULL, sample integer DEFAULT 1000, delimiter text DEFAULT ',',
  OUT column_name text, OUT data_type text, OUT nulls bigint, OUT example text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_infer_csv' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 10000 ROWS 20;
COMMENT ON FUNCTION infer_csv(bytea, jsonb, integer, text) IS
'The columns of a CSV with a header, their types by the first rows (bigint, double precision, boolean, date, timestamp, timestamptz, time or text; a number with leading zeros, and 17E10, is text), how many values are missing (empty, NA, N/A, NULL), and an example. With columns (see load_csv) the columns that it makes.';

CREATE FUNCTION create_table_for_csv(target text, content bytea, columns jsonb DEFAULT NULL, delimiter text DEFAULT ',') RETURNS regclass
AS 'MODULE_PATHNAME', 'crimeml_create_table_for_csv' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000;
COMMENT ON FUNCTION create_table_for_csv(text, bytea, jsonb, text) IS
'Create an empty table, named with its schema or without, for a CSV with a header: the columns and types that infer_csv finds, looking at all rows. An error when the table exists. load_csv fills it.';

REVOKE ALL ON FUNCTION create_table_for_csv(text, bytea, jsonb, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION load_csv(regclass, bytea, jsonb, text, boolean, text[], text, name[], text) FROM PUBLIC;
REVOKE ALL ON FUNCTION load_csv(regclass, oid, jsonb, text, boolean, text[], text, name[], text) FROM PUBLIC;
REVOKE ALL ON FUNCTION load_csv_file(regclass, text, jsonb, text, boolean, text[], text, name[], text) FROM PUBLIC;

CREATE TYPE time_features AS (
  hour integer,
  weekday integer,
  month integer,
  day_of_year integer,
  is_weekend boolean,
  hour_sin float8,
  hour_cos float8,
  weekday_sin float8,
  weekday_cos float8,
  year_sin float8,
  year_cos float8
);
COMMENT ON TYPE time_features IS
'What of a time a model can learn from: hour 0..23, weekday 1 (Monday) .. 7, month, day_of_year, is_weekend (Saturday, Sunday), and sine and cosine of the turn of the day (with minutes and seconds), of the week (Monday at 0) and of the year (1 January at 0), so that 23 and 0 o''clock are near each other.';

-- IMMUTABLE as pg_catalog.timezone(text, timestamptz) is
CREATE FUNCTION time_features(at timestamptz, time_zone text) RETURNS time_features
AS 'MODULE_PATHNAME', 'crimeml_time_features' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE COST 10;
COMMENT ON FUNCTION time_features(timestamptz, text) IS
'Hour, weekday, month, day of the year, weekend, and sine and cosine of hour, weekday and year of a time in a time zone (a name of pg_timezone_names). NULL for NULL; an error for an unknown zone and an infinite time. The session''s own time zone plays no part.';

CREATE FUNCTION simulate_incidents(n integer, seed bigint DEFAULT 0,
  OUT id bigint, OUT at timestamptz, OUT offence text, OUT district text, OUT geom geometry)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_simulate_incidents' LANGUAGE C IMMUTABLE PARALLEL SAFE COST 1000 ROWS 100000;
COMMENT ON FUNCTION simulate_incidents(integer, bigint) IS
'n incidents of a synthetic city in the year 2024 (America/New_York), first to last: 10 offences, 12 districts, points in SRID 26918 on blocks of 100 m, with hotspots (simulate_truth gives them), rhythms of hour, weekday and season by offence, and near repeats. The same n and seed give the same rows everywhere. For demonstration, teaching and tests.';

CREATE FUNCTION simulate_truth(seed bigint DEFAULT 0,
  OUT hotspot integer, OUT geom geometry, OUT share float8, OUT radius float8)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_simulate_truth' LANGUAGE C IMMUTABLE PARALLEL SAFE ROWS 12;
COMMENT ON FUNCTION simulate_truth(bigint) IS
'The hotspots that simulate_incidents(n, seed) draws from: centre, share of all incidents that are no near repeats, and standard deviation in metres of the places in x and y.';

-- Days without work. Users fill it, a dump keeps it, everybody may read it.
CREATE TABLE holidays (
  day date PRIMARY KEY,
  name text
);
COMMENT ON TABLE holidays IS
'Public holidays and other days unlike their weekday, filled by the owner of the database. Forecasts of days and shorter buckets learn what such a day is like, where there are enough of them.';
ALTER TABLE holidays OWNER TO pg_database_owner;
GRANT SELECT ON holidays TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('holidays', '');

-- VOLATILE as what the source calls may be
CREATE FUNCTION counts(source text, bucket interval, during tstzrange DEFAULT NULL, time_zone text DEFAULT NULL,
  OUT series text, OUT at timestamptz, OUT count bigint)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_counts' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 10000;
COMMENT ON FUNCTION counts(text, interval, tstzrange, text) IS
'The rows of a source in each bucket of time on the clocks of a zone (the session''s without one), 0 where there are none. Columns: at (timestamptz; timestamp or date on those clocks), series where there are several, value where the rows are counts already, which are summed up. Buckets: a part of a day in whole minutes, 1 day, 7 days (from Monday), months that divide a year. A series begins with its first row. What is not whole is left out and told: a bucket that has not ended by now, or lies in "during" only in part, or, without a column value, where the rows begin or end within it.';

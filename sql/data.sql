-- data: rows in, times, the simulated city

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

-- Times given as text say the same under every DateStyle, or are an error.
-- The label is 100 * day of the year + hour, and the trees know each hour of 60 days.
\set VERBOSITY terse
SET TimeZone = 'UTC';
SET crimeml.progress_interval = 0;
CREATE TABLE t AS
SELECT crimeml.tree_agg(100 * extract(doy FROM l)::float8 + extract(hour FROM l)::float8, z, '{"min_leaf": 1, "max_depth": 0, "time_parts": "year", "time_zone": "America/New_York"}') AS zoned,
  crimeml.tree_agg(100 * extract(doy FROM l)::float8 + extract(hour FROM l)::float8, s, '{"min_leaf": 1, "max_depth": 0, "time_parts": "year"}') AS local,
  crimeml.tree_agg(100 * extract(doy FROM l)::float8, d, '{"min_leaf": 1, "max_depth": 0, "time_parts": "year"}') AS day
FROM (SELECT timestamp '2020-01-01' + i * interval '1 hour' AS l FROM generate_series(0, 60 * 24 - 1) i) i,
  LATERAL (SELECT l AT TIME ZONE 'America/New_York' AS at) z, LATERAL (SELECT l AS at) s, LATERAL (SELECT l::date AS at) d;

CREATE FUNCTION told(at text, OUT zoned float8, OUT local float8, OUT day float8) LANGUAGE sql AS $$
  SELECT crimeml.predict_value(zoned, jsonb_build_object('at', at)), crimeml.predict_value(local, jsonb_build_object('at', at)),
    crimeml.predict_value(day, jsonb_build_object('at', at)) FROM t $$;

-- the second of January at one in the afternoon is day 2, hour 13
SET DateStyle = 'German, YMD';
SELECT * FROM told('2020-01-02 13:00');
SET DateStyle = 'SQL, DMY';
SELECT * FROM told('2020-01-02 13:00'), told('2020-02-01T13:59:59.5') b;
SET DateStyle = 'ISO, MDY';
SELECT * FROM told('2020-01-02 13:00'), told('2020-02-01T13:59:59.5') b;
-- an offset or a zone of its own counts: 13:00 in Greenwich is 8:00 in New York
SELECT crimeml.predict_value(zoned, '{"at": "2020-01-02T13:00:00Z"}') AS z, crimeml.predict_value(zoned, '{"at": "2020-01-02 13:00+01:30"}') AS offset,
  crimeml.predict_value(zoned, '{"at": "2020-01-02 13:00 Europe/London"}') AS name, crimeml.predict_value(zoned, ROW('2020-01-02 13:00')) AS literal FROM t;
-- what jsonb makes of times is read back, under every style
SET DateStyle = 'SQL, DMY';
SELECT crimeml.predict_value(zoned, to_jsonb(z)) AS zoned, crimeml.predict_value(local, to_jsonb(s)) AS local, crimeml.predict_value(day, to_jsonb(d)) AS day
FROM t, LATERAL (SELECT timestamptz '2020-02-01 13:00-05' AS at) z, LATERAL (SELECT timestamp '2020-02-01 13:00' AS at) s, LATERAL (SELECT date '2020-02-01' AS at) d;
-- an infinite time is a missing one, as it is in a row
SELECT crimeml.predict_value(zoned, '{"at": "infinity"}') = crimeml.predict_value(zoned, '{"at": null}') AS missing,
  crimeml.predict_value(day, '{"at": "-infinity"}') = crimeml.predict_value(day, '{"at": null}') AS day FROM t;

-- errors, the same under two styles
\set at '01/02/2020 13:00'
SELECT crimeml.predict_value(zoned, jsonb_build_object('at', :'at')) FROM t;
SELECT crimeml.predict_value(local, jsonb_build_object('at', :'at')) FROM t;
SELECT crimeml.predict_value(day, jsonb_build_object('at', :'at')) FROM t;
SELECT crimeml.predict_value(zoned, ROW('01/02/2020')) FROM t;
SET DateStyle = 'ISO, MDY';
SELECT crimeml.predict_value(zoned, jsonb_build_object('at', :'at')) FROM t;
SELECT crimeml.predict_value(zoned, jsonb_build_object('at', bad)) FROM t, (VALUES ('now')) v(bad);
SELECT crimeml.predict_value(zoned, '{"at": "20-01-02"}') FROM t;
SELECT crimeml.predict_value(zoned, '{"at": "2020-1-2"}') FROM t;
SELECT crimeml.predict_value(zoned, '{"at": "2020-13-02"}') FROM t;
SELECT crimeml.predict_value(zoned, '{"at": "2020"}') FROM t;
SELECT crimeml.predict_value(zoned, '{"at": ""}') FROM t;
SELECT crimeml.predict_value(local, '{"at": "2020-01-02T13:00:00Z"}') FROM t;
SELECT crimeml.predict_value(day, '{"at": "2020-01-02+05"}') FROM t;
\set VERBOSITY default
SELECT crimeml.predict_value(zoned, '{"at": "2020-02-30"}') FROM t;
SELECT crimeml.predict_value(zoned, '{"at": "2020-02-20 25:00"}') FROM t;
SELECT crimeml.predict_value(zoned, '{"at": "20.1.2020"}') FROM t;

-- time_features(): local parts of a time, whatever the session's zone
SET TIME ZONE 'Asia/Tokyo';
SELECT (f).hour, (f).weekday, (f).month, (f).day_of_year, (f).is_weekend,
       round((f).hour_sin::numeric, 6) AS hour_sin, round((f).hour_cos::numeric, 6) AS hour_cos,
       round((f).weekday_sin::numeric, 6) AS weekday_sin, round((f).weekday_cos::numeric, 6) AS weekday_cos,
       round((f).year_sin::numeric, 6) AS year_sin, round((f).year_cos::numeric, 6) AS year_cos
FROM (SELECT crimeml.time_features(at, 'America/New_York') AS f
      FROM unnest('{2024-01-01 00:00-05, 2024-12-31 23:59:59-05, 2024-07-03 18:00-04, 2023-07-02 06:30-04}'::timestamptz[]) at
      OFFSET 0) s;

-- the parts are those of PostgreSQL itself
SELECT count(*) AS differ
FROM generate_series('1999-12-31 00:00-05'::timestamptz, '2031-01-02 00:00-05', '7 days 05:17:23') at,
     LATERAL (SELECT (crimeml.time_features(at, 'Europe/London')).*) f,
     LATERAL (SELECT at AT TIME ZONE 'Europe/London' AS local) l
WHERE (f.hour, f.weekday, f.month, f.day_of_year, f.is_weekend)
   IS DISTINCT FROM
      (extract(hour FROM local)::int, extract(isodow FROM local)::int, extract(month FROM local)::int,
       extract(doy FROM local)::int, extract(isodow FROM local) >= 6)
   OR abs(f.hour_sin ^ 2 + f.hour_cos ^ 2 - 1) > 1e-12
   OR abs(f.hour_sin - sin(2 * pi() * extract(epoch FROM local::time) / 86400)) > 1e-9
   OR abs(f.weekday_cos - cos(2 * pi() * (f.weekday - 1) / 7)) > 1e-9
   OR abs(f.year_sin - sin(2 * pi() * (f.day_of_year - 1)
          / (365 + (extract(day FROM make_date(extract(year FROM local)::int, 3, 1) - interval '1 day') = 29)::int))) > 1e-9;

SELECT crimeml.time_features(NULL, 'UTC') IS NULL AS null_time, crimeml.time_features(now(), NULL) IS NULL AS null_zone;

-- bad input
SELECT crimeml.time_features('2024-01-01 00:00+00', 'Mars/Olympus');
SELECT crimeml.time_features('infinity', 'UTC');
SELECT crimeml.time_features('-infinity', 'UTC');

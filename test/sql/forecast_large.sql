-- Counts whose distribution begins far above 0: a day's count is about normal
-- with the variance of Poisson's, so that the 95 % interval is about mean +- 1.96 sd.
CREATE FUNCTION pg_temp.days(mean float8) RETURNS TABLE (at timestamptz, value float8) AS $$
  -- places of the golden ratio's multiples, spread over the normal distribution by Box and Muller
  SELECT timestamptz '2020-01-01 00:00+00' + i * interval '1 day',
    round(mean + sqrt(mean) * sqrt(-2 * ln((i * 0.6180339887498949)::numeric % 1)) * cos(2 * pi() * (i * 0.7548776662466927)))
  FROM generate_series(1, 400) i
$$ LANGUAGE sql;

SET TimeZone = 'UTC';
SELECT mean, bool_and(abs(forecast - mean) < sqrt(mean)) AS mean_is, bool_and(lower BETWEEN mean - 3 * sqrt(mean) AND mean - 1.3 * sqrt(mean)) AS lower_is,
  bool_and(upper BETWEEN mean + 1.3 * sqrt(mean) AND mean + 3 * sqrt(mean)) AS upper_is
FROM unnest('{20,200,300,1000,5000,20000}'::float8[]) mean,
  LATERAL (SELECT crimeml.level_agg(at, value) AS model FROM pg_temp.days(mean)) m,
  LATERAL crimeml.forecast(model, 28, '{0.95}')
GROUP BY mean ORDER BY mean;

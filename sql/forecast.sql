-- Forecasts: models of series, and what can be done with the counts of a source.

-- Fitting: two functions a method

CREATE FUNCTION level_transition(internal, timestamptz, double precision) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_level_transition' LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION level_transition(internal, timestamptz, double precision) IS 'Takes a row into the state of level_agg.';

CREATE FUNCTION level_transition(internal, timestamptz, double precision, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_level_transition' LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION level_transition(internal, timestamptz, double precision, jsonb) IS 'Takes a row into the state of level_agg.';

CREATE FUNCTION level_transition(internal, timestamptz, double precision, text, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_level_transition' LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION level_transition(internal, timestamptz, double precision, text, jsonb) IS 'Takes a row into the state of level_agg.';

CREATE FUNCTION level_final(internal) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_level_final' LANGUAGE C STABLE PARALLEL SAFE COST 1000000;

COMMENT ON FUNCTION level_final(internal) IS 'Fits the series of a state, which it does not change; null when there are no values.';

CREATE AGGREGATE level_agg(at timestamptz, value double precision) (
  SFUNC = level_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = level_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE level_agg(timestamptz, double precision) IS
'Fits a level model for counts with default options. Mean = profile (weekday, hour, month, year, holidays) times a level that follows the counts by a discounted gamma filter (Harvey and Fernandes 1989); negative binomial intervals by simulation. One row a bucket, in any order; a bucket without a row, or with a null, is missing. The bucket is the shortest step between two times unless the options give it. Null when there are no values.';

CREATE AGGREGATE level_agg(at timestamptz, value double precision, options jsonb) (
  SFUNC = level_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = level_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE level_agg(timestamptz, double precision, jsonb) IS
'Fits a level model for counts; options as options_for(''level_agg'') lists them, the same for all rows. Mean = profile (weekday, hour, month, year, holidays) times a level that follows the counts by a discounted gamma filter (Harvey and Fernandes 1989); negative binomial intervals by simulation. One row a bucket, in any order; a bucket without a row, or with a null, is missing. The bucket is the shortest step between two times unless the options give it. Null when there are no values.';

CREATE AGGREGATE level_agg(at timestamptz, value double precision, series text, options jsonb) (
  SFUNC = level_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = level_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE level_agg(timestamptz, double precision, text, jsonb) IS
'Fits a level model for counts to each series; options the same for all rows, null for the defaults. Mean = profile (weekday, hour, month, year, holidays) times a level that follows the counts by a discounted gamma filter (Harvey and Fernandes 1989); negative binomial intervals by simulation. One row a bucket, in any order; a bucket without a row, or with a null, is missing. The bucket is the shortest step between two times unless the options give it. Null when there are no values.';

CREATE FUNCTION ets_transition(internal, timestamptz, double precision) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_ets_transition' LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION ets_transition(internal, timestamptz, double precision) IS 'Takes a row into the state of ets_agg.';

CREATE FUNCTION ets_transition(internal, timestamptz, double precision, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_ets_transition' LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION ets_transition(internal, timestamptz, double precision, jsonb) IS 'Takes a row into the state of ets_agg.';

CREATE FUNCTION ets_transition(internal, timestamptz, double precision, text, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_ets_transition' LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION ets_transition(internal, timestamptz, double precision, text, jsonb) IS 'Takes a row into the state of ets_agg.';

CREATE FUNCTION ets_final(internal) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_ets_final' LANGUAGE C STABLE PARALLEL SAFE COST 1000000;

COMMENT ON FUNCTION ets_final(internal) IS 'Fits the series of a state, which it does not change; null when there are no values.';

CREATE AGGREGATE ets_agg(at timestamptz, value double precision) (
  SFUNC = ets_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = ets_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE ets_agg(timestamptz, double precision) IS
'Fits exponential smoothing with default options. The family of Hyndman, Koehler, Ord and Snyder (2008); simple, Holt and Holt-Winters are named cases of the option "model". One row a bucket, in any order; a bucket without a row, or with a null, is missing. The bucket is the shortest step between two times unless the options give it. Null when there are no values.';

CREATE AGGREGATE ets_agg(at timestamptz, value double precision, options jsonb) (
  SFUNC = ets_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = ets_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE ets_agg(timestamptz, double precision, jsonb) IS
'Fits exponential smoothing; options as options_for(''ets_agg'') lists them, the same for all rows. The family of Hyndman, Koehler, Ord and Snyder (2008); simple, Holt and Holt-Winters are named cases of the option "model". One row a bucket, in any order; a bucket without a row, or with a null, is missing. The bucket is the shortest step between two times unless the options give it. Null when there are no values.';

CREATE AGGREGATE ets_agg(at timestamptz, value double precision, series text, options jsonb) (
  SFUNC = ets_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = ets_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE ets_agg(timestamptz, double precision, text, jsonb) IS
'Fits exponential smoothing to each series; options the same for all rows, null for the defaults. The family of Hyndman, Koehler, Ord and Snyder (2008); simple, Holt and Holt-Winters are named cases of the option "model". One row a bucket, in any order; a bucket without a row, or with a null, is missing. The bucket is the shortest step between two times unless the options give it. Null when there are no values.';

CREATE FUNCTION arima_transition(internal, timestamptz, double precision) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_arima_transition' LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION arima_transition(internal, timestamptz, double precision) IS 'Takes a row into the state of arima_agg.';

CREATE FUNCTION arima_transition(internal, timestamptz, double precision, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_arima_transition' LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION arima_transition(internal, timestamptz, double precision, jsonb) IS 'Takes a row into the state of arima_agg.';

CREATE FUNCTION arima_transition(internal, timestamptz, double precision, text, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_arima_transition' LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION arima_transition(internal, timestamptz, double precision, text, jsonb) IS 'Takes a row into the state of arima_agg.';

CREATE FUNCTION arima_final(internal) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_arima_final' LANGUAGE C STABLE PARALLEL SAFE COST 1000000;

COMMENT ON FUNCTION arima_final(internal) IS 'Fits the series of a state, which it does not change; null when there are no values.';

CREATE AGGREGATE arima_agg(at timestamptz, value double precision) (
  SFUNC = arima_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = arima_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE arima_agg(timestamptz, double precision) IS
'Fits a seasonal ARIMA model with default options. Exact likelihood by the Kalman filter; orders by Hyndman and Khandakar (2008) where the options do not give them. One row a bucket, in any order; a bucket without a row, or with a null, is missing. The bucket is the shortest step between two times unless the options give it. Null when there are no values.';

CREATE AGGREGATE arima_agg(at timestamptz, value double precision, options jsonb) (
  SFUNC = arima_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = arima_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE arima_agg(timestamptz, double precision, jsonb) IS
'Fits a seasonal ARIMA model; options as options_for(''arima_agg'') lists them, the same for all rows. Exact likelihood by the Kalman filter; orders by Hyndman and Khandakar (2008) where the options do not give them. One row a bucket, in any order; a bucket without a row, or with a null, is missing. The bucket is the shortest step between two times unless the options give it. Null when there are no values.';

CREATE AGGREGATE arima_agg(at timestamptz, value double precision, series text, options jsonb) (
  SFUNC = arima_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = arima_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE arima_agg(timestamptz, double precision, text, jsonb) IS
'Fits a seasonal ARIMA model to each series; options the same for all rows, null for the defaults. Exact likelihood by the Kalman filter; orders by Hyndman and Khandakar (2008) where the options do not give them. One row a bucket, in any order; a bucket without a row, or with a null, is missing. The bucket is the shortest step between two times unless the options give it. Null when there are no values.';

CREATE FUNCTION lstm_transition(internal, timestamptz, double precision) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_lstm_transition' LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION lstm_transition(internal, timestamptz, double precision) IS 'Takes a row into the state of lstm_agg.';

CREATE FUNCTION lstm_transition(internal, timestamptz, double precision, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_lstm_transition' LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION lstm_transition(internal, timestamptz, double precision, jsonb) IS 'Takes a row into the state of lstm_agg.';

CREATE FUNCTION lstm_transition(internal, timestamptz, double precision, text, jsonb) RETURNS internal
AS 'MODULE_PATHNAME', 'crimeml_lstm_transition' LANGUAGE C STABLE PARALLEL SAFE;

COMMENT ON FUNCTION lstm_transition(internal, timestamptz, double precision, text, jsonb) IS 'Takes a row into the state of lstm_agg.';

CREATE FUNCTION lstm_final(internal) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_lstm_final' LANGUAGE C STABLE PARALLEL SAFE COST 1000000;

COMMENT ON FUNCTION lstm_final(internal) IS 'Fits the series of a state, which it does not change; null when there are no values.';

CREATE AGGREGATE lstm_agg(at timestamptz, value double precision) (
  SFUNC = lstm_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = lstm_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE lstm_agg(timestamptz, double precision) IS
'Fits one LSTM network for all series with default options. A long short-term memory with a negative binomial head over the coming buckets, for counts; trained with Adam, seeded. One row a bucket, in any order; a bucket without a row, or with a null, is missing. The bucket is the shortest step between two times unless the options give it. Null when there are no values.';

CREATE AGGREGATE lstm_agg(at timestamptz, value double precision, options jsonb) (
  SFUNC = lstm_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = lstm_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE lstm_agg(timestamptz, double precision, jsonb) IS
'Fits one LSTM network for all series; options as options_for(''lstm_agg'') lists them, the same for all rows. A long short-term memory with a negative binomial head over the coming buckets, for counts; trained with Adam, seeded. One row a bucket, in any order; a bucket without a row, or with a null, is missing. The bucket is the shortest step between two times unless the options give it. Null when there are no values.';

CREATE AGGREGATE lstm_agg(at timestamptz, value double precision, series text, options jsonb) (
  SFUNC = lstm_transition,
  STYPE = internal,
  SSPACE = 65536,
  FINALFUNC = lstm_final,
  FINALFUNC_MODIFY = READ_ONLY,
  PARALLEL = SAFE
);

COMMENT ON AGGREGATE lstm_agg(timestamptz, double precision, text, jsonb) IS
'Fits one LSTM network for all series to each series; options the same for all rows, null for the defaults. A long short-term memory with a negative binomial head over the coming buckets, for counts; trained with Adam, seeded. One row a bucket, in any order; a bucket without a row, or with a null, is missing. The bucket is the shortest step between two times unless the options give it. Null when there are no values.';

-- What is to come

CREATE FUNCTION forecast(model model, horizon integer, levels double precision[] DEFAULT '{0.8,0.95}',
  OUT series text, OUT step integer, OUT at timestamptz, OUT forecast double precision,
  OUT level double precision, OUT lower double precision, OUT upper double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_forecast' LANGUAGE C STABLE PARALLEL SAFE COST 10000 ROWS 100;

COMMENT ON FUNCTION forecast(model, integer, double precision[]) IS
'The next buckets after the last one of each series of a model: a row a series, step (1 to horizon, at most 10000) and level (each above 0 and below 1). forecast is the mean; lower and upper hold the value with the probability level: of counts the shortest whole-number interval with at least it, never below 0, else the central one. The same model gives the same numbers. An error for models that are not of series.';

CREATE FUNCTION update(model model, source text) RETURNS model
AS 'MODULE_PATHNAME', 'crimeml_update_series' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000;

COMMENT ON FUNCTION update(model, text) IS
'A model of series that has taken in what came since: rows of a source with columns at and value, and series where the model has series. Its parameters stay as they were fitted; only the states move. Rows up to the last bucket of their series are left out, and so are series that the model does not have, both told by NOTICE; buckets between without a row are missing.';

CREATE FUNCTION forecast_counts(source text, bucket interval, horizon integer, method text DEFAULT 'auto',
  levels double precision[] DEFAULT '{0.8,0.95}', origin timestamptz DEFAULT NULL, options jsonb DEFAULT '{}',
  OUT series text, OUT at timestamptz, OUT step integer, OUT count double precision, OUT forecast double precision,
  OUT level double precision, OUT lower double precision, OUT upper double precision, OUT method_used text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_forecast_counts' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 1000;

COMMENT ON FUNCTION forecast_counts(text, interval, integer, text, double precision[], timestamptz, jsonb) IS
'The rows of a source counted by bucket as counts() does, zeros filled, and then forecast: a row a bucket before the origin (step null), then a row a step and level. origin: the first bucket to forecast, by default the one after the last whole bucket; an earlier one sets what was counted beside what would have been said. method: auto, level, ets, arima, lstm, theta, trend, naive, mean; method_used says what was fitted, and why where there was a choice. options: those of the method (options_for), and "time_zone".';

CREATE FUNCTION forecast_accuracy(source text, bucket interval, horizon integer,
  methods text[] DEFAULT '{auto,naive,mean}', origins integer DEFAULT 5, time_zone text DEFAULT NULL,
  OUT method text, OUT series text, OUT n bigint, OUT crps double precision, OUT scaled_crps double precision,
  OUT mase double precision, OUT mae double precision, OUT rmse double precision, OUT error double precision,
  OUT pinball_05 double precision, OUT pinball_50 double precision, OUT pinball_95 double precision,
  OUT below double precision, OUT above double precision, OUT pit_low double precision, OUT pit_high double precision,
  OUT seconds double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_forecast_accuracy' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 10;

COMMENT ON FUNCTION forecast_accuracy(text, interval, integer, text[], integer, text) IS
'How good methods are by rolling origins: from each of "origins" times, "horizon" buckets apart, the last ending with the counts, a forecast is made of what was known then and set beside what came. A row a method over all series (series null), and where there are several one a series. crps: mean continuous ranked probability score (twice the mean pinball loss of the quantiles 5 % to 95 %), in counts; scaled_crps, mase: CRPS and absolute error by the mean error of the seasonal naive forecast in training (null where that is 0 everywhere); error: mean of what came less what was said; below, above: shares outside the 95 % interval; pit_low, pit_high: shares of the randomised probability integral transform below 0.025 and above 0.975.';

CREATE FUNCTION decompose(source text, bucket interval, robust boolean DEFAULT false, time_zone text DEFAULT NULL,
  OUT series text, OUT at timestamptz, OUT count double precision, OUT trend double precision,
  OUT season double precision, OUT remainder double precision)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_decompose' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 1000;

COMMENT ON FUNCTION decompose(text, interval, boolean, text) IS
'The counts of a source as trend + season + remainder, by loess (STL, Cleveland, Cleveland, McRae and Terpenning 1990): months by the year, weeks by 52, days by week and year, shorter buckets by day and week. Seasons of which there are not two whole ones are left out. robust: outliers count less.';

CREATE FUNCTION anomalies(source text, bucket interval, during tstzrange DEFAULT NULL,
  false_alarms double precision DEFAULT 1, method text DEFAULT 'level', options jsonb DEFAULT '{}',
  OUT series text, OUT at timestamptz, OUT count double precision, OUT expected double precision,
  OUT lower double precision, OUT upper double precision, OUT p double precision, OUT anomaly boolean, OUT note text)
RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_anomalies' LANGUAGE C VOLATILE PARALLEL UNSAFE COST 1000000 ROWS 1000;

COMMENT ON FUNCTION anomalies(text, interval, tstzrange, double precision, text, jsonb) IS
'Buckets of a source in which there was more than what was before them lets expect: a row a series and bucket of "during" (by default the last year, of what there is the later half at most), each judged by what was before it alone. false_alarms: so many a year of each series are to be expected where nothing happened. method level: p is the mid-p P(Y > count) + P(Y = count) / 2 of the count that the level model expects one bucket ahead; method farrington: quasi-Poisson regression on the same weeks (or months) of five years (Farrington and others 1996, Noufaily and others 2013). What stood out before weighs less in both. anomaly: count above upper, or below lower; options (options_for(''anomalies''), options_for(''farrington'')) say "direction": high, low, both. anomaly is null where a bucket cannot be judged, and note says why.';

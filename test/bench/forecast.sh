#!/bin/bash
#
# forecast.sh
#		forecast_accuracy on the incidents of Philadelphia, 2016 to 2021, from
#		origins in 2021, and R's forecast (ets, auto.arima, thetaf, snaive) on the
#		same series from the same origins, all on one processor.
#
# Nothing was chosen by that year.  Needs ../shared beside the checkout.
#
set -euo pipefail
cd "$(dirname "$0")/../.."

data=../shared/data/philadelphia
if [ "${1:-}" != --beside-server ]; then
	[ -d "$data" ] || { echo "no $data: not run"; exit 0; }
	unset MAKEFLAGS
	pg_config=$(tools/setup.sh r-cran-forecast)
	tools/build.sh "$pg_config"
	exec tools/server.sh "$pg_config" test/bench/forecast.sh --beside-server
fi

export PGOPTIONS="-c client_min_messages=warning -c jit=off -c crimeml.progress_interval=0 -c max_parallel_maintenance_workers=0 -c timezone=America/New_York"
zcat "$data"/incidents_20{16,17,18,19,20,21}.csv.gz | grep -v '^cartodb_id' |
	psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION IF NOT EXISTS crimeml CASCADE' \
		-c 'DROP TABLE IF EXISTS bench_raw, bench_incident, bench_task, bench_result' \
		-c 'CREATE TABLE bench_raw (a text, b text, district text, d text, at timestamptz, f text, g text, h text, i text, j text,
			k text, offence text, x text, y text)' \
		-c '\copy bench_raw FROM pstdin CSV'
psql -X -q -v ON_ERROR_STOP=1 <<'END'
CREATE TABLE bench_incident AS
SELECT at, offence, district, offence IN (SELECT offence FROM bench_raw GROUP BY 1 ORDER BY count(*) DESC LIMIT 10) AS large
FROM bench_raw WHERE at >= '2016-01-01' AND at < '2022-01-01';
DROP TABLE bench_raw;
VACUUM ANALYZE bench_incident;
CREATE TABLE bench_task AS
SELECT row_number() OVER () AS n, t.*, string_to_array(names, ' ') AS methods FROM (VALUES
  ('days, city', 'SELECT at FROM bench_incident', '1 day'::interval, 28, 4, 7,
   'auto ets arima theta trend naive mean', 'ets arima theta naive'),
  ('days, 10 types', 'SELECT at, offence AS series FROM bench_incident WHERE large', '1 day', 28, 4, 7,
   'auto ets theta trend naive mean', 'theta naive'),
  ('months, 10 types', 'SELECT at, offence AS series FROM bench_incident WHERE large', '1 month', 6, 2, 12,
   'auto level ets arima theta trend naive mean', 'ets arima theta naive'),
  ('hours, city', $$SELECT at FROM bench_incident WHERE at >= '2020-01-01'$$, '1 hour', 168, 4, 168,
   'auto ets theta trend naive mean', 'theta naive'),
  ('days, district and type', $$SELECT at, district || ' ' || offence AS series FROM bench_incident
     WHERE large AND district ~ '^[0-9]+$' AND at >= '2018-01-01'$$, '1 day', 28, 2, 7,
   'auto ets theta naive mean', NULL)
) t (task, source, bucket, horizon, origins, season, names, peers);
CREATE TABLE bench_result AS
SELECT t.n AS task, 'crimeml' AS program, a.method, a.n, a.crps, a.scaled_crps, a.mase, a.below, a.above, a.seconds, a.pit_low, a.pit_high
FROM bench_task t, LATERAL crimeml.forecast_accuracy(source, bucket, horizon, methods, origins) a WHERE a.series IS NULL;
END

files=$(mktemp -d)
trap 'rm -r "$files"' EXIT
# the hour that spring leaves out repeats the one before, so that R's seasons stay in step
psql -X -q -v ON_ERROR_STOP=1 <<'END' >"$files/series.csv"
COPY (
  SELECT t.n, c.series, t.season, t.horizon, t.origins, t.peers, c.count
  FROM bench_task t, LATERAL crimeml.counts(source, bucket) c,
    generate_series(1, CASE WHEN bucket = '1 hour' AND (at + bucket)::timestamp - at::timestamp > bucket THEN 2 ELSE 1 END)
  WHERE peers IS NOT NULL ORDER BY t.n, c.series, c.at
) TO STDOUT CSV HEADER;
END
Rscript test/bench/forecast.R "$files/series.csv" >"$files/result.csv"
psql -X -q -v ON_ERROR_STOP=1 -c "\\copy bench_result (task, program, method, n, crps, scaled_crps, mase, below, above, seconds) FROM '$files/result.csv' CSV"
psql -X -q -v ON_ERROR_STOP=1 <<'END'
SELECT t.task, program, method, r.n, crps::numeric(8,3), scaled_crps::numeric(6,3) AS scrps, mase::numeric(6,3),
  below::numeric(6,3), above::numeric(6,3), pit_low::numeric(6,3), pit_high::numeric(6,3), seconds::numeric(8,2)
FROM bench_result r JOIN bench_task t ON t.n = r.task
ORDER BY t.n, array_position(methods, method), program;
DROP TABLE bench_incident, bench_task, bench_result;
END

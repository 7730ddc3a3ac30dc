#!/bin/bash
#
# forecast.sh
#		Forecasts of Philadelphia's incidents by rolling origins, each method beside
#		the seasonal naive one and the mean: days, months, hours, districts by type.
#
# The origins lie in 2021; nothing was chosen by that year.  Where R is installed
# with the package forecast, its ets, auto.arima and thetaf are timed on the same
# monthly counts, as many series as are printed.  Needs ../shared beside the checkout.
#
set -euo pipefail
cd "$(dirname "$0")/../.."

data=../shared/data/philadelphia
if [ "${1:-}" != --beside-server ]; then
	[ -d "$data" ] || { echo "no $data: not run"; exit 0; }
	unset MAKEFLAGS
	pg_config=$(tools/setup.sh)
	tools/build.sh "$pg_config"
	exec tools/server.sh "$pg_config" test/bench/forecast.sh --beside-server
fi

export PGOPTIONS="-c client_min_messages=warning -c jit=off -c crimeml.progress_interval=0"
zcat "$data"/incidents_20{16,17,18,19,20,21}.csv.gz | grep -v '^cartodb_id' |
	psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION IF NOT EXISTS crimeml CASCADE' \
		-c 'DROP TABLE IF EXISTS bench_raw, bench_incident' \
		-c 'CREATE TABLE bench_raw (a text, b text, district text, d text, e text, day date, at text, hour int, i text, j text,
			k text, type text, x text, y text)' \
		-c '\copy bench_raw FROM pstdin CSV'
psql -X -q -v ON_ERROR_STOP=1 <<'END'
CREATE TABLE bench_incident AS
SELECT (day + hour * interval '1 hour') AT TIME ZONE 'America/New_York' AS at, type, district FROM bench_raw WHERE hour IS NOT NULL;
DROP TABLE bench_raw;
VACUUM ANALYZE bench_incident;
CREATE VIEW bench_type AS
SELECT at, type AS series FROM bench_incident
WHERE type IN (SELECT type FROM bench_incident GROUP BY type ORDER BY count(*) DESC LIMIT 10);
CREATE VIEW bench_district AS SELECT at, district || ' ' || series AS series FROM (
	SELECT at, district, type AS series FROM bench_incident
	WHERE type IN (SELECT type FROM bench_incident GROUP BY type ORDER BY count(*) DESC LIMIT 10)) s
WHERE district ~ '^[0-9]+$' AND at >= '2018-01-01 America/New_York';
CREATE VIEW bench_hour AS SELECT at FROM bench_incident WHERE at >= '2020-01-01 America/New_York';
CREATE TABLE bench_result (what text, method text, n bigint, crps numeric, scaled_crps numeric, mase numeric,
	below numeric, above numeric, pit_low numeric, pit_high numeric, seconds numeric);
CREATE PROCEDURE pg_temp.judge(name text, source text, bucket interval, horizon int, methods text[], origins int) AS $$
	INSERT INTO bench_result
	SELECT name, method, n, round(crps::numeric, 3), round(scaled_crps::numeric, 3), round(mase::numeric, 3),
		round(below::numeric, 4), round(above::numeric, 4), round(pit_low::numeric, 4), round(pit_high::numeric, 4), round(seconds::numeric, 2)
	FROM crimeml.forecast_accuracy(source, bucket, horizon, methods, origins, 'America/New_York')
	WHERE series IS NULL
$$ LANGUAGE sql;
CALL pg_temp.judge('days, city', 'SELECT at FROM bench_incident', '1 day', 28, '{auto,level,ets,arima,theta,trend,naive,mean}', 12);
CALL pg_temp.judge('days, 10 types', 'bench_type', '1 day', 28, '{auto,level,ets,theta,trend,naive,mean}', 12);
CALL pg_temp.judge('months, 10 types', 'bench_type', '1 month', 6, '{auto,level,ets,arima,theta,trend,naive,mean}', 2);
CALL pg_temp.judge('hours, city', 'bench_hour', '1 hour', 168, '{auto,level,ets,theta,trend,naive,mean}', 4);
CALL pg_temp.judge('days, district and type', 'bench_district', '1 day', 28, '{auto,level,ets,theta,naive,mean}', 4);
\pset format aligned
TABLE bench_result;
\copy (SELECT series, extract(year FROM at) || '-' || extract(month FROM at) AS month, count FROM crimeml.counts('bench_type', '1 month', NULL, 'America/New_York') ORDER BY series, at) TO '/tmp/crimeml-months.csv' CSV HEADER
\timing on
SELECT count(*) AS ets FROM crimeml.forecast_counts('bench_type', '1 month', 12, 'ets', options => '{"time_zone": "America/New_York"}');
SELECT count(*) AS arima FROM crimeml.forecast_counts('bench_type', '1 month', 12, 'arima', options => '{"time_zone": "America/New_York"}');
SELECT count(*) AS theta FROM crimeml.forecast_counts('bench_type', '1 month', 12, 'theta', options => '{"time_zone": "America/New_York"}');
END
if Rscript -e 'library(forecast)' >/dev/null 2>&1; then
	Rscript --vanilla - <<'END'
suppressPackageStartupMessages(library(forecast))
d <- read.csv("/tmp/crimeml-months.csv")
for (f in c("ets", "auto.arima", "thetaf")) {
	s <- system.time(for (x in split(d$count, d$series)) {
		m <- do.call(f, list(ts(x, frequency = 12)))
		if (f != "thetaf") forecast(m, 12)
	})
	cat("R", f, round(s[["elapsed"]], 2), "s\n")
}
END
fi
rm -f /tmp/crimeml-months.csv

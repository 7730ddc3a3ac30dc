#!/bin/bash
#
# anomalies.sh
#		How many alarms anomalies() raises where nothing happens, against the one a
#		year that is stated, and how many outbreaks it finds: on counts simulated
#		by R; and its alarms on Philadelphia's incidents of 2019 by type, and by
#		district and type, where ../shared is beside the checkout.
#
set -euo pipefail
cd "$(dirname "$0")/../.."

data=../shared/data/philadelphia
if [ "${1:-}" != --beside-server ]; then
	unset MAKEFLAGS
	pg_config=$(tools/setup.sh r-base-core)
	tools/build.sh "$pg_config"
	exec tools/server.sh "$pg_config" test/bench/anomalies.sh --beside-server
fi

export PGOPTIONS="-c client_min_messages=warning -c jit=off -c crimeml.progress_interval=0 -c timezone=America/New_York"
psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION IF NOT EXISTS crimeml CASCADE' \
	-c 'DROP TABLE IF EXISTS bench_calm, bench_alarm' \
	-c 'CREATE TABLE bench_calm (kind text, i text, t int, y float8, extra float8)'
Rscript test/bench/anomalies.R | psql -X -q -v ON_ERROR_STOP=1 -c '\copy bench_calm FROM pstdin CSV HEADER'
psql -X -q -v ON_ERROR_STOP=1 <<'SQL'
ALTER TABLE bench_calm ADD bucket interval, ADD at timestamptz;
UPDATE bench_calm SET bucket = CASE WHEN kind LIKE 'weeks%' THEN '7 days' ELSE '1 day' END::interval;
UPDATE bench_calm SET at = '2013-01-07'::timestamptz + t * bucket;
CREATE TABLE bench_alarm AS
SELECT k.kind, method, outbreak, a.*
FROM (SELECT DISTINCT kind, bucket FROM bench_calm) k, unnest('{level,farrington}'::text[]) method, unnest('{f,t}'::boolean[]) outbreak,
  LATERAL crimeml.anomalies(format('SELECT at, i AS series, y + %s AS value FROM bench_calm WHERE kind = %L',
    CASE WHEN outbreak THEN 'extra' ELSE '0' END, k.kind), bucket, NULL, 1, method) a
WHERE method = 'level' OR kind LIKE 'weeks%';
\pset title 'alarms a year of a series in which nothing happens, and share of outbreaks that are found'
SELECT kind, method, round(alarms, 2) AS alarms, round(found, 2) AS found
FROM (SELECT kind, method, avg(anomaly::int) * max(CASE WHEN kind LIKE 'weeks%' THEN 52.18 ELSE 365.24 END) AS alarms
    FROM bench_alarm WHERE NOT outbreak GROUP BY 1, 2) a
JOIN (SELECT kind, method, avg(found::int) AS found
    FROM (SELECT a.kind, method, series, bool_or(anomaly) AS found
      FROM bench_alarm a JOIN bench_calm c ON a.kind = c.kind AND series = i AND a.at = c.at AND extra > 0 WHERE outbreak GROUP BY 1, 2, 3) s
    GROUP BY 1, 2) f USING (kind, method)
ORDER BY kind DESC, method;
SQL
[ -d "$data" ] || exit 0
psql -X -q -v ON_ERROR_STOP=1 -c 'DROP TABLE IF EXISTS bench_raw' -c 'CREATE TABLE bench_raw (a text, b text, district text, d text, at timestamptz, f text, g text, h text, i text, j text,
	k text, offence text, x text, y text)'
zcat "$data"/incidents_20{16,17,18,19}.csv.gz | grep -v '^cartodb_id' | psql -X -q -v ON_ERROR_STOP=1 -c '\copy bench_raw FROM pstdin CSV'
psql -X -q -v ON_ERROR_STOP=1 <<'SQL'
\timing on
\pset title 'Philadelphia 2019: alarms a year of a series'
SELECT bucket, by, method, count(DISTINCT series) AS series, round(avg(anomaly::int) * CASE WHEN bucket = '7 days' THEN 52.18 ELSE 365.24 END, 2) AS alarms
FROM unnest('{7 days,1 day}'::interval[]) bucket, unnest('{offence,district || offence}'::text[]) by, unnest('{level,farrington}'::text[]) method,
  LATERAL crimeml.anomalies(format($$SELECT at, %s AS series FROM bench_raw WHERE offence IN (SELECT offence FROM bench_raw GROUP BY 1 ORDER BY count(*) DESC LIMIT 10)
    AND district ~ '^[0-9]+$' AND at >= '2016-01-01' AND at < '2020-01-01'$$, by), bucket, NULL, 1, method) a
WHERE method = 'level' OR bucket = '7 days'
GROUP BY 1, 2, 3 ORDER BY 1 DESC, 2 DESC, 3;
SQL

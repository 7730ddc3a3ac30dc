#!/bin/bash
#
# linear.sh
#		Counts of Philadelphia by district and hour of two years: Poisson, negative
#		binomial and least squares, in crimeml and in R's glm, MASS's glm.nb and lm.
#
# crimeml reads the rows from the table, and that counts; R has them in memory.
# Needs ../shared beside the checkout.  NB=0 leaves out glm.nb, which takes minutes.
#
set -euo pipefail
cd "$(dirname "$0")/../.."

data=../shared/data/philadelphia
if [ "${1:-}" != --beside-server ]; then
	[ -d "$data" ] || { echo "no $data: not run"; exit 0; }
	unset MAKEFLAGS
	pg_config=$(tools/setup.sh r-cran-mass)
	tools/build.sh "$pg_config"
	exec tools/server.sh "$pg_config" test/bench/linear.sh --beside-server
fi

sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

export PGOPTIONS="-c client_min_messages=warning"
sql <<END
CREATE EXTENSION crimeml CASCADE;
CREATE TABLE incident (at timestamptz, offence text, district text, geom geometry(Point, 26918));
END
for year in 2018 2019; do
	cp "$data/incidents_$year.csv.gz" "$SERVER_FILES/data"
	chmod a+r "$SERVER_FILES/data"
	sql -v path="$SERVER_FILES/data" -v map="$(sed '/"key"/d' docs/maps/philadelphia.json)" <<'END'
SELECT FROM crimeml.load_csv_file('incident', :'path', :'map') \g /dev/null
END
done
files=$SERVER_FILES/csv
mkdir "$files"
chmod a+rwx "$files"
sql <<END
SET timezone = 'America/New_York';
CREATE TABLE hourly AS
SELECT district, to_char(at, 'HH24') AS hour, to_char(at, 'ID') AS weekday, to_char(at, 'MM') AS month,
	extract(epoch FROM at - '2018-01-01') / 86400 AS day, count AS n
FROM crimeml.counts('SELECT at, district AS series FROM public.incident WHERE district IS NOT NULL', '1 hour') c, LATERAL (SELECT series AS district) d;
SELECT count(*) || ' rows, ' || sum(n) || ' incidents' FROM hourly;
COPY hourly TO '$files/hourly.csv' (FORMAT csv, HEADER);
END

run() {
	sql <<END
SET jit = off;
CREATE TEMP TABLE time AS SELECT clock_timestamp() AS t;
CREATE TEMP TABLE fitted AS SELECT crimeml.$2(n, f, '$3') AS m FROM hourly h, LATERAL (SELECT h.district, h.hour, h.weekday, h.month, h.day) f;
SELECT format('crimeml %-20s %6s s   deviance %s', '$1', round(extract(epoch FROM clock_timestamp() - t)::numeric, 2),
	coalesce(crimeml.describe(m) #>> '{metrics,deviance}', crimeml.describe(m) #>> '{metrics,residual_deviation}')) FROM time, fitted;
END
}
run poisson poisson_agg '{}'
run negative_binomial poisson_agg '{"family": "negative_binomial"}'
run least_squares linear_agg '{}'
NB=${NB:-1} Rscript test/bench/linear.R "$files/hourly.csv"

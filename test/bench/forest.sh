#!/bin/bash
#
# forest.sh
#		Train 50 trees on three years of Philadelphia (class of an incident from
#		place, district and local time) in crimeml, scikit-learn and ranger: time
#		to train, memory at its peak, and how well they tell the year after.
#
# crimeml reads the rows from the table, and that counts; the peers have them in
# memory.  All use two processors.  Needs ../shared beside the checkout.
# LEAVES="20" leaves out the other smallest leaf, 1, at which the peers take up
# to 10 GB and minutes.
#
set -euo pipefail
cd "$(dirname "$0")/../.."

data=../shared/data/philadelphia
if [ "${1:-}" != --beside-server ]; then
	[ -d "$data" ] || { echo "no $data: not run"; exit 0; }
	unset MAKEFLAGS
	pg_config=$(tools/setup.sh python3-sklearn python3-psycopg2 r-cran-ranger)
	tools/build.sh "$pg_config"
	exec tools/server.sh "$pg_config" test/bench/forest.sh --beside-server
fi

sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

export PGOPTIONS="-c client_min_messages=warning"
sql <<END
CREATE EXTENSION crimeml CASCADE;
CREATE TABLE incident (at timestamptz, offence text, district text, geom geometry(Point, 26918));
END
for year in 2016 2017 2018 2019; do
	cp "$data/incidents_$year.csv.gz" "$SERVER_FILES/data"
	chmod a+r "$SERVER_FILES/data"
	sql -v path="$SERVER_FILES/data" -v map="$(sed '/"key"/d' docs/maps/philadelphia.json)" <<'END'
SELECT FROM crimeml.load_csv_file('incident', :'path', :'map') \g /dev/null
END
done
files=$SERVER_FILES/csv
mkdir "$files"
sql <<'END'
SET TimeZone = 'America/New_York';
CREATE TABLE feature AS
SELECT offence AS label, ST_X(geom) AS x, ST_Y(geom) AS y, district::int AS district,
  extract(hour FROM at)::int AS hour, extract(isodow FROM at)::int AS isodow,
  extract(month FROM at)::int AS month, extract(doy FROM at)::int AS doy, at >= '2019-01-01' AS later
FROM incident WHERE geom IS NOT NULL AND at >= '2016-01-01';
CREATE TABLE learn AS SELECT label, x, y, district, hour, isodow, month, doy FROM feature WHERE NOT later;
CREATE TABLE later AS SELECT label, x, y, district, hour, isodow, month, doy FROM feature WHERE later;
VACUUM ANALYZE learn;
VACUUM ANALYZE later;
END
for table in learn later; do
	sql -c "\\copy $table TO '$files/$table.csv' CSV HEADER"
done

# Debian's Python, which has the packages
python=/usr/bin/python3
for leaf in ${LEAVES:-20 1}; do
	$python test/bench/forest.py crimeml "$leaf" >"$files/crimeml.json"
	$python test/bench/forest.py sklearn "$leaf" "$files" >"$files/sklearn.json"
	$python test/bench/forest.py sklearn_peak "$leaf" "$files" >"$files/sklearn_peak.json"
	Rscript test/bench/forest.R "$leaf" "$files" >"$files/ranger.json"
	$python test/bench/forest.py table "$leaf" "$files"
done
$python test/bench/forest.py growth

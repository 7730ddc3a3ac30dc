#!/bin/bash
#
# boost.sh
#		Boost trees on a year of Philadelphia (class of an incident from place,
#		district and local time) in crimeml and XGBoost (hist): time to train, and
#		how well they tell the half year after.
#
# crimeml reads the rows from the table, and that counts; XGBoost has them in
# memory.  Both use two processors, and take turns.  Needs ../shared beside the
# checkout.
#
set -euo pipefail
cd "$(dirname "$0")/../.."

data=../shared/data/philadelphia
if [ "${1:-}" != --beside-server ]; then
	[ -d "$data" ] || { echo "no $data: not run"; exit 0; }
	unset MAKEFLAGS
	pg_config=$(tools/setup.sh python3-xgboost python3-psycopg2)
	tools/build.sh "$pg_config"
	exec tools/server.sh "$pg_config" test/bench/boost.sh --beside-server
fi

sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

export PGOPTIONS="-c client_min_messages=warning"
sql <<END
CREATE EXTENSION crimeml CASCADE;
CREATE TABLE incident (at timestamptz, offence text, district text, geom geometry(Point, 4326));
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
sql <<'END'
SET TimeZone = 'America/New_York';
CREATE TABLE feature AS
SELECT offence AS label, ST_X(geom) AS x, ST_Y(geom) AS y, district::int AS district,
  extract(hour FROM at)::int AS hour, extract(isodow FROM at)::int AS isodow,
  extract(month FROM at)::int AS month, at::date AS day
FROM incident WHERE geom IS NOT NULL;
CREATE TABLE learn AS SELECT label, x, y, district, hour, isodow, month FROM feature
WHERE day BETWEEN '2018-01-01' AND '2018-12-31';
CREATE TABLE later AS SELECT label, x, y, district, hour, isodow, month FROM feature
WHERE day BETWEEN '2019-01-01' AND '2019-06-30';
VACUUM ANALYZE learn;
VACUUM ANALYZE later;
END
for table in learn later; do
	sql -c "\\copy $table TO '$files/$table.csv' CSV HEADER"
done

# Debian's Python, which has the packages
/usr/bin/python3 test/bench/boost.py "$files"

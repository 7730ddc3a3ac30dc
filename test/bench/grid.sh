#!/bin/bash
#
# grid.sh
#		kde_agg beside spatstat's density.ppp and scipy's gaussian_filter: the
#		161 376 incidents of Philadelphia in 2019 onto 1024 x 1024 cells of 30 m,
#		sigma 250 m (the quartic kernel's radius is sqrt(8) as much).
#
# crimeml reads the points from the table, and that counts; the peers have them
# in memory.  Then its growth to 1 514 035 points, and what a parallel plan
# gains: as the police writes them (block by block: those of 2016 to 2021 and
# the same again), and with up to 30 m of jitter, where all are distinct.
# Needs ../shared beside the checkout.
#
set -euo pipefail
cd "$(dirname "$0")/../.."

data=../shared/data/philadelphia
if [ "${1:-}" != --beside-server ]; then
	[ -d "$data" ] || { echo "no $data: not run"; exit 0; }
	unset MAKEFLAGS
	pg_config=$(tools/setup.sh python3-scipy r-cran-spatstat.explore)
	tools/build.sh "$pg_config"
	exec tools/server.sh "$pg_config" test/bench/grid.sh --beside-server
fi

export PGOPTIONS="-c client_min_messages=warning -c jit=off -c crimeml.progress_interval=0"
zcat "$data"/incidents_20{16,17,18,19,20,21}.csv.gz | grep -v '^cartodb_id' |
	psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION IF NOT EXISTS crimeml CASCADE' \
		-c 'CREATE TABLE raw (a text, objectid int, c text, d text, e text, day date, g text, h text, i text, j text,
			k text, l text, x float8, y float8)' \
		-c '\copy raw FROM pstdin CSV'
psql -X -q -v ON_ERROR_STOP=1 <<'END'
CREATE TABLE every AS SELECT day, ST_Transform(ST_SetSRID(ST_Point(x, y), 4326), 26918) AS geom
FROM raw WHERE x IS NOT NULL ORDER BY objectid;
CREATE TABLE year AS SELECT geom FROM every WHERE extract(year FROM day) = 2019;
CREATE TABLE many AS SELECT geom FROM (SELECT geom FROM every UNION ALL SELECT geom FROM every) s LIMIT 1514035;
SELECT setseed(0.5) \g /dev/null
CREATE TABLE year_jittered AS SELECT ST_Translate(geom, 60 * random() - 30, 60 * random() - 30) AS geom FROM year;
CREATE TABLE many_jittered AS SELECT ST_Translate(geom, 60 * random() - 30, 60 * random() - 30) AS geom FROM many;
DROP TABLE raw, every;
VACUUM ANALYZE;
END
points=$(mktemp)
trap 'rm -f "$points"' EXIT
psql -X -q -c "\\copy (SELECT ST_X(geom), ST_Y(geom) FROM year) TO '$points' CSV"

# Debian's Python, which has the packages
peers=$({ Rscript test/bench/grid.R "$points"; /usr/bin/python3 test/bench/grid.py "$points"; } |
	awk '{ printf("%s(\x27%s\x27, \x27%s\x27, %s)", (NR == 1 ? "" : ", "), $1, $2, $3) }')
psql -X -q -v ON_ERROR_STOP=1 -v peers="$peers" <<'END'
CREATE FUNCTION pg_temp.bounds() RETURNS geometry LANGUAGE sql AS
  'SELECT ST_MakeEnvelope(473010, 4413000, 473010 + 30720, 4413000 + 30720, 26918)';
-- an error unless all of the points lie in the grid
SELECT 1 / (count(*) = 161376)::int FROM year WHERE ST_Within(geom, pg_temp.bounds()) \g /dev/null

-- the least of some runs, in seconds; the grid is made, and not copied to a client
CREATE FUNCTION pg_temp.seconds(source regclass, kernel text, workers int, runs int) RETURNS numeric AS $$
DECLARE
	least numeric;
	began timestamptz;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', workers::text, true);
	FOR i IN 1 .. runs LOOP
		began := clock_timestamp();
		EXECUTE format('SELECT crimeml.kde_agg(geom, %L, %L) IS NULL FROM %s', pg_temp.bounds(),
			jsonb_build_object('cell_size', 30, 'kernel', kernel, 'bandwidth', CASE kernel WHEN 'gaussian' THEN 250 ELSE 250 * sqrt(8) END), source);
		least := least(least, extract(epoch FROM clock_timestamp() - began)::numeric);
	END LOOP;
	RETURN round(least, 3);
END $$ LANGUAGE plpgsql;

SELECT kernel, seconds AS crimeml, peer, peer_seconds, round(peer_seconds / seconds, 1) AS ratio
FROM (VALUES :peers) p(peer, kernel, peer_seconds),
	LATERAL (SELECT pg_temp.seconds('year', kernel, 0, 7) AS seconds) c;

SELECT points, kernel, few, many, round(many / few, 1) AS growth, parallel, round(many / parallel, 2) AS parallel_gain
FROM (VALUES ('repeated', 'year', 'many'), ('jittered', 'year_jittered', 'many_jittered')) t(points, year, many_table),
	(VALUES ('gaussian'), ('quartic')) k(kernel),
	LATERAL (SELECT pg_temp.seconds(year, kernel, 0, 5) AS few, pg_temp.seconds(many_table, kernel, 0, 5) AS many,
		pg_temp.seconds(many_table, kernel, 1, 5) AS parallel) s
ORDER BY points DESC, kernel;

-- 4096 x 4096 cells, of 7.5 m, within 1 GB
SET crimeml.memory_limit = '1GB';
SELECT round(extract(epoch FROM clock_timestamp() - began)::numeric, 3) AS cells_16_million
FROM (SELECT clock_timestamp() AS began OFFSET 0) b,
	LATERAL (SELECT crimeml.kde_agg(geom, pg_temp.bounds(), '{"cell_size": 7.5, "kernel": "gaussian", "bandwidth": 250}') AS g FROM year WHERE began IS NOT NULL) k
WHERE g IS NOT NULL;
DROP TABLE year, many, year_jittered, many_jittered;
END

#!/bin/bash
#
# cluster.sh
#		dbscan and kmeans beside ST_ClusterDBSCAN and ST_ClusterKMeans, all as
#		window queries over the same tables: the incidents of Philadelphia in 2019,
#		and 1 514 035 points, those of 2016 to 2021 and then the same with up to
#		30 m of jitter.  PostGIS takes more than a minute on the latter.
#
# Needs ../shared beside the checkout.
#
set -euo pipefail
cd "$(dirname "$0")/../.."

data=../shared/data/philadelphia
if [ "${1:-}" != --beside-server ]; then
	[ -d "$data" ] || { echo "no $data: not run"; exit 0; }
	unset MAKEFLAGS
	pg_config=$(tools/setup.sh)
	tools/build.sh "$pg_config"
	exec tools/server.sh "$pg_config" test/bench/cluster.sh --beside-server
fi

export PGOPTIONS="-c client_min_messages=warning -c jit=off"
zcat "$data"/incidents_20{16,17,18,19,20,21}.csv.gz | grep -v '^cartodb_id' |
	psql -X -q -v ON_ERROR_STOP=1 -c 'CREATE EXTENSION IF NOT EXISTS crimeml CASCADE' \
		-c 'DROP TABLE IF EXISTS bench_raw, bench_year, bench_big' \
		-c 'CREATE TABLE bench_raw (a text, objectid int, c text, d text, e text, day date, g text, h text, i text, j text,
			k text, l text, x float8, y float8)' \
		-c '\copy bench_raw FROM pstdin CSV'
psql -X -q -v ON_ERROR_STOP=1 <<'END'
CREATE TABLE bench_all AS SELECT objectid, day, ST_Transform(ST_SetSRID(ST_Point(x, y), 4326), 26918) AS geom
FROM bench_raw WHERE x IS NOT NULL ORDER BY objectid;
CREATE TABLE bench_year AS SELECT geom FROM bench_all WHERE extract(year FROM day) = 2019 ORDER BY objectid;
SELECT setseed(0.5) \g /dev/null
CREATE TABLE bench_big AS
SELECT geom FROM (
  SELECT geom FROM bench_all UNION ALL
  SELECT ST_Translate(geom, 60 * random() - 30, 60 * random() - 30) FROM bench_all) s
LIMIT 1514035;
DROP TABLE bench_raw, bench_all;
VACUUM ANALYZE bench_year;
VACUUM ANALYZE bench_big;

-- the least of some runs, in seconds
CREATE FUNCTION pg_temp.seconds(source text, call text, runs int) RETURNS numeric AS $$
DECLARE
	least numeric;
	began timestamptz;
BEGIN
	FOR i IN 1 .. runs LOOP
		began := clock_timestamp();
		EXECUTE format('SELECT count(c) FROM (SELECT %s OVER () AS c FROM %s t) s', call, source);
		least := least(least, extract(epoch FROM clock_timestamp() - began)::numeric);
	END LOOP;
	RETURN round(least, 3);
END $$ LANGUAGE plpgsql;

-- the sum of squared distances to the means
CREATE FUNCTION pg_temp.cost(source text, call text, OUT cost float8) AS $$
BEGIN
	EXECUTE format('WITH c AS MATERIALIZED (SELECT geom, %s OVER () AS c FROM %I),
		m AS (SELECT c, avg(ST_X(geom)) AS x, avg(ST_Y(geom)) AS y FROM c GROUP BY c)
		SELECT sum((ST_X(geom) - x) ^ 2 + (ST_Y(geom) - y) ^ 2) FROM c JOIN m USING (c)', call, source) INTO cost;
END $$ LANGUAGE plpgsql;

SELECT source, call, crimeml, postgis, round(postgis / crimeml, 1) AS ratio
FROM (VALUES ('bench_year', '(geom, 50, 20)', 5), ('bench_big', '(geom, 50, 100)', 1)) v(source, call, runs),
	LATERAL (SELECT pg_temp.seconds(source, 'crimeml.dbscan' || call, runs + 2) AS crimeml,
		pg_temp.seconds(source, 'ST_ClusterDBSCAN' || call, runs) AS postgis) s;

SELECT source, crimeml, postgis, round(postgis / crimeml, 1) AS ratio,
	round((pg_temp.cost(source, 'crimeml.kmeans(geom, 50)') / pg_temp.cost(source, 'ST_ClusterKMeans(geom, 50)'))::numeric, 4) AS cost_ratio
FROM (VALUES ('bench_year', 5), ('bench_big', 1)) v(source, runs),
	LATERAL (SELECT pg_temp.seconds(source, 'crimeml.kmeans(geom, 50)', runs + 2) AS crimeml,
		pg_temp.seconds(source, 'ST_ClusterKMeans(geom, 50)', runs) AS postgis) s;

SELECT source, pg_temp.seconds(source, 'count(geom)', 3) AS window_alone
FROM (VALUES ('bench_year'), ('bench_big')) v(source);

-- growth, with a tenth of all points on one spot: microseconds a row, with
-- minpoints in proportion; times for dbscan_time spread over six years
CREATE TABLE bench_spot AS
SELECT i, CASE WHEN i % 10 = 0 THEN spot ELSE geom END AS geom,
  timestamptz '2016-01-01' + (i * 7919.0 % 189341) * interval '1000 s' AS at
FROM (SELECT row_number() OVER (ORDER BY random()) AS i, geom FROM bench_big) s, (SELECT geom AS spot FROM bench_big LIMIT 1) t;
ALTER TABLE bench_spot ADD geog geography;
UPDATE bench_spot SET geog = ST_Transform(geom, 4326)::geography;
VACUUM FULL ANALYZE bench_spot;
SELECT call, string_agg(format('%s rows: %s', rows, round(seconds * 1e6 / rows, 2)), ', ' ORDER BY rows) AS microseconds_a_row
FROM unnest('{378509,757018,1514035}'::int[]) rows,
  LATERAL (VALUES (1, format('dbscan(geom, 50, %s)', rows / 15140)), (2, format('dbscan(geog, 50, %s)', rows / 15140)),
    (3, format('dbscan_time(geom, at, 100, ''30 days'', %s)', rows / 75700)), (4, 'kmeans(geom, 50)')) c(n, sql),
  LATERAL (SELECT regexp_replace(sql, '\d+\)$', '...)') AS call) d,
  LATERAL (SELECT pg_temp.seconds(format('(SELECT * FROM bench_spot WHERE i <= %s)', rows), 'crimeml.' || sql, 2) AS seconds) t
GROUP BY n, call ORDER BY n;
DROP TABLE bench_year, bench_big, bench_spot;
END

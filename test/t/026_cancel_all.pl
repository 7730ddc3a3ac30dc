# A cancel of any function is heard within 0.2 s, and the session works on.
#
# Each function of the extension is in one of two lists: with a call, or with the
# reason why it needs none; a function that is in neither fails the test.  A
# call is cancelled after 0.5 s; where it ends before that, its size %d is
# doubled.  The sizes are such that the calls take two seconds and more, which
# CRIMEML_CANCEL=2 shows by cancelling each after 2 s as well.  The time from the
# moment of the cancel to the answer is measured in the server.  A busy machine
# can make it longer, never shorter, so the least of six tries counts;
# CRIMEML_SLOW says how many times slower than usual the server is.
#
# What takes a tenth of a second at most whatever its input is called over and over:
# PostgreSQL looks between the calls.  Not in the way of any call are values of
# 100 MB and more, which PostgreSQL and PostGIS themselves read in one go: arrays and texts are made of
# parts of some MB.
use strict;
use warnings;

use IPC::Run;
use List::Util qw(min max);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $slow = $ENV{CRIMEML_SLOW} || 1;
my $most = 0.2 * $slow;
my @after = ($ENV{CRIMEML_CANCEL} // '') eq '2' ? (500, 2000) : (500);

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
jit = off
max_parallel_workers_per_gather = 0
max_parallel_maintenance_workers = 1
crimeml.progress_interval = 0
crimeml.memory_limit = '6GB'
shared_buffers = 512MB
client_min_messages = error
max_wal_size = 4GB
});
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir();
$node->safe_psql(
	'postgres', qq{
	CREATE EXTENSION crimeml CASCADE;
	CREATE EXTENSION crimeml_raster CASCADE;
	CREATE UNLOGGED TABLE incident AS
	SELECT *, id % 97 AS beat, offence AS label, ST_X(geom) AS loss, tstzrange(at, at + interval '1 hour') AS during FROM crimeml.simulate_incidents(300000, 1);
	SELECT setseed(0.5);
	CREATE UNLOGGED TABLE scattered AS
	SELECT i, geom, ST_Point(-75 + ST_X(geom) / 85000, 40 + ST_Y(geom) / 111000)::geography AS geog,
		'2020-01-01'::timestamptz + i * interval '2 minutes' AS at
	FROM (SELECT i, ST_SetSRID(ST_Point(500000 + 20000 * random() * random(), 4400000 + 20000 * random() * random()), 26918) AS geom
		FROM generate_series(1, 1500000) i) s;
	CREATE UNLOGGED TABLE model AS
	SELECT crimeml.forest_agg(label, f, '{"trees": 40, "min_leaf": 1}') AS m FROM incident i, LATERAL (SELECT i.at, i.district, i.geom) f WHERE id <= 50000;
	CREATE UNLOGGED TABLE part AS
	SELECT crimeml.forest_agg(label, f, '{"trees": 12, "min_leaf": 1}') AS m FROM incident i, LATERAL (SELECT i.at, i.district, i.geom) f WHERE id <= 48000 GROUP BY id % 8;
	CREATE UNLOGGED TABLE xgboost AS
	SELECT '{"learner":{"learner_model_param":{"num_feature":"3","base_score":"0"},"objective":{"name":"reg:squarederror"},"gradient_booster":{"name":"gbtree","model":{"tree_info":[0' ||
		repeat(',0', 999) || '],"trees":[' || tree || repeat(',' || tree, 999) || ']}}}}' AS json
	FROM (SELECT json_build_object('left_children', json_agg(CASE WHEN i < 63 THEN 2 * i + 1 ELSE -1 END), 'right_children', json_agg(CASE WHEN i < 63 THEN 2 * i + 2 ELSE -1 END),
			'split_indices', json_agg(i % 3), 'split_conditions', json_agg(i / 127.0), 'default_left', json_agg(i % 2), 'sum_hessian', json_agg(127 - i))::text AS tree
		FROM generate_series(0, 126) i) t;
	CREATE UNLOGGED TABLE numbers AS
	SELECT crimeml.tree_agg(loss, f) AS m FROM incident i, LATERAL (SELECT i.at, i.district) f WHERE id <= 20000;
	CREATE UNLOGGED TABLE fitted AS
	SELECT crimeml.level_agg(timestamptz '2009-01-01' + i * interval '1 hour', i * 7919 % 5) AS m FROM generate_series(1, 8000) i;
	CREATE UNLOGGED TABLE map (name text, grid crimeml.grid);
	ALTER TABLE map ALTER grid SET STORAGE external;
	INSERT INTO map SELECT 'large', crimeml.grid_count_agg(geom, ST_MakeEnvelope(500000, 4400000, 520000, 4420000, 26918), '{"cell_size": 10}') FROM scattered;
	INSERT INTO map SELECT 'middle', crimeml.grid_count_agg(geom, ST_MakeEnvelope(500000, 4400000, 520000, 4420000, 26918), '{"cell_size": 20}') FROM scattered;
	INSERT INTO map SELECT 'small', crimeml.grid_count_agg(geom, ST_MakeEnvelope(500000, 4400000, 520000, 4420000, 26918), '{"cell_size": 200}') FROM scattered;
	CREATE TABLE form (t text, g text);
	ALTER TABLE form ALTER t SET STORAGE external, ALTER g SET STORAGE external;
	INSERT INTO form SELECT m::text, grid::text FROM model, map WHERE name = 'middle';
	CREATE TABLE target (id bigint, at timestamptz, offence text, geom geometry(Point, 26918));
	CREATE TABLE file (content bytea, object oid, path text);
	INSERT INTO file SELECT c, lo_from_bytea(0, c), '$dir/incident.csv' FROM (
		SELECT convert_to(E'id,at,offence,x,y\\n' || string_agg(concat_ws(',', id, at, offence, ST_X(geom), ST_Y(geom)), E'\\n'), 'UTF8') AS c FROM incident) s;
	COPY (SELECT id, at, offence, ST_X(geom) AS x, ST_Y(geom) AS y FROM incident, generate_series(1, 4)) TO '$dir/incident.csv' (FORMAT csv, HEADER);
	CREATE TABLE maze AS
	SELECT ST_SetSRID(ST_MakeLine(ST_MakePoint(500000 + 20000 * random(), 4400000 + 20000 * random())), 26918) AS line FROM generate_series(1, 2000);
	CREATE TABLE picture AS SELECT crimeml.heatmap_png(grid, width => 4000) AS png FROM map WHERE name = 'large';
	CREATE FUNCTION late(call text, after_ms float8) RETURNS float8 AS \$\$
	BEGIN
		EXECUTE call;
		RETURN NULL;
	EXCEPTION WHEN query_canceled THEN
		RETURN extract(epoch FROM clock_timestamp() - statement_timestamp()) - after_ms / 1000;
	END \$\$ LANGUAGE plpgsql;
	VACUUM ANALYZE});

my $columns = q{'{"id": "id", "at": "at", "offence": "offence", "geom": {"from": ["x", "y"], "srid": 26918}}'};
my $features = 'LATERAL (SELECT i.at, i.district, i.geom) f';
my $large = q{FROM map, generate_series(1, %d) WHERE name = 'large'};
# two rows of many cells: what looks once a row is too late
my $flat = q{(SELECT crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint(i * 7919 %% 4000000, i %% 2 + 0.5), 26918),
	ST_MakeEnvelope(0, 0, 4000000, 2, 26918), '{"cell_size": 1}') FROM generate_series(1, 100000) i)};
my $points = "source => 'scattered'";

# function (with its arguments where one is not enough), size, call
my @call = (
	[ 'load_csv(regclass, bytea', 1, "SELECT crimeml.load_csv('target', content, $columns) FROM file, generate_series(1, %d)" ],
	[ 'load_csv(regclass, oid', 1, "SELECT crimeml.load_csv('target', object, $columns) FROM file, generate_series(1, %d)" ],
	[ 'load_csv_file', 1, "SELECT crimeml.load_csv_file('target', path, $columns) FROM file, generate_series(1, %d)" ],
	[ 'infer_csv', 2, 'SELECT crimeml.infer_csv(content, NULL, 100000000) FROM file, generate_series(1, %d)' ],
	[ 'create_table_for_csv', 8, q{SELECT crimeml.create_table_for_csv('t' || md5(random()::text), content) FROM file, generate_series(1, %d)} ],
	[ 'simulate_incidents', 8000000, 'SELECT count(*) FROM crimeml.simulate_incidents(%d)' ],
	[ 'time_features', 4000000, q{SELECT count(crimeml.time_features(now() - i * interval '1 hour', 'America/New_York')) FROM generate_series(1, %d) i} ],
	[ 'tree_agg(anyelement, record)', 2, "SELECT crimeml.tree_agg(label, f) FROM incident i, generate_series(1, %d), $features" ],
	[ 'tree_agg(anyelement, record, jsonb)', 2, qq{SELECT crimeml.tree_agg(loss, f, '{"criterion": "absolute"}') FROM incident i, generate_series(1, %d), LATERAL (SELECT i.at, i.district, i.beat) f} ],
	[ 'forest_agg(anyelement, record)', 1, "SELECT crimeml.forest_agg(label, f) FROM incident i, generate_series(1, %d), $features" ],
	[ 'forest_agg(anyelement, record, jsonb)', 20, qq{SELECT crimeml.forest_agg(label, f, '{"trees": %d, "oob": true, "criterion": "entropy", "min_leaf": 1}') FROM incident i, $features} ],
	[ 'boost_agg(anyelement, record)', 1, "SELECT crimeml.boost_agg(label, f) FROM incident i, generate_series(1, %d), $features" ],
	[ 'boost_agg(anyelement, record, jsonb)', 60, qq{SELECT crimeml.boost_agg(loss, f, '{"rounds": %d, "sample_fraction": 0.5, "weight": "beat", "exposure": "id"}') FROM incident i, LATERAL (SELECT i.at, i.district, i.beat, i.id) f} ],
	[ 'linear_agg(anyelement, record)', 4, "SELECT crimeml.linear_agg(loss, f) FROM incident i, generate_series(1, %d), LATERAL (SELECT i.at, i.district, i.beat) f" ],
	[ 'linear_agg(anyelement, record, jsonb)', 2, qq{SELECT crimeml.linear_agg(loss, f, '{"ridge": 1}') FROM incident i, generate_series(1, %d), LATERAL (SELECT i.at, i.district, i.beat, i.beat AS again) f} ],
	[ 'poisson_agg(anyelement, record)', 4, "SELECT crimeml.poisson_agg(beat, f) FROM incident i, generate_series(1, %d), $features" ],
	[ 'poisson_agg(anyelement, record, jsonb)', 2, qq{SELECT crimeml.poisson_agg(beat, f, '{"family": "negative_binomial"}') FROM incident i, generate_series(1, %d), $features} ],
	[ 'logistic_agg(anyelement, record)', 2, "SELECT crimeml.logistic_agg(label, f) FROM incident i, generate_series(1, %d), LATERAL (SELECT i.at, i.district, i.beat) f" ],
	[ 'logistic_agg(anyelement, record, jsonb)', 4, qq{SELECT crimeml.logistic_agg(beat > 48, f, '{"ridge": 1}') FROM incident i, generate_series(1, %d), $features} ],
	[ 'from_xgboost_json', 20, 'SELECT count(crimeml.from_xgboost_json(json || repeat(\' \', i))) FROM xgboost, generate_series(1, %d) i' ],
	[ 'merge_agg', 16, 'SELECT crimeml.merge_agg(m) FROM (SELECT crimeml.forest_agg(label, f, \'{"trees": 30, "min_leaf": 1}\') AS m FROM incident i, LATERAL (SELECT i.at, i.beat) f WHERE id <= 20000 GROUP BY id %% %d) p' ],
	[ 'evaluate', 3, q{SELECT crimeml.evaluate(m, 'SELECT * FROM incident, generate_series(1, %d)') FROM model} ],
	[ 'confusion', 3, q{SELECT crimeml.confusion(m, 'SELECT * FROM incident, generate_series(1, %d)') FROM model} ],
	[ 'importance(crimeml.model, text', 20, q{SELECT crimeml.importance(m, 'SELECT * FROM incident WHERE id <= 20000', %d) FROM model} ],
	[ 'predict(crimeml.model, record', 40, 'SELECT count(crimeml.predict(m, i)) FROM model, incident i, generate_series(1, %d)' ],
	[ 'explain(crimeml.model, record', 1, 'SELECT count(e) FROM model, incident i, crimeml.explain(m, i) e, generate_series(1, %d)' ],
	[ 'explain_classes(crimeml.model, record', 1, 'SELECT count(e) FROM model, incident i, crimeml.explain_classes(m, i) e, generate_series(1, %d)' ],
	[ 'nodes', 1, 'SELECT count(*) FROM model, LATERAL (SELECT * FROM crimeml.nodes(m)) n, generate_series(1, %d)' ],
	[ 'rules', 1, 'SELECT count(*) FROM model, LATERAL (SELECT * FROM crimeml.rules(m)) n, generate_series(1, %d)' ],
	[ 'model_in', 20, 'SELECT count(t::crimeml.model) FROM form, generate_series(1, %d)' ],
	[ 'model_out', 50, 'SELECT sum(length(m::text)) FROM model, generate_series(1, %d)' ],
	[ 'model_send', 400, 'SELECT sum(length(crimeml.model_send(m))) FROM model, generate_series(1, %d)' ],
	[ 'counts', 2, q{SELECT count(*) FROM crimeml.counts('SELECT at FROM incident, generate_series(1, %d)', '1 hour')} ],
	[ 'level_agg(timestamp with time zone, double precision)', 1000000, q{SELECT crimeml.level_agg(timestamptz '1950-01-01' + i * interval '1 hour', i::bigint * 7919 %% 5) FROM generate_series(1, %d) i} ],
	[ 'level_agg(timestamp with time zone, double precision, jsonb)', 1000000, q{SELECT crimeml.level_agg(timestamptz '1950-01-01' + i * interval '1 hour', i::bigint * 7919 %% 5, '{"variant": "sim"}') FROM generate_series(1, %d) i} ],
	[ 'level_agg(timestamp with time zone, double precision, text', 400, q{SELECT crimeml.level_agg(timestamptz '2000-01-01' + i * interval '1 day', i::bigint * 7919 %% 5, s::text, NULL) FROM generate_series(1, 3000) i, generate_series(1, %d) s} ],
	[ 'ets_agg(timestamp with time zone, double precision)', 300000, q{SELECT crimeml.ets_agg(timestamptz '1950-01-01' + i * interval '1 hour', i::bigint * 7919 %% 5) FROM generate_series(1, %d) i} ],
	[ 'ets_agg(timestamp with time zone, double precision, jsonb)', 300000, q{SELECT crimeml.ets_agg(timestamptz '1950-01-01' + i * interval '1 hour', 1 + i::bigint * 7919 %% 5, '{"model": "MAdM"}') FROM generate_series(1, %d) i} ],
	[ 'ets_agg(timestamp with time zone, double precision, text', 100, q{SELECT crimeml.ets_agg(timestamptz '2000-01-01' + i * interval '1 day', i::bigint * 7919 %% 5, s::text, NULL) FROM generate_series(1, 3000) i, generate_series(1, %d) s} ],
	[ 'arima_agg(timestamp with time zone, double precision)', 20000, q{SELECT crimeml.arima_agg(timestamptz '1950-01-01' + i * interval '1 hour', i::bigint * 7919 %% 5) FROM generate_series(1, %d) i} ],
	[ 'arima_agg(timestamp with time zone, double precision, jsonb)', 50000, q{SELECT crimeml.arima_agg(timestamptz '1950-01-01' + i * interval '1 month', i::bigint * 7919 %% 50, '{"stepwise": false}') FROM generate_series(1, least(%d, 3000)) i} ],
	[ 'arima_agg(timestamp with time zone, double precision, text', 20, q{SELECT crimeml.arima_agg(timestamptz '2000-01-01' + i * interval '1 day', i::bigint * 7919 %% 5, s::text, NULL) FROM generate_series(1, 3000) i, generate_series(1, %d) s} ],
	[ 'lstm_agg(timestamp with time zone, double precision)', 3000, q{SELECT crimeml.lstm_agg(timestamptz '2000-01-01' + i * interval '1 day', i::bigint * 7919 %% 5) FROM generate_series(1, %d) i} ],
	[ 'lstm_agg(timestamp with time zone, double precision, jsonb)', 3000, q{SELECT crimeml.lstm_agg(timestamptz '2000-01-01' + i * interval '1 day', i::bigint * 7919 %% 5, '{"hidden": 80}') FROM generate_series(1, %d) i} ],
	[ 'lstm_agg(timestamp with time zone, double precision, text', 20, q{SELECT crimeml.lstm_agg(timestamptz '2000-01-01' + i * interval '1 day', i::bigint * 7919 %% 5, s::text, NULL) FROM generate_series(1, 2000) i, generate_series(1, %d) s} ],
	[ 'forecast', 20, 'SELECT count(f) FROM fitted, generate_series(1, %d), LATERAL crimeml.forecast(m, 10000) f' ],
	[ 'update', 500000, q{SELECT crimeml.update(m, 'SELECT timestamptz ''2010-01-01'' + i * interval ''1 hour'' AS at, i %% 5 AS value FROM generate_series(1, %d) i') FROM fitted} ],
	[ 'forecast_counts', 5, q{SELECT count(*) FROM crimeml.forecast_counts('SELECT at, id %% 1000 AS series FROM incident, generate_series(1, %d)', '1 day', 28)} ],
	[ 'forecast_accuracy', 20, q{SELECT count(*) FROM crimeml.forecast_accuracy('SELECT at, id %% 100 AS series FROM incident', '1 day', 5, '{level}', least(%d, 60))} ],
	[ 'anomalies', 5, q{SELECT count(*) FROM crimeml.anomalies('SELECT at, id %% 1000 AS series FROM incident, generate_series(1, %d)', '1 day')} ],
	[ 'decompose', 3, q{SELECT count(*) FROM crimeml.decompose('SELECT at, id %% 100 AS series FROM incident, generate_series(1, %d)', '1 hour', true)} ],
	[ 'dbscan(geometry', 2, 'SELECT count(c) FROM (SELECT crimeml.dbscan(geom, 50, 100) OVER () AS c FROM scattered, generate_series(1, %d)) s' ],
	[ 'dbscan(geography', 1, 'SELECT count(c) FROM (SELECT crimeml.dbscan(geog, 50, 100) OVER () AS c FROM scattered, generate_series(1, %d)) s' ],
	[ 'dbscan_time(geometry', 1, q{SELECT count(c) FROM (SELECT crimeml.dbscan_time(geom, at, 200, '30 days', 50) OVER () AS c FROM scattered, generate_series(1, %d)) s} ],
	[ 'dbscan_time(geography', 1, q{SELECT count(c) FROM (SELECT crimeml.dbscan_time(geog, at, 200, '30 days', 50) OVER () AS c FROM scattered, generate_series(1, %d)) s} ],
	[ 'kmeans(geometry', 50, 'SELECT count(c) FROM (SELECT crimeml.kmeans(geom, %d) OVER () AS c FROM scattered) s' ],
	[ 'kmeans(geography', 50, 'SELECT count(c) FROM (SELECT crimeml.kmeans(geog, %d) OVER () AS c FROM scattered) s' ],
	[ 'risk_zone', 3, 'SELECT count(z) FROM (SELECT crimeml.risk_zone(ST_X(geom) * ST_Y(geom)) OVER () AS z FROM scattered, generate_series(1, %d)) s' ],
	[ 'hotspots', 1, q{SELECT count(*) FROM crimeml.hotspots('SELECT i AS key, at, geom FROM scattered, generate_series(1, %d)', 40, 60, outline => 'circles')} ],
	[ 'hotspot_change', 1, q{SELECT count(*) FROM crimeml.hotspot_change('SELECT at, geom FROM scattered, generate_series(1, %d)', 40, 60, '[2022-01-01,2025-01-01)', '[2019-01-01,2022-01-01)')} ],
	[ 'suggest_eps', 1, q{SELECT crimeml.suggest_eps('SELECT geom FROM scattered, generate_series(1, %d)', 100)} ],
	[ 'kmeans_quality', 40, q{SELECT count(*) FROM crimeml.kmeans_quality('scattered', 20, %d)} ],
	[ 'kde', 500, q{SELECT crimeml.kde('SELECT * FROM scattered WHERE i <= 1000000', '{"cell_size": 20, "bandwidth": %d, "bounds": [500000, 4400000, 520000, 4420000]}')} ],
	[ 'kde_agg(geometry, geometry', 500, q{SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(500000, 4400000, 520000, 4420000, 26918), '{"cell_size": 10, "bandwidth": %d}') FROM scattered} ],
	[ 'kde_agg(geometry, double', 2000, q{SELECT crimeml.kde_agg(geom, i::float8, ST_MakeEnvelope(500000, 4400000, 520000, 4420000, 26918), '{"cell_size": 4, "bandwidth": %d, "kernel": "gaussian"}') FROM scattered} ],
	[ 'grid_count_agg(geometry, geometry', 4, q{SELECT crimeml.grid_count_agg(geom, ST_MakeEnvelope(500000, 4400000, 520000, 4420000, 26918), '{"cell_size": 5}') FROM scattered, generate_series(1, %d)} ],
	[ 'grid_count_agg(geometry, double', 4, q{SELECT crimeml.grid_count_agg(geom, i, ST_MakeEnvelope(500000, 4400000, 520000, 4420000, 26918), '{"cell_size": 5}') FROM scattered, generate_series(1, %d)} ],
	[ 'bandwidth', 40000, q{SELECT crimeml.bandwidth('SELECT geom FROM scattered WHERE i <= %d', 'lscv')} ],
	[ 'bandwidth', 80000, q{SELECT crimeml.bandwidth('SELECT geom FROM scattered WHERE i <= %d', 'likelihood')} ],
	[ 'bandwidth', 80000, q{SELECT crimeml.bandwidth('SELECT geom FROM scattered WHERE i <= %d', 'diggle')} ],
	(map { [ "grid_$_(crimeml.grid, crimeml.grid)", 200, "SELECT count(crimeml.grid_$_(grid, grid)) $large" ],
			[ "grid_$_(crimeml.grid, double", 200, "SELECT count(crimeml.grid_$_(grid, 2.5::float8)) $large" ],
			[ "grid_$_(double", 200, "SELECT count(crimeml.grid_$_(2.5::float8, grid)) $large" ] } qw(add subtract multiply divide)),
	[ '"normalize"', 100, "SELECT count(crimeml.normalize(grid)) $large" ],
	[ 'describe(crimeml.grid', 100, "SELECT count(crimeml.describe(grid)) $large" ],
	[ 'cells', 1, "SELECT count(*) FROM map, generate_series(1, %d), LATERAL crimeml.cells(grid, false) c WHERE name = 'large'" ],
	[ 'clip', 20, "SELECT count(crimeml.clip(grid, ST_Buffer(ST_SetSRID(ST_MakePoint(510000, 4410000), 26918), 9000 + generate_series, 64))) $large" ],
	[ 'gi_star', 1000, q{SELECT count(*) FROM map, crimeml.gi_star(grid, %d, true) WHERE name = 'large'} ],
	[ 'gi_star', 1000, "SELECT count(*) FROM crimeml.gi_star($flat, %d)" ],
	[ 'grid_accuracy', 2, q{SELECT count(*) FROM map, crimeml.grid_accuracy(grid, 'SELECT geom FROM scattered, generate_series(1, %d)') WHERE name = 'large'} ],
	[ 'contours', 40, q{SELECT count(*) FROM map, crimeml.contours(grid, ARRAY(SELECT i / 3.0 FROM generate_series(1, %d) i)) WHERE name = 'large'} ],
	[ 'contours', 3, "SELECT count(*) FROM crimeml.contours($flat, ARRAY(SELECT i / 2.0 FROM generate_series(1, %d) i))" ],
	[ 'isobands', 40, q{SELECT count(*) FROM map, crimeml.isobands(grid, ARRAY(SELECT i / 3.0 FROM generate_series(1, %d) i)) WHERE name = 'large'} ],
	[ 'risk_cells', 1, "SELECT count(*) FROM map, generate_series(1, %d), LATERAL crimeml.risk_cells(grid) c WHERE name = 'large'" ],
	[ 'grid_in', 60, 'SELECT count(g::crimeml.grid) FROM form, generate_series(1, %d)' ],
	[ 'grid_out', 40, "SELECT sum(length(grid::text)) $large" ],
	[ 'grid_send', 100, "SELECT sum(length(crimeml.grid_send(grid))) $large" ],
	[ 'heatmap_png', 8192, q{SELECT crimeml.heatmap_png(grid, width => least(%d, 8192)) FROM map, generate_series(1, 4) WHERE name = 'large'} ],
	[ 'heatmap_png', 4, q{SELECT crimeml.heatmap_png(grid, width => 4096, outline => line) FROM map, maze, generate_series(1, %d) WHERE name = 'small'} ],
	[ 'tile_png', 200, q{SELECT sum(length(crimeml.tile_png(grid, 10, 300 + i %% 4, 386 + i %% 3))) FROM map, generate_series(1, %d) i WHERE name = 'large'} ],
	[ 'raster_wkb', 100, "SELECT count(crimeml.raster_wkb(grid)) $large" ],
	[ 'to_raster', 20, "SELECT count(crimeml.to_raster(grid)) $large" ],
	[ 'html_table', 2000000, q{SELECT length(crimeml.html_table('SELECT i, i %% 7 AS day, ''a < b'' AS t FROM generate_series(1, %d) i'))} ],
	[ 'html_image', 100, 'SELECT sum(length(crimeml.html_image(png))) FROM picture, generate_series(1, %d)' ],
	[ 'html_text', 100, q{SELECT sum(length(crimeml.html_text(repeat('a & b ', 1000000 + i)))) FROM generate_series(1, %d) i} ],
	[ 'report_html', 200, q{SELECT sum(length(crimeml.report_html('t', VARIADIC array_fill(html, ARRAY[10])))) FROM (SELECT crimeml.html_text(repeat('a & b ', 100000)) AS html) h, generate_series(1, %d)} ],
	[ 'write_file(text, bytea', 60, "SELECT crimeml.write_file('$dir/map.png', png) FROM picture, generate_series(1, %d)" ],
	[ 'write_file(text, text', 60, "SELECT crimeml.write_file('$dir/map.txt', t) FROM form, generate_series(1, %d)" ]);

# functions that need no call, and why
my %exempt = (
	'the aggregate is called' => [ qw(kde_agg_transition grid_count_agg_transition grid_agg_combine grid_agg_serialize grid_agg_deserialize kde_agg_final grid_count_agg_final
		train_combine train_serialize train_deserialize tree_transition tree_final forest_transition forest_final boost_transition boost_final linear_transition linear_final poisson_transition poisson_final logistic_transition logistic_final merge_transition merge_final
		level_transition level_final ets_transition ets_final arima_transition arima_final lstm_transition lstm_final) ],
	'a row at a time, in less than a millisecond; the model is decoded as model_in does' => [ 'predict(crimeml.model, jsonb', 'predict(crimeml.model, text',
		'predict_value', 'predict_probability', 'predict_classes', 'value_at' ],
	'as that of a record' => [ 'explain(crimeml.model, jsonb', 'explain(crimeml.model, text', 'explain_classes(crimeml.model, jsonb', 'explain_classes(crimeml.model, text' ],
	'what is stored with the model, in a millisecond' => [ 'describe(crimeml.model', 'classes', 'importance(crimeml.model)', 'model_inputs', 'coefficients' ],
	'as model_in and grid_in, which share all but the decoding of base64' => [ 'model_recv', 'grid_recv' ],
	'of a fixed size' => [ 'options_for', 'simulate_truth', 'risk_level', 'settle_role' ]);

my %function = map { $_ => 1 } split /\n/, $node->safe_psql('postgres', q{
	SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	WHERE d.refobjid IN (SELECT oid FROM pg_extension WHERE extname LIKE 'crimeml%')});
my @unknown;
foreach my $name (map { $_->[0] } @call)
{
	my $found = 0;
	foreach (grep { index(s/^crimeml\.//r, $name =~ /\(/ ? $name =~ s/, /,/gr : "$name(") == 0 } keys %function)
	{
		$function{$_} = 2;
		$found = 1;
	}
	push @unknown, $name if !$found;
}
foreach my $name (map { @$_ } values %exempt)
{
	my $found = 0;
	foreach (grep { index(s/^crimeml\.//r, $name =~ /\(/ ? $name =~ s/, /,/gr : "$name(") == 0 } keys %function)
	{
		$function{$_} = 3 if $function{$_} == 1;
		$found = 1;
	}
	push @unknown, $name if !$found;
}
is("@unknown", '', 'all functions of the two lists exist');
is(join(', ', sort grep { $function{$_} == 1 } keys %function), '', 'each function is called or has a reason');

# What a cancel after so many ms takes; '' where the call ended before.
sub statements
{
	my ($sql, $size, @after) = @_;
	my $call = sprintf $sql, $size;

	return join '', map {
		"SET statement_timeout = $_;\nSELECT coalesce(late(\$call\$$call\$call\$, $_)::text, '');\nSET statement_timeout = 0;\n"
	} @after;
}

# All once, by two sessions at a time; each goes on after each cancel.
my @late;
my @session = ([], []);
push @{ $session[ $_ % 2 ] }, $_ foreach 0 .. $#call;
my @run;
foreach my $calls (@session)
{
	my ($in, $out, $err) = (join('', map { statements($call[$_][2], $call[$_][1], @after) } @$calls), '', '');
	my %run = (calls => $calls, in => \$in, out => \$out, err => \$err);
	$run{harness} = IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \$err);
	push @run, \%run;
}
foreach my $run (@run)
{
	$run->{harness}->finish;
	is(${ $run->{err} }, '', 'a session that is cancelled again and again works on');
	my @answer = split /\n/, ${ $run->{out} }, -1;
	$late[$_] = [ splice @answer, 0, scalar @after ] foreach @{ $run->{calls} };
}

foreach my $i (0 .. $#call)
{
	my ($name, $size, $sql) = @{ $call[$i] };
	my @least = map { $late[$i][$_] // '' } 0 .. $#after;

	# too quick: a larger one
	for (1 .. 6)
	{
		last if !grep { $_ eq '' } @least;
		$size *= 2;
		@least = split /\n/, $node->safe_psql('postgres', statements($sql, $size, @after)), -1;
		@least = map { $least[$_] // '' } 0 .. $#after;
	}
	for my $k (0 .. $#after)
	{
		for (1 .. 5)
		{
			last if $least[$k] eq '' || $least[$k] <= $most;
			my $again = $node->safe_psql('postgres', statements($sql, $size, $after[$k]));
			$least[$k] = min($least[$k], $again) if $again ne '';
		}
	}
	ok(!(grep { $_ eq '' } @least), "$name takes long enough to be cancelled") or next;
	my $worst = max(@least);
	cmp_ok($worst, '<=', $most, sprintf('%s: heard within %.3f s', $name, $worst));
}

is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'}), '0', 'no worker is left');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_ls_tmpdir()'), '0', 'no temporary file is left');
is(join(' ', grep { /crimeml-/ } glob "$dir/.* $dir/*"), '', 'nor what write_file began');
is($node->safe_psql('postgres', 'SELECT count(*) FROM target'), '0', 'nor a row of a load');

$node->stop;
done_testing();

# Dump and restore: what crimeml keeps must arrive whole in another database.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('postgres', 'CREATE DATABASE target');
$node->safe_psql(
	'source', q{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE incident AS SELECT * FROM crimeml.simulate_incidents(5000, 1);
	CREATE TABLE model AS
	SELECT crimeml.forest_agg(offence, f, '{"trees": 10}') AS forest, crimeml.tree_agg(offence, f) AS tree
	FROM incident, LATERAL (SELECT at, district, geom) f;
	CREATE TABLE boosted AS
	SELECT crimeml.boost_agg(offence, f, '{"rounds": 5}') AS classes,
		crimeml.boost_agg(id::float8, g, '{"rounds": 5, "exposure": "people", "weight": "w"}') AS counts
	FROM incident, LATERAL (SELECT at, district, geom) f, LATERAL (SELECT incident.district, 1 + id % 7 AS people, 1 + id % 3 AS w) g;
	CREATE TABLE terms AS
	SELECT crimeml.linear_agg(extract(hour FROM at), f) AS linear, crimeml.poisson_agg(extract(hour FROM at), f, '{"family": "negative_binomial"}') AS poisson,
		crimeml.logistic_agg(offence, f) AS logistic FROM incident, LATERAL (SELECT district, geom) f;
	-- what all series share, their states, and days that are unlike others
	INSERT INTO crimeml.holidays VALUES ('2024-07-04', 'Independence Day');
	CREATE TABLE fitted AS
	SELECT crimeml.level_agg(at, count, series, NULL) AS level, crimeml.ets_agg(at, count, series, NULL) AS ets,
		crimeml.arima_agg(at, count, series, '{"order": [1, 0, 1]}') AS arima
	FROM crimeml.counts('SELECT at, district AS series FROM incident', '7 days');
	CREATE TABLE density AS SELECT crimeml.kde('incident') AS grid;
	-- labels and weights of every size that a double has
	CREATE TABLE edge AS
	SELECT seed, crimeml.forest_agg(size, f, '{"trees": 3, "min_leaf": 1}') AS forest,
		crimeml.tree_agg(size, f, '{"criterion": "absolute", "min_leaf": 2}') AS tree,
		crimeml.boost_agg(size, f, '{"rounds": 3, "min_hessian": 0, "lambda": 0, "learning_rate": 1}') AS boosted,
		crimeml.linear_agg(size, f) AS linear,
		crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint(i, seed), 26918), size, ST_MakeEnvelope(0, 0, 40, 40, 26918), '{"cell_size": 8}') AS grid
	FROM generate_series(1, 30) AS seed, generate_series(1, 40) AS i,
		LATERAL (SELECT (1 + i * 7919 % 1000 / 1024.0)::float8 * 2::float8 ^ ((i * 31 + seed * 17) % 2090 - 1067) * CASE i % 3 WHEN 0 THEN -1 ELSE 1 END AS size) s,
		LATERAL (SELECT i AS x, size * -1 AS y) f
	GROUP BY seed;
	-- computed anew by the restore, under an empty search_path
	CREATE MATERIALIZED VIEW hotspot AS
	SELECT hotspot, incidents, crimeml.describe(crimeml.kde($$SELECT geom FROM public.incident WHERE id <= 500$$, '{"bandwidth": 300}')) ->> 'points' AS points
	FROM crimeml.hotspots('public.incident', 250, 10);
	CREATE VIEW guess AS SELECT id, crimeml.predict(forest, i) AS offence FROM model, incident i});

# what is asked of both databases
my %question = (
	'the objects of the extension' => q{
		SELECT pg_describe_object(classid, objid, objsubid)
		FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
			AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'crimeml')
		ORDER BY 1},
	'models, byte for byte' => 'SELECT md5(forest::text), md5(tree::text) FROM model',
	'boosted trees, byte for byte, and what they say' => q{
		SELECT md5(classes::text || counts::text), (SELECT md5(string_agg(crimeml.predict(classes, i) || crimeml.predict_value(counts, f)::text, ',' ORDER BY id))
			FROM incident i, LATERAL (SELECT i.district, 9 AS people) f WHERE id <= 200) FROM boosted},
	'sums of terms, byte for byte, and what they are' => q{
		SELECT md5(linear::text || poisson::text || logistic::text), (SELECT md5(string_agg(c::text, ',')) FROM unnest(ARRAY[linear, poisson, logistic]) m, crimeml.coefficients(m) c) FROM terms},
	'days that are unlike others' => 'SELECT day, name FROM crimeml.holidays',
	'models of series, and what they forecast' => q{
		SELECT md5(level::text || ets::text || arima::text), (SELECT md5(string_agg(f::text, ',')) FROM unnest(ARRAY[level, ets, arima]) m, crimeml.forecast(m, 4) f) FROM fitted},
	'grids, byte for byte' => 'SELECT md5(grid::text) FROM density',
	'the edges of double precision, byte for byte' => q{
		SELECT md5(string_agg(forest::text || tree::text || boosted::text || linear::text || grid::text, ',' ORDER BY seed)) FROM edge},
	'and what they say' => q{
		SELECT md5(string_agg(crimeml.predict_value(forest, f)::text || crimeml.predict_value(tree, f) || crimeml.predict_value(boosted, f) || crimeml.predict_value(linear, f) || crimeml.describe(grid), ',' ORDER BY seed, i))
		FROM edge, generate_series(1, 40) AS i, LATERAL (SELECT i AS x, i * 1e300 AS y) f},
	'materialized views over sources that name their schema' => q{
		SELECT count(*) > 0, md5(string_agg(h::text, ',' ORDER BY hotspot)) FROM hotspot h},
	'predictions' => 'SELECT md5(string_agg(offence, \',\' ORDER BY id)) FROM guess');
my %answer = map { $_ => $node->safe_psql('source', $question{$_}) } keys %question;

my $dump = $node->backup_dir . '/source.sql';
mkdir $node->backup_dir;
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('source') ], 'pg_dump');
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('target') ],
	'the dump restores without an error');
is($node->safe_psql('target', $question{$_}), $answer{$_}, $_) for sort keys %question;

# the binary form, too
for my $table ('model', 'edge')
{
	my $copy = $node->backup_dir . "/$table.bin";
	my $same = $table eq 'model' ? 'models, byte for byte' : 'the edges of double precision, byte for byte';

	$node->safe_psql('source', "COPY $table TO '$copy' (FORMAT binary)");
	$node->safe_psql('target', "TRUNCATE $table; COPY $table FROM '$copy' (FORMAT binary)");
	is($node->safe_psql('target', $question{$same}), $answer{$same}, "table $table in binary");
}

$node->stop;
done_testing();

# The same rows and seed give the same model, whoever reads and whoever trains;
# and training that is cancelled leaves no worker behind.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
min_parallel_table_scan_size = 0
parallel_setup_cost = 0
parallel_tuple_cost = 0
crimeml.progress_interval = 0
});
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE incident AS SELECT * FROM crimeml.simulate_incidents(30000, 1);
	CREATE TABLE shuffled AS SELECT * FROM incident ORDER BY hashint8(id);
	ANALYZE});

# The model as text, trained under some settings.
sub model
{
	my ($table, $settings) = @_;

	return $node->safe_psql(
		'postgres', qq{
		$settings;
		SELECT md5(crimeml.forest_agg(offence, f, '{"trees": 20}')::text)
		FROM $table, LATERAL (SELECT at, district, geom) f});
}

my $serial = 'SET max_parallel_workers_per_gather = 0; SET max_parallel_maintenance_workers = 0';
my $reading = 'SET max_parallel_workers_per_gather = 2; SET max_parallel_maintenance_workers = 0';
my $training = 'SET max_parallel_workers_per_gather = 0; SET max_parallel_maintenance_workers = 2';
my $both = 'SET max_parallel_workers_per_gather = 2; SET max_parallel_maintenance_workers = 2';

like(
	$node->safe_psql(
		'postgres', qq{
		$reading;
		EXPLAIN SELECT crimeml.forest_agg(offence, f)
		FROM incident, LATERAL (SELECT at, district, geom) f}),
	qr/Partial Aggregate/,
	'the rows are read by workers');

my $expected = model('incident', $serial);
is(model('incident', $reading), $expected, 'read in parallel');
is(model('incident', $training), $expected, 'trained in parallel');
is(model('incident', $both), $expected, 'read and trained in parallel');
is(model('incident', "$both; SET max_parallel_workers = 0"), $expected, 'no worker to be had');
is(model('shuffled', $both), $expected, 'rows in another order');

my ($status, $out, $error) = $node->psql(
	'postgres', qq{
	$both;
	SET statement_timeout = '300ms';
	SELECT crimeml.forest_agg(offence, f, '{"trees": 2000, "min_leaf": 1}')
	FROM incident, LATERAL (SELECT at, district, geom) f});
isnt($status, 0, 'a long training is cancelled');
like($error, qr/canceling statement due to statement timeout/, 'and says so');
is( $node->safe_psql(
		'postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker'"),
	0,
	'no worker is left');

$node->stop;
done_testing();

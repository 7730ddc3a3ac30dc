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

# Boosting is a team of workers that meets after each round.
my $boost = q{SELECT md5(crimeml.boost_agg(offence, f, '{"rounds": %d, "max_leaves": 8, "early_stopping": 0}')::text)
	FROM incident, LATERAL (SELECT at, district, geom) f};
my $few = sprintf $boost, 5;
my $many = sprintf $boost, 20000;
$expected = $node->safe_psql('postgres', "$serial; $few");
is($node->safe_psql('postgres', "$training; $few"), $expected, 'boosted in parallel');
is($node->safe_psql('postgres', "$both; $few"), $expected, 'read and boosted in parallel');
is($node->safe_psql('postgres', "$training; SET max_parallel_workers = 1; $few"), $expected, 'one worker of two is to be had');
is($node->safe_psql('postgres', "$training; SET max_parallel_workers = 0; $few"), $expected, 'none is');
is($node->safe_psql('postgres', "BEGIN; $training; DECLARE c CURSOR FOR $few; FETCH c; COMMIT"), $expected, 'in a cursor');
($status, $out, $error) = $node->psql('postgres', "$training; SET crimeml.memory_limit = '20GB'; SET statement_timeout = '900ms'; $many");
like($error, qr/canceling statement due to statement timeout/, 'long boosting is cancelled');

# the end of a worker ends the leader's wait for it
my ($told, $err) = ('', '');
my $session = IPC::Run::start(
	[   'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $training, '-c', "SET crimeml.memory_limit = '20GB'",
		'-c', $many, '-c', q{SELECT 'lives'} ],
	'<', '/dev/null', '>', \$told, '2>', \$err);
ok( $node->poll_query_until(
		'postgres', q{SELECT coalesce(bool_or(pg_terminate_backend(pid)), false) FROM pg_stat_activity
		WHERE backend_type = 'parallel worker' AND query LIKE '%boost_agg%'}),
	'a worker was ended');
$session->finish;
like($err, qr/due to administrator command|lost connection to parallel worker/, 'the leader says so');
like($told, qr/lives/, 'and lives on');
ok($node->poll_query_until('postgres', "SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'"), 'no worker is left');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_ls_tmpdir()}), '0', 'and no file');

$node->stop;
done_testing();

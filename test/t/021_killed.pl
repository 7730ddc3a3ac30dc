# A worker that is killed while it trains takes the server down as any of its
# processes would; the database is whole after recovery, and training gives the
# same model again.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
restart_after_crash = on
fsync = on
max_parallel_maintenance_workers = 2
crimeml.progress_interval = 0
crimeml.memory_limit = '1TB'
});
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE incident AS SELECT * FROM crimeml.simulate_incidents(20000, 1);
	CREATE TABLE model AS
	SELECT crimeml.forest_agg(offence, f, '{"trees": 10}') AS m
	FROM incident, LATERAL (SELECT at, district, geom) f});

my $digests = q{
	SELECT md5(string_agg(i::text, ',' ORDER BY id)) FROM incident i;
	SELECT md5(m::text) FROM model;
	SELECT count(*), md5(string_agg(crimeml.predict(m, i), ',' ORDER BY id)) FROM model, incident i;
	SELECT md5(crimeml.forest_agg(offence, f, '{"trees": 10}')::text)
	FROM incident, LATERAL (SELECT at, district, geom) f};
my $before = $node->safe_psql('postgres', $digests);

my $session = $node->background_psql('postgres', on_error_stop => 0);
$session->query_until(
	qr/begun/, q{
	\echo begun
	INSERT INTO model SELECT crimeml.forest_agg(offence, f, '{"trees": 100000, "min_leaf": 1}')
	FROM incident, LATERAL (SELECT at, district, geom) f;
	});
my $workers = q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'parallel worker' AND query LIKE 'INSERT INTO model%'};
ok($node->poll_query_until('postgres', "SELECT count(*) = 2 FROM ($workers) w"), 'two workers train');
my ($worker, $other) = split /\n/, $node->safe_psql('postgres', $workers);
is(kill('KILL', $worker), 1, 'one is killed');
# psql ends by itself or at the end of its input, whichever comes first
$session->{run}->finish;
like(
	$session->{stderr},
	qr/terminating connection because of crash of another server process|server closed the connection/,
	'its session ends');

ok($node->poll_query_until('postgres', 'SELECT 1', '1'), 'the server is there again');
ok(!kill(0, $other), 'the other worker is gone');
is($node->safe_psql('postgres', $digests), $before, 'rows and models are whole, and training gives the same');
is($node->safe_psql('postgres', "SELECT count(*) FROM ($workers) w"), 0, 'no worker is left');
is_deeply([ glob $node->data_dir . '/base/pgsql_tmp/*' ], [], 'no file is left');
like(slurp_file($node->logfile), qr/parallel worker" \(PID $worker\) was terminated by signal 9/, 'and the log says why');

$node->stop;
done_testing();

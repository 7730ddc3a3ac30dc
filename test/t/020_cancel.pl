# Training can be cancelled at any moment, again and again: nothing is left of it,
# no process, no file, no memory, and the session works on.  How soon a cancel is
# heard is the business of 026_cancel_all.pl.
use strict;
use warnings;

use List::Util qw(min);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $slow = $ENV{CRIMEML_SLOW} || 1;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
min_parallel_table_scan_size = 0
parallel_setup_cost = 0
parallel_tuple_cost = 0
crimeml.progress_interval = 0
shared_buffers = 64MB
log_min_messages = fatal
log_min_error_statement = panic
});
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION crimeml CASCADE;
	SET max_parallel_maintenance_workers = 0;
	CREATE TABLE incident AS
	SELECT *, 'street ' || id * 7919 % 10000 AS street, ST_X(geom) AS loss FROM crimeml.simulate_incidents(80000, 1);
	ANALYZE incident;
	CREATE TABLE model AS
	SELECT crimeml.forest_agg(offence, f, '{"trees": 20, "min_leaf": 1}') AS m
	FROM incident, LATERAL (SELECT at, district, geom) f WHERE id <= 40000;
	CREATE TABLE carried AS SELECT m::text AS t FROM model;

	-- what is left of statements that are over
	CREATE FUNCTION processes() RETURNS bigint LANGUAGE sql AS
	'SELECT count(*) FROM pg_stat_activity WHERE backend_type = ''parallel worker''';
	-- kB of its own: shared buffers that it happened to touch are not the session's
	CREATE FUNCTION resident() RETURNS int LANGUAGE sql AS
	$$SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM 'RssAnon:\s+(\d+)')::int$$;
	CREATE FUNCTION in_contexts() RETURNS int LANGUAGE sql AS
	'SELECT sum(total_bytes) / 1024 FROM pg_backend_memory_contexts'});

my $alone = 'SET max_parallel_workers_per_gather = 0; SET max_parallel_maintenance_workers = 0';
my $together = 'SET max_parallel_workers_per_gather = 2; SET max_parallel_maintenance_workers = 2';
# Again and again in one session: its memory does not grow.
my $long = qq{SELECT crimeml.forest_agg(offence, f, '{"trees": 5000, "min_leaf": 1, "oob": true}')
	FROM incident, LATERAL (SELECT at, district, geom) f WHERE id <= 20000};
my $short = qq{SELECT md5(crimeml.forest_agg(offence, f, '{"trees": 4}')::text)
	FROM incident, LATERAL (SELECT at, district, geom) f WHERE id <= 3000};
# What it holds goes up and down by some MB with the moments of the cancels, so
# the least of many samples is compared with the least of as many later ones.
my $first = 10;
my $window = 75;
my $times = 100;
my $all = $first + $times + $window;
my $many = '';
for my $i (1 .. $all)
{
	$many .= sprintf "SET statement_timeout = %d; $long; SET statement_timeout = 0;\n", 20 + $i * 7919 % 150;
	$many .= "SELECT resident(), in_contexts();\n" if $i > $first;
}
my ($status, $out, $error) = $node->psql('postgres', "$together;\n$many", on_error_stop => 0);
my @sample = map { [ split /\|/ ] } split /\n/, $out;
is(scalar(() = $error =~ /canceling statement/g), $all, 'cancelled each time');
is(scalar(@sample), $times + $window, 'measured after each');
my ($resident, $contexts) = map
{
	my $column = $_;
	min(map { $_->[$column] } @sample[ $times .. $#sample ]) - min(map { $_->[$column] } @sample[ 0 .. $window - 1 ]);
} 0, 1;
# a sanitizer's own memory tells nothing
cmp_ok($resident, '<', 4096, "kB more after $times times") if $slow == 1;
cmp_ok($contexts, '<', 64, "kB more in memory contexts");

# In a block that catches the cancel and goes on.
my $md5 = $node->safe_psql('postgres', "$alone; $short");
$out = $node->safe_psql(
	'postgres', qq{
	$together;
	CREATE TEMP TABLE found (caught bool, md5 text);
	} . qq{
	SET statement_timeout = 150;
	DO \$\$
	DECLARE caught bool := false;
	BEGIN
		BEGIN
			PERFORM ($long);
		EXCEPTION WHEN query_canceled THEN
			caught := true;
		END;
		INSERT INTO found SELECT caught, ($short);
	END \$\$;
	SET statement_timeout = 0;
	} x 10 . 'SELECT count(*), bool_and(caught), min(md5), max(md5) FROM found');
is($out, "10|t|$md5|$md5", 'a block that catches the cancel trains again');

# By another session.
my $victim = $node->background_psql('postgres', on_error_stop => 0);
$victim->query_safe($together);
my $pid = $victim->query_safe('SELECT pg_backend_pid()');
$victim->query_until(qr/begun/, "\\echo begun\n$long;\nSELECT 'still here';\n");
$node->poll_query_until('postgres', 'SELECT processes() > 0');
$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
like($victim->query($short), qr/still here\s+$md5/, 'a session that another one cancelled trains again');
like($victim->{stderr}, qr/canceling statement due to user request/, 'after the cancel');
$victim->quit;

is($node->safe_psql('postgres', 'SELECT processes()'), 0, 'no process is left');
is_deeply([ glob $node->data_dir . '/base/pgsql_tmp/*' ], [], 'no file is left');
$node->stop;
done_testing();

# A load that is cancelled, by another session, a timeout or a lock, ends within
# 0.2 s, leaves no row, and the same transaction goes on from its savepoint.
#
# CRIMEML_SLOW says how many times slower than usual the server is.
use strict;
use warnings;

use List::Util qw(min);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $slow = $ENV{CRIMEML_SLOW} || 1;
my $most = 0.2 * $slow;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "log_min_messages = fatal\nlog_min_error_statement = panic\nautovacuum = off\n");
$node->start;
my $file = $node->basedir . '/cancel.csv';
my $stray = $node->basedir . '/stray.csv';
$node->safe_psql(
	'postgres', qq{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE target (id int, offence text, at timestamptz, geom geometry(Point, 26918));
	CREATE TABLE keyed (id int PRIMARY KEY, offence text, at timestamptz, geom geometry(Point, 26918));
	CREATE TABLE numbers (id int CHECK (id > 0));
	COPY (SELECT i, 'Theft of ' || md5(i::text), timestamp '2019-01-01' + i * interval '1 minute', -75 - i / 1e7, 40 + i / 1e7
		FROM generate_series(1, 400000) i) TO '$file' (FORMAT csv, HEADER false);
	-- what costs most: every row is bad
	COPY (SELECT -i FROM generate_series(1, 60000) i) TO '$stray' (FORMAT csv)});
my $columns = q('{"id": 1, "offence": 2, "at": {"from": 3, "time_zone": "America/New_York"}, "geom": {"from": [4, 5], "srid": 4326}}');
my %load = (
	'plain' => "crimeml.load_csv_file('target', '$file', $columns, header => false)",
	'by an index' => "crimeml.load_csv_file('keyed', '$file', $columns, header => false, unique_key => '{id}')",
	'by a join' => "crimeml.load_csv_file('target', '$file', $columns, header => false, unique_key => '{id}')",
	'all rejected' => "crimeml.load_csv_file('numbers', '$stray', header => false)");
my $rows = '(SELECT count(*) FROM target) + (SELECT count(*) FROM keyed) + (SELECT count(*) FROM numbers) + (SELECT count(*) FROM crimeml.loads)';

# Cancelled at moments spread over the load; the best of some tries counts.
for my $how (sort keys %load)
{
	my @late;
	my $cancelled = 0;

	for my $moment (0.05, 0.2, 0.4, 0.8)
	{
		my $best;
		for (1 .. 5)
		{
			my $timeout = int(1000 * $moment * $slow);
			my ($status, $out, $error) = $node->psql(
				'postgres', qq{
				BEGIN;
				INSERT INTO target VALUES (-1);
				SAVEPOINT here;
				INSERT INTO target VALUES (-2);
				SELECT clock_timestamp() AS start \\gset
				SET LOCAL statement_timeout = $timeout;
				SELECT FROM $load{$how};
				ROLLBACK TO here;
				SELECT extract(epoch FROM clock_timestamp() - :'start');
				SET LOCAL statement_timeout = 0;
				INSERT INTO target VALUES (-3);
				SELECT $rows, array_agg(id ORDER BY id DESC) FROM target;
				ROLLBACK;
				-- and without a transaction around it
				SET statement_timeout = $timeout;
				SELECT FROM $load{$how};
				RESET statement_timeout;
				SELECT $rows;
				TRUNCATE target, keyed, numbers, crimeml.loads CASCADE}, on_error_stop => 0);
			my @out = split /\n/, $out;

			next if (() = $error =~ /canceling statement due to statement timeout/g) < 2;
			$cancelled++;
			is("@out[1 .. $#out]", '2|{-1,-3} 0', "$how: no row, cancelled at $moment s");
			my $over = $out[0] - $timeout / 1000;
			$best = $over if !defined $best || $over < $best;
			last if $best < $most;
		}
		push @late, sprintf '%.2f at %.2f', $best, $moment if defined $best && $best >= $most;
	}
	is("@late", '', "$how: ended in time");
	cmp_ok($cancelled, '>=', 2, "$how: was cancelled");
}

# By another session.
my $victim = $node->background_psql('postgres', on_error_stop => 0);
my $pid = $victim->query_safe('SELECT pg_backend_pid()');
$victim->query_safe('BEGIN; INSERT INTO target VALUES (-1); SAVEPOINT here');
$victim->query_until(qr/begun/, "\\echo begun\nSELECT FROM $load{'plain'};\n");
$node->poll_query_until('postgres', "SELECT wait_event IS DISTINCT FROM 'ClientRead' AND query LIKE '%load_csv%' FROM pg_stat_activity WHERE pid = $pid");
$node->safe_psql('postgres', "SELECT pg_sleep(0.2), pg_cancel_backend($pid)");
$victim->query('ROLLBACK TO here; INSERT INTO target VALUES (-2); COMMIT');
like($victim->{stderr}, qr/canceling statement due to user request/, 'cancelled by another session');
$victim->{stderr} = '';
is($victim->query_safe('SELECT array_agg(id ORDER BY id DESC) FROM target'), '{-1,-2}', 'the transaction went on and was committed');

# A lock on what the load waits for: a key that another transaction has inserted, and the table.
$node->safe_psql('postgres', 'TRUNCATE target');
my $holder = $node->background_psql('postgres');
for ([ 'a key', 'INSERT INTO keyed VALUES (300000)', 'keyed', 'by an index' ],
	[ 'the table', 'LOCK TABLE keyed IN SHARE MODE', 'keyed', 'by an index' ])
{
	my ($what, $hold, $table, $how) = @$_;

	$holder->query_safe("BEGIN; $hold");
	my ($status, $out, $error) = $node->psql(
		'postgres', qq{
		BEGIN;
		INSERT INTO target VALUES (-1);
		SAVEPOINT here;
		SET LOCAL lock_timeout = '100ms';
		SELECT FROM $load{$how};
		ROLLBACK TO here;
		INSERT INTO target VALUES (-2);
		COMMIT;
		SELECT array_agg(id ORDER BY id DESC), $rows FROM target;
		DO \$\$
		BEGIN
			SET LOCAL lock_timeout = '100ms';
			PERFORM $load{$how};
		EXCEPTION WHEN lock_not_available THEN
			INSERT INTO target VALUES (-3);
		END \$\$;
		SELECT array_agg(id ORDER BY id DESC), $rows FROM target;
		TRUNCATE target}, on_error_stop => 0);
	like($error, qr/canceling statement due to lock timeout/, "$what: lock_timeout");
	is($out, "{-1,-2}|2\n{-1,-2,-3}|3", "$what: the transaction goes on");
	$holder->query_safe('ROLLBACK');
}
$holder->quit;

# The same session then loads all of it.
is($victim->query_safe("SELECT read, loaded, rejected FROM $load{'plain'}"), '400000|400000|0', 'and then it loads');
$victim->quit;
is_deeply([ glob $node->data_dir . '/base/pgsql_tmp/*' ], [], 'no file is left');
$node->stop;
done_testing();

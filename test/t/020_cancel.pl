# Whatever a session does with models can be cancelled at any moment: it ends
# within 0.2 s, and nothing is left of it: no process, no file, no memory.
#
# Each statement is cancelled at moments spread over the time it takes.  A
# machine that is busy with other things may be late, so a moment that was
# missed is tried again, and the best try counts.  CRIMEML_SLOW says how many
# times slower than usual the server is.
use strict;
use warnings;

use List::Util qw(max min);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $slow = $ENV{CRIMEML_SLOW} || 1;
my $most = 0.2 * $slow;
my $moments = 8;
my $tries = 8;

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
my $features = 'FROM incident, LATERAL (SELECT at, district, geom) f';
my @statement = (
	[ 'training, alone', $alone, qq(SELECT crimeml.forest_agg(offence, f, '{"trees": 4}') $features) ],
	[ 'training by three', $together, qq(SELECT crimeml.forest_agg(offence, f, '{"trees": 12}') $features) ],
	[
		'out of bag, by entropy', $together,
		qq(SELECT crimeml.forest_agg(offence, f, '{"trees": 8, "oob": true, "criterion": "entropy"}') $features)
	],
	[
		'streets', $alone,
		q(SELECT crimeml.tree_agg(offence, f) FROM incident, LATERAL (SELECT street, at) f)
	],
	[
		'absolute deviations', $alone,
		qq(SELECT crimeml.tree_agg(loss, f, '{"criterion": "absolute", "max_depth": 3}')
		FROM incident, LATERAL (SELECT at, district) f)
	],
	[ 'predicting', $alone, 'SELECT count(crimeml.predict(m, i)) FROM model, incident i WHERE id <= 25000' ],
	[ 'evaluating', $alone, q(SELECT e FROM model, crimeml.evaluate(m, 'SELECT *, offence AS label FROM incident WHERE id <= 25000') e) ],
	[ 'reading and writing a model', $alone, 'SELECT length(t::crimeml.model::text) FROM carried' ],
	[ 'describing a model', $alone, 'SELECT crimeml.describe(m) FROM model' ]);

# Seconds that a statement takes, cancelled or not, as the session sees it;
# with a moment to be cancelled at, seconds after that.
sub seconds
{
	my ($settings, $statement, $moment) = @_;
	my $timeout = $moment ? max(1, int($moment * 1000)) : 0;
	my ($status, $out, $error) = $node->psql(
		'postgres', qq{
		$settings;
		SELECT clock_timestamp() AS start \\gset
		SET statement_timeout = $timeout;
		\\o /dev/null
		$statement;
		\\o
		SET statement_timeout = 0;
		SELECT extract(epoch FROM clock_timestamp() - :'start')}, on_error_stop => 0);
	my $cancelled = $error =~ /canceling statement due to statement timeout/;

	# die alone would tell it to the log only
	if ($error && !$cancelled)
	{
		diag($error);
		die $error;
	}
	return $out if !$moment;
	return $cancelled ? $out - $timeout / 1000 : undef;
}

for (@statement)
{
	my ($what, $settings, $statement) = @$_;
	# the first time finds cold caches, and takes longer than all that follow
	my $all = min(map { seconds($settings, $statement) } 1 .. 3);
	my $cancelled = 0;
	my @late;

	for my $i (0 .. $moments - 1)
	{
		my $moment = $all * ($i + 0.5) / $moments;
		my $best;

		for (1 .. $tries)
		{
			my $late = seconds($settings, $statement, $moment);

			next if !defined $late;
			$best = $late if !defined $best || $late < $best;
			last if $best < $most;
		}
		next if !defined $best;
		$cancelled++;
		push @late, sprintf '%.2f at %.2f', $best, $moment if $best >= $most;
	}
	is("@late", '', sprintf '%s: ended in time, at %d moments of %.2f s', $what, $cancelled, $all);
	cmp_ok($cancelled, '>', $moments / 2, "$what: was cancelled");
}
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

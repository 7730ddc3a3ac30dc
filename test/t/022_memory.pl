# crimeml.memory_limit: training that would take more is refused before it
# begins, with what to lower; and what it is said to need is near the truth.
# A load holds a batch, whatever is rejected.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
shared_buffers = 16MB
max_parallel_maintenance_workers = 0
max_parallel_workers_per_gather = 0
crimeml.progress_interval = 0
});
$node->start;
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE incident AS SELECT *, ST_X(geom) + ST_Y(geom) + id * 7919 % 80021 AS x FROM crimeml.simulate_incidents(80000, 1);
	CREATE FUNCTION size(what text) RETURNS int LANGUAGE sql AS
	$$SELECT substring(pg_read_file('/proc/' || pg_backend_pid() || '/status') FROM what || ':\s+(\d+)')::int / 1024$$});

my $features = 'FROM incident, LATERAL (SELECT at, district, geom) f';

# What training says it needs beyond a limit, in MB.
sub said
{
	my ($training, $limit) = @_;
	my ($status, $out, $error) = $node->psql('postgres',
		"SET crimeml.memory_limit = '${limit}MB'; SELECT length((${training})::text) $features");

	return if $status == 0;
	my ($mb) = $error =~ /training on \d+ rows(?: or more)? would need (\d+) [kM]B, above crimeml.memory_limit \(\d+ [kM]B\)/
	  or die $error;
	like($error, qr/HINT:  Lower .*rows.*, or raise crimeml.memory_limit/, "$limit MB: what to lower");
	return $mb;
}

# Every limit below the need refuses, and none above it.
for my $training (
	q(crimeml.forest_agg(offence, f, '{"trees": 30, "min_leaf": 1}')),
	q(crimeml.forest_agg(offence, f, '{"trees": 60, "oob": true}')),
	q(crimeml.forest_agg(x, f, '{"trees": 20, "min_leaf": 1}')))
{
	my $need = said($training, 20);

	cmp_ok(said($training, $need - 1), '==', $need, "$training: needs $need MB, and not 1 less");
	is(said($training, $need), undef, 'and no more');
	cmp_ok(said($training, 2), '>', 2, 'a limit that stops it while it reads');

	# a sanitizer's own memory tells nothing
	next if $ENV{CRIMEML_SLOW};
	my ($before, $peak) = split /\|/, $node->safe_psql(
		'postgres', qq{
		SELECT sum(length(i::text)) AS x FROM incident i, crimeml.simulate_truth() \\gset
		SELECT size('VmRSS') AS before \\gset
		CREATE TABLE m AS SELECT $training AS m $features;
		SELECT :before, size('VmHWM')});
	$node->safe_psql('postgres', 'DROP TABLE m');
	cmp_ok($peak - $before, '<', $need, "took " . ($peak - $before) . ' MB');
	cmp_ok($peak - $before, '>', $need / 2, 'and more than half of what it said');
}

# Files in which every line is bad: as records, as values and for the table, where
# rows are looked for one by one, without a key and with one.
my $files = $node->basedir;
$node->safe_psql(
	'postgres', qq{
	CREATE TABLE numbers (id int CHECK (id > 0), v text);
	COPY (SELECT i || ',"x"' || repeat('x', 1000) FROM generate_series(1, 30000) i) TO '$files/fields.csv';
	COPY (SELECT 'a' || i || ',' || repeat('x', 1000) FROM generate_series(1, 30000) i) TO '$files/values.csv';
	COPY (SELECT -i || ',x' FROM generate_series(1, 20000) i) TO '$files/table.csv'});
for my $bad ([ 'fields', 30000, 'NULL' ], [ 'values', 30000, 'NULL' ], [ 'table', 20000, 'NULL' ], [ 'table', 20000, q('{id}') ])
{
	my ($name, $n, $key) = @$bad;
	my ($counts, $taken) = split /\n/, $node->safe_psql(
		'postgres', qq{
		SELECT sum(length(i::text)) AS x FROM incident i \\gset
		SELECT FROM crimeml.load_csv('numbers', E'1,a\\n-1,b\\n'::bytea, header => false);
		SELECT size('VmRSS') AS before \\gset
		SELECT read, rejected FROM crimeml.load_csv_file('numbers', '$files/$name.csv', '{"id": 1, "v": 2}', header => false, unique_key => $key);
		SELECT size('VmHWM') - :before});
	is($counts, "$n|$n", "$name, key $key: all rejected");
	cmp_ok($taken, '<', 60, "within a batch's memory, $taken MB") if !$ENV{CRIMEML_SLOW};
}

$node->stop;
done_testing();

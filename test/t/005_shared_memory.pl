# What parallel training shares does not need a large /dev/shm: above 4 MB it lies
# in a temporary file.  With dynamic_shared_memory_type = mmap the segments are
# files of the data directory, whose sizes can be seen.
use strict;
use warnings;

use IPC::Run;
use List::Util qw(max);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
dynamic_shared_memory_type = mmap
max_parallel_maintenance_workers = 2
max_parallel_workers_per_gather = 0
crimeml.progress_interval = 0
});
$node->start;
# 700 000 rows of 8 features are 11 MB of bins
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE learn AS
	SELECT 'class ' || i * 7919 % 31 % 5 AS label, i * 31 % 997 AS a, i * 37 % 991 AS b, i * 41 % 983 AS c, i * 43 % 977 AS d,
		i * 47 % 971 AS e, i * 53 % 967 AS f, i * 59 % 953 AS g, i * 61 % 947 AS h
	FROM generate_series(1::bigint, 700000) i});

my $grow = q{SELECT md5(crimeml.model_send(crimeml.forest_agg(label, r, '{"trees": 9, "min_leaf": 500, "max_depth": 6}')))
	FROM learn, LATERAL (SELECT a, b, c, d, e, f, g, h) r};
my $alone = $node->safe_psql('postgres', "SET max_parallel_maintenance_workers = 0; $grow");

# in the background, while another session looks
my ($in, $out, $err) = ("$grow;\n\\q\n", '', '');
my $training = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \$err);
my ($largest, $workers, $temporary) = (0, 0, 0);
while ($training->pump_nb && $out eq '')
{
	my ($segment, $seen, $file) = split /\|/, $node->safe_psql('postgres', q{
		SELECT coalesce(max((pg_stat_file('pg_dynshmem/' || name, true)).size), 0),
			(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'parallel worker' AND query LIKE '%forest_agg%'),
			(SELECT coalesce(max((pg_stat_file('base/pgsql_tmp/' || d || '/' || f, true)).size), 0)
			 FROM pg_ls_dir('base/pgsql_tmp', true, false) d, pg_ls_dir('base/pgsql_tmp/' || d, true, false) f WHERE d LIKE '%.fileset')
		FROM pg_ls_dir('pg_dynshmem') name});

	$workers = max($workers, $seen);
	$largest = max($largest, $segment) if $seen > 0;
	$temporary = max($temporary, $file);
}
$training->finish;
is($err, '', 'training ends well');
chomp $out;
is($out, $alone, 'three processes grow the same trees as one');
cmp_ok($workers, '>', 0, 'workers were seen');
cmp_ok($largest, '>', 0, 'and so was their shared memory');
cmp_ok($largest, '<', 4 * 1024 * 1024, 'which is small');
cmp_ok($temporary, '>', 700000 * 8 * 2, 'what they share lies in a file');

# the file is no way around temp_file_limit, and nothing is left of it
my ($code, $o, $e) = $node->psql('postgres', "SET temp_file_limit = '2MB'; $grow");
like($e, qr/temporary file size exceeds temp_file_limit/, 'temp_file_limit holds');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_ls_tmpdir()}), '0', 'no file is left');

# no workers to be had, and none wanted
foreach my $setting ('max_parallel_maintenance_workers = 0', 'max_parallel_workers = 0')
{
	is($node->safe_psql('postgres', "SET $setting; $grow"), $alone, "the same trees with $setting");
}

$node->stop;
done_testing();

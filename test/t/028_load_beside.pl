# Loads beside others: a key that another session puts in or changes meanwhile; in
# databases of other encodings; and the log of loads as pg_dump takes it.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE record (id int PRIMARY KEY, v text);
	INSERT INTO record VALUES (1, 'old')});

# The other's row is not there yet when the load looks, and is when it has waited.
my $sums = 'loaded, updated, rejected, duplicates';
my $load = q{crimeml.load_csv('record', E'id,v\n1,new\n2,new\n3,new\n'::bytea, unique_key => '{id}', on_duplicate => '%s')};
my $other = $node->background_psql('postgres');
my $loader = $node->background_psql('postgres');
my $pid = $loader->query_safe('SELECT pg_backend_pid()');

sub beside
{
	my ($before, $how) = @_;

	$node->safe_psql('postgres', "TRUNCATE record; INSERT INTO record VALUES (1, 'old')");
	$other->query_safe("BEGIN; $before");
	$loader->query_until(qr/begun/, "\\echo begun\nSELECT $sums FROM " . sprintf($load, $how) . ";\n");
	$node->poll_query_until('postgres', "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = $pid");
	$other->query_safe('COMMIT');
	my $out = $loader->query_safe('SELECT 0');
	$out =~ s/\n0$//;
	return $out . ' ' . $node->safe_psql('postgres', q{SELECT string_agg(v, ' ' ORDER BY id) FROM record});
}
is(beside(q{INSERT INTO record VALUES (2, 'other')}, 'update'), '1|2|0|0 new new new', 'a key that another put in meanwhile is updated');
is(beside(q{UPDATE record SET v = 'other' WHERE id = 1}, 'update'), '2|1|0|0 new new new', 'and one that another changed meanwhile');
is(beside(q{INSERT INTO record VALUES (2, 'new')}, 'update'), '1|1|0|1 new new new', 'one that is the same is a duplicate');
is(beside(q{INSERT INTO record VALUES (2, 'other')}, 'skip'), '1|0|0|2 old other new', 'or left alone');
$other->quit;
$loader->quit;

# What is no UTF-8 is rejected in every encoding, also where a database checks none.
foreach my $encoding ('UTF8', 'SQL_ASCII', 'LATIN1')
{
	my $name = lc $encoding;

	$node->safe_psql('postgres', "CREATE DATABASE $name ENCODING '$encoding' TEMPLATE template0");
	my $out = $node->safe_psql($name, q{
		CREATE EXTENSION crimeml CASCADE;
		CREATE TABLE t (id int, v text);
		SELECT loaded, rejected FROM crimeml.load_csv('t', E'id,v\n1,caf'::bytea || '\xc3a9'::bytea || E'\n2,caf'::bytea || '\xe9'::bytea
			|| E'\n3,'::bytea || '\xff'::bytea || E'\n4,'::bytea || '\xeda080'::bytea || E'\n5,ok\n'::bytea);
		SELECT string_agg(line || ' ' || content, ', ' ORDER BY line) FROM crimeml.rejected_rows;
		SELECT string_agg(id || ' ' || encode(convert_to(v, 'UTF8'), 'hex'), ', ' ORDER BY id) FROM t});
	is($out, "2|3\n3 2,caf\\xe9, 4 3,\\xff, 5 4,\\xed\\xa0\\x80\n1 636166c3a9, 5 6f6b", "$encoding: bytes that are no UTF-8 are rejected");
}

# The log is restored as it was.
my $log = 'SELECT load_id, read, loaded, updated, rejected, duplicates FROM crimeml.loads ORDER BY load_id';
my $dump = $node->basedir . '/dump.sql';
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('copy') ], 'psql');
my $before = $node->safe_psql('postgres', $log);
like($before, qr/^1\|3\|1\|2\|0\|0$/m, 'the log says what was updated');
is($node->safe_psql('copy', $log), $before, 'and does so after a restore');

$node->stop;
done_testing();

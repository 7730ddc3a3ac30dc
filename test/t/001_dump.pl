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
$node->safe_psql('source', 'CREATE EXTENSION crimeml CASCADE');

my $dump = $node->backup_dir . '/source.sql';
mkdir $node->backup_dir;
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('source') ], 'pg_dump');
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('target') ],
	'the dump restores without an error');

my $objects = q{
	SELECT pg_describe_object(classid, objid, objsubid)
	FROM pg_depend
	WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
		AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'crimeml')
	ORDER BY 1};
is($node->safe_psql('target', $objects),
	$node->safe_psql('source', $objects), 'the same objects belong to the extension');

$node->stop;
done_testing();

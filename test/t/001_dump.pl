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
$node->safe_psql(
	'source', q{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE incident AS SELECT * FROM crimeml.simulate_incidents(5000, 1);
	CREATE TABLE model AS
	SELECT crimeml.forest_agg(offence, f, '{"trees": 10}') AS forest, crimeml.tree_agg(offence, f) AS tree
	FROM incident, LATERAL (SELECT at, district, geom) f;
	CREATE TABLE density AS SELECT crimeml.kde('incident') AS grid;
	CREATE VIEW guess AS SELECT id, crimeml.predict(forest, i) AS offence FROM model, incident i});

# what is asked of both databases
my %question = (
	'the objects of the extension' => q{
		SELECT pg_describe_object(classid, objid, objsubid)
		FROM pg_depend
		WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
			AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'crimeml')
		ORDER BY 1},
	'models, byte for byte' => 'SELECT md5(forest::text), md5(tree::text) FROM model',
	'grids, byte for byte' => 'SELECT md5(grid::text) FROM density',
	'predictions' => 'SELECT md5(string_agg(offence, \',\' ORDER BY id)) FROM guess');
my %answer = map { $_ => $node->safe_psql('source', $question{$_}) } keys %question;

my $dump = $node->backup_dir . '/source.sql';
mkdir $node->backup_dir;
$node->command_ok([ 'pg_dump', '-f', $dump, $node->connstr('source') ], 'pg_dump');
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, '-d', $node->connstr('target') ],
	'the dump restores without an error');
is($node->safe_psql('target', $question{$_}), $answer{$_}, $_) for sort keys %question;

# the binary form, too
my $copy = $node->backup_dir . '/model.bin';
$node->safe_psql('source', "COPY model TO '$copy' (FORMAT binary)");
$node->safe_psql('target', "TRUNCATE model; COPY model FROM '$copy' (FORMAT binary)");
is( $node->safe_psql('target', $question{'models, byte for byte'}),
	$answer{'models, byte for byte'},
	'models in binary');

$node->stop;
done_testing();

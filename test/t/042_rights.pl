# The grants of README.md are what an analyst needs: with them she loads, trains,
# predicts, maps and reports, and writes files; without them she does not.
use strict;
use warnings;

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = dirname(dirname(dirname(__FILE__)));
my ($section) = slurp_file("$top/README.md") =~ /^## Who may do what\n(.*?)^## /ms;
my @grants = $section =~ /^```sql\n(.*?)^```/msg;
is(scalar(@grants), 2, 'README grants the work, and then files of the server');

my $node = PostgreSQL::Test::Cluster->new('rights');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE incident AS SELECT * FROM crimeml.simulate_incidents(5000, 1);
	CREATE ROLE reader;
	GRANT SELECT ON incident TO reader});
my $dir = PostgreSQL::Test::Utils::tempdir();
append_to_file("$dir/incident.csv", "id,offence\n1,Theft\n2,Robbery\n");

my $csv = q{E'id,offence\n1,Theft\n2,Robbery\n'::bytea};
my @open = (
	[ 'infer_csv', "SELECT count(*) FROM crimeml.infer_csv($csv)", 2 ],
	[ 'train', q{SELECT crimeml.describe(crimeml.forest_agg(offence, f, '{"trees": 3}')) ->> 'rows'
		FROM incident i, LATERAL (SELECT i.at, i.district, i.geom) f}, 5000 ],
	[ 'predict and evaluate', q{WITH m AS (SELECT crimeml.tree_agg(offence, f) AS model
			FROM incident i, LATERAL (SELECT i.at, i.district) f)
		SELECT (SELECT count(crimeml.predict(model, i)) FROM m, incident i),
			(SELECT value FROM m, crimeml.evaluate(model, 'SELECT offence AS label, at, district FROM incident') WHERE metric = 'rows')}, '5000|5000' ],
	[ 'hotspots', q{SELECT count(*) > 0 FROM crimeml.hotspots('incident', 200, 20)}, 't' ],
	[ 'dbscan', q{SELECT count(h) > 0 FROM (SELECT crimeml.dbscan(geom, 200, 20) OVER () AS h FROM incident) d}, 't' ],
	[ 'kde and report', q{SELECT length(crimeml.report_html('x', crimeml.html_image(crimeml.heatmap_png(crimeml.kde('incident'))),
		crimeml.html_table('incident'))) > 10000}, 't' ]);
my @loads = (
	[ 'create_table_for_csv', "SELECT crimeml.create_table_for_csv('mine', $csv)", 'mine' ],
	[ 'load_csv', "CREATE TABLE loaded (id int PRIMARY KEY, offence text);
		SELECT loaded FROM crimeml.load_csv('loaded', $csv, unique_key => '{id}')", 2 ],
	[ 'the log of loads', 'SELECT loaded FROM crimeml.loads', 2 ]);
my @files = (
	[ 'load_csv_file', "CREATE TABLE IF NOT EXISTS filed (id int, offence text);
		SELECT loaded FROM crimeml.load_csv_file('filed', '$dir/incident.csv')", 2 ],
	[ 'write_file', "SELECT crimeml.write_file('$dir/x.txt', 'abc'::text), crimeml.write_file('$dir/x.bin', 'abc'::bytea)", '3|3' ]);

sub as
{
	my ($role, $sql) = @_;
	my ($out, $err);

	$node->psql('postgres', "SET ROLE $role; SET search_path = analysis, public; $sql", stdout => \$out, stderr => \$err);
	return ($out, $err);
}

# What a role can do, and what it is told that it may not.
sub can
{
	my ($role, @calls) = @_;

	for my $call (@calls)
	{
		my ($out, $err) = as($role, $call->[1]);
		is($out, $call->[2], "$role: $call->[0]") or diag($err);
	}
}

sub cannot
{
	my ($role, @calls) = @_;

	for my $call (@calls)
	{
		my ($out, $err) = as($role, $call->[1]);
		like($err, qr/ERROR: .*(permission denied|must be|privilege)/, "$role may not: $call->[0]");
	}
}

$node->safe_psql('postgres', $grants[0]);
can('reader', @open);
cannot('reader', @loads[ 0, 1 ], @files);
can('crime_analyst', @open, @loads);
cannot('crime_analyst', @files);
$node->safe_psql('postgres', $grants[1]);
can('crime_analyst', @files);

# and nobody but a superuser installs
my ($out, $err);
$node->safe_psql('postgres', 'CREATE DATABASE other; ALTER DATABASE other OWNER TO crime_analyst');
$node->safe_psql('other', 'CREATE EXTENSION postgis');
$node->psql('other', 'SET ROLE crime_analyst; CREATE EXTENSION crimeml', stdout => \$out, stderr => \$err);
like($err, qr/permission denied to create extension "crimeml"/, 'the owner of a database may not install');

$node->stop;
done_testing();

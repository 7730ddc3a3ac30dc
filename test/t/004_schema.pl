# A schema "crimeml" that was there before is taken for the extension only where
# nobody else can have put anything into it, or can do so later.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
my $n = 0;
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE mallory LOGIN; CREATE ROLE chief LOGIN; CREATE ROLE root2 LOGIN SUPERUSER');

# What CREATE EXTENSION says after some SQL, in a database of its own.
sub created
{
	my ($before, @options) = @_;
	my $database = 'city' . ++$n;

	$node->safe_psql('postgres', "CREATE DATABASE $database OWNER chief; GRANT CREATE ON DATABASE $database TO mallory");
	$node->safe_psql($database, "CREATE EXTENSION postgis; $before");
	my ($code, $out, $err) = $node->psql($database, 'CREATE EXTENSION crimeml', @options);
	return $err;
}

my %trap = (
	'a domain that is called geometry' => 'CREATE DOMAIN crimeml.geometry AS public.geometry',
	'a function' => q{CREATE FUNCTION crimeml.st_x(text) RETURNS float8 LANGUAGE sql AS 'SELECT 1.0::float8'},
	'an operator' => 'CREATE OPERATOR crimeml.= (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_catalog.textcat)',
	'a table' => 'CREATE TABLE crimeml.loads (i int)',
	'a collation' => q{CREATE COLLATION crimeml.c (locale = 'C')},
	'a type' => 'CREATE TYPE crimeml.model AS (i int)');
foreach my $what (sort keys %trap)
{
	like(created("CREATE SCHEMA crimeml; $trap{$what}"), qr/schema "crimeml" exists and is not empty\nDETAIL:  It holds, for one, .+\n/,
		"$what is refused");
}
like(created('SET ROLE mallory; CREATE SCHEMA crimeml; RESET ROLE'), qr/others than superusers may create.*\nDETAIL:  One of them is: mallory/,
	'an empty schema of somebody else is refused');
like(created('CREATE SCHEMA crimeml; GRANT CREATE ON SCHEMA crimeml TO mallory'), qr/One of them is: mallory/,
	'and one in which somebody else may create');
like(created('CREATE SCHEMA crimeml; GRANT CREATE ON SCHEMA crimeml TO PUBLIC'), qr/others than superusers may create/,
	'or everybody');
is(created('CREATE SCHEMA crimeml'), '', 'an empty schema of one\'s own is taken');
is(created('CREATE SCHEMA crimeml AUTHORIZATION root2'), '', 'and one of another superuser, as a restore makes it');
is(created('CREATE EXTENSION crimeml; DROP EXTENSION crimeml'), '', 'and what the extension itself left');

# Names in the search path stand for nothing that PostgreSQL or PostGIS has.
# (What PostGIS itself asks, as ST_Transform does of spatial_ref_sys, it asks by
# the search path.)
is(created(q{
	CREATE SCHEMA trap;
	CREATE FUNCTION trap.postgis_trap(public.geometry) RETURNS float8 LANGUAGE plpgsql AS
	$$BEGIN RAISE EXCEPTION 'trapped'; END$$;
	CREATE FUNCTION trap.st_x(public.geometry) RETURNS float8 LANGUAGE sql AS 'SELECT trap.postgis_trap($1)';
	CREATE FUNCTION trap.st_y(public.geometry) RETURNS float8 LANGUAGE sql AS 'SELECT trap.postgis_trap($1)';
	CREATE FUNCTION trap.st_srid(public.geometry) RETURNS int LANGUAGE sql AS 'SELECT trap.postgis_trap($1)::int';
	CREATE FUNCTION trap.equal(int, int) RETURNS bool LANGUAGE plpgsql AS
	$$BEGIN RAISE EXCEPTION 'trapped'; END$$;
	CREATE OPERATOR trap.= (LEFTARG = int, RIGHTARG = int, FUNCTION = trap.equal);
	CREATE TABLE trap.spatial_ref_sys (srid int, srtext text, proj4text text);
	CREATE TABLE trap.pg_class (i int)}), '', 'a database with traps');
my $answer = $node->safe_psql("city$n", q{
	SET search_path = trap, pg_catalog, public;
	CREATE TABLE public.incident AS SELECT * FROM crimeml.simulate_incidents(3000);
	SELECT count(*) FROM crimeml.hotspots('public.incident', 500, 30);
	SELECT crimeml.describe(crimeml.kde('public.incident', '{"cell_size": 500, "bandwidth": 1500}')) ->> 'srid';
	SELECT loaded FROM crimeml.load_csv('public.incident', convert_to(E'id,geom\n90001,POINT(480000 4430000)\n', 'UTF8'),
		'{"id": "id", "geom": {"from": "geom", "srid": 26918}}', unique_key => '{id}');
	SELECT count(*) FROM (SELECT crimeml.dbscan(geom, 500, 30) OVER (ORDER BY id) FROM public.incident) d;
	SELECT length(crimeml.html_table('public.incident')) > 1000});
unlike($answer, qr/trapped/, 'a search path full of traps catches nothing');
like($answer, qr/26918\n1\n3001\nt/, 'and answers are right');

$node->stop;
done_testing();

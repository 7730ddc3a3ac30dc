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

# What PostGIS itself asks, of spatial_ref_sys for an SRID that the session does
# not know yet, it asks by the search path: each in a session of its own.
$node->safe_psql("city$n", q{
	CREATE TABLE public.loaded (id int, geom public.geometry, point public.geometry(Point, 26918), earth public.geography);
	CREATE TABLE public.grid AS SELECT crimeml.kde('public.incident', '{"cell_size": 500, "bandwidth": 1500}') AS grid;
	CREATE TABLE public.line AS SELECT i, public.ST_SetSRID(public.ST_MakeLine(public.ST_MakePoint(i * 0.001, 40), public.ST_MakePoint(i * 0.001, 40.001)), 4269)::public.geography AS geom
		FROM generate_series(1, 9) i;
	CREATE TABLE public.degrees AS SELECT public.ST_Transform(geom, 4326) AS geom FROM public.incident;
	CREATE TABLE public.mixed AS SELECT geom FROM public.incident
		UNION ALL SELECT public.ST_Transform(public.ST_FlipCoordinates(public.ST_Transform(geom, 4326)), 26918) FROM (SELECT geom FROM public.incident LIMIT 9) i});
my $load = q{SELECT loaded FROM crimeml.load_csv('public.loaded', convert_to(E'id,x,y,shape\n1,%s\n', 'UTF8'), '{"id": "id", %s}')};
my @asks = (
	[ 'load_csv, points', sprintf($load, '-75,40,', '"point": {"from": ["x", "y"], "srid": 4326}'), 1 ],
	[ 'load_csv, points that are told', sprintf($load, '480000,4430000,', '"point": {"from": ["x", "y"], "srid": 26918}'), 1 ],
	[ 'load_csv, shapes', sprintf($load, ',,POINT(-75 40)', '"geom": {"from": "shape", "srid": 4326, "transform": 26918}'), 1 ],
	[ 'load_csv, shapes with an SRID of their own', sprintf($load, ',,SRID=2272;POINT(2690000 240000)', '"geom": {"from": "shape", "srid": 4326, "transform": 26918}'), 1 ],
	[ 'load_csv, shapes with an SRID of their own in bounds', sprintf($load, ',,SRID=2272;POINT(2690000 240000)', '"geom": {"from": "shape", "srid": 4326, "bounds": [-76, 39, -74, 41]}'), 1 ],
	[ 'load_csv, geography', sprintf($load, '480000,4430000,', '"earth": {"from": ["x", "y"], "srid": 26918, "transform": 4326}'), 1 ],
	[ 'cells', 'SELECT count(*) > 9 FROM public.grid, crimeml.cells(grid) WHERE longitude < -74', 't' ],
	[ 'tile_png', 'SELECT length(crimeml.tile_png(grid, 11, 597, 775)) > 99 FROM public.grid', 't' ],
	[ 'dbscan of geographies', 'SELECT max(d) FROM (SELECT crimeml.dbscan(geom, 120, 2) OVER () AS d FROM public.line) d', 0 ],
	[ 'kde of degrees', q{SELECT crimeml.describe(crimeml.kde('public.degrees', '{"auto_project": true, "cell_size": 500, "bandwidth": 1500}')) ->> 'srid'}, 32618 ],
	[ 'hotspots with exchanged points', q{SELECT count(*) > 0 FROM crimeml.hotspots('public.mixed', 500, 30)}, 't' ]);
foreach my $ask (@asks)
{
	my ($name, $query, $expected) = @$ask;
	my ($code, $out, $err) = $node->psql("city$n", "SET search_path = trap, pg_catalog, public; $query");

	is("$out $code", "$expected 0", "no trap in what PostGIS asks for $name");
	unlike($err, qr/trapped/, 'nor a word of one');
}

# Where an SRID is not known, PostGIS's error comes out of a connection to SPI of its own.
my ($code, $out, $err) = $node->psql("city$n", q{
	DELETE FROM spatial_ref_sys WHERE srid = 4326;
	SELECT count(*) > 0 FROM crimeml.hotspots('public.mixed', 500, 30)});
is("$out $code", 't 0', 'without SRID 4326 no place is exchanged');
unlike($err, qr/WARNING|ERROR|SPI/, 'and nothing is left connected');

$node->stop;
done_testing();

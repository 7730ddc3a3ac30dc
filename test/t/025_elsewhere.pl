# A model says the same wherever it is carried: by dump, as text, in binary, into a
# database of another encoding, and to a machine of which libm computes otherwise.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', "CREATE DATABASE $_->[0] ENCODING '$_->[1]' TEMPLATE template0")
  for [ 'home', 'UTF8' ], [ 'other', 'UTF8' ], [ 'latin', 'LATIN1' ], [ 'cyrillic', 'KOI8R' ];

# classes, levels and names of columns beyond ASCII
my $incidents = q{
	SET client_encoding = 'UTF8';
	SET TimeZone = 'UTC';
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE incident AS
	SELECT i AS id, i * 31 % 24 AS "größe", (ARRAY['Zürich', 'Genève', 'Malmö', NULL, 'Bern'])[1 + i * 7919 % 5] AS town,
		timestamptz '2024-01-01' + i * interval '3 hours' AS at, ST_SetSRID(ST_MakePoint(i % 100, i % 77), 26918) AS geom,
		CASE WHEN i * 31 % 24 > 17 THEN 'Überfall' WHEN i % 5 = 1 THEN 'Vandalisme à vélo' ELSE 'Diebstahl' END AS offence,
		(i % 13)::float8 AS loss
	FROM generate_series(1, 600) i};
$node->safe_psql(
	'home', qq{
	$incidents;
	CREATE TABLE model AS SELECT
		crimeml.forest_agg(offence, f, '{"trees": 8, "oob": true, "smoothing": 1}') AS forest,
		crimeml.tree_agg(offence, f, '{"min_leaf": 2}') AS tree,
		crimeml.forest_agg(loss, f, '{"trees": 5}') AS number
	FROM incident, LATERAL (SELECT "größe", town, at, geom) f});

# what the models say, as UTF-8 to the byte
my $says = q{
	SET client_encoding = 'UTF8';
	SET TimeZone = 'UTC';
	SELECT crimeml.describe(forest), crimeml.describe(tree), crimeml.describe(number) FROM model;
	SELECT c.class, c.share FROM model, crimeml.classes(forest) c;
	SELECT x.feature, x.importance FROM model, crimeml.importance(forest) x;
	SELECT crimeml.predict(forest, f), crimeml.predict(tree, f), crimeml.predict_value(number, f),
		crimeml.predict_probability(forest, f, 'Überfall'), crimeml.predict(tree, to_jsonb(f) - 'geom' || '{"geom": null}')
	FROM model, (SELECT "größe", town, at, geom FROM incident ORDER BY id) f;
	SELECT * FROM model, crimeml.confusion(forest, 'SELECT *, offence AS label FROM incident') c};
my $bytes = 'SELECT md5(forest::text), md5(tree::text), md5(number::text) FROM model';
my $at_home = $node->safe_psql('home', $says);
my $md5 = $node->safe_psql('home', $bytes);
like($at_home, qr/Überfall.*Vandalisme à vélo/s, 'names are as they were') or note($at_home);

my $dir = $node->backup_dir;
mkdir $dir;
$node->command_ok([ 'pg_dump', '-f', "$dir/dump.sql", $node->connstr('home') ], 'pg_dump');
$node->safe_psql('home', "COPY model TO '$dir/model.bin' (FORMAT binary); COPY model TO '$dir/model.txt'");

$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/dump.sql", '-d', $node->connstr($_) ],
	"restored in $_")
  for 'other', 'latin';
is($node->safe_psql($_, $bytes), $md5, "$_: the same bytes") for 'other', 'latin';
is($node->safe_psql($_, $says), $at_home, "$_: says the same") for 'other', 'latin';

for my $form ('binary', 'text')
{
	my $file = $form eq 'binary' ? 'model.bin' : 'model.txt';

	for my $database ('other', 'latin')
	{
		$node->safe_psql($database, "TRUNCATE model; COPY model FROM '$dir/$file' (FORMAT $form)");
		is($node->safe_psql($database, $bytes), $md5, "$database, as $form: the same bytes");
		is($node->safe_psql($database, $says), $at_home, "$database, as $form: says the same");
	}
}

# training there gives the same bytes, too
is( $node->safe_psql(
		'latin', q{
		SET TimeZone = 'UTC';
		SET client_encoding = 'UTF8';
		SELECT md5(crimeml.forest_agg(offence, f, '{"trees": 8, "oob": true, "smoothing": 1}')::text)
		FROM incident, LATERAL (SELECT "größe", town, at, geom) f}),
	$node->safe_psql('home', 'SELECT md5(forest::text) FROM model'),
	'latin: training gives the same bytes');

# where an encoding lacks the letters it says so
my ($status, $out, $error) = $node->psql(
	'cyrillic', qq{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE model (forest crimeml.model, tree crimeml.model, number crimeml.model);
	COPY model FROM '$dir/model.bin' (FORMAT binary)});
isnt($status, 0, 'cyrillic: a model with other letters is refused');
like($error, qr/has no equivalent in encoding "KOI8R"/, 'and the error says why');

# The same numbers where libm has other code for exp, sin and the like: without
# fused multiplication and AVX2, as on older machines.  That this changes libm is
# seen by PostgreSQL's own functions.
my $libm = q{SELECT md5(string_agg(concat(exp(i / 70.0::float8), sin(i / 7.0::float8), ln(i / 7.0::float8), power(i / 7.0::float8, 1.37)), ' ')) FROM generate_series(1, 20000) i};
$node->safe_psql(
	'home', q{
	CREATE TABLE series AS
	SELECT timestamptz '2020-01-01' + i * interval '1 day' AS at, s::text AS series, 3 + s * 4 + i % 7 + i * 7919 % 5 AS value
	FROM generate_series(0, 799) i, generate_series(0, 2) s;
	CREATE TABLE fitted AS
	SELECT 'level' AS name, crimeml.level_agg(at, value, series, NULL) AS m FROM series
	UNION ALL SELECT 'level ms', crimeml.level_agg(at, value, series, '{"variant": "ms"}') FROM series
	UNION ALL SELECT 'ets', crimeml.ets_agg(at, value, series, NULL) FROM series
	UNION ALL SELECT 'arima', crimeml.arima_agg(at, value, series, NULL) FROM series
	UNION ALL SELECT 'lstm', crimeml.lstm_agg(at, value, series, '{"hidden": 8}') FROM series});
my @forecasts = map { [ $_, "SELECT md5(string_agg(concat_ws(' ', series, step, forecast, level, lower, upper), ',' ORDER BY series, step, level)) FROM fitted, crimeml.forecast(m, 60, '{0.5,0.95}') f WHERE name = '$_'" ] }
  ('level', 'level ms', 'ets', 'arima', 'lstm');
my @before = map { $node->safe_psql('home', $_) } ($libm, $says, map { $_->[1] } @forecasts);
my $usual = $ENV{GLIBC_TUNABLES};
$node->stop;
$ENV{GLIBC_TUNABLES} = 'glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable';
$node->start;
SKIP:
{
	skip 'libm computes the same without FMA here', 6 if $node->safe_psql('home', $libm) eq $before[0];
	is($node->safe_psql('home', $says), $before[1], 'without FMA: trees and forests say the same');
	is($node->safe_psql('home', $forecasts[$_][1]), $before[ $_ + 2 ], "without FMA: $forecasts[$_][0] forecasts the same numbers") for 0 .. $#forecasts;
}

$node->stop;
if (defined $usual) { $ENV{GLIBC_TUNABLES} = $usual } else { delete $ENV{GLIBC_TUNABLES} }
done_testing();

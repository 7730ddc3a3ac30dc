# Gi* against spdep's localG, and the accuracy of maps against plain sums
# (../shared/golden, g4_gistar and g9_pai): every cell, every share.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = dirname(abs_path(__FILE__)) . '/../../../shared';
my $golden = "$shared/golden";
plan skip_all => 'the golden references are not here'
  unless -r "$golden/g4_gistar/gistar_burglaries_1000m.csv" && -r "$golden/g9_pai/pai.json"
  && -r "$shared/data/chicago/burglaries.csv";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION crimeml CASCADE');

# the rows of a CSV file without quotes, as arrays; the first one is the head
sub rows
{
	my ($path) = @_;
	my @how = $path =~ /\.gz$/ ? ('-|', 'gzip', '-dc', $path) : ('<', $path);
	my $mode = shift @how;
	open my $file, $mode, @how or die "$path: $!";
	my @rows = map { s/[\r\n]+//r } <$file>;
	return map { [ split /,/ ] } @rows;
}

# a table of points
sub load
{
	my ($name, $srid, @points) = @_;
	$node->safe_psql('postgres',
		"CREATE TABLE $name AS SELECT ST_SetSRID(ST_MakePoint(x, y), $srid) AS geom FROM (VALUES "
		  . join(',', map { "($_->[0],$_->[1])" } @points) . ') v(x, y)');
}

# ---- Gi*
my ($csv_head, @burglaries) = rows("$shared/data/chicago/burglaries.csv");
load('burglaries', 26971, @burglaries);
my ($head, @want) = rows("$golden/g4_gistar/gistar_burglaries_1000m.csv");
my %column = map { $head->[$_] => $_ } 0 .. $#$head;
$node->safe_psql('postgres', q{
	CREATE TABLE counted AS SELECT crimeml.grid_count_agg(geom,
		ST_MakeEnvelope(338000, 551000, 370000, 597000, 26971), '{"cell_size": 1000}') AS grid
	FROM burglaries});
my %distance = (gistar_queen => 'NULL', gistar_rook => '1000', gistar_dist2500 => '2500');
foreach my $name (sort keys %distance)
{
	my @got = split /\n/, $node->safe_psql('postgres',
		"SELECT z FROM counted, crimeml.gi_star(grid, $distance{$name}) ORDER BY cell");
	is(scalar(@got), scalar(@want), "$name: number of cells");
	my $worst = 0;
	foreach my $i (0 .. $#want)
	{
		my $error = abs($got[$i] - $want[$i]->[ $column{$name} ]);
		$worst = $error if $error > $worst;
	}
	cmp_ok($worst, '<', 1e-10, "$name: z");
}

# only the occupied cells: the others have no data
my @got = map { [ split /\|/ ] } split /\n/, $node->safe_psql('postgres', q{
	SELECT cell, z FROM counted, crimeml.gi_star(crimeml.grid_multiply(grid, crimeml.grid_divide(grid, grid)))});
my @occupied = grep { $want[$_]->[ $column{gistar_queen_occupied} ] ne '' } 0 .. $#want;
my $worst = 0;
is(join(',', map { $_->[0] } @got), join(',', @occupied), 'occupied cells');
foreach my $row (@got)
{
	my $error = abs($row->[1] - $want[ $row->[0] ]->[ $column{gistar_queen_occupied} ]);
	$worst = $error if $error > $worst;
}
cmp_ok($worst, '<', 1e-10, 'occupied cells: z');

# ---- accuracy
my ($train_head, @train) = rows("$golden/inputs/philadelphia_thefts_2018_26918.csv.gz");
my ($test_head, @later) = rows("$golden/inputs/philadelphia_thefts_2019_26918.csv.gz");
my %at = map { $test_head->[$_] => $_ } 0 .. $#$test_head;
my @january = grep { $_->[ $at{dispatch_date} ] =~ /^2019-01/ } @later;
load('thefts', 26918, map { [ @$_[ $at{x}, $at{y} ] ] } @train);
load('january', 26918, map { [ @$_[ $at{x}, $at{y} ] ] } @january);

# the cells of any incident in 2018, as a grid that has data nowhere else
my ($cell_head, @cells) = rows("$golden/g9_pai/cells.csv.gz");
my %field = map { $cell_head->[$_] => $_ } 0 .. $#$cell_head;
load('any_incident', 26918,
	map { [ 476250 + 250 * $_->[ $field{col} ] + 125, 4414000 + 250 * $_->[ $field{row} ] + 125 ] }
	grep { $_->[ $field{train} ] > 0 || $_->[ $field{test} ] > 0 || $_->[ $field{any_2018} ] > 0 } @cells);

my $bounds = 'ST_MakeEnvelope(476250, 4414000, 476250 + 109 * 250, 4414000 + 115 * 250, 26918)';
my %map = (
	quartic_h500 => qq[crimeml.kde_agg(geom, $bounds, '{"cell_size": 250, "bandwidth": 500}')],
	quartic_h1000 => qq[crimeml.kde_agg(geom, $bounds, '{"cell_size": 250, "bandwidth": 1000}')],
	gaussian_h250 => qq[crimeml.kde_agg(geom, $bounds, '{"cell_size": 250, "bandwidth": 250, "kernel": "gaussian"}')],
	count_2018 => qq[crimeml.grid_count_agg(geom, $bounds, '{"cell_size": 250}')]);
my $count = $map{count_2018};
$node->safe_psql('postgres', "CREATE TABLE area AS SELECT crimeml.grid_divide(a, a) AS one FROM (SELECT $count FROM any_incident) x(a)");
$node->safe_psql('postgres', "CREATE TABLE map_$_ AS SELECT $map{$_} AS grid FROM thefts") foreach keys %map;

my $pai = decode_json(do { local $/; open my $f, '<', "$golden/g9_pai/pai.json" or die $!; <$f> });
my %baseline = map { ("$_->{area} $_->{frac}" => $_->{pai}) }
  grep { $_->{score} eq 'count_2018' } @{ $pai->{results} };
foreach my $r (@{ $pai->{results} })
{
	my $grid = $r->{area} =~ /^A/ ? 'grid' : 'crimeml.grid_multiply(grid, one)';
	my @row = split /\|/, $node->safe_psql('postgres', qq{
		SELECT incidents, area_km2, hit_rate, pai, pei, baseline_pai
		FROM map_$r->{score}, area, crimeml.grid_accuracy($grid, 'january', ARRAY[$r->{frac}], (SELECT grid FROM map_count_2018))});
	my $name = "$r->{area}, $r->{score}, $r->{frac}";

	is($row[0], $r->{hits}, "$name: incidents");
	is($row[1], $r->{k} / 16, "$name: area");
	cmp_ok(abs($row[2] / $r->{hit_rate} - 1), '<', 1e-12, "$name: hit rate");
	cmp_ok(abs($row[3] / $r->{pai} - 1), '<', 1e-12, "$name: PAI");
	cmp_ok(abs($row[4] / $r->{pei} - 1), '<', 1e-12, "$name: PEI");
	cmp_ok(abs($row[5] / $baseline{"$r->{area} $r->{frac}"} - 1), '<', 1e-12, "$name: PAI of the counts");
}

$node->stop;
done_testing();

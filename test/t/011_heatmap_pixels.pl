# What a heatmap shows, pixel by pixel: the hot cell is red and where it should
# be, the cool one is blue or green, and zero is clear.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use Png;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION crimeml CASCADE');

# ten by ten cells: 100 incidents in the south-west, 4 in the north-east
my $grid = q{
	SELECT crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint(x, y), 26918), weight,
		ST_MakeEnvelope(0, 0, 1000, 1000, 26918), '{"cell_size": 100}')
	FROM (VALUES (150, 150, 100), (850, 850, 4)) v(x, y, weight)};
my %is = (
	red => sub { my ($r, $g, $b, $a) = @_; $r > 150 && $g < 80 && $b < 80 && $a > 200 },
	cool => sub { my ($r, $g, $b, $a) = @_; $g > $r && $b > $r && $a > 200 });

foreach my $background ('white', 'transparent')
{
	my $hex = $node->safe_psql('postgres',
		"SELECT encode(crimeml.heatmap_png(($grid), width => 400, background => '$background'), 'hex')");
	my $rows = png_pixels(pack 'H*', $hex);
	is(scalar(@{ $rows->[0] }), 400, 'width');
	# the map is 400 less two margins wide, and begins one margin from the top
	my $margin = 0;
	$margin++ while $margin < 100 && join(',', @{ $rows->[200][$margin] }) eq join(',', @{ $rows->[200][0] });
	$margin++;    # the frame
	my $cell = (400 - 2 * $margin) / 10;
	my $look = sub { my ($i, $j) = @_; return @{ $rows->[ $margin + (9.5 - $j) * $cell ][ $margin + ($i + 0.5) * $cell ] } };
	ok($is{red}->($look->(1, 1)), "$background: hot is red") or diag join ' ', $look->(1, 1);
	ok($is{cool}->($look->(8, 8)), "$background: cool is blue or green") or diag join ' ', $look->(8, 8);
	foreach my $empty ([ 0, 1 ], [ 2, 1 ], [ 1, 0 ], [ 1, 2 ], [ 8, 1 ], [ 1, 8 ])
	{
		my ($r, $g, $b, $a) = $look->(@$empty);
		ok($background eq 'white' ? $r > 240 && $g > 240 && $b > 240 : $a == 0, "$background: @$empty is clear")
		  or diag "$r $g $b $a";
	}
}

# an outline is a dark line where it should be, and leaves the rest as it was
my $lined = png_pixels(pack 'H*', $node->safe_psql('postgres', qq{
	SELECT encode(crimeml.heatmap_png(($grid), width => 400,
		outline => ST_SetSRID('LINESTRING(200 500, 2000 500)'::geometry, 26918)), 'hex')}));
my $plain = png_pixels(pack 'H*', $node->safe_psql('postgres',
		"SELECT encode(crimeml.heatmap_png(($grid), width => 400), 'hex')"));
my $margin = 0;
$margin++ while join(',', @{ $plain->[200][$margin] }) eq join(',', @{ $plain->[200][0] });
$margin++;
my $cell = (400 - 2 * $margin) / 10;
my $darkest = sub {
	my ($x, $y) = @_;
	my ($column, $row) = ($margin + $x / 100 * $cell, $margin + (10 - $y / 100) * $cell);
	my ($least) = sort { $a <=> $b } map { $lined->[$_][$column][0] } $row - 2 .. $row + 2;
	return $least;
};
cmp_ok($darkest->($_, 500), '<', 160, "the line at $_") foreach 250, 555, 940;
cmp_ok($darkest->($_->[0], $_->[1]), '>', 240, "no line at @$_") foreach [ 100, 500 ], [ 555, 400 ], [ 555, 600 ];
my %changed;
foreach my $y (0 .. $#$plain)
{
	$changed{$y} = 1 if grep { join(',', @{ $plain->[$y][$_] }) ne join(',', @{ $lined->[$y][$_] }) } 0 .. 399;
}
cmp_ok(scalar(keys %changed), '<=', 6, 'rows of the picture that changed');

$node->stop;
done_testing();

# The numbers and colours of pictures, compared with what they should be by
# other means: the scale bar with distances of PostGIS, legends with arithmetic,
# colours with those that matplotlib gives to viridis and magma.
use strict;
use warnings;
use utf8;

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

sub png
{
	my ($expression) = @_;
	return pack 'H*', $node->safe_psql('postgres', "SELECT encode($expression, 'hex')");
}

# The lines of text in a picture, in the order in which they were drawn.
sub lines
{
	my %words = png_words($_[0]);
	return split /\n/, $words{Description};
}

sub is_white { my ($p) = @_; return $p->[0] == 255 && $p->[1] == 255 && $p->[2] == 255 }
sub is_dark { my ($p) = @_; return $p->[0] < 110 && $p->[1] < 110 && $p->[2] < 110 }

# The first and last pixel of a row that is not white: the frames of what is in it.
sub ends
{
	my ($row) = @_;
	my @seen = grep { !is_white($row->[$_]) } 0 .. $#$row;
	return ($seen[0], $seen[-1]);
}

# The longest run of dark pixels in rows from one on, and the row that it is in.
sub longest_dark
{
	my ($rows, $from) = @_;
	my ($best, $where) = (0, 0);
	foreach my $y ($from .. $#$rows)
	{
		my $run = 0;
		foreach my $p (@{ $rows->[$y] })
		{
			$run = is_dark($p) ? $run + 1 : 0;
			($best, $where) = ($run, $y) if $run > $best;
		}
	}
	return ($best, $where);
}

# The middles of what is dark in a row between two columns, antialiased or not.
sub inked
{
	my ($row, $from, $to) = @_;
	my @spot;
	foreach my $x ($from .. $to)
	{
		my $ink = (255 - $row->[$x][0]) / 255;
		next if $ink < 0.05;
		push @spot, [ 0, 0 ] if !@spot || $x - $spot[-1][2] > 1;
		$spot[-1] = [ $spot[-1][0] + $ink * ($x + 0.5), $spot[-1][1] + $ink, $x ];
	}
	return map { $_->[0] / $_->[1] } @spot;
}

my %metres = (m => 1, km => 1000);

# ----------
# The scale bar, in metres on the ground, whatever the unit of the SRID: UTM 18,
# Pennsylvania South in US feet, Arizona Central in international feet.
# ----------
foreach ([ 26918, '-75.2 39.9', 400 ], [ 2272, '-75.2 39.9', 300 ], [ 2222, '-112.1 33.4', 1000 ], [ 2272, '-75.2 39.9', 20 ], [ 26918, '-75.2 39.9', 50 ])
{
	my ($srid, $lonlat, $cell) = @$_;
	my $place = "ST_Transform('SRID=4326;POINT($lonlat)'::geometry, $srid)";
	my $box = "ST_Expand($place, 50 * $cell)";
	my $png = png("crimeml.heatmap_png(crimeml.grid_count_agg($place, $box, '{\"cell_size\": $cell}'), width => 500)");
	my $rows = png_pixels($png);
	my $middle = int(@$rows / 2);
	my ($west, $east) = ends($rows->[$middle]);
	# columns of whole cells around the box, by PostGIS on the ellipsoid
	my $ground = $node->safe_psql('postgres', qq{
		SELECT ST_Distance(ST_Transform(ST_SetSRID(ST_MakePoint(xmin, y), $srid), 4326)::geography,
			ST_Transform(ST_SetSRID(ST_MakePoint(xmax, y), $srid), 4326)::geography)
		FROM (SELECT floor(ST_XMin(b) / $cell) * $cell AS xmin, ceil(ST_XMax(b) / $cell) * $cell AS xmax,
			(ST_YMin(b) + ST_YMax(b)) / 2 AS y FROM (SELECT $box AS b) q) s});
	my ($label) = grep { /^[\d.,]+ k?m$/ } lines($png);
	my ($number, $unit) = $label =~ /^(\S+) (\S+)$/;
	$number =~ tr/,//d;
	# its ends are the middles of two upright lines, which stand on the longest
	my ($run, $base) = longest_dark($rows, $middle);
	my ($first, $last) = (inked($rows->[ $base - 2 ], 300, 499))[ 0, -1 ];
	my $length = $last - $first;
	my $true = $length * $ground / ($east - $west - 1);

	cmp_ok(abs($length - $run), '<', 3, "SRID $srid: a bar of $length pixels");
	cmp_ok($length, '>', 40, "SRID $srid: not too short");
	cmp_ok(abs($true / ($number * $metres{$unit}) - 1), '<', 0.5 / $length + 0.001, "SRID $srid: $label is $true m");
	cmp_ok($number, '<', 1000, "SRID $srid: $label, and from 1000 m on kilometres");
	like($number, qr/^[125]0*$|^0\.0*[125]$/, "SRID $srid: a round number");
	my ($cells) = map { /cells of (\S+) m/ } lines($png);
	my $feet = $srid == 26918 ? 1 : 0.3048;
	cmp_ok(abs($cells - $cell * $feet), '<', 0.06 * ($cell * $feet < 100 ? 1 : 10), "SRID $srid: cells of $cells m");
}

# ----------
# The legend: its numbers stand where their colours are.
# ----------
my $square = "ST_MakeEnvelope(0, 0, 1000, 1000, 26918)";
my $counted = sub {
	my (@cells) = @_;
	return "(SELECT crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint(x, y), 26918), w, $square, '{\"cell_size\": 100}') FROM (VALUES "
	  . join(', ', map { "($_->[0] * 100 + 50, $_->[1] * 100 + 50, $_->[2]::float8)" } @cells) . ') v(x, y, w))';
};
foreach my $scale ('linear', 'sqrt')
{
	my $png = png('crimeml.heatmap_png(' . $counted->([ 1, 1, 100 ]) . ", scale => '$scale')");
	my $rows = png_pixels($png);
	my ($high, $zero, @numbers) = grep { /^[\d.,]+$/ } lines($png);
	is($high, 100, "$scale: the highest");
	is($zero, 0, "$scale: the lowest");
	cmp_ok(scalar(@numbers), '>=', 3, "$scale: @numbers between");
	like($_, qr/^[125]0*$|^0\.0*[125]$/, "$scale: $_ is round") foreach @numbers;

	# the bar: below the map the first rows that begin at the margin and have colour
	my ($left, $right);
	my $y = $#$rows;
	# from below: caption, numbers, bar
	$y-- while $y > 0 && !grep { $_->[0] - $_->[2] > 120 } @{ $rows->[$y] };
	($left) = ends($rows->[$y]);
	($right) = grep { is_white($rows->[$y][ $_ + 1 ]) && !is_white($rows->[$y][$_]) } $left + 200 .. $#{ $rows->[$y] } - 1;
	my $width = $right - $left - 1;
	# beneath its frame: ticks, as far as lines are dark
	my @at = map { ($_ - $left - 1) / $width } inked($rows->[ $y + 3 ], $left, $right);
	my @want = map { $scale eq 'sqrt' ? sqrt($_ / 100) : $_ / 100 } sort { $a <=> $b } @numbers;
	is(scalar(@at), scalar(@want), "$scale: a tick a number");
	cmp_ok(abs($at[$_] - $want[$_]), '<', 1.5 / $width, "$scale: tick at $at[$_], wanted $want[$_]") foreach 0 .. $#want;
}

# How numbers are written; values above the last colour are mentioned.
my %written = (
	'999.7' => '1,000', '999.4' => '999', '1234567' => '1,234,567', '12.345' => '12.3', '0.5' => '0.5',
	'0.000012' => '1.2e-05', '3e12' => '3e+12', '100000' => '100,000');
foreach my $high (sort keys %written)
{
	my ($number) = grep { /^[\d.,e+-]+$/ } lines(png('crimeml.heatmap_png(' . $counted->([ 1, 1, '1e-9' ]) . ", high => $high)"));
	is($number, $written{$high}, "$high is written $written{$high}");
}
ok((grep { $_ eq "≥ 50" } lines(png('crimeml.heatmap_png(' . $counted->([ 1, 1, 51 ]) . ', high => 50)'))), 'above the last colour');
like((lines(png('crimeml.heatmap_png(' . $counted->([ 1, 1, -123456 ]) . ')')))[-1], qr/weight -123,456 of -123,456$/, 'a negative weight');
is((lines(png('crimeml.heatmap_png(' . $counted->([ 1, 1, 1 ]) . ", title => 'x')")))[-1], 'cells of 100 m, 1 incident', 'one incident');
like((lines(png("crimeml.heatmap_png(crimeml.kde_agg('SRID=2272;POINT(500 500)', ST_MakeEnvelope(0, 0, 1000, 1000, 2272), '{\"cell_size\": 100, \"bandwidth\": 1000}'))")))[-1],
	qr/^quartic kernel, radius 305 m, cells of 30\.5 m/, 'radius and cells in metres, of US feet');

# Incidents that the map does not show: of twelve at a corner a quarter of the
# kernel lies in it, and of a count those in its cells.
my $corner = "SELECT crimeml.kde_agg(g, $square, '{\"cell_size\": 10, \"bandwidth\": 200}') FROM (SELECT 'SRID=26918;POINT(0 0)'::geometry AS g FROM generate_series(1, 12)) s";
like((lines(png("crimeml.heatmap_png(($corner))")))[-1], qr/, 3 of 12 incidents$/, 'incidents whose kernel is cut off');
like((lines(png('crimeml.heatmap_png(' . $counted->([ 1, 1, 1 ], [ 30, 1, 1 ], [ 1, 30, 1 ]) . ')')))[-1], qr/, 1 of 3 incidents$/, 'incidents outside of the cells');
# What the numbers are; those of counts are whole, those of weights are not.
my @numbers = grep { /^[\d.,]+$/ } lines(png('crimeml.heatmap_png(' . $counted->([ 1, 1, 1 ], [ 1, 1, 1 ]) . ')'));
is("@numbers", '2 0 1', 'a legend of two incidents');
@numbers = grep { /^[\d.,]+$/ } lines(png('crimeml.heatmap_png(' . $counted->([ 1, 1, 0.7 ], [ 1, 1, 0.3 ]) . ')'));
like("@numbers", qr/^1 0 0\.5 0\.2/, 'a legend of weights that are one');
my %unit = (
	$counted->([ 1, 1, 1 ]) => 'incidents in a cell', "($corner)" => 'incidents per km²',
	"(SELECT crimeml.normalize(($corner)))" => 'probability per square unit', '(SELECT ' . $counted->([ 1, 1, 1 ]) . ' OPERATOR(crimeml./) ' . $counted->([ 1, 1, 2 ]) . ')' => 'value');
foreach my $grid (sort keys %unit)
{
	ok((grep { $_ eq $unit{$grid} } lines(png("crimeml.heatmap_png($grid)"))), "a legend of $unit{$grid}");
}

# ----------
# Smooth maps: a step up is no dip before it and no peak behind it.  Two discs of a
# uniform kernel overlap, so that a row has the levels 0, 1, 2, 1, 0.
# ----------
{
	my $discs = "SELECT crimeml.kde_agg(ST_SetSRID(ST_MakePoint(x, 500), 26918), $square, '{\"cell_size\": 50, \"bandwidth\": 300, \"kernel\": \"uniform\"}') FROM (VALUES (375), (625)) v(x)";
	my $row = png_pixels(png("crimeml.heatmap_png(($discs), 'viridis', 432, scale => 'linear', background => 'transparent')"))->[216];
	# viridis has the more green the higher
	my @green = map { $row->[$_][3] > 200 ? $row->[$_][1] : 0 } 18 .. 215;
	is(scalar(grep { $green[$_] < $green[ $_ - 1 ] } 1 .. $#green), 0, 'the colours only rise where the values do');
	cmp_ok(scalar(grep { $_ > 120 && $_ < 160 } @green), '>', 30, 'and stay at the middle level between');
}

# ----------
# Outlines end where their lines do, or at the frame of the map.
# ----------
foreach my $line ([ 300, 500, 700, 500 ], [ 500, 300, 500, 700 ], [ 300, 300, 600, 700 ], [ 700, 600, 200, 350 ], [ 500, 500, 2500, 500 ], [ 500, 500, 500, -3000 ])
{
	my $map = $counted->([ 0, 0, 1 ]);
	my ($without, $with) = map { png_pixels(png("crimeml.heatmap_png($map, width => 432$_)")) }
	  '', ", outline => 'SRID=26918;LINESTRING($line->[0] $line->[1], $line->[2] $line->[3])'::geometry";
	my ($west, $east) = ends($without->[200]);
	my ($top) = grep { !is_white($without->[$_][216]) } 0 .. 100;
	my $pixel = ($east - $west - 1) / 1000;
	my (@x, @y);
	foreach my $y (0 .. $#$with)
	{
		push(@x, $_), push(@y, $y) foreach grep { "@{ $with->[$y][$_] }" ne "@{ $without->[$y][$_] }" } 0 .. 431;
	}
	my @seen = map { ($_->[0], $_->[-1]) } [ sort { $a <=> $b } @x ], [ sort { $a <=> $b } @y ];
	my $within = sub { my ($v) = @_; return $v < 0 ? 0 : $v > 1000 ? 1000 : $v };
	my @want = (
		(map { $west + $pixel * $_ } sort { $a <=> $b } map { $within->($_) } @$line[ 0, 2 ]),
		(map { $top + $pixel * (1000 - $_) } sort { $b <=> $a } map { $within->($_) } @$line[ 1, 3 ]));
	cmp_ok(abs($seen[$_] - $want[$_]), '<', 4, "outline @$line: $seen[$_] is about $want[$_]") foreach 0 .. 3;
}

# ----------
# Colours: matplotlib's at 0.25, 0.5, 0.75 and 1, where the legend is linear;
# at 0.94 of full alpha; nothing where the value is not above zero.
# ----------
my %palette = (
	viridis => [ [ 0x3b, 0x52, 0x8b ], [ 0x21, 0x91, 0x8c ], [ 0x5e, 0xc9, 0x62 ], [ 0xfd, 0xe7, 0x25 ] ],
	magma => [ [ 0x51, 0x12, 0x7c ], [ 0xb7, 0x37, 0x79 ], [ 0xfc, 0x89, 0x61 ], [ 0xfc, 0xfd, 0xbf ] ]);
foreach my $name (sort keys %palette)
{
	# nine and ten of its colours stand for all: what lies between is near
	my $off = $name eq 'viridis' ? 2 : 7;
	foreach my $scale ('linear', 'sqrt')
	{
		my $power = $scale eq 'linear' ? 1 : 2;
		my @value = map { 40 * ($_ / 4)**$power } 1 .. 4;
		my $rows = png_pixels(png('crimeml.heatmap_png(' . $counted->(
					(map { [ 2 * $_, 5, $value[$_] ] } 0 .. 3), [ 8, 5, 41 ], [ 0, 0, -5 ], [ 9, 9, 1e-12 ])
			  . ", '$name', 432, high => 40, scale => '$scale', background => 'transparent')"));
		# 16 pixels of margin, 400 of map, less what is rounded off
		my ($left) = grep { $rows->[220][$_][3] > 0 } 0 .. 50;
		my ($last) = grep { $rows->[220][$_][3] > 0 } reverse 380 .. 431;
		my ($top) = grep { $rows->[$_][216][3] > 0 } 0 .. 50;
		my $cell = ($last - $left - 1) / 10;
		my $at = sub { my ($i, $j) = @_; return $rows->[ $top + 1 + (9.5 - $j) * $cell ][ $left + 1 + ($i + 0.5) * $cell ] };
		foreach my $k (0 .. 4)
		{
			my @want = @{ $palette{$name}[ $k > 3 ? 3 : $k ] };
			my ($red, $green, $blue, $alpha) = @{ $at->(2 * $k, 5) };
			my ($most) = sort { $b <=> $a } map { abs } ($red - $want[0], $green - $want[1], $blue - $want[2]);
			cmp_ok($most, '<=', $off, "$name, $scale, $k: $red $green $blue is @want");
			cmp_ok(abs($alpha - 0.94 * 255), '<=', 1, "$name, $scale, $k: alpha $alpha");
		}
		is($at->(@$_)->[3], 0, "$name, $scale: clear at @$_") foreach [ 0, 0 ], [ 1, 5 ], [ 9, 9 ], [ 5, 2 ];
	}
}

# One incident in a column of a thousand cells, more than there are pixels: its
# pixel shows the mean of its cells, and no other has colour.
foreach my $row (3, 555, 998)
{
	my $rows = png_pixels(png("crimeml.heatmap_png(crimeml.grid_count_agg(ST_SetSRID(ST_MakePoint(50, $row * 100 + 50), 26918),
		ST_MakeEnvelope(0, 0, 100, 100000, 26918), '{\"cell_size\": 100}'), width => 300, scale => 'linear', high => 0.01, background => 'transparent')"));
	my @colored = grep { my $y = $_; $y < 370 && grep { $_->[3] == 240 } @{ $rows->[$y] } } 0 .. $#$rows;
	# the map begins at the margin and is 1.3 times as high as its room
	my $want = 13 + (1000 - $row - 0.5) / 1000 * 1.3 * (300 - 2 * 13);
	cmp_ok(scalar(@colored), '>=', 1, "row $row of 1000 is seen");
	cmp_ok(abs($_ + 0.5 - $want), '<=', 2, "row $row at $_, wanted $want") foreach @colored;
}

# ----------
# Tiles of cells far smaller than a pixel, and of one far larger.
# ----------
my $tiny = "crimeml.grid_add(crimeml.grid_count_agg('SRID=26918;POINT(1000 1000)', ST_MakeEnvelope(1000, 1000, 1000.001, 1000.001, 26918), '{\"cell_size\": 1e-6}'), 1)";
my ($x, $y) = split /\|/, $node->safe_psql('postgres', q{
	SELECT (ST_X(p) / 40075016.685578488 + 0.5) * 256, (0.5 - ST_Y(p) / 40075016.685578488) * 256
	FROM ST_Transform('SRID=26918;POINT(1000.0005 1000.0005)'::geometry, 3857) p});
my $tile = png_pixels(png("crimeml.tile_png($tiny, 0, 0, 0)"));
my @seen;
foreach my $row (0 .. 255)
{
	push @seen, map { "$_ $row" } grep { $tile->[$row][$_][3] > 0 } 0 .. 255;
}
is("@seen", int($x) . ' ' . int($y), 'a million cells in one pixel of zoom 0');
$tile = png_pixels(png("crimeml.tile_png(crimeml.grid_count_agg('SRID=3857;POINT(1 1)', ST_MakeEnvelope(0, 0, 1, 1, 3857), '{\"cell_size\": 1e9}'), 1, 1, 0)"));
is(scalar(grep { $_->[3] == 240 } map { @$_ } @$tile), 256 * 256, 'one cell over a whole tile');

# ----------
# Titles
# ----------
my $one = $counted->([ 1, 1, 1 ]);
my %words = png_words(png("crimeml.heatmap_png($one, title => 'Thefts < & >')"));
is($words{Title}, 'Thefts < & >', 'the title, in words');
%words = png_words(png("crimeml.heatmap_png($one, title => E'Überfälle\\n\\x01\\u0085e\\u0301 中')"));
is($words{Title}, "Überfälle   e\x{301} 中", 'control characters are spaces');
%words = png_words(png("crimeml.heatmap_png($one)"));
ok(!exists $words{Title}, 'no title');
foreach my $width (100, 300, 8192)
{
	my $title = 'Überfälle – ' x 160;
	%words = png_words(png("crimeml.heatmap_png($one, width => $width, title => '$title')"));
	my ($drawn) = split /\n/, $words{Description};
	(my $kept = $drawn) =~ s/…$//;
	is($words{Title}, $title, "$width pixels: the whole title in words");
	like($drawn, qr/…$/, "$width pixels: cut");
	is($kept, substr($title, 0, length $kept), "$width pixels: what is left of it");
}

$node->stop;
done_testing();

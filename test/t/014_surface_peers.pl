# What other programs say of crimeml's files and numbers: bandwidth rules
# against R (../shared/golden, g3_kde), the pixels of tiles against PostGIS, and
# rasters as gdalinfo reads them.  Each part is skipped where its peer is not here.
use strict;
use warnings;

use FindBin;
use lib $FindBin::RealBin;
use Png;
use Cwd qw(abs_path);
use File::Basename;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = dirname(abs_path(__FILE__)) . '/../../../shared';
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION crimeml CASCADE');

SKIP:
{
	skip 'the golden references are not here', 14
	  unless -r "$shared/golden/g3_kde/bandwidths.json" && -r "$shared/data/chicago/arson.csv";
	my $golden = decode_json(do { local $/; open my $f, '<', "$shared/golden/g3_kde/bandwidths.json" or die $!; <$f> });
	foreach my $name (qw(arson burglaries))
	{
		my $r = $golden->{$name}->{bandwidths};
		open my $csv, '<', "$shared/data/chicago/$name.csv" or die $!;
		my @points = map { join ',', (split /,/)[ 0, 1 ] } grep { /^\d/ } <$csv>;
		$node->safe_psql('postgres',
			"CREATE TABLE $name AS SELECT ST_SetSRID(ST_MakePoint(x, y), 26971) AS geom FROM (VALUES "
			  . join(',', map { "($_)" } @points) . ') v(x, y)');
		my %got = map { $_ => [ split /\|/, $node->safe_psql('postgres', "SELECT x, y, sigma FROM crimeml.bandwidth('$name', '$_')") ] }
		  qw(scott nrd diggle);

		my %want = (
			'nrd x' => [ $got{nrd}[0], $r->{'MASS_bandwidth.nrd_x'} ],
			'nrd y' => [ $got{nrd}[1], $r->{'MASS_bandwidth.nrd_y'} ],
			'scott x' => [ $got{scott}[0], $r->{'spatstat_bw.scott'}->{'sigma.x'} ],
			'scott y' => [ $got{scott}[1], $r->{'spatstat_bw.scott'}->{'sigma.y'} ],
			'scott' => [ $got{scott}[2], $r->{'spatstat_bw.scott.iso'} ],
			'nrd, one for both axes' => [ $got{nrd}[2], sqrt($r->{'stats_bw.nrd_x'} * $r->{'stats_bw.nrd_y'}) ]);
		cmp_ok(abs($want{$_}[0] / $want{$_}[1] - 1), '<', 1e-12, "$name: $_") foreach sort keys %want;
		# R's depends on its edge correction
		cmp_ok(abs($got{diggle}[2] / $r->{'spatstat_bw.diggle'} - 1), '<', 0.2, "$name: diggle");
	}
}

# one cell of a kilometre: the pixels with colour are those whose centre it holds
foreach my $z (10, 12, 14)
{
	my ($hex, $want) = split /\|/, $node->safe_psql('postgres', qq{
		WITH tile AS (SELECT side, floor((ST_X(p) + 20037508.342789244) / side)::int AS x, floor((20037508.342789244 - ST_Y(p)) / side)::int AS y
			FROM ST_Transform('SRID=26918;POINT(485500 4424500)'::geometry, 3857) p, (SELECT 2 * 20037508.342789244 / 2 ^ $z) s(side)),
		one AS (SELECT crimeml.grid_count_agg('SRID=26918;POINT(485500 4424500)',
			ST_MakeEnvelope(470000, 4410000, 500000, 4440000, 26918), '{"cell_size": 1000}') AS grid)
		SELECT encode(crimeml.tile_png(grid, $z, x, y), 'hex'),
			(SELECT string_agg(ST_Contains(ST_MakeEnvelope(485000, 4424000, 486000, 4425000, 26918),
				ST_Transform(ST_SetSRID(ST_MakePoint((x + (i + 0.5) / 256) * side - 20037508.342789244,
					20037508.342789244 - (y + (j + 0.5) / 256) * side), 3857), 26918))::int::text, '' ORDER BY j, i)
			 FROM generate_series(0, 255) i, generate_series(0, 255) j)
		FROM tile, one});
	my $got = join '', map { $_->[3] > 0 ? 1 : 0 } map { @$_ } @{ png_pixels(pack 'H*', $hex) };

	like($got, qr/1/, "zoom $z: there is something");
	is($got, $want, "zoom $z: every pixel");
}

SKIP:
{
	my ($out, $err);
	skip 'gdalinfo is not here', 5
	  unless eval { IPC::Run::run([ 'gdalinfo', '--version' ], '>', \$out, '2>', \$err) };
	my $file = $node->basedir . '/grid.tif';
	$node->safe_psql('postgres', q{CREATE EXTENSION crimeml_raster CASCADE});
	my $sum = $node->safe_psql('postgres', q{
		CREATE TABLE made AS SELECT crimeml.kde_agg(geom, ST_MakeEnvelope(480000, 4421000, 487000, 4426000, 26918),
			'{"cell_size": 250, "bandwidth": 700}') AS grid FROM crimeml.simulate_incidents(1000, 1);
		SELECT max(value) || ' ' || avg(value) FROM made, crimeml.cells(grid, false)});
	my $tiff = $node->safe_psql('postgres', q{
		SET postgis.gdal_enabled_drivers = 'GTiff';
		SELECT encode(ST_AsTIFF(crimeml.to_raster(grid)), 'hex') FROM made});
	open my $f, '>:raw', $file or die $!;
	print $f pack('H*', $tiff);
	close $f;
	IPC::Run::run([ 'gdalinfo', '-stats', '-json', $file ], '>', \$out, '2>', \$err);
	$out =~ s/\bNaN\b/null/gi;
	my $info = decode_json($out);
	my ($max, $mean) = split / /, $sum;
	my $statistics = $info->{bands}->[0]->{metadata}->{''};

	is_deeply($info->{size}, [ 28, 20 ], 'gdalinfo: columns and rows');
	is_deeply($info->{geoTransform}, [ 480000, 250, 0, 4426000, 0, -250 ], 'gdalinfo: where');
	like($info->{coordinateSystem}->{wkt}, qr/26918/, 'gdalinfo: SRID');
	cmp_ok(abs($statistics->{STATISTICS_MAXIMUM} / $max - 1), '<', 1e-6, 'gdalinfo: largest value');
	cmp_ok(abs($statistics->{STATISTICS_MEAN} / $mean - 1), '<', 1e-6, 'gdalinfo: mean');
}

$node->stop;
done_testing();

# Kernel density against direct sums of numpy (../shared/golden, g3_kde): every
# cell of both cities and all kernels there are.  Compact kernels to 1e-12
# relative, the gaussian to 1e-9 of the peak.  Scott's rule against spatstat.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $shared = dirname(abs_path(__FILE__)) . '/../../../shared';
plan skip_all => 'the golden references are not here'
  unless -r "$shared/golden/g3_kde/kde_arson.csv" && -r "$shared/data/chicago/arson.csv";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION crimeml CASCADE');

# the rows of a CSV file without quotes, as arrays; the first one is the head
sub rows
{
	my ($path) = @_;
	open my $file, '<', $path or die "$path: $!";
	my @rows = map { s/[\r\n]+//r } <$file>;
	return map { [ split /,/ ] } @rows;
}

# the cells that were asked for, west to east and south to north
my %shape = (
	arson => { h => 2000, x => 339000, y => 551000, columns => 30, rows => 46, scott => 2323.08635633263 },
	burglaries => { h => 800, x => 338000, y => 551000, columns => 32, rows => 46, scott => 1507.30355851615 });

foreach my $name (sort keys %shape)
{
	my $s = $shape{$name};
	my @points = rows("$shared/data/chicago/$name.csv");
	my ($head, @golden) = rows("$shared/golden/g3_kde/kde_$name.csv");
	my %column = map { $head->[$_] => $_ } 0 .. $#$head;
	my $values = join ',', map { "($_->[0],$_->[1])" } @points[ 1 .. $#points ];
	$node->safe_psql('postgres',
		"CREATE TABLE $name AS SELECT ST_SetSRID(ST_MakePoint(x, y), 26971) AS geom FROM (VALUES $values) v(x, y)");

	foreach my $kernel (qw(gaussian quartic epanechnikov))
	{
		my ($east, $north) = ($s->{x} + 1000 * $s->{columns}, $s->{y} + 1000 * $s->{rows});
		my @got = split /\n/, $node->safe_psql('postgres', qq{
			SELECT value FROM crimeml.cells((
				SELECT crimeml.normalize(crimeml.kde_agg(geom,
					ST_MakeEnvelope($s->{x}, $s->{y}, $east, $north, 26971),
					'{"cell_size": 1000, "bandwidth": $s->{h}, "kernel": "$kernel"}')) FROM $name), nonzero => false)
			ORDER BY cell});
		my @want = map { $_->[ $column{$kernel} ] } @golden;
		is(scalar(@got), scalar(@want), "$name, $kernel: number of cells");

		my ($peak) = sort { $b <=> $a } @want;
		my ($relative, $of_peak) = (0, 0);
		foreach my $i (0 .. $#want)
		{
			my $error = abs($got[$i] - $want[$i]);
			$of_peak = $error / $peak if $error / $peak > $of_peak;
			$relative = $error / $want[$i]
			  if $want[$i] > 1e-12 * $peak && $error / $want[$i] > $relative;
		}
		cmp_ok($of_peak, '<', $kernel eq 'gaussian' ? 1e-9 : 1e-14, "$name, $kernel: of the peak");
		cmp_ok($relative, '<', 1e-12, "$name, $kernel: relative") if $kernel ne 'gaussian';
	}

	my $scott = $node->safe_psql('postgres',
		qq{SELECT crimeml.describe(crimeml.kde('$name', '{"kernel": "gaussian"}')) ->> 'bandwidth'});
	cmp_ok(abs($scott / $s->{scott} - 1), '<', 1e-12, "$name: Scott's rule");
}

$node->stop;
done_testing();

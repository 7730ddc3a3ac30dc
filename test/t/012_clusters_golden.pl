# dbscan against R's dbscan and scikit-learn (../shared/golden, g1_dbscan): noise,
# and the partition of the core points, row for row.  A border point that two
# clusters share is another matter: R and scikit-learn give it to the cluster that
# begins first, PostGIS to that of the first core point within eps, and dbscan
# does as PostGIS, which is compared in every row.  kmeans at its defaults against the best
# of 20 runs of scikit-learn (g2_kmeans): the sum of squares at most 1.001 of it
# for k = 5 and 10, where optima are known well, and 1.02 for k = 50.
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
  unless -r "$golden/g1_dbscan/r_dbscan.json" && -r "$golden/g2_kmeans/kmeans.json" &&
	 -r "$shared/data/chicago/burglaries.csv";

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION crimeml CASCADE');

sub content
{
	my ($path) = @_;
	my $file;
	local $/;

	if ($path =~ /gz$/)
	{
		open $file, '-|', 'gzip', '-dc', $path or die "$path: $!";
	}
	else
	{
		open $file, '<', $path or die "$path: $!";
	}
	return <$file>;
}

# the rows of a CSV file without quotes, as hashes
sub rows
{
	my ($head, @lines) = split /\r?\n/, content($_[0]);
	my @names = map { lc } split /,/, $head;
	return map { my %row; @row{@names} = split /,/; \%row } @lines;
}

sub load
{
	my ($table, $x, $y, @rows) = @_;
	my $values = join ',', map { "($_,$rows[$_ - 1]{$x},$rows[$_ - 1]{$y})" } 1 .. @rows;
	$node->safe_psql('postgres',
		"CREATE TABLE $table AS SELECT id, ST_Point(x, y) AS geom FROM (VALUES $values) v(id, x, y)");
}

load('burglaries', 'x', 'y', rows("$shared/data/chicago/burglaries.csv"));
load('thefts', 'x', 'y', rows("$golden/inputs/philadelphia_thefts_2019_26918.csv.gz"));

# numbers in order of first appearance, -1 for noise
sub renumber
{
	my ($noise, @labels) = @_;
	my %number;
	return map { $number{$_} = keys %number if $_ ne $noise && !exists $number{$_}; $number{$_} // -1 } @labels;
}

my @chicago = rows("$golden/g1_dbscan/chicago_burglaries_labels.csv");
my @philadelphia = rows("$golden/g1_dbscan/philadelphia_thefts_2019_labels_r.csv.gz");
my $sizes = decode_json(content("$golden/g1_dbscan/r_dbscan.json"));

foreach my $set (
	[ 'burglaries', 250, 10, 'chicago_burglaries', [ map { $_->{core_250_10} } @chicago ],
		[ map { $_->{cluster_250_10} } @chicago ], [ map { $_->{sk_250_10} } @chicago ] ],
	[ 'burglaries', 500, 40, 'chicago_burglaries', [ map { $_->{core_500_40} } @chicago ],
		[ map { $_->{cluster_500_40} } @chicago ], [ map { $_->{sk_500_40} } @chicago ] ],
	[ 'thefts', 50, 20, 'philadelphia_thefts_2019', [ map { $_->{core} } @philadelphia ],
		[ map { $_->{cluster} } @philadelphia ] ])
{
	my ($table, $eps, $minpoints, $name, $core, @peers) = @$set;
	my $what = "$name, eps $eps, minpoints $minpoints";
	my $golden = $sizes->{"${name}_eps${eps}_min$minpoints"};
	my @got = split /\n/, $node->safe_psql('postgres',
		"SELECT coalesce(crimeml.dbscan(geom, $eps, $minpoints) OVER (ORDER BY id), -1) FROM $table ORDER BY id");
	my @postgis = split /\n/, $node->safe_psql('postgres',
		"SELECT coalesce(ST_ClusterDBSCAN(geom, $eps, $minpoints) OVER (ORDER BY id), -1) FROM $table ORDER BY id");
	my @cores = grep { $core->[$_] } 0 .. $#$core;
	my (%size, %clusters);

	$size{ $got[$_] }++ foreach @cores;
	$clusters{$_}++ foreach grep { $_ >= 0 } @got;
	is(scalar(keys %clusters), $golden->{clusters}, "$what: clusters");
	is(join(' ', sort { $a <=> $b } values %size),
		join(' ', sort { $a <=> $b } @{ $golden->{core_sizes} }), "$what: core points of the clusters");
	is_deeply(\@got, [ renumber(-1, @postgis) ], "$what: every row as PostGIS has it");
	foreach my $peer (@peers)
	{
		my $none = (grep { $_ < 0 } @$peer) ? -1 : 0;

		is_deeply([ map { $_ < 0 ? 1 : 0 } @got ], [ map { $_ == $none ? 1 : 0 } @$peer ], "$what: noise");
		is_deeply([ renumber(-1, @got[@cores]) ], [ renumber($none, @{$peer}[@cores]) ], "$what: core points");
	}
}

my $kmeans = decode_json(content("$golden/g2_kmeans/kmeans.json"));
foreach my $set ([ 'burglaries', 'chicago_burglaries' ], [ 'thefts', 'philadelphia_thefts_2019' ])
{
	my ($table, $name) = @$set;
	foreach my $k (5, 10, 50)
	{
		my $cost = $node->safe_psql('postgres', qq{
			WITH c AS MATERIALIZED (SELECT geom, crimeml.kmeans(geom, $k) OVER () AS c FROM $table),
			m AS (SELECT c, avg(ST_X(geom)) AS x, avg(ST_Y(geom)) AS y FROM c GROUP BY c)
			SELECT sum((ST_X(geom) - x) ^ 2 + (ST_Y(geom) - y) ^ 2) FROM c JOIN m USING (c)});
		my $ratio = $cost / $kmeans->{"${name}_k$k"}{best_of_20_inertia};
		cmp_ok($ratio, '<=', $k < 50 ? 1.001 : 1.02, sprintf('%s, k = %d: %.6f of the best of 20', $name, $k, $ratio));
	}
}

$node->stop;
done_testing();

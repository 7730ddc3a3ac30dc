# The same rows, options and seed give the same bytes, in whatever order the
# rows come, whoever reads them and whoever grows the trees.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf(
	'postgresql.conf', q{
parallel_setup_cost = 0
parallel_tuple_cost = 0
min_parallel_table_scan_size = 0
min_parallel_index_scan_size = 0
crimeml.progress_interval = 0
});
$node->start;

# rows of which some are there twice, and some values missing
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE incident AS
	SELECT id % 7900 AS id, at, offence, nullif(district, 'District 3') AS district,
		CASE WHEN id % 10 > 0 THEN geom END AS geom, 'block ' || (ST_X(geom) / 500)::int AS block,
		extract(epoch FROM at AT TIME ZONE 'UTC')::bigint % 86400 / 3600.0::float8 AS hour
	FROM crimeml.simulate_incidents(8000, 1);
	INSERT INTO incident SELECT * FROM incident WHERE id < 100;
	CREATE TABLE shuffled AS SELECT * FROM incident ORDER BY hashint8(id), hour;
	CREATE TABLE backwards AS SELECT * FROM incident ORDER BY id DESC;
	CREATE TABLE parts (LIKE incident) PARTITION BY HASH (block);
	CREATE TABLE part_1 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE part_2 PARTITION OF parts FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO parts SELECT * FROM shuffled;
	CREATE INDEX ON incident (block, hour);
	ANALYZE});

my @way = (
	[ 'a scan, alone', 'incident', 0, 0, '' ],
	[ 'trees by two', 'incident', 0, 1, '' ],
	[ 'trees by three', 'incident', 0, 2, '' ],
	[ 'shuffled', 'shuffled', 0, 2, '' ],
	[ 'backwards', 'backwards', 0, 0, '' ],
	[ 'by index', 'incident', 0, 1, 'SET enable_seqscan = off; SET enable_bitmapscan = off' ],
	[ 'read in parallel', 'shuffled', 2, 2, '' ],
	[ 'read in parallel, by partition', 'parts', 2, 0, 'SET enable_partitionwise_aggregate = on' ],
	[ 'all again', 'incident', 2, 2, '' ]);

my %training = (
	'as it comes' => q(crimeml.forest_agg(offence, f, '{"trees": 6}')),
	'out of bag' => q(crimeml.forest_agg(offence, f, '{"trees": 6, "oob": true}')),
	'smoothed' => q(crimeml.forest_agg(offence, f, '{"trees": 6, "smoothing": 2.5, "replace": false, "sample_fraction": 0.6}')),
	'weighted' => q(crimeml.forest_agg(offence, f, '{"trees": 6, "class_weights": "balanced", "min_leaf": 3}')),
	'random cuts' => q(crimeml.forest_agg(offence, f, '{"trees": 6, "extra_trees": true, "mtry": 3}')),
	'entropy' => q(crimeml.forest_agg(offence, f, '{"trees": 6, "criterion": "entropy", "max_bins": 16}')),
	'all at once' => q(crimeml.forest_agg(offence, f, '{"trees": 6, "criterion": "entropy", "oob": true, "smoothing": 1, "class_weights": "balanced", "extra_trees": true}')),
	'numbers' => q(crimeml.forest_agg(hour, f, '{"trees": 6, "oob": true}')),
	'absolute deviations' => q(crimeml.forest_agg(hour, f, '{"trees": 6, "criterion": "absolute", "max_depth": 6, "oob": true}')),
	'boosted' => q(crimeml.boost_agg(offence, f, '{"rounds": 3}')),
	'boosted samples' => q(crimeml.boost_agg(offence, f, '{"rounds": 3, "sample_fraction": 0.5, "feature_fraction": 0.6, "class_weights": "balanced"}')),
	'boosted numbers' => q(crimeml.boost_agg(hour, f, '{"rounds": 3}')),
	'least squares' => q(crimeml.linear_agg(hour, f)),
	'least squares, penalised' => q(crimeml.linear_agg(hour, f, '{"ridge": 3}')),
	'counts' => q(crimeml.poisson_agg(hour, f, '{"family": "negative_binomial"}')),
	'odds of classes' => q(crimeml.logistic_agg(offence, f)),
	'one tree' => q(crimeml.tree_agg(offence, f)));
my @name = sort keys %training;

my %first;
for (@way)
{
	my ($how, $table, $readers, $growers, $settings) = @$_;
	my $set = "SET max_parallel_workers_per_gather = $readers; SET max_parallel_maintenance_workers = $growers; $settings";
	my $from = "FROM $table i, LATERAL (SELECT i.at, i.district, i.geom, i.block) f WHERE i.block > ''";
	my $plan = $node->safe_psql('postgres', "$set; EXPLAIN SELECT crimeml.forest_agg(offence, f) $from");
	my @md5 = split /\n/,
	  $node->safe_psql('postgres', "$set;" . join '', map { "SELECT md5(($training{$_})::text) $from;" } @name);

	ok($readers > 0 ? $plan =~ /Partial Aggregate/ : $plan !~ /Parallel/, "$how: is read so");
	like($plan, qr/Index Scan/, "$how: is read so") if $settings =~ /seqscan/;
	for my $i (0 .. $#name)
	{
		$first{$name[$i]} //= $md5[$i];
		is($md5[$i], $first{$name[$i]}, "$how: $name[$i]");
	}
}
my %different = map { $_ => 1 } values %first;
is(scalar(keys %different), scalar(@name), 'other options give other models');

# one row more, another seed
my $from = 'FROM incident i, LATERAL (SELECT i.at, i.district, i.geom, i.block) f';
isnt($node->safe_psql('postgres', "SELECT md5(crimeml.forest_agg(offence, f, '{\"trees\": 6, \"seed\": 1}')::text) $from"),
	$first{'as it comes'}, 'another seed gives another model');
isnt($node->safe_psql('postgres', "SELECT md5(($training{'as it comes'})::text) $from WHERE i.ctid <> '(0,1)'"),
	$first{'as it comes'}, 'and so does a row less');

$node->stop;
done_testing();

# decompose() finds what R's mstl() finds with equal windows, and level_agg the
# parameters of series that R has simulated.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => "R with package forecast is not installed"
  if system('Rscript -e "library(forecast)" >/dev/null 2>&1') != 0;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'");
$node->start;
$node->command_ok([ 'Rscript', 'test/forecast_peers.R', $dir ], 'R simulates');
$node->safe_psql(
	'postgres', qq{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE part (name text, robust boolean, i int, value float8, trend float8, season float8, remainder float8);
	COPY part FROM '$dir/stl.csv' (FORMAT csv, HEADER);
	CREATE TABLE level (series text, i int, value float8);
	COPY level FROM '$dir/level.csv' (FORMAT csv, HEADER);
	CREATE TABLE weekday (weekday int, share float8);
	COPY weekday FROM '$dir/weekday.csv' (FORMAT csv, HEADER)});

# largest differences, as shares of the values' standard deviation
foreach my $case ([ 'months', '1 month' ], [ 'weeks', '7 days' ], [ 'days', '1 day' ], [ 'hours', '1 hour' ])
{
	my ($name, $bucket) = @$case;
	foreach my $robust ('false', 'true')
	{
		my $worst = $node->safe_psql(
			'postgres', qq{
			SELECT max(greatest(abs(d.trend - p.trend), abs(d.season - p.season), abs(d.remainder - p.remainder))) / stddev(p.value)
			FROM crimeml.decompose('SELECT timestamptz ''2001-01-01'' + i * interval ''$bucket'' AS at, value FROM part WHERE name = ''$name'' AND NOT robust',
				'$bucket', $robust, 'UTC') d
			JOIN part p ON d.at = timestamptz '2001-01-01' + p.i * interval '$bucket'
			WHERE p.name = '$name' AND p.robust = $robust HAVING count(*) = (SELECT count(*) FROM part WHERE name = '$name' AND robust = $robust)});
		cmp_ok($worst eq '' ? 1 : $worst, '<=', 1e-6, "$name, robust $robust: largest difference $worst");
	}
}

# Of each parameter the estimates lie about the truth: within 2 standard errors in nine
# of ten series, and on average within one.  Standard errors are those of the
# estimates of one series.  The profile is told by the forecasts of a week.
$node->safe_psql(
	'postgres', q{
	CREATE TABLE fitted AS
	SELECT split_part(series, ' ', 1)::float8 AS discount, split_part(series, ' ', 2)::float8 AS heterogeneity,
		crimeml.level_agg(timestamptz '2001-01-01' + i * interval '1 day', value, series, '{"variant": "sim", "paths": 100}') AS m
	FROM level GROUP BY 1, 2;
	CREATE TABLE found AS
	SELECT f.discount, f.heterogeneity, (s->'terms'->>'discount')::float8 AS d, 1 / (s->'terms'->>'size')::float8 AS h
	FROM fitted f, jsonb_array_elements(crimeml.describe(m)->'series') s;
	CREATE TABLE week AS
	SELECT discount, heterogeneity, series, (1460 + step) % 7 AS weekday, forecast / avg(forecast) OVER (PARTITION BY discount, heterogeneity, series) AS share
	FROM fitted, crimeml.forecast(m, 7, '{0.5}')});
$node->safe_psql(
	'postgres', q{
	CREATE TABLE estimate AS
	SELECT format('discount %s, 1 / size %s: discount', discount, heterogeneity) AS name, discount AS truth, d AS estimate FROM found
	UNION ALL SELECT format('discount %s, 1 / size %s: 1 / size', discount, heterogeneity), heterogeneity, h FROM found WHERE heterogeneity > 0
	UNION ALL SELECT format('discount %s, 1 / size %s: weekday %s', discount, heterogeneity, weekday), t.share, w.share FROM week w JOIN weekday t USING (weekday)});
foreach my $line (split /\n/, $node->safe_psql('postgres', q{
	SELECT e.name, count(*), truth, avg(estimate), s.error, avg((abs(estimate - truth) <= 2 * s.error)::int)
	FROM estimate e JOIN (SELECT name, stddev(estimate) AS error FROM estimate GROUP BY 1) s USING (name) GROUP BY 1, 3, 5 ORDER BY 1}))
{
	my ($name, $n, $truth, $mean, $error, $within) = split /\|/, $line;
	cmp_ok(abs($mean - $truth), '<=', $error, sprintf('%s: mean %.4f of %d series, standard error of one %.4f', $name, $mean, $n, $error));
	cmp_ok($within, '>=', 0.9, sprintf('%.3f within 2 standard errors', $within));
}
# a size above the largest that is tried is Poisson
cmp_ok($node->safe_psql('postgres', 'SELECT max(h) FROM found WHERE heterogeneity = 0'), '<=', 0.01, 'Poisson counts: 1 / size');

$node->stop;
done_testing();

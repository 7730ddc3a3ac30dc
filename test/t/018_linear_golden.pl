# linear_agg and poisson_agg against R's lm and glm (../shared/golden, g5_regression):
# monthly incidents of Philadelphia with trend and months, districts of India with
# states as dummies, weights and counts, and Longley's data, which are ill-conditioned.
# Coefficients and errors within 1e-9 (longley, and years as they are: 1e-7; glm: 1e-6),
# p values within 1e-8, very small ones within 1e-6 of their logarithm, as the
# references' README has it.
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
my $districts = "$shared/data/india/district_crimes_ipc_2001_2012.csv";
plan skip_all => 'the golden references are not here'
  unless -r "$golden/g5_regression/lm.json" && -r "$golden/inputs/longley.csv" &&
	 -r "$golden/inputs/philadelphia_monthly_counts.csv" && -r $districts;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION crimeml CASCADE');

sub content
{
	my ($path) = @_;
	local $/;
	open my $file, '<', $path or die "$path: $!";
	return <$file>;
}

my $reference = decode_json(content("$golden/g5_regression/lm.json"));

# the rows
$node->safe_psql('postgres', "CREATE TABLE monthly (series text, month text, count float8); COPY monthly FROM '$golden/inputs/philadelphia_monthly_counts.csv' (FORMAT csv, HEADER)");
$node->safe_psql('postgres', "CREATE TABLE longley (deflator float8, gnp float8, unemployed float8, forces float8, population float8, year float8, employed float8); COPY longley FROM '$golden/inputs/longley.csv' (FORMAT csv, HEADER)");
my ($head) = content($districts) =~ /^(.*?)\r?\n/;
my @column = map { lc s/[^A-Za-z]+/_/gr } split /,/, $head;
$node->safe_psql('postgres', 'CREATE TABLE district (' . join(', ', map { "$_ " . (/^(state_ut|district)$/ ? 'text' : 'float8') } @column) .
	"); COPY district FROM '$districts' (FORMAT csv, HEADER)");
$node->safe_psql('postgres', q{
	CREATE VIEW trend AS SELECT series, count, substr(month, 6) AS m, row_number() OVER (PARTITION BY series ORDER BY month) AS t FROM monthly;
	DELETE FROM district WHERE district ~ 'TOTAL';
	ALTER TABLE district ADD y0 float8, ADD s text, ADD weight float8;
	UPDATE district SET y0 = year - 2001, s = upper(state_ut), weight = total_ipc_crimes + 1});

# the reference, the aggregate's call and rows, and the tolerance
my @model = (
	(map { [ "philadelphia_${_}_trend_month", "crimeml.linear_agg(count, f) FROM trend r, LATERAL (SELECT r.t, r.m) f WHERE series = '$_' AND r.t <= 108", 1e-9 ] } 'city', 'type:Thefts', 'dist:24'),
	[ 'india_total_on_5', 'crimeml.linear_agg(total_ipc_crimes, f) FROM district r, LATERAL (SELECT r.murder, r.burglary, r.theft, r.riots, r.cheating) f', 1e-9 ],
	[ 'india_murder_on_year_and_counts', 'crimeml.linear_agg(murder, f) FROM district r, LATERAL (SELECT r.year, r.attempt_to_murder, r.robbery, r.rape) f', 1e-7 ],
	[ 'india_log_theft', 'crimeml.linear_agg(ln(1 + theft), f) FROM district r, LATERAL (SELECT r.y0, ln(1 + r.burglary) AS b, ln(1 + r.total_ipc_crimes) AS c) f', 1e-9 ],
	[ 'india_state_dummies', 'crimeml.linear_agg(theft, f) FROM district r, LATERAL (SELECT r.y0, r.burglary, r.s) f', 1e-9 ],
	[ 'india_weighted', q{crimeml.linear_agg(murder, f, '{"weight": "weight"}') FROM district r, LATERAL (SELECT r.y0, r.robbery, r.weight) f}, 1e-9 ],
	[ 'longley_R', 'crimeml.linear_agg(employed, f) FROM longley r, LATERAL (SELECT r.deflator, r.gnp, r.unemployed, r.forces, r.population, r.year) f', 1e-7 ],
	[ 'india_poisson', 'crimeml.poisson_agg(murder::int, f) FROM district r, LATERAL (SELECT r.y0, ln(1 + r.total_ipc_crimes) AS c) f', 1e-6 ]);

# R's names of terms as ours: m02 is m=02
sub our_name
{
	my ($name, $names) = @_;

	return '(intercept)' if $name eq '(Intercept)';
	return "m=$1" if $name =~ /^m(\d\d)$/;
	return "s=$1" if $name =~ /^S(.*)$/s;
	return undef;
}

sub near
{
	my ($ours, $theirs, $tolerance) = @_;

	return defined $ours && abs($ours - $theirs) <= $tolerance * abs($theirs);
}

my %metric = (r2 => 'r2', adj_r2 => 'adjusted_r2', residual_se => 'residual_deviation', f_stat => 'f', f_p => 'f_p',
	loglik => 'log_likelihood', aic => 'aic', bic => 'bic', df_residual => 'degrees_of_freedom', deviance => 'deviance', null_deviance => 'null_deviance');
foreach (@model)
{
	my ($name, $call, $tolerance) = @$_;
	my $r = $reference->{$name} or die $name;
	my ($terms, $metrics) = map { decode_json($_) } split /\n/, $node->safe_psql('postgres', qq{
		SET extra_float_digits = 3;
		CREATE TEMP TABLE fitted AS SELECT (SELECT $call) AS m;
		SELECT jsonb_agg(c) FROM fitted, crimeml.coefficients(m) c;
		SELECT crimeml.describe(m) -> 'metrics' FROM fitted});
	my @off;

	is(scalar @$terms, scalar @{ $r->{coef} }, "$name: terms");
	foreach my $k (0 .. $#{ $r->{coef} })
	{
		my ($ours, $theirs) = ($terms->[$k], $r->{coef}[$k]);
		my $expected = our_name($theirs->{term});
		my $small = $theirs->{p} < 1e-20;

		push @off, "name $ours->{term}" if defined $expected && $expected ne $ours->{term};
		push @off, "$ours->{term}: estimate" if !near($ours->{estimate}, $theirs->{estimate}, $tolerance);
		push @off, "$ours->{term}: error" if !near($ours->{error}, $theirs->{std_error}, $tolerance);
		push @off, "$ours->{term}: statistic" if !near($ours->{statistic}, $theirs->{t} // $theirs->{z}, 2 * $tolerance);
		# a small relative error of the statistic is one of about its square's times it in the logarithm of p
		push @off, "$ours->{term}: p $ours->{p} $theirs->{p}"
		  if $theirs->{p} == 0 ? $ours->{p} > 1e-300 :
			$small || $tolerance > 1e-9 ? abs(log($ours->{p} / $theirs->{p})) > 1e-6 * abs(log $theirs->{p}) + 10 * $tolerance :
			!near($ours->{p}, $theirs->{p}, 1e-8);
		next if !$r->{confint95};
		push @off, "$ours->{term}: lower" if !near($ours->{lower}, $r->{confint95}[$k]{'2.5 %'}, 10 * $tolerance);
		push @off, "$ours->{term}: upper" if !near($ours->{upper}, $r->{confint95}[$k]{'97.5 %'}, 10 * $tolerance);
	}
	is(join(', ', @off), '', "$name: coefficients");
	@off = grep { defined $r->{$_} && !($r->{$_} == 0 ? $metrics->{ $metric{$_} } < 1e-300 : near($metrics->{ $metric{$_} }, $r->{$_}, 10 * $tolerance)) } sort keys %metric;
	is(join(', ', map { "$_ $metrics->{$metric{$_}} $r->{$_}" } @off), '', "$name: the fit as a whole");

	# what is predicted of the twelve months that follow
	next if !$r->{predict};
	my $series = $name =~ s/^philadelphia_(.*)_trend_month$/$1/r;
	my @predicted = split /\n/, $node->safe_psql('postgres', qq{
		SET extra_float_digits = 3;
		SELECT crimeml.predict_value((SELECT $call), r) FROM trend r WHERE series = '$series' AND t > 108 ORDER BY t});
	is(scalar(grep { !near($predicted[$_], $r->{predict}[$_]{fit}, 1e-9) } 0 .. $#{ $r->{predict} }), 0, "$name: predictions");
}

$node->stop;
done_testing();

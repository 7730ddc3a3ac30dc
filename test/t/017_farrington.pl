# anomalies by method farrington against R's surveillance, run here, on weekly and
# monthly incidents of Philadelphia by type: ../shared/data.  See test/farrington.R
# for what is mended in R.
use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $here = dirname(abs_path(__FILE__));
my $data = "$here/../../../shared/data/philadelphia";
plan skip_all => 'the incidents of Philadelphia are not here'
  if grep { !-r "$data/incidents_$_.csv.gz" } 2016 .. 2021;
plan skip_all => "R's surveillance is not installed"
  if system(q{Rscript -e 'quit(status = !requireNamespace("surveillance", quietly = TRUE))' >/dev/null 2>&1}) != 0;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'America/New_York'\nclient_min_messages = warning");
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir();
my $files = join ' ', map { "$data/incidents_$_.csv.gz" } 2016 .. 2021;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE raw (a text, b text, district text, d text, at timestamptz, f text, g text, h text, i text, j text, k text, offence text, x text, y text);
	COPY raw FROM PROGRAM 'zcat $files | grep -v "^cartodb_id"' CSV;
	CREATE TABLE incident AS SELECT at, offence AS series FROM raw
	WHERE at < '2021-12-27' AND offence IN (SELECT offence FROM raw GROUP BY 1 HAVING count(*) > 300);
	DROP TABLE raw});

foreach my $bucket ([ '7 days', 6, '' ], [ '1 month', 5, 'months' ])
{
	my ($interval, $last, $word) = @$bucket;
	my $csv = "$dir/$last.csv";

	# R wants each year of what it judges: no series begins late
	$node->safe_psql('postgres', qq{
		CREATE TABLE counted AS SELECT series, at::date AS date, count FROM crimeml.counts('incident', '$interval')
		WHERE series IN (SELECT series FROM incident GROUP BY 1 HAVING min(at) < '2016-02-01');
		COPY counted TO '$csv' CSV HEADER});
	my $judged = `Rscript $here/../farrington.R judge $csv $last $word`;
	is($?, 0, "R judged $interval");
	append_to_file("$dir/$last.txt", $judged);
	my $answer = $node->safe_psql('postgres', qq{
		CREATE TABLE peer (options jsonb, series text, date date, expected float8, upper float8, p float8);
		COPY peer FROM '$dir/$last.txt' (FORMAT csv, DELIMITER '|', QUOTE E'\\x01', NULL 'NA');
		CREATE TABLE said AS
		SELECT o.options, a.* FROM (SELECT DISTINCT options FROM peer) o,
			LATERAL crimeml.anomalies('SELECT series, date AS at, count AS value FROM counted', '$interval', NULL, 1, 'farrington', o.options) a;
		SELECT count(*), count(DISTINCT peer.series), count(*) FILTER (WHERE NOT
			(abs(s.expected - peer.expected) <= 1e-9 * peer.expected AND abs(s.upper - peer.upper) <= 1e-9 * peer.upper
			AND abs(s.p - peer.p) <= 1e-9)) - count(*) FILTER (WHERE s.p IS NULL OR s.note LIKE 'by %'),
			count(*) FILTER (WHERE s.p IS NULL OR s.note LIKE 'by %')
		FROM peer LEFT JOIN said s USING (options, series) WHERE s.at::date = peer.date;
		DROP TABLE peer, said, counted});
	my ($rows, $series, $wrong, $unknown) = split /\|/, $answer;
	cmp_ok($rows, '>=', 400, "$interval: $rows judgements of $series types");
	is($wrong, 0, "$interval: expected counts, bounds and p are R's within 1e-9");
	is($unknown, 0, "$interval: all are judged, by all years");
}

done_testing();

# Models whose bytes were changed at random are refused, or are models: nothing
# that can be done with them harms the server.
#
# CRIMEML_MUTATIONS is how many there are (3000), CRIMEML_SEED where they begin.
use strict;
use warnings;

use Digest::SHA qw(sha256);
use MIME::Base64;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $mutations = $ENV{CRIMEML_MUTATIONS} || 3000;
my $seed = $ENV{CRIMEML_SEED} || 1;
my $batch = 1000;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'crimeml.progress_interval = 0');
$node->start;

# Models of every kind of label, input and split, and rows to use them on.
$node->safe_psql(
	'postgres', q{
	CREATE EXTENSION crimeml CASCADE;
	SET TimeZone = 'UTC';
	CREATE TABLE incident AS
	SELECT i AS id, 10 * (i % 7) + i % 3 AS loss, i % 24 AS hour, (i % 5 = 0) AS indoors,
		CASE WHEN i % 11 > 0 THEN 'street ' || i * 31 % 40 END AS street,
		ST_SetSRID(ST_MakePoint(480000 + i * 7919 % 1000, 4420000 + i * 104729 % 900), 26918) AS geom,
		timestamptz '2024-01-01' + i * interval '5 hours' AS at, date '2024-01-01' + i AS day,
		CASE WHEN i % 24 >= 18 THEN 'Theft' WHEN i % 5 = 0 THEN 'Burglary'
			WHEN i % 7 = 0 THEN 'Arson' ELSE 'Assault' END AS offence
	FROM generate_series(1, 200) i;
	CREATE TABLE seed AS
	SELECT 1 AS kind, crimeml.tree_agg(offence, f, '{"min_leaf": 2}') AS model
	FROM incident, LATERAL (SELECT hour, street, indoors) f
	UNION ALL
	SELECT 2, crimeml.forest_agg(offence, f, '{"trees": 3, "min_leaf": 4, "smoothing": 1, "class_weights": "balanced", "oob": true}')
	FROM incident, LATERAL (SELECT geom, at, street) f
	UNION ALL
	SELECT 3, crimeml.forest_agg(loss::float8, f, '{"trees": 3, "min_leaf": 4}')
	FROM incident, LATERAL (SELECT hour, street, day) f
	UNION ALL
	SELECT 4, crimeml.tree_agg(indoors, f, '{"min_leaf": 1, "max_depth": 0}')
	FROM incident, LATERAL (SELECT id, geom, offence) f
	UNION ALL
	SELECT 10, crimeml.boost_agg(offence, f, '{"rounds": 3, "max_leaves": 4}') FROM incident, LATERAL (SELECT geom, at, street) f
	UNION ALL
	SELECT 11, crimeml.boost_agg(indoors, f, '{"rounds": 5, "early_stopping": 0}') FROM incident, LATERAL (SELECT id, street) f
	UNION ALL
	SELECT 12, crimeml.boost_agg(loss::float8, f, '{"rounds": 5, "exposure": "id", "weight": "w"}') FROM incident, LATERAL (SELECT day, street, id, 1 + id % 3 AS w) f;

	-- and series of days and months, with gaps
	INSERT INTO crimeml.holidays VALUES ('2024-07-04'), ('2024-12-25');
	CREATE TABLE series AS
	SELECT 's' || s AS name, at, (7 * s + i * 7919 % 11) AS count, i FROM generate_series(1, 3) s, generate_series(0, 100) i,
		LATERAL (SELECT timestamptz '2024-01-01' + i * interval '1 day' AS at) a WHERE i % 37 <> 5;
	INSERT INTO seed
	SELECT 5, crimeml.level_agg(at, count, name, NULL) FROM series
	UNION ALL
	SELECT 6, crimeml.ets_agg(at, count, name, '{"model": "AAdA"}') FROM series
	UNION ALL
	SELECT 7, crimeml.arima_agg(at, count, '{"order": [1, 1, 1], "seasonal": [1, 0, 0]}') FROM series WHERE name = 's1'
	UNION ALL
	SELECT 8, crimeml.lstm_agg(at, count, name, '{"hidden": 8, "steps": 2}') FROM series
	UNION ALL
	SELECT 9, crimeml.level_agg(at, count + 0.5, '{"bucket": "1 day", "time_zone": "Europe/Paris"}') FROM series WHERE name = 's2';
	-- sums of terms: with errors, under a penalty, of counts, of two classes and more
	INSERT INTO seed
	SELECT 20, crimeml.linear_agg(loss, f) FROM incident, LATERAL (SELECT hour, street, geom) f
	UNION ALL
	SELECT 21, crimeml.linear_agg(loss, f, '{"ridge": 2}') FROM incident, LATERAL (SELECT at, offence, indoors) f
	UNION ALL
	SELECT 22, crimeml.poisson_agg(loss, f, '{"exposure": "id", "family": "negative_binomial"}') FROM incident, LATERAL (SELECT id, hour, street) f
	UNION ALL
	SELECT 23, crimeml.logistic_agg(indoors, f) FROM incident, LATERAL (SELECT hour, day) f
	UNION ALL
	SELECT 24, crimeml.logistic_agg(offence, f) FROM incident, LATERAL (SELECT hour, street) f;
	CREATE TABLE attempt (n int, bytes text);

	-- what becomes of a text: refused, or used for all that it can do
	CREATE FUNCTION use(bytes text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		m crimeml.model;
		d jsonb;
		result text := 'whole';
	BEGIN
		BEGIN
			m := bytes::crimeml.model;
		EXCEPTION WHEN OTHERS THEN
			RETURN 'refused';
		END;
		IF m::text <> bytes THEN
			RETURN 'is not what it was';
		END IF;
		BEGIN
			d := crimeml.describe(m);
			IF NOT d ? 'task' THEN
				PERFORM count(f) FROM crimeml.forecast(m, 3) f;
				m := crimeml.update(m, 'SELECT name AS series, at + interval ''100 days'' AS at, count AS value FROM series WHERE name = ''s1'' AND i < 9');
				PERFORM count(f) FROM crimeml.forecast(m::text::crimeml.model, 3) f;
				RETURN result;
			END IF;
			PERFORM count(*) FROM crimeml.importance(m);
			PERFORM count(i) FROM crimeml.model_inputs(m) i;
			IF d ->> 'algorithm' IN ('linear', 'poisson', 'logistic') THEN
				PERFORM count(c) FROM crimeml.coefficients(m) c;
			ELSE
				PERFORM count(n) FROM crimeml.nodes(m) n;
				PERFORM count(r) FROM crimeml.rules(m) r;
				PERFORM count(e) FROM incident i, crimeml.explain(m, i) e WHERE id <= 3;
				IF d ->> 'task' = 'classify' THEN
					PERFORM c FROM incident i, crimeml.explain_classes(m, i) c WHERE id <= 3;
				END IF;
			END IF;
			IF d ->> 'task' = 'classify' THEN
				PERFORM count(*) FROM crimeml.classes(m);
				PERFORM crimeml.predict(m, i) FROM incident i WHERE id <= 20;
				PERFORM c FROM incident i, crimeml.predict_classes(m, i) c WHERE id <= 3;
				PERFORM count(*) FROM crimeml.evaluate(m, 'SELECT *, offence AS label FROM incident');
			ELSE
				PERFORM crimeml.predict_value(m, i) FROM incident i WHERE id <= 20;
				PERFORM count(*) FROM crimeml.evaluate(m, 'SELECT *, loss AS label FROM incident');
			END IF;
		EXCEPTION WHEN OTHERS THEN
			IF SQLSTATE LIKE 'XX%' THEN
				RETURN 'fails inside: ' || SQLERRM;
			END IF;
			result := 'cannot be used';
		END;
		RETURN result;
	END $$});

my @crc_table = map {
	my $c = $_;
	$c = $c & 1 ? ($c >> 1) ^ 0x82F63B78 : $c >> 1 for 1 .. 8;
	$c
} 0 .. 255;

# The header's hash and checksum anew, so that the decoder sees the change.
sub seal
{
	my ($bytes) = @_;
	my ($head, $body) = (substr($bytes, 0, 8), length $bytes > 28 ? substr($bytes, 28) : '');
	my $id = substr(sha256($head . $body), 0, 16);
	my $crc = 0xFFFFFFFF;

	$crc = $crc_table[ ($crc ^ $_) & 255 ] ^ ($crc >> 8) for unpack 'C*', $head . $id . $body;
	return $head . $id . pack('V', $crc ^ 0xFFFFFFFF) . $body;
}

my @model = map { decode_base64($_) }
  split /\n/, $node->safe_psql('postgres', 'SELECT model FROM seed ORDER BY kind');
my @odd = (0, 1, 2, 127, 128, 255);

# Some bytes of a model, as a file of random changes would leave them.
sub mutate
{
	my ($bytes) = @_;
	my $times = 1 + int(rand(3));

	for (1 .. $times)
	{
		my $at = int(rand(length $bytes));
		my $len = 1 + int(rand(8));
		my $kind = int(rand(7));

		if ($kind == 0)
		{
			vec($bytes, 8 * $at + int(rand(8)), 1) ^= 1;
		}
		elsif ($kind == 1)
		{
			substr($bytes, $at, 1) = chr(int(rand(256)));
		}
		elsif ($kind == 2)
		{
			substr($bytes, $at, 1) = chr($odd[ rand @odd ]);
		}
		elsif ($kind == 3)
		{
			substr($bytes, $at, 0) = join '', map { chr(int(rand(256))) } 1 .. $len;
		}
		elsif ($kind == 4)
		{
			substr($bytes, $at, $len) = '';
		}
		elsif ($kind == 5)
		{
			substr($bytes, $at, $len) = "\xFF" x $len;
		}
		else
		{
			my $other = $model[ rand @model ];

			substr($bytes, $at, $len) = substr($other, int(rand(length $other)), $len);
		}
	}
	return $bytes;
}

srand($seed);
my %became;
for (my $from = 0; $from < $mutations; $from += $batch)
{
	my $lines = '';

	for my $n ($from .. ($from + $batch < $mutations ? $from + $batch : $mutations) - 1)
	{
		my $bytes = mutate($model[ $n % @model ]);

		# every other one is sealed; of the others some are changed as text
		$bytes = seal($bytes) if $n / @model % 2;
		my $text = encode_base64($bytes, '');
		substr($text, int(rand(length $text)), 1) = chr(32 + int(rand(95)))
		  if $n / @model % 16 == 0;
		$lines .= "$n\t" . ($text =~ s/\\/\\\\/gr) . "\n";
	}
	my ($status, $out, $error) = $node->psql(
		'postgres', qq{
		SET statement_timeout = '600s';
		TRUNCATE attempt;
		COPY attempt FROM stdin;
$lines\\.
		SELECT use(bytes), count(*), min(n) FROM attempt GROUP BY 1});
	is($status, 0, "mutations from $from") or BAIL_OUT($error);
	for (split /\n/, $out)
	{
		my ($what, $count, $first) = split /\|/;

		$became{$what} += $count;
		fail("mutation $first $what") if $what !~ /^(refused|cannot be used|whole)$/;
	}
}
note("$became{$_} $_") for sort keys %became;
cmp_ok($became{refused}, '>', $mutations / 2, 'most are refused');
cmp_ok($became{whole}, '>', $mutations / 100, 'some are models, which can be used');
is( $node->safe_psql('postgres', 'SELECT count(*) FROM seed WHERE use(model::text) = \'whole\''),
	scalar(@model), 'whole models can be used');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|TRAP/, 'no process died');

$node->stop;
done_testing();

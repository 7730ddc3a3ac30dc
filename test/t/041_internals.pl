# docs/internals.md draws the tables of the extension as the catalog has them,
# and names the rooms of src/ that there are.
use strict;
use warnings;

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $top = dirname(dirname(dirname(__FILE__)));
my $page = slurp_file("$top/docs/internals.md");

# the diagram: tables with their columns and keys, and what refers to what
my ($diagram) = $page =~ /^erDiagram\n(.*?)^```/ms;
my (@columns, @references);
while ($diagram =~ /^\s+(\w+) \{\n(.*?)^\s+\}/gms)
{
	my ($table, $body) = ($1, $2);
	push @columns, "$table: $_" foreach map { s/^\s+|\s+$//gr } split /\n/, $body;
}
push @references, "$2 to $1 by $3" while $diagram =~ /^\s+(\w+) \|\|--o\{ (\w+) : "(\w+)"/gm;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION crimeml CASCADE');

my $tables = q{
	WITH own AS (
		SELECT c.oid, c.relname FROM pg_class c
		JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
			AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'crimeml')
		WHERE c.relkind IN ('r', 'p'))};
my $catalog = $node->safe_psql('postgres', qq{$tables
	SELECT o.relname || ': ' || replace(format_type(a.atttypid, a.atttypmod), 'timestamp with time zone', 'timestamptz') || ' ' || a.attname ||
		coalesce((SELECT ' ' || CASE k.contype WHEN 'p' THEN 'PK' ELSE 'FK' END FROM pg_constraint k
			WHERE k.conrelid = o.oid AND k.contype IN ('p', 'f') AND a.attnum = ANY (k.conkey) ORDER BY k.contype DESC LIMIT 1), '')
	FROM own o JOIN pg_attribute a ON a.attrelid = o.oid AND a.attnum > 0 AND NOT a.attisdropped});
is_deeply([ sort @columns ], [ sort split /\n/, $catalog ], 'tables and columns are those of the catalog');
my $foreign = $node->safe_psql('postgres', qq{$tables
	SELECT k.conrelid::regclass::text || ' to ' || k.confrelid::regclass::text || ' by ' ||
		(SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = k.conrelid AND attnum = ANY (k.conkey))
	FROM pg_constraint k WHERE k.contype = 'f' AND k.conrelid IN (SELECT oid FROM own)});
$foreign =~ s/crimeml\.//g;
is_deeply([ sort @references ], [ sort split /\n/, $foreign ], 'and so is what refers to what');

# each symbol that SQL calls is crimeml_ and a name
is($node->safe_psql('postgres', q{
	SELECT count(*) FROM pg_proc p JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'crimeml') AND p.prolang = (SELECT oid FROM pg_language WHERE lanname = 'c')
		AND p.prosrc NOT LIKE 'crimeml\_%'}), '0', 'C symbols are called crimeml_...');

$node->stop;
done_testing();

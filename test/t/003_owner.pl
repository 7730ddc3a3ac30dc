# A database belongs to somebody who is no superuser: its owner dumps all that
# crimeml keeps, and restores it, in the same cluster and in one whose roles have
# other numbers.  Who loaded is known by number, not by name.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $csv = q{E'id,at\n1,2024-01-01\n2,2024-13-01\n3,2024-01-03\n'::bytea};
my $load = 'crimeml.load_csv(regclass, bytea, jsonb, text, boolean, text[], text, name[], text)';
my $mine = 'SELECT count(*), (SELECT count(*) FROM crimeml.rejected_rows) FROM crimeml.loads';
my $all = q{
	SELECT load_id, target, read, loaded, rejected, role_name, finished FROM crimeml.loads ORDER BY load_id};

sub start
{
	my ($name, @roles) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init;
	$node->start;
	$node->safe_psql('postgres', "CREATE ROLE \"$_\" LOGIN") foreach @roles;
	return $node;
}

sub as
{
	my ($node, $database, $role, $query) = @_;

	return $node->safe_psql($database, $query, extra_params => [ '-U', $role ]);
}

# Restore by the owner.  A schema is no part of the extension in it, so a dump
# makes it, which is the one error that a restore may have.
sub restore
{
	my ($node, $database, $file, $what) = @_;
	my ($out, $err) = ('', '');

	IPC::Run::run([ 'psql', '-XqA', '-U', 'chief', '-d', $node->connstr($database), '-f', $file ],
		'>', \$out, '2>', \$err);
	$err =~ s/^psql:\S+ ERROR:  schema "crimeml" already exists\n//m;
	my @errors = grep { /ERROR|FATAL/ } split /\n/, $err;
	is("@errors", '', $what);
	return;
}

sub install
{
	my ($node, $database) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $database OWNER chief");
	$node->safe_psql($database, qq{
		CREATE EXTENSION crimeml CASCADE;
		GRANT EXECUTE ON FUNCTION $load TO PUBLIC});
}

my $first = start('first', 'chief', 'anna', 'Bob Smith', 'eve');
install($first, 'city');
as($first, 'city', 'chief', q{
	CREATE TABLE incident (id int, at date);
	GRANT INSERT, SELECT ON incident TO PUBLIC});
as($first, 'city', $_, "SELECT crimeml.load_csv('incident', $csv)") foreach ('chief', 'anna', 'anna', 'Bob Smith', 'eve');

is(as($first, 'city', 'anna', $mine), '2|2', 'a role sees its own loads');
is(as($first, 'city', 'Bob Smith', $mine), '1|1', 'of a name with a blank and capitals, too');
is(as($first, 'city', 'chief', $mine), '5|5', 'the owner of the database sees all');

# a role that goes, and one of its name that comes
my $number = $first->safe_psql('postgres', q{SELECT oid FROM pg_roles WHERE rolname = 'eve'});
$first->safe_psql('postgres', 'DROP ROLE eve; CREATE ROLE eve LOGIN');
is(as($first, 'city', 'eve', $mine), '0|0', 'a role made anew under an old name sees nothing of before');
is(as($first, 'city', 'chief', q{SELECT role_name FROM crimeml.loads WHERE role::oid NOT IN (SELECT oid FROM pg_roles)}),
	'eve', 'the owner still sees who it was');

# one that is renamed keeps what is its own
$first->safe_psql('postgres', 'ALTER ROLE "Bob Smith" RENAME TO bob');
is(as($first, 'city', 'bob', $mine), '1|1', 'a renamed role sees its own loads');
$first->safe_psql('postgres', 'ALTER ROLE bob RENAME TO "Bob Smith"');

# who may not
my ($code, $out, $err) = $first->psql('city', 'INSERT INTO crimeml.loads (target) VALUES (1)', extra_params => [ '-U', 'anna' ]);
like($err, qr/permission denied for table loads/, 'nobody else writes to the log');

# a trigger that the owner puts on the log does not run as a superuser who loads
as($first, 'city', 'chief', q{
	CREATE TABLE who (name text);
	CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO who VALUES (current_user); RETURN NULL; END';
	CREATE TRIGGER spy AFTER INSERT ON crimeml.loads FOR EACH ROW EXECUTE FUNCTION spy();
	CREATE CONSTRAINT TRIGGER late AFTER INSERT ON crimeml.loads DEFERRABLE INITIALLY DEFERRED
	FOR EACH ROW EXECUTE FUNCTION spy();
	GRANT INSERT, SELECT ON who TO pg_database_owner});
($code, $out, $err) = $first->psql('city', "SELECT crimeml.load_csv('incident', $csv)");
like($err, qr/cannot fire deferred trigger within security-restricted operation/, 'no trigger of the owner waits for the end of a superuser\'s transaction');
as($first, 'city', 'chief', 'DROP TRIGGER late ON crimeml.loads');
$first->safe_psql('city', "SELECT crimeml.load_csv('incident', $csv)");
is($first->safe_psql('city', 'SELECT DISTINCT name FROM who'), 'pg_database_owner', 'a trigger runs as the owner of the log');
as($first, 'city', 'chief', 'DROP TRIGGER spy ON crimeml.loads; DROP FUNCTION spy(); DROP TABLE who');

# dump by the owner, restore beside it; comments and data of extensions of others are no business of his
my $before = as($first, 'city', 'chief', $all);
my $dump = $first->backup_dir . '/city.sql';
mkdir $first->backup_dir;
$first->command_ok([ 'pg_dump', '--no-comments', '--exclude-table-data=*.spatial_ref_sys', '-U', 'chief', '-f', $dump, $first->connstr('city') ],
	'the owner dumps');
install($first, 'copy');
restore($first, 'copy', $dump, 'the owner restores');
is(as($first, 'copy', 'chief', $all), $before, 'all rows are there');
is(as($first, 'copy', 'anna', $mine), '2|2', 'each role sees its own');
is(as($first, 'copy', 'eve', $mine), '0|0', 'and the one made anew nothing');
is(as($first, 'copy', 'anna', "SELECT load_id > (SELECT max(load_id) FROM crimeml.loads) FROM crimeml.load_csv('incident', $csv)"),
	't', 'the next load has the next number');

# in a cluster whose roles have other numbers; somebody has the number of who was dropped
my $second = start('second', 'zoe', 'Bob Smith', 'anna', 'kim', 'chief', 'eve');
my $other = 'nobody';
for my $i (1 .. 100)
{
	last if $second->safe_psql('postgres', 'SELECT max(oid) FROM pg_roles') >= $number;
	$second->safe_psql('postgres', "CREATE ROLE more_$i LOGIN");
	$other = "more_$i";
}
$other = $second->safe_psql('postgres', "SELECT rolname FROM pg_roles WHERE oid = $number") || $other;
is($second->safe_psql('postgres', "SELECT oid FROM pg_roles WHERE rolname = '$other'"), $number,
	'another role has the number of the dropped one');
install($second, 'city');
restore($second, 'city', $dump, 'the owner restores where roles have other numbers');
is(as($second, 'city', 'chief', $all), $before, 'all rows are there, too');
is(as($second, 'city', $_->[0], $mine), $_->[1], "what $_->[0] sees")
	foreach ([ 'anna', '2|2' ], [ 'Bob Smith', '1|1' ], [ 'zoe', '0|0' ], [ $other, '0|0' ], [ 'eve', '0|0' ]);

$first->stop;
$second->stop;
done_testing();

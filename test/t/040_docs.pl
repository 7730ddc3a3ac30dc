# Every query of the README and of every page of docs/ runs, in order, in a
# database of the page's own, and prints what the page says.
#
# Blocks that begin with ```sql are run by psql, which stops at an error.  A
# block without a language that follows one at once is what it prints, in
# psql's usual form without the number of rows.  A page about data of its
# reader's makes them first, so that everybody can paste it.
use strict;
use warnings;

use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $mark = '----- block ';

# The blocks of a page: [line, sql, what it prints or undef].
sub blocks
{
	my ($page) = @_;
	my @blocks;
	my ($language, $text, $line, $between);

	open(my $file, '<', $page) or die "$page: $!";
	while (my $row = <$file>)
	{
		if (defined $language)
		{
			if ($row =~ /^```\s*$/)
			{
				if ($language eq 'sql')
				{
					push @blocks, [ $line, $text, undef ];
					$between = 0;
				}
				elsif ($language eq '' && @blocks && !$between)
				{
					$blocks[-1][2] = $text;
				}
				$between = 1 if $language ne 'sql';
				undef $language;
			}
			else
			{
				$text .= $row;
			}
		}
		elsif ($row =~ /^```(\w*)\s*$/)
		{
			($language, $text, $line) = ($1, '', $.);
		}
		elsif ($row =~ /\S/)
		{
			$between = 1;
		}
	}
	close $file;
	die "$page: a block does not end" if defined $language;
	return @blocks;
}

# As it is compared: blanks at the ends of lines and empty lines count nothing.
sub bare
{
	my ($text) = @_;

	$text =~ s/[ \t]+$//mg;
	$text =~ s/\n+/\n/g;
	$text =~ s/^\n//;
	return $text;
}

my $node = PostgreSQL::Test::Cluster->new('docs');
$node->init;
# a page may not depend on the place where its reader is
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nfsync = off\n");
$node->start;

my $top = dirname(dirname(dirname(__FILE__)));
my @pages = ("$top/README.md", sort glob("$top/docs/*.md"));
cmp_ok(scalar(@pages), '>', 5, 'the pages are there');

foreach my $page (@pages)
{
	my $name = $page =~ m{/docs/README\.md$} ? 'docs' : basename($page, '.md');
	my @blocks = blocks($page);
	my $db = 'docs_' . lc $name;
	my ($script, $out, $err) = ("\\pset footer off\n", '', '');

	next if !@blocks;
	$db =~ s/\W/_/g;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	# the README says itself how to begin
	$node->safe_psql($db, 'CREATE EXTENSION crimeml CASCADE') if $name ne 'README';
	for my $i (0 .. $#blocks)
	{
		$script .= "\\echo '$mark$i'\n$blocks[$i][1]\n";
	}
	$script .= "\\echo '$mark'\n";

	my $dir = PostgreSQL::Test::Utils::tempdir();
	append_to_file("$dir/page.sql", $script);
	my $ended = IPC::Run::run(
		[ 'psql', '-XqAt', '-P', 'format=aligned', '-P', 'tuples_only=off', '-v', 'ON_ERROR_STOP=1',
			'-d', $node->connstr($db), '-f', 'page.sql' ],
		'>', \$out, '2>', \$err, init => sub { chdir $dir or die });

	my %printed;
	my $at;
	foreach my $row (split /\n/, $out, -1)
	{
		if ($row =~ /^\Q$mark\E(\d*)$/)
		{
			$at = $1;
			$printed{$at} = '';
		}
		elsif (defined $at)
		{
			$printed{$at} .= "$row\n";
		}
	}
	if (!$ended)
	{
		my ($last) = sort { $b <=> $a } grep { /\d/ } keys %printed;
		my ($error) = $err =~ /^(psql:.*?(?:ERROR|error|invalid|:).*(?:\n.*){0,3})/m;
		fail("$name: the block at line " . $blocks[ $last // 0 ][0] . ' runs');
		diag($err =~ /((?:psql:\S+ )?(?:ERROR|FATAL|error):.*(?:\n.*){0,4})/ ? $1 : $err);
		next;
	}
	pass("$name: all " . scalar(@blocks) . ' blocks run');
	for my $i (grep { defined $blocks[$_][2] } 0 .. $#blocks)
	{
		is(bare($printed{$i}), bare($blocks[$i][2]), "$name: what the block at line $blocks[$i][0] prints");
	}
}

$node->stop;
done_testing();

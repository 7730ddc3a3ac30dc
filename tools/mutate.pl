#!/usr/bin/perl
#
# mutate.pl DIRECTORY JOBS PATTERN
#		Put faults into the sources one at a time, and see whether a test fails.
#
# Called by mutate.sh, which made a private copy of the checkout and of
# PostgreSQL in DIRECTORY/1, DIRECTORY/2, ...; each is the place of one worker.
#
# The workers first build for gcov and run each test once, to learn which lines
# it reaches; a test is then asked only about faults in lines that it reaches, the
# quick ones first.  A fault is caught when a test fails or ends too late.  A
# failure of a TAP test counts when it fails again, for some measure time and
# memory.
#
# DIRECTORY/state holds what is known: lines "test", "run" and "runnable" of the
# coverage, and a line "fault" for each that was tried.  Other sources make all
# of it worthless; another text of a test what is known from that test, and that
# faults survived.
#
use strict;
use warnings;

use Fcntl qw(:flock SEEK_SET);
use Digest::MD5 qw(md5_hex);
use File::Basename;
use List::Util qw(max);
use POSIX qw(:sys_wait_h setpgid);
use Time::HiRes qw(time sleep);

my $list = 'test/faults.txt';
my $database = 'contrib_regression';
my $template = 'crimeml_template';

$| = 1;

sub content
{
	my ($path) = @_;
	local $/;

	open my $file, '<', $path or die "$path: $!\n";
	return scalar <$file>;
}

sub write_file
{
	my ($path, $text) = @_;

	open my $file, '>', $path or die "$path: $!\n";
	print $file $text;
	close $file or die "$path: $!\n";
}

# A line that several workers may add to one file.
sub append
{
	my ($path, $text) = @_;

	open my $file, '>>', $path or die "$path: $!\n";
	flock $file, LOCK_EX;
	print $file $text;
	close $file or die "$path: $!\n";
}

# ----------
# Faults
# ----------

# The list: a line "src/file note", lines "- original", lines "+ replacement".
sub read_faults
{
	my ($pattern) = @_;
	my (@faults, $fault);
	my $line = 0;

	for (split /\n/, content($list))
	{
		$line++;
		if (/^\s*(#|$)/)
		{
			undef $fault;
		}
		elsif (/^(src\/\S+)\s+(.*)/)
		{
			$fault = { at => $line, file => $1, note => $2, old => [], new => [] };
			push @faults, $fault;
		}
		elsif ($fault && /^([-+])\s*(.*?)\s*$/)
		{
			push @{ $fault->{ $1 eq '-' ? 'old' : 'new' } }, $2;
		}
		else
		{
			die "$list:$line: neither a file, nor a line that begins with - or +\n";
		}
	}
	@faults = grep {
		join("\n", $_->{file}, $_->{note}, @{ $_->{old} }, @{ $_->{new} }) =~ /(?:$pattern)/
	} @faults;
	# the slow ones last
	return (grep { !is_interrupt_check($_) } @faults), grep { is_interrupt_check($_) } @faults;
}

# The source with the fault in it and the lines that it changes; or why not.
sub place_fault
{
	my ($fault) = @_;
	my $old = join '\s+', map { quotemeta } @{ $fault->{old} };
	my $new = join "\n", @{ $fault->{new} };
	my $text;
	my ($from, $to, @places);

	return 'the file is gone' unless -r $fault->{file};
	$text = content($fault->{file});
	while ($text =~ /$old/g)
	{
		push @places, [ $-[0], $+[0] ];
	}
	return 'the original is not found' if !@places;
	return 'the original is found ' . @places . ' times' if @places > 1;
	($from, $to) = @{ $places[0] };
	$fault->{clean} = $text;
	$fault->{faulty} = substr($text, 0, $from) . $new . substr($text, $to);

	# what both have at their ends is no part of the fault
	$old = substr $text, $from, $to - $from;
	while (length $old && length $new && substr($old, 0, 1) eq substr($new, 0, 1))
	{
		$from++;
		$_ = substr $_, 1 for $old, $new;
	}
	while (length $old && length $new && substr($old, -1) eq substr($new, -1))
	{
		$to--;
		chop $_ for $old, $new;
	}
	$fault->{first} = 1 + (substr($text, 0, $from) =~ tr/\n//);
	$fault->{last} = $fault->{first} + (substr($text, $from, $to - $from) =~ tr/\n//);
	return;
}

sub fault_text
{
	my ($fault) = @_;

	return join '', map { "$_\n" } "$fault->{file}:$fault->{first}  $fault->{note}",
	  (map { "    - $_" } @{ $fault->{old} }), map { "    + $_" } @{ $fault->{new} };
}

# Is this an interrupt check, which only a cancel can tell?
sub is_interrupt_check
{
	my ($fault) = @_;

	return grep { /CHECK_FOR_INTERRUPTS|progress_step/ } @{ $fault->{old} };
}

# ----------
# Commands and the worker's server
# ----------

# What we have started, ended when we are.  A test that ends for that has not
# failed: the file "ended" tells the workers so.
our @started;
my $ended;

sub end_started
{
	write_file($ended, '');
	kill TERM => @started;
	waitpid $_, 0 for @started;
	exit 143;
}

# Run a command in a process group of its own: 'ok', 'failed' or 'late'.
sub run
{
	my ($limit, $log, @command) = @_;
	my $end = time + $limit;
	my $pid = fork // die "fork: $!\n";

	if ($pid == 0)
	{
		setpgid(0, 0);
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', $log or die "$log: $!\n";
		open STDERR, '>&', \*STDOUT;
		exec @command or die "$command[0]: $!\n";
	}
	local @started = (-$pid);
	while (waitpid($pid, WNOHANG) == 0)
	{
		if (time > $end)
		{
			kill TERM => -$pid;
			for (1 .. 100)
			{
				return 'late' if waitpid($pid, WNOHANG) != 0;
				sleep 0.1;
			}
			kill KILL => -$pid;
			waitpid $pid, 0;
			return 'late';
		}
		sleep 0.02;
	}
	return $? == 0 ? 'ok' : 'failed';
}

# Those of our server's processes that serve a client, or work for one that does.
sub backends
{
	my ($postmaster) = split /\n/, content("$ENV{PGHOST}/data/postmaster.pid");
	my @pids;

	for my $pid (split ' ', content("/proc/$postmaster/task/$postmaster/children"))
	{
		my $title = eval { content("/proc/$pid/cmdline") } // '';
		push @pids, $pid if $title =~ /^postgres: (parallel worker|.* \[local\])/;
	}
	return @pids;
}

sub wait_for_backends
{
	for (1 .. 250)
	{
		return if !backends();
		sleep 0.02;
	}
}

sub query
{
	my ($dbname, $sql) = @_;
	my @psql = ('psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', $dbname, '-c', $sql);

	return run(60, 'query.log', @psql) eq 'ok';
}

# End what a fault left running; the server restarts itself.
sub clear_server
{
	kill KILL => backends();
	for (1 .. 120)
	{
		return if query('postgres', 'SELECT 1');
		sleep 0.5;
	}
	die "the server does not answer\n";
}

sub fresh_database
{
	my @sql = (
		"DROP DATABASE IF EXISTS $database WITH (FORCE)",
		q{DO $$ DECLARE r name; BEGIN
			FOR r IN SELECT rolname FROM pg_roles WHERE rolname NOT LIKE 'pg\_%' AND rolname <> current_user LOOP
				EXECUTE format('DROP ROLE %I', r);
			END LOOP; END $$},
		"CREATE DATABASE $database TEMPLATE $template STRATEGY file_copy");

	for my $attempt (1, 2)
	{
		return if !grep { !query('postgres', $_) } @sql;
		clear_server();
	}
	die "no fresh database: " . content('query.log');
}

# ----------
# Tests
# ----------

# The tests of cancels measure time and are by far the slowest: they are asked only
# about interrupt checks, and about all of these.
sub cancel_tests
{
	return glob 'test/t/*cancel*.pl';
}

sub other_tests
{
	return ((map { basename($_, '.sql') } glob 'test/sql/*.sql'), grep { !/cancel/ } glob 'test/t/*.pl');
}

sub run_test
{
	my ($make, $test, $limit) = @_;
	my $begin = time;
	my $result;

	if ($test =~ /\.pl$/)
	{
		$result = run($limit, 'test.log', @$make, 'installcheck', 'REGRESS=', 'TAP_TESTS=1', "PROVE_TESTS=$test");
		# servers of a test that was killed
		for my $file (glob 'tmp_check/*/pgdata/postmaster.pid')
		{
			my ($pid) = split /\n/, content($file);
			kill QUIT => $pid;
		}
	}
	else
	{
		fresh_database();
		$begin = time;
		$result = run($limit, 'test.log', @$make, 'installcheck', "REGRESS=$test",
			'EXTRA_REGRESS_OPTS=--use-existing');
		clear_server() if $result eq 'late';
	}
	return ($result, time - $begin);
}

# ----------
# Coverage
# ----------

# The lines that were run since the counts were deleted, as "file<tab>lines".
sub lines_run
{
	my %lines;

	for my $object (map { s/\.gcda$//r } glob 'src/*.gcda src/*/*.gcda')
	{
		my $dir = dirname($object);
		my $file;

		# -t: to standard output; lines "count:number:text"
		for (split /\n/, `gcov -t -o $dir $object.o 2>gcov.log`)
		{
			if (/^\s*-:\s*0:Source:(.*)/)
			{
				my $source = $1;
				$file = $source =~ /^src\// ? $source : undef;
			}
			elsif ($file && /^\s*([0-9#=]\S*?)\*?:\s*(\d+):/)
			{
				my ($count, $line) = ($1, $2);
				$lines{$file}{$line} += $count =~ /^\d/ ? 1 : 0;
			}
		}
	}
	return \%lines;
}

# For each test which lines it ran; of each file which ones can be run.
sub gather_coverage
{
	my ($dir, $make, @tests) = @_;
	my %runnable;

	for my $test (@tests)
	{
		unlink glob 'src/*.gcda src/*/*.gcda';
		my ($result, $seconds) = run_test($make, $test, 1800);
		wait_for_backends();
		my $lines = lines_run();
		my $known = join("\t", 'test', $test, test_digest($test), $result, $seconds) . "\n";

		for my $file (sort keys %$lines)
		{
			my @can = sort { $a <=> $b } keys %{ $lines->{$file} };
			my @run = grep { $lines->{$file}{$_} } @can;
			my @new = grep { !$runnable{$file}{$_}++ } @can;

			$known .= join("\t", 'run', $test, $file, "@run") . "\n" if @run;
			$known .= join("\t", 'runnable', $file, "@new") . "\n" if @new;
		}
		append("$dir/state", $known);
	}
}

# ----------
# What is known
# ----------

# What the coverage and the verdicts depend on.
sub sources_digest
{
	return md5_hex(map { content($_) } 'Makefile',
		(grep { !m{sql/crimeml--} } glob 'sql/*.sql'), glob 'src/*.[ch] src/*/*.[ch]');
}

sub test_digest
{
	my ($test) = @_;

	return md5_hex(map { content($_) }
		  $test =~ /\.pl$/ ? ($test, glob 'test/t/*.pm') :
		  ("test/sql/$test.sql", grep { -e } glob "expected/{$test,${test}_[0-9]}.out"));
}

sub tests_digest
{
	return md5_hex(map { test_digest($_) } other_tests(), cancel_tests());
}

# How the state knows a fault.
sub fault_key
{
	my ($fault) = @_;

	return md5_hex(join "\n", $fault->{file}, @{ $fault->{old} }, '', @{ $fault->{new} });
}

# What a verdict depends on beside the sources: the test that caught, or all.
sub verdict_digest
{
	my ($verdict) = @_;

	return $verdict =~ /^caught by (\S+)/ ? test_digest($1) : tests_digest();
}

# Begin the state, or keep of an older one what still holds.
sub prune_state
{
	my ($dir) = @_;
	my $sources = "sources\t" . sources_digest() . "\n";
	my %digest = map { $_ => test_digest($_) } other_tests(), cancel_tests();
	my $all = tests_digest();
	my $kept = $sources;
	my %holds;

	if (-e "$dir/state" && content("$dir/state") =~ /^\Q$sources\E/)
	{
		for (split /^/, content("$dir/state"))
		{
			my ($what, @fields) = split /[\t\n]/;
			if ($what eq 'test')
			{
				$holds{ $fields[0] } = ($digest{ $fields[0] } // '') eq $fields[1];
			}
			elsif ($what eq 'fault')
			{
				my $test = $fields[2] =~ /^caught by (\S+)/ ? $1 : undef;
				next if $fields[1] ne ($test ? $digest{$test} // '' : $all);
			}
			$kept .= $_ if $what =~ /^(runnable|fault)$/ || $what =~ /^(test|run)$/ && $holds{ $fields[0] };
		}
	}
	write_file("$dir/state", $kept);
}

# What the state holds: the coverage, and verdicts on faults by their keys.
sub read_state
{
	my ($dir) = @_;
	my %coverage = (seconds => {}, result => {}, run => {}, runnable => {}, verdict => {});

	for (split /\n/, content("$dir/state"))
	{
		my ($what, @fields) = split /\t/;
		if ($what eq 'test')
		{
			$coverage{result}{ $fields[0] } = $fields[2];
			$coverage{seconds}{ $fields[0] } = $fields[3];
		}
		elsif ($what eq 'run')
		{
			$coverage{run}{ $fields[1] }{$_}{ $fields[0] } = 1 for split(/ /, $fields[2]), 'any';
		}
		elsif ($what eq 'runnable')
		{
			$coverage{runnable}{ $fields[0] }{$_} = 1 for split / /, $fields[1];
		}
		elsif ($what eq 'fault')
		{
			$coverage{verdict}{ $fields[0] } = $fields[2];
		}
	}
	return \%coverage;
}

#
# The tests that reach a fault.  Lines that gcov does not count belong to the
# statement that begins above them; outside of functions, to the whole file.
#
sub tests_that_reach
{
	my ($fault, $coverage) = @_;
	my $runnable = $coverage->{runnable}{ $fault->{file} } // {};
	my $run = $coverage->{run}{ $fault->{file} } // {};
	my @lines = grep { $runnable->{$_} } $fault->{first} .. $fault->{last};
	my @text = split /\n/, $fault->{clean};
	my %tests;

	for (my $line = $fault->{first}; !@lines && $line > 0 && $text[ $line - 1 ] !~ /^[^\s#]|^#\s*define/; $line--)
	{
		@lines = ($line) if $runnable->{$line};
	}
	@lines = ('any') if !@lines;
	$tests{$_} = 1 for map { keys %{ $run->{$_} // {} } } @lines;
	$tests{$_} = 1 for is_interrupt_check($fault) ? cancel_tests() : ();
	return grep { $coverage->{result}{$_} eq 'ok' } keys %tests;
}

# ----------
# A worker
# ----------

# The number of the next fault, handed out to all workers.
sub next_number
{
	my ($dir) = @_;

	open my $file, '+<', "$dir/next" or die "$dir/next: $!\n";
	flock $file, LOCK_EX;
	my $number = <$file>;
	seek $file, 0, SEEK_SET;
	print $file $number + 1, "\n";
	close $file or die "$dir/next: $!\n";
	return $number + 0;
}

# Build and install, and make the database that those of the tests are copied from.
sub build
{
	run(900, 'build.log', @_) eq 'ok' or die content('build.log');
	query('postgres', "CREATE DATABASE $template") or die content('query.log');
	query($template, 'CREATE EXTENSION crimeml CASCADE') or die content('query.log');
}

sub install_library
{
	my ($library) = @_;

	# a new file: sessions keep the one that they have open
	run(60, 'install.log', 'cp', 'crimeml.so', "$library/crimeml.new") eq 'ok' or die content('install.log');
	rename "$library/crimeml.new", "$library/crimeml.so" or die "rename: $!\n";
}

# What became of a fault: caught by which test, or not compiled, or nothing.
sub try_fault
{
	my ($fault, $make, $library, $coverage, $caught) = @_;
	my $written = (stat $fault->{file})[9];
	my $seconds = sub { $coverage->{seconds}{ $_[0] } // 120 };
	my $weight = sub { $seconds->($_[0]) / (1 + ($caught->{"$fault->{file} $_[0]"} // 0)) };
	my @tests = sort {
		($a =~ /\.pl$/) <=> ($b =~ /\.pl$/) || $weight->($a) <=> $weight->($b)
	} tests_that_reach($fault, $coverage);
	my $verdict = 'survived ' . @tests . ' tests';

	system(q(find src -name '*.o' -newer stamp -exec false {} +)) == 0 or die "objects are not as they were\n";
	write_file($fault->{file}, $fault->{faulty});
	if (run(300, 'build.log', @$make, 'crimeml.so') ne 'ok')
	{
		$verdict = 'not compiled';
		@tests = ();
	}
	else
	{
		install_library($library);
	}
	for my $test (@tests)
	{
		my $limit = 30 + 5 * $seconds->($test);
		my ($result) = run_test($make, $test, $limit);

		($result) = run_test($make, $test, $limit) if $result eq 'failed' && $test =~ /\.pl$/;
		next if $result eq 'ok';
		$caught->{"$fault->{file} $test"}++;
		$verdict = 'caught by ' . $test . ($result eq 'late' ? ' (late)' : '');
		last;
	}
	write_file($fault->{file}, $fault->{clean});
	utime $written, $written, $fault->{file};
	# objects that the fault is in
	system(q(find src -name '*.o' -newer stamp -exec sh -c 'for o; do cp -p "clean/$o" "$o"; done' - {} +));
	return $verdict;
}

# See what tests say of the sources as they are.
sub ask_without_fault
{
	my ($coverage, $make, @tests) = @_;

	for my $test (@tests)
	{
		my ($result, $seconds) = run_test($make, $test, 600);

		$coverage->{result}{$test} = $result;
		$coverage->{seconds}{$test} = $seconds;
		print "$test fails without a fault, and is left out\n" if $result ne 'ok';
	}
}

sub worker
{
	my ($phase, $dir, $jobs, $number, $pattern) = @_;
	my $pg_config = $ENV{MUTATE_PG_CONFIG};
	my @make = ('make', '-s', "PG_CONFIG=$pg_config");
	my $library = `$pg_config --pkglibdir` =~ s/\s+$//r;

	if ($phase eq 'coverage')
	{
		my $known = read_state($dir);
		my @tests = grep { !$known->{result}{$_} } other_tests();

		build(@make, 'COPT=-O0 --coverage', 'install');
		wait_for_backends();
		# every so-manieth of the regression tests and of the TAP tests
		gather_coverage($dir, \@make, @tests[ grep { $_ % $jobs == $number - 1 } 0 .. $#tests ]);
		run(60, 'build.log', @make, 'clean') eq 'ok' or die content('build.log');
		unlink glob 'src/*.gc?? src/*/*.gc??';
		return;
	}

	my @faults = read_faults($pattern);
	my $coverage = read_state($dir);
	my %caught;

	build(@make, 'install');
	system(q(mkdir clean && tar -c $(find src -name '*.o') | tar -x -C clean)) == 0 or die "cannot keep the objects\n";
	sleep 1.1;
	write_file('stamp', '');
	# built for gcov the tests of speed may fail: what counts is this build
	ask_without_fault($coverage, \@make, sort grep { $coverage->{result}{$_} ne 'ok' } keys %{ $coverage->{result} });
	while ((my $i = next_number($dir)) < @faults)
	{
		my $fault = $faults[$i];
		my $begin = time;
		my $verdict;

		next if $coverage->{verdict}{ fault_key($fault) };
		place_fault($fault);
		ask_without_fault($coverage, \@make, grep { !$coverage->{result}{$_} } cancel_tests())
		  if is_interrupt_check($fault);
		$verdict = try_fault($fault, \@make, $library, $coverage, \%caught);
		exit 143 if -e $ended;
		append("$dir/state", join("\t", 'fault', fault_key($fault), verdict_digest($verdict), $verdict) . "\n");
		printf "%d/%d %s:%d %s, %.0f s\n", $i + 1, scalar @faults, $fault->{file}, $fault->{first}, $verdict,
		  time - $begin;
	}
}

# ----------
# All of it
# ----------

sub start_workers
{
	my ($phase, $dir, $jobs, $pattern) = @_;
	my $failed = 0;

	for my $number (1 .. $jobs)
	{
		my $pid = fork // die "fork: $!\n";
		if ($pid == 0)
		{
			chdir "$dir/$number/crimeml" or die "$dir/$number/crimeml: $!\n";
			my $pg_config = content("$dir/$number/pg_config") =~ s/\s+$//r;
			$ENV{MUTATE_PG_CONFIG} = $pg_config;
			exec 'tools/server.sh', $pg_config, 'tools/mutate.pl', '--worker', $phase, $dir, $jobs, $number, $pattern
			  or die "tools/server.sh: $!\n";
		}
		push @started, $pid;
	}
	while (@started)
	{
		waitpid $started[0], 0;
		$failed ||= $? != 0;
		shift @started;
	}
	die "a worker failed\n" if $failed;
}

my $is_worker = @ARGV > 0 && $ARGV[0] eq '--worker';
$ended = ($is_worker ? $ARGV[2] : $ARGV[0]) . '/ended';
$SIG{TERM} = $SIG{INT} = \&end_started;
if ($is_worker)
{
	shift @ARGV;
	worker(@ARGV);
	exit 0;
}

my ($dir, $jobs, $pattern) = @ARGV;
my @faults = read_faults($pattern);
my $begin = time;
my ($stale, $broken) = (0, 0);
my (%tried, %caught, @survivors);

die "no fault matches $pattern\n" if !@faults;
for my $fault (read_faults(''))
{
	my $problem = place_fault($fault);

	print "$list:$fault->{at}: $fault->{note}: $problem\n" if $problem;
	$stale += defined $problem;
}
die "$stale faults of the list fit the sources no longer: mend the list first\n" if $stale;
prune_state($dir);
my $known = read_state($dir);
if (grep { !$known->{result}{$_} } other_tests())
{
	start_workers('coverage', $dir, $jobs, $pattern);
	printf "which test reaches which line: known after %.0f s\n", time - $begin;
}
my $before = grep { $known->{verdict}{ fault_key($_) } } @faults;
print "$before of @{[scalar @faults]} faults were tried before\n" if $before;
write_file("$dir/next", "0\n");
$begin = time;
start_workers('faults', $dir, $jobs, $pattern) if $before < @faults;

$known = read_state($dir);
for my $fault (@faults)
{
	my $verdict = $known->{verdict}{ fault_key($fault) };
	my $room = dirname($fault->{file});

	place_fault($fault);
	if ($verdict eq 'not compiled')
	{
		print "not compiled: ", fault_text($fault);
		$broken++;
		next;
	}
	$_->{$room}++, $_->{all}++ for \%tried, $verdict =~ /^caught/ ? \%caught : ();
	push @survivors, $fault if $verdict =~ /^survived/;
}
print "\nsurvivors\n" if @survivors;
print fault_text($_) for @survivors;
printf "\n%.1f s a fault, %d at a time\n", (time - $begin) / max(1, @faults - $before), $jobs;
printf "%-12s %3d of %3d caught\n", $_, $caught{$_} // 0, $tried{$_}
  for (sort grep { $_ ne 'all' } keys %tried), %tried ? 'all' : ();
exit($broken > 0);

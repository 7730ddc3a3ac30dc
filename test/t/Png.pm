# Reads PNG files as crimeml writes them: 8 bits a channel, RGB or RGBA.
package Png;

use strict;
use warnings;

use Compress::Zlib;
use Encode;
use Exporter 'import';

our @EXPORT = qw(png_pixels png_words);

# Called with the type and the bytes of each chunk; dies where a checksum is wrong.
sub chunks
{
	my ($png, $take) = @_;
	my $at = 8;
	die 'no PNG' if substr($png, 0, 8) ne "\x89PNG\r\n\x1a\n";
	while ($at < length $png)
	{
		my ($length, $type) = unpack 'N a4', substr($png, $at, 8);
		my $body = substr($png, $at + 8, $length);
		die "checksum of $type" if unpack('N', substr($png, $at + 8 + $length, 4)) != crc32($type . $body);
		$take->($type, $body);
		$at += 12 + $length;
	}
	return;
}

# Its rows, each pixel [red, green, blue, alpha].
sub png_pixels
{
	my ($png) = @_;
	my ($width, $height, $depth, $color) = unpack 'N N C C', substr($png, 16, 10);
	my $data = '';
	chunks($png, sub { $data .= $_[1] if $_[0] eq 'IDAT' });
	my $bytes = $color == 6 ? 4 : 3;
	my $raw = uncompress($data);
	my @above = (0) x ($width * $bytes);
	my @rows;
	for my $y (0 .. $height - 1)
	{
		my ($filter, @row) = unpack 'C*', substr($raw, $y * ($width * $bytes + 1), $width * $bytes + 1);
		# most rows are of the first three filters
		if ($filter == 1) { $row[$_] = ($row[$_] + $row[ $_ - $bytes ]) & 255 foreach $bytes .. $#row }
		elsif ($filter == 2) { $row[$_] = ($row[$_] + $above[$_]) & 255 foreach 0 .. $#row }
		for my $i ($filter > 2 ? 0 .. $#row : ())
		{
			my ($left, $corner) = $i < $bytes ? (0, 0) : ($row[ $i - $bytes ], $above[ $i - $bytes ]);
			my $up = $above[$i];
			my $p = $left + $up - $corner;
			my ($a, $b, $c) = (abs($p - $left), abs($p - $up), abs($p - $corner));
			my $paeth = $a <= $b && $a <= $c ? $left : $b <= $c ? $up : $corner;
			$row[$i] = ($row[$i] + ($filter == 3 ? int(($left + $up) / 2) : $paeth)) & 255;
		}
		@above = @row;
		push @rows, [ map { [ @row[ $_ * $bytes .. $_ * $bytes + 2 ], $bytes == 4 ? $row[ $_ * $bytes + 3 ] : 255 ] } 0 .. $width - 1 ];
	}
	return \@rows;
}

# Its words by keyword: tEXt is Latin-1, iTXt is UTF-8.
sub png_words
{
	my ($png) = @_;
	my %words;
	chunks($png, sub {
		my ($type, $body) = @_;
		$words{$1} = decode('iso-8859-1', $2) if $type eq 'tEXt' && $body =~ /^([^\0]+)\0(.*)$/s;
		$words{$1} = decode("UTF-8", $2, Encode::FB_CROAK | Encode::LEAVE_SRC) if $type eq 'iTXt' && $body =~ /^([^\0]+)\0\0\0\0\0(.*)$/s;
	});
	return %words;
}

1;

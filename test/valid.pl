#!/usr/bin/perl
#
# valid.pl FILE...
#		Check that PNG and HTML files are what their names say.
#
# PNG: signature, the checksum of every chunk, and that the image data inflate to
# as many bytes as the header promises.  HTML: a doctype, tags that close in
# order, quoted attributes, no stray < or &, and pictures that are valid PNG.
#
use strict;
use warnings;

use Compress::Zlib;
use MIME::Base64;

my $wrong = 0;

sub png_fault
{
	my ($png) = @_;
	my ($at, $data, $header, $end) = (8, '');

	return 'no PNG signature' if substr($png, 0, 8) ne "\x89PNG\r\n\x1a\n";
	while ($at < length $png)
	{
		return 'cut short' if $at + 12 > length $png;
		my ($size, $type) = unpack('N a4', substr($png, $at, 8));
		return "chunk $type is cut short" if $at + 12 + $size > length $png;
		my $body = substr($png, $at + 8, $size);

		return "checksum of chunk $type"
		  if crc32($type . $body) != unpack('N', substr($png, $at + 8 + $size, 4));
		$header = $body if $type eq 'IHDR';
		$data .= $body if $type eq 'IDAT';
		$end = 1 if $type eq 'IEND';
		$at += 12 + $size;
	}
	return 'no header, or no end' if !$header || !$end;
	my ($width, $height, $depth, $color, $packing, $filter, $interlace) = unpack('N N C5', $header);
	my %channels = (0 => 1, 2 => 3, 3 => 1, 4 => 2, 6 => 4);
	my $pixels = uncompress($data);

	return 'the image data do not inflate' if !defined $pixels;
	return 'an interlaced image, which is not checked' if $interlace;
	my $row = 1 + int(($width * $channels{$color} * $depth + 7) / 8);

	return 'no pixels' if $width == 0 || $height == 0;
	return 'too few or too many pixels' if length $pixels != $row * $height;
	return;
}

sub html_fault
{
	my ($html) = @_;
	my %void = map { $_ => 1 } qw(area base br col embed hr img input link meta source track wbr);
	my @open;

	return 'no doctype' if $html !~ s/^\s*<!doctype html>//i;
	$html =~ s/<!--.*?-->//gs;
	$html =~ s/(<(style|script)[^>]*>).*?(<\/\2>)/$1$3/gsi;
	while ($html =~ /\G([^<]*)(<(\/?)([A-Za-z][A-Za-z0-9]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>)?/gc)
	{
		my ($text, $tag, $closing, $name, $attributes, $empty) = ($1, $2, $3, $4, $5, $6);

		return 'a stray & or > near "' . substr($text, 0, 60) . '"'
		  if $text =~ /&(?!#?\w+;)/ || $text =~ />/;
		last if !defined $tag;
		if ($attributes =~ /src="data:image\/png;base64,([^"]*)"/)
		{
			my $fault = png_fault(decode_base64($1));
			return "picture in it: $fault" if $fault;
		}
		next if $empty || $void{ lc $name };
		if (!$closing)
		{
			push @open, lc $name;
		}
		elsif (!@open || pop @open ne lc $name)
		{
			return "</$name> closes what is not open";
		}
	}
	return 'a stray < near "' . substr($html, pos $html, 60) . '"' if (pos $html) < length $html;
	return "@open never closed" if @open;
	return;
}

for my $file (@ARGV)
{
	open(my $handle, '<:raw', $file) or die "cannot open $file: $!\n";
	my $content = do { local $/; <$handle> };
	my $fault = $file =~ /\.png$/ ? png_fault($content) : html_fault($content);

	if ($fault)
	{
		print "$file: $fault\n";
		$wrong = 1;
	}
}
exit $wrong;

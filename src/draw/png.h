/*
 * png.h
 *		A picture as a PNG file, by zlib.
 */
#ifndef CRIMEML_PNG_H
#define CRIMEML_PNG_H

#include "crimeml.h"

/* Words that the file holds beside the picture: "Title", "Description". */
typedef struct PngText
{
	const char *keyword;
	const char *text;			/* UTF-8 */
} PngText;

/*
 * The file of width x height premultiplied ARGB pixels, rows from the top,
 * "stride" pixels apart.  It has an alpha channel where it needs one.
 */
extern bytea *png_file(const uint32 *pixel, int width, int height, int stride,
					   const PngText *text, int texts);

#endif							/* CRIMEML_PNG_H */

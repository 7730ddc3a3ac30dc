/*
 * packed_tree.c
 *		The packed form of a tree, in which it is stored.
 */
#include "learn/packed_tree.h"

#include <math.h>

void
packed_write_set(const uint32 *set, int nbins, ByteWriter *out)
{
	int			members = 0;
	int			last = 0;

	for (int b = 0; b < nbins; b++)
		if ((set[b >> 5] >> (b & 31)) & 1)
		{
			members++;
			last = b;
		}
	if (members < last / 8 + 1)
	{
		int			previous = 0;

		write_varint(out, ((uint64) members << 1) | 1);
		for (int b = 0; b <= last; b++)
			if ((set[b >> 5] >> (b & 31)) & 1)
			{
				write_varint(out, b - previous);
				previous = b;
			}
	}
	else
	{
		int			bytes = last / 8 + 1;

		write_varint(out, (uint64) bytes << 1);
		for (int i = 0; i < bytes; i++)
			write_u8(out, (uint8) (set[i / 4] >> (8 * (i % 4))));
	}
}

void
packed_write_value(double value, double weight, ByteWriter *out)
{
	write_f64(out, value);
	write_short_f64(out, weight);
}

double
packed_read_value(ByteReader *r, double *weight)
{
	double		value = read_f64(r);

	*weight = read_short_f64(r);
	if (!isfinite(value))
		reader_damaged(r, "a leaf has no finite value");
	if (!isfinite(*weight) || *weight <= 0)
		reader_damaged(r, "a leaf has no weight");
	return value;
}

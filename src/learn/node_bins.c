/*
 * node_bins.c
 *		The bins of one feature in the rows of one node.
 */
#include "learn/node_bins.h"

void
node_bins_init(NodeBins *bins, const TreeData *data, uint32 rows)
{
	int			nbins = 2;

	for (int f = 0; f < data->features; f++)
		nbins = Max(nbins, data->feature[f].nbins);
	memset(bins, 0, sizeof(*bins));
	bins->bin = crimeml_array(uint16, rows);
	bins->sorted = crimeml_array(uint32, rows);
	bins->count = crimeml_array(uint32, nbins);
	bins->end = crimeml_array(uint32, nbins);
	bins->occurring = crimeml_array(int, nbins + 1);
	bins->weight = crimeml_array(double, nbins);
	bins->sum = crimeml_array(double, nbins);
	bins->seen = crimeml_array(uint64, (nbins + 63) / 64);
}

void
node_bins_count(NodeBins *bins, const GrowNode *node, int f)
{
	const uint16 *bin = node->view.bin + node->view.stride * f;
	const Drawn *item = node->item;
	uint32		n = node->rows;
	uint16	   *node_bin = bins->bin;
	uint32	   *count = bins->count;
	uint64	   *seen = bins->seen;
	int		   *occurring = bins->occurring;
	int			nbins = node->data->feature[f].nbins;
	int			found = 0;

	if (n >= (uint32) nbins)
	{
		for (uint32 i = 0; i < n; i++)
		{
			uint16		b = bin[item[i].row];

			node_bin[i] = b;
			count[b]++;
		}
		for (int b = 0; b < nbins; b++)
		{
			occurring[found] = b;
			found += count[b] > 0;
		}
	}
	else
	{
		uint16		low = PG_UINT16_MAX;
		uint16		high = 0;

		for (uint32 i = 0; i < n; i++)
		{
			uint16		b = bin[item[i].row];

			node_bin[i] = b;
			count[b]++;
			seen[b >> 6] |= UINT64CONST(1) << (b & 63);
			low = Min(low, b);
			high = Max(high, b);
		}
		found = take_seen(seen, low, high, occurring);
	}
	bins->n = found;
}

void
node_bins_clear(NodeBins *bins)
{
	for (int i = 0; i < bins->n; i++)
		bins->count[bins->occurring[i]] = 0;
}

void
node_bins_sort(NodeBins *bins, const GrowNode *node, SortedRows what)
{
	const uint16 *bin = bins->bin;
	const Drawn *item = node->item;
	uint32		n = node->rows;
	uint32	   *end = bins->end;
	uint32	   *sorted = bins->sorted;
	uint32		start = 0;

	/* each begins where it starts, and moves on as it is filled */
	for (int i = 0; i < bins->n; i++)
	{
		end[bins->occurring[i]] = start;
		start += bins->count[bins->occurring[i]];
	}
	if (what == SORTED_DRAWN)
		for (uint32 i = 0; i < n; i++)
			sorted[end[bin[i]]++] = item[i].drawn;
	else
		for (uint32 i = 0; i < n; i++)
			sorted[end[bin[i]]++] = i;
}

void
node_bins_sum(NodeBins *bins, const GrowNode *node)
{
	const Drawn *item = node->item;
	const double *deviation = node->deviation;
	const uint16 *bin = bins->bin;
	double	   *weight = bins->weight;
	double	   *sum = bins->sum;

	for (int i = 0; i < bins->n; i++)
		weight[bins->occurring[i]] = sum[bins->occurring[i]] = 0;
	for (uint32 i = 0; i < node->rows; i++)
	{
		uint16		b = bin[i];
		double		w = DRAWN_WEIGHT(item[i].drawn);

		weight[b] += w;
		sum[b] += w * deviation[i];
	}
}

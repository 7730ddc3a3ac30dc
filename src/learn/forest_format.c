/*
 * forest_format.c
 *		What stands before the trees in the payload of a stored forest or tree.
 */
#include "learn/forest_format.h"

#include <math.h>

double *
forest_frequencies(int classes, const int64 *class_rows, const double *class_weight)
{
	double	   *frequency = crimeml_array(double, classes);
	double		sum = 0;

	for (int c = 0; c < classes; c++)
		sum += frequency[c] = class_rows[c] * (class_weight ? class_weight[c] : 1);
	for (int c = 0; c < classes; c++)
		frequency[c] /= sum;
	return frequency;
}

bool
forest_is_smoothed(const ForestHeader *head)
{
	for (int i = 0; i < head->stands; i++)
		if (head->stand[i].smoothing > 0)
			return true;
	return false;
}

void
tree_features_write(const FeatureBins *bins, const double *importance, int features,
					ByteWriter *out)
{
	double		sum = 0;

	for (int f = 0; f < features; f++)
		bins_write(&bins[f], out);
	for (int f = 0; f < features; f++)
		sum += importance[f];
	for (int f = 0; f < features; f++)
		write_f64(out, sum > 0 ? importance[f] / sum : 0);
}

void
tree_features_read(ByteReader *r, const LearnShape *shape, const FeatureBins **all_bins,
				   const double **all_importance)
{
	FeatureBins *bins = crimeml_array(FeatureBins, shape->features);
	double	   *importance = crimeml_array(double, shape->features);

	for (int f = 0; f < shape->features; f++)
	{
		if (shape->levels[f] > BINS_MAX - 1)
			reader_damaged(r, "a feature has too many levels");
		bins_read(&bins[f], shape->levels[f], r);
	}
	for (int f = 0; f < shape->features; f++)
	{
		importance[f] = read_f64(r);
		if (!(importance[f] >= 0 && importance[f] <= 1))
			reader_damaged(r, "an importance is not between 0 and 1");
	}
	*all_bins = bins;
	*all_importance = importance;
}

void
forest_write_header(const ForestHeader *head, int classes, int features, ByteWriter *out)
{
	write_varint(out, head->stands);
	for (int i = 0; i < head->stands; i++)
	{
		write_varint(out, head->stand[i].trees);
		write_short_f64(out, head->stand[i].smoothing);
		write_varint(out, head->stand[i].pool_rows);
	}
	write_u8(out, head->class_weight != NULL);
	for (int c = 0; head->class_weight != NULL && c < classes; c++)
		write_f64(out, head->class_weight[c]);
	for (int c = 0; head->frequency != NULL && c < classes; c++)
		write_f64(out, head->frequency[c]);
	tree_features_write(head->bins, head->importance, features, out);
}

/* A number for each class, above (or, with zero, not below) 0. */
static double *
read_positive(ByteReader *r, int classes, bool zero)
{
	double	   *number = crimeml_array(double, Max(classes, 1));

	for (int c = 0; c < classes; c++)
	{
		number[c] = read_f64(r);
		if (!isfinite(number[c]) || number[c] < 0 || (number[c] == 0 && !zero))
			reader_damaged(r, "a weight of a class is out of range");
	}
	return number;
}

static void
read_stands(ByteReader *r, ForestHeader *head)
{
	ForestStand *stand;

	head->stands = read_count(r, 3, PG_INT32_MAX);
	head->stand = stand = crimeml_array(ForestStand, Max(head->stands, 1));
	for (int i = 0; i < head->stands; i++)
	{
		uint64		rows;

		stand[i].trees = read_count(r, 2, PG_INT32_MAX - head->trees);
		stand[i].smoothing = read_short_f64(r);
		rows = read_varint(r);
		if (stand[i].trees == 0)
			reader_damaged(r, "it has no tree");
		if (!(stand[i].smoothing >= 0 && stand[i].smoothing <= 1e9))
			reader_damaged(r, "the smoothing is out of range");
		if (rows == 0 || rows > PG_INT32_MAX)
			reader_damaged(r, "the rows of a pool are out of range");
		stand[i].pool_rows = (int) rows;
		head->trees += stand[i].trees;
	}
	if (head->stands == 0 || (uint64) head->trees > (r->len - r->at) / 2)
		reader_damaged(r, "it has no tree, or too many");
}

void
forest_read_header(ByteReader *r, const LearnShape *shape, ForestHeader *head)
{
	memset(head, 0, sizeof(*head));
	read_stands(r, head);
	if (read_u8(r) != 0)
		head->class_weight = read_positive(r, shape->classes, false);
	if (forest_is_smoothed(head) && shape->classes > 0)
		head->frequency = read_positive(r, shape->classes, true);
	tree_features_read(r, shape, &head->bins, &head->importance);
}

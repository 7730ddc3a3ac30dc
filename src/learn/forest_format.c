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

void
forest_write_header(const ForestHeader *head, int classes, int features, ByteWriter *out)
{
	double		sum = 0;

	write_f64(out, head->smoothing);
	write_u8(out, head->class_weight != NULL);
	for (int c = 0; head->class_weight != NULL && c < classes; c++)
		write_f64(out, head->class_weight[c]);
	for (int c = 0; head->frequency != NULL && c < classes; c++)
		write_f64(out, head->frequency[c]);
	for (int f = 0; f < features; f++)
		bins_write(&head->bins[f], out);
	for (int f = 0; f < features; f++)
		sum += head->importance[f];
	for (int f = 0; f < features; f++)
		write_f64(out, sum > 0 ? head->importance[f] / sum : 0);
	write_varint(out, head->trees);
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

void
forest_read_header(ByteReader *r, const LearnShape *shape, ForestHeader *head)
{
	FeatureBins *bins = crimeml_array(FeatureBins, shape->features);
	double	   *importance = crimeml_array(double, shape->features);

	memset(head, 0, sizeof(*head));
	head->bins = bins;
	head->importance = importance;
	head->smoothing = read_f64(r);
	if (!(head->smoothing >= 0 && head->smoothing <= 1e9))
		reader_damaged(r, "the smoothing is out of range");
	if (read_u8(r) != 0)
		head->class_weight = read_positive(r, shape->classes, false);
	if (head->smoothing > 0 && shape->classes > 0)
		head->frequency = read_positive(r, shape->classes, true);
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
	head->trees = read_count(r, 2, PG_INT32_MAX);
	if (head->trees == 0)
		reader_damaged(r, "it has no tree");
}

/*
 * design.c
 *		The design matrix of a linear model: features as columns of numbers.
 */
#include "learn/design.h"

#include <float.h>
#include <math.h>

#include "stat/sums.h"

/* Units of numbers; 2^-LEAST is the largest power of two that is a double. */
#define EXPONENT_LEAST (-1022)
#define EXPONENT_GREATEST 1024

/* ----------
 * Columns
 * ----------
 */

void
design_place(Design *design)
{
	int			at = 1;

	design->numbers = design->categories = 0;
	for (int f = 0; f < design->features; f++)
	{
		DesignFeature *feature = &design->feature[f];

		feature->columns = feature->is_category ? feature->levels + feature->missing - 1 : 1;
		feature->unit = ldexp(1, -feature->exponent);
		feature->shift = feature->mean * feature->unit;
		if (feature->is_category)
			design->categories++;
		else
			feature->column = at++;
	}
	design->numbers = at - 1;
	for (int f = 0; f < design->features; f++)
	{
		DesignFeature *feature = &design->feature[f];

		if (!feature->is_category)
			continue;
		feature->column = at;
		at += feature->columns;
	}
	design->columns = at;

	design->sequence = crimeml_array(int, design->columns);
	design->owner = crimeml_array(int, design->columns);
	design->owner[0] = -1;
	at = 1;
	for (int f = 0; f < design->features; f++)
		for (int k = 0; k < design->feature[f].columns; k++)
		{
			design->sequence[at++] = design->feature[f].column + k;
			design->owner[design->feature[f].column + k] = f;
		}
}

int64
design_columns(const LearnData *data)
{
	int64		columns = 1;

	for (int f = 0; f < data->features; f++)
		columns += Max(data->feature[f].levels, 1);
	return columns;
}

Size
design_memory(const LearnData *data)
{
	Size		row = 2 * sizeof(double);

	for (int f = 0; f < data->features; f++)
		row += data->feature[f].is_category ? sizeof(int32) : sizeof(double);
	return mul_size(data->rows, row);
}

/* The mean of a number, and the unit of what is left of it. */
static void
measure_number(const LearnData *data, const double *value, DesignFeature *feature)
{
	Total		total = TOTAL_EMPTY;
	double		known = 0;
	double		reach;

	for (int64 i = 0; i < data->rows; i++)
	{
		uint32		row = data->order[i];
		double		weight = data->weight ? data->weight[row] : 1;

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (isnan(value[row]))
			continue;
		total_add(&total, value[row], weight);
		known += weight;
	}
	if (known == 0)
		return;
	feature->mean = total_mean(&total, known);
	reach = Max(total.high / 2 - feature->mean / 2, feature->mean / 2 - total.low / 2);
	if (reach > 0)
		frexp(reach, &feature->exponent);
	feature->exponent = Min(Max(feature->exponent + 1, EXPONENT_LEAST), EXPONENT_GREATEST);
	/* a constant is 0 in its column */
	if (total.low == total.high)
		feature->mean = total.low;
}

static bool
has_missing(const LearnData *data, const int32 *code)
{
	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (code[i] < 0)
			return true;
	}
	return false;
}

Design *
design_make(const LearnData *data)
{
	Design	   *design = palloc0(sizeof(Design));
	int64		columns = design_columns(data);

	if (columns > DESIGN_MAX_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the features have %lld levels, more than %d",
						(long long) columns, DESIGN_MAX_COLUMNS),
				 errhint("Put the values of texts into groups.")));
	design->features = data->features;
	design->feature = crimeml_array(DesignFeature, data->features);
	for (int f = 0; f < data->features; f++)
	{
		const LearnFeature *from = &data->feature[f];
		DesignFeature *feature = &design->feature[f];

		feature->levels = from->levels;
		feature->is_category = from->levels > 0;
		if (feature->is_category)
			feature->missing = has_missing(data, from->code);
		else if (!from->is_category)
			measure_number(data, from->number, feature);
	}
	design_place(design);
	return design;
}

void
design_write(const Design *design, ByteWriter *out)
{
	for (int f = 0; f < design->features; f++)
	{
		const DesignFeature *feature = &design->feature[f];

		if (feature->is_category)
			write_u8(out, feature->missing);
		else
		{
			write_f64(out, feature->mean);
			write_u16(out, feature->exponent - EXPONENT_LEAST);
		}
	}
}

Design *
design_read(ByteReader *r, const LearnShape *shape)
{
	Design	   *design = palloc0(sizeof(Design));
	int64		columns = 1;

	design->features = shape->features;
	design->feature = crimeml_array(DesignFeature, shape->features);
	for (int f = 0; f < shape->features; f++)
	{
		DesignFeature *feature = &design->feature[f];
		unsigned	exponent;

		feature->levels = shape->levels[f];
		feature->is_category = feature->levels > 0;
		columns += Max(feature->levels, 1);
		if (columns > DESIGN_MAX_COLUMNS)
			reader_damaged(r, "it has too many columns");
		if (feature->is_category)
		{
			unsigned	missing = read_u8(r);

			if (missing > 1)
				reader_damaged(r, "a category is neither with nor without missing values");
			feature->missing = missing == 1;
			continue;
		}
		feature->mean = read_f64(r);
		exponent = read_u16(r);
		if (!isfinite(feature->mean) || exponent > EXPONENT_GREATEST - EXPONENT_LEAST)
			reader_damaged(r, "the mean or unit of a number is out of range");
		feature->exponent = (int) exponent + EXPONENT_LEAST;
	}
	design_place(design);
	return design;
}

/* ----------
 * Rows
 * ----------
 */

static void
pack_number(const LearnData *data, const double *value, const DesignFeature *feature, DesignRows *rows)
{
	int			numbers = rows->design->numbers;
	double	   *to = rows->number + feature->column - 1;

	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		to[i * numbers] = value ? design_number(feature, value[data->order[i]]) : 0;
	}
}

static void
pack_category(const LearnData *data, const int32 *code, const DesignFeature *feature, int at,
			  DesignRows *rows)
{
	int			categories = rows->design->categories;

	for (int64 i = 0; i < data->rows; i++)
	{
		int32		level = code[data->order[i]];
		int			column;

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		column = design_code_column(feature, level);
		rows->column[i * categories + at] = column > 0 ? column : -1;
	}
}

/* The weighted mean and deviation of each column. */
static void
measure_columns(DesignRows *rows)
{
	const Design *design = rows->design;
	double	   *square = crimeml_array(double, design->columns);

	for (int64 i = 0; i < rows->rows; i++)
	{
		double		weight = rows->weight ? rows->weight[i] : 1;
		const double *number = rows->number + i * design->numbers;
		const int32 *column = rows->column + i * design->categories;

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		rows->total_weight += weight;
		for (int k = 0; k < design->numbers; k++)
		{
			rows->share[1 + k] += weight * number[k];
			square[1 + k] += weight * number[k] * number[k];
		}
		for (int k = 0; k < design->categories; k++)
			if (column[k] > 0)
				rows->share[column[k]] += weight;
	}
	for (int c = 1; c < design->columns; c++)
	{
		double		mean = rows->share[c] /= rows->total_weight;

		rows->deviation[c] = c > design->numbers ? sqrt(Max(mean * (1 - mean), 0)) :
			sqrt(Max(square[c] / rows->total_weight - mean * mean, 0));
	}
	pfree(square);
}

DesignRows *
design_rows(const Design *design, const LearnData *data)
{
	DesignRows *rows = palloc0(sizeof(DesignRows));
	int			categories = 0;

	rows->design = design;
	rows->rows = data->rows;
	rows->number = scratch_array(double, Max(mul_size(data->rows, design->numbers), 1));
	rows->column = scratch_array(int32, Max(mul_size(data->rows, design->categories), 1));
	rows->share = crimeml_array(double, design->columns);
	rows->deviation = crimeml_array(double, design->columns);
	for (int f = 0; f < design->features; f++)
	{
		const DesignFeature *feature = &design->feature[f];

		if (feature->is_category)
			pack_category(data, data->feature[f].code, feature, categories++, rows);
		else
			pack_number(data, data->feature[f].number, feature, rows);
	}
	if (data->weight != NULL)
	{
		rows->weight = scratch_array(double, data->rows);
		for (int64 i = 0; i < data->rows; i++)
		{
			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			rows->weight[i] = data->weight[data->order[i]];
		}
	}
	measure_columns(rows);
	return rows;
}

/* ----------
 * Passes over the rows
 * ----------
 */

/* Rows between two looks for interrupts, by the work that a row is. */
static inline int64
rows_at_once(const Design *design)
{
	return 1 + 4000000 / (1 + (int64) (1 + design->numbers) * (1 + design->numbers) +
						  (int64) design->categories * (design->numbers + design->categories));
}

void
design_eta(const DesignRows *rows, const double *b, const double *offset, double *eta)
{
	const Design *design = rows->design;

	for (int64 i = 0; i < rows->rows; i++)
	{
		const double *number = rows->number + i * design->numbers;
		const int32 *column = rows->column + i * design->categories;
		double		sum = b[0];

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < design->numbers; k++)
			sum += number[k] * b[1 + k];
		for (int k = 0; k < design->categories; k++)
			if (column[k] > 0)
				sum += b[column[k]];
		eta[i] = offset ? sum + offset[i] : sum;
	}
}

void
design_sums(const DesignRows *rows, const double *residual, double *sum)
{
	const Design *design = rows->design;

	memset(sum, 0, sizeof(double) * design->columns);
	for (int64 i = 0; i < rows->rows; i++)
	{
		const double *number = rows->number + i * design->numbers;
		const int32 *column = rows->column + i * design->categories;
		double		r = residual[i];

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		sum[0] += r;
		for (int k = 0; k < design->numbers; k++)
			sum[1 + k] += r * number[k];
		for (int k = 0; k < design->categories; k++)
			if (column[k] > 0)
				sum[column[k]] += r;
	}
}

/* The products of rows from begin on; to is the intercept, then the numbers. */
WIDE_LOOPS static void
add_products(const DesignRows *rows, const double *weight, int64 begin, int64 end,
			 double *products, double *to)
{
	const Design *design = rows->design;
	Size		p = design->columns;
	int			n = design->numbers;

	for (int64 i = begin; i < end; i++)
	{
		const double *number = rows->number + i * n;
		const int32 *column = rows->column + i * design->categories;
		double		w = weight ? weight[i] : 1;

		to[0] = w;
		for (int k = 0; k < n; k++)
			to[1 + k] = w * number[k];
		products[0] += w;
		for (int k = 0; k < n; k++)
		{
			double	   *row = products + (k + 1) * p;
			double		z = number[k];

			for (int j = 0; j <= k + 1; j++)
				row[j] += z * to[j];
		}
		for (int k = 0; k < design->categories; k++)
		{
			double	   *row;

			if (column[k] < 0)
				continue;
			row = products + column[k] * p;
			for (int j = 0; j <= n; j++)
				row[j] += to[j];
			for (int j = 0; j < k; j++)
				if (column[j] > 0)
					row[column[j]] += w;
			row[column[k]] += w;
		}
	}
}

void
design_products(const DesignRows *rows, const double *weight, double *products)
{
	const Design *design = rows->design;
	double	   *to = palloc(sizeof(double) * (1 + design->numbers));
	int64		step = rows_at_once(design);

	for (Size c = 0; c < design->columns; c++)
	{
		CHECK_FOR_INTERRUPTS();
		memset(products + c * design->columns, 0, sizeof(double) * (c + 1));
	}
	for (int64 i = 0; i < rows->rows; i += step)
	{
		CHECK_FOR_INTERRUPTS();
		add_products(rows, weight, i, Min(i + step, rows->rows), products, to);
	}
	pfree(to);
}

void
design_dense(const DesignRows *rows, int64 i, double *row)
{
	const Design *design = rows->design;
	const int32 *column = rows->column + i * design->categories;

	memset(row, 0, sizeof(double) * design->columns);
	row[0] = 1;
	memcpy(row + 1, rows->number + i * design->numbers, sizeof(double) * design->numbers);
	for (int k = 0; k < design->categories; k++)
		if (column[k] > 0)
			row[column[k]] = 1;
}

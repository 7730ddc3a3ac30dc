/*
 * natural_breaks.c
 *		Natural breaks by dynamic programming over the distinct values.
 *
 * The least sum of squares within classes is the greatest between them, the
 * sum of S^2 / W with S the sum and W the weight of a class, values being taken
 * from their mean.  Running sums cancel: a class that is small beside another
 * would lose its digits in doubles, and the breaks would not be the best ones.
 * So sums are pairs of doubles (about 32 digits); a candidate that is worse by
 * far is known by one double.
 *
 * The best last break moves up with the end of the values, so a layer of the
 * programme is filled by halving, not by trying all.
 */
#include "stat/natural_breaks.h"

#include <math.h>

/* An unevaluated sum, |lo| at most half a unit in the last place of hi. */
typedef struct Pair
{
	double		hi;
	double		lo;
} Pair;

typedef struct Programme
{
	int			n;				/* distinct values */
	double	   *value;
	double	   *weight;			/* of the values before i */
	Pair	   *sum;
	Pair	   *before;			/* best score of values 0 .. j in the layer before */
	Pair	   *score;			/* and in this one */
	int32	   *first;			/* of this layer: where the last class begins */
} Programme;

/* A score in doubles is as exact as this, with room to spare. */
#define ROUNDING 1e-13

static inline Pair
quick_pair(double a, double b)
{
	Pair		sum;

	sum.hi = a + b;
	sum.lo = b - (sum.hi - a);
	return sum;
}

/* Knuth's exact sum of two doubles. */
static inline Pair
pair_of_sum(double a, double b)
{
	Pair		sum;
	double		t;

	sum.hi = a + b;
	t = sum.hi - a;
	sum.lo = (a - (sum.hi - t)) + (b - t);
	return sum;
}

static inline Pair
pair_of_product(double a, double b)
{
	Pair		product;

	product.hi = a * b;
	product.lo = fma(a, b, -product.hi);
	return product;
}

static inline Pair
pair_add(Pair a, Pair b)
{
	Pair		high = pair_of_sum(a.hi, b.hi);
	Pair		low = pair_of_sum(a.lo, b.lo);

	high = quick_pair(high.hi, high.lo + low.hi);
	return quick_pair(high.hi, high.lo + low.lo);
}

static inline Pair
pair_subtract(Pair a, Pair b)
{
	b.hi = -b.hi;
	b.lo = -b.lo;
	return pair_add(a, b);
}

static inline Pair
pair_multiply(Pair a, double b)
{
	Pair		product = pair_of_product(a.hi, b);

	return quick_pair(product.hi, product.lo + a.lo * b);
}

static inline Pair
pair_square(Pair a)
{
	Pair		square = pair_of_product(a.hi, a.hi);

	return quick_pair(square.hi, square.lo + 2 * a.hi * a.lo);
}

static inline Pair
pair_divide(Pair a, double b)
{
	double		quotient = a.hi / b;
	Pair		rest = pair_subtract(a, pair_of_product(quotient, b));

	return quick_pair(quotient, rest.hi / b);
}

static inline bool
pair_less(Pair a, Pair b)
{
	return a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo);
}

static inline int
compare_values(const double *a, const double *b)
{
	return *a < *b ? -1 : (*a > *b ? 1 : 0);
}

#define ST_SORT sort_values
#define ST_ELEMENT_TYPE double
#define ST_COMPARE(a, b) compare_values(a, b)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#define ST_DECLARE
#include "lib/sort_template.h"

/* What one class of values i .. j adds to the score. */
static inline Pair
class_score(const Programme *p, int i, int j)
{
	return pair_divide(pair_square(pair_subtract(p->sum[j + 1], p->sum[i])),
					   p->weight[j + 1] - p->weight[i]);
}

/* The best beginning, low .. high, of a last class that ends with value j. */
static void
place_break(Programme *p, int j, int low, int high)
{
	Pair		best = {-1, 0};
	int			first = low;

	for (int i = low; i <= high; i++)
	{
		double		sum = (p->sum[j + 1].hi - p->sum[i].hi) + (p->sum[j + 1].lo - p->sum[i].lo);
		double		about = p->before[i - 1].hi + sum * sum / (p->weight[j + 1] - p->weight[i]);

		if (about >= best.hi * (1 - ROUNDING))
		{
			Pair		score = pair_add(p->before[i - 1], class_score(p, i, j));

			if (pair_less(best, score))
			{
				best = score;
				first = i;
			}
		}
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	p->score[j] = best;
	p->first[j] = first;
}

/* The same for all ends from .. to, whose classes begin at low .. high. */
static void
place_breaks(Programme *p, int from, int to, int low, int high)
{
	int			middle;

	if (from > to)
		return;
	CHECK_FOR_INTERRUPTS();
	middle = from + (to - from) / 2;
	place_break(p, middle, low, Min(high, middle));
	place_breaks(p, from, middle - 1, low, p->first[middle]);
	place_breaks(p, middle + 1, to, p->first[middle], high);
}

/* Merge equal values, and sum up. */
static void
sum_values(Programme *p, double *value, int n)
{
	int			exponent = 0;
	double		mean = 0;

	/* a power of two changes no digit, and keeps squares in range */
	frexp(Max(fabs(value[0]), fabs(value[n - 1])), &exponent);
	for (int i = 0; i < n; i++)
		mean += ldexp(value[i], -exponent) / n;
	CHECK_FOR_INTERRUPTS();

	p->value = crimeml_array(double, n);
	p->weight = crimeml_array(double, (Size) n + 1);
	p->sum = crimeml_array(Pair, (Size) n + 1);
	for (int begin = 0, end; begin < n; begin = end)
	{
		Pair		distance = pair_of_sum(ldexp(value[begin], -exponent), -mean);
		int			i = p->n++;

		for (end = begin + 1; end < n && value[end] == value[begin]; end++)
			;
		p->value[i] = value[begin];
		p->weight[i + 1] = end;
		p->sum[i + 1] = pair_add(p->sum[i], pair_multiply(distance, end - begin));
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

int
natural_breaks(double *value, int n, int classes, double *lowest)
{
	Programme	p = {0};
	int32	  **first;			/* by layer */
	int			end;

	if (n == 0)
		return 0;
	sort_values(value, n);
	sum_values(&p, value, n);
	classes = Min(classes, p.n);

	p.before = crimeml_array(Pair, p.n);
	p.score = crimeml_array(Pair, p.n);
	first = palloc0(classes * sizeof(int32 *));
	for (int j = 0; j < p.n; j++)
	{
		p.score[j] = class_score(&p, 0, j);
		if ((j & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	for (int layer = 1; layer < classes; layer++)
	{
		Pair	   *swap = p.before;

		p.before = p.score;
		p.score = swap;
		p.first = first[layer] = crimeml_array(int32, p.n);
		if (layer < classes - 1)
			place_breaks(&p, layer, p.n - 1, layer, p.n - 1);
		else
			place_break(&p, p.n - 1, layer, p.n - 1);
	}

	end = p.n - 1;
	for (int layer = classes - 1; layer > 0; layer--)
	{
		lowest[layer] = p.value[first[layer][end]];
		end = first[layer][end] - 1;
	}
	lowest[0] = p.value[0];
	return classes;
}

Size
natural_breaks_memory(int n, int classes)
{
	return mul_size((Size) n + 1, 2 * sizeof(double) + 3 * sizeof(Pair) +
					mul_size(classes, sizeof(int32)));
}

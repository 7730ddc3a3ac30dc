/*
 * sums.h
 *		Sums of numbers of any size: exact where they can be, never an overflow.
 *
 * What users give may be near the largest double, or denormal, or both in one
 * column.  A Total carries the rounding error of each addition along, so that
 * what cancels leaves the rest whole (Knuth's two-sum, as Neumaier 1974 sums
 * it up), and a large addend makes it go on in units of 2^160.  A Squares
 * chooses its unit so that no square runs over and none that counts is lost,
 * as Blue (1978) has it.  Units are powers of two: they change no digit.
 *
 * This takes IEEE arithmetic as it is written: no -ffast-math.
 */
#ifndef CRIMEML_SUMS_H
#define CRIMEML_SUMS_H

#include <float.h>
#include <math.h>

/* ----------
 * Sums and means
 * ----------
 */
typedef struct Total
{
	double		sum;
	double		rest;			/* what rounding took from sum */
	double		low;			/* of the addends */
	double		high;
	double		scale;			/* 1 / unit */
} Total;

#define TOTAL_EMPTY ((Total) {0, 0, INFINITY, -INFINITY, 1})

/* 2^60 addends below this, 2^60 times each, have a sum; larger ones with the scale. */
#define TOTAL_LARGE 0x1p900
#define TOTAL_LARGE_SCALE 0x1p-160

static inline void
total_add_scaled(Total *t, double v)
{
	double		sum = t->sum + v;
	double		back = sum - t->sum;

	t->rest += (t->sum - (sum - back)) + (v - back);
	t->sum = sum;
}

/* Add v, which is finite, weight times; weight is below 2^64. */
static inline void
total_add(Total *t, double v, double weight)
{
	if (unlikely(fabs(v) > TOTAL_LARGE) && t->scale == 1)
	{
		t->scale = TOTAL_LARGE_SCALE;
		t->sum *= t->scale;
		t->rest *= t->scale;
	}
	t->low = Min(t->low, v);
	t->high = Max(t->high, v);
	total_add_scaled(t, v * t->scale * weight);
}

/* Divided by n; may be infinite. */
static inline double
total_over(const Total *t, double n)
{
	return (t->sum + t->rest) / n / t->scale;
}

/* By the sum of the weights.  Rounding does not carry it beyond the addends. */
static inline double
total_mean(const Total *t, double weight)
{
	return Min(Max(total_over(t, weight), t->low), t->high);
}

/* ----------
 * Sums of squares
 * ----------
 */
typedef struct Squares
{
	double		sum;			/* in units of 2^(2 exponent) */
	int			exponent;
} Squares;

#define SQUARES_SMALL (-600)
#define SQUARES_LARGE 600
#define SQUARES_EMPTY ((Squares) {0, SQUARES_SMALL})

/* The exponent of the unit in which a number of that size is squared. */
static inline int
squares_exponent(double size)
{
	return size > 0x1p400 ? SQUARES_LARGE : size > 0x1p-200 ? 0 : SQUARES_SMALL;
}

static inline void
squares_widen(Squares *s, int exponent)
{
	if (exponent > s->exponent)
	{
		s->sum = ldexp(s->sum, 2 * (s->exponent - exponent));
		s->exponent = exponent;
	}
}

/* Add (a - b)^2. */
static inline void
squares_add(Squares *s, double a, double b)
{
	double		d = a - b;

	squares_widen(s, squares_exponent(fabs(d)));
	if (s->exponent == SQUARES_LARGE)
		d = ldexp(a, -SQUARES_LARGE) - ldexp(b, -SQUARES_LARGE);
	else if (s->exponent == SQUARES_SMALL)
		d = ldexp(d, -SQUARES_SMALL);
	s->sum += d * d;
}

/* Squares about the mean of what has come, as it comes (Welford 1962). */
typedef struct Scatter
{
	Squares		squares;
	double		mean;			/* in units of 2^exponent */
	int64		n;
} Scatter;

#define SCATTER_EMPTY ((Scatter) {SQUARES_EMPTY, 0, 0})

static inline void
scatter_add(Scatter *s, double v)
{
	int			before = s->squares.exponent;
	double		delta;

	squares_widen(&s->squares, squares_exponent(fabs(v)));
	if (s->squares.exponent != before)
		s->mean = ldexp(s->mean, before - s->squares.exponent);
	v = ldexp(v, -s->squares.exponent);
	s->n++;
	delta = v - s->mean;
	s->mean += delta / s->n;
	s->squares.sum += delta * (v - s->mean);
}

/* The root of their mean; may be infinite. */
static inline double
squares_rms(const Squares *s, double n)
{
	return ldexp(sqrt(s->sum / n), s->exponent);
}

/* How many times b; may be infinite. */
static inline double
squares_ratio(const Squares *a, const Squares *b)
{
	return ldexp(a->sum / b->sum, 2 * (a->exponent - b->exponent));
}

#endif							/* CRIMEML_SUMS_H */

/*
 * bandwidth_rules.c
 *		Rules for the bandwidth of a density, from the points alone.
 *
 * Cross-validation and Ripley's K are sums over pairs of places that are near.
 * Places are put into square buckets as wide as that, so that a place meets
 * those of its own bucket and of the eight around.
 */
#include "grid/bandwidth_rules.h"

#include <math.h>

#include "stat/weighted.h"

/* The gaussian is cut off there, in sigmas: exp(-18) = 1.5e-8, ... */
#define CUT 6.0
/* ... and for the likelihood, the logarithm of which minds more: 2e-11. */
#define LIKELIHOOD_CUT 7.0
/*
 * Where the rest beyond the cut could be more than this part of a sum over the
 * others of a place, the sum is taken again, from the nearest place on.
 */
#define CUT_ERROR 1e-7
/* Buckets along a side, at most. */
#define MOST_BUCKETS 1024

/* Steps of the search from 2 scott, downward by sqrt(2) each, then by golden section. */
#define STEPS 22
#define REFINE 28

/* As many distances as spatstat's bw.diggle takes. */
#define DIGGLE_STEPS 512

/* ----------
 * Each axis by itself
 * ----------
 */

static Weighted *
axis_of(const Place *place, uint32 n, bool north)
{
	Weighted	   *mark = crimeml_array(Weighted, n);

	for (uint32 i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		mark[i] = (Weighted) {north ? place[i].y : place[i].x, place[i].weight};
	}
	weighted_sort(mark, n);
	return mark;
}

static double
points_of(const Place *place, uint32 n)
{
	double		points = 0;

	for (uint32 i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		points += place[i].weight;
	}
	return points;
}

void
bandwidth_rule_scott(const Place *place, uint32 n, double *x, double *y)
{
	double		points = points_of(place, n);
	double	   *result[2] = {x, y};

	for (int axis = 0; axis < 2; axis++)
	{
		Weighted	   *mark = axis_of(place, n, axis == 1);

		*result[axis] = weighted_deviation(mark, n, points) * pow(points, -1.0 / 6);
		pfree(mark);
	}
}

void
bandwidth_rule_nrd(const Place *place, uint32 n, double *x, double *y, bool *flat)
{
	double		points = points_of(place, n);
	double	   *result[2] = {x, y};

	*flat = false;
	for (int axis = 0; axis < 2; axis++)
	{
		Weighted	   *mark = axis_of(place, n, axis == 1);
		double		spread = weighted_deviation(mark, n, points);
		double		iqr = weighted_quantile(mark, n, points, 0.75) - weighted_quantile(mark, n, points, 0.25);

		if (iqr > 0)
			spread = Min(spread, iqr / 1.34);
		else if (spread > 0)
			*flat = true;
		*result[axis] = 4 * 1.06 * spread * pow(points, -1.0 / 5);
		pfree(mark);
	}
}

/* ----------
 * Pairs of places that are near
 * ----------
 */

/* Called for each two places of different number. */
typedef void (*PairVisitor) (void *arg, uint32 i, uint32 j, double dx, double dy);

/* Places by bucket. */
typedef struct Buckets
{
	const Place *place;
	uint32		n;
	double		xmin;
	double		ymin;
	double		width;			/* of the box of all places */
	double		height;
	double		side;
	int			columns;
	int			rows;
	uint32	   *first;			/* by bucket, and one more */
	uint32	   *number;			/* of places, in the order of their buckets */
} Buckets;

static inline int
bucket_of(double v, double min, double side, int n)
{
	return crimeml_int_within((v - min) / side, 0, n - 1);
}

/* Buckets no narrower than reach. */
static void
buckets_build(Buckets *buckets, const Place *place, uint32 n, double reach)
{
	double		xmax = place[0].x;
	double		ymax = place[0].y;
	uint32		count;

	buckets->place = place;
	buckets->n = n;
	buckets->xmin = place[0].x;
	buckets->ymin = place[0].y;
	for (uint32 i = 1; i < n; i++)
	{
		buckets->xmin = Min(buckets->xmin, place[i].x);
		buckets->ymin = Min(buckets->ymin, place[i].y);
		xmax = Max(xmax, place[i].x);
		ymax = Max(ymax, place[i].y);
	}
	buckets->width = xmax - buckets->xmin;
	buckets->height = ymax - buckets->ymin;
	buckets->side = Max(reach, Max(buckets->width, buckets->height) / MOST_BUCKETS);
	buckets->columns = crimeml_int_within(buckets->width / buckets->side, 0, MOST_BUCKETS) + 1;
	buckets->rows = crimeml_int_within(buckets->height / buckets->side, 0, MOST_BUCKETS) + 1;
	count = buckets->columns * buckets->rows;
	buckets->first = crimeml_array(uint32, count + 1);
	buckets->number = crimeml_array(uint32, n);

	for (int pass = 0; pass < 2; pass++)
	{
		for (uint32 i = 0; i < n; i++)
		{
			int			c = bucket_of(place[i].x, buckets->xmin, buckets->side, buckets->columns);
			int			r = bucket_of(place[i].y, buckets->ymin, buckets->side, buckets->rows);
			uint32		b = r * buckets->columns + c;

			if (pass == 0)
				buckets->first[b]++;
			else
				buckets->number[--buckets->first[b]] = i;
		}
		if (pass == 0)
		{
			for (uint32 b = 1; b <= count; b++)
				buckets->first[b] += buckets->first[b - 1];
		}
	}
}

static void
buckets_free(Buckets *buckets)
{
	pfree(buckets->first);
	pfree(buckets->number);
}

/* Each two places at most "reach" apart, once. */
static void
visit_pairs(const Buckets *buckets, double reach, PairVisitor visit, void *arg)
{
	static const int beside[4][2] = {{1, 0}, {-1, 1}, {0, 1}, {1, 1}};
	const Place *place = buckets->place;
	double		square = reach * reach;
	uint64		steps = 0;

	for (int b = 0; b < buckets->columns * buckets->rows; b++)
	{
		int			column = b % buckets->columns;
		int			row = b / buckets->columns;

		for (uint32 k = buckets->first[b]; k < buckets->first[b + 1]; k++)
		{
			uint32		i = buckets->number[k];

			for (int side = -1; side < 4; side++)
			{
				int			other = b;
				uint32		from = k + 1;

				if (side >= 0)
				{
					int			c = column + beside[side][0];
					int			r = row + beside[side][1];

					if (c < 0 || c >= buckets->columns || r >= buckets->rows)
						continue;
					other = r * buckets->columns + c;
					from = buckets->first[other];
				}
				for (uint32 m = from; m < buckets->first[other + 1]; m++)
				{
					uint32		j = buckets->number[m];
					double		dx = place[j].x - place[i].x;
					double		dy = place[j].y - place[i].y;

					if ((++steps & 0xfffff) == 0)
						CHECK_FOR_INTERRUPTS();
					if (dx * dx + dy * dy <= square)
						visit(arg, i, j, dx, dy);
				}
			}
		}
	}
}

/* ----------
 * Cross-validation
 * ----------
 */

typedef struct Validation
{
	const Place *place;
	uint32		n;
	double		points;
	bool		likelihood;
	bool		same_spot;		/* do points on one spot speak for each other? */
	double	   *nearest;		/* square of the distance to another place; NaN */
	Buckets		all;			/* likelihood: of a few places each, whatever sigma */

	/* of the sigma at hand */
	double		factor;			/* -1 / (2 sigma^2) */
	double	   *sum;			/* likelihood: by place, over the others */
	double		narrow;			/* lscv: over pairs of points, sigma */
	double		wide;			/* ditto, sqrt(2) sigma */
} Validation;

static void
visit_likelihood(void *arg, uint32 i, uint32 j, double dx, double dy)
{
	Validation *v = arg;
	double		e = exp(v->factor * (dx * dx + dy * dy));

	v->sum[i] += v->place[j].weight * e;
	v->sum[j] += v->place[i].weight * e;
}

static void
visit_lscv(void *arg, uint32 i, uint32 j, double dx, double dy)
{
	Validation *v = arg;
	double		wide = exp(v->factor / 2 * (dx * dx + dy * dy));
	double		pairs = 2 * v->place[i].weight * v->place[j].weight;

	v->wide += pairs * wide;
	v->narrow += pairs * wide * wide;
}

/* Of a bucket. */
static inline int
bucket_column(const Buckets *buckets, double x)
{
	return bucket_of(x, buckets->xmin, buckets->side, buckets->columns);
}

static inline int
bucket_row(const Buckets *buckets, double y)
{
	return bucket_of(y, buckets->ymin, buckets->side, buckets->rows);
}

/* The square of the distance to the nearest other place, ring by ring. */
static double
nearest_place(Validation *v, uint32 i)
{
	const Buckets *all = &v->all;
	int			column = bucket_column(all, v->place[i].x);
	int			row = bucket_row(all, v->place[i].y);
	double		least = INFINITY;

	if (!isnan(v->nearest[i]))
		return v->nearest[i];
	/* what was in no ring before is at least "ring" - 1 sides away */
	for (int ring = 0; ring <= Max(all->columns, all->rows); ring++)
	{
		double		done = (ring - 1) * all->side;

		if (ring > 0 && least <= done * done)
			break;
		for (int r = Max(row - ring, 0); r <= Min(row + ring, all->rows - 1); r++)
		{
			int			step = abs(r - row) == ring ? 1 : Max(2 * ring, 1);

			CHECK_FOR_INTERRUPTS();
			for (int c = column - ring; c <= column + ring; c += step)
			{
				if (c < 0 || c >= all->columns)
					continue;
				for (uint32 m = all->first[r * all->columns + c];
					 m < all->first[r * all->columns + c + 1]; m++)
				{
					uint32		j = all->number[m];
					double		dx = v->place[j].x - v->place[i].x;
					double		dy = v->place[j].y - v->place[i].y;

					if (j != i)
						least = Min(least, dx * dx + dy * dy);
				}
			}
		}
	}
	return v->nearest[i] = least;
}

/*
 * The logarithm of the sum over the others of a place, as parts of the nearest
 * one's share: those that are below CUT_ERROR of it together are left out.
 */
static double
log_sum_of_others(Validation *v, uint32 i)
{
	const Buckets *all = &v->all;
	const Place *place = &v->place[i];
	double		same = v->same_spot ? place->weight - 1 : 0;
	double		nearest = same > 0 ? 0 : nearest_place(v, i);
	double		square = nearest + log(v->points / CUT_ERROR) / -v->factor;
	double		reach = sqrt(square);
	int			first = bucket_column(all, place->x - reach);
	int			last = bucket_column(all, place->x + reach);
	int			north = bucket_row(all, place->y + reach);
	double		sum = same;

	for (int r = bucket_row(all, place->y - reach); r <= north; r++)
	{
		CHECK_FOR_INTERRUPTS();
		for (uint32 m = all->first[r * all->columns + first];
			 m < all->first[r * all->columns + last + 1]; m++)
		{
			uint32		j = all->number[m];
			double		dx = v->place[j].x - place->x;
			double		dy = v->place[j].y - place->y;
			double		d = dx * dx + dy * dy;

			if (j != i && d <= square)
				sum += v->place[j].weight * exp(v->factor * (d - nearest));
		}
	}
	return v->factor * nearest + log(sum);
}

/* What is to be least. */
static double
validate(Validation *v, double log_sigma)
{
	double		sigma = exp(log_sigma);
	double		reach = sigma * (v->likelihood ? LIKELIHOOD_CUT : CUT * M_SQRT2);
	double		area = 2 * M_PI * sigma * sigma;
	double		doubtful = v->points * exp(-0.5 * LIKELIHOOD_CUT * LIKELIHOOD_CUT) / CUT_ERROR;
	Buckets		buckets;
	double		loss = 0;

	v->factor = -0.5 / (sigma * sigma);
	v->narrow = v->wide = 0;
	if (v->likelihood)
		memset(v->sum, 0, v->n * sizeof(double));
	buckets_build(&buckets, v->place, v->n, reach);
	visit_pairs(&buckets, reach, v->likelihood ? visit_likelihood : visit_lscv, v);
	buckets_free(&buckets);

	if (!v->likelihood)
	{
		for (uint32 i = 0; i < v->n; i++)
		{
			double		pairs = v->place[i].weight * (v->place[i].weight - 1);

			/* pairs of one spot have no say where they would rule */
			v->wide += v->place[i].weight + (v->same_spot ? pairs : 0);
			v->narrow += v->same_spot ? pairs : 0;
		}
		return v->wide / (v->points * v->points * 2 * area) -
			2 * v->narrow / (v->points * (v->points - 1) * area);
	}
	for (uint32 i = 0; i < v->n; i++)
	{
		double		sum = v->sum[i] + (v->same_spot ? v->place[i].weight - 1 : 0);
		double		log_sum = sum > doubtful ? log(sum) : log_sum_of_others(v, i);

		loss -= v->place[i].weight * (log_sum - log(area));
	}
	return loss;
}

/* The least of "validate", from some steps above 2 scott on; false when it is at the lower end. */
static bool
search(Validation *v, double scott, int above, double *sigma)
{
	double		ratio = (sqrt(5) - 1) / 2;
	double		step = 0.5 * M_LN2;
	double		top = log(2 * scott);
	double		best = INFINITY;
	int			best_step = -above;
	double		a;
	double		b;
	double		c;
	double		d;
	double		at_c;
	double		at_d;
	Progress	progress;

	progress_start(&progress, "bandwidth", above + STEPS + REFINE);
	for (int i = -above; i <= STEPS; i++)
	{
		double		loss = validate(v, top - i * step);

		progress_step(&progress, above + i);
		if (loss < best)
		{
			best = loss;
			best_step = i;
		}
	}
	*sigma = exp(top - best_step * step);
	if (best_step == STEPS)
		return false;

	a = top - (best_step + 1) * step;
	b = top - (best_step - 1) * step;
	c = b - ratio * (b - a);
	d = a + ratio * (b - a);
	at_c = validate(v, c);
	at_d = validate(v, d);
	for (int i = 0; i < REFINE; i++)
	{
		progress_step(&progress, above + STEPS + i);
		if (at_c < at_d)
		{
			b = d;
			d = c;
			at_d = at_c;
			c = b - ratio * (b - a);
			at_c = validate(v, c);
		}
		else
		{
			a = c;
			c = d;
			at_c = at_d;
			d = a + ratio * (b - a);
			at_d = validate(v, d);
		}
	}
	*sigma = exp((a + b) / 2);
	return true;
}

double
bandwidth_rule_cross_validate(const Place *place, uint32 n, bool likelihood,
							  double scott_x, double scott_y, bool *collapsed)
{
	Validation	v = {0};
	double		scott = sqrt(scott_x) * sqrt(scott_y);
	int			above = (int) ceil(2 * log2(Max(scott_x, scott_y) / scott));
	double		sigma;

	v.place = place;
	v.n = n;
	v.points = points_of(place, n);
	v.likelihood = likelihood;
	v.same_spot = true;
	v.sum = crimeml_array(double, n);
	v.nearest = crimeml_array(double, n);
	for (uint32 i = 0; i < n; i++)
		v.nearest[i] = NAN;

	if (likelihood)
	{
		/* about as many buckets as places */
		buckets_build(&v.all, place, n, HUGE_VAL);
		buckets_free(&v.all);
		buckets_build(&v.all, place, n, sqrt(v.all.width / n) * sqrt(v.all.height));
	}

	*collapsed = false;
	if (!search(&v, scott, above, &sigma) && v.points > n)
	{
		*collapsed = true;
		v.same_spot = false;
		search(&v, scott, above, &sigma);
	}
	if (likelihood)
		buckets_free(&v.all);
	pfree(v.sum);
	pfree(v.nearest);
	return sigma;
}

/* ----------
 * Diggle's rule
 * ----------
 */

typedef struct Ripley
{
	const Place *place;
	double		width;			/* of the window */
	double		height;
	double		step;			/* of the distances */
	double		jump[DIGGLE_STEPS]; /* pairs with a distance up to that step */
} Ripley;

static void
visit_ripley(void *arg, uint32 i, uint32 j, double dx, double dy)
{
	Ripley	   *k = arg;
	int			bin = crimeml_int_within(ceil(sqrt(dx * dx + dy * dy) / k->step), 0, DIGGLE_STEPS);
	double		seen = (k->width - fabs(dx)) * (k->height - fabs(dy));

	if (bin < DIGGLE_STEPS && seen > 0)
		k->jump[bin] += 2 * k->place[i].weight * k->place[j].weight *
			k->width * k->height / seen;
}

double
bandwidth_rule_diggle(const Place *place, uint32 n)
{
	Ripley	   *k = palloc0(sizeof(Ripley));
	double		points = points_of(place, n);
	double		area;
	double		reach;
	double		per_pair;
	double		sum = 0;
	double		best = INFINITY;
	double		best_r = 0;
	Buckets		buckets;

	/* the window, and from it how far K can be known */
	buckets_build(&buckets, place, n, HUGE_VAL);
	buckets_free(&buckets);
	area = buckets.width * buckets.height;
	reach = Min(Min(buckets.width, buckets.height) / 4, sqrt(1000 * area / (M_PI * points)));

	k->place = place;
	k->width = buckets.width;
	k->height = buckets.height;
	k->step = reach / (DIGGLE_STEPS - 1);
	buckets_build(&buckets, place, n, reach);
	visit_pairs(&buckets, reach, visit_ripley, k);
	buckets_free(&buckets);
	for (uint32 i = 0; i < n; i++)
		k->jump[0] += place[i].weight * (place[i].weight - 1);
	per_pair = area / (points * (points - 1));

	for (int i = 1; 2 * i < DIGGLE_STEPS; i++)
	{
		double		r = i * k->step;
		double		disc = M_PI * r * r;
		double		overlap = 0;
		double		loss;

		CHECK_FOR_INTERRUPTS();
		sum = 0;
		for (int j = 0; j <= 2 * i; j++)
		{
			double		t = j * k->step;
			double		h = Min(t / (2 * r), 1);

			if (j <= i)
				sum += k->jump[j];
			/* what two discs of radius r, t apart, have in common */
			overlap += k->jump[j] * 2 * r * r * (acos(h) - h * sqrt(1 - h * h));
		}
		loss = (area / points - 2 * per_pair * sum) / disc + per_pair * overlap / (disc * disc);
		if (loss < best)
		{
			best = loss;
			best_r = r;
		}
	}
	pfree(k);
	return best_r / 2;
}

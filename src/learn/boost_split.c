/*
 * boost_split.c
 *		The best split of a node of a boosted tree, found in its histogram.
 *
 * A split gains G_l^2 / (H_l + lambda) + G_r^2 / (H_r + lambda) - G^2 / (H + lambda).
 * Rows in which the feature is missing are tried on both sides.  Categories are
 * split as LightGBM does it (Ke and others 2017): of few levels one is split off; more
 * are ordered by G / (H + 10), after Fisher (1958), and sets are tried that are the
 * beginning or the end of this order, with an extra 10 on lambda.
 */
#include "learn/boost_split.h"

#include <math.h>

#define FEW_LEVELS 4			/* one is split off the others */
#define CATEGORY_SMOOTHING 10.0
#define CATEGORY_LAMBDA 10.0
#define SET_LEVELS 32			/* on one side at most */
#define GROUP_ROWS 100			/* that a set takes in at once, where rows are many */
#define GROUP_SHARE 50

void
boost_search_init(BoostSearch *search, const BoostShared *s)
{
	int			nbins = 1;

	memset(search, 0, sizeof(*search));
	search->shared = s;
	search->feature = BOOST_ARRAY(s, const BoostFeature, feature);
	for (int f = 0; f < s->features; f++)
		if (search->feature[f].is_category)
			nbins = Max(nbins, search->feature[f].nbins);
	search->level = crimeml_array(BoostLevel, nbins);
	search->set = crimeml_array(uint32, (nbins + 31) / 32);
	search->group = Min(GROUP_ROWS, s->rows / GROUP_SHARE);
}

void
boost_search_tree(BoostSearch *search, const BoostUnits *units)
{
	const BoostParams *params = &search->shared->params;

	search->units = *units;
	search->count_mask = ((int64) 1 << units->count_bits) - 1;
	search->lambda = params->lambda / units->h;
	search->min_hessian = params->min_hessian / units->h;
	search->category_lambda = (params->lambda + CATEGORY_LAMBDA) / units->h;
}

static inline double
side_score(const BoostSearch *search, BoostCell side, double lambda)
{
	double		g = (double) side.g;
	double		h = boost_hessian(search, side) + lambda;

	return h > 0 ? g * g / h : 0;
}

/* Could these rows be a side of a split? */
static inline bool
side_allowed(const BoostSearch *search, BoostCell side)
{
	return boost_rows(search, side) >= search->shared->params.min_leaf &&
		boost_hessian(search, side) >= search->min_hessian;
}

static inline BoostCell
rest_of(BoostCell total, BoostCell left)
{
	return (BoostCell) {total.g - left.g, total.h - left.h};
}

/* What is gained by these rows on the left, or 0 where it is not allowed. */
static inline double
split_gain(const BoostSearch *search, BoostCell total, BoostCell left, double parent,
		   double lambda)
{
	BoostCell	right = rest_of(total, left);

	if (!side_allowed(search, left) || !side_allowed(search, right))
		return 0;
	return side_score(search, left, lambda) + side_score(search, right, lambda) - parent;
}

/* Keep a cut if it is the best split so far. */
static inline void
try_cut(const BoostSearch *search, BoostCell total, BoostCell left, double parent,
		int feature, int cut, bool missing_left, BoostSplit *best)
{
	double		gain = split_gain(search, total, left, parent, search->lambda);

	if (gain > best->gain)
	{
		best->gain = gain;
		best->feature = feature;
		best->cut = (uint16) cut;
		best->missing_left = missing_left;
		best->by_set = false;
		best->left = left;
	}
}

static void
search_number(const BoostSearch *search, const BoostCell *cell, BoostCell total,
			  double parent, int f, BoostSplit *best)
{
	int			nbins = search->feature[f].nbins;
	BoostCell	missing = cell[0];
	BoostCell	left = {0, 0};
	int			last = 0;		/* bin that has rows */

	if (missing.h != 0)
		try_cut(search, total, missing, parent, f, 0, true, best);
	for (int b = 1; b < nbins; b++)
	{
		if (cell[b].h == 0)
			continue;
		if (last > 0)
		{
			/* in the middle of the bins that have none */
			int			cut = last + (b - last - 1) / 2;

			if (missing.h == 0)
				try_cut(search, total, left, parent, f, cut,
						2 * boost_rows(search, left) >= boost_rows(search, total), best);
			else
			{
				BoostCell	with = {left.g + missing.g, left.h + missing.h};

				try_cut(search, total, left, parent, f, cut, false, best);
				try_cut(search, total, with, parent, f, cut, true, best);
			}
		}
		left.g += cell[b].g;
		left.h += cell[b].h;
		last = b;
	}
}

static int
compare_levels(const void *a, const void *b)
{
	const BoostLevel *x = a;
	const BoostLevel *y = b;

	if (x->score != y->score)
		return x->score < y->score ? -1 : 1;
	return x->bin - y->bin;
}

/*
 * Keep the levels from "from" to "to" as the left side.  Levels that the node does
 * not have go where missing goes, which follows the larger side where the node has
 * none either.
 */
static void
keep_set(BoostSearch *search, BoostCell total, BoostCell left, double gain, int f,
		 const BoostLevel *level, int n, int from, int to, BoostSplit *best)
{
	int			nbins = search->feature[f].nbins;

	best->gain = gain;
	best->feature = f;
	best->cut = 0;
	best->by_set = true;
	best->left = left;
	best->missing_left = 2 * boost_rows(search, left) >= boost_rows(search, total);
	for (int i = 0; i < n; i++)
		if (level[i].bin == 0)
			best->missing_left = i >= from && i < to;
	memset(search->set, best->missing_left ? 0xFF : 0, sizeof(uint32) * ((nbins + 31) / 32));
	for (int b = nbins; b < (nbins + 31) / 32 * 32; b++)
		search->set[b / 32] &= ~((uint32) 1 << (b % 32));
	for (int i = 0; i < n; i++)
	{
		uint32	   *word = &search->set[level[i].bin / 32];
		uint32		bit = (uint32) 1 << (level[i].bin % 32);

		if (i >= from && i < to)
			*word |= bit;
		else
			*word &= ~bit;
	}
}

/* One level of few on the left, the others on the right. */
static void
search_one_level(BoostSearch *search, const BoostCell *cell, BoostCell total,
				 double parent, int f, int n, BoostSplit *best)
{
	for (int i = 0; i < (n == 2 ? 1 : n); i++)
	{
		BoostCell	left = cell[search->level[i].bin];
		double		gain = split_gain(search, total, left, parent, search->lambda);

		if (gain > best->gain)
			keep_set(search, total, left, gain, f, search->level, n, i, i + 1, best);
	}
}

/* The beginnings of the order of levels, or its ends. */
static void
search_sets(BoostSearch *search, const BoostCell *cell, BoostCell total, double parent,
			int f, int n, bool ends, BoostSplit *best)
{
	BoostCell	left = {0, 0};
	int64		group = 0;

	for (int i = 0; i < Min(SET_LEVELS, (n + 1) / 2); i++)
	{
		const BoostCell *next = &cell[search->level[ends ? n - 1 - i : i].bin];
		double		gain;

		left.g += next->g;
		left.h += next->h;
		group += boost_rows(search, *next);
		if (group < search->group || !side_allowed(search, left))
			continue;
		if (boost_rows(search, rest_of(total, left)) < search->group)
			break;
		group = 0;
		gain = split_gain(search, total, left, parent, search->category_lambda);
		if (gain > best->gain)
			keep_set(search, total, left, gain, f, search->level, n,
					 ends ? n - 1 - i : 0, ends ? n : i + 1, best);
	}
}

static void
search_category(BoostSearch *search, const BoostCell *cell, BoostCell total, double parent,
				int f, BoostSplit *best)
{
	int			n = 0;

	for (int b = 0; b < search->feature[f].nbins; b++)
		if (cell[b].h != 0)
		{
			search->level[n].bin = b;
			search->level[n++].score = cell[b].g * search->units.g /
				(boost_hessian(search, cell[b]) * search->units.h + CATEGORY_SMOOTHING);
		}
	if (n < 2)
		return;
	if (n <= FEW_LEVELS)
	{
		search_one_level(search, cell, total, parent, f, n, best);
		return;
	}
	qsort(search->level, n, sizeof(BoostLevel), compare_levels);
	search_sets(search, cell, total, parent, f, n, false, best);
	search_sets(search, cell, total, parent, f, n, true, best);
}

void
boost_search(BoostSearch *search, const BoostCell *cell, BoostCell total,
			 const int *feature, int n, BoostSplit *best)
{
	double		parent = side_score(search, total, search->lambda);

	/* what rounding alone could bring is no gain */
	best->gain = parent * 1e-12;
	best->feature = -1;
	for (int i = 0; i < n; i++)
	{
		int			f = feature[i];
		const BoostCell *of = cell + search->feature[f].first;

		if (search->feature[f].is_category)
			search_category(search, of, total, parent, f, best);
		else
			search_number(search, of, total, parent, f, best);
	}
	if (best->feature < 0)
		best->gain = 0;
}

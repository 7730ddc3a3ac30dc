/*
 * kmeans.c
 *		k-means clusters of points.
 *
 * Lloyd's iterations run over a kd-tree of the distinct places (Kanungo et al.
 * 2002): a box carries the centres that may be nearest to some point of it, and
 * where one is left all of the box goes to it at once.  The result is that of
 * the plain method; the work is about the borders between clusters.
 *
 * Lloyd's method stops at the first local optimum, which for k = 50 is often
 * 10 % worse than the best.  So most of the work is a search: the tree is cut
 * at some thousands of boxes, each taken as a weighted point (the spread within
 * it is counted in full), and on this summary a centre is again and again moved
 * to a point drawn with a probability proportional to its squared distance, as
 * in k-means++.  The centre moved is the one whose loss is least (Lattanzi and
 * Sohler 2019), and the move is kept if, some iterations later, the sum is
 * below what it was (Fraenti 2018).  The last iterations are over all places.
 */
#include "cluster/kmeans.h"

#include <float.h>
#include <math.h>

#define KD_DIMS 3
#include "cluster/kdtree.h"
#include "cluster/sites.h"
#include "cluster/sphere.h"

#define LEAF_PLACES 8

/* Points of the summary, at least and for each cluster. */
#define SUMMARY_POINTS 4096
#define SUMMARY_PER_CLUSTER 16

/*
 * Moves that are tried, more of them where they are cheap and each matters more,
 * and the iterations after which one is judged.
 */
#define MOVES(k) Max(50, 1000 / (k))
#define MOVE_ITERATIONS 10
#define SEARCH_ITERATIONS 100

/* Lloyd's method ends by itself, as a rule within a hundred iterations. */
#define MAX_ITERATIONS 1000

/* A centre that lost all its points gets new ones, as a rule at once. */
#define MAX_FILLS 10

/* A point of the plane (z is 0), or of space, where the sphere has its radius 1. */
typedef struct Vector
{
	double		x;
	double		y;
	double		z;
} Vector;

/* Centres and what an iteration finds out about them. */
typedef struct Centres
{
	Vector	   *at;
	Vector	   *sum;			/* of the points that are nearest */
	double	   *weight;
	double		cost;			/* sum of squared distances */
} Centres;

/* The points of the summary, and their distances to the centres. */
typedef struct Summary
{
	int			n;
	Vector	   *at;
	double	   *weight;
	double	   *nearest2;		/* squared distance to the nearest centre */
	double	   *second2;		/* and to the one after it */
	int32	   *nearest;
	double	   *candidate2;		/* to the place tried for a new centre */
	double	   *loss;			/* of each centre, if it moved there */
} Summary;

typedef struct Kmeans
{
	KdTree		tree;
	int			nplaces;
	bool		sphere;			/* centres are on the sphere */
	Vector	   *mean;			/* of each box */
	double	   *scatter;		/* sum of squared distances to that mean */
	int			k;
	int			whole;			/* a box with so few places is one point */
	bool		mark;			/* note the centre in each place */
	int32	   *stack;			/* candidate centres, of the boxes above */
	int			stack_size;
	Summary		summary;
	Random		random;
} Kmeans;

static inline double
vector_distance2(const Vector *a, const Vector *b)
{
	double		dx = a->x - b->x;
	double		dy = a->y - b->y;
	double		dz = a->z - b->z;

	return dx * dx + dy * dy + dz * dz;
}

static inline Vector
vector_of(const KdPlace *p)
{
	return (Vector) {p->x, p->y, p->z};
}

/* sum += weight * v */
static inline void
vector_add(Vector *sum, const Vector *v, double weight)
{
	sum->x += v->x * weight;
	sum->y += v->y * weight;
	sum->z += v->z * weight;
}

/* ----------
 * The tree
 * ----------
 */

/* Mean and scatter of the boxes; children come after their parents. */
static void
measure_boxes(Kmeans *km)
{
	for (int b = km->tree.nboxes - 1; b >= 0; b--)
	{
		const Box  *box = &km->tree.box[b];
		Vector		mean = {0, 0, 0};
		double		scatter = 0;

		if (box->child != 0)
		{
			for (int c = box->child; c <= box->child + 1; c++)
				vector_add(&mean, &km->mean[c], km->tree.box[c].weight);
			mean = (Vector) {mean.x / box->weight, mean.y / box->weight, mean.z / box->weight};
			for (int c = box->child; c <= box->child + 1; c++)
				scatter += km->scatter[c] + km->tree.box[c].weight *
					vector_distance2(&km->mean[c], &mean);
		}
		else
		{
			Vector		v;

			for (int i = box->begin; i < box->end; i++)
			{
				v = vector_of(&km->tree.place[i]);
				vector_add(&mean, &v, km->tree.place[i].weight);
			}
			mean = (Vector) {mean.x / box->weight, mean.y / box->weight, mean.z / box->weight};
			for (int i = box->begin; i < box->end; i++)
			{
				v = vector_of(&km->tree.place[i]);
				scatter += km->tree.place[i].weight * vector_distance2(&v, &mean);
			}
		}
		km->mean[b] = mean;
		km->scatter[b] = scatter;
		if ((b & 0x3ff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
}

/* Write down the boxes that the search takes as points, or count them only. */
static void
collect_summary(Kmeans *km, int32 b)
{
	const Box  *box = &km->tree.box[b];
	Summary    *summary = &km->summary;

	if (box->end - box->begin <= km->whole)
	{
		if (summary->at != NULL)
		{
			summary->at[summary->n] = km->mean[b];
			summary->weight[summary->n] = box->weight;
		}
		summary->n++;
	}
	else if (box->child != 0)
	{
		collect_summary(km, box->child);
		collect_summary(km, box->child + 1);
	}
	else
		for (const KdPlace *p = km->tree.place + box->begin; p < km->tree.place + box->end; p++)
		{
			if (summary->at != NULL)
			{
				summary->at[summary->n] = vector_of(p);
				summary->weight[summary->n] = p->weight;
			}
			summary->n++;
		}
}

static void
build_summary(Kmeans *km)
{
	Summary    *summary = &km->summary;

	collect_summary(km, 0);
	summary->at = crimeml_array(Vector, summary->n);
	summary->weight = crimeml_array(double, summary->n);
	summary->nearest2 = crimeml_array(double, summary->n);
	summary->second2 = crimeml_array(double, summary->n);
	summary->nearest = crimeml_array(int32, summary->n);
	summary->candidate2 = crimeml_array(double, summary->n);
	summary->loss = crimeml_array(double, km->k);
	summary->n = 0;
	collect_summary(km, 0);
}

/* ----------
 * Lloyd's iterations
 * ----------
 */
static Centres *
create_centres(int k)
{
	Centres    *centres = palloc0(sizeof(Centres));

	centres->at = crimeml_array(Vector, k);
	centres->sum = crimeml_array(Vector, k);
	centres->weight = crimeml_array(double, k);
	return centres;
}

static void
copy_centres(Centres *to, const Centres *from, int k)
{
	memcpy(to->at, from->at, sizeof(Vector) * k);
	to->cost = from->cost;
}

/* Put centre c there; on the sphere, to the place above it. */
static void
set_centre(const Kmeans *km, Centres *centres, int32 c, Vector v)
{
	if (km->sphere)
	{
		double		length = sqrt(v.x * v.x + v.y * v.y + v.z * v.z);

		/* points that are balanced about the middle have no such place: stay */
		if (length < 1e-12)
			return;
		v = (Vector) {v.x / length, v.y / length, v.z / length};
	}
	centres->at[c] = v;
}

static inline void
give(Centres *centres, int32 c, const Vector *v, double weight, double scatter)
{
	vector_add(&centres->sum[c], v, weight);
	centres->weight[c] += weight;
	centres->cost += scatter + weight * vector_distance2(v, &centres->at[c]);
}

static inline int32
nearest_of(const Centres *centres, const int32 *candidate, int n, const Vector *v)
{
	int32		best = candidate[0];
	double		best2 = vector_distance2(v, &centres->at[best]);

	for (int i = 1; i < n; i++)
	{
		int32		c = candidate[i];
		double		d2 = vector_distance2(v, &centres->at[c]);

		if (d2 < best2)
		{
			best = c;
			best2 = d2;
		}
	}
	return best;
}

/*
 * Is no point of the box nearer to centre c than to "best"?  It is enough to
 * ask the corner that lies farthest in the direction from "best" to c.
 */
static inline bool
is_farther(const Centres *centres, int32 c, int32 best, const Box *box)
{
	const Vector *from = &centres->at[best];
	const Vector *to = &centres->at[c];
	Vector		corner = {to->x > from->x ? box->xmax : box->xmin,
	to->y > from->y ? box->ymax : box->ymin, to->z > from->z ? box->zmax : box->zmin};

	return vector_distance2(&corner, to) >= vector_distance2(&corner, from);
}

/*
 * Give the places of box b to their nearest centres.  The n candidates stand on
 * the stack from "from" on; those that are left for the box go above them.
 */
static void
filter_box(Kmeans *km, Centres *centres, int32 b, int from, int n)
{
	const Box  *box = &km->tree.box[b];
	int			size = box->end - box->begin;
	int			left = from + n;
	int			nleft = 0;
	int32		best;

	if (n > 1)
	{
		Vector		middle = {(box->xmin + box->xmax) / 2, (box->ymin + box->ymax) / 2,
		(box->zmin + box->zmax) / 2};

		if (left + n > km->stack_size)
		{
			km->stack = crimeml_realloc(km->stack, km->stack_size, left + n, sizeof(int32));
			km->stack_size = left + n;
		}
		best = nearest_of(centres, km->stack + from, n, &middle);
		for (int i = 0; i < n; i++)
		{
			int32		c = km->stack[from + i];

			if (c == best || !is_farther(centres, c, best, box))
				km->stack[left + nleft++] = c;
		}
		from = left;
		n = nleft;
	}

	if (n == 1 || size <= km->whole)
	{
		best = nearest_of(centres, km->stack + from, n, &km->mean[b]);
		give(centres, best, &km->mean[b], box->weight, km->scatter[b]);
		if (km->mark)
			for (int i = box->begin; i < box->end; i++)
				km->tree.place[i].mark = best;
	}
	else if (box->child != 0)
	{
		CHECK_FOR_INTERRUPTS();
		filter_box(km, centres, box->child, from, n);
		filter_box(km, centres, box->child + 1, from, n);
	}
	else
		for (KdPlace *p = km->tree.place + box->begin; p < km->tree.place + box->end; p++)
		{
			Vector		v = vector_of(p);

			best = nearest_of(centres, km->stack + from, n, &v);
			give(centres, best, &v, p->weight, 0);
			if (km->mark)
				p->mark = best;
		}
}

/* Sums and cost of the centres as they stand. */
static void
filter(Kmeans *km, Centres *centres)
{
	memset(centres->sum, 0, sizeof(Vector) * km->k);
	memset(centres->weight, 0, sizeof(double) * km->k);
	centres->cost = 0;
	for (int c = 0; c < km->k; c++)
		km->stack[c] = c;
	filter_box(km, centres, 0, 0, km->k);
}

/*
 * Put each centre that has no point on the place that adds most to the cost, by
 * the marks of the places.  False when every centre has points.
 */
static bool
fill_empty(Kmeans *km, Centres *centres)
{
	bool		filled = false;

	for (int c = 0; c < km->k; c++)
	{
		KdPlace	   *worst = NULL;
		double		most = 0;

		if (centres->weight[c] > 0)
			continue;
		for (int i = 0; i < km->nplaces; i++)
		{
			KdPlace	   *p = &km->tree.place[i];
			Vector		v = vector_of(p);
			double		cost = p->weight * vector_distance2(&v, &centres->at[p->mark]);

			if (cost > most)
			{
				most = cost;
				worst = p;
			}
		}
		CHECK_FOR_INTERRUPTS();
		if (worst == NULL)
			break;
		set_centre(km, centres, c, vector_of(worst));
		worst->mark = c;
		filled = true;
	}
	return filled;
}

/*
 * Move the centres to the means of their points until they stay, or the cost
 * falls by less than the share "enough", or, were it to go on falling as it
 * does, it would still be above "goal" in the end.
 */
static void
iterate(Kmeans *km, Centres *centres, int iterations, double enough, double goal)
{
	double		before = DBL_MAX;

	for (int i = 0; i < iterations; i++)
	{
		bool		moved = false;
		double		fall;

		filter(km, centres);
		fall = before - centres->cost;
		if (fall < before * enough ||
			centres->cost - fall * (iterations - i) > goal)
			break;
		before = centres->cost;
		for (int c = 0; c < km->k; c++)
		{
			Vector		old = centres->at[c];
			Vector		sum = centres->sum[c];
			double		weight = centres->weight[c];

			if (weight == 0)
				continue;
			set_centre(km, centres, c, (Vector) {sum.x / weight, sum.y / weight, sum.z / weight});
			moved = moved || old.x != centres->at[c].x || old.y != centres->at[c].y ||
				old.z != centres->at[c].z;
		}
		if (!moved)
			break;
	}
}

/* ----------
 * The search
 * ----------
 */

/* A point of the summary, by its share in the sum of weight * nearest2. */
static int
draw_point(Kmeans *km, double total)
{
	const Summary *summary = &km->summary;
	double		rest = random_uniform(&km->random) * total;
	int			last = 0;

	for (int i = 0; i < summary->n; i++)
	{
		double		share = summary->weight[i] * summary->nearest2[i];

		if (share > 0)
		{
			last = i;
			if (rest < share)
				break;
			rest -= share;
		}
	}
	return last;
}

/* Squared distances of the summary's points to point i; returns the cost with it. */
static double
try_point(Kmeans *km, int i)
{
	Summary    *summary = &km->summary;
	Vector		v = summary->at[i];
	double		cost = 0;

	for (int j = 0; j < summary->n; j++)
	{
		double		d2 = vector_distance2(&summary->at[j], &v);

		summary->candidate2[j] = d2;
		cost += summary->weight[j] * Min(d2, summary->nearest2[j]);
	}
	CHECK_FOR_INTERRUPTS();
	return cost;
}

/* Greedy k-means++: the best of some candidates a step. */
static void
seed_centres(Kmeans *km, Centres *centres)
{
	Summary    *summary = &km->summary;
	int			candidates = 2 + (int) log(km->k);
	double		total = 0;

	for (int i = 0; i < summary->n; i++)
	{
		summary->nearest2[i] = 1;
		total += summary->weight[i];
	}
	for (int c = 0; c < km->k; c++)
	{
		double		best_cost = DBL_MAX;
		int			best = 0;

		for (int i = 0; i < (c == 0 ? 1 : candidates); i++)
		{
			int			point = draw_point(km, total);
			double		cost = try_point(km, point);

			if (cost < best_cost)
			{
				best_cost = cost;
				best = point;
			}
		}
		set_centre(km, centres, c, summary->at[best]);
		total = try_point(km, best);
		for (int i = 0; i < summary->n; i++)
			summary->nearest2[i] = c == 0 ? summary->candidate2[i] :
				Min(summary->nearest2[i], summary->candidate2[i]);
		if (c == 0)
		{
			total = 0;
			for (int i = 0; i < summary->n; i++)
				total += summary->weight[i] * summary->nearest2[i];
		}
	}
}

/* The two nearest centres of each point of the summary; returns the cost. */
static double
find_nearest(Kmeans *km, const Centres *centres)
{
	Summary    *summary = &km->summary;
	double		cost = 0;

	for (int i = 0; i < summary->n; i++)
	{
		double		first2 = DBL_MAX;
		double		second2 = DBL_MAX;
		int			first = 0;

		for (int c = 0; c < km->k; c++)
		{
			double		d2 = vector_distance2(&summary->at[i], &centres->at[c]);

			if (d2 < first2)
			{
				second2 = first2;
				first2 = d2;
				first = c;
			}
			else if (d2 < second2)
				second2 = d2;
		}
		summary->nearest2[i] = first2;
		summary->second2[i] = second2;
		summary->nearest[i] = first;
		cost += summary->weight[i] * first2;
		if ((i & 0x3f) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	return cost;
}

/* The centre whose points lose least when it moves to where try_point() was. */
static int32
least_loss(Kmeans *km)
{
	Summary    *summary = &km->summary;
	int32		best = 0;

	memset(summary->loss, 0, sizeof(double) * km->k);
	for (int i = 0; i < summary->n; i++)
		summary->loss[summary->nearest[i]] += summary->weight[i] *
			(Min(summary->second2[i], summary->candidate2[i]) -
			 Min(summary->nearest2[i], summary->candidate2[i]));
	for (int c = 1; c < km->k; c++)
		if (summary->loss[c] < summary->loss[best])
			best = c;
	return best;
}

/* Move one centre after the other to where it serves better. */
static void
search(Kmeans *km, Centres *centres)
{
	Centres    *moved = create_centres(km->k);
	double		total = 0;
	bool		changed = true;

	iterate(km, centres, SEARCH_ITERATIONS, 1e-4, DBL_MAX);
	filter(km, centres);
	for (int i = 0; km->k > 1 && i < MOVES(km->k); i++)
	{
		int			point;
		int32		c;

		if (changed)
			total = find_nearest(km, centres);
		point = draw_point(km, total);
		try_point(km, point);
		c = least_loss(km);
		copy_centres(moved, centres, km->k);
		set_centre(km, moved, c, km->summary.at[point]);
		iterate(km, moved, MOVE_ITERATIONS, 0, centres->cost);
		filter(km, moved);
		changed = moved->cost < centres->cost;
		if (changed)
			copy_centres(centres, moved, km->k);
	}
	iterate(km, centres, SEARCH_ITERATIONS, 1e-5, DBL_MAX);
}

/* ----------
 * The whole
 * ----------
 */

/* cluster_of[site]: the number of its centre. */
static void
cluster_sites(const Sites *sites, bool sphere, int k, int64 seed, int32 *cluster_of)
{
	Kmeans		km = {0};
	Centres    *centres = create_centres(k);
	double		x0 = (sites->x[0] + sites->x[sites->n - 1]) / 2;
	double		y0 = sites->y[0];

	km.sphere = sphere;
	km.k = k;
	km.nplaces = sites->n;
	km.tree.leaf = LEAF_PLACES;
	km.tree.place = scratch_array(KdPlace, sites->n);
	km.tree.box = scratch_array(Box, kdtree_boxes(sites->n, 1, LEAF_PLACES));
	km.tree.nboxes = 1;
	for (int i = 0; i < sites->n; i++)
	{
		KdPlace	   *p = &km.tree.place[i];

		if (sphere)
		{
			double		v[3];

			sphere_vector(sites->x[i], sites->y[i], v);
			*p = (KdPlace) {.x = v[0], .y = v[1], .z = v[2]};
		}
		else
		{
			/* near the origin, sums of squares keep their precision */
			*p = (KdPlace) {.x = sites->x[i] - x0, .y = sites->y[i] - y0};
		}
		p->weight = sites->weight[i];
		p->site = i;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	km.tree.box[0].begin = 0;
	km.tree.box[0].end = sites->n;
	kdtree_grow(&km.tree, 0);

	km.mean = scratch_array(Vector, km.tree.nboxes);
	km.scatter = scratch_array(double, km.tree.nboxes);
	measure_boxes(&km);
	km.stack_size = 4 * k;
	km.stack = crimeml_array(int32, km.stack_size);
	random_seed(&km.random, seed, 0);

	km.whole = 2 * (int64) sites->n / Max(SUMMARY_POINTS, SUMMARY_PER_CLUSTER * (int64) k);
	build_summary(&km);
	seed_centres(&km, centres);
	search(&km, centres);

	km.whole = 0;
	for (int i = 0; i < MAX_FILLS; i++)
	{
		km.mark = false;
		iterate(&km, centres, MAX_ITERATIONS, 0, DBL_MAX);
		km.mark = true;
		filter(&km, centres);
		if (!fill_empty(&km, centres))
			break;
	}
	for (int i = 0; i < sites->n; i++)
		cluster_of[km.tree.place[i].site] = km.tree.place[i].mark;
}

static void
cluster_points(const double *x, const double *y, bool sphere, int n, int k, int64 seed,
			   int32 *cluster)
{
	Sites	   *sites;
	int32	   *cluster_of;

	if (n == 0)
		return;
	sites = sites_build(x, y, n);
	k = Min(k, sites->n);
	cluster_of = scratch_array(int32, sites->n);
	if (k == sites->n)
		for (int i = 0; i < k; i++)
			cluster_of[i] = i;
	else
		cluster_sites(sites, sphere, k, seed, cluster_of);
	number_clusters(cluster_of, k, sites->site_of, n, cluster);
}

void
kmeans(const double *x, const double *y, int n, int k, int64 seed, int32 *cluster)
{
	cluster_points(x, y, false, n, k, seed, cluster);
}

void
kmeans_sphere(const double *longitude, const double *latitude, int n, int k, int64 seed,
			  int32 *cluster)
{
	cluster_points(longitude, latitude, true, n, k, seed, cluster);
}

Size
kmeans_memory(int n, int k)
{
	int64		most = 4 * Max(SUMMARY_POINTS, SUMMARY_PER_CLUSTER * (int64) Min(k, n));
	Size		tree = add_size(mul_size(n, SITES_KEPT_BYTES + sizeof(int32) + sizeof(KdPlace)),
								mul_size(kdtree_boxes(n, 1, LEAF_PLACES),
										 sizeof(Box) + sizeof(Vector) + sizeof(double)));
	Size		search = add_size(mul_size(Min(n, most), sizeof(Vector) + 4 * sizeof(double) + sizeof(int32)),
								  mul_size(Min(k, n), 32 * sizeof(double)));

	return Max(mul_size(n, SITES_PEAK_BYTES), add_size(tree, search));
}

/*
 * silhouette.c
 *		Inertia and simplified silhouette.
 *
 * Sites and means are both gone through by x, so the nearest other mean is
 * looked for from where the site stands outward, until x alone is too far.
 */
#include "cluster/silhouette.h"
#include "stat/order.h"

#include <math.h>

typedef struct Means
{
	int			k;
	double	   *x;
	double	   *y;
	double	   *weight;
	int32	   *by_x;
} Means;

static Means
means_of(const Sites *sites, const int32 *cluster, int k)
{
	Means		means;

	means.k = k;
	means.x = crimeml_array(double, k);
	means.y = crimeml_array(double, k);
	means.weight = crimeml_array(double, k);
	means.by_x = crimeml_array(int32, k);
	/* from the first place, or large coordinates would cost digits */
	for (int i = 0; i < sites->n; i++)
	{
		int32		c = cluster[sites->first[i]];

		means.x[c] += (sites->x[i] - sites->x[0]) * sites->weight[i];
		means.y[c] += (sites->y[i] - sites->y[0]) * sites->weight[i];
		means.weight[c] += sites->weight[i];
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	for (int c = 0; c < k; c++)
	{
		means.x[c] = sites->x[0] + means.x[c] / means.weight[c];
		means.y[c] = sites->y[0] + means.y[c] / means.weight[c];
	}
	order_by(means.x, k, means.by_x);
	return means;
}

static inline double
to_mean(const Means *means, int c, double x, double y)
{
	double		dx = x - means->x[c];
	double		dy = y - means->y[c];

	return dx * dx + dy * dy;
}

/* Squared distance to the nearest mean but the own; "from" is the place of x among them. */
static double
nearest_other(const Means *means, int own, int from, double x, double y)
{
	double		least = INFINITY;

	for (int i = from; i < means->k; i++)
	{
		int			c = means->by_x[i];

		if ((means->x[c] - x) * (means->x[c] - x) >= least)
			break;
		if (c != own)
			least = Min(least, to_mean(means, c, x, y));
	}
	for (int i = from - 1; i >= 0; i--)
	{
		int			c = means->by_x[i];

		if ((means->x[c] - x) * (means->x[c] - x) >= least)
			break;
		if (c != own)
			least = Min(least, to_mean(means, c, x, y));
	}
	return least;
}

void
kmeans_measure(const Sites *sites, const int32 *cluster, int k,
			   double *inertia, double *silhouette)
{
	Means		means = means_of(sites, cluster, k);
	double		sum = 0;
	double		points = 0;
	int			from = 0;

	*inertia = 0;
	for (int i = 0; i < sites->n; i++)
	{
		double		x = sites->x[i];
		double		y = sites->y[i];
		int32		own = cluster[sites->first[i]];
		double		a2 = to_mean(&means, own, x, y);

		CHECK_FOR_INTERRUPTS();
		*inertia += a2 * sites->weight[i];
		points += sites->weight[i];
		if (k == 1)
			continue;
		while (from < k && means.x[means.by_x[from]] < x)
			from++;
		{
			double		a = sqrt(a2);
			double		b = sqrt(nearest_other(&means, own, from, x, y));

			if (Max(a, b) > 0)
				sum += (b - a) / Max(a, b) * sites->weight[i];
		}
	}
	*silhouette = k > 1 ? sum / points : NAN;
}

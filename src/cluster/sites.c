/*
 * sites.c
 *		The distinct places among points, by sorting the coordinates.
 */
#include "cluster/sites.h"

#include "stat/order.h"

Sites *
sites_build(const double *x, const double *y, int n)
{
	Sites	   *sites = palloc0(sizeof(Sites));
	int32	   *order = scratch_array(int32, n);

	order_points(x, y, n, order);

	sites->site_of = scratch_array(int32, n);
	for (int i = 0; i < n; i++)
	{
		int32		row = order[i];

		if (i == 0 || x[row] != x[order[i - 1]] || y[row] != y[order[i - 1]])
			sites->n++;
		sites->site_of[row] = sites->n - 1;
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}

	sites->x = scratch_array(double, sites->n);
	sites->y = scratch_array(double, sites->n);
	sites->weight = crimeml_array(int32, sites->n);
	sites->first = scratch_array(int32, sites->n);
	for (int i = 0; i < n; i++)
	{
		int32		row = order[i];
		int32		site = sites->site_of[row];

		/* the sort is stable: the first of a place is its lowest row */
		if (sites->weight[site]++ == 0)
		{
			sites->x[site] = x[row];
			sites->y[site] = y[row];
			sites->first[site] = row;
		}
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(order);
	return sites;
}

void
number_clusters(const int32 *root, int32 nroots, const int32 *item_of, int n, int32 *cluster)
{
	int32	   *number = scratch_array(int32, nroots);
	int32		nclusters = 0;

	for (int i = 0; i < nroots; i++)
	{
		number[i] = -1;
		if ((i & 0xfffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	for (int i = 0; i < n; i++)
	{
		int32		at = root[item_of == NULL ? i : item_of[i]];

		if (at >= 0 && number[at] < 0)
			number[at] = nclusters++;
		cluster[i] = at < 0 ? -1 : number[at];
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	pfree(number);
}

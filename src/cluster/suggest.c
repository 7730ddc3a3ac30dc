/*
 * suggest.c
 *		suggest_eps() and kmeans_quality(): what helps to choose.
 */
#include "crimeml.h"

#include <math.h>

#include "utils/builtins.h"

#include "cluster/dbscan.h"
#include "cluster/kmeans.h"
#include "cluster/k_distance.h"
#include "cluster/silhouette.h"
#include "cluster/sites.h"
#include "data/doubts.h"
#include "rows.h"

PG_FUNCTION_INFO_V1(crimeml_suggest_eps);
PG_FUNCTION_INFO_V1(crimeml_kmeans_quality);

/* suggest_eps(source, minpoints) */
Datum
crimeml_suggest_eps(PG_FUNCTION_ARGS)
{
	char	   *source = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int32		minpoints = PG_GETARG_INT32(1);
	Incidents  *incidents;
	int			n;
	Sites	   *sites;
	double	   *distance;
	double		eps;
	int32	   *cluster;
	int			clusters = 0;
	int			noise = 0;
	int64		stacked = 0;
	Rows		rows;

	if (minpoints < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"minpoints\" of suggest_eps must be at least 2, and is %d",
						minpoints),
				 errhint("With less every incident is a hotspot, whatever eps is.")));
	rows_begin_one(&rows, fcinfo);
	incidents = incidents_read("suggest_eps", source, 0, session_timezone);
	doubts_leave_out(incidents, NULL);
	n = incidents->n;
	if (n < minpoints)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the source has %d incidents with a place, fewer than argument \"minpoints\" of suggest_eps (%d)",
						n, minpoints),
				 errhint("Give fewer minpoints, or more incidents.")));
	crimeml_check_memory(add_size(Max(dbscan_memory(n), k_distances_memory(n, minpoints)),
								  mul_size(n, 2 * sizeof(double) + sizeof(int32) + SITES_KEPT_BYTES)),
						 "suggest_eps", "the number of rows of the source");
	sites = sites_build(incidents->x, incidents->y, n);
	distance = crimeml_array(double, sites->n);
	k_distances(sites, minpoints, distance);
	eps = knee(distance, sites->weight, sites->n);
	for (int i = 0; i < sites->n; i++)
		stacked += distance[i] == 0 ? sites->weight[i] : 0;
	if (isnan(eps))
		ereport(NOTICE,
				(errmsg("suggest_eps: each incident has %d at its own place: no eps can be suggested",
						minpoints),
				 errhint("Give hotspots an eps of your own, the size of a block for instance.")));
	else
	{
		cluster = crimeml_array(int32, n);
		dbscan(incidents->x, incidents->y, n, eps, minpoints, cluster);
		for (int i = 0; i < n; i++)
		{
			clusters = Max(clusters, cluster[i] + 1);
			noise += cluster[i] < 0;
		}
	}

	/* NaN is null, and with it what that eps would give */
	rows_float8(&rows, eps);
	rows_int64(&rows, n);
	if (isnan(eps))
		rows_null(&rows);
	else
		rows_int32(&rows, clusters);
	rows_float8(&rows, isnan(eps) ? eps : noise / (double) n);
	rows_float8(&rows, stacked / (double) n);
	PG_RETURN_DATUM(rows_one(&rows));
}

/* kmeans_quality(source, k_from, k_to, seed) */
Datum
crimeml_kmeans_quality(PG_FUNCTION_ARGS)
{
	char	   *source = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int32		k_from = PG_GETARG_INT32(1);
	int32		k_to = PG_GETARG_INT32(2);
	int64		seed = PG_GETARG_INT64(3);
	Rows		rows;
	Incidents  *incidents;
	Sites	   *sites;
	int32	   *cluster;
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext work;

	if (k_from < 1 || k_to < k_from)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arguments \"k_from\" and \"k_to\" of kmeans_quality must be 1 or more and ascend, and are %d and %d",
						k_from, k_to),
				 errhint("kmeans_quality(source, 2, 20) tries 2 to 20 clusters.")));
	rows_begin(&rows, fcinfo);
	incidents = incidents_read("kmeans_quality", source, 0, session_timezone);
	doubts_leave_out(incidents, NULL);
	crimeml_check_memory(add_size(kmeans_memory(incidents->n, k_to),
								  mul_size(incidents->n, sizeof(int32) + SITES_KEPT_BYTES)),
						 "kmeans_quality", "the number of rows of the source, or \"k_to\"");
	sites = sites_build(incidents->x, incidents->y, incidents->n);
	cluster = crimeml_array(int32, Max(incidents->n, 1));
	if (k_to > sites->n && sites->n > 0)
		ereport(NOTICE,
				(errmsg("kmeans_quality: it stops at %d clusters, as many as there are distinct places", sites->n)));

	work = AllocSetContextCreate(caller, "crimeml kmeans_quality", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(work);
	for (int k = k_from; k <= Min(k_to, sites->n); k++)
	{
		double		inertia;
		double		silhouette;

		kmeans(incidents->x, incidents->y, incidents->n, k, seed, cluster);
		kmeans_measure(sites, cluster, k, &inertia, &silhouette);
		rows_int32(&rows, k);
		rows_float8(&rows, inertia);
		rows_float8(&rows, silhouette);
		rows_end(&rows);
		MemoryContextReset(work);
	}
	MemoryContextSwitchTo(caller);
	PG_RETURN_NULL();
}

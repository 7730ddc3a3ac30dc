/*
 * pools.c
 *		The nodes of a tree that its leaves borrow from: smoothing by ancestors.
 */
#include "learn/pools.h"

#include "stat/sums.h"

/* Weight of a pool for each class; without classes, in all. */
#define POOL_ROWS_A_CLASS 32
#define POOL_ROWS_REGRESSION 128

int
pool_rows(int classes)
{
	return classes > 0 ? POOL_ROWS_A_CLASS * classes : POOL_ROWS_REGRESSION;
}

/* ----------
 * Outlines
 * ----------
 */

void
outline_make(const DecodedTrees *store, uint32 begin, uint32 end, TreeOutline *outline)
{
	uint32	   *number = crimeml_array(uint32, end - begin);	/* of a place */
	int32	   *class = crimeml_array(int32, Max(store->classes, 1));
	double	   *weight = crimeml_array(double, Max(store->classes, 1));

	outline->at = crimeml_array(uint32, end - begin);
	outline->n = 0;
	for (uint32 at = begin; at < end; at++)
	{
		const TreeNode *node = &store->node[at];

		number[at - begin] = outline->n;
		outline->at[outline->n++] = at;
		if (node->entry != TREE_LEAF && node->cut == TREE_SET)
			at++;				/* the set's place */
		if ((at & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
	}
	outline->parent = crimeml_array(int32, outline->n);
	outline->right = crimeml_array(bool, outline->n);
	outline->cover = crimeml_array(double, outline->n);
	outline->parent[0] = -1;
	for (uint32 i = 0; i < outline->n; i++)
	{
		const TreeNode *node = &store->node[outline->at[i]];
		uint32		right;

		if (node->entry == TREE_LEAF)
			continue;
		right = number[node->next - begin];
		outline->parent[i + 1] = outline->parent[right] = (int32) i;
		outline->right[right] = true;
	}

	/* children stand behind their parents */
	for (uint32 i = outline->n; i-- > 0;)
	{
		uint32		at = outline->at[i];

		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (store->node[at].entry == TREE_LEAF)
			outline->cover[i] = tree_leaf_cover(store, at, class, weight);
		if (i > 0)
			outline->cover[outline->parent[i]] += outline->cover[i];
	}
	pfree(number);
	pfree(class);
	pfree(weight);
}

void
outline_free(TreeOutline *outline)
{
	pfree(outline->at);
	pfree(outline->parent);
	pfree(outline->right);
	pfree(outline->cover);
}

/* ----------
 * Pools
 * ----------
 */

/* Which nodes are pools, and the pool above each node. */
static void
choose_pools(const DecodedTrees *store, const TreeOutline *outline, double rows,
			 TreePools *pools)
{
	uint16	   *own = crimeml_array(uint16, outline->n);	/* of what is below a node */
	int			capacity = 64;

	pools->of = crimeml_array(uint16, outline->n);
	pools->above = crimeml_array(int, capacity);
	pools->cover = crimeml_array(double, capacity);
	pools->n = 0;
	for (uint32 i = 0; i < outline->n; i++)
	{
		int			above = i == 0 ? 0 : own[outline->parent[i]];
		double		cover = outline->cover[i];

		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		pools->of[i] = own[i] = above;
		if (i > 0 && (store->node[outline->at[i]].entry == TREE_LEAF || cover < rows ||
					  cover > pools->cover[above] / 2 || pools->n == TREE_POOLS_MAX))
			continue;
		if (pools->n == capacity)
		{
			pools->above = crimeml_realloc(pools->above, capacity, 2 * capacity, sizeof(int));
			pools->cover = crimeml_realloc(pools->cover, capacity, 2 * capacity, sizeof(double));
			capacity *= 2;
		}
		own[i] = pools->n;
		pools->above[pools->n] = above;
		pools->cover[pools->n++] = cover;
	}
	pfree(own);
}

/* The weight of each class in a pool, whatever pools are below it. */
static void
sum_classes(const DecodedTrees *store, const TreeOutline *outline, TreePools *pools)
{
	int			classes = store->classes;
	int32	   *class = crimeml_array(int32, classes);
	double	   *weight = crimeml_array(double, classes);

	pools->weight = crimeml_array(double, mul_size(pools->n, classes));
	for (uint32 i = 0; i < outline->n; i++)
	{
		double	   *to = pools->weight + (Size) pools->of[i] * classes;
		int			n;

		if ((i & 0xFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (store->node[outline->at[i]].entry != TREE_LEAF)
			continue;
		n = tree_leaf_classes(store, outline->at[i], class, weight);
		for (int k = 0; k < n; k++)
			to[class[k]] += weight[k];
	}
	for (int p = pools->n - 1; p > 0; p--)
	{
		const double *from = pools->weight + (Size) p * classes;
		double	   *to = pools->weight + (Size) pools->above[p] * classes;

		for (int c = 0; c < classes; c++)
			to[c] += from[c];
	}
	pfree(class);
	pfree(weight);
}

/* The mean of a pool, by those of its own leaves and of the pools below it. */
static void
average_values(const DecodedTrees *store, const TreeOutline *outline, TreePools *pools)
{
	Total	   *total = crimeml_array(Total, pools->n);

	pools->value = crimeml_array(double, pools->n);
	for (int p = 0; p < pools->n; p++)
		total[p] = TOTAL_EMPTY;
	for (uint32 i = 0; i < outline->n; i++)
	{
		uint32		at = outline->at[i];

		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (store->node[at].entry == TREE_LEAF)
			total_add(&total[pools->of[i]], tree_leaf_value(store, at), outline->cover[i]);
	}
	for (int p = pools->n - 1; p >= 0; p--)
	{
		pools->value[p] = total_mean(&total[p], pools->cover[p]);
		if (p > 0)
			total_add(&total[pools->above[p]], pools->value[p], pools->cover[p]);
	}
	pfree(total);
}

void
pools_make(const DecodedTrees *store, const TreeOutline *outline, double rows,
		   TreePools *pools)
{
	memset(pools, 0, sizeof(*pools));
	choose_pools(store, outline, rows, pools);
	if (store->classes > 0)
		sum_classes(store, outline, pools);
	else
		average_values(store, outline, pools);
}

void
pools_free(TreePools *pools)
{
	pfree(pools->above);
	pfree(pools->cover);
	pfree(pools->of);
	if (pools->weight != NULL)
		pfree(pools->weight);
	if (pools->value != NULL)
		pfree(pools->value);
}

/* ----------
 * Smoothing
 * ----------
 */

/* From the root on: what each pool says of the classes. */
static void
share_pools(DecodedTrees *store, const TreePools *pools, double smoothing,
			const double *frequency)
{
	int			classes = store->classes;
	double	   *share = tree_add_pools(store, pools->n);

	for (int p = 0; p < pools->n; p++)
	{
		const double *weight = pools->weight + (Size) p * classes;
		const double *above = p == 0 ? frequency : share + (Size) pools->above[p] * classes;
		double	   *own = share + (Size) p * classes;

		for (int c = 0; c < classes; c++)
			own[c] = pooled_share(weight[c], pools->cover[p], above[c], smoothing);
	}
}

void
pools_smooth(DecodedTrees *store, uint32 root, double rows, double smoothing,
			 const double *frequency)
{
	TreeOutline outline;
	TreePools	pools;

	outline_make(store, root, store->nnodes, &outline);
	pools_make(store, &outline, rows, &pools);
	if (store->classes > 0)
		share_pools(store, &pools, smoothing, frequency);
	else
		for (int p = 1; p < pools.n; p++)
			pools.value[p] = pooled_value(pools.value[p], pools.cover[p],
										  pools.value[pools.above[p]], smoothing);
	for (uint32 i = 0; i < outline.n; i++)
	{
		uint32		at = outline.at[i];

		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		if (store->node[at].entry != TREE_LEAF)
			continue;
		if (store->classes > 0)
			tree_set_leaf_pool(store, at, pools.of[i]);
		else
			tree_set_leaf_value(store, at,
								pooled_value(tree_leaf_value(store, at), outline.cover[i],
											 pools.value[pools.of[i]], smoothing));
	}
	outline_free(&outline);
	pools_free(&pools);
}

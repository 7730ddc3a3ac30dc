/*
 * decoded_trees.c
 *		Trees as they are walked to predict, read from their packed form.
 */
#include "learn/decoded_trees.h"

#include "learn/packed_tree.h"

void
trees_init(DecodedTrees *store, const TreeData *data)
{
	int32	   *nbins = palloc(sizeof(int32) * data->features);
	bool	   *is_category = palloc(sizeof(bool) * data->features);

	memset(store, 0, sizeof(*store));
	for (int f = 0; f < data->features; f++)
	{
		nbins[f] = data->feature[f].nbins;
		is_category[f] = data->feature[f].is_category;
	}
	store->classes = data->classes;
	store->features = data->features;
	store->nbins = nbins;
	store->is_category = is_category;
	store->class_weight = data->class_weight;
}

/* Room for n more elements in one of the store's arrays. */
static void *
make_room(void *array, Size size, uint32 used, uint32 n, uint32 *capacity)
{
	uint64		need = (uint64) used + n;
	uint64		grown = Max(need, (uint64) *capacity + *capacity / 2 + 1024);

	if (need <= *capacity)
		return array;
	if (need > PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the trees of the model have too many nodes")));
	*capacity = (uint32) Min(grown, PG_INT32_MAX);
	if (array == NULL)
		return crimeml_alloc(CurrentMemoryContext, *capacity, size);
	return crimeml_realloc(array, used, *capacity, size);
}

static TreeNode *
add_node(DecodedTrees *store)
{
	store->node = make_room(store->node, sizeof(TreeNode), store->nnodes, 1,
							&store->node_capacity);
	return &store->node[store->nnodes++];
}

static uint32 *
add_leaf_words(DecodedTrees *store, uint32 n)
{
	store->leaf = make_room(store->leaf, sizeof(uint32), store->nleaf, n,
							&store->leaf_capacity);
	store->nleaf += n;
	return store->leaf + store->nleaf - n;
}

/* A leaf's entries; wide where a count does not fit 16 bits, in the node where
 * there is one only and it fits. */
static void
unpack_leaf(DecodedTrees *store, ByteReader *r, double smoothing)
{
	uint32		at = store->nleaf;
	uint32		n;
	uint64		class = 0;
	double		weight = smoothing;
	double		scale;
	bool		wide = false;
	uint32	   *leaf;

	add_node(store)->entry = TREE_LEAF;
	store->node[store->nnodes - 1].cut = 0;
	store->node[store->nnodes - 1].next = at;
	if (store->classes == 0)
	{
		double		value = packed_read_value(r, &weight);

		memcpy(add_leaf_words(store, 2), &value, sizeof(value));
		store->leaf_weight = make_room(store->leaf_weight, sizeof(double), at / 2, 1,
									   &store->leaf_weight_capacity);
		store->leaf_weight[at / 2] = weight;
		return;
	}

	n = read_count(r, 2, store->classes);
	if (n == 0)
		reader_damaged(r, "a leaf is empty");
	leaf = add_leaf_words(store, TREE_LEAF_HEAD + 2 * n);
	leaf[0] = n;
	for (uint32 i = 0; i < n; i++)
	{
		uint64		delta = read_varint(r);
		uint64		count = read_varint(r);

		if ((i > 0 && delta == 0) || delta >= (uint64) store->classes - class ||
			count == 0 || count > PG_UINT32_MAX)
			reader_damaged(r, "a leaf has a wrong class or count");
		class += delta;
		weight += count * (store->class_weight ? store->class_weight[class] : 1);
		wide |= count > 0xFFFF;
		leaf[TREE_LEAF_HEAD + i] = (uint32) class;
		leaf[TREE_LEAF_HEAD + n + i] = (uint32) count;
	}
	if (n == 1 && !wide)
	{
		TreeNode   *node = &store->node[store->nnodes - 1];

		node->next = (uint32) class;
		node->cut = (uint16) leaf[TREE_LEAF_HEAD + 1];
		store->nleaf = at;
		return;
	}
	scale = 1 / weight;
	memcpy(leaf + 1, &scale, sizeof(scale));
	if (wide)
		leaf[0] |= TREE_WIDE;
	else
	{
		for (uint32 i = 0; i < n; i++)
			leaf[TREE_LEAF_HEAD + i] |= leaf[TREE_LEAF_HEAD + n + i] << 16;
		store->nleaf -= n;
	}
}

/* A set as it is written: a list stays a list, so that few of many levels
 * take little room. */
static void
unpack_set(DecodedTrees *store, int f, ByteReader *r)
{
	uint64		head = read_varint(r);
	uint64		n = head >> 1;
	uint64		limit = head & 1 ? store->nbins[f] : (store->nbins[f] + 7) / 8;
	uint32		words = head & 1 ? (uint32) n : (uint32) (n + 3) / 4;
	uint32	   *set;

	if (n > limit || n > r->len - r->at)
		reader_damaged(r, "a set has too many levels");
	store->set = make_room(store->set, sizeof(uint32), store->nset, words + 1,
						   &store->set_capacity);
	set = store->set + store->nset;
	store->nset += words + 1;
	if (head & 1)
	{
		uint64		b = 0;

		set[0] = TREE_LIST | words;
		for (uint32 i = 0; i < words; i++)
		{
			uint64		delta = read_varint(r);

			if ((i > 0 && delta == 0) || delta >= store->nbins[f] - b)
				reader_damaged(r, "a set has an unknown level");
			b += delta;
			set[1 + i] = (uint32) b;
		}
	}
	else
	{
		const uint8 *bytes = read_bytes(r, n);

		set[0] = words;
		memset(set + 1, 0, sizeof(uint32) * words);
		for (uint32 i = 0; i < n; i++)
			set[1 + i / 4] |= (uint32) bytes[i] << (8 * (i % 4));
	}
}

uint32
tree_unpack(DecodedTrees *store, ByteReader *r, double smoothing)
{
	uint32		root = store->nnodes;
	int			capacity = 64;
	int			open = 0;		/* nodes whose right child is still to come */
	uint32	   *waiting = palloc(sizeof(uint32) * capacity);

	for (;;)
	{
		uint64		tag = read_varint(r);

		/* of each node: a set may have as many levels as 4000 nodes have bytes */
		CHECK_FOR_INTERRUPTS();
		if (tag > 2 * (uint64) store->features)
			reader_damaged(r, "a node splits an unknown feature");
		if (tag == 0)
		{
			unpack_leaf(store, r, smoothing);
			if (open == 0)
				break;
			store->node[waiting[--open]].next = store->nnodes;
			continue;
		}
		if (open == capacity)
		{
			waiting = crimeml_realloc(waiting, capacity, 2 * (Size) capacity, sizeof(uint32));
			capacity *= 2;
		}
		waiting[open++] = store->nnodes;
		{
			int			f = (int) ((tag - 1) / 2);
			TreeNode   *node = add_node(store);

			node->entry = (uint16) (tag - 1);
			node->next = 0;
			if (store->is_category[f])
			{
				node->cut = TREE_SET;
				if ((tag - 1) & 1)
					reader_damaged(r, "a node splits a category as a number");
				node = add_node(store);
				node->entry = node->cut = 0;
				node->next = store->nset;
				unpack_set(store, f, r);
			}
			else
			{
				uint64		cut = read_varint(r);

				if (cut >= (uint64) store->nbins[f])
					reader_damaged(r, "a node has an unknown cut");
				node->cut = (uint16) cut;
			}
		}
	}
	pfree(waiting);
	return root;
}

double *
tree_add_pools(DecodedTrees *store, int n)
{
	Size		size = mul_size(sizeof(double), store->classes);
	uint32		need = store->npools + n;

	if (need > store->pool_capacity)
	{
		uint32		capacity = Max(need, store->pool_capacity + store->pool_capacity / 4);

		if (store->pool == NULL)
			store->pool = crimeml_alloc(CurrentMemoryContext, capacity, size);
		else
			store->pool = crimeml_realloc(store->pool, store->npools, capacity, size);
		store->pool_capacity = capacity;
	}
	store->npools = need;
	return store->pool + (Size) (store->npools - n) * store->classes;
}

void
tree_set_leaf_pool(DecodedTrees *store, uint32 at, uint32 pool)
{
	TreeNode   *node = &store->node[at];

	if (node->cut > 0)
		node->next |= pool << TREE_POOL_SHIFT;
	else
		store->leaf[node->next] |= pool << TREE_POOL_SHIFT;
}

void
tree_set_leaf_value(DecodedTrees *store, uint32 at, double value)
{
	memcpy(&store->leaf[store->node[at].next], &value, sizeof(value));
}

int
tree_leaf_classes(const DecodedTrees *store, uint32 at, int32 *class, double *weight)
{
	const TreeNode *node = &store->node[at];
	const double *class_weight = store->class_weight;
	const uint32 *leaf = &store->leaf[node->next];
	uint32		n;

	if (node->cut > 0)
	{
		class[0] = TREE_LOW(node->next);
		weight[0] = node->cut * (class_weight ? class_weight[class[0]] : 1);
		return 1;
	}
	n = TREE_LOW(leaf[0]);
	for (uint32 i = 0; i < n; i++)
	{
		uint32		entry = leaf[TREE_LEAF_HEAD + i];
		uint32		count = entry >> 16;

		class[i] = entry & 0xFFFF;
		if (leaf[0] & TREE_WIDE)
			count = leaf[TREE_LEAF_HEAD + n + i];
		weight[i] = count * (class_weight ? class_weight[class[i]] : 1);
	}
	return (int) n;
}

double
tree_leaf_cover(const DecodedTrees *store, uint32 at, int32 *class, double *weight)
{
	double		cover = 0;
	int			n;

	if (store->classes == 0)
		return tree_leaf_weight(store, at);
	n = tree_leaf_classes(store, at, class, weight);
	for (int i = 0; i < n; i++)
		cover += weight[i];
	return cover;
}

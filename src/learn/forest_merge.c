/*
 * forest_merge.c
 *		Forests trained on parts of the rows become one forest.
 */
#include "learn/forest_merge.h"

#include "learn/forest_format.h"
#include "learn/packed_tree.h"

/* How a part's bins of a feature are called in the merged forest. */
typedef struct FeatureMap
{
	int32		nbins;			/* of the part */
	bool		by_set;			/* the part's nodes split it by set */
	bool		to_set;			/* and the merged forest's do */
	uint16	   *to;				/* nbins entries; of a number: also of cuts */
	int32		to_nbins;
	uint32	   *unknown;		/* to_set: bits of the merged bins that the part
								 * does not know, bin 0 included */
} FeatureMap;

/* One part on its way into the merged forest. */
typedef struct Part
{
	ByteReader	reader;			/* stands before the trees */
	ForestHeader	head;
	int			features;
	int			classes;
	const int32 *class_to;
	FeatureMap *map;			/* of each feature */
	uint32	   *set;			/* scratch: a set of merged bins */
} Part;

/* ----------
 * What stands before the trees
 * ----------
 */

/* Two ascending lists of cuts as one; the result is allocated. */
static double *
join_cuts(const double *a, int32 na, const double *b, int32 nb, int32 *n)
{
	double	   *cut = crimeml_array(double, Max(na + nb, 1));
	int32		i = 0;
	int32		j = 0;

	*n = 0;
	while (i < na || j < nb)
	{
		if (i < na && j < nb && a[i] == b[j])
			j++;
		cut[(*n)++] = i < na && (j >= nb || a[i] <= b[j]) ? a[i++] : b[j++];
	}
	return cut;
}

/* The cuts of all parts, or the levels that the caller has joined. */
static void
join_bins(const LearnMerge *merge, const Part *part, int f, FeatureBins *bins)
{
	double	   *cut = NULL;
	int32		n = 0;

	memset(bins, 0, sizeof(*bins));
	if (merge->shape.levels[f] > BINS_MAX - 1)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("feature \"%s\" would have %d levels in the merged model, and a tree takes at most %d",
						merge->feature_name[f], merge->shape.levels[f], BINS_MAX - 1),
				 errhint("Leave out a column that names single rows, or group its values.")));
	if (merge->shape.levels[f] > 0)
	{
		bins->is_category = true;
		bins->nbins = merge->shape.levels[f] + 1;
		return;
	}
	for (int p = 0; p < merge->parts; p++)
	{
		const FeatureBins *from = &part[p].head.bins[f];
		double	   *joined;

		CHECK_FOR_INTERRUPTS();
		joined = join_cuts(cut, n, from->cut, from->ncuts, &n);
		if (cut != NULL)
			pfree(cut);
		cut = joined;
		if (n > BINS_MAX - 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("feature \"%s\" would have more than %d cuts in the merged model",
							merge->feature_name[f], BINS_MAX - 2),
					 errhint("The cuts of the parts add up: train them with a lower \"max_bins\".")));
	}
	bins->cut = cut;
	bins->ncuts = n;
	bins->nbins = n + 2;
}

/* The weight of each class, which no two parts may see differently. */
static double *
join_class_weights(const LearnMerge *merge, const Part *part)
{
	double	   *weight = crimeml_array(double, Max(merge->shape.classes, 1));
	bool		any = false;

	for (int p = 0; p < merge->parts; p++)
	{
		any |= part[p].head.class_weight != NULL;
		for (int c = 0; c < part[p].classes; c++)
		{
			double		own = part[p].head.class_weight ? part[p].head.class_weight[c] : 1;
			double	   *joined = &weight[part[p].class_to[c]];

			if (*joined != 0 && *joined != own)
				ereport(ERROR,
						(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						 errmsg("models cannot be merged: they differ in class weights"),
						 errdetail("\"%s\" weighs %g in one and %g in another.",
								   merge->class_name[part[p].class_to[c]], *joined, own),
						 errhint("Train the parts with the same \"class_weights\"; \"balanced\" ones follow from the rows of each part.")));
			*joined = own;
		}
	}
	if (any)
		return weight;
	pfree(weight);
	return NULL;
}

/* The stands of all parts; neighbours that are alike are one. */
static void
join_stands(const LearnMerge *merge, const Part *part, ForestHeader *head)
{
	ForestStand *stand;
	int			n = 0;

	for (int p = 0; p < merge->parts; p++)
		n += part[p].head.stands;
	stand = crimeml_array(ForestStand, n);
	n = 0;
	for (int p = 0; p < merge->parts; p++)
		for (int i = 0; i < part[p].head.stands; i++)
		{
			const ForestStand *from = &part[p].head.stand[i];

			if (n > 0 && stand[n - 1].smoothing == from->smoothing &&
				stand[n - 1].pool_rows == from->pool_rows)
				stand[n - 1].trees += from->trees;
			else
				stand[n++] = *from;
		}
	head->stand = stand;
	head->stands = n;
}

/* What stands before the trees of the merged forest. */
static void
join_heads(const LearnMerge *merge, const Part *part, int max_trees, ForestHeader *head)
{
	const LearnShape *shape = &merge->shape;
	FeatureBins *bins = crimeml_array(FeatureBins, shape->features);
	double	   *importance = crimeml_array(double, shape->features);
	int64		trees = 0;

	memset(head, 0, sizeof(*head));
	for (int p = 0; p < merge->parts; p++)
	{
		trees += part[p].head.trees;
		for (int f = 0; f < shape->features; f++)
			importance[f] += part[p].head.importance[f] * part[p].head.trees;
	}
	if (trees > max_trees)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the merged model would have %lld trees, above the limit of %d",
						(long long) trees, max_trees),
				 errhint("Merge fewer models, or train them with a lower \"trees\".")));
	head->trees = (int) trees;
	join_stands(merge, part, head);
	head->importance = importance;
	head->class_weight = join_class_weights(merge, part);
	if (forest_is_smoothed(head) && shape->classes > 0)
		head->frequency = forest_frequencies(shape->classes, merge->class_rows,
											 head->class_weight);
	for (int f = 0; f < shape->features; f++)
		join_bins(merge, part, f, &bins[f]);
	head->bins = bins;
}

/* ----------
 * Trees
 * ----------
 */

static void
set_add(uint32 *set, uint32 bin)
{
	set[bin >> 5] |= (uint32) 1 << (bin & 31);
}

/* Where the bins and cuts of a part's feature stand in the merged forest. */
static void
map_feature(FeatureMap *map, const FeatureBins *from, const int32 *level_to,
			const FeatureBins *to)
{
	memset(map, 0, sizeof(*map));
	map->nbins = from->nbins;
	map->by_set = from->is_category;
	map->to_set = to->is_category;
	map->to_nbins = to->nbins;
	map->to = crimeml_array(uint16, map->nbins);	/* bin 0 is 0 */
	if (to->is_category)
	{
		map->unknown = crimeml_array(uint32, (to->nbins + 31) / 32);
		for (int b = 0; b < to->nbins; b++)
			set_add(map->unknown, b);
		for (int b = 1; map->by_set && b < map->nbins; b++)
		{
			map->to[b] = (uint16) (level_to[b - 1] + 1);
			map->unknown[map->to[b] >> 5] &= ~((uint32) 1 << (map->to[b] & 31));
		}
	}
	else
	{
		int32		at = 0;

		for (int i = 0; i < from->ncuts; i++)
		{
			while (to->cut[at] != from->cut[i])
				at++;
			map->to[i + 1] = (uint16) (at + 1);
		}
		map->to[from->ncuts + 1] = (uint16) (to->ncuts + 1);	/* beyond the last */
	}
}

/* Begin a set of merged bins with those that the part does not know. */
static void
set_start(Part *part, const FeatureMap *map, bool missing_left)
{
	Size		bytes = sizeof(uint32) * ((map->to_nbins + 31) / 32);

	if (missing_left)
		memcpy(part->set, map->unknown, bytes);
	else
		memset(part->set, 0, bytes);
}

/* A set of the part's bins, read into one of merged bins. */
static void
read_set(Part *part, const FeatureMap *map)
{
	ByteReader *r = &part->reader;
	uint64		head = read_varint(r);
	uint64		n = head >> 1;

	if (n > r->len - r->at)
		reader_damaged(r, "a set has too many levels");
	if (head & 1)
	{
		uint64		b = 0;

		for (uint64 i = 0; i < n; i++)
		{
			b += read_varint(r);
			if (b >= map->nbins)
				reader_damaged(r, "a set has an unknown level");
			if (i == 0)
				set_start(part, map, b == 0);
			set_add(part->set, map->to[b]);
		}
		if (n == 0)
			set_start(part, map, false);
	}
	else
	{
		const uint8 *bytes = read_bytes(r, n);

		n = Min(8 * n, map->nbins);
		set_start(part, map, n > 0 && (bytes[0] & 1));
		for (uint64 b = 0; b < n; b++)
			if ((bytes[b / 8] >> (b % 8)) & 1)
				set_add(part->set, map->to[b]);
	}
}

static void
copy_split(Part *part, uint64 entry, ByteWriter *out)
{
	const FeatureMap *map = &part->map[entry / 2];
	uint64		cut;

	if (map->by_set)
	{
		if (entry & 1)
			reader_damaged(&part->reader, "a node splits a category as a number");
		read_set(part, map);
		write_varint(out, 1 + entry);
		packed_write_set(part->set, map->to_nbins, out);
		return;
	}
	cut = read_varint(&part->reader);
	if (cut >= (uint64) map->nbins)
		reader_damaged(&part->reader, "a node has an unknown cut");
	if (map->to_set)
	{
		/* the part knew no level: all go where missing goes */
		set_start(part, map, (entry & 1) == 0);
		write_varint(out, 1 + (entry & ~UINT64CONST(1)));
		packed_write_set(part->set, map->to_nbins, out);
		return;
	}
	write_varint(out, 1 + entry);
	write_varint(out, map->to[cut]);
}

static void
copy_leaf(Part *part, ByteWriter *out)
{
	ByteReader *r = &part->reader;
	uint32		n;
	uint64		class = 0;
	int32		previous = 0;

	write_varint(out, 0);
	if (part->classes == 0)
	{
		double		weight;
		double		value = packed_read_value(r, &weight);

		packed_write_value(value, weight, out);
		return;
	}
	n = read_count(r, 2, part->classes);
	if (n == 0)
		reader_damaged(r, "a leaf is empty");
	write_varint(out, n);
	for (uint32 i = 0; i < n; i++)
	{
		class += read_varint(r);
		if (class >= (uint64) part->classes)
			reader_damaged(r, "a leaf has a wrong class");
		write_varint(out, part->class_to[class] - previous);
		previous = part->class_to[class];
		write_varint(out, read_varint(r));
	}
}

/* One tree, node by node. */
static void
copy_tree(Part *part, ByteWriter *out)
{
	uint64		open = 1;		/* nodes still to come */

	while (open > 0)
	{
		uint64		tag = read_varint(&part->reader);

		/* of each node: a set may have many levels */
		CHECK_FOR_INTERRUPTS();
		if (tag > 2 * (uint64) part->features)
			reader_damaged(&part->reader, "a node splits an unknown feature");
		if (tag == 0)
		{
			copy_leaf(part, out);
			open--;
		}
		else
		{
			copy_split(part, tag - 1, out);
			open++;
		}
	}
}

int
forest_merge_parts(const LearnMerge *merge, int max_trees, ByteWriter *out)
{
	const LearnShape *shape = &merge->shape;
	Part	   *part = crimeml_array(Part, merge->parts);
	FeatureMap *map = crimeml_array(FeatureMap, shape->features);
	uint32	   *set;
	ForestHeader	head;
	int32		nbins = 1;

	for (int p = 0; p < merge->parts; p++)
	{
		const LearnPart *given = &merge->part[p];

		part[p].reader = given->payload;
		part[p].features = given->shape.features;
		part[p].classes = given->shape.classes;
		part[p].class_to = given->class_to;
		forest_read_header(&part[p].reader, &given->shape, &part[p].head);
	}
	join_heads(merge, part, max_trees, &head);
	forest_write_header(&head, shape->classes, shape->features, out);
	for (int f = 0; f < shape->features; f++)
		nbins = Max(nbins, head.bins[f].nbins);
	set = crimeml_array(uint32, (nbins + 31) / 32);

	for (int p = 0; p < merge->parts; p++)
	{
		part[p].map = map;
		part[p].set = set;
		for (int f = 0; f < shape->features; f++)
			map_feature(&map[f], &part[p].head.bins[f], merge->part[p].level_to[f],
						&head.bins[f]);
		for (int t = 0; t < part[p].head.trees; t++)
			copy_tree(&part[p], out);
		read_end(&part[p].reader);
		for (int f = 0; f < shape->features; f++)
		{
			pfree(map[f].to);
			if (map[f].unknown != NULL)
				pfree(map[f].unknown);
		}
	}
	return head.trees;
}

/*
 * forest.c
 *		Random forests (Breiman 2001) and the single tree, as learners.
 *
 * The leader bins the features into shared memory once; each tree is one item
 * of a parallel map: it draws its rows from a generator seeded by (seed, tree)
 * and grows over them.  Trees come back packed, in order.
 */
#include "learn/forest_predict.h"

#include <math.h>

#include "learn/forest_format.h"
#include "learn/forest_merge.h"
#include "learn/gini.h"
#include "learn/out_of_bag.h"
#include "learn/pools.h"
#include "learn/smoothing.h"
#include "learn/tree.h"
#include "parallel.h"

/* Below so many rows times trees a worker costs more than it brings. */
#define PARALLEL_WORTH 20000

enum
{
	FOREST_TREES,
	FOREST_MTRY,
	FOREST_MAX_DEPTH,
	FOREST_MIN_LEAF,
	FOREST_MIN_GAIN,
	FOREST_SAMPLE_FRACTION,
	FOREST_REPLACE,
	FOREST_CRITERION,
	FOREST_CLASS_WEIGHTS,
	FOREST_EXTRA_TREES,
	FOREST_SMOOTHING,
	FOREST_MAX_BINS,
	FOREST_OOB,
	FOREST_SEED,
	FOREST_OPTIONS
};

/* The first two are for classes, the others for numbers; see TreeCriterion. */
static const char *const criteria[] = {"gini", "entropy", "variance", "absolute", NULL};

#define CRITERION_DEFAULT "gini, regression: variance"
#define MIN_LEAF_DEFAULT 20
#define MIN_LEAF_REGRESSION 5

static const OptionSpec forest_spec[] = {
	[FOREST_TREES] = {"trees", OPTION_INTEGER, 100, NULL, 1, 100000, NULL,
	"how many trees"},
	[FOREST_MTRY] = {"mtry", OPTION_INTEGER, OPTION_AUTO,
		"sqrt(features) rounded, regression: features / 3 where that is more", 1, LEARN_MAX_FEATURES, NULL,
	"features tried at each split"},
	[FOREST_MAX_DEPTH] = {"max_depth", OPTION_INTEGER, 0, NULL, 0, 1000000, NULL,
	"splits from root to leaf at most; 0: no limit"},
	[FOREST_MIN_LEAF] = {"min_leaf", OPTION_INTEGER, OPTION_AUTO,
		"20, regression: 5", 1, PG_INT32_MAX, NULL,
	"training rows in a leaf at least"},
	[FOREST_MIN_GAIN] = {"min_gain", OPTION_NUMBER, 0, NULL, 0, 1e300, NULL,
	"fall of impurity that a split must bring, times the node's share of all rows"},
	[FOREST_SAMPLE_FRACTION] = {"sample_fraction", OPTION_NUMBER, 1, NULL, 1e-6, 1, NULL,
	"rows drawn for a tree, as a share of all"},
	[FOREST_REPLACE] = {"replace", OPTION_BOOLEAN, 1, NULL, 0, 1, NULL,
	"draw with replacement"},
	[FOREST_CRITERION] = {"criterion", OPTION_CHOICE, OPTION_AUTO, CRITERION_DEFAULT,
		0, 0, criteria,
	"impurity that splits bring down"},
	[FOREST_CLASS_WEIGHTS] = {"class_weights", OPTION_WEIGHTS, WEIGHTS_NONE, NULL, 0, 0, class_weights_choices,
	"weight of a row by its class"},
	[FOREST_EXTRA_TREES] = {"extra_trees", OPTION_BOOLEAN, 0, NULL, 0, 1, NULL,
	"one random cut a feature instead of the best (extremely randomized trees)"},
	[FOREST_SMOOTHING] = {"smoothing", OPTION_NUMBER, OPTION_AUTO, "by out-of-bag loss", 0, 1e9, NULL,
	"rows like those of an ancestor that each leaf is given besides its own"},
	[FOREST_MAX_BINS] = {"max_bins", OPTION_INTEGER, 4096, NULL, 2, BINS_MAX - 2, NULL,
	"distinct cuts of a numeric feature at most"},
	[FOREST_OOB] = {"oob", OPTION_BOOLEAN, 0, NULL, 0, 1, NULL,
	"measure error on the rows that a tree did not see, shown by describe()"},
	[FOREST_SEED] = {"seed", OPTION_INTEGER, 0, NULL, 0, 9007199254740992.0, NULL,
	"of the random numbers; the same seed and rows give the same model"},
};

enum
{
	TREE_OPTION_MAX_DEPTH,
	TREE_OPTION_MIN_LEAF,
	TREE_OPTION_MIN_GAIN,
	TREE_OPTION_CRITERION,
	TREE_OPTION_CLASS_WEIGHTS,
	TREE_OPTION_SMOOTHING,
	TREE_OPTION_MAX_BINS,
	TREE_OPTIONS
};

static const OptionSpec tree_spec[] = {
	[TREE_OPTION_MAX_DEPTH] = {"max_depth", OPTION_INTEGER, 12, NULL, 0, 1000000, NULL,
	"splits from root to leaf at most; 0: no limit"},
	[TREE_OPTION_MIN_LEAF] = {"min_leaf", OPTION_INTEGER, 20, NULL, 1, PG_INT32_MAX, NULL,
	"training rows in a leaf at least"},
	[TREE_OPTION_MIN_GAIN] = {"min_gain", OPTION_NUMBER, 0, NULL, 0, 1e300, NULL,
	"fall of impurity that a split must bring, times the node's share of all rows"},
	[TREE_OPTION_CRITERION] = {"criterion", OPTION_CHOICE, OPTION_AUTO, CRITERION_DEFAULT,
		0, 0, criteria,
	"impurity that splits bring down"},
	[TREE_OPTION_CLASS_WEIGHTS] = {"class_weights", OPTION_WEIGHTS, WEIGHTS_NONE, NULL, 0, 0, class_weights_choices,
	"weight of a row by its class"},
	[TREE_OPTION_SMOOTHING] = {"smoothing", OPTION_NUMBER, OPTION_AUTO, "min_leaf, regression: 0", 0, 1e9, NULL,
	"rows like those of an ancestor that each leaf is given besides its own"},
	[TREE_OPTION_MAX_BINS] = {"max_bins", OPTION_INTEGER, 4096, NULL, 2, BINS_MAX - 2, NULL,
	"distinct cuts of a numeric feature at most"},
};

/* What the trees of a forest share, in one flat block; offsets from its start. */
typedef struct ForestShared
{
	int64		rows;
	int32		features;
	int32		classes;
	TreeParams	params;
	double		sample_fraction;
	bool		replace;
	bool		all_rows;		/* the single tree */
	uint64		seed;
	int64		oob_rows;		/* 0: not wanted */
	int64		smoothing_rows; /* that decide the smoothing; 0: it is known */
	SmoothingScale scale;
	Size		frequency;		/* double[classes], of all rows; or 0 */
	Size		class_weight;	/* double[classes], or 0 */
	Size		feature;		/* TreeFeature[features] */
	Size		bin;			/* uint16[features][rows] */
	Size		label;			/* uint16[rows], or double[rows] */
} ForestShared;

/* A training run, in the leader. */
typedef struct ForestRun
{
	const LearnData *data;
	ForestShared layout;
	int			trees;
	int			max_bins;
	FeatureBins *bins;
	double	   *importance;
	const double *frequency;	/* of the classes; NULL in regression */
	double		smoothing;
	SmoothingChoice *choice;	/* NULL: it is known */
	ByteWriter	packed;
	ByteWriter	leaves;			/* where unseen rows end, tree by tree */
} ForestRun;

/* The training data as they stand in the shared block. */
static void
view_data(const ForestShared *s, TreeData *data)
{
	const char *base = (const char *) s;

	memset(data, 0, sizeof(*data));
	data->rows = s->rows;
	data->features = s->features;
	data->classes = s->classes;
	data->feature = (const TreeFeature *) (base + s->feature);
	data->bin = (const uint16 *) (base + s->bin);
	if (s->classes > 0)
		data->label = (const uint16 *) (base + s->label);
	else
		data->value = (const double *) (base + s->label);
	if (s->class_weight > 0)
		data->class_weight = (const double *) (base + s->class_weight);
}

static void
forest_fill(void *shared, void *arg)
{
	ForestRun  *run = arg;
	const LearnData *data = run->data;
	ForestShared *s = shared;
	TreeFeature *feature = (TreeFeature *) ((char *) shared + run->layout.feature);
	uint16	   *bin = (uint16 *) ((char *) shared + run->layout.bin);
	char	   *label = (char *) shared + run->layout.label;

	*s = run->layout;
	for (int f = 0; f < data->features; f++)
	{
		CHECK_FOR_INTERRUPTS();
		bins_make(&data->feature[f], data->rows, data->order, run->max_bins,
				  &run->bins[f], bin + data->rows * f);
		feature[f].nbins = run->bins[f].nbins;
		feature[f].is_category = run->bins[f].is_category;
	}
	if (run->layout.frequency > 0)
		memcpy((char *) shared + run->layout.frequency, run->frequency,
			   sizeof(double) * data->classes);
	if (run->layout.class_weight > 0)
		memcpy((char *) shared + run->layout.class_weight, data->class_weight,
			   sizeof(double) * data->classes);
	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (data->classes > 0)
			((uint16 *) label)[i] = (uint16) data->label_class[data->order[i]];
		else
			((double *) label)[i] = data->label_value[data->order[i]];
	}
}

/* How often each row is drawn. */
static void
draw_rows(const ForestShared *s, Random *random, uint16 *weight)
{
	int64		n = Max(1, (int64) rint(s->rows * s->sample_fraction));

	if (s->all_rows)
	{
		for (int64 i = 0; i < s->rows; i++)
		{
			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			weight[i] = 1;
		}
		return;
	}
	if (s->replace)
	{
		for (int64 i = 0; i < n; i++)
		{
			uint16	   *w = &weight[random_below(random, (uint32) s->rows)];

			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			if (*w < PG_UINT16_MAX)
				(*w)++;
		}
		return;
	}
	/* selection sampling (Knuth 3.4.2, algorithm S) */
	for (int64 i = 0, left = n; i < s->rows && left > 0; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (random_uniform(random) * (s->rows - i) < left)
		{
			weight[i] = 1;
			left--;
		}
	}
}

/*
 * One tree: the importance of each feature, the length of the tree, the tree,
 * and of the rows that it did not see what decides the smoothing, and the leaves.
 */
static void
run_tree(const void *shared, const void *opened, int item, ByteWriter *result)
{
	const ForestShared *s = shared;
	uint16	   *weight = crimeml_array(uint16, s->rows);
	double	   *importance = crimeml_array(double, s->features);
	TreeData	data;
	Random		random;
	ByteWriter	packed;

	view_data(s, &data);
	random_seed(&random, s->seed, item);
	draw_rows(s, &random, weight);
	data.weight = weight;

	writer_init(&packed);
	tree_grow(&data, &s->params, &random, &packed, importance);
	for (int f = 0; f < s->features; f++)
		write_f64(result, importance[f]);
	write_varint(result, packed.len);
	write_bytes(result, packed.data, packed.len);
	if (s->smoothing_rows > 0)
		smoothing_measure(&data, s->frequency > 0 ?
						  (const double *) ((const char *) s + s->frequency) : NULL,
						  &s->scale, s->smoothing_rows, &packed, result);
	if (s->oob_rows > 0)
		oob_find_leaves(&data, s->oob_rows, &packed, result);
}

const ParallelTask forest_tree_task = {NULL, run_tree};

static void
forest_collect(void *arg, int item, const uint8 *result, Size len)
{
	ForestRun  *run = arg;
	ByteReader	r;
	double		sum = 0;
	double	   *importance = palloc(sizeof(double) * run->data->features);
	Size		tree_len;
	const uint8 *tree;

	reader_init(&r, result, len, "tree");
	for (int f = 0; f < run->data->features; f++)
		sum += importance[f] = read_f64(&r);
	for (int f = 0; f < run->data->features; f++)
		run->importance[f] += sum > 0 ? importance[f] / sum : 0;
	pfree(importance);
	tree_len = read_varint(&r);
	tree = read_bytes(&r, tree_len);
	write_bytes(&run->packed, tree, tree_len);
	if (run->choice != NULL)
		smoothing_add_tree(run->choice, &r);

	if (run->layout.oob_rows > 0)
	{
		write_varint(&run->leaves, tree_len);
		write_varint(&run->leaves, len - r.at);
		write_bytes(&run->leaves, result + r.at, len - r.at);
	}
}

/* The error on unseen rows, once it is known how leaves are smoothed. */
static void
measure_unseen(const ForestRun *run, const ForestStand *stand, LearnReport *report)
{
	const LearnData *data = run->data;
	TreeData	shape = {0};
	TreeFeature *feature = crimeml_array(TreeFeature, data->features);
	uint16	   *weight = crimeml_array(uint16, data->rows);
	OutOfBag   *oob;
	ByteReader	trees;
	ByteReader	leaves;

	for (int f = 0; f < data->features; f++)
	{
		feature[f].nbins = run->bins[f].nbins;
		feature[f].is_category = run->bins[f].is_category;
	}
	shape.features = data->features;
	shape.classes = data->classes;
	shape.feature = feature;
	shape.class_weight = data->class_weight;
	oob = oob_create(&shape, run->layout.oob_rows, stand, run->frequency);
	reader_init(&trees, run->packed.data, run->packed.len, "tree");
	reader_init(&leaves, run->leaves.data, run->leaves.len, "tree");
	for (int t = 0; t < run->trees; t++)
	{
		Size		tree_len = read_varint(&leaves);
		Size		leaves_len = read_varint(&leaves);
		const uint8 *tree = read_bytes(&trees, tree_len);
		Random		random;

		random_seed(&random, run->layout.seed, t);
		memset(weight, 0, sizeof(uint16) * data->rows);
		draw_rows(&run->layout, &random, weight);
		oob_add_tree(oob, tree, tree_len, weight, read_bytes(&leaves, leaves_len), leaves_len);
	}
	oob_report(oob, data, report);
}

/* Where things lie in the shared block; returns its size. */
static Size
lay_out(ForestShared *s, const LearnData *data)
{
	Size		at = MAXALIGN(sizeof(ForestShared));

	s->rows = data->rows;
	s->features = data->features;
	s->classes = data->classes;
	s->frequency = data->classes > 0 ? at : 0;
	if (data->classes > 0)
		at = add_size(at, MAXALIGN(mul_size(sizeof(double), data->classes)));
	s->class_weight = data->class_weight ? at : 0;
	if (data->class_weight)
		at = add_size(at, MAXALIGN(mul_size(sizeof(double), data->classes)));
	s->feature = at;
	at = add_size(at, MAXALIGN(mul_size(sizeof(TreeFeature), data->features)));
	s->bin = at;
	at = add_size(at, MAXALIGN(mul_size(sizeof(uint16), mul_size(data->rows, data->features))));
	s->label = at;
	return add_size(at, mul_size(data->classes > 0 ? sizeof(uint16) : sizeof(double),
								 data->rows));
}

/* The criterion that was asked for, if it fits the label; else the default. */
static TreeCriterion
settle_criterion(const LearnData *data, double *option)
{
	bool		regression = data->classes == 0;

	if (*option == OPTION_AUTO)
		*option = regression ? 2 : 0;
	if ((*option >= 2) != regression)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("criterion \"%s\" is not for a label of %s",
						criteria[(int) *option], regression ? "numbers" : "classes"),
				 errhint(regression ? "Use variance or absolute." : "Use gini or entropy.")));
	return (TreeCriterion) ((int) *option % 2);
}

/* The rows of each class. */
static int64 *
count_classes(const LearnData *data)
{
	int64	   *count = crimeml_array(int64, data->classes);

	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		count[data->label_class[i]]++;
	}
	return count;
}

static void
grow_forest(const LearnData *data, ForestRun *run, ByteWriter *out, LearnReport *report)
{
	ForestShared *layout = &run->layout;
	Size		size = lay_out(layout, data);
	ForestHeader head = {0};
	ForestStand stand;

	for (int f = 0; f < data->features; f++)
		if (data->feature[f].levels > BINS_MAX - 1)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("feature \"%s\" has %d levels, and a tree takes at most %d",
							data->feature[f].name, data->feature[f].levels, BINS_MAX - 1),
					 errhint("Leave out a column that names single rows, or group its values.")));

	run->data = data;
	run->bins = crimeml_array(FeatureBins, data->features);
	run->importance = crimeml_array(double, data->features);
	if (data->classes > 0)
		run->frequency = forest_frequencies(data->classes, count_classes(data),
											data->class_weight);
	if (layout->smoothing_rows > 0)
		run->choice = smoothing_create(layout->smoothing_rows);
	if (layout->smoothing_rows > 0 && data->classes == 0)
		smoothing_scale(data, &layout->scale);
	if (layout->oob_rows > 0)
		layout->oob_rows = oob_rows(data->rows, data->classes);
	writer_init(&run->packed);
	writer_init(&run->leaves);
	parallel_map(PARALLEL_FOREST_TREE, run->trees,
				 (double) data->rows * run->trees < PARALLEL_WORTH ? 0 : run->trees - 1,
				 "growing trees", size, forest_fill, forest_collect, run);

	if (run->choice != NULL)
		run->smoothing = smoothing_choose(run->choice, data, &layout->scale, run->smoothing);
	stand.trees = run->trees;
	stand.smoothing = run->smoothing;
	stand.pool_rows = pool_rows(data->classes);
	if (layout->oob_rows > 0)
		measure_unseen(run, &stand, report);
	head.stands = 1;
	head.stand = &stand;
	head.class_weight = data->class_weight;
	if (run->smoothing > 0)
		head.frequency = run->frequency;
	head.bins = run->bins;
	head.importance = run->importance;
	head.trees = run->trees;
	forest_write_header(&head, data->classes, data->features, out);
	write_bytes(out, run->packed.data, run->packed.len);
}

static void
forest_train(const LearnData *data, OptionValue *option, ByteWriter *out, LearnReport *report)
{
	ForestRun	run = {0};
	TreeParams *params = &run.layout.params;

	if (option[FOREST_MTRY].number == OPTION_AUTO)
		option[FOREST_MTRY].number = Max(rint(sqrt(data->features)),
										 data->classes > 0 ? 1 : data->features / 3);
	option[FOREST_MTRY].number = Min(option[FOREST_MTRY].number, data->features);
	if (option[FOREST_MIN_LEAF].number == OPTION_AUTO)
		option[FOREST_MIN_LEAF].number = data->classes > 0 ?
			MIN_LEAF_DEFAULT : MIN_LEAF_REGRESSION;

	params->mtry = (int) option[FOREST_MTRY].number;
	params->max_depth = (int) option[FOREST_MAX_DEPTH].number;
	params->min_leaf = (int) option[FOREST_MIN_LEAF].number;
	params->min_gain = option[FOREST_MIN_GAIN].number;
	params->criterion = settle_criterion(data, &option[FOREST_CRITERION].number);
	params->random_cuts = option[FOREST_EXTRA_TREES].number != 0;
	run.layout.sample_fraction = option[FOREST_SAMPLE_FRACTION].number;
	run.layout.replace = option[FOREST_REPLACE].number != 0;
	run.layout.seed = (uint64) option[FOREST_SEED].number;
	run.layout.oob_rows = option[FOREST_OOB].number != 0 ? data->rows : 0;
	run.smoothing = option[FOREST_SMOOTHING].number;
	if (run.smoothing == OPTION_AUTO)
	{
		/* a median has no mean of its ancestors' */
		if (data->classes > 0 || params->criterion != TREE_ABSOLUTE)
			run.layout.smoothing_rows = smoothing_rows(data->rows, data->classes);
		run.smoothing = data->classes > 0 ? option[FOREST_MIN_LEAF].number / 4 : 0;
	}
	run.trees = (int) option[FOREST_TREES].number;
	run.max_bins = (int) option[FOREST_MAX_BINS].number;
	grow_forest(data, &run, out, report);
	option[FOREST_SMOOTHING].number = run.smoothing;
}

static void
tree_train(const LearnData *data, OptionValue *option, ByteWriter *out, LearnReport *report)
{
	ForestRun	run = {0};

	if (option[TREE_OPTION_SMOOTHING].number == OPTION_AUTO)
		option[TREE_OPTION_SMOOTHING].number = data->classes > 0 ?
			option[TREE_OPTION_MIN_LEAF].number : 0;
	run.layout.params.mtry = data->features;
	run.layout.params.max_depth = (int) option[TREE_OPTION_MAX_DEPTH].number;
	run.layout.params.min_leaf = (int) option[TREE_OPTION_MIN_LEAF].number;
	run.layout.params.min_gain = option[TREE_OPTION_MIN_GAIN].number;
	run.layout.params.criterion = settle_criterion(data, &option[TREE_OPTION_CRITERION].number);
	run.smoothing = option[TREE_OPTION_SMOOTHING].number;
	run.layout.all_rows = true;
	run.trees = 1;
	run.max_bins = (int) option[TREE_OPTION_MAX_BINS].number;
	grow_forest(data, &run, out, report);
}

/*
 * Bytes of a packed leaf with the split above it.  A leaf has the classes that
 * a draw of so many rows has on average, or fewer.  A set of levels is a bit for
 * each in one half of the splits, a few bytes in the other half.
 */
static double
leaf_bytes(const LearnData *data, double rows)
{
	double		leaf = sizeof(double) + 3;
	double		set = 0;

	for (int f = 0; f < data->features; f++)
		set += data->feature[f].levels / 16.0 / data->features;
	if (data->classes > 0)
	{
		int64	   *count = count_classes(data);

		leaf = 0;
		for (int c = 0; c < data->classes; c++)
			leaf += 2 * (1 - pow(1 - (double) count[c] / data->rows, rows));
		leaf = Max(leaf, 2) + 1;
		pfree(count);
	}
	return leaf + set + 4;
}

/*
 * What training takes besides the frame: the shared block; then the keys of one
 * feature while it is binned, or in each process the rows of a tree with what
 * the search for splits holds of them; and all trees three times: as they are
 * collected, in the payload, and in the model.
 */
static Size
run_memory(const LearnData *data, double drawn, double trees, double min_leaf,
		   double max_depth, double max_bins, bool absolute)
{
	ForestShared layout;
	Size		shared = lay_out(&layout, data);
	double		processes = Min(1 + max_parallel_maintenance_workers, trees);
	double		search = sizeof(uint16) * (double) data->rows;
	double		table = 5.0 * sizeof(double) * Min(data->rows, max_bins);
	double		leaves = Max(1, drawn / min_leaf);

	search += drawn * (2 * sizeof(Drawn) + sizeof(uint16) + sizeof(uint32) +
					   sizeof(uint16) * data->features);
	search += sizeof(uint64) * Min(GINI_CELLS, drawn) +
		2 * sizeof(uint16) * Min(TREE_COPY_ROWS, drawn) * data->features;
	if (data->classes == 0)		/* labels, and deviations */
		search += 2 * drawn * sizeof(double);
	if (absolute)
		search += drawn * (9 * sizeof(double) + 2 * sizeof(uint32));
	for (int f = 0; f < data->features; f++)
		table = Max(table, data->feature[f].levels * sizeof(double) *
					(5.0 + Max(data->classes, 1)));
	search = Max(processes * (search + table),
				 data->rows * 2.0 * (sizeof(uint64) + sizeof(uint32)));
	if (max_depth > 0 && max_depth < 31)
		leaves = Min(leaves, ldexp(1, (int) max_depth));
	return add_size(shared, (Size) (search + 3 * trees * leaves *
									leaf_bytes(data, 1.5 * min_leaf)));
}

static Size
tree_memory(const LearnData *data, const OptionValue *option)
{
	return run_memory(data, data->rows, 1, option[TREE_OPTION_MIN_LEAF].number,
					  option[TREE_OPTION_MAX_DEPTH].number, option[TREE_OPTION_MAX_BINS].number,
					  option[TREE_OPTION_CRITERION].number == 3);
}

static Size
forest_memory(const LearnData *data, const OptionValue *option)
{
	double		trees = option[FOREST_TREES].number;
	double		drawn = data->rows * option[FOREST_SAMPLE_FRACTION].number;
	double		min_leaf = option[FOREST_MIN_LEAF].number;
	double		oob = 0;

	if (option[FOREST_REPLACE].number != 0)
		drawn = data->rows * (1 - exp(-option[FOREST_SAMPLE_FRACTION].number));
	if (min_leaf == OPTION_AUTO)
		min_leaf = data->classes > 0 ? MIN_LEAF_DEFAULT : MIN_LEAF_REGRESSION;
	if (option[FOREST_SMOOTHING].number == OPTION_AUTO)
		oob = smoothing_bytes(data->rows, data->classes, max_parallel_maintenance_workers > 0 ?
							  trees * (1 - drawn / data->rows) : 0);
	/* the leaves of unseen rows wait with the trees until all are grown */
	if (option[FOREST_OOB].number != 0)
		oob += oob_rows(data->rows, data->classes) *
			(double) (oob_row_size(data->classes) + sizeof(uint32));
	if (option[FOREST_OOB].number != 0)
		oob += sizeof(uint32) * trees * (data->rows - drawn) + sizeof(uint16) * (double) data->rows;
	return add_size((Size) oob, run_memory(data, drawn, trees, min_leaf,
										   option[FOREST_MAX_DEPTH].number,
										   option[FOREST_MAX_BINS].number,
										   option[FOREST_CRITERION].number == 3));
}

/* The trees add up; other options are the caller's. */
static void
forest_merge(const LearnMerge *merge, OptionValue *option, ByteWriter *out)
{
	option[FOREST_TREES].number = forest_merge_parts(merge, (int) forest_spec[FOREST_TREES].max, out);
}

const OptionTable tree_agg_options = {
	"tree_agg", tree_spec, TREE_OPTIONS, &learner_options, "{\"max_depth\": 8}"
};

const OptionTable forest_agg_options = {
	"forest_agg", forest_spec, FOREST_OPTIONS, &learner_options, "{\"trees\": 200}"
};

const Learner tree_learner = {
	.base = {
		.name = "tree",
		.code = 1,
		.options = &tree_agg_options,
		.lower = "option \"max_depth\" or the number of rows",
		.decode = forest_decode,
	},
	.turned_axes = true,
	.train = tree_train,
	.memory = tree_memory,
	.predict = forest_predict,
	.scratch = forest_scratch,
	.importance = forest_importance,
	.nodes = forest_nodes,
	.explainer = forest_explainer,
	.explain = forest_explain,
};

const Learner forest_learner = {
	.base = {
		.name = "forest",
		.code = 2,
		.options = &forest_agg_options,
		.lower = "option \"trees\" or the number of rows",
		.decode = forest_decode,
	},
	.turned_axes = true,
	.train = forest_train,
	.memory = forest_memory,
	.predict = forest_predict,
	.scratch = forest_scratch,
	.importance = forest_importance,
	.nodes = forest_nodes,
	.explainer = forest_explainer,
	.explain = forest_explain,
	.merge = forest_merge,
};

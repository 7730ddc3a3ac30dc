/*
 * boost.c
 *		Gradient boosted trees, as a learner.
 *
 * Training is a row of phases, three a round: the trees, one item a sum; then
 * the rows by blocks, which makes probabilities of the state and measures the
 * loss of the rows kept for validation; then a look at that loss.  Before the
 * first round stand the second and the third of these.
 */
#include "learn/boost.h"

#include <math.h>

#include "learn/boost_model.h"
#include "parallel.h"
#include "stat/plain_math.h"
#include "stat/sums.h"

/* Below so many rows times sums a worker costs more than it brings. */
#define PARALLEL_WORTH 20000

/* Blocks of rows: at most so many, and at least of so many rows. */
#define BLOCKS_MAX 256
#define BLOCK_ROWS_LEAST 4096

/* All trees; the table of where they lie is in shared memory. */
#define TREES_MAX 500000

/* Rows kept for validation, at least; with fewer there is none. */
#define HELD_LEAST 20

#define COUNT_GREATEST 1e15

enum
{
	BOOST_ROUNDS,
	BOOST_LEARNING_RATE,
	BOOST_MAX_LEAVES,
	BOOST_MAX_DEPTH,
	BOOST_MIN_LEAF,
	BOOST_MIN_HESSIAN,
	BOOST_LAMBDA,
	BOOST_MAX_STEP,
	BOOST_SAMPLE_FRACTION,
	BOOST_FEATURE_FRACTION,
	BOOST_OBJECTIVE,
	BOOST_CLASS_WEIGHTS,
	BOOST_MAX_BINS,
	BOOST_EARLY_STOPPING,
	BOOST_VALIDATION,
	BOOST_SEED,
	BOOST_WEIGHT,
	BOOST_EXPOSURE,
	BOOST_OPTIONS
};

enum
{
	OBJECTIVE_LOG_LOSS,
	OBJECTIVE_SQUARED,
	OBJECTIVE_POISSON
};

static const char *const objectives[] = {"log_loss", "squared", "poisson", NULL};

#define MAX_LEAVES_DEFAULT 31

static const OptionSpec boost_spec[] = {
	[BOOST_ROUNDS] = {"rounds", OPTION_INTEGER, 200, NULL, 1, 100000, NULL,
	"rounds of trees at most; a round is a tree for each class, or one for two classes and for numbers"},
	[BOOST_LEARNING_RATE] = {"learning_rate", OPTION_NUMBER, 0.1, NULL, 0.0001, 1, NULL,
	"share of a tree's leaves that is added (shrinkage)"},
	[BOOST_MAX_LEAVES] = {"max_leaves", OPTION_INTEGER, OPTION_AUTO, "31; with max_depth: 2^max_depth",
		2, 65536, NULL,
	"leaves of a tree at most; the leaf that gains most is split first"},
	[BOOST_MAX_DEPTH] = {"max_depth", OPTION_INTEGER, 0, NULL, 0, 1000, NULL,
	"splits from root to leaf at most; 0: no limit"},
	[BOOST_MIN_LEAF] = {"min_leaf", OPTION_INTEGER, 1, NULL, 1, PG_INT32_MAX, NULL,
	"training rows in a leaf at least"},
	[BOOST_MIN_HESSIAN] = {"min_hessian", OPTION_NUMBER, 5, NULL, 0, 1e300, NULL,
	"sum of the hessian in a leaf at least: of p(1 - p), of expected counts, or rows for squared error"},
	[BOOST_LAMBDA] = {"lambda", OPTION_NUMBER, 5, NULL, 0, 1e300, NULL,
	"L2 penalty on leaves, added to the hessian"},
	[BOOST_MAX_STEP] = {"max_step", OPTION_NUMBER, OPTION_AUTO, "classes: 2, poisson: 0.7, squared: 0",
		0, 1e300, NULL,
	"the most that a leaf says either way before the learning rate; 0: no limit"},
	[BOOST_SAMPLE_FRACTION] = {"sample_fraction", OPTION_NUMBER, 1, NULL, 1e-6, 1, NULL,
	"rows drawn for a round, as a share of all"},
	[BOOST_FEATURE_FRACTION] = {"feature_fraction", OPTION_NUMBER, 1, NULL, 1e-6, 1, NULL,
	"features drawn for a tree, as a share of all"},
	[BOOST_OBJECTIVE] = {"objective", OPTION_CHOICE, OPTION_AUTO, "classes: log_loss, numbers: squared, with exposure: poisson",
		0, 0, objectives,
	"the loss that is brought down; poisson is for counts"},
	[BOOST_CLASS_WEIGHTS] = {"class_weights", OPTION_WEIGHTS, WEIGHTS_NONE, NULL, 0, 0, class_weights_choices,
	"weight of a row by its class"},
	[BOOST_MAX_BINS] = {"max_bins", OPTION_INTEGER, 1023, NULL, 2, BINS_MAX - 2, NULL,
	"distinct cuts of a numeric feature at most"},
	[BOOST_EARLY_STOPPING] = {"early_stopping", OPTION_INTEGER, 10, NULL, 0, 100000, NULL,
	"stop after so many rounds that bring nothing on rows kept for validation, and keep the best; 0: never, and train on all rows"},
	[BOOST_VALIDATION] = {"validation", OPTION_NUMBER, 0.1, NULL, 0.001, 0.9, NULL,
	"share of the rows that is kept for validation: the latest, if a time or date is among the features, else drawn by the seed"},
	[BOOST_SEED] = {"seed", OPTION_INTEGER, 0, NULL, 0, 9007199254740992.0, NULL,
	"of the random numbers; the same seed and rows give the same model"},
	[BOOST_WEIGHT] = WEIGHT_OPTION_SPEC,
	[BOOST_EXPOSURE] = EXPOSURE_OPTION_SPEC,
};

/* A training run, in the leader. */
typedef struct BoostRun
{
	const LearnData *data;
	BoostShared layout;
	BoostShared found;			/* what training left there */
	int			max_bins;
	double		validation;
	bool		by_time;
	int64		held;
	double	   *base;
	FeatureBins *bins;
	double	   *importance;
	ByteWriter	packed;
	int			trees;
} BoostRun;

/* ----------
 * The shared block
 * ----------
 */

/* Weights of rows and of their classes in one; returns the greatest. */
static double
fill_weights(const LearnData *data, double *weight)
{
	double		greatest = 0;

	for (int64 i = 0; i < data->rows; i++)
	{
		uint32		row = data->order[i];

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		weight[i] = (data->weight != NULL ? data->weight[row] : 1) *
			(data->class_weight != NULL ? data->class_weight[data->label_class[row]] : 1);
		greatest = Max(greatest, weight[i]);
	}
	return greatest;
}

/* Where the features have bins and cells, and the bins of rows. */
static void
fill_bins(BoostRun *run, BoostShared *s)
{
	const LearnData *data = run->data;
	BoostFeature *feature = BOOST_ARRAY(s, BoostFeature, feature);
	uint16	   *bin = scratch_array(uint16, data->rows);

	for (int f = 0; f < data->features; f++)
	{
		uint16	   *wide = BOOST_ARRAY(s, uint16, bin) + f;
		uint8	   *narrow = BOOST_ARRAY(s, uint8, bin) + f;

		bins_make(&data->feature[f], data->rows, data->order, run->max_bins, &run->bins[f], bin);
		feature[f].nbins = run->bins[f].nbins;
		feature[f].is_category = run->bins[f].is_category;
		feature[f].first = s->cells;
		s->cells += feature[f].nbins;
		for (int64 i = 0; i < data->rows; i++)
		{
			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			if (s->wide)
				wide[i * data->features] = bin[i];
			else
				narrow[i * data->features] = (uint8) bin[i];
		}
	}
	pfree(bin);
}

/* The labels, weights and rows kept. */
static void
fill_rows(BoostRun *run, BoostShared *s)
{
	const LearnData *data = run->data;
	const double *weight = NULL;

	for (int64 i = 0; i < data->rows; i++)
	{
		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (data->classes > 0)
			BOOST_ARRAY(s, int32, label)[i] = data->label_class[data->order[i]];
		else
			BOOST_ARRAY(s, double, label)[i] = ldexp(data->label_value[data->order[i]], -s->exponent);
	}
	s->greatest_weight = 1;
	if (s->weight > 0)
	{
		weight = BOOST_ARRAY(s, const double, weight);
		s->greatest_weight = fill_weights(data, BOOST_ARRAY(s, double, weight));
	}
	if (s->held > 0)
	{
		bool	   *held = BOOST_ARRAY(s, bool, held);

		memset(held, 0, data->rows);
		run->held = boost_hold(data, run->validation, s->params.seed, held, &run->by_time);
		for (int64 i = 0; i < data->rows; i++)
		{
			if (i % CHECK_ROWS == 0)
				CHECK_FOR_INTERRUPTS();
			if (held[i])
				s->held_weight += weight != NULL ? weight[i] : 1;
		}
	}
}

/* The sums that predict the same for every row best: where training begins. */
static void
find_base(BoostRun *run, const BoostShared *s)
{
	const LearnData *data = run->data;
	const double *weight = s->weight > 0 ? BOOST_ARRAY(s, const double, weight) : NULL;
	double	   *of_class = crimeml_array(double, Max(data->classes, 1));
	Total		labels = TOTAL_EMPTY;
	double		all = 0;

	for (int64 i = 0; i < data->rows; i++)
	{
		double		w = weight != NULL ? weight[i] : 1;

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		if (data->classes > 0)
			of_class[BOOST_ARRAY(s, const int32, label)[i]] += w;
		else
			total_add(&labels, BOOST_ARRAY(s, const double, label)[i], w);
		all += s->link == LINK_LOG && data->offset != NULL ?
			w * plain_exp(data->offset[data->order[i]]) : w;
	}
	switch (s->link)
	{
		case LINK_IDENTITY:
			/* no label is further from the base than the largest double */
			all = total_mean(&labels, all);
			all = Max(all, labels.high - ldexp(DBL_MAX, -s->exponent));
			all = Min(all, labels.low + ldexp(DBL_MAX, -s->exponent));
			run->base[0] = ldexp(all, s->exponent);
			break;
		case LINK_LOG:
			run->base[0] = plain_log(Max(total_over(&labels, all), BOOST_LEAST_MEAN));
			break;
		case LINK_LOGIT:
			run->base[0] = plain_log(of_class[1] / of_class[0]);
			break;
		case LINK_SOFTMAX:
			for (int c = 0; c < data->classes; c++)
				run->base[c] = plain_log(of_class[c] / all);
			break;
	}
	pfree(of_class);
}

static void
boost_fill(void *shared, void *arg)
{
	BoostRun   *run = arg;
	BoostShared *s = shared;

	*s = run->layout;
	fill_bins(run, s);
	fill_rows(run, s);
	find_base(run, s);
	boost_state_start(s, run->base, run->data->offset, run->data->order);
}

/* ----------
 * The phases
 * ----------
 */
typedef enum Step
{
	STEP_SETTLE,
	STEP_JUDGE,
	STEP_TREES
} Step;

#define PHASE_STEP(phase) ((Step) ((phase) % 3))
#define PHASE_ROUND(phase) ((phase) / 3)	/* of its trees; else rounds done */

static int
boost_items(const void *shared, int phase)
{
	const BoostShared *s = shared;

	if (PHASE_STEP(phase) == STEP_TREES)
		return s->stopped || PHASE_ROUND(phase) == s->params.rounds ? 0 : s->sums;
	if (PHASE_STEP(phase) == STEP_SETTLE && (s->held > 0 || s->link == LINK_SOFTMAX))
		return s->blocks;
	return 1;
}

/* Has the last round brought something on the rows kept? */
static void
judge(BoostShared *s, int rounds)
{
	double		loss = 0;

	if (s->held == 0)
	{
		s->best_round = rounds;
		return;
	}
	for (int b = 0; b < s->blocks; b++)
		loss += BOOST_ARRAY(s, double, block_loss)[b];
	if (rounds == 0)
		s->base_loss = loss;
	if (rounds == 0 || loss < s->best_loss)
	{
		s->best_loss = loss;
		s->best_round = rounds;
	}
	else if (rounds - s->best_round >= s->params.patience)
		s->stopped = true;
}

static void *
boost_open(void *shared)
{
	return boost_grow_create(shared);
}

static int
boost_run(void *shared, void *opened, int phase, int item, ByteWriter *result)
{
	BoostShared *s = shared;
	double	   *importance;
	ByteWriter	tree;

	if (PHASE_STEP(phase) == STEP_JUDGE)
		judge(s, PHASE_ROUND(phase));
	else if (PHASE_STEP(phase) == STEP_SETTLE)
	{
		if (s->held > 0 || s->link == LINK_SOFTMAX)
			boost_settle_block(s, item);
	}
	else
	{
		importance = crimeml_array(double, s->features);
		writer_init(&tree);
		boost_grow_tree(opened, s, PHASE_ROUND(phase), item, &tree, importance);
		for (int f = 0; f < s->features; f++)
			write_f64(result, importance[f]);
		write_bytes(result, tree.data, tree.len);
		return PHASE_ROUND(phase) * s->sums + item;
	}
	return PARALLEL_NO_RESULT;
}

const ParallelTeamTask boost_task = {boost_open, boost_items, boost_run};

static void
boost_finish(const void *shared, void *arg)
{
	BoostRun   *run = arg;

	run->found = *(const BoostShared *) shared;
}

/* Trees come in order; those after the best round are left out. */
static void
boost_collect(void *arg, int tree, const uint8 *result, Size len)
{
	BoostRun   *run = arg;
	ByteReader	r;

	if (tree >= run->found.best_round * run->found.sums)
		return;
	reader_init(&r, result, len, "tree");
	for (int f = 0; f < run->data->features; f++)
		run->importance[f] += read_f64(&r);
	write_bytes(&run->packed, result + r.at, len - r.at);
	run->trees++;
}

/* ----------
 * Training
 * ----------
 */

/* A feature has so many bins at most. */
static int32
most_bins(const LearnFeature *feature, int max_bins)
{
	return feature->is_category ? Max(feature->levels, 1) + 1 : max_bins + 1;
}

/* Where things lie in the shared block; returns its size. */
static Size
lay_out(BoostShared *s, const LearnData *data, int max_bins)
{
	Size		at = MAXALIGN(sizeof(BoostShared));
	int32		bins = 0;

	s->rows = data->rows;
	s->features = data->features;
	s->sums = s->link == LINK_SOFTMAX ? data->classes : 1;
	for (int f = 0; f < data->features; f++)
		bins = Max(bins, most_bins(&data->feature[f], max_bins));
	s->wide = bins > PG_UINT8_MAX + 1;
	s->block_rows = Max(BLOCK_ROWS_LEAST, (data->rows + BLOCKS_MAX - 1) / BLOCKS_MAX);
	s->blocks = (int32) ((data->rows + s->block_rows - 1) / s->block_rows);

#define PLACE(array, type, n) \
	(s->array = at, at = add_size(at, MAXALIGN(mul_size(sizeof(type), (n)))))

	PLACE(feature, BoostFeature, data->features);
	if (s->wide)
		PLACE(bin, uint16, mul_size(data->rows, data->features));
	else
		PLACE(bin, uint8, mul_size(data->rows, data->features));
	if (data->classes > 0)
		PLACE(label, int32, data->rows);
	else
		PLACE(label, double, data->rows);
	if (data->weight != NULL || data->class_weight != NULL)
		PLACE(weight, double, data->rows);
	if (s->params.patience > 0)
		PLACE(held, bool, data->rows);
	if (s->link == LINK_SOFTMAX)
		PLACE(state, float, mul_size(data->rows, s->sums));
	else
		PLACE(state, double, data->rows);
	PLACE(block_loss, double, s->blocks);
#undef PLACE
	return at;
}

/* The link that the objective asks for, if it fits the label. */
static LearnLink
settle_objective(const LearnData *data, double *option)
{
	if (*option == OPTION_AUTO)
		*option = data->classes > 0 ? OBJECTIVE_LOG_LOSS :
			data->offset != NULL ? OBJECTIVE_POISSON : OBJECTIVE_SQUARED;
	if ((*option == OBJECTIVE_LOG_LOSS) != (data->classes > 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("objective \"%s\" is not for a label of %s",
						objectives[(int) *option], data->classes > 0 ? "classes" : "numbers"),
				 data->classes > 0 ?
				 errhint("Whole numbers are classes unless option \"task\" is \"regress\".") :
				 errhint("Use squared or poisson.")));
	if (data->offset != NULL && *option != OBJECTIVE_POISSON)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("objective \"%s\" does not take an exposure", objectives[(int) *option]),
				 errhint("An exposure is for counts: objective \"poisson\", and option \"task\": \"regress\" where the label is a whole number.")));
	if (data->classes > 0)
		return data->classes == 2 ? LINK_LOGIT : LINK_SOFTMAX;
	return *option == OBJECTIVE_POISSON ? LINK_LOG : LINK_IDENTITY;
}

/* Labels of numbers: counts must be some; others are scaled, so that sums of their
 * squares do not run over. */
static void
look_at_labels(const LearnData *data, BoostShared *s)
{
	double		greatest = 0;

	for (int64 i = 0; data->classes == 0 && i < data->rows; i++)
	{
		double		label = data->label_value[i];

		if (i % CHECK_ROWS == 0)
			CHECK_FOR_INTERRUPTS();
		greatest = Max(greatest, fabs(label));
		if (s->link == LINK_LOG && !(label >= 0 && label <= COUNT_GREATEST))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("the label %g is no count", label),
					 errhint("Objective \"poisson\" takes labels from 0 to %g.", COUNT_GREATEST)));
	}
	s->exponent = 0;
	if (s->link == LINK_IDENTITY && greatest > 0)
		frexp(greatest, &s->exponent);
}

static void
read_params(const LearnData *data, OptionValue *option, BoostRun *run)
{
	BoostShared *s = &run->layout;
	BoostParams *params = &s->params;

	if (option[BOOST_MAX_LEAVES].number == OPTION_AUTO)
		option[BOOST_MAX_LEAVES].number = option[BOOST_MAX_DEPTH].number == 0 ? MAX_LEAVES_DEFAULT :
			ldexp(1, (int) Min(option[BOOST_MAX_DEPTH].number, 16));
	s->link = settle_objective(data, &option[BOOST_OBJECTIVE].number);
	if (option[BOOST_MAX_STEP].number == OPTION_AUTO)
		option[BOOST_MAX_STEP].number = s->link == LINK_IDENTITY ? 0 : s->link == LINK_LOG ? 0.7 : 2;
	look_at_labels(data, s);
	params->rounds = (int) option[BOOST_ROUNDS].number;
	params->learning_rate = option[BOOST_LEARNING_RATE].number;
	params->max_leaves = (int) option[BOOST_MAX_LEAVES].number;
	params->max_depth = (int) option[BOOST_MAX_DEPTH].number;
	params->min_leaf = (int) option[BOOST_MIN_LEAF].number;
	params->min_hessian = option[BOOST_MIN_HESSIAN].number;
	params->lambda = option[BOOST_LAMBDA].number;
	params->max_step = ldexp(option[BOOST_MAX_STEP].number, -s->exponent);
	params->sample_fraction = option[BOOST_SAMPLE_FRACTION].number;
	params->feature_fraction = option[BOOST_FEATURE_FRACTION].number;
	params->seed = (uint64) option[BOOST_SEED].number;
	params->patience = (int) option[BOOST_EARLY_STOPPING].number;
	run->validation = option[BOOST_VALIDATION].number;
	if (rint(data->rows * run->validation) < HELD_LEAST)
		params->patience = 0;
	run->max_bins = (int) option[BOOST_MAX_BINS].number;
}

static void
report_metric(LearnReport *report, const char *name, double value)
{
	report->metric[report->metrics].name = name;
	report->metric[report->metrics++].value = value;
}

/* A total loss of the rows kept as that of one row, in the label's unit. */
static double
mean_loss(const BoostShared *s, double loss)
{
	return Min(ldexp(loss / s->held_weight, 2 * s->exponent), DBL_MAX);
}

static void
boost_train(const LearnData *data, OptionValue *option, ByteWriter *out, LearnReport *report)
{
	BoostRun	run = {.data = data};
	BoostHeader head = {0};
	Size		size;

	for (int f = 0; f < data->features; f++)
		if (data->feature[f].levels > BINS_MAX - 1)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("feature \"%s\" has %d levels, and a tree takes at most %d",
							data->feature[f].name, data->feature[f].levels, BINS_MAX - 1),
					 errhint("Leave out a column that names single rows, or group its values.")));
	read_params(data, option, &run);
	size = lay_out(&run.layout, data, run.max_bins);
	if ((double) run.layout.params.rounds * run.layout.sums > TREES_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%d rounds of %d classes are more than %d trees",
						run.layout.params.rounds, run.layout.sums, TREES_MAX),
				 errhint("Lower option \"rounds\".")));
	run.bins = crimeml_array(FeatureBins, data->features);
	run.importance = crimeml_array(double, data->features);
	run.base = crimeml_array(double, run.layout.sums);
	writer_init(&run.packed);
	parallel_team(PARALLEL_BOOST, run.layout.params.rounds * run.layout.sums,
				  (double) data->rows * run.layout.sums < PARALLEL_WORTH ? 0 : run.layout.sums - 1,
				  "boosting", size, boost_fill, boost_finish, boost_collect, &run);

	report_metric(report, "rounds", run.found.best_round);
	if (run.found.held > 0)
	{
		report_metric(report, "validation_rows", run.held);
		report_metric(report, "validation_by_time", run.by_time);
		report_metric(report, "validation_loss", mean_loss(&run.found, run.found.best_loss));
		report_metric(report, "validation_loss_baseline",
					  mean_loss(&run.found, run.found.base_loss));
	}
	head.link = run.layout.link;
	head.sums = run.layout.sums;
	head.base = run.base;
	head.bins = run.bins;
	head.importance = run.importance;
	head.trees = run.trees;
	boost_write_header(&head, data->features, out);
	write_bytes(out, run.packed.data, run.packed.len);
}

static Size
boost_memory(const LearnData *data, const OptionValue *option)
{
	BoostShared s = {0};
	int			max_bins = (int) option[BOOST_MAX_BINS].number;
	double		processes;
	double		leaves;
	Size		shared;

	s.link = data->classes == 0 ? LINK_IDENTITY : data->classes == 2 ? LINK_LOGIT : LINK_SOFTMAX;
	s.params.patience = (int) option[BOOST_EARLY_STOPPING].number;
	s.params.min_leaf = (int) option[BOOST_MIN_LEAF].number;
	s.params.max_leaves = option[BOOST_MAX_LEAVES].number != OPTION_AUTO ?
		(int) option[BOOST_MAX_LEAVES].number : option[BOOST_MAX_DEPTH].number == 0 ?
		MAX_LEAVES_DEFAULT : 1 << (int) Min(option[BOOST_MAX_DEPTH].number, 16);
	shared = lay_out(&s, data, max_bins);
	for (int f = 0; f < data->features; f++)
		s.cells += Min(most_bins(&data->feature[f], max_bins), data->rows + 2);
	processes = Min(1 + max_parallel_maintenance_workers, s.sums);
	leaves = Min(s.params.max_leaves, (double) data->rows / s.params.min_leaf);
	/* all trees thrice: as they are collected, in the payload, and in the model */
	return add_size(add_size(shared, (Size) (processes * boost_grow_memory(&s))),
					(Size) (data->rows * 2.0 * (sizeof(uint64) + sizeof(uint32)) +
							3 * option[BOOST_ROUNDS].number * s.sums * leaves *
							(sizeof(double) + 8.0)));
}

const OptionTable boost_agg_options = {
	"boost_agg", boost_spec, BOOST_OPTIONS, &learner_options, "{\"rounds\": 100}"
};

const Learner boost_learner = {
	.base = {
		.name = "boost",
		.code = 3,
		.options = &boost_agg_options,
		.lower = "option \"rounds\", \"max_leaves\" or the number of rows",
		.elsewhere = true,
		.decode = boost_decode,
	},
	.takes_weight = true,
	.takes_offset = true,
	.takes_time = true,
	.turned_axes = true,
	.train = boost_train,
	.memory = boost_memory,
	.predict = boost_predict,
	.scratch = boost_scratch,
	.importance = boost_importance,
	.nodes = boost_nodes,
	.sums = boost_sums,
	.margins = boost_margins,
	.explainer = boost_explainer,
	.explain = boost_explain,
};

/*
 * permutation.c
 *		importance(model, source): how much worse the model gets on given rows
 *		when it is told of one column at a time what belongs to other rows.
 *
 * Breiman (2001), but on rows of a source in the place of out-of-bag ones.
 * What is permuted is an input, that is a column: the two features of a point,
 * or the three of a time, stay together, since a place made up of the x of one
 * row and the y of another would be judged where no incident ever was.
 *
 * Rows are kept encoded, in the order in which the source gives them; the
 * permutation of input i in repeat r is drawn from a generator seeded by
 * (seed, r * inputs + i).
 */
#include "model/cache.h"

#include <math.h>

#include "data/source.h"
#include "learn/metrics.h"
#include "model/label.h"
#include "model/predictor.h"
#include "rows.h"
#include "utf8.h"
#include "utils/builtins.h"

#define MAX_REPEATS 1000

/* The rows of the source, and what it takes to predict them. */
typedef struct Sample
{
	const RowsModel *model;
	Predictor	predictor;
	LabelReader label;
	Progress	progress;
	int64		read;			/* rows of the source; then rows predicted */
	uint32		rows;			/* with a label */
	uint32		capacity;
	double	   *feature;		/* all of a row, row after row */
	int32	   *class;			/* one of the two is there */
	double	   *value;
	double	   *exposure;		/* beside value */
	uint32	   *from;			/* the row whose input a row is given */
	MemoryContext scratch;
} Sample;

/* How good the model is; what its task does not have is NaN. */
typedef struct Score
{
	double		accuracy;
	double		log_loss;
	double		r2;
	double		rmse;
} Score;

/* What one input adds up to over the repeats. */
typedef struct Fall
{
	int			input;
	double		importance;		/* fall of accuracy, or of r2 */
	double		deviation;		/* of that between repeats */
	double		log_loss_rise;
	double		rmse_rise;
} Fall;

/* Room for more rows, within the memory limit. */
static void
sample_grow(Sample *s)
{
	uint32		capacity = s->capacity * 2;
	Size		features = s->model->schema->nfeatures;

	if (capacity > (uint32) PG_INT32_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the source has more than %u rows", s->rows),
				 errhint("Take a sample of them.")));
	crimeml_check_memory(mul_size(capacity, (features + (s->class != NULL ? 2 : 3)) * sizeof(double)),
						 psprintf("permuting more than %u rows", s->rows),
						 "the number of rows in the source");
	s->capacity = capacity;
	s->feature = crimeml_realloc(s->feature, s->rows, capacity, mul_size(features, sizeof(double)));
	if (s->class != NULL)
		s->class = crimeml_realloc(s->class, s->rows, capacity, sizeof(int32));
	else
	{
		s->value = crimeml_realloc(s->value, s->rows, capacity, sizeof(double));
		s->exposure = crimeml_realloc(s->exposure, s->rows, capacity, sizeof(double));
	}
}

static void
sample_init(Sample *s, const RowsModel *model)
{
	memset(s, 0, sizeof(*s));
	s->model = model;
	predictor_init(&s->predictor, CurrentMemoryContext, model);
	label_init(&s->label, model);
	progress_start(&s->progress, "importance: reading", 0);
	s->capacity = 1024;
	s->feature = crimeml_array(double, mul_size(s->capacity, model->schema->nfeatures));
	if (model->task == TASK_CLASSIFY)
		s->class = crimeml_array(int32, s->capacity);
	else
	{
		s->value = crimeml_array(double, s->capacity);
		s->exposure = crimeml_array(double, s->capacity);
	}
	s->scratch = AllocSetContextCreate(CurrentMemoryContext, "crimeml importance",
									   ALLOCSET_DEFAULT_SIZES);
}

static void
sample_start(void *arg, TupleDesc desc)
{
	label_find(&((Sample *) arg)->label, desc);
}

static void
sample_row(void *arg, TupleDesc desc, Datum *values, bool *isnull)
{
	Sample	   *s = arg;
	int			column = s->label.column;

	if ((++s->read & 1023) == 0)
		progress_step(&s->progress, s->read);
	if (isnull[column])
		return;
	if (s->rows == s->capacity)
		sample_grow(s);
	encode_columns(s->predictor.encoder, desc, values, isnull,
				   s->feature + (Size) s->rows * s->model->schema->nfeatures);
	if (isnan(encoder_exposure(s->predictor.encoder)))
		return;
	if (s->class != NULL)
		s->class[s->rows] = label_class(&s->label, values[column]);
	else
	{
		s->value[s->rows] = label_number(&s->label, values[column]);
		s->exposure[s->rows] = encoder_exposure(s->predictor.encoder);
	}
	s->rows++;
}

/* How good the model is when the input is another row's (NULL: all is own). */
static void
sample_score(Sample *s, const SchemaInput *input, Score *score)
{
	const RowsModel *model = s->model;
	double	   *row = s->predictor.row;
	int			features = model->schema->nfeatures;
	MemoryContext old = MemoryContextSwitchTo(s->scratch);
	ClassMetrics *classes = NULL;
	ValueMetrics values;

	if (s->class != NULL)
		classes = class_metrics_create(model->classes, model->class_share);
	value_metrics_start(&values, model->label_mean);
	for (uint32 i = 0; i < s->rows; i++)
	{
		const double *result;

		memcpy(row, s->feature + (Size) i * features, sizeof(double) * features);
		if (input != NULL)
			memcpy(row + input->first,
				   s->feature + (Size) s->from[i] * features + input->first,
				   sizeof(double) * input->count);
		if (s->exposure != NULL)
			s->predictor.exposure = s->exposure[i];
		result = predictor_run(&s->predictor);
		if (classes != NULL)
			class_metrics_add(classes, s->class[i], result);
		else
			value_metrics_add_for(&values, s->value[i], result[0], s->predictor.exposure);
		CHECK_FOR_INTERRUPTS();
		if ((++s->read & 1023) == 0)
			progress_step(&s->progress, s->read);
	}

	score->accuracy = score->log_loss = score->r2 = score->rmse = NAN;
	if (classes != NULL)
	{
		ClassScores own;
		ClassScores baseline;

		class_metrics_scores(classes, &own, &baseline);
		score->accuracy = own.accuracy;
		score->log_loss = own.log_loss;
	}
	else
	{
		ValueScores own;
		ValueScores baseline;

		value_metrics_scores(&values, &own, &baseline);
		score->r2 = own.r2;
		score->rmse = own.rmse;
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(s->scratch);
}

/* A random order (Fisher and Yates, as in Knuth 3.4.2, algorithm P). */
static void
sample_permute(Sample *s, uint64 seed, uint64 item)
{
	Random		random;

	random_seed(&random, seed, item);
	for (uint32 i = 0; i < s->rows; i++)
	{
		uint32		j = random_below(&random, i + 1);

		if ((i & 0xFFFF) == 0)
			CHECK_FOR_INTERRUPTS();
		s->from[i] = s->from[j];
		s->from[j] = i;
	}
}

/* What permuting one input costs. */
static void
measure_fall(Sample *s, int input, int repeats, uint64 seed, const Score *own, Fall *fall)
{
	const Schema *schema = s->model->schema;
	Scatter		scatter = SCATTER_EMPTY;

	fall->input = input;
	for (int r = 0; r < repeats; r++)
	{
		Score		score;
		double		importance;

		sample_permute(s, seed, (uint64) r * schema->ninputs + input);
		sample_score(s, &schema->input[input], &score);
		importance = s->class != NULL ? own->accuracy - score.accuracy : own->r2 - score.r2;
		fall->importance += (importance - fall->importance) / (r + 1);
		scatter_add(&scatter, importance);
		fall->log_loss_rise += (score.log_loss - own->log_loss) / repeats;
		fall->rmse_rise += (score.rmse - own->rmse) / repeats;
	}
	fall->deviation = repeats > 1 ? squares_rms(&scatter.squares, repeats - 1) : NAN;
}

/* Largest first, NaN last; of equal ones the first input. */
static int
compare_falls(const void *a, const void *b)
{
	const Fall *x = a;
	const Fall *y = b;

	if (x->importance > y->importance || (isnan(y->importance) && !isnan(x->importance)))
		return -1;
	if (y->importance > x->importance || (isnan(x->importance) && !isnan(y->importance)))
		return 1;
	return x->input - y->input;
}

PG_FUNCTION_INFO_V1(crimeml_importance_permuted);

/* importance(model, source, repeats, seed): by permutation. */
Datum
crimeml_importance_permuted(PG_FUNCTION_ARGS)
{
	const RowsModel *model = rows_model_arg(fcinfo, 0, "importance", 0, NULL, NULL);
	const Schema *schema = model->schema;
	int			repeats = PG_GETARG_INT32(2);
	uint64		seed = (uint64) PG_GETARG_INT64(3);
	Fall	   *fall = crimeml_array(Fall, schema->ninputs);
	Rows		rows;
	Sample		s;
	Score		own;

	if (repeats < 1 || repeats > MAX_REPEATS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"repeats\" must be 1 to %d, not %d", MAX_REPEATS, repeats),
				 errhint("5 to 10 show well how far chance reaches.")));
	rows_begin(&rows, fcinfo);
	sample_init(&s, model);
	(void) source_read("importance", text_to_cstring(PG_GETARG_TEXT_PP(1)),
					   sample_start, sample_row, &s);
	label_tell_none("importance", s.read, s.rows);

	if (s.rows > 0)
	{
		s.from = crimeml_array(uint32, s.rows);
		s.read = 0;
		progress_start(&s.progress, "importance: predicting permuted rows",
					   (int64) s.rows * (1 + (int64) schema->ninputs * repeats));
		sample_score(&s, NULL, &own);
	}
	for (int i = 0; i < schema->ninputs; i++)
		if (s.rows > 0)
			measure_fall(&s, i, repeats, seed, &own, &fall[i]);
		else
			fall[i] = (Fall) {i, NAN, NAN, NAN, NAN};
	qsort(fall, schema->ninputs, sizeof(Fall), compare_falls);

	for (int i = 0; i < schema->ninputs; i++)
	{
		rows_text(&rows, text_from_utf8(schema->input[fall[i].input].name));
		rows_float8(&rows, fall[i].importance);
		rows_float8(&rows, fall[i].deviation);
		rows_float8(&rows, fall[i].log_loss_rise);
		rows_float8(&rows, fall[i].rmse_rise);
		rows_end(&rows);
	}
	return (Datum) 0;
}

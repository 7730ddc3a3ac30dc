/*
 * explain.c
 *		What a model's answer to a row is made of: explain() and
 *		explain_classes().
 */
#include "model/cache.h"

#include <math.h>

#include "common/shortest_dec.h"
#include "learn/metrics.h"
#include "model/predictor.h"
#include "rows.h"
#include "utf8.h"
#include "utils/builtins.h"

/* By how much contributions may miss what they explain, in its own size. */
#define TOLERANCE 1e-9

/* What a call site keeps while its model stays the same. */
typedef struct ExplainUse
{
	Predictor	predictor;		/* its model is NULL before the first call */
	const GivenValue *given;	/* by the row, of each input */
	LearnPlayers inputs;		/* whose features are known together */
	LearnPlayers parts;			/* each feature for itself */
} ExplainUse;

/* A row, what a model says of it, and why. */
typedef struct Explanation
{
	const RowsModel *model;
	const ExplainUse *use;
	const LearnPlayers *players;
	const double *said;			/* by the model: of each class, or the one value */
	const double *explained;	/* the same, or before the link */
	double	   *contribution;	/* of each player, then what is expected */
	int		   *order;			/* of the players: largest contribution first */
} Explanation;

static void
start_use(ExplainUse *use, MemoryContext context, const RowsModel *model)
{
	const Schema *schema = model->schema;
	int		   *input = crimeml_alloc(context, schema->nfeatures, sizeof(int));
	int		   *part = crimeml_alloc(context, schema->nfeatures, sizeof(int));

	for (int i = 0; i < schema->ninputs; i++)
		for (int k = 0; k < schema->input[i].count; k++)
			input[schema->input[i].first + k] = i;
	for (int f = 0; f < schema->nfeatures; f++)
		part[f] = f;
	use->inputs = (LearnPlayers) {schema->ninputs, input};
	use->parts = (LearnPlayers) {schema->nfeatures, part};
	predictor_init(&use->predictor, context, model);
	use->given = encoder_keep_given(use->predictor.encoder);
}

/* The model and the row of the arguments, and what the model says of it. */
static void
ask_model(FunctionCallInfo fcinfo, FeaturesType type, bool by_part, const char *function,
		  Explanation *e)
{
	void	   *extra;
	MemoryContext context;
	const RowsModel *model = rows_model_arg(fcinfo, 0, function, sizeof(ExplainUse), &extra, &context);
	ExplainUse *use = extra;

	if (model->learner->explain == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s cannot explain models of algorithm \"%s\"",
						function, model->base.algorithm->name)));
	if (use->predictor.model == NULL)
		start_use(use, context, model);
	predictor_read(&use->predictor, fcinfo, 1, type, function);
	e->model = model;
	e->use = use;
	e->said = e->explained = predictor_run(&use->predictor);
	if (model->learner->margins != NULL)
	{
		double	   *margins = crimeml_array(double, Max(model->classes, 1));

		model->learner->margins(model->base.engine, use->predictor.scratch, use->predictor.row,
								margins);
		e->explained = margins;
	}
	e->players = by_part ? &use->parts : &use->inputs;
	e->order = crimeml_array(int, e->players->n);
}

/* Explain a class, or with -1 all, and see that it adds up. */
static void
explain_row(Explanation *e, int class)
{
	const RowsModel *model = e->model;
	int			outputs = class < 0 ? Max(model->classes, 1) : 1;
	int			n = e->players->n + 1;
	double		size;

	e->contribution = crimeml_array(double, mul_size(outputs, n));
	size = model->learner->explain(model_explainer(model), e->use->predictor.row, e->players,
								   class, e->contribution);
	for (int i = 0; i < outputs; i++)
	{
		const double *contribution = e->contribution + (Size) i * n;
		double		said = e->explained[class < 0 ? i : class];
		double		off = -said;

		for (int p = 0; p < n; p++)
		{
			if (!isfinite(contribution[p]))
				ereport(ERROR,
						(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						 errmsg("a contribution is beyond the range of double precision")));
			off += contribution[p];
		}
		if (!(fabs(off) <= TOLERANCE * size))
			elog(ERROR, "contributions miss what the model says, %g, by %g", said, off);
	}
}

/* ----------
 * Rows
 * ----------
 */

/* A feature's number, as far as it is known. */
static char *
number_text(double number)
{
	return isnan(number) ? NULL : double_to_shortest_decimal(number);
}

/* What the row has for an input. */
static const char *
input_text(const Explanation *e, int i)
{
	const SchemaInput *input = &e->model->schema->input[i];
	const double *number = e->use->predictor.row + input->first;
	const GivenValue *given = &e->use->given[i];

	switch (input->kind)
	{
		case INPUT_NUMBER:
			return number_text(number[0]);
		case INPUT_BOOLEAN:
			return isnan(number[0]) ? NULL : number[0] != 0 ? "true" : "false";
		case INPUT_CATEGORY:
			return given->given ? given->category : NULL;
		case INPUT_POINT:
			return isnan(number[0]) ? NULL :
				psprintf("%s %s", number_text(number[0]), number_text(number[1]));
		default:
			return given->given ? rows_model_time_text(e->model, input->kind, given->moment) : NULL;
	}
}

/* What the row has for a player: an input, or a part of one. */
static void
put_player(Rows *rows, const Explanation *e, int player)
{
	const Schema *schema = e->model->schema;
	int			i = player;
	const SchemaInput *input;

	if (e->players == &e->use->parts)
		i = e->use->inputs.of[player];
	input = &schema->input[i];
	if (e->players == &e->use->inputs || input->count == 1)
	{
		rows_text(rows, text_from_utf8(input->name));
		rows_text(rows, input_text(e, i));
	}
	else
	{
		rows_text(rows, text_from_utf8(schema->feature[player].name));
		rows_text(rows, number_text(e->use->predictor.row[player]));
	}
}

/* Largest first, whatever the sign; of equal ones the first player. */
static int
compare_players(const void *a, const void *b, void *arg)
{
	const double *contribution = arg;
	int			x = *(const int *) a;
	int			y = *(const int *) b;
	double		size_x = fabs(contribution[x]);
	double		size_y = fabs(contribution[y]);

	if (size_x != size_y)
		return size_x > size_y ? -1 : 1;
	return x - y;
}

/* What is explained. */
static char *
output_text(const RowsModel *model, int class)
{
	LearnSums	sums = {LINK_IDENTITY};
	const char *what = "probability";

	if (model->learner->margins != NULL)
		model->learner->sums(model->base.engine, &sums);
	if (model->task == TASK_REGRESS)
		return pstrdup(sums.link == LINK_LOG ? "logarithm of value" : "value");
	if (sums.link == LINK_LOGIT)
		what = "log odds";
	else if (sums.link == LINK_SOFTMAX)
		what = "score";
	return psprintf("%s of %s", what, text_to_cstring(model->class_name[class]));
}

/* What is expected, and what each player adds to it. */
static void
put_explanation(Rows *rows, const Explanation *e, const double *contribution, int class,
				bool all)
{
	const RowsModel *model = e->model;
	int			n = e->players->n;

	for (int p = 0; p < n; p++)
		e->order[p] = p;
	qsort_arg(e->order, n, sizeof(int), compare_players, unconstify(double *, contribution));
	for (int i = -1; i < n; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(rows->row);

		if (all)
			rows_put(rows, PointerGetDatum(model->class_name[class]));
		if (i >= 0)
		{
			put_player(rows, e, e->order[i]);
			rows_float8(rows, contribution[e->order[i]]);
		}
		else
		{
			rows_text(rows, "(base)");
			rows_text(rows, output_text(model, class));
			rows_float8(rows, contribution[n]);
		}
		MemoryContextSwitchTo(old);
		rows_end(rows);
	}
}

/* explain(model, features, class, by_part) */
static inline Datum
explain(FunctionCallInfo fcinfo, FeaturesType type)
{
	bool		by_part = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	Explanation e;
	Rows		rows;
	int			class = 0;

	rows_begin(&rows, fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	ask_model(fcinfo, type, by_part, "explain", &e);
	if (e.model->task == TASK_REGRESS)
	{
		if (!PG_ARGISNULL(2))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the model predicts a number, and has no class \"%s\"",
							text_to_cstring(PG_GETARG_TEXT_PP(2))),
					 errhint("Leave argument \"class\" out.")));
	}
	else if (PG_ARGISNULL(2))
		class = most_probable(e.said, e.model->classes);
	else
		class = rows_model_find_class(e.model, PG_GETARG_TEXT_PP(2));
	explain_row(&e, class);
	put_explanation(&rows, &e, e.contribution, class, false);
	return (Datum) 0;
}

/* explain_classes(model, features, by_part) */
static inline Datum
explain_classes(FunctionCallInfo fcinfo, FeaturesType type)
{
	bool		by_part = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	Explanation e;
	Rows		rows;

	rows_begin(&rows, fcinfo);
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		return (Datum) 0;
	ask_model(fcinfo, type, by_part, "explain_classes", &e);
	rows_model_require_task(e.model, TASK_CLASSIFY, "explain_classes");
	explain_row(&e, -1);
	for (int c = 0; c < e.model->classes; c++)
		put_explanation(&rows, &e, e.contribution + (Size) c * (e.players->n + 1), c, true);
	return (Datum) 0;
}

FEATURES_FUNCTIONS(explain)
FEATURES_FUNCTIONS(explain_classes)

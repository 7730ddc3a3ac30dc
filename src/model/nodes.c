/*
 * nodes.c
 *		What trees are made of: nodes(model) and rules(model).
 */
#include "model/cache.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "json.h"
#include "rows.h"
#include "utf8.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* A model of trees; an error for another, and for what is not of rows. */
static const RowsModel *
tree_model_arg(FunctionCallInfo fcinfo, const char *function)
{
	const RowsModel *model = rows_model_arg(fcinfo, 0, function, 0, NULL, NULL);

	if (model->learner->nodes == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s needs a model of trees, and this one is of algorithm \"%s\"",
						function, model->base.algorithm->name)));
	return model;
}

/* In the current context. */
static char *
feature_name(const RowsModel *model, int feature)
{
	return text_from_utf8(model->schema->feature[feature].name);
}

/* ----------
 * nodes(model)
 * ----------
 */
typedef struct NodesResult
{
	const RowsModel *model;
	Rows		rows;
} NodesResult;

/* The levels that go to the left. */
static void
put_levels(NodesResult *result, const LearnNode *node)
{
	const SchemaFeature *feature = &result->model->schema->feature[node->feature];
	MemoryContext old = MemoryContextSwitchTo(result->rows.row);
	Datum	   *level = palloc(sizeof(Datum) * Max(node->levels, 1));

	for (int i = 0; i < node->levels; i++)
		level[i] = CStringGetTextDatum(text_from_utf8(feature->level[node->level[i]]));
	rows_put(&result->rows, PointerGetDatum(construct_array(level, node->levels, TEXTOID, -1,
															false, TYPALIGN_INT)));
	MemoryContextSwitchTo(old);
}

/* The weight of each class in a leaf. */
static void
put_classes(NodesResult *result, const LearnNode *node)
{
	MemoryContext old = MemoryContextSwitchTo(result->rows.row);
	JsonWriter	json = {0};

	json_begin_object(&json, NULL);
	for (int i = 0; i < node->classes; i++)
		json_number(&json, text_to_cstring(result->model->class_name[node->class[i]]),
					node->weight[i]);
	json_end_object(&json);
	rows_put(&result->rows, JsonbPGetDatum(json.result));
	MemoryContextSwitchTo(old);
}

/* Value, class and probability of a leaf; of a split nothing. */
static void
put_leaf_says(Rows *rows, const RowsModel *model, const LearnNode *node)
{
	bool		leaf = node->feature < 0;
	bool		shares = leaf && node->classes > 0;

	rows_float8(rows, leaf && !shares ? node->value : NAN);
	if (leaf && model->task == TASK_CLASSIFY)
		rows_put(rows, PointerGetDatum(model->class_name[node->best]));
	else
		rows_null(rows);
	rows_float8(rows, shares ? node->probability : NAN);
}

static void
put_node(const LearnNode *node, void *arg)
{
	NodesResult *result = arg;
	const RowsModel *model = result->model;
	Rows	   *rows = &result->rows;
	bool		leaf = node->feature < 0;
	bool		category = !leaf && model->schema->feature[node->feature].is_category;
	MemoryContext old;

	rows_int32(rows, node->tree + 1);
	rows_int32(rows, node->node + 1);
	if (node->parent < 0)
	{
		rows_null(rows);
		rows_null(rows);
	}
	else
	{
		rows_int32(rows, node->parent + 1);
		rows_text(rows, node->right ? "right" : "left");
	}
	rows_float8(rows, node->cover);

	old = MemoryContextSwitchTo(rows->row);
	rows_text(rows, leaf ? NULL : feature_name(model, node->feature));
	MemoryContextSwitchTo(old);
	rows_float8(rows, leaf || category ? NAN : node->threshold);
	if (category)
		put_levels(result, node);
	else
		rows_null(rows);
	rows_text(rows, leaf ? NULL : node->missing_left ? "left" : "right");

	put_leaf_says(rows, model, node);
	if (leaf && node->classes > 0)
		put_classes(result, node);
	else
		rows_null(rows);
	rows_end(rows);
}

PG_FUNCTION_INFO_V1(crimeml_nodes);

/* nodes(model): a row a node, tree by tree, each in preorder. */
Datum
crimeml_nodes(PG_FUNCTION_ARGS)
{
	NodesResult result;

	result.model = tree_model_arg(fcinfo, "nodes");
	rows_begin(&result.rows, fcinfo);
	result.model->learner->nodes(result.model->base.engine, put_node, &result);
	return (Datum) 0;
}

/* ----------
 * rules(model)
 * ----------
 */

/* Levels that a rule names, at most. */
#define LEVELS_SHOWN 20

/* What is kept of a split while the leaves below it are visited. */
typedef struct PathSplit
{
	int32		node;
	bool		right;
	int			feature;
	double		threshold;
	bool		missing_left;
	bool	   *left;			/* of each level of a category; else NULL */
} PathSplit;

typedef struct RulesResult
{
	const RowsModel *model;
	Rows		rows;
	int			tree;
	int			rule;			/* leaves of the tree so far */
	int			depth;			/* splits on the way to the node, from the root */
	int			capacity;
	PathSplit  *split;
	MemoryContext context;		/* of the splits */
} RulesResult;

/* What a path says of one feature. */
typedef struct Condition
{
	int			feature;
	bool		missing;		/* rows in which it is missing come along */
	double		above;			/* number */
	double		up_to;
	bool	   *level;			/* category: those that come along */
} Condition;

/* Back to the parent of a node, which in preorder is on the way to the one before. */
static void
leave_splits(RulesResult *result, const LearnNode *node)
{
	while (result->depth > 0 && result->split[result->depth - 1].node != node->parent)
	{
		bool	   *left = result->split[--result->depth].left;

		if (left != NULL)
			pfree(left);
	}
}

static void
keep_split(RulesResult *result, const LearnNode *node)
{
	MemoryContext old = MemoryContextSwitchTo(result->context);
	const SchemaFeature *feature = &result->model->schema->feature[node->feature];
	PathSplit  *split;

	if (result->depth == result->capacity)
	{
		int			capacity = Max(64, 2 * result->capacity);

		result->split = result->split == NULL ? crimeml_array(PathSplit, capacity) :
			crimeml_realloc(result->split, result->capacity, capacity, sizeof(PathSplit));
		result->capacity = capacity;
	}
	split = &result->split[result->depth++];
	split->node = node->node;
	split->right = node->right;
	split->feature = node->feature;
	split->threshold = node->threshold;
	split->missing_left = node->missing_left;
	split->left = NULL;
	if (feature->is_category)
	{
		split->left = crimeml_array(bool, Max(feature->levels, 1));
		for (int i = 0; i < node->levels; i++)
			split->left[node->level[i]] = true;
	}
	MemoryContextSwitchTo(old);
}

/* Take a split on the way to a leaf into the condition on its feature. */
static void
narrow(Condition *condition, const PathSplit *split, bool right, int32 levels)
{
	condition->missing &= split->missing_left != right;
	if (split->left != NULL)
	{
		for (int i = 0; i < levels; i++)
			condition->level[i] &= split->left[i] != right;
	}
	else if (right)
		condition->above = Max(condition->above, split->threshold);
	else
		condition->up_to = Min(condition->up_to, split->threshold);
}

/* A level's name, quoted where it would not be clear where it ends. */
static void
append_level(StringInfo text, const char *name)
{
	bool		plain = name[0] != '\0' && name[0] != ' ' && name[strlen(name) - 1] != ' ' &&
		strpbrk(name, ",()'") == NULL;

	appendStringInfoString(text, plain ? name : quote_literal_cstr(name));
}

/* "district in (05, 07)", or what it is not in where that is shorter. */
static void
append_levels(StringInfo text, const char *name, const Condition *condition,
			  const SchemaFeature *feature, int allowed)
{
	bool		in = allowed <= feature->levels / 2;
	int			shown = 0;

	appendStringInfo(text, in ? "%s in (" : "%s not in (", name);
	for (int i = 0; i < feature->levels; i++)
	{
		if (condition->level[i] != in)
			continue;
		if (shown++ >= LEVELS_SHOWN)
			continue;
		if (shown > 1)
			appendStringInfoString(text, ", ");
		append_level(text, text_from_utf8(feature->level[i]));
	}
	if (shown > LEVELS_SHOWN)
		appendStringInfo(text, ", ... %d more", shown - LEVELS_SHOWN);
	appendStringInfoChar(text, ')');
}

/* "7.5 < hour <= 21.5", or on which side of a cut a boolean is. */
static void
append_bounds(StringInfo text, const char *name, const Condition *condition, bool is_boolean)
{
	bool		above = !isinf(condition->above);

	if (is_boolean)
	{
		appendStringInfo(text, "%s is %s", name, above ? "true" : "false");
		return;
	}
	if (above && !isinf(condition->up_to))
		appendStringInfo(text, "%s < %s", double_to_shortest_decimal(condition->above), name);
	else if (above)
		appendStringInfo(text, "%s > %s", name, double_to_shortest_decimal(condition->above));
	else
		appendStringInfoString(text, name);
	if (!isinf(condition->up_to))
		appendStringInfo(text, " <= %s", double_to_shortest_decimal(condition->up_to));
}

/* The input that a feature is made of is a boolean. */
static bool
feature_is_boolean(const Schema *schema, int feature)
{
	int			i = 0;

	while (schema->input[i].first + schema->input[i].count <= feature)
		i++;
	return schema->input[i].kind == INPUT_BOOLEAN;
}

/* What a path asks of one feature; nothing where every row does. */
static void
append_condition(StringInfo text, const RowsModel *model, const Condition *condition)
{
	const SchemaFeature *feature = &model->schema->feature[condition->feature];
	char	   *name = feature_name(model, condition->feature);
	int			allowed = 0;	/* levels */
	bool		every;			/* value does */
	bool		none;			/* does */

	if (feature->is_category)
	{
		for (int i = 0; i < feature->levels; i++)
			allowed += condition->level[i];
		every = allowed == feature->levels;
		none = allowed == 0;
	}
	else
	{
		every = condition->above == -INFINITY && condition->up_to == INFINITY;
		none = condition->above >= condition->up_to;
	}
	if (every && condition->missing)
		return;

	if (text->len > 0)
		appendStringInfoString(text, " and ");
	if (none)
	{
		appendStringInfo(text, condition->missing ? "%s is missing" : "%s is impossible", name);
		return;
	}
	if (every)
		appendStringInfo(text, "%s is known", name);
	else if (feature->is_category)
		append_levels(text, name, condition, feature, allowed);
	else
		append_bounds(text, name, condition,
					  feature_is_boolean(model->schema, condition->feature));
	if (condition->missing)
		appendStringInfoString(text, " (or missing)");
}

/* The conditions on the way from the root to a leaf, one a feature, in words. */
static char *
rule_text(const RulesResult *result, const LearnNode *leaf)
{
	const Schema *schema = result->model->schema;
	Condition **condition = palloc0(sizeof(Condition *) * schema->nfeatures);
	int		   *order = palloc(sizeof(int) * schema->nfeatures);
	int			n = 0;
	bool		right = leaf->right;
	StringInfoData text;

	for (int at = result->depth - 1; at >= 0; at--)
	{
		const PathSplit *split = &result->split[at];
		const SchemaFeature *feature = &schema->feature[split->feature];
		Condition  *c = condition[split->feature];

		if (c == NULL)
		{
			c = condition[split->feature] = palloc0(sizeof(Condition));
			c->feature = split->feature;
			c->missing = true;
			c->above = -INFINITY;
			c->up_to = INFINITY;
			if (feature->is_category)
				c->level = memset(palloc(Max(feature->levels, 1)), true, Max(feature->levels, 1));
			order[n++] = split->feature;
		}
		narrow(c, split, right, feature->levels);
		right = split->right;
	}

	initStringInfo(&text);
	while (n > 0)
		append_condition(&text, result->model, condition[order[--n]]);
	return text.len > 0 ? text.data : pstrdup("always");
}

static void
put_rule(const LearnNode *node, void *arg)
{
	RulesResult *result = arg;
	const RowsModel *model = result->model;
	Rows	   *rows = &result->rows;
	MemoryContext old;

	if (node->tree != result->tree)
	{
		result->tree = node->tree;
		result->rule = 0;
	}
	leave_splits(result, node);
	if (node->feature >= 0)
	{
		keep_split(result, node);
		return;
	}
	rows_int32(rows, node->tree + 1);
	rows_int32(rows, ++result->rule);
	old = MemoryContextSwitchTo(rows->row);
	rows_text(rows, rule_text(result, node));
	MemoryContextSwitchTo(old);
	rows_float8(rows, node->cover);
	put_leaf_says(rows, model, node);
	rows_end(rows);
}

PG_FUNCTION_INFO_V1(crimeml_rules);

/* rules(model): each leaf in words. */
Datum
crimeml_rules(PG_FUNCTION_ARGS)
{
	RulesResult result = {0};

	result.model = tree_model_arg(fcinfo, "rules");
	result.tree = -1;
	result.context = AllocSetContextCreate(CurrentMemoryContext, "crimeml rules",
										   ALLOCSET_DEFAULT_SIZES);
	rows_begin(&result.rows, fcinfo);
	result.model->learner->nodes(result.model->base.engine, put_rule, &result);
	return (Datum) 0;
}

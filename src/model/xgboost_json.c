/*
 * xgboost_json.c
 *		What XGBoost wrote of a model as JSON, read.
 *
 * The text is read by PostgreSQL's parser as it comes and is never a jsonb value,
 * which holds 256 MB at most, takes several times the text, and is made without
 * a look at interrupts.  What a value is follows from the place where it stands.
 */
#include "model/xgboost_json.h"

#include <math.h>

#include "common/jsonapi.h"
#include "json.h"
#include "utils/jsonfuncs.h"

/* What a node takes while it is read, sorted and written. */
#define NODE_BYTES (sizeof(ImportedNode) + 4 * sizeof(double))

/* And a tree besides, with what allocating takes. */
#define TREE_BYTES (2 * sizeof(ImportedTree) + 64)

/* The lists that a tree has, one entry a node. */
enum
{
	LIST_LEFT,
	LIST_RIGHT,
	LIST_FEATURE,
	LIST_VALUE,
	LIST_MISSING,
	LIST_HESSIAN,
	LIST_REQUIRED,
	LIST_GAIN = LIST_REQUIRED,
	LIST_TYPE,
	LISTS
};

typedef enum Place
{
	AT_NOTHING,
	AT_TOP,
	AT_VERSION,
	AT_LEARNER,
	AT_NAMES,
	AT_TYPES,
	AT_BOOSTER,
	AT_BOOSTER_NAME,
	AT_MODEL,
	AT_TREE_INFO,
	AT_TREES,
	AT_TREE_PARAM,
	AT_LEAF_VECTOR,
	AT_PARAM,
	AT_BASE_SCORE,
	AT_CLASSES,
	AT_FEATURES,
	AT_TARGETS,
	AT_OBJECTIVE,
	AT_OBJECTIVE_NAME,
	AT_LIST,					/* and the others after it */
	AT_ITEM = 64				/* added to that of a list: what stands in it */
} Place;

#define AT_TREE (AT_TREES + AT_ITEM)

static const struct
{
	int			parent;
	const char *key;
	int			place;
}			places[] = {
	{AT_TOP, "version", AT_VERSION},
	{AT_TOP, "learner", AT_LEARNER},
	{AT_LEARNER, "feature_names", AT_NAMES},
	{AT_LEARNER, "feature_types", AT_TYPES},
	{AT_LEARNER, "gradient_booster", AT_BOOSTER},
	{AT_BOOSTER, "name", AT_BOOSTER_NAME},
	{AT_BOOSTER, "model", AT_MODEL},
	{AT_MODEL, "tree_info", AT_TREE_INFO},
	{AT_MODEL, "trees", AT_TREES},
	{AT_TREE, "tree_param", AT_TREE_PARAM},
	{AT_TREE_PARAM, "size_leaf_vector", AT_LEAF_VECTOR},
	{AT_TREE, "left_children", AT_LIST + LIST_LEFT},
	{AT_TREE, "right_children", AT_LIST + LIST_RIGHT},
	{AT_TREE, "split_indices", AT_LIST + LIST_FEATURE},
	{AT_TREE, "split_conditions", AT_LIST + LIST_VALUE},
	{AT_TREE, "default_left", AT_LIST + LIST_MISSING},
	{AT_TREE, "sum_hessian", AT_LIST + LIST_HESSIAN},
	{AT_TREE, "loss_changes", AT_LIST + LIST_GAIN},
	{AT_TREE, "split_type", AT_LIST + LIST_TYPE},
	{AT_LEARNER, "learner_model_param", AT_PARAM},
	{AT_PARAM, "base_score", AT_BASE_SCORE},
	{AT_PARAM, "num_class", AT_CLASSES},
	{AT_PARAM, "num_feature", AT_FEATURES},
	{AT_PARAM, "num_target", AT_TARGETS},
	{AT_LEARNER, "objective", AT_OBJECTIVE},
	{AT_OBJECTIVE, "name", AT_OBJECTIVE_NAME},
};

typedef struct NumberList
{
	int32		n;
	int32		capacity;
	double	   *number;
} NumberList;

typedef struct Reading
{
	XgboostModel *model;
	NumberList	list[LISTS];	/* of the tree that is being read */
	int64		nodes;
	Size		text_bytes;
	int			next;			/* the place of the value that comes */
	int			depth;
	int			capacity;
	uint8	   *place;			/* of what is open */
} Reading;

#if PG_VERSION_NUM >= 160000
typedef JsonParseErrorType Heard;
#define HEARD return JSON_SUCCESS
#else
typedef void Heard;
#define HEARD return
#endif

/* Room for one more in a list. */
#define MAKE_ROOM(array, n, capacity, type) \
	do { \
		if ((n) == 0 && (capacity) == 0) \
		{ \
			(capacity) = 64; \
			(array) = palloc(sizeof(type) * (capacity)); \
		} \
		else if ((n) == (capacity)) \
		{ \
			if ((capacity) > PG_INT32_MAX / 2) \
				boost_import_error("It has too many nodes."); \
			(array) = crimeml_realloc((array), (n), 2 * (Size) (capacity), sizeof(type)); \
			(capacity) *= 2; \
		} \
	} while (0)

int32
xgboost_count(const char *text, const char *what)
{
	char	   *end;
	long		value;

	errno = 0;
	value = text != NULL ? strtol(text, &end, 10) : -1;
	if (text == NULL || end == text || *end != '\0' || errno != 0 || value < 0 ||
		value > PG_INT32_MAX)
		boost_import_error(psprintf("It does not say %s.", what));
	return (int32) value;
}

/* An entry of one of a tree's lists. */
static double
read_entry(int list, const char *token, JsonTokenType type)
{
	char	   *end;
	double		value;

	if (type == JSON_TOKEN_TRUE || type == JSON_TOKEN_FALSE)
		return type == JSON_TOKEN_TRUE;
	value = strtof(token, &end);
	/* a float holds whole numbers up to 2^24 only */
	if (list <= LIST_FEATURE)
		value = strtod(token, &end);
	if (type != JSON_TOKEN_NUMBER || *end != '\0' || !isfinite(value))
		boost_import_error(psprintf("A tree has %s where a number is expected.",
									json_shortened(token, strlen(token))));
	if (list <= LIST_FEATURE && (value != rint(value) || fabs(value) > PG_INT32_MAX))
		boost_import_error(psprintf("A tree has %s where the number of a node or feature is expected.",
									json_shortened(token, strlen(token))));
	return value;
}

static void
add_text(TextList *list, char *text)
{
	if (list->n == LEARN_MAX_FEATURES)
		boost_import_error(psprintf("It has more than %d names of features.", LEARN_MAX_FEATURES));
	MAKE_ROOM(list->text, list->n, list->capacity, char *);
	list->text[list->n++] = text;
}

/* The trees read so far, and more bytes. */
static void
check_memory(const Reading *reading, Size more)
{
	Size		bytes = add_size(reading->text_bytes, more);

	bytes = add_size(bytes, mul_size(reading->nodes, NODE_BYTES));
	bytes = add_size(bytes, mul_size(reading->model->trees, TREE_BYTES));
	crimeml_check_memory(bytes, "taking in the model", "the number of its trees");
}

static void
begin_tree(Reading *reading)
{
	for (int i = 0; i < LISTS; i++)
		reading->list[i].n = 0;
}

static void
end_tree(Reading *reading)
{
	XgboostModel *model = reading->model;
	const NumberList *list = reading->list;
	ImportedTree tree = {.nodes = list[LIST_LEFT].n};

	for (int i = 0; i < LISTS; i++)
		if (list[i].n != tree.nodes && (i < LIST_REQUIRED || list[i].n > 0))
			boost_import_error(psprintf("Tree %d: its lists are not equally long.", model->trees));
	reading->nodes += tree.nodes;
	check_memory(reading, 0);
	tree.node = crimeml_array(ImportedNode, Max(tree.nodes, 1));
	for (int i = 0; i < tree.nodes; i++)
	{
		ImportedNode *node = &tree.node[i];

		node->left = (int32) list[LIST_LEFT].number[i];
		node->right = (int32) list[LIST_RIGHT].number[i];
		node->feature = (int32) list[LIST_FEATURE].number[i];
		node->value = (float) list[LIST_VALUE].number[i];
		node->missing_left = list[LIST_MISSING].number[i] != 0;
		node->hessian = (float) list[LIST_HESSIAN].number[i];
		node->gain = list[LIST_GAIN].n > 0 ? (float) list[LIST_GAIN].number[i] : 0;
		if (list[LIST_TYPE].n > 0 && list[LIST_TYPE].number[i] != 0)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("categorical splits of XGBoost are not supported"),
					 errdetail("Tree %d has one.", model->trees),
					 errhint("Train it with enable_categorical=False on a column for each category, or here with crimeml.boost_agg.")));
	}
	MAKE_ROOM(model->tree, model->trees, model->tree_capacity, ImportedTree);
	model->tree[model->trees++] = tree;
}

/* ----------
 * What the parser tells
 * ----------
 */
static void
open_place(Reading *reading)
{
	CHECK_FOR_INTERRUPTS();
	MAKE_ROOM(reading->place, reading->depth, reading->capacity, uint8);
	reading->place[reading->depth++] = (uint8) reading->next;
	reading->next = AT_NOTHING;
}

static Heard
object_start(void *state)
{
	Reading    *reading = state;

	if (reading->next == AT_TREE)
		begin_tree(reading);
	open_place(reading);
	HEARD;
}

static Heard
object_end(void *state)
{
	Reading    *reading = state;

	if (reading->place[--reading->depth] == AT_TREE)
		end_tree(reading);
	HEARD;
}

static Heard
field_start(void *state, char *name, bool isnull)
{
	Reading    *reading = state;

	reading->next = AT_NOTHING;
	for (int i = 0; i < lengthof(places); i++)
		if (places[i].parent == reading->place[reading->depth - 1] &&
			strcmp(places[i].key, name) == 0)
			reading->next = places[i].place;
	HEARD;
}

static Heard
field_end(void *state, char *name, bool isnull)
{
	pfree(name);
	HEARD;
}

static Heard
array_start(void *state)
{
	open_place(state);
	HEARD;
}

static Heard
array_end(void *state)
{
	((Reading *) state)->depth--;
	HEARD;
}

static Heard
element_start(void *state, bool isnull)
{
	Reading    *reading = state;
	int			list = reading->place[reading->depth - 1];

	reading->next = list > AT_NOTHING && list < AT_ITEM ? list + AT_ITEM : AT_NOTHING;
	HEARD;
}

static Heard
scalar(void *state, char *token, JsonTokenType type)
{
	Reading    *reading = state;
	XgboostModel *model = reading->model;
	int			list = reading->next - AT_ITEM - AT_LIST;
	bool		keep = false;

	CHECK_FOR_INTERRUPTS();
	if (list >= 0 && list < LISTS)
	{
		NumberList *numbers = &reading->list[list];

		if (numbers->n == numbers->capacity)
			check_memory(reading, mul_size(numbers->n, 2 * LISTS * sizeof(double)));
		MAKE_ROOM(numbers->number, numbers->n, numbers->capacity, double);
		numbers->number[numbers->n++] = read_entry(list, token, type);
	}
	else
	{
		keep = true;
		switch (reading->next)
		{
			case AT_VERSION + AT_ITEM:
				add_text(&model->version, token);
				break;
			case AT_NAMES + AT_ITEM:
				add_text(&model->names, token);
				break;
			case AT_TYPES + AT_ITEM:
				add_text(&model->types, token);
				break;
			case AT_TREE_INFO + AT_ITEM:
				MAKE_ROOM(model->tree_sum, model->tree_sums, model->sum_capacity, int32);
				model->tree_sum[model->tree_sums++] = xgboost_count(token, "to which class a tree adds");
				break;
			case AT_BOOSTER_NAME:
				model->booster = token;
				break;
			case AT_OBJECTIVE_NAME:
				model->objective = token;
				break;
			case AT_BASE_SCORE:
				model->base_score = token;
				break;
			case AT_CLASSES:
				model->num_class = token;
				break;
			case AT_FEATURES:
				model->num_feature = token;
				break;
			case AT_TARGETS:
				model->num_target = token;
				break;
			case AT_LEAF_VECTOR:
				if (xgboost_count(token, "of how many numbers its leaves are") > 1)
					ereport(ERROR,
							(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
							 errmsg("XGBoost models of several targets are not supported"),
							 errhint("Train a model for each target.")));
				break;
			default:
				keep = false;
		}
	}
	if (!keep)
		pfree(token);
	HEARD;
}

void
xgboost_read(text *json, XgboostModel *model)
{
	Reading		reading = {.model = model, .next = AT_TOP};
	JsonSemAction action = {0};

	memset(model, 0, sizeof(*model));
	reading.text_bytes = VARSIZE_ANY_EXHDR(json);
	check_memory(&reading, 0);
	action.semstate = &reading;
	action.object_start = object_start;
	action.object_end = object_end;
	action.object_field_start = field_start;
	action.object_field_end = field_end;
	action.array_start = array_start;
	action.array_end = array_end;
	action.array_element_start = element_start;
	action.scalar = scalar;
#if PG_VERSION_NUM >= 170000
	pg_parse_json_or_ereport(makeJsonLexContext(NULL, json, true), &action);
#else
	pg_parse_json_or_ereport(makeJsonLexContext(json, true), &action);
#endif
}

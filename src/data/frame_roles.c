/*
 * frame_roles.c
 *		Columns of the features' row that are no features: the weight of a row, and
 *		its exposure; and the time of a row, which is a feature besides.
 */
#include "data/frame_store.h"

#include <math.h>

#include "arguments.h"
#include "utils/builtins.h"
#include "utils/date.h"

/* What each may be; a weight may be 0 besides, and then the row is left out. */
#define WEIGHT_LEAST EXPOSURE_LEAST
#define WEIGHT_GREATEST 1e9

static const char *const role_words[] = {
	[ROLE_WEIGHT] = "weight",
	[ROLE_EXPOSURE] = "exposure",
	[ROLE_TIME] = "time"
};

static const double greatest[] = {
	[ROLE_WEIGHT] = WEIGHT_GREATEST,
	[ROLE_EXPOSURE] = EXPOSURE_GREATEST,
	[ROLE_TIME] = INFINITY
};

void
frame_set_roles(Frame *frame, const FrameRoles *roles)
{
	const char *name[] = {roles->weight, roles->exposure, roles->time ? "" : NULL};
	MemoryContext old = MemoryContextSwitchTo(frame->context);

	for (int r = 0; r < FRAME_ROLES; r++)
		if (name[r] != NULL)
			frame->role_name[r] = pstrdup(text_to_utf8(name[r], strlen(name[r])));
	if (roles->weight != NULL && roles->exposure != NULL &&
		strcmp(roles->weight, roles->exposure) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"weight\" and \"exposure\" name the same column, \"%s\"",
						roles->weight)));
	MemoryContextSwitchTo(old);
}

/* The column of a role; an error with the nearest name where there is none. */
static int
find_role(const RowShape *shape, int role, const char *name)
{
	const char **names = palloc(sizeof(char *) * Max(shape->nleaves, 1));
	const char *nearest;

	for (int i = 0; i < shape->nleaves; i++)
	{
		const RowLeaf *leaf = &shape->leaf[i];

		names[i] = leaf->name;
		if (strcmp(leaf->name, name) != 0)
			continue;
		if (input_kind(leaf->form) != INPUT_NUMBER)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("the %s \"%s\" must be a number, not %s", role_words[role],
							text_from_utf8(name), format_type_be(leaf->type))));
		pfree(names);
		return i;
	}
	nearest = nearest_name(name, names, shape->nleaves);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("option \"%s\" names a column \"%s\", which the features' row does not have",
					role_words[role], text_from_utf8(name)),
			 nearest != NULL ? errhint("Perhaps \"%s\" was meant.", text_from_utf8(nearest)) :
			 errhint("Give it in the row of features; it is not learned from.")));
}

void
frame_bind_roles(Frame *frame)
{
	for (int r = 0; r < FRAME_ROLES; r++)
	{
		frame->role_leaf[r] = -1;
		if (frame->role_name[r] != NULL && r != ROLE_TIME)
			frame->role_leaf[r] = find_role(&frame->shape, r, frame->role_name[r]);
	}
	if (frame->role_name[ROLE_TIME] == NULL)
		return;
	for (int i = frame->shape.nleaves; i-- > 0;)
		if (input_kind_is_time(input_kind(frame->shape.leaf[i].form)))
			frame->role_leaf[ROLE_TIME] = i;
}

bool
frame_is_role(const Frame *frame, int leaf)
{
	return leaf == frame->role_leaf[ROLE_WEIGHT] || leaf == frame->role_leaf[ROLE_EXPOSURE];
}

/* The time of a row as a number that grows with it; NaN where it has none. */
static double
row_time(InputKind kind, Datum value)
{
	if (kind == INPUT_DATE)
		return DATE_NOT_FINITE(DatumGetDateADT(value)) ? missing_number() :
			(double) DatumGetDateADT(value);
	return TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value)) ? missing_number() :
		(double) DatumGetTimestamp(value);
}

bool
frame_read_roles(Frame *frame, double *role)
{
	for (int r = 0; r < FRAME_ROLES; r++)
	{
		const RowLeaf *leaf;
		Datum		value;
		bool		known;

		role[r] = missing_number();
		if (frame->role_leaf[r] < 0)
			continue;
		leaf = &frame->shape.leaf[frame->role_leaf[r]];
		known = row_value(&frame->shape, leaf, &value);
		if (r == ROLE_TIME)
		{
			if (known)
				role[r] = row_time(input_kind(leaf->form), value);
			continue;
		}
		if (known)
			role[r] = value_number(leaf->form, value, frame->role_name[r]);
		if (isnan(role[r]))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("the %s \"%s\" of a row is %s", role_words[r],
							text_from_utf8(frame->role_name[r]),
							known ? "not a number (NaN)" : "null"),
					 errhint("Leave such rows out, or say what they are to count.")));
		if (r == ROLE_WEIGHT && role[r] == 0)
			return false;
		if (!(role[r] >= WEIGHT_LEAST && role[r] <= greatest[r]))
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("the %s \"%s\" of a row is %g", role_words[r],
							text_from_utf8(frame->role_name[r]), role[r]),
					 r == ROLE_WEIGHT ?
					 errhint("A weight is from %g to %g, or 0, and then the row is left out.",
							 WEIGHT_LEAST, greatest[r]) :
					 errhint("An exposure is from %g to %g: people, houses, days.",
							 EXPOSURE_LEAST, greatest[r])));
	}
	return true;
}

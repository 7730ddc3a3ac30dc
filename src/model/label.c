/*
 * label.c
 *		The column "label" of a source, as what a model says can be compared
 *		with it.
 */
#include "model/label.h"

#include <math.h>

#include "data/source.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

void
label_init(LabelReader *reader, const RowsModel *model)
{
	reader->model = model;
	coder_init(&reader->coder, CurrentMemoryContext, NULL, 0);
	for (int c = 0; c < model->classes; c++)
		(void) dictionary_add(&reader->coder.level, model->class_utf8[c],
							  strlen(model->class_utf8[c]));
}

/* Can a label of this form be compared with what the model says? */
static bool
label_fits(int task, ValueForm form)
{
	switch (input_kind(form))
	{
		case INPUT_NUMBER:
		case INPUT_BOOLEAN:
			return true;
		case INPUT_CATEGORY:
			return task == TASK_CLASSIFY;
		default:
			break;
	}
	return false;
}

void
label_find(LabelReader *reader, TupleDesc desc)
{
	Oid			type;

	reader->column = source_column(desc, "label", true);
	type = TupleDescAttr(desc, reader->column)->atttypid;
	reader->form = value_form(getBaseType(type));
	if (!label_fits(reader->model->task, reader->form))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"label\" of the source is of type %s, which this model does not predict",
						format_type_be(type)),
				 reader->model->task == TASK_REGRESS ?
				 errhint("The model predicts a number.") :
				 errhint("The model predicts a class: text, an enum, a boolean or a number.")));
}

double
label_number(const LabelReader *reader, Datum label)
{
	double		number = value_number(reader->form, label, NULL);

	if (isnan(number))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("column \"label\" of the source has a value that is not a number (NaN)"),
				 errhint("Leave such rows out, or make the label null.")));
	return number;
}

int
label_class(LabelReader *reader, Datum label)
{
	ValueForm	form = reader->form;
	int			class;

	if (form == FORM_FLOAT4 || form == FORM_NUMERIC || form == FORM_FLOAT8)
		class = coder_code(&reader->coder, FORM_FLOAT8,
						   Float8GetDatum(label_number(reader, label)));
	else
		class = coder_code(&reader->coder, form, label);
	if (reader->coder.level.n > reader->model->classes + LEARN_MAX_CLASSES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("more than %d labels of the source are unknown to the model",
						LEARN_MAX_CLASSES),
				 errhint("Column \"label\" has to be what the model was trained to predict.")));
	return class;
}

void
label_tell_none(const char *function, int64 rows, int64 labelled)
{
	/* no rows at all was said when they were read */
	if (rows > 0 && labelled == 0)
		ereport(NOTICE,
				(errmsg("%s: the label is null in all of %lld rows", function,
						(long long) rows)));
}

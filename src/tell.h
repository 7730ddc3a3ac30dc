/*
 * tell.h
 *		NOTICEs about the groups of an aggregate, of which a query may have many.
 */
#ifndef CRIMEML_TELL_H
#define CRIMEML_TELL_H

#include "crimeml.h"

/*
 * May one more group be told of?  "told" counts those of a query, from 0: after
 * the first few it is said once that others follow, and then no more.
 */
extern bool tell_group(int *told, const char *aggregate);

/*
 * The count of a final function that keeps nothing else in fn_extra, which
 * lasts as long as the query.
 */
extern int *tell_count(FunctionCallInfo fcinfo);

#endif							/* CRIMEML_TELL_H */

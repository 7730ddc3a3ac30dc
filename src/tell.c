/*
 * tell.c
 *		NOTICEs about the groups of an aggregate, of which a query may have many.
 */
#include "tell.h"

#define MOST_GROUPS 10

bool
tell_group(int *told, const char *aggregate)
{
	if (*told > MOST_GROUPS)
		return false;
	if ((*told)++ < MOST_GROUPS)
		return true;
	ereport(NOTICE,
			(errmsg("%s: more groups or frames are like these, and are not told", aggregate)));
	return false;
}

int *
tell_count(FunctionCallInfo fcinfo)
{
	if (fcinfo->flinfo->fn_extra == NULL)
		fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(int));
	return fcinfo->flinfo->fn_extra;
}

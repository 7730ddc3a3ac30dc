/*
 * risk.c
 *		The enum crimeml.risk.
 */
#include "cluster/risk.h"

#include "catalog/pg_enum.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

void
risk_values(Oid type, Datum *values)
{
	static const char *const label[RISK_LEVELS] = {"low", "medium", "high"};

	for (int level = 0; level < RISK_LEVELS; level++)
	{
		Oid			value = GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid,
											ObjectIdGetDatum(type),
											CStringGetDatum(label[level]));

		if (!OidIsValid(value))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("type crimeml.risk has no value \"%s\"", label[level]),
					 errhint("DROP EXTENSION crimeml and create it again.")));
		values[level] = ObjectIdGetDatum(value);
	}
}

RiskLevel
risk_of_class(double value, const double *lowest, int classes)
{
	int			c = 0;

	if (classes == 1)
		return RISK_MEDIUM;
	while (c + 1 < classes && value >= lowest[c + 1])
		c++;
	return classes == 2 && c == 1 ? RISK_HIGH : c;
}

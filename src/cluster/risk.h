/*
 * risk.h
 *		The enum crimeml.risk: low, medium, high.
 *
 * It says where more or less is recorded, never that a place is safe.
 */
#ifndef CRIMEML_RISK_H
#define CRIMEML_RISK_H

#include "crimeml.h"

typedef enum RiskLevel
{
	RISK_LOW,
	RISK_MEDIUM,
	RISK_HIGH
} RiskLevel;

#define RISK_LEVELS 3

/* The values of the enum, whose type is given, by level. */
extern void risk_values(Oid type, Datum *values);

/*
 * The level of a value among classes that begin at lowest[].  Two classes are
 * low and high; a single one is medium: neither above nor below the others.
 */
extern RiskLevel risk_of_class(double value, const double *lowest, int classes);

#endif							/* CRIMEML_RISK_H */

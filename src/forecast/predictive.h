/*
 * predictive.h
 *		The distribution of a value that is to come.
 */
#ifndef CRIMEML_PREDICTIVE_H
#define CRIMEML_PREDICTIVE_H

#include "crimeml.h"

typedef enum PredictiveKind
{
	PREDICTIVE_NORMAL,			/* mean and sd */
	PREDICTIVE_DRAWS,			/* n draws, sorted */
	PREDICTIVE_COUNTS,			/* the probabilities of whole numbers */
	PREDICTIVE_AVERAGE			/* each quantile is the mean of those of n parts */
} PredictiveKind;

/* Arrays live in the memory context in which a forecast was made. */
typedef struct Predictive
{
	PredictiveKind kind;
	bool		counts;			/* the value is a whole number, 0 or more */
	double		mean;			/* what the row calls the forecast; 0 or more of counts */
	double		sd;				/* of PREDICTIVE_NORMAL */
	int			n;
	double	   *draw;
	int			from;			/* P(Y <= from + i), support of them; it is 0 below, */
	int			support;		/* and 1 above */
	double	   *cumulative;
	const struct Predictive *const *part;
} Predictive;

/*
 * Set a mixture of n negative binomials, equally likely, of those means and one
 * size (INFINITY: Poisson), in CurrentMemoryContext.  Where a table would be too
 * large, as for means beyond a hundred thousand, it becomes draws.
 */
extern void predictive_set_counts(Predictive *p, int n, const double *mean, double size);

/* Set draws; they are copied and sorted. */
extern void predictive_set_draws(Predictive *p, bool counts, int n, const double *draw);

/* Set the average of the quantiles of n parts. */
extern void predictive_set_average(Predictive *p, bool counts, int n, const Predictive *const *part);

/*
 * P(Y <= y), and P(Y < y).  A count whose distribution is not one of counts is
 * the nearest whole number, and 0 for what is below: P(Y <= y) = F(y + 1/2).
 */
extern double predictive_cdf(const Predictive *p, double y);
extern double predictive_cdf_below(const Predictive *p, double y);

/*
 * The quantile of a probability in (0, 1): of draws type 8 of Hyndman and Fan
 * (1996), of counts the least whole number that reaches it.  Never below 0 where
 * "counts" is set.
 */
extern double predictive_quantile(const Predictive *p, double probability);

/*
 * An interval that holds the value with the probability "level": of counts the
 * shortest of whole numbers with at least it (of equal ones the lowest), else
 * the central one.  The central one too where counts are so large, or their
 * distribution so costly to ask, that the shortest is none that could be told from it.
 */
extern void predictive_interval(const Predictive *p, double level, double *lower, double *upper);

/*
 * The continuous ranked probability score as the mean pinball loss of the
 * quantiles 5 %, 10 %, .. 95 %, twice.
 */
extern double predictive_crps(const Predictive *p, double y);

#endif							/* CRIMEML_PREDICTIVE_H */

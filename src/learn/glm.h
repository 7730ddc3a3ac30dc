/*
 * glm.h
 *		Generalized linear models of one equation: counts by a logarithmic link,
 *		two classes by a logistic one.
 *
 * Fisher's scoring (iteratively reweighted least squares), each step halved until
 * the likelihood does not fall.  Arrays are in the canonical order of the rows.
 */
#ifndef CRIMEML_LEARN_GLM_H
#define CRIMEML_LEARN_GLM_H

#include "learn/normal_equations.h"

typedef enum GlmFamily
{
	GLM_POISSON,
	GLM_NEGATIVE_BINOMIAL,		/* variance mean + mean^2 / theta */
	GLM_LOGISTIC
} GlmFamily;

typedef struct Glm
{
	/* set by the caller */
	GlmFamily	family;
	double		theta;
	const DesignRows *rows;
	const double *label;
	const double *offset;		/* NULL: none */
	const double *penalty;		/* of each column's square; NULL: none */

	/* what comes of it */
	double	   *b;				/* of each column */
	double	   *eta;			/* of each row, with the offset, within GLM_ETA */
	double		deviance;
	double		null_deviance;	/* of the intercept alone */
	int			iterations;
	bool		converged;
	NormalEquations equations;	/* at b; its weights are */
	double	   *work;			/* of each row */
	double	   *residual;		/* the score of each row */
} Glm;

/* The sum of a row is taken to be within this of 0; e^30 is the largest mean. */
#define GLM_ETA 30.0

/* Fit from the intercept alone, or, where b is there, from b. */
extern void glm_fit(Glm *glm);

/* The deviance of the intercept alone anew, at the theta that there is by now. */
extern void glm_fit_null(Glm *glm);
extern Size glm_memory(const LearnData *data);

/*
 * Rows that the model holds to be certain, as terms separate the rows and go to
 * infinity: their probability or rate is less than 1e-8, of the mean rate.
 */
extern int64 glm_separated(const Glm *glm);

#endif							/* CRIMEML_LEARN_GLM_H */

/*
 * student.h
 *		Tails of Student's t and of F, by their logarithms, so that the smallest are
 *		told from 0; by arithmetic that gives the same bits on every machine.
 */
#ifndef CRIMEML_STAT_STUDENT_H
#define CRIMEML_STAT_STUDENT_H

#include "crimeml.h"

/* log P(|T| > |t|) at so many degrees of freedom, above 0; INFINITY: normal. */
extern double student_log_tails(double t, double df);

/* The t beyond which, on both sides together, that share of the values lies. */
extern double student_limit(double share, double df);

/* log P(F > f), f at least 0 */
extern double f_log_tail(double f, double df1, double df2);

/* The tail itself; 0 where it is below what a double can be. */
extern double tail_of_log(double log_tail);

#endif							/* CRIMEML_STAT_STUDENT_H */

/*
 * turn.h
 *		Sine and cosine of a part of a turn, by sums and products alone: the same
 *		on every machine, whatever its libm.
 */
#ifndef CRIMEML_TURN_H
#define CRIMEML_TURN_H

#include <math.h>

/* Of 2 pi turn, where turn is finite; to 2 units in the last place of 1. */
static inline void
turn_sin_cos(double turn, double *sine, double *cosine)
{
	double		quarters = rint(turn * 4);	/* quarters of a turn, the nearest */
	double		x = (turn - quarters / 4) * (2 * M_PI);	/* within pi / 4 */
	double		x2 = x * x;
	double		s = 1;
	double		c = 1;
	int			quarter = (int) (quarters - 4 * floor(quarters / 4));

	/* Taylor's series; (pi / 4)^19 / 19! is below 1e-19 */
	for (int k = 18; k > 0; k -= 2)
	{
		s = 1 - s * x2 / (k * (k + 1));
		c = 1 - c * x2 / (k * (k - 1));
	}
	s *= x;
	*sine = quarter == 0 ? s : quarter == 1 ? c : quarter == 2 ? -s : -c;
	*cosine = quarter == 0 ? c : quarter == 1 ? -s : quarter == 2 ? -c : s;
}

#endif							/* CRIMEML_TURN_H */

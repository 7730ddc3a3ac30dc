/*
 * ets_choice.c
 *		Which model of exponential smoothing: the one of the least AICc.
 *
 * As R's ets, the forms that are compared are those with additive errors, an
 * additive season or none, and those with multiplicative errors and any season;
 * additive errors with a multiplicative season are fitted where they are named.
 */
#include "forecast/ets.h"

/* Is a part among those that were asked for? */
static bool
is_asked(EtsPart asked, EtsPart part)
{
	return asked == ETS_ANY || asked == part;
}

bool
ets_choose(const EtsValues *values, int period, EtsForm asked, const EtsFixed *fixed,
		   EtsFit *best)
{
	static const EtsPart errors[] = {ETS_ADDITIVE, ETS_MULTIPLICATIVE};
	static const EtsPart trends[] = {ETS_NONE, ETS_ADDITIVE, ETS_DAMPED};
	static const EtsPart seasons[] = {ETS_NONE, ETS_ADDITIVE, ETS_MULTIPLICATIVE};
	bool		named = asked.error != ETS_ANY && asked.season != ETS_ANY;
	bool		found = false;

	for (int s = 0; s < lengthof(seasons); s++)
		for (int e = 0; e < lengthof(errors); e++)
		{
			EtsFit		fit[lengthof(trends)];
			const EtsFit *near = NULL;

			if (!is_asked(asked.season, seasons[s]) || !is_asked(asked.error, errors[e]) ||
				(seasons[s] != ETS_NONE && (period < 2 || period > ETS_MAX_SEASON)) ||
				(seasons[s] == ETS_MULTIPLICATIVE && errors[e] == ETS_ADDITIVE && !named) ||
				(!values->positive && (seasons[s] == ETS_MULTIPLICATIVE ||
							   errors[e] == ETS_MULTIPLICATIVE)))
				continue;
			for (int t = 0; t < lengthof(trends); t++)
			{
				EtsForm		form = {errors[e], trends[t], seasons[s]};

				if (!is_asked(asked.trend, trends[t]) ||
					!ets_fit(values, form, period, fixed, near, &fit[t]))
					continue;
				near = &fit[t];
				if (!found || fit[t].aicc < best->aicc)
				{
					found = true;
					*best = fit[t];
				}
			}
		}
	return found;
}

/*
 * arima_order.c
 *		The orders of a seasonal ARIMA model (Hyndman and Khandakar 2008).
 *
 * First the differences: of the season where it is strong (Wang, Smith and
 * Hyndman 2006), then as many as the KPSS test asks for.  Then the model of the
 * least AICc, walking from a few simple ones to better neighbours, or over all.
 */
#include "forecast/arima.h"

#include <math.h>

#include "forecast/stl.h"

#define STRONG_SEASON 0.64
#define KPSS_CRITICAL 0.463		/* level stationarity at 5 %: Kwiatkowski and others 1992 */
#define MAX_MODELS 94
#define SEARCH_STARTS 3

bool
arima_season_is_strong(const double *value, int n, int m)
{
	double	   *season;
	double	   *trend;
	double		mean[2] = {0, 0};
	double		spread[2] = {0, 0};

	if (m < 2 || n <= 2 * m)
		return false;
	season = scratch_array(double, n);
	trend = scratch_array(double, n);
	stl_decompose(value, n, m, STL_SEASON_WINDOW(0), false, season, trend);
	for (int pass = 0; pass < 2; pass++)
		for (int i = 0; i < n; i++)
		{
			double		rest = value[i] - trend[i];
			double		parts[2] = {rest - season[i], rest};

			for (int k = 0; k < 2; k++)
				if (pass == 0)
					mean[k] += parts[k] / n;
				else
					spread[k] += (parts[k] - mean[k]) * (parts[k] - mean[k]);
		}
	pfree(season);
	pfree(trend);
	return spread[1] > 0 && 1 - spread[0] / spread[1] > STRONG_SEASON;
}

double
arima_size(const double *value, int n)
{
	double		size = 0;

	for (int i = 0; i < n; i++)
		size = Max(size, fabs(value[i]));
	return size;
}

bool
arima_is_constant(const double *value, int n, double size)
{
	double		low = value[0];
	double		high = value[0];

	for (int i = 1; i < n; i++)
	{
		low = Min(low, value[i]);
		high = Max(high, value[i]);
	}
	return high - low <= ARIMA_ROUNDING * size;
}

/* The statistic of Kwiatkowski, Phillips, Schmidt and Shin for stationarity about a level. */
static double
kpss(const double *value, int n)
{
	int			lags = (int) (3 * sqrt(n) / 13);
	double		mean = 0;
	double		sum = 0;
	double		squares = 0;
	double		variance = 0;

	for (int i = 0; i < n; i++)
		mean += value[i] / n;
	for (int i = 0; i < n; i++)
	{
		sum += value[i] - mean;
		squares += sum * sum;
		variance += (value[i] - mean) * (value[i] - mean);
	}
	for (int lag = 1; lag <= lags; lag++)
	{
		double		covariance = 0;

		for (int i = lag; i < n; i++)
			covariance += (value[i] - mean) * (value[i - lag] - mean);
		variance += 2 * (1 - lag / (lags + 1.0)) * covariance;
	}
	return variance > 0 ? squares / n / variance : 0;
}

int
arima_differences(const double *value, int n, double size, int most)
{
	double	   *x = scratch_array(double, n);
	int			d = 0;

	memcpy(x, value, sizeof(double) * n);
	while (d < most && n > 2 && !arima_is_constant(x, n, size) && kpss(x, n) > KPSS_CRITICAL)
	{
		n--;
		for (int i = 0; i < n; i++)
			x[i] = x[i + 1] - x[i];
		d++;
	}
	pfree(x);
	return d;
}

/* ----------
 * The search
 * ----------
 */

typedef struct Walk
{
	const ArimaData *data;
	const ArimaSearch *search;
	MemoryContext scratch;
	int			models;
	ArimaOrder	seen[MAX_MODELS];
	ArimaFit	best;
} Walk;

/* Fit a model that is allowed and has not been seen; true where it is the best so far. */
static bool
look_at(Walk *w, const ArimaOrder *o)
{
	const ArimaOrder *least = &w->search->least;
	const ArimaOrder *most = &w->search->most;
	MemoryContext old;
	ArimaFit	fit;
	bool		fitted;

	if (o->p < least->p || o->q < least->q || o->P < least->P || o->Q < least->Q ||
		o->p > most->p || o->q > most->q || o->P > most->P || o->Q > most->Q ||
		(o->constant && (o->d + o->D > 1 || !most->constant)) ||
		(!o->constant && least->constant))
		return false;
	for (int i = 0; i < Min(w->models, MAX_MODELS); i++)
		if (memcmp(&w->seen[i], o, sizeof(*o)) == 0)
			return false;
	if (w->models < MAX_MODELS)
		w->seen[w->models] = *o;
	w->models++;
	old = MemoryContextSwitchTo(w->scratch);
	fitted = arima_fit(w->data, o, 0, SEARCH_STARTS, true,
					   w->best.sound ? w->best.aicc : INFINITY, &fit);
	MemoryContextSwitchTo(old);
	MemoryContextReset(w->scratch);
	if (!fitted || !isfinite(fit.aicc))
		return false;

	/* an unsound one is better than none, and no more */
	if (isfinite(w->best.aicc) &&
		(fit.sound != w->best.sound ? !fit.sound : fit.aicc >= w->best.aicc))
		return false;
	w->best = fit;
	return true;
}

/* Models around the best, the nearest first; true as soon as one is better. */
static bool
step(Walk *w)
{
	static const int8 move[][2] = {
		{-1, 0}, {0, -1}, {1, 0}, {0, 1}, {-1, -1}, {-1, 1}, {1, -1}, {1, 1}
	};

	for (int seasonal = 1; seasonal >= 0; seasonal--)
		for (int i = 0; i < lengthof(move); i++)
		{
			ArimaOrder	o = w->best.order;

			*(seasonal ? &o.P : &o.p) += move[i][0];
			*(seasonal ? &o.Q : &o.q) += move[i][1];
			if (w->models < MAX_MODELS && look_at(w, &o))
				return true;
		}
	if (w->models < MAX_MODELS)
	{
		ArimaOrder	o = w->best.order;

		o.constant = !o.constant;
		return look_at(w, &o);
	}
	return false;
}

static void
walk_stepwise(Walk *w, const ArimaOrder *differenced)
{
	static const int8 start[][4] = {
		{2, 2, 1, 1}, {0, 0, 0, 0}, {1, 0, 1, 0}, {0, 1, 0, 1}
	};
	const ArimaOrder *least = &w->search->least;
	const ArimaOrder *most = &w->search->most;

	for (int i = 0; i <= lengthof(start); i++)
	{
		const int8 *s = start[i % lengthof(start)];
		ArimaOrder	o = *differenced;

		/* at last nothing at all, without a constant */
		if (i == lengthof(start))
		{
			s = start[1];
			o.constant = false;
		}
		o.p = Min(Max(s[0], least->p), most->p);
		o.q = Min(Max(s[1], least->q), most->q);
		o.P = Min(Max(s[2], least->P), most->P);
		o.Q = Min(Max(s[3], least->Q), most->Q);
		(void) look_at(w, &o);
	}
	if (isfinite(w->best.aicc))
		while (step(w))
			;
}

static void
walk_all(Walk *w, const ArimaOrder *differenced)
{
	const ArimaOrder *most = &w->search->most;
	ArimaOrder	o = *differenced;

	for (o.p = w->search->least.p; o.p <= most->p; o.p++)
		for (o.q = w->search->least.q; o.q <= most->q; o.q++)
			for (o.P = w->search->least.P; o.P <= most->P; o.P++)
				for (o.Q = w->search->least.Q; o.Q <= most->Q; o.Q++)
					for (int constant = 0; constant < 2; constant++)
					{
						o.constant = constant;
						(void) look_at(w, &o);
					}
}

bool
arima_search(const ArimaData *data, const ArimaSearch *search, int starts, ArimaFit *fit,
			 int *tried)
{
	Walk	   *w = palloc0(sizeof(Walk));
	ArimaOrder	o = search->least;
	bool		found;

	w->data = data;
	w->search = search;
	w->scratch = AllocSetContextCreate(CurrentMemoryContext, "arima model",
									   ALLOCSET_DEFAULT_SIZES);
	w->best.aicc = INFINITY;
	o.constant = search->most.constant && o.d + o.D <= 1;
	if (search->stepwise)
		walk_stepwise(w, &o);
	else
		walk_all(w, &o);
	*tried = w->models;
	found = isfinite(w->best.aicc);
	if (found)
	{
		*fit = w->best;

		/* more starts for the one that is taken, behind those that the search has tried */
		(void) arima_fit(data, &w->best.order, SEARCH_STARTS + 1, starts, fit->sound, INFINITY,
						 fit);
	}
	MemoryContextDelete(w->scratch);
	return found;
}

/*
 * lstm.h
 *		One network for all series of a set: a layer of long short-term memory
 *		(Hochreiter and Schmidhuber 1997) that reads the past of a series, and a
 *		head that gives the negative binomial distributions of all steps to come at
 *		once.
 *
 * Inputs of a step are log(1 + value / scale), whether the value is missing, the
 * bucket's calendar, and numbers of the series' own (its embedding).  The scale of a
 * series is the mean of its last values.  Of step k of the head, with u the
 * calendar of that bucket, h what was read and e the embedding:
 *		z = tanh(A h + B e + C u + s_k),  (log(mean / scale), log(size)) = D z + d
 */
#ifndef CRIMEML_FORECAST_LSTM_H
#define CRIMEML_FORECAST_LSTM_H

#include "forecast/forecaster.h"

#define LSTM_MAX_HIDDEN 128
#define LSTM_MAX_WINDOW 1000
#define LSTM_MAX_HEAD 400
#define LSTM_MAX_EMBEDDING 64
#define LSTM_MAX_FEATURES 24
#define LSTM_MIXED 24			/* numbers in z */
#define LSTM_ROWS 16			/* windows that are worked on together */
#define LSTM_LEAST_SCALE 0.05

typedef struct LstmShape
{
	int			hidden;			/* a multiple of 8 */
	int			window;
	int			head;
	int			embedding;
	int			features;		/* of a bucket's calendar */
	int			scale_window;	/* values of which the scale is the mean */
	int			series;
} LstmShape;

/* Parameters, in the order in which they lie; a row of G = 4 hidden for the gates i, f, o, g. */
typedef enum LstmPart
{
	LSTM_VALUE,					/* G */
	LSTM_MISSING,				/* G */
	LSTM_BIAS,					/* G */
	LSTM_CALENDAR,				/* features rows of G */
	LSTM_SERIES,				/* embedding rows of G */
	LSTM_RECURRENT,				/* hidden rows of G */
	LSTM_HEAD_HIDDEN,			/* hidden rows of LSTM_MIXED */
	LSTM_HEAD_SERIES,			/* embedding rows */
	LSTM_HEAD_CALENDAR,			/* features rows */
	LSTM_HEAD_STEP,				/* head rows */
	LSTM_OUTPUT,				/* 2 rows: log mean, log size */
	LSTM_OUTPUT_BIAS,			/* 2 */
	LSTM_EMBEDDING,				/* series rows of embedding */
	LSTM_PARTS
} LstmPart;

typedef struct LstmNet
{
	LstmShape	shape;
	int			at[LSTM_PARTS + 1]; /* where each part begins */
	double	   *parameter;
} LstmNet;

extern void lstm_init(LstmNet *net, const LstmShape *shape);	/* all 0 */
extern Size lstm_parameters(const LstmShape *shape);

/* How many features a bucket's calendar has. */
extern int	lstm_features(int slots);

/* One series up to a value, and what comes behind it. */
typedef struct LstmWindow
{
	const Series *series;
	int			last;			/* the place of the last value that is read */
	double		scale;
} LstmWindow;

/* What a pass needs: calendars times weights, and the memory of LSTM_ROWS windows. */
typedef struct LstmPass LstmPass;
extern LstmPass *lstm_pass_init(const LstmNet *net, const Calendar *calendar);

/* To be called when parameters have changed. */
extern void lstm_pass_prepare(LstmPass *pass);

/*
 * The negative log likelihood of the values that follow n windows (n is up to
 * LSTM_ROWS), summed up, and how many there were; its gradient is added to
 * what the pass collects unless that is not wanted.
 */
extern double lstm_pass(LstmPass *pass, const LstmWindow *window, int n, bool gradient,
						int *targets);

/* The gradient collected since the last call, over all parameters. */
extern void lstm_pass_gradient(LstmPass *pass, double *gradient);

/*
 * Log of mean / scale and of size of so many steps (up to the head's) that follow
 * n values; bucket is that of the first step, embedding the numbers of the series.
 */
extern void lstm_predict(const LstmNet *net, const Calendar *calendar, const double *value,
						 int n, double scale, int bucket, const double *embedding, int steps,
						 double *log_mean, double *log_size);

/* The mean of the last values that are there, or the least scale (lstm_train.c). */
extern double lstm_scale(const double *value, int n, int window);

typedef struct LstmTraining
{
	int			batch;
	int			max_steps;
	double		learning_rate;
	uint64		seed;
} LstmTraining;

/* What became of a training. */
typedef struct LstmOutcome
{
	int			steps;			/* that were taken */
	int			best;			/* the step whose parameters are kept */
	double		loss;			/* the mean negative log likelihood of the later windows there */
} LstmOutcome;

extern void lstm_train(LstmNet *net, const SeriesSet *set, const LstmTraining *training,
					   LstmOutcome *outcome);

#endif							/* CRIMEML_FORECAST_LSTM_H */

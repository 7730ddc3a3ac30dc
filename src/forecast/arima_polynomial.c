/*
 * arima_polynomial.c
 *		Polynomials of seasonal ARMA processes, and their autocovariances.
 */
#include "forecast/arima.h"

#include <gsl/gsl_poly.h>
#include <math.h>

void
process_init(ArimaProcess *process, const ArimaOrder *o)
{
	process->p = o->p + o->P * o->m;
	process->q = o->q + o->Q * o->m;
	process->r = Max(process->p, process->q + 1);
	process->phi = crimeml_array(double, process->r);
	process->theta = crimeml_array(double, process->r);
}

/* 1 + sign sum a z^i, times 1 + sign sum b z^(m i), without the 1, times sign. */
static void
multiply_out(double *product, const double *a, int n, const double *b, int seasonal, int m,
			 int sign, int length)
{
	memset(product, 0, sizeof(double) * length);
	for (int i = 0; i < n; i++)
		product[i] = a[i];
	for (int j = 0; j < seasonal; j++)
	{
		product[(j + 1) * m - 1] += b[j];
		for (int i = 0; i < n; i++)
			product[(j + 1) * m + i] += sign * a[i] * b[j];
	}
}

void
process_set(ArimaProcess *process, const ArimaOrder *o, const double *coefficient)
{
	const double *ma = coefficient + o->p;
	const double *sar = ma + o->q;

	multiply_out(process->phi, coefficient, o->p, sar, o->P, o->m, -1, process->r);
	multiply_out(process->theta, ma, o->q, sar + o->P, o->Q, o->m, 1, process->r);
}

/* ----------
 * Partial autocorrelations
 * ----------
 */

/* The recursion of Durbin and Levinson: partial autocorrelations to coefficients. */
static void
from_partial(double *a, int n)
{
	double		before[ARIMA_MAX_ORDER];

	for (int j = 1; j < n; j++)
	{
		memcpy(before, a, sizeof(double) * j);
		for (int k = 0; k < j; k++)
			a[k] = before[k] - a[j] * before[j - k - 1];
	}
}

/*
 * And backwards, in place, over any order; false as soon as one is not within
 * (-1, 1), where the process is not stationary.  before: room for n numbers.
 */
static bool
to_partial(double *a, int n, double *before)
{
	for (int j = n - 1; j >= 0; j--)
	{
		double		last = a[j];

		if (!(fabs(last) < 1))
			return false;
		memcpy(before, a, sizeof(double) * j);
		for (int k = 0; k < j; k++)
			a[k] = (before[k] + last * before[j - k - 1]) / (1 - last * last);
	}
	return true;
}

void
coefficients_from_free(const ArimaOrder *o, const double *free_numbers, double *coefficient)
{
	int			sar = o->p + o->q;

	memcpy(coefficient, free_numbers, sizeof(double) * arima_coefficients(o));
	for (int i = 0; i < o->p; i++)
		coefficient[i] = tanh(free_numbers[i]);
	from_partial(coefficient, o->p);
	for (int i = 0; i < o->P; i++)
		coefficient[sar + i] = tanh(free_numbers[sar + i]);
	from_partial(coefficient + sar, o->P);
}

bool
free_from_coefficients(const ArimaOrder *o, const double *coefficient, double *free_numbers)
{
	double		before[ARIMA_MAX_ORDER];
	int			sar = o->p + o->q;

	memcpy(free_numbers, coefficient, sizeof(double) * arima_coefficients(o));
	if (!to_partial(free_numbers, o->p, before) ||
		!to_partial(free_numbers + sar, o->P, before))
		return false;
	for (int i = 0; i < o->p; i++)
		free_numbers[i] = atanh(free_numbers[i]);
	for (int i = 0; i < o->P; i++)
		free_numbers[sar + i] = atanh(free_numbers[sar + i]);
	return true;
}

/*
 * Are all roots of 1 - sum a_i z^i farther from 0 than "radius"?  By the
 * recursion of Durbin and Levinson backwards, which needs no roots.
 */
static bool
roots_are_beyond(const double *a, int n, double radius)
{
	double		scaled[ARIMA_MAX_ORDER];
	double		before[ARIMA_MAX_ORDER];
	double		power = 1;

	Assert(n <= ARIMA_MAX_ORDER);
	for (int i = 0; i < n; i++)
	{
		power *= radius;
		scaled[i] = a[i] * power;
	}
	return to_partial(scaled, n, before);
}

bool
arima_roots_are_beyond(const ArimaOrder *o, const double *coefficient, double radius)
{
	double		seasonal_radius = pow(radius, o->m);
	double		negative[ARIMA_COEFFICIENTS];
	const double *ma = negative + o->p;
	const double *sar = coefficient + o->p + o->q;

	for (int i = 0; i < arima_coefficients(o); i++)
		negative[i] = -coefficient[i];
	return roots_are_beyond(coefficient, o->p, radius) &&
		roots_are_beyond(ma, o->q, radius) &&
		roots_are_beyond(sar, o->P, seasonal_radius) &&
		roots_are_beyond(ma + o->q + o->P, o->Q, seasonal_radius);
}

bool
arima_is_stationary(const ArimaOrder *o, const double *coefficient)
{
	return roots_are_beyond(coefficient, o->p, 1) &&
		roots_are_beyond(coefficient + o->p + o->q, o->P, 1);
}

/* Roots within 1 are put outside: 1 + sum ma z^i, of the same autocovariances but for a factor. */
static void
invert(double *ma, int n)
{
	double		polynomial[ARIMA_MAX_ORDER + 1] = {1};
	double		root[2 * ARIMA_MAX_ORDER];
	double		re[ARIMA_MAX_ORDER + 1] = {1};
	double		im[ARIMA_MAX_ORDER + 1] = {0};
	double		negative[ARIMA_MAX_ORDER];
	gsl_poly_complex_workspace *work;
	int			status;

	while (n > 0 && ma[n - 1] == 0)
		n--;
	for (int i = 0; i < n; i++)
	{
		polynomial[i + 1] = ma[i];
		negative[i] = -ma[i];
	}
	if (n == 0 || roots_are_beyond(negative, n, 1))
		return;
	work = gsl_poly_complex_workspace_alloc(n + 1);
	if (work == NULL)
		ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory")));
	status = gsl_poly_complex_solve(polynomial, n + 1, work, root);
	gsl_poly_complex_workspace_free(work);
	if (status != 0)
		return;					/* the likelihood is the same */
	for (int j = 0; j < n; j++)
	{
		double		a = root[2 * j];
		double		b = root[2 * j + 1];
		double		size = a * a + b * b;

		/* multiply by 1 - z / root, or by 1 - z conj(root) */
		if (size >= 1)
		{
			a /= size;
			b /= -size;
		}
		else
			b = -b;
		for (int k = j + 1; k > 0; k--)
		{
			re[k] -= re[k - 1] * a - im[k - 1] * b;
			im[k] -= re[k - 1] * b + im[k - 1] * a;
		}
	}
	memcpy(ma, re + 1, sizeof(double) * n);
}

void
arima_invert(const ArimaOrder *o, double *numbers)
{
	invert(numbers + o->p, o->q);
	invert(numbers + o->p + o->q + o->P, o->Q);
}

/* ----------
 * Autocovariances
 * ----------
 */

/*
 * Autocovariances 0 .. n-1 with variance 1 of e; false where the process is not
 * stationary.  Those of the autoregression alone come from its partial
 * autocorrelations; the moving average then mixes them.
 */
static bool
process_autocovariance(const ArimaProcess *process, double *autocovariance, int n)
{
	int			p = process->p;
	int			q = process->q;
	double	   *table = palloc(sizeof(double) * (Size) Max(p, 1) * Max(p, 1));
	double	   *ar = palloc(sizeof(double) * (n + q + p + 1));
	double	   *mix = palloc(sizeof(double) * (q + 1));
	double		variance = 1;

	/* row j holds the coefficients of order j + 1 */
	if (p > 0)
		memcpy(table + (Size) (p - 1) * p, process->phi, sizeof(double) * p);
	for (int j = p - 1; j >= 0; j--)
	{
		const double *row = table + (Size) j * p;
		double		last = row[j];

		if (!(fabs(last) < 1))
		{
			variance = INFINITY;
			break;
		}
		variance /= 1 - last * last;
		for (int k = 0; k < j; k++)
			table[(Size) (j - 1) * p + k] = (row[k] + last * row[j - k - 1]) / (1 - last * last);
	}
	ar[0] = variance;
	for (int k = 1; k < n + q && isfinite(variance); k++)
	{
		const double *row = table + (Size) (Min(k, p) - 1) * p;
		double		sum = 0;

		for (int i = 0; i < Min(k, p); i++)
			sum += row[i] * ar[k - i - 1];
		ar[k] = sum;
	}
	for (int i = 0; i <= q; i++)
	{
		double		sum = i == 0 ? 1 : process->theta[i - 1];

		for (int j = 1; j + i <= q; j++)
			sum += process->theta[j - 1] * process->theta[j + i - 1];
		mix[i] = sum;
	}
	for (int k = 0; k < n && isfinite(variance); k++)
	{
		double		sum = mix[0] * ar[k];

		for (int i = 1; i <= q; i++)
			sum += mix[i] * (ar[k + i] + ar[abs(k - i)]);
		autocovariance[k] = sum;
	}
	pfree(table);
	pfree(ar);
	pfree(mix);
	return isfinite(variance);
}

/*
 * State j is sum_(i>j) phi_i w_(t+j-i) + sum_(i>=j) theta_i e_(t+j-i); state 0
 * is w_t.
 */
bool
process_first_covariances(const ArimaProcess *process, double *row)
{
	int			r = process->r;
	int			p = process->p;
	int			q = process->q;
	double	   *gamma = palloc(sizeof(double) * (p + 1));
	double	   *psi = palloc(sizeof(double) * (q + 1));
	bool		stationary = process_autocovariance(process, gamma, p + 1);

	psi[0] = 1;
	for (int i = 1; i <= q; i++)
	{
		psi[i] = process->theta[i - 1];
		for (int j = 1; j <= Min(i, p); j++)
			psi[i] += process->phi[j - 1] * psi[i - j];
	}
	row[0] = gamma[0];
	for (int j = 1; j < r && stationary; j++)
	{
		double		sum = 0;

		for (int i = j + 1; i <= p; i++)
			sum += process->phi[i - 1] * gamma[i - j];
		for (int i = j; i <= q; i++)
			sum += process->theta[i - 1] * psi[i - j];
		row[j] = sum;
	}
	pfree(gamma);
	pfree(psi);
	return stationary;
}

/* The rest follows from the last row up: P = T P T' + R R'. */
bool
process_covariance(const ArimaProcess *process, double *matrix)
{
	int			r = process->r;
	const double *phi = process->phi;

	if (!process_first_covariances(process, matrix))
		return false;
	for (int i = r - 1; i > 0; i--)
		for (int j = r - 1; j >= i; j--)
		{
			double		sum = process->theta[i - 1] * process->theta[j - 1] +
				phi[i] * phi[j] * matrix[0];

			if (j + 1 < r)
				sum += phi[i] * matrix[j + 1] + matrix[(Size) (i + 1) * r + j + 1];
			if (i + 1 < r)
				sum += phi[j] * matrix[i + 1];
			matrix[(Size) i * r + j] = matrix[(Size) j * r + i] = sum;
		}
	for (int j = 1; j < r; j++)
		matrix[(Size) j * r] = matrix[j];
	return true;
}

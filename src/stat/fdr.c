/*
 * fdr.c
 *		Many tests at once: the false discovery rate.
 */
#include "stat/fdr.h"

#include <math.h>

/* A p value and where it belongs. */
typedef struct Ranked
{
	double		p;
	int64		at;
} Ranked;

#define ST_SORT sort_ranked
#define ST_ELEMENT_TYPE Ranked
#define ST_COMPARE(a, b) ((a)->p < (b)->p ? -1 : (a)->p > (b)->p)
#define ST_SCOPE static
#define ST_DEFINE
#define ST_CHECK_FOR_INTERRUPTS
#include "lib/sort_template.h"

void
fdr_adjust(double *p, int64 n)
{
	Ranked	   *ranked = crimeml_array(Ranked, n);
	int64		m = 0;
	double		least = 1;

	for (int64 i = 0; i < n; i++)
	{
		if ((i & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		if (!isnan(p[i]))
			ranked[m++] = (Ranked) {p[i], i};
	}
	sort_ranked(ranked, m);
	for (int64 k = m; k > 0; k--)
	{
		if ((k & 0xffff) == 0)
			CHECK_FOR_INTERRUPTS();
		least = Min(least, ranked[k - 1].p * m / k);
		p[ranked[k - 1].at] = least;
	}
	pfree(ranked);
}

/*
 * loads.h
 *		The log of loads: crimeml.loads and crimeml.rejected_rows.
 */
#ifndef CRIMEML_LOADS_H
#define CRIMEML_LOADS_H

#include "data/batch.h"

/*
 * Write the line in crimeml.loads and the rejected rows; returns the load_id.
 * They are written as the owner of these tables: nobody else may, so that a line
 * says who loaded.
 */
extern int64 loads_write(Load *load, const char *source, TimestampTz started);

#endif							/* CRIMEML_LOADS_H */

/*
 * kinds.h
 *		A stored model of any kind, decoded.
 */
#ifndef CRIMEML_MODEL_KINDS_H
#define CRIMEML_MODEL_KINDS_H

#include "model/format.h"

/*
 * Decode the bytes into CurrentMemoryContext.  The checksum is the caller's to
 * test, but nothing here trusts it.
 */
extern Model *model_decode(const uint8 *data, Size len);

#endif							/* CRIMEML_MODEL_KINDS_H */

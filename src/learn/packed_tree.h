/*
 * packed_tree.h
 *		The packed form of a tree, in which it is stored.
 *
 * A packed tree is its nodes in preorder.  A node begins with a varint: 0 for a
 * leaf, else 1 + entry, where entry is 2f for a split of feature f that sends
 * missing to the left, and 2f + 1 for one that sends it to the right.
 *
 * A split of a number goes on with its cut, a varint: bins up to the cut go to
 * the left, missing aside.  A split of a category has an even entry and goes on
 * with the set of bins that go to the left, bin 0 (missing) among them or not.
 * It is a varint of twice the number of bytes and that many bytes of bits by
 * bin; or twice the number of bins plus 1 and the ascending bins as
 * differences.
 *
 * A leaf of classes goes on with the number of its classes, and for each the
 * difference to the one before and how many rows were drawn of it.  A leaf of
 * numbers goes on with its value and, as a short double, the weight of its rows.
 */
#ifndef CRIMEML_PACKED_TREE_H
#define CRIMEML_PACKED_TREE_H

#include "bytes.h"

/* Write a set of nbins bits, in the shorter of the two ways. */
extern void packed_write_set(const uint32 *set, int nbins, ByteWriter *out);

/* What follows the 0 of a leaf of numbers; read, it is checked. */
extern void packed_write_value(double value, double weight, ByteWriter *out);
extern double packed_read_value(ByteReader *r, double *weight);

#endif							/* CRIMEML_PACKED_TREE_H */

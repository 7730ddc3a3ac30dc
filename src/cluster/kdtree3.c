/*
 * kdtree3.c
 *		Trees of boxes over places in space: kdtree.c with a third dimension.
 */
#define KD_DIMS 3
#include "cluster/kdtree.c"

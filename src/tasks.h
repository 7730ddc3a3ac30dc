/*
 * tasks.h
 *		The tasks that parallel_map() can run.
 *
 * A task is sent to workers by number, never as a pointer: the library may lie
 * elsewhere in them.  Each function is in its engine's file.
 */
#ifndef CRIMEML_TASKS_H
#define CRIMEML_TASKS_H

#include "bytes.h"

typedef enum ParallelTaskId
{
	PARALLEL_FOREST_TREE
} ParallelTaskId;

/* Runs in a memory context of its own, deleted after the item. */
typedef void (*ParallelTask) (const void *shared, int item, ByteWriter *result);

extern ParallelTask parallel_task(ParallelTaskId id);

extern void forest_tree_task(const void *shared, int item, ByteWriter *result);

#endif							/* CRIMEML_TASKS_H */

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
	PARALLEL_FOREST_TREE,
	PARALLEL_SERIES
} ParallelTaskId;

typedef struct ParallelTask
{
	/*
	 * What a process makes of the shared block once, in memory that stays until
	 * its last item; NULL where there is nothing to make.
	 */
	void	   *(*open) (const void *shared);

	/* Runs in a memory context of its own, emptied after the item. */
	void		(*run) (const void *shared, const void *opened, int item, ByteWriter *result);
} ParallelTask;

extern const ParallelTask *parallel_task(ParallelTaskId id);

extern const ParallelTask forest_tree_task;
extern const ParallelTask series_task;

#endif							/* CRIMEML_TASKS_H */

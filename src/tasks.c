/*
 * tasks.c
 *		The tasks that parallel_map() can run.
 */
#include "tasks.h"

static const ParallelTask *const tasks[] = {
	[PARALLEL_FOREST_TREE] = &forest_tree_task,
	[PARALLEL_SERIES] = &series_task,
};

const ParallelTask *
parallel_task(ParallelTaskId id)
{
	if ((unsigned) id >= lengthof(tasks))
		elog(ERROR, "there is no parallel task %d", id);
	return tasks[id];
}

/*
 * tasks.c
 *		The tasks that parallel_map() can run.
 */
#include "tasks.h"

static const ParallelTask tasks[] = {
	[PARALLEL_FOREST_TREE] = forest_tree_task,
};

ParallelTask
parallel_task(ParallelTaskId id)
{
	if ((unsigned) id >= lengthof(tasks))
		elog(ERROR, "there is no parallel task %d", id);
	return tasks[id];
}

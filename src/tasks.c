/*
 * tasks.c
 *		The tasks that parallel_map() and parallel_team() can run.
 */
#include "tasks.h"

static const ParallelTask *const tasks[] = {
	[PARALLEL_FOREST_TREE] = &forest_tree_task,
	[PARALLEL_SERIES] = &series_task,
};

static const ParallelTeamTask *const team_tasks[] = {
	[PARALLEL_BOOST] = &boost_task,
};

const ParallelTask *
parallel_task(ParallelTaskId id)
{
	if ((unsigned) id >= lengthof(tasks) || tasks[id] == NULL)
		elog(ERROR, "there is no parallel task %d", id);
	return tasks[id];
}

const ParallelTeamTask *
parallel_team_task(ParallelTaskId id)
{
	if ((unsigned) id >= lengthof(team_tasks) || team_tasks[id] == NULL)
		elog(ERROR, "there is no task %d of a team", id);
	return team_tasks[id];
}

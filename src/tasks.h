/*
 * tasks.h
 *		The tasks that parallel_map() and parallel_team() can run.
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
	PARALLEL_SERIES,
	PARALLEL_BOOST				/* of a team */
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

/*
 * A task of a team: work in phases 0, 1, ..., each of which begins when the one
 * before is all done.  Its processes share a block that all may write to, each
 * item where no other item of the phase reads or writes.
 */
typedef struct ParallelTeamTask
{
	/* What a process needs until its last item, in memory that stays. */
	void	   *(*open) (void *shared);

	/*
	 * How many items a phase has; 0: all is done.  It says the same from the
	 * begin of the phase to its end, to whoever asks.
	 */
	int			(*items) (const void *shared, int phase);

	/*
	 * Runs in a memory context of its own, emptied after the item.  Gives the
	 * place of the result among all results, which grows with phase and item, or
	 * PARALLEL_NO_RESULT.
	 */
	int			(*run) (void *shared, void *opened, int phase, int item, ByteWriter *result);
} ParallelTeamTask;

#define PARALLEL_NO_RESULT (-1)

extern const ParallelTask *parallel_task(ParallelTaskId id);
extern const ParallelTeamTask *parallel_team_task(ParallelTaskId id);

extern const ParallelTask forest_tree_task;
extern const ParallelTask series_task;
extern const ParallelTeamTask boost_task;

#endif							/* CRIMEML_TASKS_H */

/*
 * parallel_team.c
 *		Work in phases, which parallel workers do together from first to last.
 */
#include "parallel.h"

/* Where a result lies among the leader's. */
typedef struct TeamResult
{
	uint64		offset;
	uint64		len;
} TeamResult;

/* All phases here, without shared memory. */
static void
team_alone(ParallelTaskId id, int results, const char *what, Size shared_size,
		   ParallelFill fill, ParallelFinish finish, ParallelCollect collect, void *arg)
{
	const ParallelTeamTask *task = parallel_team_task(id);
	void	   *shared = crimeml_alloc(CurrentMemoryContext, shared_size, 1);
	TeamResult	   *result = crimeml_array(TeamResult, results);
	MemoryContext item_context = AllocSetContextCreate(CurrentMemoryContext,
													   "crimeml item",
													   ALLOCSET_DEFAULT_SIZES);
	void	   *opened;
	ByteWriter	memory;
	Progress	progress;
	int64		done = 0;
	int			items;

	fill(shared, arg);
	opened = task->open(shared);
	writer_init(&memory);
	progress_start(&progress, what, results);
	for (int phase = 0; (items = task->items(shared, phase)) > 0; phase++)
		for (int i = 0; i < items; i++)
		{
			MemoryContext old = MemoryContextSwitchTo(item_context);
			ByteWriter	w;
			int			place;

			writer_init(&w);
			place = task->run(shared, opened, phase, i, &w);
			if (place != PARALLEL_NO_RESULT)
			{
				result[place].offset = memory.len;
				result[place].len = w.len;
				write_bytes(&memory, w.data, w.len);
				done++;
			}
			MemoryContextSwitchTo(old);
			MemoryContextReset(item_context);
			progress_step(&progress, done);
		}
	MemoryContextDelete(item_context);
	finish(shared, arg);
	for (int i = 0; i < results; i++)
		if (result[i].len > 0)
			collect(arg, i, memory.data + result[i].offset, result[i].len);
	pfree(memory.data);
	pfree(result);
	pfree(shared);
}

void
parallel_team(ParallelTaskId id, int results, int max_workers, const char *what,
			  Size shared_size, ParallelFill fill, ParallelFinish finish,
			  ParallelCollect collect, void *arg)
{
	team_alone(id, results, what, shared_size, fill, finish, collect, arg);
}

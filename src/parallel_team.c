/*
 * parallel_team.c
 *		Work in phases, which parallel workers do together from first to last.
 *
 * Workers are launched once.  Leader and workers meet at a barrier after each
 * phase, and draw its items from a counter.  A worker that comes late takes part
 * from the phase on that it meets; one that never comes is not waited for.  Waits
 * at the barrier look for interrupts, so an error or the end of a worker ends
 * the leader's wait, and the leader's ends the workers.
 *
 * A large shared block is a file that all processes map.  It is written with zeroes
 * first, so that a full disk and temp_file_limit are errors like any other.
 */
#include "parallel_state.h"

#include <sys/mman.h>

#include "utils/wait_event.h"

PGDLLEXPORT void crimeml_parallel_team_worker(dsm_segment *seg, shm_toc *toc);

/* What a participant needs besides the shared block. */
typedef struct Team
{
	ParallelState *state;		/* NULL: it is alone */
	ItemResult *result;
	uint64		offset;			/* bytes of its results so far */
	BufFile    *file;			/* of a worker */
	ByteWriter	memory;			/* of the leader */
	Progress	progress;
} Team;

/* Run one item, and keep its result. */
static void
team_item(Team *team, const ParallelTeamTask *task, void *shared, void *opened, int phase,
		  int item, MemoryContext item_context)
{
	MemoryContext old = MemoryContextSwitchTo(item_context);
	ByteWriter	w;
	int			place;

	CHECK_FOR_INTERRUPTS();
	writer_init(&w);
	place = task->run(shared, opened, phase, item, &w);
	if (place != PARALLEL_NO_RESULT)
		team->offset = parallel_keep(&team->result[place], &w, team->file, &team->memory,
									 team->offset);
	MemoryContextSwitchTo(old);
	MemoryContextReset(item_context);
	if (place == PARALLEL_NO_RESULT || team->file != NULL)
		return;
	progress_step(&team->progress, team->state == NULL ? place + 1 :
				  pg_atomic_add_fetch_u32(&team->state->done, 1));
}

/* All phases, from the one that the team is at. */
static void
team_run(Team *team, const ParallelTeamTask *task, void *shared)
{
	ParallelState *state = team->state;
	void	   *opened = task->open(shared);
	MemoryContext item_context = AllocSetContextCreate(CurrentMemoryContext,
													   "crimeml item of a team",
													   ALLOCSET_DEFAULT_SIZES);
	int			phase = state == NULL ? 0 : BarrierAttach(&state->barrier);
	int			items;

	while ((items = task->items(shared, phase)) > 0)
	{
		pg_atomic_uint32 *next = state == NULL ? NULL : &state->next[phase % 2];
		uint32		item;

		if (state == NULL)
			for (int i = 0; i < items; i++)
				team_item(team, task, shared, opened, phase, i, item_context);
		else
		{
			while ((item = pg_atomic_fetch_add_u32(next, 1)) < (uint32) items)
				team_item(team, task, shared, opened, phase, (int) item, item_context);
			/* it is drawn from again in the phase after the next one, which does
			 * not begin before this process comes to the end of the next */
			if (BarrierArriveAndWait(&state->barrier, PG_WAIT_EXTENSION))
				pg_atomic_write_u32(next, 0);
		}
		phase++;
	}
	if (state != NULL)
		BarrierDetach(&state->barrier);
	MemoryContextDelete(item_context);
}

/* A worker's whole life. */
void
crimeml_parallel_team_worker(dsm_segment *seg, shm_toc *toc)
{
	void	   *shared;
	Team		team = {0};

	team.state = parallel_worker_start(seg, toc, true, &shared, &team.file);
	team.result = team.state->result;
	team_run(&team, parallel_team_task(team.state->task), shared);
	parallel_worker_end(team.file);
}

/* A block that is to be unmapped with the context in which this was allocated. */
typedef struct Mapping
{
	MemoryContextCallback callback;
	void	   *block;
	Size		size;
} Mapping;

static void
unmap(void *arg)
{
	Mapping    *mapping = arg;

	(void) munmap(mapping->block, mapping->size);
}

/* The large block in the leader. */
static void *
map_block(ParallelState *state, Size size)
{
	Mapping    *mapping = palloc0(sizeof(Mapping));

	parallel_write_file(state, NULL, size);
	mapping->block = parallel_map_file(state, true);
	mapping->size = size;
	mapping->callback.func = unmap;
	mapping->callback.arg = mapping;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &mapping->callback);
	return mapping->block;
}

/* All phases here, without shared memory. */
static void
team_alone(ParallelTaskId task, int results, const char *what, Size shared_size,
		   ParallelFill fill, ParallelFinish finish, ParallelCollect collect, void *arg,
		   MemoryContext context)
{
	void	   *shared = crimeml_alloc(context, shared_size, 1);
	Team		team = {0};
	MemoryContext old;

	fill(shared, arg);
	old = MemoryContextSwitchTo(context);
	team.result = crimeml_array(ItemResult, results);
	for (int i = 0; i < results; i++)
		team.result[i].participant = PARALLEL_NOBODY;
	writer_init(&team.memory);
	progress_start(&team.progress, what, results);
	team_run(&team, parallel_team_task(task), shared);
	MemoryContextSwitchTo(old);
	finish(shared, arg);
	for (int i = 0; i < results; i++)
		if (team.result[i].participant != PARALLEL_NOBODY)
			collect(arg, i, team.memory.data + team.result[i].offset, team.result[i].len);
}

void
parallel_team(ParallelTaskId task, int results, int max_workers, const char *what,
			  Size shared_size, ParallelFill fill, ParallelFinish finish,
			  ParallelCollect collect, void *arg)
{
	int			workers = Min(max_workers, max_parallel_maintenance_workers);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "crimeml team",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old;
	ParallelContext *pcxt = NULL;
	void	   *shared;
	Team		team = {0};

	if (workers > 0 && !IsParallelWorker())
		pcxt = parallel_begin("crimeml_parallel_team_worker", workers, task, results, shared_size,
							  &team.state, &shared);
	if (pcxt == NULL)
		team_alone(task, results, what, shared_size, fill, finish, collect, arg, context);
	else
	{
		team.result = team.state->result;
		BarrierInit(&team.state->barrier, 0);
		old = MemoryContextSwitchTo(context);
		if (shared == NULL)
			shared = map_block(team.state, shared_size);
		MemoryContextSwitchTo(old);
		fill(shared, arg);
		LaunchParallelWorkers(pcxt);
		MemoryContextSwitchTo(context);
		writer_init(&team.memory);
		progress_start(&team.progress, what, results);
		team_run(&team, parallel_team_task(task), shared);
		MemoryContextSwitchTo(old);
		WaitForParallelWorkersToFinish(pcxt);
		finish(shared, arg);
		parallel_collect(team.state, &team.memory, pcxt->nworkers_launched, collect, arg);
		parallel_end(pcxt);
	}
	MemoryContextDelete(context);
}

/*
 * parallel.c
 *		Independent pieces of work, spread over parallel workers.
 *
 * As in nbtsort.c: the leader enters parallel mode, makes a ParallelContext
 * with the shared block in dynamic shared memory, launches what workers it
 * can get and joins in.  A participant keeps its results to itself (a worker
 * in a file of the SharedFileSet, since a container's /dev/shm may be small;
 * the leader in memory) and notes in shared memory where an item's result
 * lies.  The leader collects them when all are done.
 */
#include "learn/parallel.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/shm_toc.h"
#include "tcop/tcopprot.h"

#define KEY_STATE	UINT64CONST(0xC213E00000000001)
#define KEY_SHARED	UINT64CONST(0xC213E00000000002)
#define KEY_QUERY	UINT64CONST(0xC213E00000000003)

static const ParallelTask tasks[] = {
	[PARALLEL_FOREST_TREE] = forest_tree_task,
};

/* Where the result of an item lies. */
typedef struct ItemResult
{
	int32		participant;	/* ParallelWorkerNumber; -1 is the leader */
	uint64		offset;
	uint64		len;
} ItemResult;

typedef struct MapState
{
	int32		task;
	int32		n;
	pg_atomic_uint32 next;
	pg_atomic_uint32 done;		/* for progress only */
	SharedFileSet fileset;
	ItemResult	result[FLEXIBLE_ARRAY_MEMBER];
} MapState;

PGDLLEXPORT void crimeml_parallel_worker(dsm_segment *seg, shm_toc *toc);

static void
worker_file_name(char *name, int participant)
{
	snprintf(name, MAXPGPATH, "crimeml.%d", participant);
}

/*
 * Draw items until none is left.  Results go to file, or are kept in memory
 * where there is none.
 */
static void
run_items(MapState *state, const void *shared, BufFile *file, ByteWriter *memory,
		  Progress *progress)
{
	MemoryContext item_context = AllocSetContextCreate(CurrentMemoryContext,
													   "crimeml parallel item",
													   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(item_context);
	uint64		offset = 0;
	uint32		item;

	while ((item = pg_atomic_fetch_add_u32(&state->next, 1)) < (uint32) state->n)
	{
		ByteWriter	w;

		CHECK_FOR_INTERRUPTS();
		writer_init(&w);
		tasks[state->task] (shared, item, &w);
		state->result[item].participant = ParallelWorkerNumber;
		state->result[item].offset = offset;
		state->result[item].len = w.len;
		offset += w.len;
		if (file != NULL)
			BufFileWrite(file, w.data, w.len);
		else
			write_bytes(memory, w.data, w.len);
		MemoryContextReset(item_context);
		pg_atomic_fetch_add_u32(&state->done, 1);
		if (progress != NULL)
			progress_step(progress, pg_atomic_read_u32(&state->done));
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(item_context);
}

/* A worker's whole life. */
void
crimeml_parallel_worker(dsm_segment *seg, shm_toc *toc)
{
	MapState   *state = shm_toc_lookup(toc, KEY_STATE, false);
	void	   *shared = shm_toc_lookup(toc, KEY_SHARED, false);
	char		name[MAXPGPATH];
	BufFile    *file;

	debug_query_string = shm_toc_lookup(toc, KEY_QUERY, true);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);

	SharedFileSetAttach(&state->fileset, seg);
	worker_file_name(name, ParallelWorkerNumber);
	file = BufFileCreateFileSet(crimeml_fileset(&state->fileset), name);
	run_items(state, shared, file, NULL, NULL);
	BufFileExportFileSet(file);
	BufFileClose(file);
}

/* Hand out the results in the order of the items. */
static void
collect_results(MapState *state, const ByteWriter *memory, int nworkers,
				ParallelCollect collect, void *arg)
{
	BufFile   **files = palloc0(sizeof(BufFile *) * Max(nworkers, 1));
	uint8	   *buffer = NULL;
	Size		capacity = 0;

	for (int i = 0; i < state->n; i++)
	{
		ItemResult *result = &state->result[i];

		CHECK_FOR_INTERRUPTS();
		if (result->participant < 0)
		{
			collect(arg, i, memory->data + result->offset, result->len);
			continue;
		}
		if (files[result->participant] == NULL)
		{
			char		name[MAXPGPATH];

			worker_file_name(name, result->participant);
			files[result->participant] =
				BufFileOpenFileSet(crimeml_fileset(&state->fileset), name, O_RDONLY, false);
		}
		if (capacity < result->len)
		{
			if (buffer != NULL)
				pfree(buffer);
			capacity = result->len;
			buffer = crimeml_alloc(CurrentMemoryContext, capacity, 1);
		}
		/* an item's result follows the worker's one before it */
		BufFileReadExact(files[result->participant], buffer, result->len);
		collect(arg, i, buffer, result->len);
	}
	for (int i = 0; i < nworkers; i++)
		if (files[i] != NULL)
			BufFileClose(files[i]);
	if (buffer != NULL)
		pfree(buffer);
	pfree(files);
}

/* All items here, without shared memory. */
static void
map_alone(ParallelTaskId task, int n, const char *what, Size shared_size,
		  ParallelFill fill, ParallelCollect collect, void *arg)
{
	void	   *shared = crimeml_alloc(CurrentMemoryContext, shared_size, 1);
	MemoryContext item_context = AllocSetContextCreate(CurrentMemoryContext,
													   "crimeml item",
													   ALLOCSET_DEFAULT_SIZES);
	Progress	progress;

	fill(shared, arg);
	progress_start(&progress, what, n);
	for (int i = 0; i < n; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(item_context);
		ByteWriter	w;

		writer_init(&w);
		tasks[task] (shared, i, &w);
		MemoryContextSwitchTo(old);
		collect(arg, i, w.data, w.len);
		MemoryContextReset(item_context);
		progress_step(&progress, i + 1);
	}
	MemoryContextDelete(item_context);
	pfree(shared);
}

void
parallel_map(ParallelTaskId task, int n, int max_workers, const char *what,
			 Size shared_size, ParallelFill fill, ParallelCollect collect, void *arg)
{
	int			workers = Min(Min(max_workers, max_parallel_maintenance_workers), n - 1);
	Size		state_size = add_size(offsetof(MapState, result),
									  mul_size(sizeof(ItemResult), n));
	Size		query_len = debug_query_string ? strlen(debug_query_string) + 1 : 0;
	ParallelContext *pcxt;
	MapState   *state;
	void	   *shared;
	ByteWriter	memory;
	Progress	progress;

	if (workers <= 0 || IsParallelWorker())
	{
		map_alone(task, n, what, shared_size, fill, collect, arg);
		return;
	}

	EnterParallelMode();
	pcxt = CreateParallelContext("crimeml", "crimeml_parallel_worker", workers);
	shm_toc_estimate_chunk(&pcxt->estimator, state_size);
	shm_toc_estimate_chunk(&pcxt->estimator, shared_size);
	shm_toc_estimate_keys(&pcxt->estimator, 2);
	if (query_len > 0)
	{
		shm_toc_estimate_chunk(&pcxt->estimator, query_len);
		shm_toc_estimate_keys(&pcxt->estimator, 1);
	}
	InitializeParallelDSM(pcxt);
	if (pcxt->seg == NULL)
	{
		DestroyParallelContext(pcxt);
		ExitParallelMode();
		map_alone(task, n, what, shared_size, fill, collect, arg);
		return;
	}

	state = shm_toc_allocate(pcxt->toc, state_size);
	state->task = task;
	state->n = n;
	pg_atomic_init_u32(&state->next, 0);
	pg_atomic_init_u32(&state->done, 0);
	SharedFileSetInit(&state->fileset, pcxt->seg);
	shm_toc_insert(pcxt->toc, KEY_STATE, state);

	shared = shm_toc_allocate(pcxt->toc, shared_size);
	fill(shared, arg);
	shm_toc_insert(pcxt->toc, KEY_SHARED, shared);

	if (query_len > 0)
	{
		char	   *query = shm_toc_allocate(pcxt->toc, query_len);

		memcpy(query, debug_query_string, query_len);
		shm_toc_insert(pcxt->toc, KEY_QUERY, query);
	}

	LaunchParallelWorkers(pcxt);
	writer_init(&memory);
	progress_start(&progress, what, n);
	run_items(state, shared, NULL, &memory, &progress);
	WaitForParallelWorkersToFinish(pcxt);
	collect_results(state, &memory, pcxt->nworkers_launched, collect, arg);
	pfree(memory.data);
	DestroyParallelContext(pcxt);
	ExitParallelMode();
}

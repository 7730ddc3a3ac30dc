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
 *
 * A large shared block is the leader's own memory, written to a file of the
 * SharedFileSet, which the workers map: they share the kernel's pages of it.  It
 * is written and not mapped by the leader, so that a full disk and
 * temp_file_limit are errors like any other.
 */
#include "parallel.h"

#include <sys/mman.h>

#include "access/parallel.h"
#include "access/xact.h"
#include "pgstat.h"
#include "port/atomics.h"
#include "storage/fd.h"
#include "storage/shm_toc.h"
#include "tcop/tcopprot.h"

#define KEY_STATE	UINT64CONST(0xC213E00000000001)
#define KEY_SHARED	UINT64CONST(0xC213E00000000002)
#define KEY_QUERY	UINT64CONST(0xC213E00000000003)

#define SHARED_FILE "crimeml.shared"

/* Bytes of a file that are written between two looks for interrupts. */
#define WRITE_BLOCK ((Size) 8 * 1024 * 1024)

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
	Size		file_size;		/* of the shared block in a file; 0: it is here */
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
	const ParallelTask *task = parallel_task(state->task);
	void	   *opened = task->open == NULL ? NULL : task->open(shared);
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
		task->run(shared, opened, item, &w);
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

/* The leader's block as a file for the workers. */
static void
write_shared_file(MapState *state, const void *shared, Size size)
{
	File		file = FileSetCreate(crimeml_fileset(&state->fileset), SHARED_FILE);

	for (Size at = 0; at < size;)
	{
		int			part = (int) Min(WRITE_BLOCK, size - at);

		CHECK_FOR_INTERRUPTS();
		if (FileWrite(file, unconstify(char *, (const char *) shared) + at, part, (off_t) at,
					  WAIT_EVENT_BUFFILE_WRITE) != part)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not write to file \"%s\": %m", FilePathName(file))));
		at += part;
	}
	FileClose(file);
	state->file_size = size;
}

/* That file in a worker's memory, for as long as the worker lives. */
static void *
map_shared_file(MapState *state)
{
	File		file = FileSetOpen(crimeml_fileset(&state->fileset), SHARED_FILE, O_RDONLY);
	void	   *shared = mmap(NULL, state->file_size, PROT_READ, MAP_SHARED,
							  FileGetRawDesc(file), 0);

	if (shared == MAP_FAILED)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not map file \"%s\": %m", FilePathName(file))));
	FileClose(file);
	return shared;
}

/* A worker's whole life. */
void
crimeml_parallel_worker(dsm_segment *seg, shm_toc *toc)
{
	MapState   *state = shm_toc_lookup(toc, KEY_STATE, false);
	void	   *shared;
	char		name[MAXPGPATH];
	BufFile    *file;

	debug_query_string = shm_toc_lookup(toc, KEY_QUERY, true);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);

	SharedFileSetAttach(&state->fileset, seg);
	shared = state->file_size > 0 ? map_shared_file(state) :
		shm_toc_lookup(toc, KEY_SHARED, false);
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
	const ParallelTask *run = parallel_task(task);
	void	   *shared = crimeml_alloc(CurrentMemoryContext, shared_size, 1);
	void	   *opened;
	MemoryContext item_context = AllocSetContextCreate(CurrentMemoryContext,
													   "crimeml item",
													   ALLOCSET_DEFAULT_SIZES);
	Progress	progress;

	fill(shared, arg);
	opened = run->open == NULL ? NULL : run->open(shared);
	progress_start(&progress, what, n);
	for (int i = 0; i < n; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(item_context);
		ByteWriter	w;

		writer_init(&w);
		run->run(shared, opened, i, &w);
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
	bool		in_file = shared_size > PARALLEL_DSM_MAX;
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
	shm_toc_estimate_keys(&pcxt->estimator, 1);
	if (!in_file)
	{
		shm_toc_estimate_chunk(&pcxt->estimator, shared_size);
		shm_toc_estimate_keys(&pcxt->estimator, 1);
	}
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

	state->file_size = 0;
	if (in_file)
	{
		shared = crimeml_alloc(CurrentMemoryContext, shared_size, 1);
		fill(shared, arg);
		write_shared_file(state, shared, shared_size);
	}
	else
	{
		shared = shm_toc_allocate(pcxt->toc, shared_size);
		fill(shared, arg);
		shm_toc_insert(pcxt->toc, KEY_SHARED, shared);
	}

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
	if (in_file)
		pfree(shared);
	DestroyParallelContext(pcxt);
	ExitParallelMode();
}

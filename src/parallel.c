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
#include "parallel_state.h"

#include <sys/mman.h>

#include "access/xact.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "tcop/tcopprot.h"

#define KEY_STATE	UINT64CONST(0xC213E00000000001)
#define KEY_SHARED	UINT64CONST(0xC213E00000000002)
#define KEY_QUERY	UINT64CONST(0xC213E00000000003)

/* Bytes of a file that are written between two looks for interrupts. */
#define WRITE_BLOCK ((Size) 8 * 1024 * 1024)

PGDLLEXPORT void crimeml_parallel_worker(dsm_segment *seg, shm_toc *toc);

static void
worker_file_name(char *name, int participant)
{
	snprintf(name, MAXPGPATH, "crimeml.%d", participant);
}

uint64
parallel_keep(ItemResult *result, const ByteWriter *w, BufFile *file, ByteWriter *memory,
			  uint64 offset)
{
	result->participant = ParallelWorkerNumber;
	result->offset = offset;
	result->len = w->len;
	if (file != NULL)
		BufFileWrite(file, w->data, w->len);
	else
		write_bytes(memory, w->data, w->len);
	return offset + w->len;
}

/*
 * Draw items until none is left.  Results go to file, or are kept in memory
 * where there is none.
 */
static void
run_items(ParallelState *state, const void *shared, BufFile *file, ByteWriter *memory,
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

	while ((item = pg_atomic_fetch_add_u32(&state->next[0], 1)) < (uint32) state->n)
	{
		ByteWriter	w;

		CHECK_FOR_INTERRUPTS();
		writer_init(&w);
		task->run(shared, opened, item, &w);
		offset = parallel_keep(&state->result[item], &w, file, memory, offset);
		MemoryContextReset(item_context);
		pg_atomic_fetch_add_u32(&state->done, 1);
		if (progress != NULL)
			progress_step(progress, pg_atomic_read_u32(&state->done));
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(item_context);
}

void
parallel_write_file(ParallelState *state, const void *shared, Size size)
{
	File		file = FileSetCreate(crimeml_fileset(&state->fileset), PARALLEL_SHARED_FILE);
	char	   *zeroes = shared == NULL ? palloc0(Min(WRITE_BLOCK, size)) : NULL;

	for (Size at = 0; at < size;)
	{
		int			part = (int) Min(WRITE_BLOCK, size - at);

		CHECK_FOR_INTERRUPTS();
		if (FileWrite(file, zeroes != NULL ? zeroes : unconstify(char *, (const char *) shared) + at,
					  part, (off_t) at,
					  WAIT_EVENT_BUFFILE_WRITE) != part)
			ereport(ERROR,
					(errcode_for_file_access(),
					 errmsg("could not write to file \"%s\": %m", FilePathName(file))));
		at += part;
	}
	FileClose(file);
	if (zeroes != NULL)
		pfree(zeroes);
	state->file_size = size;
}

void *
parallel_map_file(ParallelState *state, bool writable)
{
	File		file = FileSetOpen(crimeml_fileset(&state->fileset), PARALLEL_SHARED_FILE,
								   writable ? O_RDWR : O_RDONLY);
	void	   *shared = mmap(NULL, state->file_size, writable ? PROT_READ | PROT_WRITE : PROT_READ,
							  MAP_SHARED, FileGetRawDesc(file), 0);

	if (shared == MAP_FAILED)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not map file \"%s\": %m", FilePathName(file))));
	FileClose(file);
	return shared;
}

ParallelState *
parallel_worker_start(dsm_segment *seg, shm_toc *toc, bool writable, void **shared, BufFile **file)
{
	ParallelState *state = shm_toc_lookup(toc, KEY_STATE, false);
	char		name[MAXPGPATH];

	debug_query_string = shm_toc_lookup(toc, KEY_QUERY, true);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);

	SharedFileSetAttach(&state->fileset, seg);
	*shared = state->file_size > 0 ? parallel_map_file(state, writable) :
		shm_toc_lookup(toc, KEY_SHARED, false);
	worker_file_name(name, ParallelWorkerNumber);
	*file = BufFileCreateFileSet(crimeml_fileset(&state->fileset), name);
	return state;
}

void
parallel_worker_end(BufFile *file)
{
	BufFileExportFileSet(file);
	BufFileClose(file);
}

/* A worker's whole life. */
void
crimeml_parallel_worker(dsm_segment *seg, shm_toc *toc)
{
	void	   *shared;
	BufFile    *file;
	ParallelState *state = parallel_worker_start(seg, toc, false, &shared, &file);

	run_items(state, shared, file, NULL, NULL);
	parallel_worker_end(file);
}

void
parallel_collect(ParallelState *state, const ByteWriter *memory, int nworkers,
				 ParallelCollect collect, void *arg)
{
	BufFile   **files = palloc0(sizeof(BufFile *) * Max(nworkers, 1));
	uint8	   *buffer = NULL;
	Size		capacity = 0;

	for (int i = 0; i < state->n; i++)
	{
		ItemResult *result = &state->result[i];

		CHECK_FOR_INTERRUPTS();
		if (result->participant == PARALLEL_NOBODY)
			continue;
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

ParallelContext *
parallel_begin(const char *worker, int workers, ParallelTaskId task, int n, Size shared_size,
			   ParallelState **state_made, void **shared)
{
	Size		state_size = add_size(offsetof(ParallelState, result),
									  mul_size(sizeof(ItemResult), n));
	Size		query_len = debug_query_string ? strlen(debug_query_string) + 1 : 0;
	ParallelContext *pcxt;
	ParallelState *state;

	EnterParallelMode();
	pcxt = CreateParallelContext("crimeml", worker, workers);
	shm_toc_estimate_chunk(&pcxt->estimator, state_size);
	shm_toc_estimate_keys(&pcxt->estimator, 1);
	if (shared_size <= PARALLEL_DSM_MAX)
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
		return NULL;
	}

	state = shm_toc_allocate(pcxt->toc, state_size);
	state->task = task;
	state->n = n;
	for (int i = 0; i < lengthof(state->next); i++)
		pg_atomic_init_u32(&state->next[i], 0);
	pg_atomic_init_u32(&state->done, 0);
	for (int i = 0; i < n; i++)
		state->result[i].participant = PARALLEL_NOBODY;
	SharedFileSetInit(&state->fileset, pcxt->seg);
	shm_toc_insert(pcxt->toc, KEY_STATE, state);
	state->file_size = 0;
	*shared = NULL;
	if (shared_size <= PARALLEL_DSM_MAX)
	{
		*shared = shm_toc_allocate(pcxt->toc, shared_size);
		shm_toc_insert(pcxt->toc, KEY_SHARED, *shared);
	}
	if (query_len > 0)
	{
		char	   *query = shm_toc_allocate(pcxt->toc, query_len);

		memcpy(query, debug_query_string, query_len);
		shm_toc_insert(pcxt->toc, KEY_QUERY, query);
	}
	*state_made = state;
	return pcxt;
}

void
parallel_end(ParallelContext *pcxt)
{
	DestroyParallelContext(pcxt);
	ExitParallelMode();
}

void
parallel_map(ParallelTaskId task, int n, int max_workers, const char *what,
			 Size shared_size, ParallelFill fill, ParallelCollect collect, void *arg)
{
	int			workers = Min(Min(max_workers, max_parallel_maintenance_workers), n - 1);
	bool		in_file = shared_size > PARALLEL_DSM_MAX;
	ParallelContext *pcxt = NULL;
	ParallelState *state;
	void	   *shared;
	ByteWriter	memory;
	Progress	progress;

	if (workers > 0 && !IsParallelWorker())
		pcxt = parallel_begin("crimeml_parallel_worker", workers, task, n, shared_size,
							  &state, &shared);
	if (pcxt == NULL)
	{
		map_alone(task, n, what, shared_size, fill, collect, arg);
		return;
	}

	if (in_file)
		shared = crimeml_alloc(CurrentMemoryContext, shared_size, 1);
	fill(shared, arg);
	if (in_file)
		parallel_write_file(state, shared, shared_size);

	LaunchParallelWorkers(pcxt);
	writer_init(&memory);
	progress_start(&progress, what, n);
	run_items(state, shared, NULL, &memory, &progress);
	WaitForParallelWorkersToFinish(pcxt);
	parallel_collect(state, &memory, pcxt->nworkers_launched, collect, arg);
	pfree(memory.data);
	if (in_file)
		pfree(shared);
	parallel_end(pcxt);
}

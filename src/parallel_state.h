/*
 * parallel_state.h
 *		What the leader and the workers share besides the task's own block; for
 *		parallel*.c only.
 */
#ifndef CRIMEML_PARALLEL_STATE_H
#define CRIMEML_PARALLEL_STATE_H

#include "parallel.h"

#include "access/parallel.h"
#include "port/atomics.h"
#include "storage/barrier.h"
#include "storage/shm_toc.h"

#define PARALLEL_SHARED_FILE "crimeml.shared"

/* Where the result of an item lies. */
typedef struct ItemResult
{
	int32		participant;	/* ParallelWorkerNumber; -1 is the leader */
	uint64		offset;
	uint64		len;
} ItemResult;

#define PARALLEL_NOBODY (-2)	/* there is no result */

typedef struct ParallelState
{
	int32		task;
	int32		n;				/* results */
	pg_atomic_uint32 next[2];	/* item; a team's phases take turns */
	pg_atomic_uint32 done;		/* for progress only */
	Barrier		barrier;		/* of a team */
	Size		file_size;		/* of the shared block in a file; 0: it is here */
	SharedFileSet fileset;
	ItemResult	result[FLEXIBLE_ARRAY_MEMBER];
} ParallelState;

/*
 * Enter parallel mode with a state for n results, whose results are all
 * nobody's.  A block of more than PARALLEL_DSM_MAX bytes is not made here.  NULL
 * where there is no shared memory.
 */
extern ParallelContext *parallel_begin(const char *worker, int workers, ParallelTaskId task,
									   int n, Size shared_size, ParallelState **state_made,
									   void **shared);
extern void parallel_end(ParallelContext *pcxt);

/* The block as a file (of zeroes, where it is NULL), and that file in a process's
 * memory, until the process ends or unmaps it. */
extern void parallel_write_file(ParallelState *state, const void *shared, Size size);
extern void *parallel_map_file(ParallelState *state, bool writable);

/* Begin and end of a worker: file takes its results. */
extern ParallelState *parallel_worker_start(dsm_segment *seg, shm_toc *toc, bool writable,
											void **shared, BufFile **file);
extern void parallel_worker_end(BufFile *file);

/* Keep a result, in file or, without one, in memory, where the participant's
 * own ones take "offset" bytes; returns what they take then. */
extern uint64 parallel_keep(ItemResult *result, const ByteWriter *w, BufFile *file,
							ByteWriter *memory, uint64 offset);

/* Hand out the results in their order; those of one participant follow each
 * other in its file in this order too. */
extern void parallel_collect(ParallelState *state, const ByteWriter *memory, int nworkers,
							 ParallelCollect collect, void *arg);

#endif							/* CRIMEML_PARALLEL_STATE_H */

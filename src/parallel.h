/*
 * parallel.h
 *		Independent pieces of work, spread over parallel workers.
 *
 * parallel_map() runs items 0 .. n-1 of a task in the leader and in up to
 * max_workers background workers (and at most max_parallel_maintenance_workers),
 * which draw items from a shared counter.  Inside a parallel worker, or when no
 * worker can be had, the leader does them all.  Errors, cancel and shutdown
 * reach every process as in PostgreSQL's own index builds.
 *
 * What the items share is one flat block without pointers: fill() writes it
 * once, in place, before the first item runs.  A block above PARALLEL_DSM_MAX
 * goes to the workers by a file, since a container's /dev/shm may be small.  What an item gives is bytes;
 * collect() sees them in the order of the items, whoever made them.
 */
#ifndef CRIMEML_PARALLEL_H
#define CRIMEML_PARALLEL_H

#include "tasks.h"

/* The largest block that lies in dynamic shared memory. */
#define PARALLEL_DSM_MAX ((Size) 4 * 1024 * 1024)

typedef void (*ParallelFill) (void *shared, void *arg);
typedef void (*ParallelCollect) (void *arg, int item, const uint8 *result, Size len);

extern void parallel_map(ParallelTaskId task, int n, int max_workers,
						 const char *what,	/* for progress messages */
						 Size shared_size, ParallelFill fill,
						 ParallelCollect collect, void *arg);

/* Sees the shared block after the last phase, before the results are collected. */
typedef void (*ParallelFinish) (const void *shared, void *arg);

/*
 * Run a task of a team.  There are at most so many results; collect() sees
 * those that there are, in the order of their places.
 */
extern void parallel_team(ParallelTaskId task, int results, int max_workers,
						  const char *what, Size shared_size, ParallelFill fill,
						  ParallelFinish finish, ParallelCollect collect, void *arg);

#endif							/* CRIMEML_PARALLEL_H */

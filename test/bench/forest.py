"""One side of the forest benchmark, or the table of all: see forest.sh.

forest.py crimeml          trains beside the server that PGHOST names
forest.py sklearn FILES    trains on FILES/learn.csv
forest.py table FILES      prints what the sides found
"""
import csv
import json
import statistics
import sys
import threading
import time

TREES, LEAF, RUNS = 50, 20, 5
TRAIN = f"""SELECT crimeml.forest_agg(label, f, '{{"trees": {TREES}, "min_leaf": {LEAF}}}') AS model
FROM learn, LATERAL (SELECT x, y, district, hour, isodow, month, doy) f"""


def pss_mb(pids):
    """Proportional size of some processes together, in MB."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup") as lines:
                total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        except OSError:
            pass            # it has ended
    return total / 1024


def parallel_workers(backend):
    """The parallel workers of the backend's server, which has no other client."""
    with open(f"/proc/{backend}/stat") as stat:
        postmaster = stat.read().rsplit(")", 1)[1].split()[1]
    with open(f"/proc/{postmaster}/task/{postmaster}/children") as children:
        pids = children.read().split()
    workers = []
    for pid in pids:
        try:
            with open(f"/proc/{pid}/cmdline") as line:
                if "parallel worker" in line.read():
                    workers.append(pid)
        except OSError:
            pass
    return workers


class Peak:
    """The largest size of a backend and its workers while a block runs."""

    def __init__(self, backend):
        self.backend, self.peak, self.done = backend, 0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.done.wait(0.02):
            self.peak = max(self.peak, pss_mb([self.backend] + parallel_workers(self.backend)))

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def connect():
    import psycopg2
    connection = psycopg2.connect("")
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SET crimeml.progress_interval = 0")
    # the leader is the second process
    cursor.execute("SET max_parallel_maintenance_workers = 1")
    cursor.execute("SET max_parallel_workers_per_gather = 1")
    return connection, cursor


def crimeml():
    connection, cursor = connect()
    cursor.execute("SELECT count(*) FROM learn")     # the rows are in the cache
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        cursor.execute(f"CREATE TEMPORARY TABLE m AS {TRAIN}")
        seconds.append(time.perf_counter() - start)
        cursor.execute("DROP TABLE m")
    connection.close()

    # memory in a run of its own: looking takes time
    connection, cursor = connect()
    cursor.execute("SELECT pg_backend_pid(), count(*) FROM learn")
    backend, rows = cursor.fetchone()
    idle = pss_mb([backend])
    with Peak(backend) as peak:
        cursor.execute(f"CREATE TABLE m AS {TRAIN}")
    cursor.execute("SELECT metric, value FROM m, crimeml.evaluate(model, 'later')")
    metric = dict(cursor.fetchall())
    cursor.execute("SELECT (crimeml.describe(model) ->> 'bytes')::bigint FROM m")
    return {"name": "crimeml", "rows": rows, "seconds": seconds, "peak_mb": peak.peak,
            "idle_mb": idle, "model_mb": cursor.fetchone()[0] / 1e6,
            "log_loss": metric["log_loss"], "accuracy": metric["accuracy"]}


def read(path):
    import numpy
    with open(path, newline="") as handle:
        rows = list(csv.reader(handle))[1:]
    return (numpy.array([row[1:] for row in rows], dtype=float), numpy.array([row[0] for row in rows]))


def high_water_mb():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def sklearn(files):
    import numpy
    import sklearn
    from sklearn.ensemble import RandomForestClassifier
    features, labels = read(f"{files}/learn.csv")
    numpy.savez(f"{files}/learn.npz", features=features, labels=numpy.unique(labels, return_inverse=True)[1])
    forest = RandomForestClassifier(n_estimators=TREES, min_samples_leaf=LEAF, n_jobs=2, random_state=1)
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        forest.fit(features, labels)
        seconds.append(time.perf_counter() - start)
    features, labels = read(f"{files}/later.csv")
    probability = forest.predict_proba(features)
    number = {name: i for i, name in enumerate(forest.classes_)}
    actual = numpy.array([number.get(label, -1) for label in labels])
    hit = numpy.where(actual >= 0, probability[numpy.arange(len(labels)), actual], 0)
    return {"name": "scikit-learn " + sklearn.__version__, "seconds": seconds,
            "log_loss": float(-numpy.log(numpy.maximum(hit, 1e-15)).mean()),
            "accuracy": float((probability.argmax(1) == actual).mean())}


def sklearn_peak(files):
    """Memory of a process that does nothing but load arrays and fit."""
    import numpy
    from sklearn.ensemble import RandomForestClassifier
    rows = numpy.load(f"{files}/learn.npz")
    RandomForestClassifier(n_estimators=TREES, min_samples_leaf=LEAF, n_jobs=2,
                           random_state=1).fit(rows["features"], rows["labels"])
    return {"peak_mb": high_water_mb()}


def table(files):
    found = {name: json.load(open(f"{files}/{name}.json"))
             for name in ("crimeml", "sklearn", "sklearn_peak", "ranger")}
    found["sklearn"].update(found.pop("sklearn_peak"))
    own, peer = found["crimeml"], found["sklearn"]
    print(f"{own['rows']} rows, {TREES} trees, smallest leaf {LEAF}, 2 processors")
    print(f"{'':20} {'seconds':>8} {'x sklearn':>9} {'peak MB':>8} {'log loss':>9} {'accuracy':>9}  all runs")
    for side in found.values():
        median = statistics.median(side["seconds"])
        print(f"{side['name']:20} {median:8.2f} {median / statistics.median(peer['seconds']):9.2f} {side['peak_mb']:8.0f}"
              + "".join(f" {side[key]:9.4f}" if key in side else " " * 10 for key in ("log_loss", "accuracy"))
              + "  " + " ".join(f"{s:.2f}" for s in side["seconds"]))
    print(f"crimeml: the backend and its workers (PSS), {own['idle_mb']:.0f} MB of it before training;"
          f" the model has {own['model_mb']:.1f} MB")
    print(f"log loss, crimeml / scikit-learn: {own['log_loss'] / peer['log_loss']:.4f}")


if __name__ == "__main__":
    if sys.argv[1] == "table":
        table(sys.argv[2])
    else:
        sides = {"crimeml": crimeml, "sklearn": sklearn, "sklearn_peak": sklearn_peak}
        print(json.dumps(sides[sys.argv[1]](*sys.argv[2:])))

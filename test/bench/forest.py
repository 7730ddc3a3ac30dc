"""One side of the forest benchmark, or the table of all: see forest.sh.

forest.py crimeml LEAF              trains beside the server that PGHOST names
forest.py sklearn LEAF FILES        trains on FILES/learn.csv
forest.py sklearn_peak LEAF FILES   memory of a process that does only that
forest.py table LEAF FILES          prints what the sides found
forest.py growth                    time per row from 0.25 to 1.5 million rows

LEAF is the least number of rows in a leaf.
"""
import csv
import json
import statistics
import sys
import threading
import time

TREES = 50
FEATURES = "x, y, district, hour, isodow, month, doy"


def train(leaf, table="learn", seed=0):
    """The peers' settings: sqrt(7) features at a split, leaves as they are."""
    return (f"""SELECT crimeml.forest_agg(label, f,
    '{{"trees": {TREES}, "min_leaf": {leaf}, "mtry": 2, "smoothing": 0, "seed": {seed}}}')
AS model FROM {table}, LATERAL (SELECT {FEATURES}) f""")


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


def seconds_of(cursor, query, runs):
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        cursor.execute(query)
        seconds.append(time.perf_counter() - start)
    return seconds


def predict_times(cursor):
    """All later rows in a serial and in a parallel plan, and one row by itself."""
    query = (f"SELECT count(crimeml.predict((SELECT model FROM m), f)) "
             f"FROM later, LATERAL (SELECT {FEATURES}) f")
    times = {}
    for name, workers in (("serial", 0), ("parallel", 1)):
        cursor.execute(f"SET max_parallel_workers_per_gather = {workers}")
        cursor.execute(query)
        times[name] = statistics.median(seconds_of(cursor, query, 3))
    one = (f"SELECT crimeml.predict(model, f) FROM m, "
           f"(SELECT 486000.0::float8 AS x, 4424000.0::float8 AS y, 5 AS district, 22 AS hour, "
           f"5 AS isodow, 7 AS month, 190 AS doy) f")
    nothing = "SELECT length(model::text) IS NULL FROM m WHERE false"
    times["one"] = (statistics.median(seconds_of(cursor, one, 300))
                    - statistics.median(seconds_of(cursor, nothing, 300)))
    return times


def crimeml(leaf):
    connection, cursor = connect()
    cursor.execute("SELECT count(*) FROM learn")     # the rows are in the cache
    seconds, metrics = [], []
    for seed in range(1, 6):
        seconds += seconds_of(cursor, f"CREATE TEMPORARY TABLE m AS {train(leaf, seed=seed)}", 1)
        cursor.execute("SELECT metric, value FROM m, crimeml.evaluate(model, 'later')")
        metrics.append(dict(cursor.fetchall()))
        cursor.execute("DROP TABLE m")
    connection.close()

    # memory in a run of its own: looking takes time
    connection, cursor = connect()
    cursor.execute("DROP TABLE IF EXISTS m")
    cursor.execute("SELECT pg_backend_pid(), count(*) FROM learn")
    backend, rows = cursor.fetchone()
    idle = pss_mb([backend])
    with Peak(backend) as peak:
        cursor.execute(f"CREATE TABLE m AS {train(leaf)}")
    cursor.execute("SELECT (crimeml.describe(model) ->> 'bytes')::bigint FROM m")
    return {"name": "crimeml", "rows": rows, "seconds": seconds, "peak_mb": peak.peak,
            "idle_mb": idle, "model_mb": cursor.fetchone()[0] / 1e6, "predict": predict_times(cursor),
            "log_loss": [metric["log_loss"] for metric in metrics],
            "accuracy": [metric["accuracy"] for metric in metrics]}


def growth():
    """Rows are repeated, places with some jitter, where three years run out."""
    connection, cursor = connect()
    cursor.execute(f"""CREATE TABLE grown AS SELECT label, x + 20 * random() - 10 AS x, y + 20 * random() - 10 AS y,
        district, hour, isodow, month, doy FROM learn, generate_series(1, 4) ORDER BY random()""")
    print("rows       seconds  us a row")
    for rows in (250000, 500000, 1000000, 1500000):
        cursor.execute(f"CREATE TEMPORARY TABLE part AS SELECT * FROM grown LIMIT {rows}")
        cursor.execute("ANALYZE part")
        median = statistics.median(seconds_of(cursor, train(20, "part"), 3))
        print(f"{rows:8} {median:9.2f} {median / rows * 1e6:9.2f}")
        cursor.execute("DROP TABLE part")


def read(path):
    import numpy
    with open(path, newline="") as handle:
        rows = list(csv.reader(handle))[1:]
    return (numpy.array([row[1:] for row in rows], dtype=float), numpy.array([row[0] for row in rows]))


def high_water_mb():
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


def sklearn(leaf, files):
    import numpy
    import sklearn
    from sklearn.ensemble import RandomForestClassifier
    features, labels = read(f"{files}/learn.csv")
    numpy.savez(f"{files}/learn.npz", features=features, labels=numpy.unique(labels, return_inverse=True)[1])
    later, later_labels = read(f"{files}/later.csv")
    seconds, predicted, log_loss, accuracy = [], [], [], []
    for seed in range(1, 6 if leaf > 1 else 2):
        forest = RandomForestClassifier(n_estimators=TREES, min_samples_leaf=leaf, n_jobs=2, random_state=seed)
        start = time.perf_counter()
        forest.fit(features, labels)
        seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        probability = forest.predict_proba(later)
        predicted.append(time.perf_counter() - start)
        number = {name: i for i, name in enumerate(forest.classes_)}
        actual = numpy.array([number.get(label, -1) for label in later_labels])
        hit = numpy.where(actual >= 0, probability[numpy.arange(len(actual)), actual], 0)
        log_loss.append(float(-numpy.log(numpy.maximum(hit, 1e-15)).mean()))
        accuracy.append(float((probability.argmax(1) == actual).mean()))
    return {"name": "scikit-learn " + sklearn.__version__, "seconds": seconds,
            "predict": {"parallel": statistics.median(predicted)}, "log_loss": log_loss, "accuracy": accuracy}


def sklearn_peak(leaf, files):
    """Memory of a process that does nothing but load arrays and fit."""
    import numpy
    from sklearn.ensemble import RandomForestClassifier
    rows = numpy.load(f"{files}/learn.npz")
    RandomForestClassifier(n_estimators=TREES, min_samples_leaf=leaf, n_jobs=2,
                           random_state=1).fit(rows["features"], rows["labels"])
    return {"peak_mb": high_water_mb()}


def table(leaf, files):
    found = {name: json.load(open(f"{files}/{name}.json"))
             for name in ("crimeml", "sklearn", "sklearn_peak", "ranger")}
    found["sklearn"].update(found.pop("sklearn_peak"))
    own, peer = found["crimeml"], found["sklearn"]
    base = statistics.median(own["seconds"])
    print(f"{own['rows']} rows, {TREES} trees, smallest leaf {leaf}, 2 processors")
    print(f"{'':20} {'seconds':>8} {'x crimeml':>9} {'peak MB':>8} {'log loss':>9} {'accuracy':>9}  all runs")
    for side in found.values():
        median = statistics.median(side["seconds"])
        print(f"{side['name']:20} {median:8.2f} {median / base:9.2f} {side['peak_mb']:8.0f}"
              + "".join(f" {statistics.mean(side[key]):9.4f}" if key in side else " " * 10 for key in ("log_loss", "accuracy"))
              + "  " + " ".join(f"{s:.2f}" for s in side["seconds"]))
    print(f"crimeml: the backend and its workers (PSS), {own['idle_mb']:.0f} MB of it before training;"
          f" the model has {own['model_mb']:.1f} MB")
    for key in ("log_loss", "accuracy"):
        print(f"{key}, by seed: crimeml " + " ".join(f"{value:.4f}" for value in own[key])
              + "; scikit-learn " + " ".join(f"{value:.4f}" for value in peer[key]))
    print(f"predicting the later rows: crimeml {own['predict']['serial']:.2f} s in a serial plan, "
          f"{own['predict']['parallel']:.2f} s in a parallel one; scikit-learn {peer['predict']['parallel']:.2f} s; "
          f"one row in a warm session {own['predict']['one'] * 1000:.3f} ms")


if __name__ == "__main__":
    if sys.argv[1] == "growth":
        growth()
    elif sys.argv[1] == "table":
        table(int(sys.argv[2]), sys.argv[3])
    else:
        sides = {"crimeml": crimeml, "sklearn": sklearn, "sklearn_peak": sklearn_peak}
        print(json.dumps(sides[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])))

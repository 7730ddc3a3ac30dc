"""The boosting benchmark: see boost.sh.

boost.py FILES      trains on the tables learn and later of the server that PGHOST
                    names, and on FILES/learn.csv and FILES/later.csv
"""
import csv
import json
import statistics
import sys
import time

import numpy
import psycopg2
import xgboost

FEATURES = "x, y, district, hour, isodow, month"
RUNS = 3

# name: rounds, options of boost_agg, parameters of XGBoost
SETTINGS = {
    "50 rounds, depth 6, eta .3": (
        50, {"learning_rate": 0.3, "max_depth": 6, "early_stopping": 0},
        {"eta": 0.3, "max_depth": 6}),
    "100 rounds, 63 leaves, eta .1": (
        100, {"learning_rate": 0.1, "max_leaves": 63, "min_hessian": 5, "early_stopping": 0},
        {"eta": 0.1, "max_leaves": 63, "max_depth": 0, "grow_policy": "lossguide", "min_child_weight": 5}),
    "the same on half of the features": (
        100, {"learning_rate": 0.1, "max_leaves": 63, "lambda": 10, "feature_fraction": 0.5, "early_stopping": 0},
        {"eta": 0.1, "max_leaves": 63, "max_depth": 0, "grow_policy": "lossguide", "min_child_weight": 5, "lambda": 10,
         "colsample_bytree": 0.5}),
}


def read(path):
    with open(path, newline="") as handle:
        rows = list(csv.reader(handle))[1:]
    return (numpy.array([row[1:] for row in rows], dtype=float), numpy.array([row[0] for row in rows]))


def crimeml(cursor, options):
    start = time.perf_counter()
    cursor.execute(f"CREATE TEMPORARY TABLE m AS SELECT crimeml.boost_agg(label, f, %s) AS model "
                   f"FROM learn, LATERAL (SELECT {FEATURES}) f", [json.dumps(options)])
    seconds = time.perf_counter() - start
    cursor.execute("SELECT value FROM m, crimeml.evaluate(model, 'later') WHERE metric = 'log_loss'")
    log_loss = cursor.fetchone()[0]
    cursor.execute("DROP TABLE m")
    return seconds, log_loss


def peer(rounds, params, learn, labels, later, later_labels, classes):
    params = dict(params, objective="multi:softprob", num_class=classes, tree_method="hist", nthread=2, seed=1)
    start = time.perf_counter()
    model = xgboost.train(params, xgboost.DMatrix(learn, labels), rounds)
    seconds = time.perf_counter() - start
    p = model.predict(xgboost.DMatrix(later))
    p = p[numpy.arange(len(p)), later_labels]
    return seconds, float(-numpy.log(numpy.clip(p, 1e-15, 1)).mean())


def main(files):
    connection = psycopg2.connect("")
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SET crimeml.progress_interval = 0")
    # the leader is the second process
    cursor.execute("SET max_parallel_maintenance_workers = 1")
    cursor.execute("SET max_parallel_workers_per_gather = 1")
    cursor.execute("SELECT count(*) FROM learn")
    learn, names = read(f"{files}/learn.csv")
    later, later_names = read(f"{files}/later.csv")
    classes = numpy.unique(names)
    labels = numpy.searchsorted(classes, names)
    known = numpy.isin(later_names, classes)
    later, later_labels = later[known], numpy.searchsorted(classes, later_names[known])
    print(f"{len(labels)} rows, {len(classes)} classes; xgboost {xgboost.__version__}")
    for name, (rounds, options, params) in SETTINGS.items():
        ours, theirs = [], []
        for _ in range(RUNS):
            ours.append(crimeml(cursor, dict(options, rounds=rounds)))
            theirs.append(peer(rounds, params, learn, labels, later, later_labels, len(classes)))
        seconds = [statistics.median(run[0] for run in side) for side in (ours, theirs)]
        print(f"{name}\n  crimeml   {seconds[0]:7.2f} s   log loss {ours[0][1]:.4f}"
              f"\n  XGBoost   {seconds[1]:7.2f} s   log loss {theirs[0][1]:.4f}"
              f"\n  time, crimeml to XGBoost: {seconds[0] / seconds[1]:.2f}")


if __name__ == "__main__":
    main(sys.argv[1])

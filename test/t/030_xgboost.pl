# from_xgboost_json against XGBoost itself, where python3-xgboost is installed:
# predictions to 1e-6, with missing values, values at the thresholds and half-way
# between them and their neighbours, classes by the dozen, counts; and the
# importance and explanations that XGBoost gives.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $python = '/usr/bin/python3';
plan skip_all => 'python3-xgboost is not installed'
  unless -x $python && system("$python -c 'import xgboost' >/dev/null 2>&1") == 0;

my $dir = PostgreSQL::Test::Utils::tempdir();
append_to_file("$dir/train.py", <<'PYTHON');
import csv, json, sys
import numpy as np, xgboost as xgb

rng = np.random.RandomState(7)
n, features = 600, 4
X = rng.normal(size=(n, features))
X[:, 1] = np.round(X[:, 1], 1)
X[:, 2] *= 1000
X[rng.rand(n, features) < .15] = np.nan
s = np.nan_to_num(X[:, 0]) + np.nan_to_num(X[:, 1]) * (np.nan_to_num(X[:, 2]) > 0) + rng.normal(size=n) * .3
labels = {
    'binary:logistic': (s > 0).astype(float),
    'multi:softprob': np.clip(np.floor(s * 2 + 6), 0, 11),
    'multi:softmax': np.clip(np.floor(s + 1.5), 0, 2),
    'two': (s > .5).astype(float),
    'reg:squarederror': s,
    'reg:absoluteerror': s,
    'reg:pseudohubererror': s,
    'reg:squaredlogerror': np.exp(s / 3),
    'count:poisson': rng.poisson(np.exp(s / 2)).astype(float),
    'reg:gamma': np.exp(s) + .1,
    'reg:tweedie': rng.poisson(np.exp(s / 2)).astype(float),
}
classes = {'multi:softprob': 12, 'multi:softmax': 3, 'two': 2}

def thresholds(model):
    for tree in model['learner']['gradient_booster']['model']['trees']:
        for left, f, t in zip(tree['left_children'], tree['split_indices'], tree['split_conditions']):
            if left >= 0:
                yield f, np.float32(t)

with open(sys.argv[1] + '/models.csv', 'w') as m, open(sys.argv[1] + '/rows.csv', 'w') as r, \
        open(sys.argv[1] + '/gain.csv', 'w') as g:
    models, rows, gains = csv.writer(m), csv.writer(r), csv.writer(g)
    for name, y in labels.items():
        param = {'objective': 'multi:softprob' if name == 'two' else name, 'max_depth': 4, 'eta': .3, 'seed': 1, 'nthread': 1}
        if name in classes:
            param['num_class'] = classes[name]
        if name == 'binary:logistic':
            param['base_score'] = .3
        if name == 'count:poisson':
            param['num_parallel_tree'] = 2
            param['subsample'] = .7
        b = xgb.train(param, xgb.DMatrix(X, y), 12)
        b.save_model(sys.argv[1] + '/m.json')
        text = open(sys.argv[1] + '/m.json').read()
        models.writerow([name, text])
        # at each threshold, at the float below it, half-way, and the doubles beside that
        edge = []
        for f, t in list(thresholds(json.loads(text)))[:60]:
            below = np.nextafter(t, np.float32(-np.inf))
            half = (float(t) + float(below)) / 2
            for v in (float(t), float(below), half, np.nextafter(half, np.inf), np.nextafter(half, -np.inf)):
                edge.append(X[rng.randint(n)].copy())
                edge[-1][f] = v
        Z = np.vstack([X[:200], edge])
        d = xgb.DMatrix(Z)
        p = b.predict(d)
        contribs = b.predict(d, pred_contribs=True)
        for i in range(len(Z)):
            z = {'f%d' % f: float(Z[i, f]) for f in range(features) if not np.isnan(Z[i, f])}
            z = {**{'f%d' % f: None for f in range(features)}, **z}
            said = [float(v) for v in np.atleast_1d(p[i])]
            if name == 'binary:logistic':
                said = [1 - said[0], said[0]]
            c = [] if i > 30 or contribs.ndim > 2 else [float(v) for v in contribs[i]]
            rows.writerow([name, json.dumps(z), '{%s}' % ','.join(map(repr, said)), '{%s}' % ','.join(map(repr, c))])
        total = b.get_score(importance_type='total_gain')
        for f, v in total.items():
            gains.writerow([name, f, v / sum(total.values())])
PYTHON
system("$python $dir/train.py $dir") == 0 or die 'XGBoost failed';

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
$node->safe_psql('postgres', qq{
	CREATE EXTENSION crimeml CASCADE;
	CREATE TABLE given (name text, json text);
	CREATE TABLE said (name text, features text, p float8[], contribution float8[]);
	CREATE TABLE gain (name text, feature text, share float8);
	\\copy given FROM '$dir/models.csv' (FORMAT csv)
	\\copy said FROM '$dir/rows.csv' (FORMAT csv)
	\\copy gain FROM '$dir/gain.csv' (FORMAT csv)
	CREATE TABLE model AS SELECT name, crimeml.from_xgboost_json(json) AS model FROM given;
	CREATE TABLE compared AS
	SELECT name, s.features, c.class::int, c.probability AS own, p[c.class::int + 1] AS theirs
	FROM model JOIN said s USING (name), crimeml.predict_classes(model, s.features, 12) c WHERE cardinality(p) > 1
	UNION ALL
	SELECT name, s.features, NULL, crimeml.predict_value(model, s.features), p[1]
	FROM model JOIN said s USING (name) WHERE cardinality(p) = 1 AND name <> 'multi:softmax'
	UNION ALL
	SELECT name, s.features, NULL, crimeml.predict(model, s.features)::float8, p[1]
	FROM model JOIN said s USING (name) WHERE name = 'multi:softmax'});

is($node->safe_psql('postgres', 'SELECT count(DISTINCT name) FROM compared'), 11, 'all objectives are compared');
is($node->safe_psql('postgres', q{
	SELECT name, features, own, theirs FROM compared
	WHERE abs(own - theirs) > 1e-6 * greatest(1, abs(theirs)) OR own IS NULL OR theirs IS NULL LIMIT 5}), '', 'predictions are those of XGBoost');
is($node->safe_psql('postgres', q{
	SELECT model.name, i.feature, i.importance, g.share FROM model CROSS JOIN crimeml.importance(model) i
	LEFT JOIN gain g ON (g.name, g.feature) = (model.name, i.feature) WHERE abs(i.importance - coalesce(g.share, 0)) > 1e-5}), '', 'importance is the total gain');
is($node->safe_psql('postgres', q{
	SELECT s.name, s.features, e.input, e.contribution, s.contribution[CASE e.input WHEN '(base)' THEN 5 ELSE substr(e.input, 2)::int + 1 END]
	FROM model JOIN said s USING (name), crimeml.explain(model, s.features, CASE name WHEN 'binary:logistic' THEN '1' END) e
	WHERE s.contribution <> '{}' AND abs(e.contribution - s.contribution[CASE e.input WHEN '(base)' THEN 5 ELSE substr(e.input, 2)::int + 1 END]) > 1e-4 LIMIT 5}),
	'', 'explanations are those of XGBoost');

# what is refused
foreach my $case (
	[ "'booster': 'dart'", 'booster "dart"' ], [ "'booster': 'gblinear'", 'booster "gblinear"' ],
	[ "'objective': 'rank:pairwise'", 'objective "rank:pairwise"' ])
{
	system($python, '-c', "import numpy as np, xgboost as xgb
X = np.arange(20.).reshape(10, 2)
xgb.train({'verbosity': 0, $case->[0]}, xgb.DMatrix(X, X[:, 0]), 2).save_model('$dir/refused.json')") == 0 or die;
	my $json = slurp_file("$dir/refused.json");
	my (undef, undef, $err) = $node->psql('postgres', qq{SELECT crimeml.describe(crimeml.from_xgboost_json(\$xgb\$$json\$xgb\$))});
	like($err, qr/\Q$case->[1]\E of XGBoost is not supported/, "$case->[1] is refused");
}

$node->stop;
done_testing();

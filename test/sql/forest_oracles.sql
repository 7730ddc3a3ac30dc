-- Trees and forests against numbers from outside: brute force in SQL, arithmetic, rows that are repeated
SET search_path = public, crimeml;
CREATE TABLE learn AS
SELECT i, i * 7919 % 1009 AS x, CASE WHEN i % 11 > 0 THEN i * 31 % 401 END AS y,
  chr(97 + (i * 7919 % 1009 / 400 + i * 31 % 401 / 150 + i * 104729 % 13 / 9) % 3) AS class,
  ((i * 7919 % 1009 / 100 + i * 31 % 401 / 40 + i * 104729 % 13) / 4.0)::float8 AS value
FROM generate_series(1, 200) AS i;
SELECT class, count(*), avg(value)::float8 FROM learn GROUP BY class ORDER BY class;

-- ---------- the first split: of all cuts the one that leaves the least impurity, with missing values on either side
CREATE VIEW side AS
SELECT feature, cut, missing_left, i, class, value, coalesce(v <= cut, missing_left) AS to_left
FROM (SELECT i, class, value, feature, v FROM learn, LATERAL (VALUES ('x', x), ('y', y)) u(feature, v)) l
JOIN (SELECT DISTINCT feature, v AS cut FROM learn, LATERAL (VALUES ('x', x), ('y', y)) u(feature, v) WHERE v IS NOT NULL) c USING (feature),
  (VALUES (true), (false)) m(missing_left);
CREATE VIEW value_split AS
SELECT feature, cut, missing_left, sum(n * spread) AS left_over, min(mean) FILTER (WHERE to_left) AS mean_left, min(mean) FILTER (WHERE NOT to_left) AS mean_right
FROM (SELECT feature, cut, missing_left, to_left, count(*) AS n, var_pop(value) AS spread, avg(value) AS mean FROM side GROUP BY 1, 2, 3, 4 HAVING count(*) >= 20) s
GROUP BY 1, 2, 3 HAVING sum(n) = 200;
SELECT feature, cut, missing_left FROM value_split ORDER BY left_over LIMIT 1;
SELECT count(*) FILTER (WHERE abs(predicted - by_hand) > 1e-12) AS differ, count(*), count(DISTINCT predicted) AS leaves FROM (
  SELECT predict_value(m, f) AS predicted, CASE WHEN coalesce(CASE s.feature WHEN 'x' THEN l.x ELSE l.y END <= cut, missing_left) THEN mean_left ELSE mean_right END AS by_hand
  FROM learn l, LATERAL (SELECT l.x, l.y) f, (SELECT tree_agg(value, f, '{"max_depth": 1, "min_leaf": 20}') AS m FROM learn l, LATERAL (SELECT l.x, l.y) f) t,
    (SELECT * FROM value_split ORDER BY left_over LIMIT 1) s) p;
CREATE VIEW class_split AS
SELECT feature, cut, missing_left, sum(n * (1 - share)) AS left_over
FROM (SELECT feature, cut, missing_left, to_left, sum(n) AS n, sum((n / all_n) ^ 2) AS share
      FROM (SELECT feature, cut, missing_left, to_left, class, count(*)::float8 AS n, sum(count(*)) OVER (PARTITION BY feature, cut, missing_left, to_left) AS all_n FROM side GROUP BY 1, 2, 3, 4, 5) c
      GROUP BY 1, 2, 3, 4 HAVING sum(n) >= 20) s
GROUP BY 1, 2, 3 HAVING sum(n) = 200;
SELECT feature, cut, missing_left FROM class_split ORDER BY left_over LIMIT 1;
-- a leaf says the shares of its rows
SELECT count(*) FILTER (WHERE abs(said - share) > 1e-12) AS differ, count(*), count(DISTINCT said) AS numbers FROM (
  SELECT predict_probability(m, f, c) AS said, (count(*) FILTER (WHERE class = c) OVER (PARTITION BY c, to_left))::float8 / count(*) OVER (PARTITION BY c, to_left) AS share
  FROM (SELECT l.*, coalesce(CASE s.feature WHEN 'x' THEN x ELSE y END <= cut, missing_left) AS to_left FROM learn l, (SELECT * FROM class_split ORDER BY left_over LIMIT 1) s) l,
    LATERAL (SELECT l.x, l.y) f, unnest('{a,b,c}'::text[]) AS c,
    (SELECT tree_agg(class, f, '{"max_depth": 1, "min_leaf": 20, "smoothing": 0}') AS m FROM learn l, LATERAL (SELECT l.x, l.y) f) t) p;

-- ---------- a cut lies half-way between the values of its own rows, though other rows have values between these: 0 and 9
-- where a is 1; few rows and many, two classes there and twenty
SELECT kind, string_agg(CASE WHEN feature = 'x' THEN threshold::text END, ' ') AS cuts FROM (
  SELECT rows || ' x ' || (options->>'criterion') || ', ' || classes AS kind, tree_agg(class, f, options || '{"min_leaf": 1, "max_depth": 2}') AS m
  FROM (VALUES (1), (300)) r(rows), unnest('{gini,entropy}'::text[]) AS criterion, (VALUES (2), (20)) k(classes), jsonb_build_object('criterion', criterion) AS options,
    LATERAL (SELECT 1 AS a, x, 'class ' || n % (classes / 2) + x AS class FROM unnest('{0,9}'::int[]) AS x, generate_series(1, rows * classes) AS n
      UNION ALL SELECT 0, x, 'other' FROM generate_series(0, 9) AS x, generate_series(1, rows * classes) AS n) t, LATERAL (SELECT t.a, t.x) f GROUP BY rows, criterion, classes, options
  UNION ALL SELECT rows || ' x ' || (options->>'criterion') || ', numbers', tree_agg(value, f, options || '{"min_leaf": 1, "max_depth": 2}')
  FROM (VALUES (1), (300)) r(rows), unnest('{variance,absolute}'::text[]) AS criterion, jsonb_build_object('criterion', criterion) AS options,
    LATERAL (SELECT 1 AS a, x, 100.0 + x AS value FROM unnest('{0,9}'::int[]) AS x, generate_series(1, rows) AS n
      UNION ALL SELECT 0, x, 0.0 FROM generate_series(0, 9) AS x, generate_series(1, rows) AS n) t, LATERAL (SELECT t.a, t.x) f GROUP BY rows, criterion, options) t, nodes(m)
GROUP BY kind ORDER BY kind;

-- ---------- min_gain, by arithmetic: of aabbcccc the first split gains 0.625 - 0.25, the second 0.5 on half of the rows;
-- in entropy 1.5 ln 2 - 0.5 ln 2, and ln 2 on half of them
SELECT criterion, gain, string_agg(p::text, ' ' ORDER BY x) AS share_of_a FROM (
  SELECT criterion, gain, x, predict_probability(m, jsonb_build_object('x', x), 'a') AS p FROM generate_series(1, 5) AS x, (
    SELECT criterion, gain, tree_agg(label, f, jsonb_build_object('min_leaf', 1, 'smoothing', 0, 'min_gain', gain, 'criterion', criterion)) AS m
    FROM unnest('{a,a,b,b,c,c,c,c}'::text[]) WITH ORDINALITY u(label, i), LATERAL (SELECT i AS x) f,
      (VALUES ('gini', 0.24), ('gini', 0.26), ('gini', 0.37), ('gini', 0.38), ('entropy', 0.346), ('entropy', 0.347), ('entropy', 0.693), ('entropy', 0.694)) o(criterion, gain)
    GROUP BY criterion, gain) t) s GROUP BY criterion, gain ORDER BY criterion, gain;

-- ---------- class weights: a class of weight 3 is one whose rows come three times
SELECT criterion, count(*) FILTER (WHERE abs(predict_probability(weighed, f, c) - predict_probability(repeated, f, c)) > 1e-9) AS differ,
  count(DISTINCT predict_probability(repeated, f, c)) > 10 AS many, bool_or(abs(predict_probability(weighed, f, c) - predict_probability(plain, f, c)) > 0.1) AS matter
FROM learn l, LATERAL (SELECT l.x, l.y) f, unnest('{a,b,c}'::text[]) AS c, (
  SELECT criterion, tree_agg(class, f, jsonb_build_object('min_leaf', 1, 'smoothing', 0, 'max_depth', 4, 'criterion', criterion, 'class_weights', '{"a": 3, "c": 2}'::jsonb)) FILTER (WHERE time = 1) AS weighed,
    tree_agg(class, f, jsonb_build_object('min_leaf', 1, 'smoothing', 0, 'max_depth', 4, 'criterion', criterion)) FILTER (WHERE time <= CASE class WHEN 'a' THEN 3 WHEN 'c' THEN 2 ELSE 1 END) AS repeated,
    tree_agg(class, f, jsonb_build_object('min_leaf', 1, 'smoothing', 0, 'max_depth', 4, 'criterion', criterion)) FILTER (WHERE time = 1) AS plain
  FROM learn l, LATERAL (SELECT l.x, l.y) f, unnest('{gini,entropy}'::text[]) AS criterion, generate_series(1, 3) AS time GROUP BY criterion) t
GROUP BY criterion ORDER BY criterion;
-- balanced: each class weighs the same in all
SELECT c, round(predict_probability(tree_agg(class, f, '{"min_leaf": 1000, "smoothing": 0, "class_weights": "balanced"}'), '{"x": 1, "y": 1}', c)::numeric, 12) AS root
FROM learn l, LATERAL (SELECT l.x, l.y) f, unnest('{a,b,c}'::text[]) AS c GROUP BY c ORDER BY c;

-- ---------- out of bag.  A tree whose leaves hold one row each says of a row that it has seen the row's own label, and
-- another one of any other: so SQL can tell from what forests of 1, 2, ... trees say which tree saw which row.
CREATE FUNCTION odd_one(i int) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT i * 7919 % 1009';
CREATE TABLE grown AS
SELECT trees, o.options, unit, forest_agg(odd_one(i) * unit, f, o.options || jsonb_build_object('trees', trees, 'min_leaf', 1, 'smoothing', 0, 'oob', true)) AS m
FROM (VALUES ('{"seed": 1}'::jsonb), ('{"seed": 2, "replace": false, "sample_fraction": 0.6}')) o(options), unnest('{1,2,3,4,5,6}'::int[]) AS trees, (VALUES (1::float8), (2::float8 ^ 1000)) u(unit),
  generate_series(1, 150) AS i, LATERAL (SELECT i AS x) f GROUP BY trees, o.options, unit;
CREATE VIEW one_tree AS
SELECT options, unit, trees, i, odd_one(i) AS label, round(trees * p - coalesce(lag(trees * p) OVER (PARTITION BY options, unit, i ORDER BY trees), 0)) AS says
FROM (SELECT *, predict_value(m, jsonb_build_object('x', i)) / unit AS p FROM grown, generate_series(1, 150) AS i) t;
SELECT options, unit = 1 AS plain, trees, n = (d->>'oob_rows')::int AS rows, abs(rmse * unit / (d->>'oob_rmse')::float8 - 1) < 1e-12 AS rmse, abs(1 - sse / sst - (d->>'oob_r2')::float8) < 1e-9 AS r2, n
FROM (SELECT options, unit, trees, count(*) AS n, sqrt(avg((said - label) ^ 2)) AS rmse, sum((said - label) ^ 2) AS sse, var_pop(label) * count(*) AS sst
      FROM (SELECT t.options, t.unit, t.trees, o.i, o.label, avg(o.says) AS said
            FROM grown t JOIN one_tree o ON o.options = t.options AND o.unit = t.unit AND o.trees <= t.trees WHERE o.says <> o.label GROUP BY 1, 2, 3, 4, 5) s
      GROUP BY options, unit, trees) s
JOIN (SELECT options, unit, trees, describe(m)->'metrics' AS d FROM grown) g USING (options, unit, trees) ORDER BY 1, 2 DESC, 3;
-- classes: one tree of one leaf says the shares among the rows it drew, so all others are known by number
SELECT options, n, (d->>'oob_rows')::int - n AS rows, abs((d->>'oob_accuracy')::float8 - correct / n) < 1e-12 AS accuracy,
  abs((d->>'oob_error')::float8 - (1 - correct / n)) < 1e-12 AS error, abs((d->>'oob_log_loss')::float8 - loss / n) < 1e-6 AS log_loss
FROM (SELECT options, d, sum(unseen) AS n, max(unseen) FILTER (WHERE best) AS correct, -sum(unseen * ln(share)) AS loss
      FROM (SELECT options, d, c, share, share = max(share) OVER w AS best, all_rows - round(drawn * (share / weight) / sum(share / weight) OVER w) AS unseen
            FROM (SELECT options, describe(m)->'metrics' AS d, c, weight, predict_probability(m, '{"x": 1}', c) AS share, (SELECT count(*) FROM learn WHERE class = c) AS all_rows, 120 AS drawn
                  FROM (SELECT options, forest_agg(class, f, options || '{"trees": 1, "min_leaf": 1000, "smoothing": 0, "oob": true, "replace": false, "sample_fraction": 0.6}') AS m
                        FROM learn l, LATERAL (SELECT l.x) f, unnest(ARRAY['{}', '{"seed": 3}', '{"class_weights": {"a": 5}}', '{"class_weights": {"a": 0.2, "b": 0.25}}']::jsonb[]) AS options GROUP BY options) t,
                    (VALUES ('a'), ('b'), ('c')) k(c), LATERAL (SELECT coalesce((options->'class_weights'->>c)::float8, 1) AS weight) w) s
            WINDOW w AS (PARTITION BY options)) s
      GROUP BY options, d) s ORDER BY options;
-- many trees that are all sure and right lose nothing, however many they are and whatever the classes weigh
SELECT trees, weights, describe(m)->'metrics' AS metrics FROM (
  SELECT trees, weights, forest_agg(CASE x WHEN 0 THEN 'a' ELSE 'b' END, f, jsonb_build_object('trees', trees, 'min_leaf', 1, 'smoothing', 0, 'oob', true, 'class_weights', weights)) AS m
  FROM unnest('{30,60}'::int[]) AS trees, unnest(ARRAY['{}', '{"a": 5}']::jsonb[]) AS weights, generate_series(1, 200) AS i, LATERAL (SELECT i % 2 AS x) f GROUP BY trees, weights) t ORDER BY trees, weights;
-- the trees are smoothed as they will be when they predict: with ever so much, to the frequencies
SELECT abs((describe(m)->'metrics'->>'oob_log_loss')::float8 - loss) < 1e-4 AS frequencies
FROM (SELECT forest_agg(class, f, '{"trees": 40, "min_leaf": 2, "smoothing": 1e9, "oob": true}') AS m FROM learn l, LATERAL (SELECT l.x, l.y) f) t,
  (SELECT -sum(n / total * ln(n / total)) AS loss FROM (SELECT count(*)::float8 AS n, sum(count(*)) OVER ()::float8 AS total FROM learn GROUP BY class) c) c;
-- a tie goes to the first class: two of four rows are drawn, and where they are an a and a b, the other two are both of the class that is there three times
SELECT labels, share, count(DISTINCT accuracy) AS outcomes, min(accuracy) AS accuracy, count(*) > 5 AS several FROM (
  SELECT labels, predict_probability(m, '{"x": 1}', 'a') AS share, (describe(m)->'metrics'->>'oob_accuracy')::float8 AS accuracy
  FROM (SELECT labels, seed, forest_agg(label, f, jsonb_build_object('trees', 1, 'min_leaf', 4, 'smoothing', 0, 'oob', true, 'replace', false, 'sample_fraction', 0.5, 'seed', seed)) AS m
        FROM (VALUES ('{a,a,a,b}'::text[]), ('{a,b,b,b}')) l(labels), generate_series(1, 40) AS seed, unnest(labels) WITH ORDINALITY u(label, i), LATERAL (SELECT i AS x) f GROUP BY labels, seed) t) s
GROUP BY labels, share ORDER BY labels, share;

-- ---------- seeds: the same one gives the same bytes, and no two of eight give the same trees, predictions or groups
SELECT count(DISTINCT model_send(m)) AS models, count(DISTINCT said) AS predictions, count(*) FROM (
  SELECT seed, m, (SELECT string_agg(predict_value(m, jsonb_build_object('x', x, 'y', 100))::text, ' ' ORDER BY x) FROM generate_series(1, 1000, 50) AS x) AS said
  FROM (SELECT seed, forest_agg(value, f, jsonb_build_object('trees', 2, 'seed', seed)) AS m FROM learn l, LATERAL (SELECT l.x, l.y) f, generate_series(0, 7) AS seed, generate_series(1, 2) AS twice GROUP BY seed, twice) t) s;
SELECT kind, count(DISTINCT said) AS predictions FROM (
  SELECT kind, seed, (SELECT string_agg(predict_value(m, jsonb_build_object('x', x, 'y', 100))::text, ' ' ORDER BY x) FROM generate_series(1, 1000, 50) AS x) AS said
  FROM (SELECT kind, seed, forest_agg(value, f, options || jsonb_build_object('trees', 1, 'seed', seed)) AS m FROM learn l, LATERAL (SELECT l.x, l.y) f, generate_series(0, 7) AS seed,
      (VALUES ('rows drawn', '{"mtry": 2}'::jsonb), ('features drawn', '{"mtry": 1, "replace": false}'), ('cuts drawn', '{"mtry": 2, "replace": false, "extra_trees": true}'), ('nothing drawn', '{"mtry": 2, "replace": false}')) o(kind, options)
      GROUP BY kind, seed) t) s GROUP BY kind ORDER BY kind;
CREATE TABLE spot AS SELECT i, ST_SetSRID(ST_MakePoint(i * 7919 % 1009, i * 104729 % 997), 26918) AS geom FROM generate_series(1, 300) AS i;
SELECT count(DISTINCT groups) AS groupings, count(*) FROM (
  SELECT seed, twice, string_agg(c::text, ' ' ORDER BY i) AS groups
  FROM (SELECT seed, twice, i, kmeans(geom, 60, seed) OVER (PARTITION BY seed, twice ORDER BY i) AS c FROM spot, generate_series(0, 7) AS seed, generate_series(1, 2) AS twice) s GROUP BY seed, twice) t;
SELECT count(DISTINCT inertia) > 4 AS seeds_differ, count(*) FROM generate_series(0, 7) AS seed, kmeans_quality('SELECT geom FROM spot', 60, 60, seed);
SELECT count(DISTINCT importance) > 4 AS seeds_differ FROM generate_series(0, 7) AS seed, (SELECT tree_agg(value, f, '{"min_leaf": 5}') AS m FROM learn l, LATERAL (SELECT l.x, l.y) f) t, importance(m, 'SELECT x, y, value AS label FROM learn', 1, seed) i(input) WHERE input = 'x';

-- ---------- frames that parallel workers hand over: nothing lost on the way, and what must agree is compared
CREATE TABLE wide AS
SELECT i, CASE WHEN i % 7 > 0 THEN 'class ' || i % 3 END AS class, 'level ' || i * 31 % (1 + i / 100) AS level, CASE WHEN i % 5 > 0 THEN i * 7919 % 1009 / 8.0 END::float8 AS number, i % 2 = 0 AS yes,
  ST_SetSRID(ST_MakePoint(450000 + i, 4400000), 26918) AS geom, repeat('x', 500) AS filler
FROM generate_series(1, 3000) AS i;
CREATE TABLE two_srids AS SELECT *, CASE WHEN i = 3000 THEN ST_SetSRID(geom, 26919) ELSE geom END AS place, CASE WHEN i = 3000 THEN '{"max_depth": 3}'::jsonb ELSE '{"max_depth": 2}' END AS options FROM wide;
ANALYZE wide, two_srids;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET cpu_tuple_cost = 1;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
CREATE FUNCTION plan_of(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE line text; found text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
    found := found || coalesce(substring(line FROM 'Partial Aggregate|Finalize Aggregate|Gather') || ' ', '');
  END LOOP;
  RETURN found;
END $$;
SELECT plan_of('SELECT tree_agg(class, f) FROM wide w, LATERAL (SELECT w.level, w.number, w.yes, w.geom) f');
CREATE TABLE many AS SELECT tree_agg(class, f) AS m FROM wide w, LATERAL (SELECT w.level, w.number, w.yes, w.geom) f;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE one AS SELECT tree_agg(class, f) AS m FROM wide w, LATERAL (SELECT w.level, w.number, w.yes, w.geom) f;
SET max_parallel_workers_per_gather = 3;
SELECT model_send(many.m) = model_send(one.m) AS same, describe(many.m)->'rows' AS rows, describe(many.m)->'rows_skipped' AS skipped, describe(many.m)->'inputs' = describe(one.m)->'inputs' AS inputs,
  (SELECT count(*) FILTER (WHERE class IS NULL) FROM wide) AS without_label
FROM many, one;
\set VERBOSITY sqlstate
SELECT tree_agg(class, f) FROM two_srids w, LATERAL (SELECT w.number, w.place) f;
SELECT tree_agg(class, f, options) FROM two_srids w, LATERAL (SELECT w.number) f;
\set VERBOSITY default
-- whole numbers that fill a byte, or two, and one that is missing, handed over by parts of which one has them all
CREATE TABLE full_bytes (i int, one int, two int, class text) PARTITION BY RANGE (i);
CREATE TABLE full_bytes_1 PARTITION OF full_bytes FOR VALUES FROM (0) TO (65537);
CREATE TABLE full_bytes_2 PARTITION OF full_bytes FOR VALUES FROM (65537) TO (66000);
INSERT INTO full_bytes SELECT i, nullif(i % 257, 256), nullif(i % 65537, 65536), CASE WHEN i % 257 = 256 THEN 'no one' WHEN i % 65537 = 65536 THEN 'no two' ELSE 'number' END
FROM generate_series(0, 65999) AS i;
ANALYZE full_bytes;
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_aggregate = on;
SELECT plan_of('SELECT tree_agg(class, f) FROM full_bytes b, LATERAL (SELECT b.one, b.two) f');
CREATE TABLE handed AS SELECT tree_agg(class, f, '{"min_leaf": 1, "smoothing": 0}') AS m FROM full_bytes b, LATERAL (SELECT b.one, b.two) f;
RESET enable_partitionwise_aggregate;
SELECT model_send(m) = (SELECT model_send(tree_agg(class, f, '{"min_leaf": 1, "smoothing": 0}')) FROM full_bytes b, LATERAL (SELECT b.one, b.two) f) AS same,
  predict(m, '{"one": null, "two": 70}'::jsonb) AS no_one, predict(m, '{"one": 7, "two": null}'::jsonb) AS no_two, predict(m, '{"one": 0, "two": 0}'::jsonb) AS numbers FROM handed;
-- the SRID of points that only the second part has; a point of another SRID in a third
CREATE TABLE parted (part int, class text, number int, geom geometry) PARTITION BY LIST (part);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
INSERT INTO parted SELECT 1 + i % 2, class, number, CASE WHEN i % 2 = 1 THEN geom END FROM wide w;
ANALYZE parted;
SET enable_partitionwise_aggregate = on;
SELECT plan_of('SELECT tree_agg(class, f) FROM parted p, LATERAL (SELECT p.number, p.geom) f');
CREATE TABLE parts AS SELECT tree_agg(class, f) AS m FROM parted p, LATERAL (SELECT p.number, p.geom) f;
RESET enable_partitionwise_aggregate;
SELECT model_send(m) = (SELECT model_send(tree_agg(class, f)) FROM parted p, LATERAL (SELECT p.number, p.geom) f) AS same,
  (SELECT i->>'srid' FROM jsonb_array_elements(describe(m)->'inputs') AS i WHERE i->>'name' = 'geom') AS srid FROM parts;
-- parts that differ in options are no one model
SET enable_partitionwise_aggregate = on;
SELECT plan_of('SELECT tree_agg(class, f, jsonb_build_object(''max_depth'', part)) FROM parted p, LATERAL (SELECT p.number) f');
SELECT describe(tree_agg(class, f, jsonb_build_object('max_depth', part))) FROM parted p, LATERAL (SELECT p.number) f;
RESET enable_partitionwise_aggregate;
CREATE TABLE parted_3 PARTITION OF parted FOR VALUES IN (3);
INSERT INTO parted SELECT 3, class, number, ST_SetSRID(geom, 26919) FROM wide;
ANALYZE parted;
SET enable_partitionwise_aggregate = on;
SELECT plan_of('SELECT tree_agg(class, f) FROM parted p, LATERAL (SELECT p.number, p.geom) f');
SELECT describe(tree_agg(class, f)) FROM parted p, LATERAL (SELECT p.number, p.geom) f;
RESET enable_partitionwise_aggregate;
SET max_parallel_workers_per_gather = 3;
-- grids too
SELECT plan_of('SELECT grid_count_agg(geom, number, ST_MakeEnvelope(450000, 4400000, 453000, 4401000, 26918), ''{"cell_size": 500}'') FROM wide');
CREATE TABLE counted AS SELECT grid_count_agg(geom, number, ST_MakeEnvelope(450000, 4400000, 453000, 4401000, 26918), '{"cell_size": 500}') AS g FROM wide;
SELECT count(*) FILTER (WHERE value <> by_hand) AS differ, count(*), describe(min(g::text)::crimeml.grid)->'points' AS points, (SELECT count(number) FROM wide) AS weighed
FROM counted, cells(g) c JOIN (SELECT floor(ST_X(geom) / 500) AS i, sum(number) AS by_hand FROM wide GROUP BY 1) h ON c.i = h.i WHERE c.j = 8800;
\set VERBOSITY sqlstate
SELECT grid_count_agg(place, ST_MakeEnvelope(450000, 4400000, 453000, 4401000, 26918), '{"cell_size": 500}') FROM two_srids;
\set VERBOSITY default

DROP VIEW side, value_split, class_split, one_tree;
DROP TABLE learn, grown, spot, wide, two_srids, many, one, counted, full_bytes, handed, parted, parts;
DROP FUNCTION odd_one, plan_of;

-- Predictions: by record, jsonb and text; one row and many; and what is refused
CREATE TABLE crime AS
SELECT i AS id, i * 7919 % 24 AS hour, 'D' || i * 31 % 4 + 1 AS district, (i % 5 = 0) AS indoors
FROM generate_series(1, 1200) AS i;
ALTER TABLE crime ADD offence text, ADD loss double precision;
UPDATE crime SET
  offence = CASE WHEN district = 'D1' THEN 'Burglary' WHEN hour >= 18 THEN 'Theft' ELSE 'Assault' END,
  loss = 100 * hour + CASE WHEN indoors THEN 50 ELSE 0 END;
CREATE TABLE m AS SELECT crimeml.tree_agg(offence, f) AS model FROM crime, LATERAL (SELECT hour, district) f;
CREATE TABLE r AS SELECT crimeml.tree_agg(loss, f, '{"min_leaf": 1}') AS model FROM crime, LATERAL (SELECT hour, indoors) f;

-- the ways in which a row can be given
SELECT crimeml.predict(model, '{"hour": 20, "district": "D2"}') FROM m;
SELECT crimeml.predict(model, '{"hour": 20, "district": "D2"}'::jsonb) FROM m;
SELECT crimeml.predict(model, jsonb_build_object('hour', 3, 'district', 'D2')) FROM m;
SELECT crimeml.predict(model, ROW(20, 'D1')) FROM m;
SELECT crimeml.predict(model, ROW(20, 'D1'::text)) FROM m;
SELECT crimeml.predict(model, f) FROM m, (SELECT 'D1' AS district, 3 AS hour) f;
SELECT crimeml.predict(model, f) FROM m, (SELECT 20::numeric AS hour, 'D2'::varchar(5) AS district, 'extra' AS x) f;
SELECT crimeml.predict(model, c) FROM m, crime c WHERE id = 4;
PREPARE by_text(text) AS SELECT crimeml.predict(model, $1) FROM m;
EXECUTE by_text('{"hour": 20, "district": "D2"}');
PREPARE by_unknown AS SELECT crimeml.predict(model, $1) FROM m;
EXECUTE by_unknown('{"hour": 20, "district": "D2"}');
-- a table's column, after others were dropped and added
CREATE TABLE later (gone int, hour int, gone2 text, district text);
INSERT INTO later VALUES (1, 20, 'x', 'D2');
ALTER TABLE later DROP gone, DROP gone2, ADD more text DEFAULT 'm';
SELECT crimeml.predict(model, later) FROM m, later;
ALTER TABLE later ALTER hour TYPE float8;
SELECT crimeml.predict(model, later) FROM m, later;

-- all rows, in the ways in which a query can have the model
SELECT count(*) FILTER (WHERE crimeml.predict(model, c) = offence) AS right, count(*) FROM m, crime c;
SELECT count(*) FILTER (WHERE crimeml.predict((SELECT model FROM m), c) = offence) AS right FROM crime c;
WITH x AS MATERIALIZED (SELECT model FROM m)
SELECT count(*) FILTER (WHERE crimeml.predict(model, c) = offence) AS right FROM crime c, x;
WITH x AS MATERIALIZED (SELECT model::text::crimeml.model FROM m)
SELECT count(*) FILTER (WHERE crimeml.predict(model, c) = offence) AS right FROM crime c, x;
SELECT count(*) FILTER (WHERE crimeml.predict(x.model, c) = offence) AS right
FROM (SELECT crimeml.tree_agg(offence, f) AS model FROM crime, LATERAL (SELECT hour, district) f) x, crime c;
DO $$
DECLARE
  kept crimeml.model;
  n int;
BEGIN
  SELECT model INTO kept FROM m;
  SELECT count(*) INTO n FROM crime c WHERE crimeml.predict(kept, c) = offence;
  RAISE NOTICE '% right', n;
END $$;
-- a model a row
SELECT count(*) FILTER (WHERE crimeml.predict(x.model, c) = offence) AS right
FROM (SELECT c.hour % 2 AS half, crimeml.tree_agg(offence, f) AS model FROM crime c, LATERAL (SELECT c.hour, c.district) f GROUP BY 1) x
JOIN crime c ON c.hour % 2 = x.half;

-- numbers
SELECT round(crimeml.predict_value(model, '{"hour": 5, "indoors": true}')::numeric, 8) AS a,
  round(crimeml.predict_value(model, '{"hour": 5, "indoors": false}'::jsonb)::numeric, 8) AS b,
  round(crimeml.predict_value(model, ROW(7, true))::numeric, 8) AS c FROM r;
SELECT max(abs(crimeml.predict_value(model, c) - loss)) < 1e-9 AS exact FROM r, crime c;
-- absolute deviations are least at the median, of an even number between the two in the middle: median(c(1, 2, 3, 10)) is 2.5 in R
SELECT crimeml.predict_value(crimeml.tree_agg(loss, f, '{"criterion": "absolute", "min_leaf": 4}'), '{"same": 7}') FROM unnest('{3,10,1,2}'::float8[]) loss, LATERAL (SELECT 7 AS same) f;

-- probabilities
SELECT crimeml.predict_probability(model, f, 'Theft') AS theft, crimeml.predict_probability(model, f, 'Burglary') AS burglary FROM m, (SELECT 20 AS hour, 'D2' AS district) f;
SELECT crimeml.predict_probability(model, '{"hour": 20, "district": "D2"}', 'Theft'), crimeml.predict_probability(model, '{"hour": 20, "district": "D2"}'::jsonb, 'Theft') FROM m;
SELECT count(*) FILTER (WHERE crimeml.predict_probability(model, c, offence) > 0.9) AS sure, count(*) FROM m, crime c;
SELECT max(abs(total - 1)) < 1e-12 AS add_to_one FROM (
  SELECT sum(crimeml.predict_probability(model, c, class)) AS total FROM m, crime c, crimeml.classes(model) GROUP BY c.id) x;
SELECT p.* FROM m, crimeml.predict_classes(model, '{"hour": 20, "district": "D2"}') p;
SELECT p.* FROM m, crimeml.predict_classes(model, '{"hour": 20, "district": "D1"}'::jsonb, 1) p;
SELECT p.* FROM m, crimeml.predict_classes(model, ROW(3, 'D2'), top => 100) p;
SELECT c.id, p.class FROM m, crime c, crimeml.predict_classes(model, c, 1) p WHERE id <= 6 ORDER BY id;
-- of equal ones the first in class order
WITH x AS (SELECT crimeml.tree_agg(chr(65 + i % 4), f) AS model FROM generate_series(0, 399) i, LATERAL (SELECT i / 4 AS nothing) f)
SELECT crimeml.predict(model, '{"nothing": 3}'), (SELECT string_agg(class, '' ORDER BY rank) FROM crimeml.predict_classes(model, '{"nothing": 3}')) FROM x;
-- one call for classes whose names are of one length, row by row: the shares of their leaf, 3 : 1, without smoothing
WITH x AS MATERIALIZED (SELECT crimeml.tree_agg(CASE WHEN i % 4 = 0 THEN 'bb' ELSE 'aa' END, f, '{"smoothing": 0}') AS model FROM generate_series(0, 399) i, LATERAL (SELECT i / 4 AS nothing) f)
SELECT array_agg(crimeml.predict_probability(model, '{"nothing": 3}', class) ORDER BY n) AS shares FROM x, unnest('{aa,bb,aa,bb}'::text[]) WITH ORDINALITY c(class, n);

-- missing values and levels that training had not
SELECT crimeml.predict(model, '{"hour": null, "district": "D1"}'), crimeml.predict(model, ROW(20, NULL::text)), crimeml.predict(model, ROW(20, 'D9')) = crimeml.predict(model, ROW(20, NULL::text)) AS unseen_is_missing FROM m;
SELECT crimeml.predict(NULL::crimeml.model, '{"hour": 3}') IS NULL AS a, crimeml.predict(model, NULL::text) IS NULL AS b,
  crimeml.predict(model, NULL::jsonb) IS NULL AS c, crimeml.predict(model, NULL::crime) IS NULL AS d,
  crimeml.predict_value(model, NULL::text) IS NULL AS e, crimeml.predict_probability(model, '{}', NULL) IS NULL AS f FROM m;
SELECT count(*) FROM m, crimeml.predict_classes(model, NULL::text);
SELECT count(*) FROM crimeml.predict_classes(NULL::crimeml.model, '{"hour": 3}');

-- what is refused
SELECT crimeml.predict_probability(model, '{"hour": 3, "district": "D1"}', 'Burglry') FROM m;
SELECT crimeml.predict_probability(model, '{"hour": 3, "district": "D1"}', 'x') FROM m;
SELECT crimeml.predict_value(model, '{"hour": 3, "district": "D1"}') FROM m;
SELECT crimeml.predict(model, '{"hour": 3, "indoors": true}') FROM r;
SELECT crimeml.predict_probability(model, '{"hour": 3, "indoors": true}', 'x') FROM r;
SELECT crimeml.predict_classes(model, '{"hour": 3, "indoors": true}') FROM r;
SELECT p.* FROM m, crimeml.predict_classes(model, '{"hour": 20, "district": "D2"}', 0) p;
SELECT p.* FROM m, crimeml.predict_classes(model, '{"hour": 20, "district": "D2"}', -5) p;
SELECT crimeml.predict(model, '{"hour": 3}') FROM m;
SELECT crimeml.predict(model, f) FROM m, (SELECT 3 AS hour) f;
SELECT crimeml.predict(model, f) FROM m, (SELECT 3 AS "Hour", 'D1' AS district) f;
SELECT crimeml.predict(model, ROW(3)) FROM m;
SELECT crimeml.predict(model, ROW(3, 'D1', 4)) FROM m;
SELECT crimeml.predict(model, ROW('D1', 3)) FROM m;
SELECT crimeml.predict(model, f) FROM m, (SELECT 'three' AS hour, 'D1' AS district) f;
SELECT crimeml.predict(model, f) FROM m, (SELECT now() AS hour, 'D1' AS district) f;
SELECT crimeml.predict(model, '{"hour": "three", "district": "D1"}') FROM m;
SELECT crimeml.predict(model, '{"hour": 3, "district": 1}') FROM m;
SELECT crimeml.predict(model, '[3, "D1"]') FROM m;
SELECT crimeml.predict(model, '3') FROM m;
SELECT crimeml.predict(model, 'hour 3') FROM m;
SELECT crimeml.predict(model, '') FROM m;
SELECT crimeml.predict(model, '{"hour": 1e999, "district": "D1"}') FROM m;
SELECT crimeml.predict(model, 3) FROM m;
\set VERBOSITY sqlstate
SELECT crimeml.predict_probability(model, '{"hour": 3, "district": "D1"}', 'Burglry') FROM m;
SELECT crimeml.predict_value(model, '{"hour": 3, "district": "D1"}') FROM m;
SELECT crimeml.predict(model, '{"hour": 3}') FROM m;
\set VERBOSITY default

-- the same in a parallel plan
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
DO $$
DECLARE
  line text;
BEGIN
  FOR line IN EXPLAIN SELECT count(*) FILTER (WHERE crimeml.predict((SELECT model FROM m), c) = offence) FROM crime c
  LOOP
    IF line ~ 'Parallel Seq Scan on crime' THEN RAISE NOTICE 'parallel'; END IF;
  END LOOP;
END $$;
SELECT count(*) FILTER (WHERE crimeml.predict((SELECT model FROM m), c) = offence) AS right FROM crime c;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
RESET max_parallel_workers_per_gather;

DROP TABLE crime, m, r, later;

-- Fingerprints of small models, options varied: no change of training goes unseen.
--
-- When a line of this test changes and no change of models was meant, the change is a fault: the same rows, options and
-- seed must give the same model in one release on every machine.  When a change is meant (a better split, another format),
-- see that only those lines change that should, say so in the commit, and take the new lines over; models of one release
-- read the same in the next, so a change of the format takes a new format number besides.
--
-- The rows are whole numbers and halves, made by arithmetic: nothing here hangs on the version of PostgreSQL, a locale, a
-- time zone or the last digit of libm.  (The entropy criterion takes logarithms; its one tree has no cuts that are nearly
-- as good as another.)  The version of crimeml, and the header with hashes of it, are left out.
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.fingerprint(m crimeml.model) RETURNS text LANGUAGE sql AS $$
  SELECT md5(replace(encode(substr(crimeml.model_send(m), 29), 'hex'),
    encode(convert_to(crimeml.describe(m)->>'version', 'UTF8'), 'hex'), '')) $$;
CREATE TABLE learn AS
SELECT i, i * 7919 % 1009 AS number,
  CASE WHEN i % 13 > 0 THEN (i * 31 % 401) / 2.0 END::float8 AS half,	-- some are missing
  CASE WHEN i % 17 > 0 THEN 'level ' || i * 104729 % 9 END AS category,
  i % 5 = 0 AS yes,
  ST_SetSRID(ST_MakePoint(450000 + i * 271 % 900, 4400000 + i * 577 % 700), 26918) AS geom,
  timestamp '2023-01-01' + i * 7 % 8760 * interval '1 hour' AS at,
  chr(97 + ((i * 7919 % 1009 / 300 + i * 104729 % 9 / 4 + (i * 7 % 24) / 9 + (i * 48271 % 17) / 12) % 4)) AS class,
  ((i * 7919 % 1009 / 100 + i * 104729 % 9 * 2 + i * 48271 % 17) / 4.0)::float8 AS value
FROM generate_series(1, 600) AS i;
SELECT class, count(*), sum(value) FROM learn GROUP BY class ORDER BY class;

SELECT options, pg_temp.fingerprint(crimeml.tree_agg(class, f, options)) AS tree_of_classes
FROM learn l, LATERAL (SELECT l.number, l.half, l.category, l.yes, l.geom, l.at) f,
  unnest(ARRAY['{}', '{"max_depth": 3, "min_leaf": 5}', '{"criterion": "entropy", "max_depth": 2}', '{"class_weights": "balanced"}',
  '{"class_weights": {"a": 2, "b": 0.5}, "smoothing": 0}', '{"min_gain": 0.01, "min_leaf": 1, "max_bins": 16}']::jsonb[]) WITH ORDINALITY AS o(options, n)
GROUP BY options, n ORDER BY n;
SELECT options, pg_temp.fingerprint(crimeml.tree_agg(value, f, options)) AS tree_of_numbers
FROM learn l, LATERAL (SELECT l.number, l.half, l.category, l.yes, l.geom, l.at) f,
  unnest(ARRAY['{}', '{"min_leaf": 1, "max_depth": 6}', '{"criterion": "absolute", "max_depth": 5}', '{"min_gain": 0.25, "max_bins": 32}']::jsonb[]) WITH ORDINALITY AS o(options, n)
GROUP BY options, n ORDER BY n;
SELECT options, pg_temp.fingerprint(crimeml.forest_agg(class, f, options)) AS forest_of_classes
FROM learn l, LATERAL (SELECT l.number, l.half, l.category, l.yes, l.geom, l.at) f,
  unnest(ARRAY['{"trees": 4}', '{"trees": 4, "seed": 2}', '{"trees": 4, "min_leaf": 1, "mtry": 2, "sample_fraction": 0.5, "replace": false}',
  '{"trees": 4, "extra_trees": true, "min_leaf": 3}', '{"trees": 4, "class_weights": "balanced", "smoothing": 2}']::jsonb[]) WITH ORDINALITY AS o(options, n)
GROUP BY options, n ORDER BY n;
SELECT options, pg_temp.fingerprint(crimeml.forest_agg(value, f, options)) AS forest_of_numbers
FROM learn l, LATERAL (SELECT l.number, l.half, l.category, l.yes, l.geom, l.at) f,
  unnest(ARRAY['{"trees": 4}', '{"trees": 4, "oob": true}', '{"trees": 4, "criterion": "absolute", "extra_trees": true}', '{"trees": 4, "max_depth": 4, "mtry": 8}']::jsonb[]) WITH ORDINALITY AS o(options, n)
GROUP BY options, n ORDER BY n;
-- merged, and with labels of all sizes
SELECT pg_temp.fingerprint(crimeml.merge_agg(m)) AS merged FROM (SELECT crimeml.forest_agg(class, f, jsonb_build_object('trees', 2, 'seed', seed)) AS m FROM learn l, LATERAL (SELECT l.number, l.half, l.category, l.yes, l.geom, l.at) f, generate_series(1, 2) AS seed GROUP BY seed) t;
SELECT pg_temp.fingerprint(crimeml.forest_agg(value * ('{1e300,1,1e-300,-1e150,5e-324,1e20}'::float8[])[1 + i % 6], f, '{"trees": 2, "min_leaf": 1}')) AS all_sizes FROM learn l, LATERAL (SELECT l.number, l.half, l.category, l.yes, l.geom, l.at) f;

DROP TABLE learn;

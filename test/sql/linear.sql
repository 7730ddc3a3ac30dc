-- Linear, Poisson and logistic models.
--
-- Expected values are arithmetic, or R's (4.2.2, with MASS 7.3 and nnet 7.3) on the rows below: \copy made TO 'made.csv' csv header;
-- d <- read.csv('made.csv'); d$yes <- d$yes == 't'; d$quarter <- factor(d$quarter), and then what stands with each.
SET search_path = crimeml, public;
SET extra_float_digits = 0;
CREATE TABLE made AS
SELECT i, (i * 7919 % 101) / 10.0::float8 AS a, (i * 104729 % 37)::float8 AS b, (ARRAY['north', 'east', 'south', 'west'])[1 + i * 31 % 4] AS quarter,
  1 + i * 48271 % 50 AS people, 1 + i % 3 AS times,
  (i * 7919 % 101 / 30 + i * 31 % 4 + (i * 48271 % 50) / 12)::int AS count,
  (1 + i * 48271 % 50) * (i * 26681 % 7) * (1 + i * 31 % 4) / 20 AS spread,
  CASE WHEN i % 9 > 0 THEN (i * 104729 % 37 + i * 16807 % 29) > 30 ELSE i % 2 = 0 END AS yes,
  (ARRAY['arson', 'burglary', 'theft'])[1 + ((i * 7919 % 101) / 40 + (i * 69621 % 211) / 80 + i * 31 % 4 / 3) % 3] AS offence
FROM generate_series(1, 300) AS i;

-- what differs from R, and by how much of the estimates and errors
CREATE FUNCTION beside(m model, term text[], estimate float8[], error float8[] DEFAULT NULL, class text DEFAULT NULL,
  OUT terms bigint, OUT estimates float8, OUT errors float8) LANGUAGE sql AS $$
  SELECT count(*), round(max(abs(c.estimate - e.estimate) / abs(e.estimate))::numeric, 6), round(max(abs(c.error - e.error) / e.error)::numeric, 6)
  FROM (SELECT * FROM unnest(beside.term, beside.estimate, beside.error) u (term, estimate, error)) e JOIN coefficients(m) c ON e.term = c.term
  WHERE beside.class IS NULL OR c.class = beside.class $$;

-- a line through four points: by hand, slope 0.9 and intercept 0.5; squares left 0.2, of two degrees; those of x about its mean 5
SELECT term, round(estimate::numeric, 12) AS estimate, round(error::numeric, 12) AS error, round(statistic::numeric, 12) AS t
FROM coefficients((SELECT linear_agg(y, f) FROM (VALUES (1, 1.5), (2, 2), (3, 3.5), (4, 4)) v (x, y), LATERAL (SELECT x) f));
SELECT round(sqrt(0.2 / 2 / 5)::numeric, 12) AS slope_error, round(sqrt(0.2 / 2 * (1 / 4.0 + 2.5 * 2.5 / 5))::numeric, 12) AS intercept_error;
-- p of t = 2 at 1 and 2 degrees: 1 - 2 atan(t) / pi, and 1 - t / sqrt(2 + t * t)
SELECT round((p - (1 - 2 * atan(abs(statistic)) / pi()))::numeric, 14) AS one FROM coefficients((SELECT linear_agg(y, f) FROM (VALUES (1, 2), (2, 1), (4, 7.0)) v (x, y), LATERAL (SELECT x) f));
SELECT round((p - (1 - abs(statistic) / sqrt(2 + statistic * statistic)))::numeric, 14) AS two,
  round(((upper - lower) / 2 / error)::numeric, 12) AS t_975 FROM coefficients((SELECT linear_agg(y, f) FROM (VALUES (1, 2), (2, 1), (4, 7.0), (5, 3)) v (x, y), LATERAL (SELECT x) f));
-- a weight of 2 is the row twice, but for the number of rows
SELECT round(max(abs(o.estimate - t.estimate))::numeric, 12) AS estimates
FROM coefficients((SELECT linear_agg(count, f, '{"weight": "times"}') FROM made m, LATERAL (SELECT m.a, m.quarter, m.times) f)) o
JOIN coefficients((SELECT linear_agg(count, f) FROM made m, generate_series(1, times), LATERAL (SELECT m.a, m.quarter) f)) t USING (term);

-- coef(MASS::lm.ridge(count ~ a + b + quarter + people, d, lambda = 25))
SELECT * FROM beside((SELECT linear_agg(count, f, '{"ridge": 25}') FROM made m, LATERAL (SELECT m.a, m.b, m.quarter, m.people) f),
  '{(intercept),a,b,quarter=north,quarter=south,quarter=west,people}', '{0.49751709881841,0.29981033058816,-0.00032023307841324,-0.9667528661503,0.924711379574,1.7877199826093,0.074077710529891}');
-- coef(summary(glm(count ~ a + b + quarter + offset(log(people)), poisson, d, control = list(epsilon = 1e-14))))
CREATE TABLE fitted AS
SELECT poisson_agg(count, f, '{"exposure": "people"}') AS rate FROM made m, LATERAL (SELECT m.a, m.b, m.quarter, m.people) f;
SELECT b.* FROM fitted, beside(rate, '{(intercept),a,b,quarter=north,quarter=south,quarter=west}', '{-2.3323350323913,0.077662672841506,-0.0005529450439486,-0.24984780916228,0.2860466629804,0.43652105733084}', '{0.094870326145511,0.0097619066905932,0.0026136751123398,0.090396793331264,0.07940066749879,0.076304477778247}') b;
-- f$deviance, f$null.deviance, AIC(f), BIC(f), sum(residuals(f, 'pearson')^2) / f$df.residual
SELECT name, round((value::float8 / expected - 1)::numeric, 8) AS off FROM fitted, jsonb_each_text(describe(rate) -> 'metrics') d (name, value)
JOIN (VALUES ('deviance', 287.9024102978), ('null_deviance', 433.35235320653), ('aic', 1262.2079382688), ('bic', 1284.4306331167), ('dispersion', 2.0797041200488)) e (name, expected) USING (name) ORDER BY name;
-- twice the exposure, twice the count; without it the rate of one; none where it is not known
SELECT round((predict_value(rate, '{"a": 1, "b": 2, "quarter": "west", "people": 20}') / predict_value(rate, '{"a": 1, "b": 2, "quarter": "west", "people": 10}'))::numeric, 12) AS twice,
  round((predict_value(rate, '{"a": 1, "b": 2, "quarter": "west", "people": 10}') / predict_value(rate, '{"a": 1, "b": 2, "quarter": "west"}'))::numeric, 12) AS ten,
  predict_value(rate, '{"a": 1, "b": 2, "quarter": "west", "people": null}') AS unknown FROM fitted;
-- the likelihood equations: expected counts add up to those that were
SELECT round(sum(predict_value(rate, m) - count)::numeric, 6) AS all_rows, round(sum(predict_value(rate, m) - count) FILTER (WHERE quarter = 'west')::numeric, 6) AS west FROM fitted, made m;
-- MASS::glm.nb(spread ~ a + b + quarter + offset(log(people)), d, weights = times, control = glm.control(epsilon = 1e-13, maxit = 100))
CREATE TABLE wide AS
SELECT poisson_agg(spread, f, '{"exposure": "people", "weight": "times", "family": "negative_binomial"}') AS m FROM made m, LATERAL (SELECT m.a, m.b, m.quarter, m.people, m.times) f;
SELECT b.* FROM wide, beside(m, '{(intercept),a,b,quarter=north,quarter=south,quarter=west}', '{-1.3053413411224,-0.007722120110015,0.0031787157356205,-0.75538810259999,0.38971653674659,0.77179465976918}', '{0.12381687667554,0.013597333348856,0.003687537900336,0.11784014565673,0.1101215146364,0.10831366944111}') b;
-- f$theta, f$SE.theta, f$deviance, f$null.deviance, AIC(f)
SELECT name, round((value::float8 / expected - 1)::numeric, 6) AS off FROM wide, jsonb_each_text(describe(m) -> 'metrics') d (name, value)
JOIN (VALUES ('theta', 1.3832513898319), ('theta_error', 0.10675130304898), ('deviance', 677.94966364237), ('null_deviance', 865.5451829063), ('aic', 3486.1194926726)) e (name, expected) USING (name) ORDER BY name;
-- counts without more spread than Poisson's
SELECT describe(poisson_agg(count, f, '{"family": "negative_binomial"}')) #> '{metrics,theta_error}' AS theta_error FROM made m, LATERAL (SELECT m.a, m.quarter, m.people) f;

-- coef(summary(glm(yes ~ a + b + quarter, binomial, d, weights = times, control = list(epsilon = 1e-14)))); the class is the second one
CREATE TABLE odds AS SELECT logistic_agg(yes, f, '{"weight": "times"}') AS m FROM made m, LATERAL (SELECT m.a, m.b, m.quarter, m.times) f;
SELECT b.* FROM odds, beside(m, '{(intercept),a,b,quarter=north,quarter=south,quarter=west}', '{-3.2131144873787,-0.004999617061491,0.18287551358529,0.1981819532454,0.40011152125198,0.15017452156836}', '{0.37916906621028,0.037633411463197,0.01396241918821,0.31130381945386,0.31223162124629,0.30966692374906}', 'true') b;
SELECT name, round((value::float8 / expected - 1)::numeric, 8) AS off FROM odds, jsonb_each_text(describe(m) -> 'metrics') d (name, value)
JOIN (VALUES ('deviance', 518.36725694733), ('null_deviance', 829.61531880209), ('aic', 530.36725694733)) e (name, expected) USING (name) ORDER BY name;
SELECT round((predict_probability(m, made, 'true') + predict_probability(m, made, 'false'))::numeric, 14) AS one, count(*) FROM odds, made GROUP BY 1;
SELECT c.* FROM odds, confusion(m, 'SELECT *, yes AS label FROM made') c;
-- coef(nnet::multinom(offence ~ a + b + quarter, d, trace = FALSE, reltol = 1e-15, abstol = 1e-15, maxit = 1000))
CREATE TABLE more AS SELECT logistic_agg(offence, f, '{"ridge": 0}') AS m FROM made m, LATERAL (SELECT m.a, m.b, m.quarter) f;
SELECT class, count(*), max(error) AS error FROM more, coefficients(m) GROUP BY class ORDER BY class;
SELECT round(max(abs(c.estimate - e.estimate))::numeric, 4) AS off FROM more, coefficients(m) c JOIN (VALUES ('burglary', '(intercept)', 0.39113615), ('burglary', 'a', -0.052384837), ('burglary', 'b', -0.0012547089), ('burglary', 'quarter=north', -0.17818024), ('burglary', 'quarter=south', 0.01306755), ('burglary', 'quarter=west', -0.19861213), ('theft', '(intercept)', -0.23060059), ('theft', 'a', 0.010795209), ('theft', 'b', 0.0096281668), ('theft', 'quarter=north', -0.16145778), ('theft', 'quarter=south', 0.24396218), ('theft', 'quarter=west', 0.18923806)) e (class, term, estimate) USING (class, term);
SELECT round((describe(m) #>> '{metrics,deviance}')::numeric, 6) AS deviance FROM more;
SELECT describe(logistic_agg(offence, f)) #> '{options,ridge}' AS more, (SELECT describe(m) #> '{options,ridge}' FROM odds) AS two FROM made m, LATERAL (SELECT m.a) f;

-- importance: of two numbers, the sizes of the standardised coefficients
SELECT feature, round((importance - CASE feature WHEN 'x' THEN 3 ELSE 1 END / 4.0)::numeric, 12) AS off
FROM importance((SELECT linear_agg(3 * v.x - v.y, f) FROM (SELECT (i % 2)::float8 AS x, (i / 2 % 2)::float8 AS y FROM generate_series(0, 7) i) v, LATERAL (SELECT v.x, v.y) f));

-- Columns: constant, aliased, without a value, of one level; null is the mean of a number, and a value of its own of a text
SELECT term, round(estimate::numeric, 9) AS estimate, error IS NULL AS no_error FROM coefficients((SELECT linear_agg(m.a + (m.quarter = 'west')::int, f) FROM made m,
  LATERAL (SELECT m.a, 5 AS five, 2 * m.a + 1 AS twice, NULL::float8 AS nothing, NULL::text AS notext, 'one' AS one, m.quarter, m.quarter = 'west' AS west, m.b) f));
SELECT term FROM coefficients((SELECT linear_agg(m.count, f) FROM made m, LATERAL (SELECT nullif(m.a, 0) AS a, nullif(m.quarter, 'east') AS quarter) f));
CREATE TABLE filled AS SELECT linear_agg(m.count, f) AS m FROM made m, LATERAL (SELECT m.a, m.quarter) f;
-- a quarter that training never saw, or null where training had none, is the mean of the quarters
SELECT round((predict_value(m, '{"a": 1, "quarter": "moon"}') - (SELECT avg(predict_value(m, q)) FROM LATERAL (SELECT 1 AS a, quarter FROM made) q))::numeric, 12) AS unseen,
  predict_value(m, '{"a": 1, "quarter": "moon"}') = predict_value(m, '{"a": 1, "quarter": null}') AS missing,
  round((predict_value(m, '{"a": null, "quarter": "west"}') - predict_value(m, ('{"a": ' || (SELECT avg(a) FROM made) || ', "quarter": "west"}')::jsonb))::numeric, 12) AS number FROM filled;
-- nearly aliased: within 1e-7 they are (the columns' products alone would not tell)
SELECT e, (SELECT string_agg(term, ', ') FILTER (WHERE estimate IS NULL) FROM coefficients(m)) AS aliased,
  (SELECT round(sum(estimate)::numeric, 5) FROM coefficients(m) WHERE term <> '(intercept)') AS together
FROM (SELECT e, linear_agg(2 * i, f) AS m FROM generate_series(1, 400) i, unnest('{1e-3,1e-5,1e-6,1e-9}'::float8[]) e, LATERAL (SELECT i AS x, i + e * (i * 7919 % 101) AS y) f GROUP BY e) s ORDER BY e;

-- More columns than rows
SELECT count(*) AS terms, count(estimate) AS estimates, count(error) AS errors
FROM coefficients((SELECT linear_agg(i, f) FROM generate_series(1, 3) i, LATERAL (SELECT i * i AS a, i * i * i AS b, sqrt(i) AS c, 'l' || i AS l) f));
-- Complete and partial separation
SELECT class, term, abs(estimate) > 10 AS large, error > 1000 AS unknown FROM coefficients((SELECT logistic_agg(m.a > 5, f) FROM made m, LATERAL (SELECT m.a) f));
SELECT term, abs(estimate) > 10 AS large, error > 1000 AS unknown FROM coefficients((SELECT poisson_agg(CASE WHEN m.quarter <> 'south' THEN count ELSE 0 END, f) FROM made m, LATERAL (SELECT m.quarter, m.b) f));
SELECT describe(logistic_agg(m.offence, f, '{"ridge": 0}')) #> '{metrics,separated_rows}' AS separated_rows FROM made m, LATERAL (SELECT upper(m.offence) AS o) f;
SELECT describe(poisson_agg(0, f)) #> '{metrics,separated_rows}' AS separated_rows FROM made m, LATERAL (SELECT m.quarter) f;
-- A penalty makes it finite, and means no errors
SELECT term, abs(estimate) < 10 AS finite, error FROM coefficients((SELECT logistic_agg(m.a > 5, f, '{"ridge": 1}') FROM made m, LATERAL (SELECT m.a) f));

-- Labels, weights and exposures that cannot be
SELECT linear_agg(offence, f) FROM made m, LATERAL (SELECT m.a) f;
SELECT linear_agg(count, f, '{"task": "classify"}') FROM made m, LATERAL (SELECT m.a) f;
SELECT logistic_agg(count, f, '{"task": "regress"}') FROM made m, LATERAL (SELECT m.a) f;
SELECT poisson_agg(-1, f) FROM made m, LATERAL (SELECT m.a) f;
SELECT poisson_agg(1, f, '{"exposure": "e"}') FROM made m, LATERAL (SELECT m.a, 0 AS e) f;
SELECT poisson_agg(1, f, '{"exposure": "e"}') FROM made m, LATERAL (SELECT m.a, -1 AS e) f;
SELECT linear_agg(1, f, '{"weight": "w"}') FROM made m, LATERAL (SELECT m.a, -1 AS w) f;
SELECT linear_agg(1, f, '{"weight": "w"}') FROM made m, LATERAL (SELECT m.a, 0 AS w) f;
SELECT linear_agg(1, f, '{"ridge": -1}') FROM made m, LATERAL (SELECT m.a) f;
SELECT logistic_agg('x'::text, f) FROM made m, LATERAL (SELECT m.a) f;
SELECT linear_agg(count, f) FROM made m, LATERAL (SELECT NULL::float8 AS x) f;
-- The edges of float8
SELECT term, estimate FROM coefficients((SELECT linear_agg((i % 2 * 2 - 1) * 1.7e308, f) FROM made m, LATERAL (SELECT (i % 2 * 2 - 1) * 1e308 AS x) f)) WHERE term = 'x';
SELECT linear_agg(i * 1e300, f) FROM made m, LATERAL (SELECT i * 1e-300 AS x) f;
SELECT predict_value(m, '{"a": 1.7e308, "quarter": "east"}') > 1e300 AS far FROM filled;
SELECT predict_value(poisson_agg(m.count, f), '{"a": 1.7e308}') > 1e100 AS far FROM made m, LATERAL (SELECT m.a) f;

-- What is not of these models
SELECT * FROM coefficients((SELECT tree_agg(offence, f) FROM made m, LATERAL (SELECT m.a) f));
SELECT * FROM coefficients((SELECT level_agg('2024-01-01'::timestamptz + i * interval '1 day', i) FROM made));
SELECT merge_agg(m) FROM filled;
SELECT nodes(m) FROM filled;
-- The same rows in another order, by workers: the same bytes
SELECT count(DISTINCT model_send(m)) AS models FROM (
  SELECT linear_agg(count, f) AS m FROM made m, LATERAL (SELECT m.a, m.quarter) f
  UNION ALL SELECT linear_agg(count, f ORDER BY md5(i::text)) FROM made m, LATERAL (SELECT m.a, m.quarter) f) s;
SELECT * FROM options_for('poisson_agg');
DROP FUNCTION beside;
DROP TABLE made, fitted, wide, odds, more, filled;

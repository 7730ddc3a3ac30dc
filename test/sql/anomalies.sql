-- Anomalies: what arithmetic in SQL and R's surveillance give, what is judged by what, and what is no input.
SET timezone = 'UTC';
CREATE SCHEMA anomalies;
SET search_path = anomalies, public;
SET extra_float_digits = 0;
SET crimeml.progress_interval = 0;
SET client_min_messages = warning;
CREATE FUNCTION near(a float8, b float8, tolerance float8 DEFAULT 1e-9) RETURNS boolean LANGUAGE sql IMMUTABLE AS
$$SELECT abs(a - b) <= tolerance * greatest(1, abs(a), abs(b))$$;

-- farrington against surveillance 1.20.3: the counts are those of "Rscript test/farrington.R simulate",
-- what R says of them those of "Rscript test/farrington.R judge", which tells what is mended in R
CREATE TABLE counted AS
SELECT series, '2014-01-06'::timestamptz + (i - 1) * interval '7 days' AS at, value FROM (VALUES
('busy', '{283,307,304,273,295,298,288,312,289,290,372,296,345,307,306,363,251,349,304,406,332,240,219,229,271,329,224,239,227,203,228,229,213,230,289,135,224,196,236,204,236,223,283,143,216,176,229,252,241,235,230,221,185,259,281,314,281,314,355,322,326,303,295,363,377,321,314,333,340,289,346,343,241,375,357,288,238,303,294,277,232,238,250,195,228,267,187,235,269,187,209,211,212,260,238,279,216,238,164,280,238,248,269,254,237,254,289,311,323,243,263,320,336,438,395,351,351,357,344,391,291,333,357,286,364,310,317,267,305,229,236,247,288,205,233,272,233,241,268,247,230,244,187,163,227,263,182,220,206,230,222,223,247,324,148,292,300,215,245,261,313,406,326,287,275,259,302,355,342,345,426,306,391,361,300,325,298,302,245,256,288,366,267,319,256,250,266,240,199,250,201,282,243,187,196,277,215,267,278,267,259,282,270,296,271,283,311,330,292,253,276,305,307,331,282,322,243,301,350,442,384,371,333,378,386,327,355,261,338,349,239,277,301,265,301,390,326,226,245,289,274,269,248,248,290,207,243,201,296,235,232,224,253,199,164,261,253,266,367,329,285,209,301,274,385,382,361,318,333,323,278,400,332,371,318,378,418,382,324,327,304,307,312,372,302,352,185,250,211,241,286,265,277,235,306,218,212,212,284,242,270,229,269,302,195,275,285,287,246,380,403,257,246,335,373,340,310,390,344,340,350,413,324,345,298,315,309,284,356,389,442,220,273,328,330,301,286,330,315,396,319,246,262,210,307,224,242,291,275,289,271,248,248,184,262,328,247,204,231,289,372,209,302,285}'),
('rare', '{1,3,0,1,3,3,3,4,2,3,0,0,1,0,3,2,5,2,2,2,5,1,1,3,3,0,1,2,2,0,1,1,0,0,0,1,2,4,1,2,0,1,0,1,2,0,1,0,2,2,3,1,0,1,4,3,2,2,1,1,3,2,3,0,3,2,2,4,2,4,1,1,1,4,0,3,1,1,0,0,2,0,2,2,0,1,0,0,1,1,1,3,0,2,0,0,1,3,0,3,0,1,0,3,1,2,3,2,1,1,2,1,1,3,1,1,3,1,2,2,1,3,1,1,2,3,2,2,3,2,1,0,0,1,2,1,1,3,0,1,0,2,1,2,1,0,2,0,1,0,5,0,1,0,1,2,1,0,1,1,2,1,2,3,2,1,1,0,6,3,4,2,3,5,1,3,2,2,2,1,2,0,0,1,0,2,0,3,1,1,0,0,0,0,2,1,1,2,3,1,0,2,1,1,2,0,1,4,4,1,0,0,2,2,2,0,0,1,2,3,1,1,1,1,1,1,2,2,2,1,2,2,2,1,2,1,2,1,1,1,1,2,2,0,2,1,1,1,0,0,1,0,0,0,1,1,0,1,1,3,0,3,1,1,2,4,1,1,1,1,1,2,1,4,2,0,4,2,1,2,1,1,2,1,2,0,0,0,2,1,1,1,0,2,2,1,0,3,0,1,0,0,1,0,1,1,2,3,2,3,2,2,0,2,1,2,0,0,2,1,1,3,1,1,1,3,1,1,2,4,0,1,4,3,0,0,2,2,0,3,2,2,1,1,1,2,1,2,2,1,1,3,1,1,1,1,3,0,3,1,2,1,1,1}'),
('outbreaks', '{71,93,18,38,44,41,21,48,34,27,35,26,38,64,28,56,29,35,48,43,42,36,37,37,28,20,25,30,35,27,31,18,19,22,13,22,28,23,35,9,20,11,27,36,103,78,40,27,25,22,28,37,16,26,34,43,39,48,33,38,70,31,58,21,43,41,33,25,33,64,25,30,28,36,31,40,38,18,35,20,23,28,14,27,24,24,20,28,23,45,55,72,21,14,6,18,19,24,21,29,21,34,35,30,36,27,19,71,31,30,46,33,44,29,23,29,32,34,39,33,19,42,41,41,35,36,29,36,39,27,28,34,30,36,61,79,58,18,28,30,17,20,21,22,12,31,21,19,13,31,27,28,26,18,43,37,48,31,47,24,40,31,37,33,39,43,51,37,40,63,49,33,22,45,36,30,29,32,29,102,100,44,13,38,12,23,23,14,35,22,21,30,27,15,22,39,15,25,21,26,20,19,26,40,12,29,38,28,25,48,33,23,41,22,43,20,51,45,37,33,40,34,30,30,105,85,82,41,58,25,31,23,29,37,28,25,46,28,32,21,28,17,21,23,27,24,23,24,30,21,30,20,27,21,16,30,16,31,14,21,25,51,38,32,24,45,43,35,52,94,135,63,38,45,43,52,52,36,38,31,44,25,16,50,41,26,36,29,24,17,30,29,25,14,23,25,18,32,29,23,21,26,23,20,33,24,25,20,20,41,31,23,35,41,56,81,71,22,30,42,53,54,50,49,44,49,29,47,36,60,40,25,40,26,43,43,25,21,26,38,27,24,34,34,11,41,10,28,20,30,22,22,31,15,28,11,19,24,15,79,36,72,26,25}'),
('few', '{0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,2,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,1,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,0,0,0,1,0,0,1,0,0,0,0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1,0,0,0,0,1,0,0,0,0,0,0,0,0}')
) v (series, list), unnest(list::float8[]) WITH ORDINALITY u (value, i);
CREATE TABLE peer (options jsonb, series text, at timestamptz, expected float8, upper float8, p float8);
INSERT INTO peer VALUES
('{}', 'busy', '2020-10-05', 254.101319588401, 339.219564438084, 0.562270616902377),
('{}', 'busy', '2020-12-21', 299.169256286608, 396.003967109554, 0.625791032781034),
('{}', 'few', '2020-10-05', 0.144724160523305, 1.49807316044968, 0.709662453284982),
('{}', 'few', '2020-12-21', 0.084664912769885, 1.20477714677346, 0.664627154256552),
('{}', 'outbreaks', '2020-10-05', 26.4631626521975, 51.8014221937288, 0.341643049530514),
('{}', 'outbreaks', '2020-12-21', 34.631800712541, 61.8327343504243, 0.80440319654855),
('{}', 'rare', '2020-10-05', 0.880149650640527, 3.48253303028546, 0.451237369228535),
('{}', 'rare', '2020-12-21', 1.26393134746744, 4.28326186527735, 0.594209321195312),
('{"trend_p": 0.05}', 'busy', '2020-10-05', 254.101319588401, 339.219564438084, 0.562270616902377),
('{"trend_p": 0.05}', 'busy', '2020-12-21', 299.169256286608, 396.003967109554, 0.625791032781034),
('{"trend_p": 0.05}', 'few', '2020-10-05', 0.142857142857143, 1.45806460990845, 0.711924938984711),
('{"trend_p": 0.05}', 'few', '2020-12-21', 0.0857142857142903, 1.19216203943012, 0.66749722894899),
('{"trend_p": 0.05}', 'outbreaks', '2020-10-05', 24.2162044828963, 48.3809549641137, 0.263593424549286),
('{"trend_p": 0.05}', 'outbreaks', '2020-12-21', 31.6000000000185, 57.5284990717123, 0.729090199329741),
('{"trend_p": 0.05}', 'rare', '2020-10-05', 0.971428571437699, 3.65895522984562, 0.488653132625877),
('{"trend_p": 0.05}', 'rare', '2020-12-21', 1.40000000000061, 4.51720762772611, 0.637452052807056),
('{"reweight": 0}', 'busy', '2020-10-05', 252.957131489422, 340.648016236599, 0.549224812393353),
('{"reweight": 0}', 'busy', '2020-12-21', 299.169256286608, 396.003967109554, 0.625791032781034),
('{"reweight": 0}', 'few', '2020-10-05', 0.144724160523305, 1.49807316044968, 0.709662453284982),
('{"reweight": 0}', 'few', '2020-12-21', 0.084664912769885, 1.20477714677346, 0.664627154256552),
('{"reweight": 0}', 'outbreaks', '2020-10-05', 27.0307414041647, 59.9640853868802, 0.388730576631232),
('{"reweight": 0}', 'outbreaks', '2020-12-21', 33.9619887877945, 68.7166449940041, 0.738273614890785),
('{"reweight": 0}', 'rare', '2020-10-05', 0.865261628495472, 3.44912868750723, 0.444895078515524),
('{"reweight": 0}', 'rare', '2020-12-21', 1.23315902419283, 4.2207354316181, 0.584133390962787),
('{"bound": "counts"}', 'busy', '2020-10-05', 254.101319588401, 339, 0.551176880417184),
('{"bound": "counts"}', 'busy', '2020-12-21', 299.169256286608, 395, 0.617273697399181),
('{"bound": "counts"}', 'few', '2020-10-05', 0.144724160523305, 1, 1),
('{"bound": "counts"}', 'few', '2020-12-21', 0.084664912769885, 1, 1),
('{"bound": "counts"}', 'outbreaks', '2020-10-05', 26.4631626521975, 52, 0.314754735999803),
('{"bound": "counts"}', 'outbreaks', '2020-12-21', 34.631800712541, 62, 0.807065679489815),
('{"bound": "counts"}', 'rare', '2020-10-05', 0.880149650640527, 3, 0.585279156202466),
('{"bound": "counts"}', 'rare', '2020-12-21', 1.26393134746744, 4, 0.717458926902233),
('{"years": 3, "half_window": 2, "periods": 6, "left_out": 12}', 'busy', '2020-10-05', 253.453448888367, 350.388380002194, 0.549238153540454),
('{"years": 3, "half_window": 2, "periods": 6, "left_out": 12}', 'busy', '2020-12-21', 318.786947236158, 426.136048817163, 0.757499529767483),
('{"years": 3, "half_window": 2, "periods": 6, "left_out": 12}', 'few', '2020-10-05', 0.00935791550148557, 0.566270178790694, 0.557134210769981),
('{"years": 3, "half_window": 2, "periods": 6, "left_out": 12}', 'few', '2020-12-21', 0.00717602699469165, 0.676922453462917, 0.541821474231055),
('{"years": 3, "half_window": 2, "periods": 6, "left_out": 12}', 'outbreaks', '2020-10-05', 26.4243287222039, 49.7245794290136, 0.328558745283671),
('{"years": 3, "half_window": 2, "periods": 6, "left_out": 12}', 'outbreaks', '2020-12-21', 32.0995395483982, 57.8767175535237, 0.745522198857435),
('{"years": 3, "half_window": 2, "periods": 6, "left_out": 12}', 'rare', '2020-10-05', 0.721314905460257, 3.19448152440882, 0.383224432344045),
('{"years": 3, "half_window": 2, "periods": 6, "left_out": 12}', 'rare', '2020-12-21', 2.13850544381967, 6.08592866966011, 0.792955120012588),
('{"periods": 1}', 'busy', '2020-10-05', 260.641085778672, 343.299411783435, 0.631178813152279),
('{"periods": 1}', 'busy', '2020-12-21', 334.59557037374, 456.306275264843, 0.81974525149882),
('{"periods": 1}', 'few', '2020-10-05', 0.0362579065048629, 0.898641455315412, 0.608782360737925),
('{"periods": 1}', 'few', '2020-12-21', 0.0492401045661711, 1.02375938194769, 0.623882350548885),
('{"periods": 1}', 'outbreaks', '2020-10-05', 23.6201606600773, 47.4949455193731, 0.243837951537745),
('{"periods": 1}', 'outbreaks', '2020-12-21', 33.4302202994514, 60.585531221857, 0.773335571922535),
('{"periods": 1}', 'rare', '2020-10-05', 0.608455714132552, 2.96053208539536, 0.331922330684431),
('{"periods": 1}', 'rare', '2020-12-21', 1.78549063810132, 5.63365155806782, 0.717935895530114)
;
SELECT options, count(*), bool_and(near(a.expected, peer.expected, 1e-10)) AS expected, bool_and(near(a.upper, peer.upper, 1e-10)) AS upper,
  bool_and(near(a.p, peer.p, 1e-10)) AS p, bool_and(a.anomaly = (a.count > a.upper) AND a.lower IS NULL) AS anomaly
FROM (SELECT DISTINCT options FROM peer) o
CROSS JOIN LATERAL crimeml.anomalies('counted', '7 days', '[2020-10-05, 2020-12-28)', 1, 'farrington', options || '{"least": 0}') a
JOIN peer USING (options, series, at) GROUP BY options ORDER BY options::text;
-- so few that a high count is none; both directions share the alarms, and p is of two sides
SELECT at::date, count, round(upper::numeric, 2) AS upper, anomaly, note
FROM crimeml.anomalies('counted', '7 days', '[2020-01-06, 2020-12-28)', 1, 'farrington') WHERE series = 'few' AND count > upper;
SELECT bool_and(near(two.p, least(2 * least(high.p, 1 - high.p), 1))) AS p, bool_and(near(two.upper, half.upper)) AS upper,
  bool_and(two.lower < two.expected AND (two.anomaly = (two.count > two.upper OR two.count < two.lower))) AS lower
FROM crimeml.anomalies('counted', '7 days', NULL, 1, 'farrington', '{"direction": "both", "least": 0}') two
JOIN crimeml.anomalies('counted', '7 days', NULL, 1, 'farrington', '{"least": 0}') high USING (series, at)
JOIN crimeml.anomalies('counted', '7 days', NULL, 0.5, 'farrington', '{"least": 0}') half USING (series, at);
-- years that are not there
SET client_min_messages = notice;
SELECT date_part('year', at) AS year, note, count(*), count(expected) AS judged, count(anomaly) AS said
FROM crimeml.anomalies($$SELECT * FROM counted WHERE series = 'busy'$$, '7 days', '[2014-06-01, 2020-12-28)', 1, 'farrington') GROUP BY 1, 2 ORDER BY 1, 2;

SET client_min_messages = warning;
-- level: negative binomial one step ahead, of what the fitted model tells, with half a count of the last year's rate
CREATE FUNCTION nb(y float8, mean float8, size float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
  WITH RECURSIVE r AS (SELECT 0 AS i, (size / (size + mean)) ^ size AS p
    UNION ALL SELECT i + 1, p * (size + i) / (i + 1) * mean / (size + mean) FROM r WHERE i < y)
  SELECT CASE WHEN y < 0 THEN 0 ELSE sum(p) END FROM r $$;
CREATE FUNCTION mid_p(y float8, mean float8, size float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$SELECT 1 - (nb(y, mean, size) + nb(y - 1, mean, size)) / 2$$;
CREATE TABLE daily AS
SELECT '2022-01-01'::timestamptz + i * interval '1 day' AS at, (4 + i * 7919 % 7 + i * i % 5 * (i % 3))::float8 AS value, i FROM generate_series(0, 399) i;
CREATE TABLE term AS
SELECT (t ->> 'discount')::float8 AS w, (t ->> 'size')::float8 AS size, (t ->> 'level')::float8 AS level
FROM (SELECT crimeml.describe(crimeml.level_agg(at, value, '{"variant": "sim", "season": false}')) #> '{series,0,terms}' AS t FROM daily WHERE i < 397) s;
CREATE TABLE filtered AS
WITH RECURSIVE f AS (
  SELECT -1 AS i, NULL::float8 AS mean, NULL::float8 AS k, NULL::float8 AS value, NULL::float8 AS a, 1::float8 AS b, NULL::float8 AS ya, 1::float8 AS yb
  UNION ALL
  SELECT d.i, (s.a + 0.5) / (f.b + 0.5 * f.yb / s.ya), 1 / (1 / term.size + 1 / (term.w * s.a + 0.5)), d.value,
    term.w * s.a + d.value, term.w * f.b + 1, (1 - 1 / 365.25) * s.ya + d.value, (1 - 1 / 365.25) * f.yb + 1
  FROM f JOIN daily d ON d.i = f.i + 1 CROSS JOIN term,
    -- the filter begins with half a count and the mean of two weeks, as one bucket
    LATERAL (SELECT coalesce(f.a, (SELECT (0.5 + sum(value)) / count(*) FROM daily WHERE i < 14)) AS a,
      coalesce(f.ya, (SELECT (0.5 + sum(value)) / count(*) FROM daily WHERE i < 14)) AS ya) s)
SELECT * FROM f;
SELECT near(f.a / f.b, term.level) AS level FROM filtered f, term WHERE i = 396;
SELECT i, a.count = f.value AS count, near(expected, mean) AS expected, near(p, mid_p(f.value, mean, k), 1e-8) AS p,
  mid_p(upper, mean, k) >= 1 / 365.2425 AND mid_p(upper + 1, mean, k) < 1 / 365.2425 AS upper, lower, note
FROM crimeml.anomalies('daily', '1 day', '[2023-02-02, 2023-02-05)', options => '{"season": false, "outlier": 0}') a
JOIN filtered f ON a.at = '2022-01-01'::timestamptz + f.i * interval '1 day' ORDER BY i;

-- each bucket is judged by what was before it; by default those of the last year, and of the later half
CREATE TABLE incident AS
SELECT '2021-01-01'::timestamptz + (i * 7919 % 1000003) * interval '94 seconds' AS at, 'abc'::text COLLATE "C" || i % 3 AS series FROM generate_series(1, 18000) i;
SELECT count(*), min(at), max(at), count(DISTINCT series) FROM crimeml.anomalies('incident', '1 day');
SELECT count(*), min(at), max(at) FROM crimeml.anomalies($$SELECT at FROM incident WHERE at < '2021-09-01'$$, '1 day', '[2021-05-01 12:00, 2021-06-01)');
SELECT count(*), min(at) FROM crimeml.anomalies($$SELECT at FROM incident WHERE at < '2021-04-11'$$, '1 day');
SELECT count(*) AS other FROM (
  SELECT * FROM crimeml.anomalies('incident', '1 day', '[2022-01-01, 2022-06-01)')
  EXCEPT SELECT * FROM crimeml.anomalies($$SELECT * FROM incident WHERE at < '2022-06-01' UNION ALL
    SELECT at, series FROM incident, generate_series(1, 9) WHERE at >= '2022-07-01'$$, '1 day', '[2022-01-01, 2022-06-01)')) d;
SELECT count(*) AS same FROM crimeml.anomalies('incident', '1 day', '[2022-01-01, 2022-06-01)') a
JOIN crimeml.anomalies('incident', '1 day', '[2022-01-01, 2022-03-01)') b USING (series, at) WHERE a = b;
SELECT bool_and((p < 12 / 365.2425) = anomaly AND anomaly = (count > upper)) AS bound
FROM crimeml.anomalies('incident', '1 day', NULL, 12);
-- over workers the same
SET max_parallel_maintenance_workers = 0;
CREATE TABLE alone AS SELECT * FROM crimeml.anomalies('SELECT at, at::time(0)::text::char(4) AS series FROM incident', '1 day', options => '{"direction": "both"}');
SET max_parallel_maintenance_workers = 2;
SELECT count(*), count(DISTINCT series), (SELECT count(*) FROM (SELECT * FROM crimeml.anomalies('SELECT at, at::time(0)::text::char(4) AS series FROM incident', '1 day', options => '{"direction": "both"}') EXCEPT SELECT * FROM alone) d) AS other FROM alone;

-- where nothing happens there are as many alarms as stated: 30 series of 20 a day at random, some 30 alarms expected
SELECT setseed(0.3) IS NOT NULL AS seeded;
CREATE TABLE calm AS
SELECT '2021-01-01'::timestamptz + floor(random() * 1095) * interval '1 day' AS at, i % 30 AS series FROM generate_series(1, 30 * 1095 * 20) i;
SELECT count(*) AS judged, count(*) FILTER (WHERE anomaly) BETWEEN 15 AND 50 AS alarms FROM crimeml.anomalies('calm', '1 day');
SELECT count(*) AS judged, count(*) FILTER (WHERE anomaly) BETWEEN 15 AND 50 AS alarms FROM crimeml.anomalies('calm', '1 day', NULL, 1, 'level', '{"direction": "low"}');
-- three days of an outbreak are found, and a past one hides the next one less
CREATE TABLE outbreak AS
SELECT at, sum(n) + CASE WHEN at >= '2023-05-01' AND at < '2023-05-06' THEN 60 ELSE 0 END + CASE WHEN at >= '2023-05-20' AND at < '2023-05-23' THEN 12 ELSE 0 END AS value
FROM (SELECT at, 1 AS n FROM calm WHERE series = 0) c GROUP BY 1;
SELECT at::date, count, anomaly FROM crimeml.anomalies('outbreak', '1 day', '[2023-04-28, 2023-05-08)') ORDER BY at;
SELECT count(*) FILTER (WHERE a.upper < b.upper) AS narrower, count(*) FROM crimeml.anomalies('outbreak', '1 day', '[2023-05-08, 2023-06-08)') a
JOIN crimeml.anomalies('outbreak', '1 day', '[2023-05-08, 2023-06-08)', options => '{"outlier": 0}') b USING (at);
SELECT count(*) FILTER (WHERE a.upper < b.upper) AS narrower, count(*) FROM crimeml.anomalies('outbreak', '1 day', '[2023-04-20, 2023-05-20)') a
JOIN crimeml.anomalies('outbreak', '1 day', '[2023-04-20, 2023-05-20)', options => '{"outlier": 0}') b USING (at) WHERE at >= '2023-05-02';
-- after a burst and a long time without, one incident is none
CREATE TABLE burst AS
SELECT '2022-01-01'::timestamptz + i * interval '1 day' AS at, (CASE WHEN i % 150 < 40 THEN 5 + i * 31 % 9 WHEN i = 440 THEN 1 ELSE 0 END)::float8 AS value FROM generate_series(0, 445) i;
SELECT at::date, count, anomaly, p > 0.01 AS usual FROM crimeml.anomalies('burst', '1 day', '[2023-03-15, 2023-03-18)', options => '{"season": false}') ORDER BY at;

-- the hour that the clocks leave out has no row
SELECT count(*), count(*) FILTER (WHERE at AT TIME ZONE 'America/New_York' BETWEEN '2024-03-10 00:00' AND '2024-03-10 04:00') AS night
FROM crimeml.anomalies($$SELECT t AS at, 1 + extract(hour FROM t)::int % 5 AS value FROM generate_series('2024-02-01 05:00'::timestamptz, '2024-03-12', '1 hour') t$$, '1 hour', '[2024-03-09 05:00, 2024-03-11 04:00)', options => '{"time_zone": "America/New_York"}');
-- no counts: a normal distribution; all alike; zeros; months; gaps; one bucket; hardly any
SELECT count(*), bool_and(expected IS NOT NULL AND near(upper, expected, 1)) AS judged, count(*) FILTER (WHERE anomaly) AS alarms
FROM crimeml.anomalies('SELECT at, -1000 - value / 3 AS value FROM daily', '1 day', options => '{"direction": "both"}');
SELECT count(*), max(note) AS note FROM crimeml.anomalies('SELECT at, -value AS value FROM counted WHERE series = ''busy''', '7 days', method => 'farrington');
SELECT count(*), min(p) > 0.4 AS usual, bool_or(anomaly) AS any FROM crimeml.anomalies('SELECT at, 7 AS value FROM daily', '1 day');
SELECT count(*), bool_or(anomaly) AS any, max(expected) < 0.1 AS none FROM crimeml.anomalies('SELECT at, 0 AS value FROM daily', '1 day');
SELECT count(*), bool_or(anomaly) AS any, min(p) > 0.01 AS usual FROM crimeml.anomalies('SELECT at, 0 AS value FROM counted', '7 days', method => 'farrington');
SELECT count(*), count(anomaly) AS judged, min(note) AS note FROM crimeml.anomalies($$SELECT at FROM incident$$, '1 month');
SELECT count(*), count(anomaly) AS judged FROM crimeml.anomalies($$SELECT at FROM calm$$, '1 month', '[2023-01-01, 2024-01-01)', 1, 'farrington');
SELECT count(*), count(anomaly) AS judged FROM crimeml.anomalies($$SELECT * FROM daily WHERE i % 9 = 0$$, '1 day');
SELECT count, expected, anomaly, note FROM crimeml.anomalies('SELECT timestamptz ''2020-01-01'' AS at', '1 day');
SELECT count, expected, anomaly, note FROM crimeml.anomalies('SELECT timestamptz ''2020-01-06'' AS at', '7 days', method => 'farrington');
SELECT count(*), count(anomaly) AS judged, bool_and(isfinite) AS finite FROM (SELECT *, expected < 'infinity' AND upper < 'infinity' AS isfinite
  FROM crimeml.anomalies('SELECT at, CASE WHEN i % 2 = 0 THEN 9e15 ELSE i END AS value FROM daily', '1 day')) f;
SELECT count(*), count(anomaly) AS judged, bool_and(upper < 'infinity') AS finite
FROM crimeml.anomalies('SELECT at, CASE WHEN value::int % 2 = 0 THEN 9e15 ELSE value END AS value FROM counted WHERE series = ''busy''', '7 days', method => 'farrington');
SELECT count(*), count(anomaly) AS judged, bool_and(upper < 'infinity') AS finite
FROM crimeml.anomalies('SELECT at, CASE WHEN i % 2 = 0 THEN 1e308 ELSE -1e308 END AS value FROM daily', '1 day');

-- no input, and what is told
SET client_min_messages = notice;
SELECT count(*) FROM crimeml.anomalies('incident', '7 days', false_alarms => 0.5);
CREATE VIEW nothing AS SELECT * FROM incident WHERE false;
SELECT * FROM crimeml.anomalies('nothing', '1 day');
SELECT * FROM crimeml.anomalies(NULL, '1 day');
SELECT * FROM crimeml.anomalies('incident', NULL);
SELECT * FROM crimeml.anomalies('incident', '5 days');
SELECT * FROM crimeml.anomalies('incident', '1 day', 'empty');
SELECT * FROM crimeml.anomalies('incident', '1 day', '[2030-01-01,)');
SELECT * FROM crimeml.anomalies('incident', '1 day', '(,2000-01-01)');
SELECT * FROM crimeml.anomalies('incident', '1 day', '[2022-01-01 01:00, 2022-01-01 23:00)');
SELECT * FROM crimeml.anomalies('incident', '1 day', NULL, 0);
SELECT * FROM crimeml.anomalies('incident', '1 day', NULL, 'NaN');
SELECT * FROM crimeml.anomalies('incident', '1 day', NULL, NULL);
SELECT * FROM crimeml.anomalies('incident', '1 year');
SELECT * FROM crimeml.anomalies('incident', '1 day', method => 'farington');
SELECT * FROM crimeml.anomalies('incident', '1 day', method => 'farrington');
SELECT * FROM crimeml.anomalies('incident', '7 days', options => '{"years": 3}');
SELECT * FROM crimeml.anomalies('incident', '7 days', options => '{"direction": "up"}');
SELECT * FROM crimeml.anomalies('incident', '7 days', method => 'farrington', options => '{"half_window": 20, "periods": 20}');
SELECT * FROM crimeml.anomalies('incident', '7 days', method => 'farrington', options => '{"left_out": 2}');
SELECT * FROM crimeml.anomalies('SELECT at, ''Infinity''::float8 AS value FROM incident', '7 days');
SELECT option, type, default_value, range FROM crimeml.options_for('anomalies');
SELECT option, type, default_value, range FROM crimeml.options_for('farrington');

SET client_min_messages = warning;
DROP SCHEMA anomalies CASCADE;

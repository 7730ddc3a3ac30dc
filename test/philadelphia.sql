-- philadelphia.sql: what must hold in the demo's database on the incidents of
-- 2019: make demo DATA=.../incidents_2019.csv.gz MAP=... PSQL=1 <test/philadelphia.sql
\pset format unaligned
\pset tuples_only on

DO $$
DECLARE
  n record;
BEGIN
  SELECT * INTO n FROM demo_load;
  ASSERT n.read = n.loaded + n.rejected + n.duplicates, 'a row is lost';
  ASSERT n.read = 161442, 'the file has 161442 rows, not ' || n.read;
  ASSERT n.loaded = (SELECT count(*) FROM incident), 'the table has other rows than were loaded';

  SELECT min(at AT TIME ZONE 'America/New_York') AS first, max(at AT TIME ZONE 'America/New_York') AS last
  INTO n FROM future;
  ASSERT n.first >= '2019-10-01' AND n.first < '2019-10-02' AND n.last < '2020-01-01',
    'the forest is tested on something else than October to December';
  ASSERT (SELECT count(*) FROM past) + (SELECT count(*) FROM future) = (SELECT count(*) FROM usable),
    'an incident is neither past nor future';

  SELECT * INTO n FROM evaluation WHERE metric = 'accuracy';
  ASSERT n.value > n.baseline, 'accuracy: ' || n.value || ', always the most frequent: ' || n.baseline;
  -- the baseline is computed here once more
  ASSERT abs(n.baseline - (SELECT avg((label = (SELECT mode() WITHIN GROUP (ORDER BY label) FROM past))::int) FROM future)) < 1e-9,
    'the baseline of accuracy is not that of the most frequent class';
  SELECT * INTO n FROM evaluation WHERE metric = 'log_loss';
  ASSERT n.value < n.baseline, 'log loss: ' || n.value || ', class frequencies: ' || n.baseline;
  ASSERT abs((SELECT value FROM evaluation WHERE metric = 'accuracy')
    - (SELECT avg((offence = predicted)::int) FROM prediction)) < 1e-9, 'evaluate and predict differ';

  -- the same partition: labels pair one to one, noise with noise
  CREATE TEMPORARY TABLE pair AS
  SELECT DISTINCT hotspot, peer
  FROM (
    SELECT hotspot, ST_ClusterDBSCAN(geom, eps, minpoints) OVER (ORDER BY id) AS peer
    FROM clustered, hotspot_rule) c;
  ASSERT (SELECT count(*) FROM pair WHERE hotspot IS NULL OR peer IS NULL) <= 1
    AND NOT EXISTS (SELECT FROM pair WHERE (hotspot IS NULL) <> (peer IS NULL))
    AND NOT EXISTS (SELECT FROM pair WHERE hotspot IS NOT NULL GROUP BY hotspot HAVING count(*) > 1)
    AND NOT EXISTS (SELECT FROM pair WHERE peer IS NOT NULL GROUP BY peer HAVING count(*) > 1),
    'dbscan is not the partition of ST_ClusterDBSCAN';
  ASSERT (SELECT count(*) FROM pair) > 10, 'too few hotspots for a comparison';
END
$$;
SELECT 'Philadelphia 2019: rows, forest and hotspots are as they must be';

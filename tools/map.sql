-- map.sql: which columns of a CSV file hold time, place, type and district.
--
-- demo_guess() looks at the names and at what a sample of the rows holds, and
-- answers with what load_csv takes as columns.  It is for the demo: who knows
-- the columns writes them down, see docs/maps.

-- A time as it is written, and how to_timestamp spells that; NULL: as SQL does.
CREATE TABLE demo_time_shape (rank int GENERATED ALWAYS AS IDENTITY, kind text, pattern text, format text);
INSERT INTO demo_time_shape (kind, pattern, format) VALUES
  ('zoned', '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$', NULL),
  ('timestamp', '^\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$', NULL),
  ('timestamp', '^(0?[1-9]|1[0-2])/\d\d?/\d{4} \d\d?:\d\d:\d\d [AP]M$', 'MM/DD/YYYY HH12:MI:SS AM'),
  ('timestamp', '^(0?[1-9]|1[0-2])/\d\d?/\d{4} \d\d?:\d\d [AP]M$', 'MM/DD/YYYY HH12:MI AM'),
  ('timestamp', '^(0?[1-9]|1[0-2])/\d\d?/\d{4} \d\d?:\d\d:\d\d$', 'MM/DD/YYYY HH24:MI:SS'),
  ('timestamp', '^(0?[1-9]|1[0-2])/\d\d?/\d{4} \d\d?:\d\d$', 'MM/DD/YYYY HH24:MI'),
  ('timestamp', '^\d\d?/(0?[1-9]|1[0-2])/\d{4} \d\d?:\d\d:\d\d$', 'DD/MM/YYYY HH24:MI:SS'),
  ('timestamp', '^\d\d?/(0?[1-9]|1[0-2])/\d{4} \d\d?:\d\d$', 'DD/MM/YYYY HH24:MI'),
  ('date', '^\d{4}[-/]\d\d[-/]\d\d$', 'YYYY-MM-DD'),
  ('date', '^(0?[1-9]|1[0-2])/\d\d?/\d{4}$', 'MM/DD/YYYY'),
  ('date', '^\d\d?/(0?[1-9]|1[0-2])/\d{4}$', 'DD/MM/YYYY'),
  ('date', '^\d\d?\.(0?[1-9]|1[0-2])\.\d{4}$', 'DD.MM.YYYY'),
  ('month', '^\d{4}-\d\d$', 'YYYY-MM'),
  ('time', '^\d\d?:\d\d:\d\d$', 'HH24:MI:SS'),
  ('time', '^\d\d?:\d\d$', 'HH24:MI'),
  ('time', '^\d\d?:\d\d [AP]M$', 'HH12:MI AM');

-- The sample's columns: their names made plain, and what their values look like.
CREATE TABLE demo_column (
  name text, plain text, place bigint, filled float8, different bigint,
  low float8, high float8, kind text, format text, example text);

CREATE FUNCTION demo_describe(header text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  WITH cell AS (
    SELECT h.name, h.place, nullif(btrim(to_jsonb(s) ->> ('c' || h.place)), '') AS value
    FROM unnest(header) WITH ORDINALITY h(name, place), demo_sample s
  ), typed AS (
    SELECT *, CASE WHEN value ~ '^[-+]?\d+(\.\d*)?$|^[-+]?\.\d+$' THEN value::float8 END AS number
    FROM cell
  ), looked AS (
    SELECT name, place, count(value)::float8 / count(*) AS filled, count(DISTINCT value) AS different,
      percentile_cont(0.01) WITHIN GROUP (ORDER BY number) AS low,
      percentile_cont(0.99) WITHIN GROUP (ORDER BY number) AS high,
      count(number) >= 0.98 * count(value) AND count(value) > 0 AS is_number,
      min(value) AS example, array_agg(value) FILTER (WHERE value IS NOT NULL) AS value
    FROM typed GROUP BY name, place
  )
  INSERT INTO demo_column
  SELECT l.name,
    lower(regexp_replace(regexp_replace(l.name, '([a-z])([A-Z])', '\1_\2', 'g'), '[^A-Za-z0-9]+', '_', 'g')),
    l.place, l.filled, l.different, l.low, l.high,
    CASE WHEN l.is_number THEN 'number' ELSE coalesce(t.kind, 'text') END, t.format, l.example
  FROM looked l
    LEFT JOIN LATERAL (
      SELECT s.kind, s.format FROM demo_time_shape s
      WHERE NOT l.is_number
        AND (SELECT avg((v ~ s.pattern)::int) FROM unnest(l.value) v) >= 0.98
      ORDER BY s.rank LIMIT 1) t ON true;
END
$$;

-- Longitude and latitude: by name, and within what degrees can be.
CREATE FUNCTION demo_guess_place() RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  pair record;
BEGIN
  WITH scored AS (
    SELECT *,
      CASE WHEN plain ~ 'longitude|(^|_)(lon|lng|long)($|_)' THEN 3
        WHEN plain ~ '(^|_)x($|_)|^xcoord' THEN 2 ELSE 0 END AS as_x,
      CASE WHEN plain ~ 'latitude|(^|_)lat($|_)' THEN 3
        WHEN plain ~ '(^|_)y($|_)|^ycoord' THEN 2 ELSE 0 END AS as_y
    FROM demo_column WHERE kind = 'number'
  )
  SELECT x.name AS x, y.name AS y, x.low AS x_low, y.low AS y_low,
    x.low >= -180 AND x.high <= 180 AND y.low >= -90 AND y.high <= 90 AS degrees
  INTO pair
  FROM scored x JOIN scored y ON x.as_x > 0 AND y.as_y > 0
  ORDER BY degrees DESC, x.as_x + y.as_y DESC, abs(x.place - y.place), x.place
  LIMIT 1;
  IF pair IS NULL THEN
    RAISE EXCEPTION 'no two columns look like longitude and latitude';
  ELSIF NOT pair.degrees THEN
    RAISE EXCEPTION '% and % (%, %) are no degrees, so it takes a map with their "srid"',
      pair.x, pair.y, pair.x_low, pair.y_low;
  END IF;
  RETURN jsonb_build_object('from', jsonb_build_array(pair.x, pair.y), 'srid', 4326);
END
$$;

-- The time of the incident: one column, a date and a time, or year to minute.
-- An hour is worth more than a plain date, and the time as the town's clocks
-- showed it more than one with an offset, which is mostly UTC.
CREATE FUNCTION demo_guess_time() RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  best record;
BEGIN
  WITH scored AS (
    SELECT *,
      CASE WHEN plain ~ 'updat|modif|edit|load|creat|insert|export|until|clear|birth|dob|arrest|(^|_)(end|to)($|_)' THEN -10
        WHEN plain ~ 'occur|incident|commit|offen[cs]e|crime|event|start|from|begin' THEN 4
        WHEN plain ~ 'dispatch|report|call|receiv' THEN 3
        WHEN plain ~ 'date|time|month' THEN 2 ELSE 0 END AS score
    FROM demo_column
  ), candidate AS (
    SELECT jsonb_build_object('from', name) || CASE WHEN format IS NULL OR kind = 'date' AND format = 'YYYY-MM-DD'
        THEN '{}' ELSE jsonb_build_object('format', format) END AS map,
      score + CASE kind WHEN 'timestamp' THEN 3 WHEN 'zoned' THEN 2 WHEN 'date' THEN 0 ELSE -1 END AS score,
      place
    FROM scored WHERE kind IN ('zoned', 'timestamp', 'date', 'month')
    UNION ALL
    SELECT jsonb_build_object('from', jsonb_build_array(d.name, t.name), 'format', d.format || ' ' || t.format),
      d.score + least(t.score, 0) + 3 + (replace(d.plain, 'date', '') = replace(t.plain, 'time', ''))::int, d.place
    FROM scored d, scored t WHERE d.kind = 'date' AND t.kind = 'time'
    UNION ALL
    SELECT jsonb_build_object('from', jsonb_agg(name ORDER BY part),
        'format', array_to_string((ARRAY['YYYY', 'MM', 'DD', 'HH24', 'MI'])[:count(*)::int], ' ')),
      CASE WHEN count(*) >= 4 THEN 5 ELSE 2 END, min(place)
    FROM (SELECT name, place, kind, array_position('{year,month,day,hour,minute}', plain) AS part FROM scored) p
    WHERE part IS NOT NULL AND kind = 'number'
    HAVING count(*) >= 3 AND max(part) = count(*)
  )
  SELECT map INTO best FROM candidate WHERE score > 0 ORDER BY score DESC, place LIMIT 1;
  IF best IS NULL THEN
    RAISE EXCEPTION 'no column looks like the time of an incident';
  END IF;
  RETURN best.map;
END
$$;

-- What happened: words or codes of which there are more than one, but not many.
CREATE FUNCTION demo_guess_offence() RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  best record;
BEGIN
  SELECT name, different, example INTO best
  FROM (
    SELECT *,
      CASE WHEN plain ~ 'locat|premise|place|addr|street|block|dist|day|resol|dispos|status|weapon|victim|suspect|geom|city|state|county|time|date' THEN 0
        WHEN plain ~ 'offen[cs]e|crime|primary_type' THEN 5 + (plain ~ 'type|categ|descr|group')::int - (plain ~ 'code|num|id')::int
        WHEN plain ~ 'general_code|ucr|nibrs|charge|categ|classif|incident_type|call_type' THEN 3
        WHEN plain ~ 'type|descr' THEN 2 ELSE 0 END - (kind = 'number')::int AS score
    FROM demo_column WHERE kind IN ('text', 'number') AND filled > 0.5) c
  WHERE score > 0 AND different <= 500
  ORDER BY different > 1 DESC, score DESC, place LIMIT 1;
  IF best IS NULL THEN
    RAISE EXCEPTION 'no column looks like the type of an incident';
  ELSIF best.different < 2 THEN
    RAISE EXCEPTION '%, the type of an incident, holds nothing but %, so there is nothing to predict',
      best.name, quote_literal(best.example);
  END IF;
  RETURN best.name;
END
$$;

-- The district, where there is one; NULL where not.
CREATE FUNCTION demo_guess_district(offence text) RETURNS text
LANGUAGE sql AS $$
  SELECT name
  FROM (
    SELECT *,
      CASE WHEN plain ~ 'district|(^|_)dist($|_)' THEN 5
        WHEN plain ~ 'precinct|division|ward' THEN 4
        WHEN plain ~ 'neighbou?rhood|hood|boro' THEN 3
        WHEN plain ~ 'beat|sector|zone|area|city' THEN 2 ELSE 0 END AS score
    FROM demo_column WHERE kind IN ('text', 'number') AND filled > 0.5 AND name <> offence) c
  WHERE score > 0 AND different BETWEEN 2 AND 1000
  ORDER BY score DESC, place LIMIT 1
$$;

-- All of them, or all that is wrong in one message.
CREATE FUNCTION demo_guess() RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  map jsonb = '{}';
  wrong text[] = '{}';
BEGIN
  BEGIN
    map := map || jsonb_build_object('geom', demo_guess_place());
  EXCEPTION WHEN raise_exception THEN wrong := wrong || SQLERRM;
  END;
  BEGIN
    map := map || jsonb_build_object('at', demo_guess_time());
  EXCEPTION WHEN raise_exception THEN wrong := wrong || SQLERRM;
  END;
  BEGIN
    map := map || jsonb_build_object('offence', demo_guess_offence());
  EXCEPTION WHEN raise_exception THEN wrong := wrong || SQLERRM;
  END;
  IF wrong <> '{}' THEN
    RAISE EXCEPTION '%', array_to_string(wrong, '; ') USING
      DETAIL = 'The columns are ' || (
        SELECT string_agg(format('%s (%s%s)', name, kind, ', as in ' || left(example, 40)), '; ' ORDER BY place)
        FROM demo_column) || '.',
      HINT = 'Write down which columns to take, as in docs/maps, and run make demo DATA=... MAP=your.json';
  END IF;
  RETURN jsonb_strip_nulls(map || jsonb_build_object('district', demo_guess_district(map ->> 'offence')));
END
$$;

-- A map in full: checked, with a time zone, and with places in metres.
CREATE FUNCTION demo_complete(map jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  wrong text;
  geom jsonb;
BEGIN
  SELECT string_agg(k, ', ') INTO wrong FROM unnest('{at,geom,offence}'::text[]) k WHERE NOT map ? k;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'the map does not say from which columns to take %', wrong
      USING HINT = 'See docs/maps/philadelphia.json.';
  END IF;
  SELECT string_agg(k, ', ') INTO wrong FROM jsonb_object_keys(map) k
  WHERE k <> ALL ('{at,geom,offence,district,key}');
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'the map speaks of %, which the demo does not know', wrong
      USING HINT = 'It takes at, geom, offence, and where there are any district and key.';
  END IF;
  IF jsonb_typeof(map -> 'at') <> 'object' THEN
    map := jsonb_set(map, '{at}', jsonb_build_object('from', map -> 'at'));
  END IF;
  IF map #>> '{at,time_zone}' IS NULL THEN
    map := jsonb_set(map, '{at,time_zone}', '"UTC"');
  END IF;
  geom := map -> 'geom';
  IF NOT EXISTS (SELECT FROM spatial_ref_sys
      WHERE srid = coalesce(geom ->> 'transform', geom ->> 'srid', '4326')::int AND proj4text LIKE '%+units=m %') THEN
    map := jsonb_set(map, '{geom,transform}', to_jsonb(demo_utm(geom)));
  END IF;
  RETURN map;
END
$$;

-- The UTM zone of the middle of the sample.
CREATE FUNCTION demo_utm(geom jsonb) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
  middle record;
BEGIN
  CREATE TEMPORARY TABLE demo_place (geom geometry);
  PERFORM crimeml.load_csv('demo_place', pg_read_binary_file(current_setting('demo.sample')),
    jsonb_build_object('geom', geom - 'transform'));
  SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_X(g)) AS x,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_Y(g)) AS y INTO middle
  FROM demo_place p, ST_Transform(p.geom, 4326) g;
  DROP TABLE demo_place;
  IF middle.x IS NULL THEN
    RAISE EXCEPTION 'no row of the sample has a place in %', geom -> 'from';
  END IF;
  RETURN CASE WHEN middle.y < 0 THEN 32700 ELSE 32600 END
    + least(60, greatest(1, floor((middle.x + 180) / 6)::int + 1));
END
$$;

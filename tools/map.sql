-- map.sql: which columns of a CSV file hold time, place, type and district.
--
-- demo_guess() looks at the names and at what a sample of the rows holds, and
-- answers with what load_csv takes as columns.  It is for the demo, which leaves
-- the answer in demo/map.json: who knows better writes it there, see docs/maps.

-- How the fields of a header are divided, and what they are called.
CREATE FUNCTION demo_delimiter(content bytea) RETURNS text
LANGUAGE sql AS $$
  SELECT d
  FROM split_part(encode(content, 'escape'), E'\n', 1) line, unnest(ARRAY[',', ';', E'\t', '|']) WITH ORDINALITY u(d, n)
  ORDER BY length(replace(line, d, '')), n LIMIT 1
$$;

CREATE FUNCTION demo_header(content bytea) RETURNS SETOF text
LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  IF demo_delimiter(content) <> ',' THEN
    BEGIN
      line := split_part(convert_from(content, 'UTF8'), E'\n', 1);
    EXCEPTION WHEN character_not_in_repertoire THEN
      NULL;    -- infer_csv says what it is
    END;
  END IF;
  IF line IS NULL THEN
    RETURN QUERY SELECT column_name::text FROM crimeml.infer_csv(content);
  ELSE
    RETURN QUERY SELECT btrim(name, E'" \r\uFEFF') FROM string_to_table(line, demo_delimiter(content)) name;
  END IF;
END
$$;

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

-- Longitude and latitude: by name, and within what degrees can be.  Others are
-- metres or feet, of which only the publisher knows the SRID: it is null.
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
  RETURN CASE WHEN pair IS NOT NULL THEN
    jsonb_build_object('from', jsonb_build_array(pair.x, pair.y), 'srid', CASE WHEN pair.degrees THEN 4326 END) END;
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
        WHEN plain ~ 'date|time|month|(^|_)when' THEN 2 ELSE 0 END AS score
    FROM demo_column
  ), candidate AS (
    SELECT jsonb_build_object('from', name) || CASE WHEN kind = 'zoned' THEN '{"time_zone": "UTC"}'
        WHEN format IS NULL OR kind = 'date' AND format = 'YYYY-MM-DD'
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
  RETURN best.map;
END
$$;

-- What happened: words or codes, better more than one, but not many; NULL where
-- there is none.
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
    FROM demo_column WHERE kind IN ('text', 'number') AND filled > 0.5 AND name IS DISTINCT FROM offence) c
  WHERE score > 0 AND different BETWEEN 2 AND 1000
  ORDER BY score DESC, place LIMIT 1
$$;

-- All of them; what is needed and not found is null.
CREATE FUNCTION demo_guess() RETURNS jsonb
LANGUAGE sql AS $$
  SELECT jsonb_build_object('at', demo_guess_time(), 'geom', demo_guess_place())
    || jsonb_strip_nulls(jsonb_build_object('offence', offence, 'district', demo_guess_district(offence)))
  FROM demo_guess_offence() offence
$$;

-- What is wrong with what was found, in one message.
CREATE FUNCTION demo_refuse(map jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  wrong text[] = '{}';
  advice text = 'Write the right columns into demo/map.json, as in docs/maps, and add MAP=demo/map.json to the command.';
  pair record;
BEGIN
  IF NOT EXISTS (SELECT FROM demo_column) THEN
    RAISE EXCEPTION 'no row of the file can be read';
  END IF;
  IF map -> 'geom' = 'null' THEN
    wrong := wrong || 'no two columns look like longitude and latitude'::text;
  ELSIF map #> '{geom,srid}' = 'null' THEN
    SELECT x.name AS x, y.name AS y, x.low AS x_low, y.low AS y_low INTO pair
    FROM demo_column x, demo_column y
    WHERE x.name = map #>> '{geom,from,0}' AND y.name = map #>> '{geom,from,1}';
    wrong := wrong || format('%s and %s (%s, %s) are no longitude and latitude', pair.x, pair.y, pair.x_low, pair.y_low);
    advice := 'Write their SRID, which the publisher knows, in place of null into demo/map.json, '
      'and add MAP=demo/map.json to the command.';
  END IF;
  IF map -> 'at' = 'null' THEN
    wrong := wrong || 'no column looks like the time of an incident'::text;
    IF map -> 'geom' = 'null' THEN
      advice := 'The demo takes one row an incident, with its time and its place; counts by area or year go into a table '
        'of yours with load_csv, see docs/data.md. ' || advice;
    ELSE
      advice := 'Without a time these may be places, homes or counts, which are no incidents. ' || advice;
    END IF;
  END IF;
  IF EXISTS (SELECT FROM demo_column WHERE example ~ '^ *(MULTI)?POLYGON') THEN
    wrong := wrong || 'the file holds areas'::text;
  END IF;
  IF wrong <> '{}' THEN
    RAISE EXCEPTION '%', array_to_string(wrong, '; ') USING
      DETAIL = 'The columns are ' || (
        SELECT string_agg(format('%s (%s%s)', name, kind, ', as in ' || left(example, 40)), '; ' ORDER BY place)
        FROM demo_column) || '.',
      HINT = advice;
  END IF;
END
$$;

-- A map in full and checked.
CREATE FUNCTION demo_complete(map jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  wrong text;
BEGIN
  SELECT string_agg(k, ', ') INTO wrong FROM unnest('{at,geom}'::text[]) k WHERE map -> k IS NULL OR map -> k = 'null';
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'the map does not say from which columns to take %', wrong
      USING HINT = 'See docs/maps/philadelphia.json.';
  END IF;
  SELECT string_agg(k, ', ') INTO wrong FROM jsonb_object_keys(map) k
  WHERE k <> ALL ('{at,geom,offence,district,key}');
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'the map speaks of %, which the demo does not know', wrong
      USING HINT = 'It takes at and geom, and where there are any offence, district and key.';
  END IF;
  IF jsonb_typeof(map -> 'at') <> 'object' THEN
    map := jsonb_set(map, '{at}', jsonb_build_object('from', map -> 'at'));
  END IF;
  IF jsonb_typeof(map -> 'geom') <> 'object' THEN
    map := jsonb_set(map, '{geom}', jsonb_build_object('from', map -> 'geom'));
  END IF;
  IF map #> '{geom,srid}' = 'null' THEN
    RAISE EXCEPTION 'the map does not say the SRID of the places' USING
      HINT = 'Ask the publisher, and write its number as "srid": 4326 is longitude and latitude.';
  END IF;
  RETURN jsonb_set(map, '{geom}', '{"srid": 4326}' || (map -> 'geom'));
END
$$;

-- Stops where nothing is left of a file, or more than one city and no condition
-- says which; the answer names one that works.
CREATE FUNCTION demo_one_city(condition text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  cities bigint;
  listed text;
  example text;
BEGIN
  IF NOT EXISTS (SELECT FROM loaded) THEN
    RAISE EXCEPTION 'no row of the file could be loaded'
      USING DETAIL = (SELECT format('Line %s: %s', line, reason) FROM crimeml.rejected_rows ORDER BY line LIMIT 1);
  ELSIF NOT EXISTS (SELECT FROM chosen) THEN
    RAISE EXCEPTION 'no incident fits WHERE=%', condition
      USING HINT = 'It is a condition on the columns at, offence, district, key, longitude and latitude.';
  ELSIF NOT EXISTS (SELECT FROM settled WHERE NOT stray AND town IS NOT NULL) THEN
    RAISE EXCEPTION 'no incident has a place: all are missing or at 0 0';
  ELSIF (SELECT bool_and(abs(ST_X(l.geom)) <= 180 AND abs(ST_Y(l.geom)) <= 90 AND s.proj4text !~ 'longlat')
      FROM loaded l JOIN spatial_ref_sys s ON s.srid = ST_SRID(l.geom)) THEN
    RAISE EXCEPTION 'all places are degrees, but the map says SRID %', (SELECT min(ST_SRID(geom)) FROM loaded)
      USING HINT = 'Longitude and latitude are "srid": 4326.';
  END IF;
  SELECT count(DISTINCT rank) INTO cities FROM town WHERE NOT stray;
  IF condition <> '' OR cities < 2 THEN
    RETURN;
  END IF;

  SELECT string_agg(format('%s around %s %s%s', incidents, x, y, ' (' || name || ')'), ', ' ORDER BY town) INTO listed
  FROM (
    SELECT town, count(*) AS incidents, round(avg(longitude)::numeric, 2) AS x, round(avg(latitude)::numeric, 2) AS y,
      mode() WITHIN GROUP (ORDER BY district) AS name
    FROM settled WHERE NOT stray AND town <= 10 GROUP BY town) t;
  -- the district that is the first city, or else its frame
  SELECT coalesce(
    (SELECT format('district = %L', district) FROM settled WHERE NOT stray
      GROUP BY district HAVING bool_and(town = 1)
        AND count(*) >= 0.9 * (SELECT count(*) FROM settled WHERE town = 1) AND district !~ '["$`\\!]'),
    (SELECT format('longitude between %s and %s and latitude between %s and %s',
        floor(min(longitude) * 10) / 10, ceil(max(longitude) * 10) / 10,
        floor(min(latitude) * 10) / 10, ceil(max(latitude) * 10) / 10)
      FROM settled WHERE town = 1)) INTO example;
  RAISE EXCEPTION 'the file holds % cities, more than 50 km apart', cities
    USING DETAIL = format('Incidents: %s%s.', listed, CASE WHEN cities > 10 THEN ', ...' ELSE '' END),
      HINT = format('Choose one: add WHERE="%s" to the command, or WHERE=true for all of them. '
        'It is a condition on at, offence, district, key, longitude and latitude.', example);
END
$$;

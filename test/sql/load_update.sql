-- load_csv(on_duplicate => 'update'): a record that is known takes the place of the old one.
SET client_min_messages = warning;
CREATE TABLE record (id int PRIMARY KEY, offence text NOT NULL, weight numeric(6,2) CHECK (weight < 1000), own text DEFAULT 'mine', geom geometry(Point, 26918), doc json, tag varchar(3));
CREATE FUNCTION sums() RETURNS text LANGUAGE sql AS
$$SELECT format('read %s = loaded %s + updated %s + rejected %s + duplicates %s', read, loaded, updated, rejected, duplicates) FROM crimeml.loads ORDER BY load_id DESC LIMIT 1$$;
CREATE FUNCTION update_from(target regclass, csv text, key name[] DEFAULT '{id}', columns jsonb DEFAULT NULL) RETURNS text LANGUAGE sql AS
$$SELECT format('read %s = loaded %s + updated %s + rejected %s + duplicates %s', read, loaded, updated, rejected, duplicates)
FROM crimeml.load_csv(target, convert_to(csv, 'UTF8'), columns, unique_key => key, on_duplicate => 'update')$$;

SELECT update_from('record', E'id,offence,weight\n1,Theft,1\n2,Fraud,2\n3,Arson,3\n');
UPDATE record SET own = 'changed by hand';
-- the same file again: nothing is touched
SELECT min(ctid::text), max(ctid::text), min(xmin::text) AS xmin FROM record \gset
SELECT update_from('record', E'id,offence,weight\n1,Theft,1\n2,Fraud,2\n3,Arson,3\n');
SELECT min(ctid::text) = :'min' AND max(ctid::text) = :'max' AND min(xmin::text) = :'xmin' AS untouched FROM record;
-- one is reclassified, one is new, one is the same, one cannot be read and one is refused: the old ones stay
SELECT update_from('record', E'id,offence,weight\n1,Burglary,1.00\n2,Fraud,2\n4,Theft,4\n3,Arson,heavy\n3,Murder,1000\n');
SELECT id, offence, weight, own FROM record ORDER BY id;
SELECT line, reason, sqlstate FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
SELECT sums();
-- a key that comes several times in the file: each sees the one before it, whether it stands in the table or not
SELECT update_from('record', E'id,offence,weight\n5,a,1\n5,b,1\n5,b,1\n5,c,1000\n5,d,5\n1,e,1\n1,f,1\n6,x,1000\n6,y,6\n');
SELECT id, offence, weight FROM record WHERE id IN (1, 5, 6) ORDER BY id;
-- a missing value replaces a value; columns that are not loaded stay; types without an equality, rounding, and bytes that alone differ
SELECT update_from('record', E'id,weight,doc,tag,x,y\n1,,"{""a"": 1}",abc,480000,4430000\n2,2.004,"{""a"": 1}",,480000,4430000\n', '{id}',
  '{"id": "id", "weight": "weight", "doc": "doc", "tag": "tag", "geom": {"from": ["x", "y"]}}');
SELECT update_from('record', E'id,offence,weight,doc,tag,x,y\n1,f,,"{""a"": 1}",abc,480000,4430000\n2,Fraud,2.001,"{""a"":1}",,480000,4430000\n', '{id}',
  '{"id": "id", "offence": "offence", "weight": "weight", "doc": "doc", "tag": "tag", "geom": {"from": ["x", "y"]}}');
SELECT id, offence, weight, own, ST_AsText(geom) AS geom, doc, tag FROM record WHERE id < 3 ORDER BY id;

-- as PostgreSQL's own upsert has it, over batches, with an index and without
CREATE TABLE by_index (a int, b text, v int, UNIQUE (a, b));
CREATE TABLE by_join (a int, b text, v int);
CREATE TABLE by_postgres (LIKE by_index INCLUDING INDEXES);
CREATE FUNCTION keys(first int) RETURNS TABLE (n int, a int, b text, v int) LANGUAGE sql AS
$$SELECT n, nullif(n * 7919 % 1301, 0), chr(97 + n % 3), (n + first) % 5 FROM generate_series(1, 5000) n$$;
CREATE FUNCTION upsert(first int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  k record;
  fresh int := 0;
  changed int := 0;
BEGIN
  FOR k IN SELECT * FROM keys(first) ORDER BY n LOOP
    IF NOT EXISTS (SELECT FROM by_postgres p WHERE p.a = k.a AND p.b = k.b) THEN
      fresh := fresh + 1;
    ELSIF EXISTS (SELECT FROM by_postgres p WHERE p.a = k.a AND p.b = k.b AND p.v <> k.v) THEN
      changed := changed + 1;
    END IF;
    INSERT INTO by_postgres VALUES (k.a, k.b, k.v) ON CONFLICT (a, b) DO UPDATE SET v = excluded.v;
  END LOOP;
  RETURN format('read 5000 = loaded %s + updated %s + rejected 0 + duplicates %s', fresh, changed, 5000 - fresh - changed);
END$$;
CREATE FUNCTION csv(first int) RETURNS text LANGUAGE sql AS
$$SELECT E'a,b,v\n' || string_agg(concat_ws(',', coalesce(a::text, ''), b, v), E'\n' ORDER BY n) FROM keys(first)$$;
SELECT first, upsert(first) AS by_postgres FROM generate_series(0, 1) first;
SELECT upsert(1) AS again;
SELECT update_from('by_index', csv(0), '{a,b}');
SELECT update_from('by_index', csv(1), '{b,a}');
SELECT update_from('by_index', csv(1), '{a,b}');
SELECT update_from('by_join', csv(0), '{a,b}');
SELECT update_from('by_join', csv(1), '{a,b}');
SELECT update_from('by_join', csv(1), '{a,b}');
SELECT (SELECT count(*) FROM by_postgres) AS rows, (SELECT count(*) FROM (TABLE by_postgres EXCEPT ALL TABLE by_index) d) AS index_differs,
  (SELECT count(*) FROM (TABLE by_postgres EXCEPT ALL TABLE by_join) d) AS join_differs, (SELECT count(*) FROM by_index) + (SELECT count(*) FROM by_join) AS both;
-- one key in all rows
SELECT update_from('by_join', (SELECT E'a,b,v\n' || string_agg('9999,z,' || i, E'\n' ORDER BY i) FROM generate_series(1, 1500) i), '{a,b}');
SELECT v FROM by_join WHERE a = 9999;
-- a key that stands in several rows: all of them, and one record is counted
CREATE TABLE several (id int, v text);
INSERT INTO several VALUES (1, 'old'), (1, 'older'), (1, 'new');
SELECT update_from('several', E'id,v\n1,new\n');
TABLE several;

-- partitions: rows go to another one; generated columns and identity follow
CREATE TABLE parted (id int, region int, v text, twice int GENERATED ALWAYS AS (2 * region) STORED, n int GENERATED ALWAYS AS IDENTITY) PARTITION BY RANGE (region);
CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (10) TO (20);
SELECT update_from('parted', E'id,region,v\n1,5,a\n2,15,b\n');
SELECT update_from('parted', E'id,region,v\n1,15,a\n2,25,b\n3,5,c\n');
SELECT tableoid::regclass, id, region, v, twice FROM parted ORDER BY id;
SELECT line, reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;

-- triggers see an update, may change it, and what they keep out is rejected
CREATE TABLE guarded (id int PRIMARY KEY, v text);
CREATE TABLE seen (what text);
CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO seen VALUES (TG_OP || ' ' || NEW.id);
  IF NEW.v = 'no' THEN RETURN NULL; END IF;
  IF NEW.v = 'never' THEN RAISE EXCEPTION 'never'; END IF;
  NEW.v := upper(NEW.v);
  RETURN NEW;
END$$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON guarded FOR EACH ROW EXECUTE FUNCTION guard();
SELECT update_from('guarded', E'id,v\n1,a\n2,b\n3,c\n');
SELECT update_from('guarded', E'id,v\n1,x\n2,no\n3,never\n4,no\n');
SELECT line, reason, sqlstate FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
TABLE guarded ORDER BY id;
SELECT what, count(*) > 0 AS seen FROM seen GROUP BY what ORDER BY what;
-- an update reaches the tables that inherit, and their triggers may keep a row as it was
CREATE TABLE elder (id int, v text);
CREATE TABLE younger () INHERITS (elder);
INSERT INTO elder VALUES (1, 'a');
INSERT INTO younger VALUES (2, 'b'), (3, 'c');
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN CASE WHEN OLD.id = 2 THEN NULL ELSE NEW END; END$$;
CREATE TRIGGER keep BEFORE UPDATE ON younger FOR EACH ROW EXECUTE FUNCTION keep();
SELECT update_from('elder', E'id,v\n1,x\n2,y\n3,z\n4,new\n');
SELECT line, reason, sqlstate FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
SELECT tableoid::regclass, id, v FROM elder ORDER BY id;
-- and a row that moves to another partition is deleted and inserted
CREATE TABLE mover (id int, region text, v text) PARTITION BY LIST (region);
CREATE TABLE mover_a PARTITION OF mover FOR VALUES IN ('a');
CREATE TABLE mover_b PARTITION OF mover FOR VALUES IN ('b');
INSERT INTO mover VALUES (1, 'a', 'x'), (2, 'a', 'x');
CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN CASE WHEN OLD.id = 1 THEN NULL ELSE OLD END; END$$;
CREATE TRIGGER stay BEFORE DELETE ON mover_a FOR EACH ROW EXECUTE FUNCTION stay();
SELECT update_from('mover', E'id,region,v\n1,b,y\n2,b,y\n');
SELECT line, reason FROM crimeml.rejected_rows WHERE load_id = (SELECT max(load_id) FROM crimeml.loads) ORDER BY line;
SELECT tableoid::regclass, * FROM mover ORDER BY id;
-- a view
CREATE VIEW seen_records AS SELECT id, v FROM several WHERE id < 10 WITH CHECK OPTION;
SELECT update_from('seen_records', E'id,v\n1,by the view\n2,b\n20,c\n');
SELECT DISTINCT * FROM several ORDER BY id;

-- rights: UPDATE of what is loaded, and policies
CREATE ROLE regress_updater;
GRANT EXECUTE ON FUNCTION crimeml.load_csv(regclass, bytea, jsonb, text, boolean, text[], text, name[], text) TO regress_updater;
CREATE TABLE policed (id int PRIMARY KEY, v text);
INSERT INTO policed VALUES (1, 'a'), (2, 'b'), (30, 'hidden');
ALTER TABLE policed ENABLE ROW LEVEL SECURITY;
CREATE POLICY see ON policed FOR SELECT USING (id < 10);
CREATE POLICY put ON policed FOR INSERT WITH CHECK (true);
CREATE POLICY change ON policed FOR UPDATE USING (id = 1) WITH CHECK (v <> 'x');
GRANT SELECT, INSERT ON policed TO regress_updater;
SET ROLE regress_updater;
SELECT update_from('policed', E'id,v\n1,c\n');
RESET ROLE;
GRANT UPDATE (v) ON policed TO regress_updater;
SET ROLE regress_updater;
SELECT update_from('policed', E'id,v\n1,c\n2,c\n3,new\n30,c\n1,x\n');
SELECT line, reason, sqlstate FROM crimeml.rejected_rows ORDER BY line;
RESET ROLE;
TABLE policed ORDER BY id;

-- bad arguments
SELECT crimeml.load_csv('record', E'id,offence\n1,a\n'::bytea, on_duplicate => 'update');
SELECT crimeml.load_csv('record', E'id,offence\n1,a\n'::bytea, unique_key => '{id}', on_duplicate => 'updat');
SELECT crimeml.load_csv('record', E'id,offence\n1,a\n'::bytea, unique_key => '{id}', on_duplicate => NULL);
SELECT crimeml.load_csv('record', E'id\n1\n'::bytea, unique_key => '{id}', on_duplicate => 'update');
CREATE RULE away AS ON UPDATE TO several DO INSTEAD NOTHING;
SELECT update_from('several', E'id,v\n1,new\n');
-- stopping: nothing of it stays
SELECT crimeml.load_csv('record', E'id,offence,weight\n1,z,1\n2,z,1000\n'::bytea, unique_key => '{id}', on_duplicate => 'update', on_error => 'stop');
SELECT id, offence FROM record WHERE id = 1;

DROP VIEW seen_records;
DROP TABLE record, by_index, by_join, by_postgres, several, parted, guarded, seen, policed;
DROP FUNCTION sums, update_from, keys, upsert, csv, guard;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA crimeml FROM regress_updater;
DELETE FROM crimeml.loads WHERE role_name = 'regress_updater';
DROP ROLE regress_updater;

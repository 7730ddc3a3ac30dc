-- simulate_incidents(): the same n and seed give the same rows
SET TIME ZONE 'UTC';
CREATE TEMP TABLE city AS SELECT * FROM crimeml.simulate_incidents(20000, 7);

SELECT count(*), count(DISTINCT id) AS ids, min(id), max(id), count(DISTINCT offence) AS offences,
       count(DISTINCT district) AS districts, min(ST_SRID(geom)) AS srid, count(*) FILTER (WHERE geom IS NULL) AS no_place
FROM city;
SELECT md5(string_agg(concat_ws('|', id, at, offence, district, ST_AsText(geom)), ',' ORDER BY id)) FROM city;
SELECT count(*) AS differ FROM crimeml.simulate_incidents(20000, 7) c FULL JOIN city USING (id)
WHERE (c.at, c.offence, c.district, c.geom) IS DISTINCT FROM (city.at, city.offence, city.district, city.geom);
SELECT count(*) > 19000 AS another_seed_differs FROM crimeml.simulate_incidents(20000, 8) c JOIN city USING (id)
WHERE (c.at, c.offence, c.geom) IS DISTINCT FROM (city.at, city.offence, city.geom);

-- one year, first to last, places on blocks, one district a block
SELECT count(*) FILTER (WHERE extract(year FROM at AT TIME ZONE 'America/New_York') <> 2024) AS other_year,
       count(*) FILTER (WHERE at < before) AS out_of_order,
       count(*) FILTER (WHERE (ST_X(geom) - 50)::int % 100 <> 0 OR (ST_Y(geom) - 50)::int % 100 <> 0) AS off_block
FROM (SELECT at, geom, lag(at) OVER (ORDER BY id) AS before FROM city) s;
SELECT count(*) AS blocks_of_two FROM (SELECT FROM city GROUP BY geom HAVING count(DISTINCT district) > 1) s;
SELECT ST_XMax(e) - ST_XMin(e) <= 20000 AND ST_YMax(e) - ST_YMin(e) <= 20000 AS in_city FROM (SELECT ST_Extent(geom) AS e FROM city) s;

-- the hotspots of the truth are found: what lies within two radii of a centre, less the background
SELECT count(*) AS hotspots, round(sum(share)::numeric, 6) AS share, bool_and(radius BETWEEN 100 AND 300) AS radius
FROM crimeml.simulate_truth(7);
SELECT t.hotspot, round(t.share::numeric, 2) AS truth,
       abs(count(c.id) / 20000.0 / 0.865 - t.share) < 0.01 AS found
FROM crimeml.simulate_truth(7) t LEFT JOIN city c ON ST_DWithin(c.geom, t.geom, 2 * t.radius)
GROUP BY t.hotspot, t.share, t.radius ORDER BY t.hotspot LIMIT 6;

-- rhythm: drug offences on weekdays in the afternoon, disorder on Saturday night
SELECT DISTINCT ON (offence) offence, f.hour
FROM city, LATERAL (SELECT (crimeml.time_features(at, 'America/New_York')).*) f
WHERE offence IN ('Drug Offence', 'Theft', 'Fraud') AND NOT f.is_weekend
GROUP BY offence, f.hour ORDER BY offence, count(*) DESC;
SELECT offence, f.weekday
FROM city, LATERAL (SELECT (crimeml.time_features(at, 'America/New_York')).*) f
WHERE offence = 'Disorder' GROUP BY offence, f.weekday ORDER BY count(*) DESC LIMIT 1;

-- near repeats: more burglaries within 14 days and 300 m in the suburbs than shuffled times give
CREATE TEMP TABLE b AS SELECT id, at, geom, lag(at, 500) OVER (ORDER BY id) AS shuffled FROM city WHERE offence = 'Burglary';
CREATE INDEX ON b USING gist (geom);
SELECT count(*) FILTER (WHERE abs(extract(epoch FROM y.at - x.at)) < 14 * 86400) >
       1.5 * count(*) FILTER (WHERE abs(extract(epoch FROM y.at - x.shuffled)) < 14 * 86400) AS near_repeats
FROM b x JOIN b y ON x.id < y.id AND x.shuffled IS NOT NULL AND ST_DWithin(x.geom, y.geom, 300);

SELECT count(*) FROM crimeml.simulate_incidents(0);
SELECT count(*) FROM crimeml.simulate_incidents(1);

-- bad input
SELECT * FROM crimeml.simulate_incidents(-1);
SELECT * FROM crimeml.simulate_incidents(NULL);
SELECT * FROM crimeml.simulate_incidents(10, NULL);
SELECT * FROM crimeml.simulate_truth(NULL);
SET crimeml.memory_limit = '1MB';
SELECT count(*) FROM crimeml.simulate_incidents(1000000);

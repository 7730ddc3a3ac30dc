-- city.sql: a simulated city of 100 000 incidents in the table incident.
\set time_zone America/New_York
\set zoneless false
CREATE TABLE incident AS
SELECT * FROM crimeml.simulate_incidents(100000, 1);
ALTER TABLE incident ADD PRIMARY KEY (id);
CREATE TABLE demo_load AS
SELECT count(*) AS read, count(*) AS loaded, 0 AS rejected, 0 AS duplicates FROM incident;

-- Clusters of points: window functions, as PostGIS's own are.

CREATE FUNCTION dbscan(geom geometry, eps float8, minpoints int)
RETURNS int
AS 'MODULE_PATHNAME', 'crimeml_dbscan'
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 50;

COMMENT ON FUNCTION dbscan(geometry, float8, int) IS
'Window function: the number of the density-based cluster of a point, line or area, 0, 1, 2 ... in order of first appearance; NULL for noise and where geom is NULL or EMPTY. A core point has at least minpoints points, itself included, within eps (units of the SRID, which must be planar); a border point goes to the cluster of the first core point, in row order, within eps. The partition of ST_ClusterDBSCAN. Ester, Kriegel, Sander and Xu 1996; cells after Gunawan 2013.';

CREATE FUNCTION dbscan(geog geography, eps float8, minpoints int)
RETURNS int
AS 'MODULE_PATHNAME', 'crimeml_dbscan_geography'
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 50;

COMMENT ON FUNCTION dbscan(geography, float8, int) IS
'As dbscan(geometry, ...), with eps in metres on the sphere (radius 6371008.77 m, as ST_DWithin with use_spheroid => false), right across the antimeridian and the poles.';

CREATE FUNCTION dbscan_time(geom geometry, at timestamptz, eps float8, eps_time interval, minpoints int)
RETURNS int
AS 'MODULE_PATHNAME', 'crimeml_dbscan_time'
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 50;

COMMENT ON FUNCTION dbscan_time(geometry, timestamptz, float8, interval, int) IS
'Window function: as dbscan, where neighbours are within eps in space and, besides, within eps_time (24 hours a day, no months) of each other. NULL where geom is NULL or EMPTY or at is NULL; an infinite time is an error. Birant and Kut 2007.';

CREATE FUNCTION dbscan_time(geog geography, at timestamptz, eps float8, eps_time interval, minpoints int)
RETURNS int
AS 'MODULE_PATHNAME', 'crimeml_dbscan_time_geography'
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 50;

COMMENT ON FUNCTION dbscan_time(geography, timestamptz, float8, interval, int) IS
'As dbscan_time(geometry, ...), with eps in metres on the sphere, as dbscan(geography, ...).';

CREATE FUNCTION kmeans(geom geometry, k int, seed bigint = 0)
RETURNS int
AS 'MODULE_PATHNAME', 'crimeml_kmeans'
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 50;

COMMENT ON FUNCTION kmeans(geometry, int, bigint) IS
'Window function: the number of the k-means cluster of a point, 0 .. k-1 in order of first appearance; NULL where geom is NULL or EMPTY. Distances are planar, in the units of the SRID. Fewer distinct points than k give as many clusters as there are distinct points. The same points and seed give the same clusters. Greedy k-means++ (Arthur and Vassilvitskii 2007), a search that moves single centres, and Lloyd iterations by filtering (Kanungo et al. 2002).';

CREATE FUNCTION kmeans(geog geography, k int, seed bigint = 0)
RETURNS int
AS 'MODULE_PATHNAME', 'crimeml_kmeans_geography'
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 50;

COMMENT ON FUNCTION kmeans(geography, int, bigint) IS
'As kmeans(geometry, ...), on the sphere: the sum of squared chords to centres that are places on the sphere is made small, right across the antimeridian and the poles.';

-- Hotspots: risk zones, clusters with outlines, their change, and what helps to choose.

CREATE FUNCTION risk_level(value float8, medium_from float8, high_from float8) RETURNS risk
AS 'MODULE_PATHNAME', 'crimeml_risk_level'
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION risk_level(float8, float8, float8) IS
'high from high_from on, medium from medium_from on, low below; NULL and NaN give NULL. medium_from above high_from is an error.';

CREATE FUNCTION risk_zone(value float8) RETURNS risk
AS 'MODULE_PATHNAME', 'crimeml_risk_zone'
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 50;

COMMENT ON FUNCTION risk_zone(float8) IS
'Window function: low, medium or high by the natural breaks of the partition''s values, the three classes with the least sum of squared deviations from their means (exact: Fisher 1958; Jenks 1977). NULL and NaN give NULL and take no part, an infinite value is an error. Two distinct values are low and high, a single one is medium.';

CREATE FUNCTION hotspots(
  source text, eps float8, minpoints int,
  buffer float8 = NULL, outline text = 'hull', time_zone text = NULL,
  OUT hotspot int, OUT incidents bigint, OUT geom geometry, OUT center geometry,
  OUT area_km2 float8, OUT per_km2 float8, OUT risk risk, OUT keys text[],
  OUT first_at timestamptz, OUT last_at timestamptz,
  OUT busiest_weekday int, OUT busiest_hour int, OUT places int
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_hotspots'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100;

COMMENT ON FUNCTION hotspots(text, float8, int, float8, text, text) IS
'The clusters of dbscan(geom, eps, minpoints) among the incidents of a source (columns: geom, and at and key where there are; at is timestamptz, or timestamp or date on the clocks of time_zone), most incidents first. Incidents at (0 0), in degrees, with exchanged coordinates or far from the rest are left out, with a NOTICE. eps and buffer (default eps / 2) are in the units of the SRID, which must be planar. geom: the convex hull with a rim of that width (outline => ''circles'': a circle of that radius about each incident, joined), a valid MultiPolygon; center: the geometric median; risk: natural breaks of per_km2; keys of the incidents, oldest first; busiest_weekday (1 Monday .. 7) and busiest_hour in time_zone (default: the session''s); places: distinct spots. The order of the rows of the source changes nothing.';

CREATE FUNCTION hotspot_change(
  source text, eps float8, minpoints int, now tstzrange, before tstzrange = NULL,
  buffer float8 = NULL, outline text = 'hull', alpha float8 = 0.05,
  OUT hotspot int, OUT status text, OUT incidents bigint, OUT incidents_before bigint,
  OUT expected float8, OUT ratio float8, OUT p float8, OUT p_adjusted float8, OUT significant boolean,
  OUT geom geometry, OUT center geometry, OUT area_km2 float8, OUT per_km2 float8, OUT keys text[]
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_hotspot_change'
LANGUAGE C VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100;

COMMENT ON FUNCTION hotspot_change(text, float8, int, tstzrange, tstzrange, float8, text, float8) IS
'The hotspots of the period now, then those of the period before (default: the same length just before) that no hotspot of now meets. Source: geom, at (timestamptz, or timestamp or date on the session''s clocks), and key where there is. A NOTICE says where a period has no incidents that should have had some. incidents and incidents_before count all that lie in geom; expected is what the rate before would give now; ratio is NULL where there was none before; p: exact conditional test of two Poisson rates, two-sided, as poisson.test of R; p_adjusted: Benjamini and Hochberg 1995; significant: it is below alpha; keys: of the incidents of now that are counted, oldest first. status: new (no hotspot before met it), gone, and growing, shrinking (p_adjusted below alpha) or stable for what was a hotspot in both. Other arguments as of hotspots.';

CREATE FUNCTION suggest_eps(
  source text, minpoints int,
  OUT eps float8, OUT incidents bigint, OUT hotspots int, OUT noise_share float8, OUT stacked_share float8
)
AS 'MODULE_PATHNAME', 'crimeml_suggest_eps'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000;

COMMENT ON FUNCTION suggest_eps(text, int) IS
'An eps for hotspots and dbscan: the knee of the k-distances (distance within which minpoints incidents lie, its own included), the point farthest below the line from the first to the last (Satopaa et al. 2011). Source: geom, of a planar SRID; what cannot be right is left out as by hotspots. stacked_share: incidents with minpoints at their own place, which take no part in the curve; where all are, eps is NULL. hotspots and noise_share: what that eps gives.';

CREATE FUNCTION kmeans_quality(
  source text, k_from int, k_to int, seed bigint = 0,
  OUT k int, OUT inertia float8, OUT silhouette float8
) RETURNS SETOF record
AS 'MODULE_PATHNAME', 'crimeml_kmeans_quality'
LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE COST 100000 ROWS 10;

COMMENT ON FUNCTION kmeans_quality(text, int, int, bigint) IS
'For each k the inertia of kmeans (sum of squared distances to the means) and the mean simplified silhouette (-1 to 1, higher is better; NULL for k = 1; Vendramin, Campello and Hruschka 2010). Source: geom, of a planar SRID; what cannot be right is left out as by hotspots. It stops at the number of distinct places.';

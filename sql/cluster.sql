-- Clusters of points: window functions, as PostGIS's own are.

CREATE FUNCTION dbscan(geom geometry, eps float8, minpoints int)
RETURNS int
AS 'MODULE_PATHNAME', 'crimeml_dbscan'
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 50;

COMMENT ON FUNCTION dbscan(geometry, float8, int) IS
'Window function: the number of the density-based cluster of a point, 0, 1, 2 ... in order of first appearance; NULL for noise and where geom is NULL or EMPTY. A core point has at least minpoints points, itself included, within eps (units of the SRID, which must be planar); a border point goes to the cluster of the first core point, in row order, within eps. The partition of ST_ClusterDBSCAN. Ester, Kriegel, Sander and Xu 1996; cells after Gunawan 2013.';

CREATE FUNCTION kmeans(geom geometry, k int, seed bigint = 0)
RETURNS int
AS 'MODULE_PATHNAME', 'crimeml_kmeans'
LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE COST 50;

COMMENT ON FUNCTION kmeans(geometry, int, bigint) IS
'Window function: the number of the k-means cluster of a point, 0 .. k-1 in order of first appearance; NULL where geom is NULL or EMPTY. Distances are planar, in the units of the SRID. Fewer distinct points than k give as many clusters as there are distinct points. The same points and seed give the same clusters. Greedy k-means++ (Arthur and Vassilvitskii 2007), a search that moves single centres, and Lloyd iterations by filtering (Kanungo et al. 2002).';

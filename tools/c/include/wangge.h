/* Wangge: which grid of neighbourhood governance owns a place, from a snapshot file (.wgs).
 *
 * A snapshot is written by `wangge export --snapshot`. Any number of threads may ask one open snapshot at a time; only
 * wangge_close must be alone. A file that is open must not be written into: put a new one in its place by renaming.
 *
 * Longitude and latitude are in degrees. A position on a border has one owner, always the same: it is read as if it lay a
 * hair to the east and a lesser hair to the north.
 */
#ifndef WANGGE_H
#define WANGGE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What longitudes and latitudes are given in. */
#define WANGGE_WGS84 0 /* WGS 84 or CGCS2000 (EPSG:4490): they differ by centimetres */
#define WANGGE_GCJ02 1 /* GCJ-02: AMap, Tencent */
#define WANGGE_BD09 2  /* BD-09: Baidu */

/* What wangge_locate answers. */
#define WANGGE_FOUND 0
#define WANGGE_OUTSIDE 1
#define WANGGE_ERROR (-1)

/* What stands in a column of grids where there is none. */
#define WANGGE_NO_GRID (-1)     /* outside all grids */
#define WANGGE_NO_POSITION (-2) /* not a number, or not on the Earth */

typedef struct wangge_snapshot wangge_snapshot;

typedef struct {
  uint32_t grid;      /* position of the grid, from 0 */
  uint32_t on_border; /* 1 when the place lies on a border and the rule above decided, 0 inside */
} wangge_owner;

/* Opens a snapshot by mapping its file, and checks every byte of it. NULL on failure. path is UTF-8. */
wangge_snapshot *wangge_open(const char *path);

/* Closes it; texts from it are gone then. NULL is allowed. */
void wangge_close(wangge_snapshot *snapshot);

/* How many grids it has. */
size_t wangge_grid_count(const wangge_snapshot *snapshot);

/* The grid that owns a place: WANGGE_FOUND and *owner is set, WANGGE_OUTSIDE, or WANGGE_ERROR. */
int32_t wangge_locate(const wangge_snapshot *snapshot, int32_t crs, double lon_deg, double lat_deg, wangge_owner *owner);

/* The same for count places: each grids[i] is the position of the owning grid, WANGGE_NO_GRID or WANGGE_NO_POSITION.
 * Answers how many are WANGGE_NO_POSITION (wangge_last_error then names the first), or -1 on failure, with grids as
 * they were. grids must not overlap lons or lats. */
int64_t wangge_locate_batch(const wangge_snapshot *snapshot, int32_t crs, const double *lons, const double *lats,
                            size_t count, int32_t *grids);

/* Metres to the nearest border of any grid; infinite when there is none, negative on failure. */
double wangge_edge_distance_m(const wangge_snapshot *snapshot, int32_t crs, double lon_deg, double lat_deg);

/* Code and name of a grid: UTF-8 that does not end in a zero byte, *length bytes, good until wangge_close. NULL on failure. */
const char *wangge_grid_code(const wangge_snapshot *snapshot, uint32_t grid, size_t *length);
const char *wangge_grid_name(const wangge_snapshot *snapshot, uint32_t grid, size_t *length);

/* What went wrong last on this thread, in English, good until something else goes wrong on it. Never NULL. */
const char *wangge_last_error(void);

#ifdef __cplusplus
}
#endif

#endif

/* locate FOLDER: opens the samples of make_samples and checks every function of wangge.h against their answers. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wangge.h"

#define CHECK(holds)                                                                                   \
  do {                                                                                                 \
    if (!(holds)) {                                                                                    \
      fprintf(stderr, "%s:%d: %s does not hold (%s)\n", __FILE__, __LINE__, #holds, wangge_last_error()); \
      exit(1);                                                                                         \
    }                                                                                                  \
  } while (0)

static char path[4096];

static const char *in(const char *folder, const char *name, const char *end) {
  snprintf(path, sizeof path, "%s/%s%s", folder, name, end);
  return path;
}

static void *whole(const char *name, size_t *bytes) {
  FILE *file = fopen(name, "rb");
  CHECK(file != NULL);
  CHECK(fseek(file, 0, SEEK_END) == 0);
  *bytes = (size_t)ftell(file);
  rewind(file);
  void *data = malloc(*bytes);
  CHECK(data != NULL && fread(data, 1, *bytes, file) == *bytes);
  fclose(file);
  return data;
}

static void answers_are_those_of_the_samples(const wangge_snapshot *snapshot, const char *folder, const char *name,
                                             int32_t crs) {
  size_t bytes, answer_bytes;
  double *columns = whole(in(folder, name, ".f64"), &bytes);
  int32_t *owners = whole(in(folder, name, ".i32"), &answer_bytes);
  size_t count = answer_bytes / sizeof(int32_t);
  CHECK(bytes == 2 * count * sizeof(double) && count >= 100000);
  const double *lons = columns, *lats = columns + count;
  int32_t *grids = malloc(answer_bytes);
  CHECK(grids != NULL);
  CHECK(wangge_locate_batch(snapshot, crs, lons, lats, count, grids) == 0);
  CHECK(memcmp(grids, owners, answer_bytes) == 0);
  size_t on_border = 0;
  for (size_t i = 0; i < count; i += 7) {
    wangge_owner owner;
    int32_t found = wangge_locate(snapshot, crs, lons[i], lats[i], &owner);
    CHECK(found == (owners[i] < 0 ? WANGGE_OUTSIDE : WANGGE_FOUND));
    if (found == WANGGE_FOUND) {
      CHECK((int32_t)owner.grid == owners[i] && owner.on_border <= 1);
      on_border += owner.on_border;
      if (owner.on_border) CHECK(wangge_edge_distance_m(snapshot, crs, lons[i], lats[i]) < 1e-8);
    }
  }
  /* the vertices are on borders in every datum: the exact inverse finds their lattice points again */
  CHECK(on_border > count / 7 / 10);
  free(columns);
  free(owners);
  free(grids);
}

static void a_text_is(const char *text, size_t length, const char *expected) {
  CHECK(text != NULL && length == strlen(expected) && memcmp(text, expected, length) == 0);
}

int main(int count, char **arguments) {
  CHECK(count == 2);
  const char *folder = arguments[1];
  CHECK(strcmp(wangge_last_error(), "") == 0);

  wangge_snapshot *snapshot = wangge_open(in(folder, "grids", ".wgs"));
  CHECK(snapshot != NULL);
  answers_are_those_of_the_samples(snapshot, folder, "wgs84", WANGGE_WGS84);
  answers_are_those_of_the_samples(snapshot, folder, "gcj02", WANGGE_GCJ02);
  answers_are_those_of_the_samples(snapshot, folder, "bd09", WANGGE_BD09);

  size_t length = 0;
  const char *code = wangge_grid_code(snapshot, 7, &length);
  a_text_is(code, length, "420102001000007");
  const char *name = wangge_grid_name(snapshot, 7, &length);
  a_text_is(name, length, "第一网格");
  uint32_t grids = (uint32_t)wangge_grid_count(snapshot);
  CHECK(grids > 0);
  CHECK(wangge_grid_code(snapshot, grids, &length) == NULL && strstr(wangge_last_error(), "there is no grid"));

  /* what is no position is told, one by one and in a batch, and the others are answered */
  wangge_owner owner;
  CHECK(wangge_locate(snapshot, WANGGE_WGS84, NAN, 30.5, &owner) == WANGGE_ERROR);
  CHECK(strstr(wangge_last_error(), "not a finite number"));
  CHECK(wangge_locate(snapshot, WANGGE_GCJ02, 30.5, 114.3, &owner) == WANGGE_ERROR);
  CHECK(strstr(wangge_last_error(), "swapped"));
  const double lons[3] = {114.3, INFINITY, 0}, lats[3] = {30.6, 30.6, 0};
  int32_t rows[3];
  CHECK(wangge_locate_batch(snapshot, WANGGE_WGS84, lons, lats, 3, rows) == 1);
  CHECK(rows[0] >= 0 && rows[1] == WANGGE_NO_POSITION && rows[2] == WANGGE_NO_GRID);
  CHECK(strstr(wangge_last_error(), "row 1 "));
  CHECK(wangge_locate_batch(snapshot, WANGGE_WGS84, NULL, NULL, 0, NULL) == 0);

  /* what must not be null, and what is no crs */
  CHECK(wangge_locate_batch(snapshot, WANGGE_WGS84, lons, lats, 3, NULL) == -1 && strstr(wangge_last_error(), "null"));
  CHECK(wangge_locate(snapshot, WANGGE_WGS84, 1, 1, NULL) == WANGGE_ERROR);
  CHECK(wangge_locate(NULL, WANGGE_WGS84, 1, 1, &owner) == WANGGE_ERROR);
  CHECK(wangge_locate(snapshot, 4326, 1, 1, &owner) == WANGGE_ERROR && strstr(wangge_last_error(), "unknown crs 4326"));
  CHECK(wangge_edge_distance_m(snapshot, WANGGE_WGS84, NAN, 0) < 0);
  CHECK(wangge_edge_distance_m(snapshot, WANGGE_WGS84, 114.3, 30.6) > 0);
  CHECK(wangge_grid_count(NULL) == 0);
  wangge_close(snapshot);
  wangge_close(NULL);

  /* what cannot be opened */
  CHECK(wangge_open(NULL) == NULL);
  CHECK(wangge_open(in(folder, "nowhere", ".wgs")) == NULL && strstr(wangge_last_error(), "nowhere.wgs"));
  CHECK(wangge_open(in(folder, "wgs84", ".f64")) == NULL && strstr(wangge_last_error(), "no snapshot"));
  puts("C: every function of wangge.h answers as the samples say");
  return 0;
}

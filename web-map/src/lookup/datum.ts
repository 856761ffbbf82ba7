/**
 * How far apart one pair of numbers lies when it is read in one datum and in another. The formulas of GCJ-02 and BD-09 are those
 * public since 2013, as in `src/geom/datum.rs`. They serve to say a distance; where a point is and who owns it is asked of the server.
 */

export interface Place {
  lon: number;
  lat: number;
}

/** Semi-major axis in metres and eccentricity squared, with the digits of the public formula (Krasovsky 1940). */
const AXIS_M = 6_378_245;
const ECCENTRICITY_2 = 0.006_693_421_622_965_943;
const RADIANS = Math.PI / 180;
const BD_SCALE = (Math.PI * 3000) / 180;
const BD_EAST = 0.0065;
const BD_NORTH = 0.006;
/** Enough for a millimetre; a bound, not a measure. */
const STEPS = 12;
/** The mean radius of the earth, for distances within a kilometre. */
const EARTH_M = 6_371_008.8;

export function toGcj02({ lon, lat }: Place): Place {
  const [x, y] = [lon - 105, lat - 35];
  const { sin, PI, abs, sqrt } = Math;
  const ripple = 20 * sin(6 * PI * x) + 20 * sin(2 * PI * x);
  const waves = (u: number, long: number, longest: number) =>
    ripple +
    20 * sin(PI * u) +
    40 * sin((PI * u) / 3) +
    long * sin((PI * u) / 12) +
    longest * sin((PI * u) / 30);
  const root = sqrt(abs(x));
  const north_m =
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + (waves(y, 160, 320) * 2) / 3;
  const east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + (waves(x, 150, 300) * 2) / 3;
  const magic = 1 - ECCENTRICITY_2 * sin(lat * RADIANS) ** 2;
  const meridian_m = (AXIS_M * (1 - ECCENTRICITY_2)) / (magic * sqrt(magic));
  const parallel_m = (AXIS_M / sqrt(magic)) * Math.cos(lat * RADIANS);
  return { lon: lon + east_m / parallel_m / RADIANS, lat: lat + north_m / meridian_m / RADIANS };
}

export function gcj02ToBd09({ lon, lat }: Place): Place {
  const radius = Math.hypot(lon, lat) + 0.000_02 * Math.sin(lat * BD_SCALE);
  const angle = Math.atan2(lat, lon) + 0.000_003 * Math.cos(lon * BD_SCALE);
  return { lon: radius * Math.cos(angle) + BD_EAST, lat: radius * Math.sin(angle) + BD_NORTH };
}

/** What a formula takes to a place; both fields are nearly even over their own shift, so this closes in quickly. */
function back(forward: (from: Place) => Place, to: Place): Place {
  let at = to;
  for (let i = 0; i < STEPS; i++) {
    const image = forward(at);
    at = { lon: at.lon - (image.lon - to.lon), lat: at.lat - (image.lat - to.lat) };
  }
  return at;
}

const metres = (a: Place, b: Place): number =>
  Math.hypot((a.lon - b.lon) * Math.cos(((a.lat + b.lat) / 2) * RADIANS), a.lat - b.lat) * RADIANS * EARTH_M;

/** The datums between which people mistake one another, in the order they are shown. */
export const DATUMS = ["wgs84", "gcj02", "bd09", "cgcs2000"] as const;
export type Datum = (typeof DATUMS)[number];

/**
 * Metres between the place that numbers mean in this datum and the one they mean in WGS 84. CGCS2000 is within centimetres of it.
 */
export function shift_m(datum: Datum, numbers: Place): number {
  if (datum === "gcj02") return metres(back(toGcj02, numbers), numbers);
  if (datum === "bd09")
    return metres(
      back((from) => gcj02ToBd09(toGcj02(from)), numbers),
      numbers,
    );
  return 0;
}

/**
 * Open Location Codes, "plus codes", into the cell they name; after the specification of google/open-location-code
 * (`Documentation/Specification/specification.md`, Apache-2.0), written anew.
 */

/** A cell in degrees, WGS 84. */
export interface Cell {
  lat_low: number;
  lon_low: number;
  lat_high: number;
  lon_high: number;
}

/** Digits in their order; letters that could spell words or be mistaken are not among them. */
const DIGITS = "23456789CFGHJMPQRVWX";
/** The plus stands after eight digits of a full code. */
const PLUS_AT = 8;
/** Digits that go in pairs, latitude before longitude; each further one names a place among 5 rows of 4. */
const PAIRED = 10;
const ROWS = 5;
const COLUMNS = 4;
/** What comes after these is finer than anything that can be written. */
const MOST = 15;

const ANY = new RegExp(`^[${DIGITS}]*0*\\+[${DIGITS}]*$`, "i");

/** Whether a text is a code, and whether its beginning was left out, so that a place nearby is needed to read it. */
export function plusKind(text: string): "full" | "short" | null {
  if (!ANY.test(text)) return null;
  const [before = "", after = ""] = text.toUpperCase().split("+");
  if (before.length > PLUS_AT || before.length % 2 === 1 || after.length === 1) return null;
  if (before === "" && after === "") return null;
  const padded = before.indexOf("0");
  if (padded >= 0 && (before.length < PLUS_AT || padded === 0 || padded % 2 === 1 || after !== ""))
    return null;
  if (before.length < PLUS_AT) return "short";
  // The first pair must lie on the earth: latitude to 90, longitude to 180.
  return DIGITS.indexOf(before[0] as string) < 9 && DIGITS.indexOf(before[1] as string) < 18 ? "full" : null;
}

/** The cell of a full code. */
export function plusCell(code: string): Cell {
  const digits = code.toUpperCase().replace("+", "").replace(/0+$/, "").slice(0, MOST);
  const value = (at: number) => DIGITS.indexOf(digits[at] as string);
  let [lat, lon] = [-90, -180];
  let [height, width] = [400, 400];
  for (let at = 0; at < Math.min(digits.length, PAIRED); at += 2) {
    height /= 20;
    width /= 20;
    lat += value(at) * height;
    lon += value(at + 1) * width;
  }
  for (let at = PAIRED; at < digits.length; at++) {
    height /= ROWS;
    width /= COLUMNS;
    lat += Math.floor(value(at) / COLUMNS) * height;
    lon += (value(at) % COLUMNS) * width;
  }
  return { lat_low: lat, lon_low: lon, lat_high: lat + height, lon_high: lon + width };
}

export const middle = ({ lat_low, lon_low, lat_high, lon_high }: Cell) => ({
  lat: Math.min(90, (lat_low + lat_high) / 2),
  lon: (lon_low + lon_high) / 2,
});

/** The digits of the cell round a place, as many as there are before the plus. */
function beginning(lon: number, lat: number): string {
  let [north, east] = [
    Math.min(Math.max(lat, -90), 89.9999) + 90,
    ((((lon + 180) % 360) + 360) % 360) as number,
  ];
  let digits = "";
  for (const size of [20, 1, 1 / 20, 1 / 400]) {
    const [row, column] = [Math.floor(north / size + 1e-9), Math.floor(east / size + 1e-9)];
    digits += `${DIGITS[row]}${DIGITS[column]}`;
    north -= row * size;
    east -= column * size;
  }
  return digits;
}

/** The full code that a short one means near a place: of all that end in it, the one whose middle is nearest. */
export function recover(short: string, near: { lon: number; lat: number }): string {
  const given = short.toUpperCase();
  const missing = PLUS_AT - given.indexOf("+");
  const size = 20 ** (2 - missing / 2);
  const place = { lat: Math.min(90, Math.max(-90, near.lat)), lon: near.lon };
  const first = beginning(place.lon, place.lat).slice(0, missing) + given;
  let { lat, lon } = middle(plusCell(first));
  if (place.lat + size / 2 < lat && lat - size >= -90) lat -= size;
  else if (place.lat - size / 2 > lat && lat + size <= 90) lat += size;
  if (place.lon + size / 2 < lon) lon -= size;
  else if (place.lon - size / 2 > lon) lon += size;
  return beginning(lon, lat).slice(0, missing) + given;
}

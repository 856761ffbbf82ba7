/**
 * Lines of a vector tile with their names and kinds (Mapbox Vector Tile Specification 2.1), for what is read from tiles without being drawn.
 * Pure.
 */

export interface TileLine {
  properties: Readonly<Record<string, string>>;
  /** x, y pairs of the tile's own grid, from its upper left corner. */
  points: number[];
}

export interface TileLayer {
  /** How many units a side of the tile has. */
  extent: number;
  lines: TileLine[];
}

/** Reads protocol buffers, as far as tiles need. */
class Reader {
  at = 0;
  constructor(private readonly bytes: Uint8Array) {}

  get more(): boolean {
    return this.at < this.bytes.length;
  }

  varint(): number {
    let value = 0;
    // Ids may be larger than 53 bits tell; nobody reads them here.
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new RangeError("the tile breaks off");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  block(): Uint8Array {
    const length = this.varint();
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError("the tile breaks off");
    return this.bytes.subarray(this.at - length, this.at);
  }

  skip(wire: number): void {
    if (wire === 0) this.varint();
    else if (wire === 1) this.at += 8;
    else if (wire === 2) this.block();
    else if (wire === 5) this.at += 4;
    else throw new RangeError(`a tile has no fields of type ${wire}`);
  }
}

/** Every field of a message: what `take` does not want is passed over. */
function fields(bytes: Uint8Array, take: (field: number, reader: Reader) => boolean): void {
  const reader = new Reader(bytes);
  while (reader.more) {
    const tag = reader.varint();
    if (!take(tag >>> 3, reader)) reader.skip(tag & 7);
  }
}

const TEXT = new TextDecoder();
const numbers = (bytes: Uint8Array): number[] => {
  const reader = new Reader(bytes);
  const found: number[] = [];
  while (reader.more) found.push(reader.varint());
  return found;
};

/** The text of a value; empty for numbers. */
function text(bytes: Uint8Array): string {
  let found = "";
  fields(bytes, (field, reader) => {
    if (field !== 1) return false;
    found = TEXT.decode(reader.block());
    return true;
  });
  return found;
}

const LINE = 2;
const [MOVE, DRAW] = [1, 2];
const signed = (value: number) => (value >>> 1) ^ -(value & 1);

/** The lines that commands draw; the pen's place goes on from one to the next. */
function linesOf(commands: readonly number[]): number[][] {
  const lines: number[][] = [];
  let [x, y, at] = [0, 0, 0];
  while (at < commands.length) {
    const command = commands[at++] as number;
    const [what, times] = [command & 7, command >>> 3];
    if (what !== MOVE && what !== DRAW) continue;
    for (let i = 0; i < times; i++) {
      x += signed(commands[at++] ?? 0);
      y += signed(commands[at++] ?? 0);
      if (what === MOVE) lines.push([]);
      lines[lines.length - 1]?.push(x, y);
    }
  }
  return lines.filter((line) => line.length >= 4);
}

/** The lines of one layer; none where the tile has no such layer. Throws `RangeError` where the bytes are no tile. */
export function readLines(tile: ArrayBuffer, name: string): TileLayer {
  const found: TileLayer = { extent: 4096, lines: [] };
  fields(new Uint8Array(tile), (field, reader) => {
    if (field !== 3) return false;
    const layer = readLayer(reader.block(), name);
    if (layer) Object.assign(found, layer);
    return true;
  });
  return found;
}

function readLayer(bytes: Uint8Array, wanted: string): TileLayer | null {
  let [name, extent] = ["", 4096];
  const keys: string[] = [];
  const values: string[] = [];
  const features: { tags: number[]; type: number; commands: number[] }[] = [];
  fields(bytes, (field, reader) => {
    if (field === 1) name = TEXT.decode(reader.block());
    else if (field === 2) {
      const feature = { tags: [] as number[], type: 0, commands: [] as number[] };
      fields(reader.block(), (part, inner) => {
        if (part === 2) feature.tags = numbers(inner.block());
        else if (part === 3) feature.type = inner.varint();
        else if (part === 4) feature.commands = numbers(inner.block());
        else return false;
        return true;
      });
      features.push(feature);
    } else if (field === 3) keys.push(TEXT.decode(reader.block()));
    else if (field === 4) values.push(text(reader.block()));
    else if (field === 5) extent = reader.varint();
    else return false;
    return true;
  });
  if (name !== wanted) return null;
  const lines = features
    .filter(({ type }) => type === LINE)
    .flatMap(({ tags, commands }) => {
      const properties: Record<string, string> = {};
      for (let i = 0; i + 1 < tags.length; i += 2) {
        const [key, value] = [keys[tags[i] as number], values[tags[i + 1] as number]];
        if (key !== undefined && value) properties[key] = value;
      }
      return linesOf(commands).map((points) => ({ properties, points }));
    });
  return { extent, lines };
}

/**
 * Which version of each tile of a source is drawn. A publication changes few tiles: those are asked for anew, under their new
 * version, and the others stay under the one they have, which browsers keep for good.
 */

/** What a publication changed, as the event `tiles` tells it. */
export interface TileChange {
  from: string;
  to: string;
  /** `z/x/y`; null where any may have changed. */
  tiles: string[] | null;
}

/** Changes that are remembered before the page has heard of the publication itself. */
const KEPT = 8;

export class TileVersions {
  /** The version in the source's address. */
  #base: string;
  /** What the picture is of as a whole. */
  #current: string;
  #changes: TileChange[] = [];
  /** Tiles that have another version than the address. */
  #own = new Map<string, string>();

  constructor(version: string) {
    this.#base = version;
    this.#current = version;
  }

  /** The version for the address of the source. */
  get base(): string {
    return this.#base;
  }

  /** Takes note of what a publication changed. */
  heard(change: TileChange): void {
    this.#changes = [...this.#changes, change].slice(-KEPT);
  }

  /**
   * The picture is to be of this version. Answers the tiles that have to be read for that; null where all have to, the address
   * of the source then being another.
   */
  moveTo(version: string): string[] | null {
    const touched = new Map<string, string>();
    let at = this.#current;
    for (let step = 0; at !== version && step < KEPT; step++) {
      const change = this.#changes.find(({ from }) => from === at);
      if (!change?.tiles) break;
      for (const tile of change.tiles) touched.set(tile, version);
      at = change.to;
    }
    if (at !== version) {
      this.#base = version;
      this.#current = version;
      this.#own.clear();
      return null;
    }
    this.#current = version;
    for (const [tile, own] of touched) this.#own.set(tile, own);
    return [...touched.keys()];
  }

  /** The address of a tile under the version it has. */
  address(url: string): string {
    const [path, query] = url.split("?");
    const tile = path?.split("/").slice(-3).join("/") ?? "";
    const own = this.#own.get(tile);
    if (own === undefined || query === undefined) return url;
    const words = new URLSearchParams(query);
    words.set("v", own);
    return `${path}?${words}`;
  }
}

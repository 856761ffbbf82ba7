/** Which overlays are laid over the grids, and where their tiles are. */
import { effect, signal } from "@preact/signals";
import { fetchTiles } from "../api/client";
import { type Drawn, OVERLAYS, type Overlay, TILES_OF } from "../map/overlays";
import { may, session } from "./session";
import { tilesVersion } from "./store";

const NONE: Drawn = { streets: null, buildings: null, origin: null, findings: null };

/** Streets are there from the start: they come with the zoom. */
export const shownOverlays = signal<ReadonlySet<Overlay>>(new Set(["streets"]));
/** The tile template of each overlay that is shown. */
export const overlayTiles = signal<Drawn>(NONE);
/** Grows when streets or buildings were imported from here. */
export const imported = signal(0);

/** Whether the caller may see an overlay: findings are for who reads coverage, counts for who is signed in. */
export function mayOverlay(overlay: Overlay): boolean {
  if (overlay === "findings") return may("GET /v1/coverage");
  if (overlay === "origin") return may("GET /v1/events");
  return true;
}

/** Lays an overlay over the grids, or takes it away. */
export function toggleOverlay(overlay: Overlay): void {
  const next = new Set(shownOverlays.value);
  if (!next.delete(overlay)) next.add(overlay);
  shownOverlays.value = next;
}

/** Asks where the tiles of what is shown are: again with every publication, import and caller. */
export function bindOverlays(): void {
  let round = 0;
  effect(() => {
    void [tilesVersion.value, imported.value];
    if (!session.value) return;
    const wanted = OVERLAYS.filter((one) => shownOverlays.value.has(one) && mayOverlay(one));
    const own = ++round;
    const asked = wanted.map((one) =>
      fetchTiles(TILES_OF[one]).then(
        (template) => [one, template] as const,
        () => [one, null] as const,
      ),
    );
    void Promise.all(asked).then((found) => {
      if (own === round) overlayTiles.value = { ...NONE, ...Object.fromEntries(found) };
    });
  });
}

import { describe, expect, it } from "vitest";
import { TileVersions } from "./versions";

const url = (tile: string, version: string) => `http://here/tiles/grids/${tile}?v=${version}`;

describe("versions of tiles", () => {
  it("asks anew for the tiles that changed and for no others", () => {
    const versions = new TileVersions("a");
    versions.heard({ from: "a", to: "b", tiles: ["14/1/2", "15/2/4"] });
    expect(versions.moveTo("b")).toEqual(["14/1/2", "15/2/4"]);
    expect(versions.base).toBe("a");
    expect(versions.address(url("14/1/2", "a"))).toBe(url("14/1/2", "b"));
    expect(versions.address(url("14/1/3", "a"))).toBe(url("14/1/3", "a"));
  });

  it("bridges several publications, and a tile has the last version it was read for", () => {
    const versions = new TileVersions("a");
    versions.heard({ from: "a", to: "b", tiles: ["1/0/0"] });
    versions.heard({ from: "b", to: "c", tiles: ["1/0/0", "1/1/0"] });
    expect(versions.moveTo("c")?.sort()).toEqual(["1/0/0", "1/1/0"]);
    versions.heard({ from: "c", to: "d", tiles: ["1/1/1"] });
    expect(versions.moveTo("d")).toEqual(["1/1/1"]);
    expect(versions.address(url("1/0/0", "a"))).toBe(url("1/0/0", "c"));
    expect(versions.address(url("1/1/1", "a"))).toBe(url("1/1/1", "d"));
  });

  it("reads everything where it was not told what changed, or that anything may have", () => {
    const versions = new TileVersions("a");
    versions.heard({ from: "a", to: "b", tiles: ["1/0/0"] });
    expect(versions.moveTo("x")).toBeNull();
    expect(versions.base).toBe("x");
    expect(versions.address(url("1/0/0", "x"))).toBe(url("1/0/0", "x"));
    versions.heard({ from: "x", to: "y", tiles: null });
    expect(versions.moveTo("y")).toBeNull();
    expect(versions.moveTo("y")).toEqual([]);
  });

  it("leaves addresses alone that have no version", () => {
    const versions = new TileVersions("a");
    versions.heard({ from: "a", to: "b", tiles: ["1/0/0"] });
    versions.moveTo("b");
    expect(versions.address("http://here/tiles/grids/1/0/0")).toBe("http://here/tiles/grids/1/0/0");
  });
});

import { expect, test } from "vitest";
import { locatePath } from "./client";
import { curlOf } from "./curl";

test("a look-up is one line for a shell, its accuracy too", () => {
  const path = locatePath({ lon: 114.5, lat: 30.25, crs: "gcj02" }, 15);
  expect(curlOf("http://127.0.0.1:8080", path)).toBe(
    "curl 'http://127.0.0.1:8080/v1/locate?lon=114.5&lat=30.25&crs=gcj02&accuracy=15'",
  );
});

test("nothing in it can end the word", () => {
  expect(curlOf("http://x", "/a'b")).toBe("curl 'http://x/a'\\''b'");
});

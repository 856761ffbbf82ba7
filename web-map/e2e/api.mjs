/** The same API the page uses, asked directly: what the page shows is compared with this. */
export function openApi(base) {
  const get = async (path) => {
    const response = await fetch(new URL(path, base));
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response.json();
  };
  return {
    base,
    get,
    workspace: () => get("/v1/workspace"),
    coverage: () => get("/v1/coverage"),
    locate: (lon, lat, crs = "wgs84") => get(`/v1/locate?lon=${lon}&lat=${lat}&crs=${crs}`),
    grid: (code) => get(`/v1/grids/${encodeURIComponent(code)}`),
    reports: async () => (await get("/v1/reports?limit=200")).reports,
    async report(body) {
      const response = await fetch(new URL("/v1/reports", base), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      if (response.status !== 201) throw new Error(`a report was answered ${response.status}`);
      return response.json();
    },
  };
}

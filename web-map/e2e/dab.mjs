/** Strokes of a brush, weighed: script and bytes for the graphics card of each dab. */

/** Counts what goes up to the graphics card, whoever sends it. To be run before the page. */
export const COUNT_UPLOADS = `
  window.sent = 0;
  for (const name of ["texSubImage2D", "texImage2D", "bufferSubData", "bufferData"]) {
    const real = WebGL2RenderingContext.prototype[name];
    WebGL2RenderingContext.prototype[name] = function (...args) {
      const data = args.find((one) => ArrayBuffer.isView(one));
      const plan = this.getParameter(this.CURRENT_PROGRAM) === null || name.startsWith("tex");
      if (data && plan && (args.includes(this.RED_INTEGER) || args[6] === 256 || args[4] === 256)) window.sent += data.byteLength;
      return real.apply(this, args);
    };
  }`;

/** Draws from a place on the screen by so many pixels, in forty dabs; the script of each in milliseconds, and its bytes, ascending. */
export async function dabbed(page, stroke) {
  const found = await page.evaluate(async ([x, y, dx, dy]) => {
    const place = document.querySelector(".map .maplibregl-canvas-container");
    const say = (type, clientX, clientY) => {
      const init = {
        pointerId: 7,
        isPrimary: true,
        button: 0,
        buttons: 1,
        clientX,
        clientY,
        bubbles: true,
      };
      const begun = performance.now();
      place.dispatchEvent(new PointerEvent(type, init));
      return performance.now() - begun;
    };
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const [script, bytes] = [[], []];
    say("pointerdown", x, y);
    await frame();
    for (let i = 1; i <= 40; i++) {
      const had = window.sent;
      script.push(say("pointermove", x + (dx * i) / 40, y + (dy * i) / 40));
      await frame();
      bytes.push(window.sent - had);
    }
    say("pointerup", x + dx, y + dy);
    return { script, bytes };
  }, stroke);
  const sorted = (values) => [...values].sort((a, b) => a - b);
  return { script_ms: sorted(found.script), bytes: sorted(found.bytes) };
}

/** The value below which this share of sorted ones lies. */
export const share = (values, part) => values[Math.floor(part * (values.length - 1))];

/** What was weighed, in a line. */
export const inWords = ({ script_ms, bytes }) =>
  `script p50 ${share(script_ms, 0.5).toFixed(2)} ms, p95 ${share(script_ms, 0.95).toFixed(2)} ms; upload p50 ${share(bytes, 0.5)} bytes, most ${share(bytes, 1)}`;

/** What is drawn over the map by the page itself: the ring of the brush, the line of a lasso, the atom's cursor, words at the pointer. */

const SVG = "http://www.w3.org/2000/svg";

export class Overlay {
  private readonly root = document.createElement("div");
  private readonly ring = document.createElement("i");
  private readonly cross = document.createElement("i");
  private readonly words = document.createElement("div");
  private readonly line = document.createElementNS(SVG, "path");

  constructor(private readonly container: HTMLElement) {
    this.root.className = "plan-overlay";
    // What it says is said in the panel too.
    this.root.setAttribute("aria-hidden", "true");
    this.ring.className = "plan-ring";
    this.cross.className = "plan-cross";
    this.words.className = "plan-words";
    const svg = document.createElementNS(SVG, "svg");
    svg.append(this.line);
    this.root.append(svg, this.ring, this.cross, this.words);
    container.append(this.root);
    for (const part of [this.ring, this.cross, this.words]) part.hidden = true;
  }

  /** The ring of the brush, by its middle and radius in pixels; null hides it. */
  brush(at: { x: number; y: number; radius: number } | null): void {
    this.ring.hidden = at === null;
    if (!at) return;
    const side = 2 * at.radius;
    this.ring.style.width = `${side}px`;
    this.ring.style.height = `${side}px`;
    this.ring.style.transform = `translate(${at.x - at.radius}px, ${at.y - at.radius}px)`;
  }

  cursor(at: { x: number; y: number } | null): void {
    this.cross.hidden = at === null;
    if (at) this.cross.style.transform = `translate(${at.x}px, ${at.y}px)`;
  }

  /** A closed line through points on the screen. */
  path(points: readonly { x: number; y: number }[]): void {
    const steps = points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`);
    this.line.setAttribute("d", steps.length > 1 ? `${steps.join("")}Z` : "");
  }

  /** Lines of words beside a point; null hides them. */
  say(lines: readonly string[] | null, x = 0, y = 0): void {
    this.words.hidden = lines === null || lines.length === 0;
    if (!lines || lines.length === 0) return;
    const text = lines.join("\n");
    if (this.words.textContent !== text) this.words.textContent = text;
    const { clientWidth: width, clientHeight: height } = this.container;
    const left = x > width - 240 ? x - 18 - this.words.offsetWidth : x + 18;
    const top = Math.max(8, Math.min(y + 18, height - this.words.offsetHeight - 8));
    this.words.style.transform = `translate(${Math.max(8, left)}px, ${top}px)`;
  }

  remove(): void {
    this.root.remove();
  }
}

/**
 * The plan on the map: a custom layer of MapLibre that draws atoms in the looks of their grids and the borders between
 * grids. Changing an atom's grid uploads its word; changing all looks uploads one small table; outlines cost nothing, as the
 * vertex shader finds where both sides differ.
 */
import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from "maplibre-gl";
import { type Mesh, SCALE_BITS, visible } from "./mesh";
import { EDGE_ROW, FILL_FRAGMENT, FILL_VERTEX, LINE_FRAGMENT, LINE_VERTEX, TABLE_ROW } from "./shaders";
import { type AtomWords, bytesOf, ROW } from "./words";

/** From this zoom on atoms have lines of their own, this wide in CSS pixels. */
const ATOM_LINES_ZOOM = 14.5;
const ATOM_LINE_PX = 1;

/** What was sent to the graphics card, for tests and benches. */
export interface Counters {
  /** Bytes of words and looks since the layer was added; the mesh is not among them. */
  upload_bytes: number;
  upload_calls: number;
  /** Bytes of the mesh, each time it is put on the card. */
  mesh_bytes: number;
  frames: number;
  /** Script time of the last frame's `render`, in ms. */
  render_ms: number;
}

interface Resources {
  fill: WebGLProgram;
  line: WebGLProgram;
  fillUniforms: Map<string, WebGLUniformLocation | null>;
  lineUniforms: Map<string, WebGLUniformLocation | null>;
  fillArray: WebGLVertexArrayObject;
  lineArray: WebGLVertexArrayObject;
  buffers: WebGLBuffer[];
  ends: WebGLTexture;
  sides: WebGLTexture;
  words: WebGLTexture;
  looks: WebGLTexture;
  /** The looks that are on the card. */
  uploaded: Uint8Array;
}

/** How the numbers of an edge are kept in a texture. */
interface EdgeKind {
  stored: number;
  format: number;
  type: number;
}

export class PlanLayer implements CustomLayerInterface {
  readonly type = "custom" as const;
  readonly renderingMode = "2d" as const;
  readonly counters: Counters = { upload_bytes: 0, upload_calls: 0, mesh_bytes: 0, frames: 0, render_ms: 0 };
  opacity = 0.9;
  /** Whether pale ink is drawn on dark ground; its looks come in `setLooks`. */
  dark = false;
  /** From where to where along the width of the map it is drawn, as shares of one; null for all of it. */
  clip: readonly [from: number, to: number] | null = null;
  private map: MapLibre | null = null;
  private on: Resources | null = null;
  private looks: Uint8Array = new Uint8Array(4);
  private looksChanged = true;

  constructor(
    readonly id: string,
    private readonly mesh: Mesh,
    readonly words: AtomWords,
  ) {}

  /** Gives every grid its look: what `lookTable` makes. One small upload at the next frame. */
  setLooks(table: Uint8Array): void {
    this.looks = table;
    this.looksChanged = true;
    this.map?.triggerRepaint();
  }

  /** Draws words that were changed. */
  repaint(): void {
    this.map?.triggerRepaint();
  }

  onAdd(map: MapLibre, gl: WebGL2RenderingContext): void {
    this.map = map;
    this.on = this.make(gl);
    // Also after a lost context: nothing that was on the card is there any more.
    this.words.invalidate();
    this.looksChanged = true;
  }

  onRemove(_map: MapLibre, gl: WebGL2RenderingContext): void {
    const { on } = this;
    this.on = null;
    this.map = null;
    if (!on || gl.isContextLost()) return;
    for (const buffer of on.buffers) gl.deleteBuffer(buffer);
    for (const array of [on.fillArray, on.lineArray]) gl.deleteVertexArray(array);
    for (const texture of [on.words, on.looks, on.ends, on.sides]) gl.deleteTexture(texture);
    for (const program of [on.fill, on.line]) gl.deleteProgram(program);
  }

  render(gl: WebGL2RenderingContext, input: CustomRenderMethodInput): void {
    const { on, map, mesh } = this;
    if (!on || !map || gl.isContextLost()) return;
    const begun = performance.now();
    this.upload(gl, on);
    const matrix = fold(input.defaultProjectionData.mainMatrix, mesh.origin);
    const box = viewOf(map, mesh.origin);
    const [width, height] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    const ratio = map.getPixelRatio();
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.disable(gl.CULL_FACE);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    if (this.clip) {
      const [from, to] = this.clip.map((share) => Math.round(share * width)) as [number, number];
      gl.enable(gl.SCISSOR_TEST);
      gl.scissor(from, 0, Math.max(0, to - from), height);
    }

    const common = (uniforms: Resources["fillUniforms"]) => {
      gl.uniformMatrix4fv(uniforms.get("u_matrix") ?? null, false, matrix);
      gl.uniform1i(uniforms.get("u_words") ?? null, 0);
      gl.uniform1i(uniforms.get("u_looks") ?? null, 1);
      gl.uniform1f(uniforms.get("u_ratio") ?? null, ratio);
      gl.uniform1f(uniforms.get("u_dark") ?? null, this.dark ? 1 : 0);
    };
    for (const [unit, texture] of [on.words, on.looks, on.ends, on.sides].entries()) {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
    }

    gl.useProgram(on.fill);
    common(on.fillUniforms);
    // Where the origin lies on the screen, within the period that all hatches share, so that numbers stay small.
    const period = HATCH_PERIOD_PX * ratio;
    const clip = (row: number) => (matrix[12 + row] as number) / (matrix[15] as number);
    const onScreen = (row: number, size: number) => (((clip(row) + 1) / 2) * size) % period;
    gl.uniform2f(on.fillUniforms.get("u_anchor") ?? null, onScreen(0, width), onScreen(1, height));
    gl.uniform1f(on.fillUniforms.get("u_opacity") ?? null, this.opacity);
    gl.bindVertexArray(on.fillArray);
    for (const [first, count] of visible(mesh.chunks, box)) {
      gl.drawElements(gl.TRIANGLES, count, gl.UNSIGNED_INT, 4 * first);
    }

    gl.useProgram(on.line);
    common(on.lineUniforms);
    gl.uniform1i(on.lineUniforms.get("u_ends") ?? null, 2);
    gl.uniform1i(on.lineUniforms.get("u_sides") ?? null, 3);
    gl.uniform2f(on.lineUniforms.get("u_screen") ?? null, width, height);
    const atomLines = map.getZoom() >= ATOM_LINES_ZOOM ? ATOM_LINE_PX : 0;
    gl.uniform1f(on.lineUniforms.get("u_atom_width") ?? null, atomLines);
    gl.bindVertexArray(on.lineArray);
    for (const [first, count] of visible(mesh.edge_chunks, box))
      gl.drawArrays(gl.TRIANGLES, 6 * first, 6 * count);
    gl.bindVertexArray(null);
    if (this.clip) gl.disable(gl.SCISSOR_TEST);
    this.counters.frames++;
    this.counters.render_ms = performance.now() - begun;
  }

  /** Uploads what changed. */
  private upload(gl: WebGL2RenderingContext, on: Resources): void {
    const spans = this.words.take();
    if (spans.length > 0 || this.looksChanged) {
      gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
      gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
      gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
      gl.activeTexture(gl.TEXTURE0);
    }
    if (spans.length > 0) {
      gl.bindTexture(gl.TEXTURE_2D, on.words);
      for (const { x, y, width, height } of spans) {
        const from = y * ROW + x;
        const part = this.words.words.subarray(from, from + (height - 1) * ROW + width);
        gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, width, height, gl.RED_INTEGER, gl.UNSIGNED_INT, part);
      }
      this.counters.upload_bytes += bytesOf(spans);
      this.counters.upload_calls += spans.length;
    }
    if (!this.looksChanged) return;
    this.looksChanged = false;
    const rows = Math.max(1, Math.ceil(this.looks.length / 4 / TABLE_ROW));
    const padded = new Uint8Array(4 * TABLE_ROW * rows);
    padded.set(this.looks);
    gl.bindTexture(gl.TEXTURE_2D, on.looks);
    const row = (of: Uint8Array, y: number) => of.subarray(4 * TABLE_ROW * y, 4 * TABLE_ROW * (y + 1));
    if (on.uploaded.length !== padded.length) {
      gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, TABLE_ROW, rows, 0, gl.RGBA, gl.UNSIGNED_BYTE, padded);
      this.counters.upload_bytes += padded.byteLength;
      this.counters.upload_calls++;
    } else {
      for (let y = 0; y < rows; y++) {
        const [now, before] = [row(padded, y), row(on.uploaded, y)];
        if (now.every((byte, i) => byte === before[i])) continue;
        gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, y, TABLE_ROW, 1, gl.RGBA, gl.UNSIGNED_BYTE, now);
        this.counters.upload_bytes += now.byteLength;
        this.counters.upload_calls++;
      }
    }
    on.uploaded = padded;
  }

  private make(gl: WebGL2RenderingContext): Resources {
    const { mesh } = this;
    const buffers: WebGLBuffer[] = [];
    const buffer = (target: number, values: Float32Array | Uint32Array) => {
      const made = gl.createBuffer();
      gl.bindBuffer(target, made);
      gl.bufferData(target, values, gl.STATIC_DRAW);
      this.counters.mesh_bytes += values.byteLength;
      buffers.push(made);
      return made;
    };
    const fillArray = gl.createVertexArray();
    gl.bindVertexArray(fillArray);
    buffer(gl.ARRAY_BUFFER, mesh.places);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    buffer(gl.ARRAY_BUFFER, mesh.atoms);
    gl.enableVertexAttribArray(1);
    gl.vertexAttribIPointer(1, 1, gl.UNSIGNED_INT, 0, 0);
    buffer(gl.ELEMENT_ARRAY_BUFFER, mesh.triangles);

    // Lines have no buffers: the shader reads each edge out of two textures, by the number of the vertex.
    const lineArray = gl.createVertexArray();
    gl.bindVertexArray(null);

    const texture = () => {
      const made = gl.createTexture();
      gl.bindTexture(gl.TEXTURE_2D, made);
      for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) {
        gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
      }
      for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) {
        gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
      }
      return made;
    };
    gl.activeTexture(gl.TEXTURE0);
    const looks = texture();
    const words = texture();
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R32UI, ROW, this.words.rows);
    const edgeTexture = (values: Float32Array | Uint32Array, of: number, kind: EdgeKind) => {
      const made = texture();
      const edges = values.length / of;
      const whole = Math.floor(edges / EDGE_ROW);
      gl.texStorage2D(gl.TEXTURE_2D, 1, kind.stored, EDGE_ROW, Math.max(1, Math.ceil(edges / EDGE_ROW)));
      const put = (y: number, width: number, height: number) => {
        if (width === 0 || height === 0) return;
        const from = y * EDGE_ROW * of;
        const part = values.subarray(from, from + width * height * of);
        gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, y, width, height, kind.format, kind.type, part);
      };
      put(0, EDGE_ROW, whole);
      put(whole, edges % EDGE_ROW, 1);
      this.counters.mesh_bytes += values.byteLength;
      return made;
    };
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_FLIP_Y_WEBGL, false);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    const ends = edgeTexture(mesh.edges, 4, { stored: gl.RGBA32F, format: gl.RGBA, type: gl.FLOAT });
    const sides = edgeTexture(mesh.sides, 3, {
      stored: gl.RGB32UI,
      format: gl.RGB_INTEGER,
      type: gl.UNSIGNED_INT,
    });
    const fill = link(gl, FILL_VERTEX, FILL_FRAGMENT);
    const line = link(gl, LINE_VERTEX, LINE_FRAGMENT);
    const uniforms = (program: WebGLProgram, names: string[]) =>
      new Map(names.map((name) => [name, gl.getUniformLocation(program, name)]));
    const shared = ["u_matrix", "u_words", "u_looks", "u_ratio", "u_dark"];
    return {
      fill,
      line,
      fillUniforms: uniforms(fill, [...shared, "u_anchor", "u_opacity"]),
      lineUniforms: uniforms(line, [...shared, "u_screen", "u_atom_width", "u_ends", "u_sides"]),
      fillArray,
      lineArray,
      buffers,
      ends,
      sides,
      words,
      looks,
      uploaded: new Uint8Array(0),
    };
  }
}

/** A length that the periods of all hatches divide, in CSS pixels; strokes at a slant repeat along both axes alike. */
const HATCH_PERIOD_PX = 5040;

/**
 * The matrix from the mesh's coordinates to clip space. Origin and scale are folded in with 64-bit floats, as 32 bits would
 * make everything jitter at street zooms.
 */
export function fold(main: ArrayLike<number>, origin: readonly [number, number]): Float32Array {
  const matrix = new Float32Array(16);
  const scale = 2 ** -SCALE_BITS;
  const at = (i: number) => main[i] as number;
  for (let row = 0; row < 4; row++) {
    matrix[row] = at(row) * scale;
    matrix[4 + row] = at(4 + row) * scale;
    matrix[8 + row] = at(8 + row);
    matrix[12 + row] = at(row) * origin[0] + at(4 + row) * origin[1] + at(12 + row);
  }
  return matrix;
}

function viewOf(map: MapLibre, origin: readonly [number, number]): [number, number, number, number] {
  const bounds = map.getBounds();
  const x = (lng: number) => (0.5 + lng / 360 - origin[0]) * 2 ** SCALE_BITS;
  const y = (lat: number) =>
    (0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI) - origin[1]) *
    2 ** SCALE_BITS;
  return [x(bounds.getWest()), y(bounds.getNorth()), x(bounds.getEast()), y(bounds.getSouth())];
}

function link(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(type);
    if (!shader) throw new Error("the graphics context is lost");
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
      throw new Error(`a shader of the plan does not compile: ${gl.getShaderInfoLog(shader)}`);
    }
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw new Error(`the shaders of the plan do not fit together: ${gl.getProgramInfoLog(program)}`);
  }
  return program;
}

/**
 * Adds the layer, and adds it again whenever the browser took the graphics context away and gave it back: MapLibre builds its
 * style anew then, without custom layers. Returns what takes it away for good.
 */
export function keep(map: MapLibre, layer: PlanLayer, before?: string): () => void {
  const add = () => {
    if (!map.getLayer(layer.id)) map.addLayer(layer, before && map.getLayer(before) ? before : undefined);
  };
  const restored = () => {
    if (map.isStyleLoaded()) add();
    else map.once("style.load", add);
  };
  map.on("webglcontextrestored", restored);
  add();
  return () => {
    map.off("webglcontextrestored", restored);
    if (map.getLayer(layer.id)) map.removeLayer(layer.id);
  };
}

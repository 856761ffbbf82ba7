/** The shaders, as text that is compiled by the browser: no script is made of it, so the content policy stays strict. */
import { ACTIVE_BORDER, ACTIVE_WHITE, BORDER, type Scheme } from "./colours";
import { ROW, SLOT_BITS } from "./words";

const SCHEME = "uniform float u_dark;";
const number = (value: number) => value.toFixed(3);
const vec = (rgb: readonly number[]) => `vec3(${rgb.map((byte) => number(byte / 255)).join(", ")})`;
/** A colour by scheme. */
const ink = (of: Record<Scheme, readonly number[]>) => `mix(${vec(of.light)}, ${vec(of.dark)}, u_dark)`;
const both = (light: readonly number[], dark: readonly number[]) => ink({ light, dark });

const WORD = `
uniform highp usampler2D u_words;
uint wordOf(uint atom) { return texelFetch(u_words, ivec2(int(atom % ${ROW}u), int(atom / ${ROW}u)), 0).r; }
const uint SLOT = ${2 ** SLOT_BITS - 1}u;
`;

/** Edges in a row of their textures. */
export const EDGE_ROW = 2048;

/** Grids in a row of the table. */
export const TABLE_ROW = 256;

const LOOK = `
uniform highp sampler2D u_looks;
vec4 lookOf(uint slot) { return texelFetch(u_looks, ivec2(int(slot % ${TABLE_ROW}u), int(slot / ${TABLE_ROW}u)), 0); }
`;

export const FILL_VERTEX = `#version 300 es
precision highp float;
precision highp int;
layout(location = 0) in vec2 a_place;
layout(location = 1) in uint a_atom;
uniform mat4 u_matrix;
${WORD}${LOOK}
flat out vec3 v_rgb;
flat out uint v_hatch;
flat out uint v_flags;
void main() {
  uint word = wordOf(a_atom);
  vec4 look = lookOf(word & SLOT);
  v_rgb = look.rgb;
  v_hatch = uint(look.a * 255.0 + 0.5);
  v_flags = word >> ${SLOT_BITS}u;
  gl_Position = u_matrix * vec4(a_place, 0.0, 1.0);
}`;

export const FILL_FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
flat in vec3 v_rgb;
flat in uint v_hatch;
flat in uint v_flags;
uniform vec2 u_anchor;
uniform float u_ratio;
uniform float u_opacity;
${SCHEME}
out vec4 o_colour;

// How much ink a line takes whose middle is this far away, in CSS pixels.
float ink(float far, float weight) { return clamp(0.5 * weight - far + 0.5, 0.0, 1.0); }
float wrap(float value, float period) { return abs(mod(value + 0.5 * period, period) - 0.5 * period); }
float stroke(float along, float period, float weight) { return ink(wrap(along, period) * 0.70710678, weight); }

void main() {
  // Hatches hold on to the map, not to the screen.
  vec2 at = (gl_FragCoord.xy - u_anchor) / u_ratio;
  uint hatch = v_hatch & 15u;
  float mark = 0.0;
  if (hatch == 1u) mark = stroke(at.x + at.y, 12.0, 1.2);
  else if (hatch == 2u) mark = stroke(at.x - at.y, 7.0, 1.6);
  else if (hatch == 3u) mark = ink(length(vec2(wrap(at.x, 9.0), wrap(at.y, 9.0))), 2.0);
  else if (hatch == 4u) mark = ink(wrap(at.y, 6.0), 1.0);
  else if (hatch == 5u) mark = max(stroke(at.x + at.y, 9.0, 1.0), stroke(at.x - at.y, 9.0, 1.0));
  // Hatches are darker than light ground, and lighter than dark ground.
  vec3 rgb = mix(v_rgb, mix(v_rgb * 0.55, mix(v_rgb, vec3(1.0), 0.5), u_dark), 0.7 * mark);
  if ((v_hatch & 32u) != 0u || (v_flags & 8u) != 0u) {
    // Locked: crossed lines, light ones, over whatever it is.
    float cross = max(stroke(at.x + at.y, 16.0, 1.0), stroke(at.x - at.y, 16.0, 1.0));
    rgb = mix(rgb, ${both([64, 71, 77], [205, 214, 216])}, 0.5 * cross);
  }
  if ((v_hatch & 16u) != 0u) rgb = mix(rgb, vec3(1.0), mix(${number(ACTIVE_WHITE.light)}, ${number(ACTIVE_WHITE.dark)}, u_dark));
  if ((v_flags & 2u) != 0u) rgb = mix(rgb, ${both([33, 115, 217], [90, 165, 255])}, 0.35);
  if ((v_flags & 4u) != 0u) {
    float dash = stroke(at.x - at.y, 8.0, 4.0);
    rgb = mix(rgb, mix(${both([255, 255, 255], [20, 25, 28])}, ${both([191, 26, 26], [255, 120, 120])}, dash), 0.75);
  }
  if ((v_flags & 32u) != 0u) rgb = mix(rgb, ${both([217, 94, 0], [240, 140, 40])}, 0.45 + 0.35 * stroke(at.x - at.y, 10.0, 2.5));
  if ((v_flags & 64u) != 0u) rgb = mix(rgb, ${both([0, 89, 166], [70, 155, 235])}, 0.45 + 0.35 * stroke(at.x + at.y, 10.0, 2.5));
  if ((v_flags & 1u) != 0u) rgb = mix(rgb, ${both([26, 77, 179], [110, 175, 255])}, 0.3 + 0.25 * ink(wrap(at.x, 5.0), 1.0));
  float alpha = u_opacity * ((v_flags & 16u) != 0u ? 0.35 : 1.0);
  o_colour = vec4(rgb * alpha, alpha);
}`;

export const LINE_VERTEX = `#version 300 es
precision highp float;
precision highp int;
uniform highp sampler2D u_ends;
uniform highp usampler2D u_sides;
uniform mat4 u_matrix;
uniform vec2 u_screen;
uniform float u_ratio;
uniform float u_atom_width;
${SCHEME}
${WORD}${LOOK}
flat out vec4 v_colour;
const uint NONE = 0xffffffffu;
void main() {
  // Six vertices an edge, two triangles: instances of four would be drawn one by one by some drivers.
  int edge = gl_VertexID / 6;
  int vertex = gl_VertexID % 6;
  ivec2 place = ivec2(edge % ${EDGE_ROW}, edge / ${EDGE_ROW});
  uvec3 sides = texelFetch(u_sides, place, 0).rgb;
  uint left = sides.x == NONE ? SLOT : (wordOf(sides.x) & SLOT);
  uint right = sides.y == NONE ? SLOT : (wordOf(sides.y) & SLOT);
  float width;
  if (left == right) {
    // No border: thrown off the screen, unless atoms are large enough for their own lines to help.
    if (u_atom_width <= 0.0) {
      gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
      return;
    }
    width = u_atom_width;
    bool street = sides.z == 3u || sides.z == 4u;
    vec3 plain = ${both([128, 128, 122], [160, 168, 170])};
    v_colour = sides.z == 1u ? vec4(${both([89, 140, 191], [80, 150, 205])}, 0.8) : vec4(plain, street ? 0.6 : 0.3);
  } else {
    bool bold = (left != SLOT && (uint(lookOf(left).a * 255.0 + 0.5) & 16u) != 0u)
      || (right != SLOT && (uint(lookOf(right).a * 255.0 + 0.5) & 16u) != 0u);
    width = bold ? 3.5 : 1.8;
    v_colour = vec4(bold ? ${ink(ACTIVE_BORDER)} : ${ink(BORDER)}, 1.0);
  }
  vec4 ends = texelFetch(u_ends, place, 0);
  vec4 a = u_matrix * vec4(ends.xy, 0.0, 1.0);
  vec4 b = u_matrix * vec4(ends.zw, 0.0, 1.0);
  vec2 corner = vec2(vertex == 2 || vertex > 3 ? 1.0 : 0.0, vertex == 1 || vertex == 3 || vertex == 5 ? 1.0 : -1.0);
  vec2 along = (b.xy / b.w - a.xy / a.w) * u_screen;
  float far = length(along);
  along = far > 0.0 ? along / far : vec2(1.0, 0.0);
  // Half a width beyond both ends, so that corners close.
  vec2 out_px = (vec2(-along.y, along.x) * corner.y + along * (corner.x * 2.0 - 1.0)) * 0.5 * width * u_ratio;
  vec4 end = corner.x < 0.5 ? a : b;
  gl_Position = vec4(end.xy + out_px * 2.0 / u_screen * end.w, 0.0, end.w);
}`;

export const LINE_FRAGMENT = `#version 300 es
precision mediump float;
flat in vec4 v_colour;
out vec4 o_colour;
void main() { o_colour = vec4(v_colour.rgb * v_colour.a, v_colour.a); }`;

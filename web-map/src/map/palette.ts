/** Map colours. Hues stay apart for colour-blind readers (blue below, orange above), and hatches double them. */

export interface Palette {
  paper: string;
  /** In band, from the smaller to the larger sizes. */
  band: [string, string];
  under: string;
  underHatch: string;
  over: string;
  overHatch: string;
  uninhabited: string;
  uninhabitedHatch: string;
  unknown: string;
  gridLine: string;
  border: string;
  borderCasing: string;
  ink: string;
  halo: string;
  underInk: string;
  overInk: string;
  mutedInk: string;
  selected: string;
  selectedCasing: string;
  fault: string;
  /** A finding that was mended. */
  mended: string;
  report: string;
  river: string;
  rail: string;
  arterial: string;
  street: string;
  streetCasing: string;
  path: string;
  wall: string;
  building: string;
  buildingLine: string;
  counted: string;
  estimated: string;
  estimatedHatch: string;
  sample: string;
}

export const LIGHT: Palette = {
  paper: "#f1efea",
  band: ["#e3ece4", "#b9d2c3"],
  under: "#c3dbf0",
  underHatch: "#2f6fae",
  over: "#f8cfa2",
  overHatch: "#bf5a0a",
  uninhabited: "#efece4",
  uninhabitedHatch: "#a7a092",
  unknown: "#dfe4e8",
  gridLine: "#ffffff",
  border: "#3c4a50",
  borderCasing: "#ffffff",
  ink: "#27333a",
  halo: "#ffffff",
  underInk: "#123a66",
  overInk: "#6b2d00",
  mutedInk: "#5a5449",
  selected: "#10181c",
  selectedCasing: "#ffffff",
  fault: "#c2185b",
  mended: "#0f7f74",
  report: "#7b2cbf",
  river: "#4f97c8",
  rail: "#5c5f66",
  arterial: "#f2d58a",
  street: "#fffdf6",
  streetCasing: "#b3a98f",
  path: "#8a7a5c",
  wall: "#8d4f3b",
  building: "#cdbfae",
  buildingLine: "#8f7f6b",
  counted: "#7fb8a4",
  estimated: "#e6c7ea",
  estimatedHatch: "#7c3f8c",
  sample: "#d1480f",
};

export const DARK: Palette = {
  paper: "#14191c",
  band: ["#25352f", "#3d5a4c"],
  under: "#21415f",
  underHatch: "#7db4e8",
  over: "#5e3a17",
  overHatch: "#f2a559",
  uninhabited: "#1f2427",
  uninhabitedHatch: "#6a716f",
  unknown: "#2b343a",
  gridLine: "#14191c",
  border: "#b4c2c6",
  borderCasing: "#14191c",
  ink: "#e3eaeb",
  halo: "#14191c",
  underInk: "#a9d0f5",
  overInk: "#ffc48a",
  mutedInk: "#a9aca4",
  selected: "#ffffff",
  selectedCasing: "#0b0f11",
  fault: "#ff6fa5",
  mended: "#4fd0bf",
  report: "#cfa3ff",
  river: "#3f7fae",
  rail: "#a9adb5",
  arterial: "#8f7430",
  street: "#4b555a",
  streetCasing: "#0b0f11",
  path: "#9a8a66",
  wall: "#c07a60",
  building: "#5a5148",
  buildingLine: "#8c8072",
  counted: "#2f6b5a",
  estimated: "#4a2f52",
  estimatedHatch: "#d3a3e0",
  sample: "#ff9a5c",
};

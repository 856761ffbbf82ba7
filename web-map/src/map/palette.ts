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
  report: string;
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
  report: "#7b2cbf",
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
  report: "#cfa3ff",
};

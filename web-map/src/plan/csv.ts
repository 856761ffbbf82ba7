/** An assignment as a table of two columns, out and in. What does not match is told by its row, and nothing is taken then. */
import { parseTable, quoted } from "../csv";
import { emptyOp, movesTo, type Op } from "../engine/ops";
import { type Plan, UNASSIGNED } from "../engine/plan";

/** Faults that are listed; of more, only the number is told. */
const LISTED = 200;

export type RowFault =
  | { row: number; kind: "columns"; found: number }
  | { row: number; kind: "atom"; text: string }
  | { row: number; kind: "outside"; text: string }
  | { row: number; kind: "grid"; text: string }
  | { row: number; kind: "several"; text: string }
  | { row: number; kind: "twice"; text: string; first: number };

export interface TableRead {
  /** Rows with an atom, the heading not among them. */
  rows: number;
  faults: RowFault[];
  /** Faults beyond those listed. */
  more: number;
  /** Null where there is any fault. */
  op: Op | null;
}

/** Every atom of the plan with its grid: by code where it has one, else by id. */
export function writeTable(plan: Plan): string {
  const lines = ["atom,grid,name"];
  for (let atom = 0; atom < plan.topology.atoms; atom++) {
    if (!plan.inScope(atom)) continue;
    const grid = plan.grid(plan.slot_of[atom] as number);
    const cells = [plan.topology.codes[atom] as string, grid ? grid.code || grid.id : "", grid?.name ?? ""];
    lines.push(cells.map(quoted).join(","));
  }
  return `${lines.join("\r\n")}\r\n`;
}

/** Reads a table for a plan. Atoms that it does not name stay where they are; an empty grid is none. */
export function readTable(plan: Plan, text: string, id: string): TableRead {
  const rows = parseTable(text).map((cells, i) => ({ row: i + 1, cells }));
  return readRows(plan, rows, "perhaps", id);
}

/** A table as the server reads it out of a file of another program. */
export interface ForeignTable {
  fields: readonly string[];
  numbers: readonly number[];
  rows: readonly (readonly (string | null)[])[];
}

const ATOM_FIELDS = ["atom", "atom_code", "code", "原子", "原子编码", "编码"];
const GRID_FIELDS = ["grid", "grid_code", "网格", "网格编码"];

/** Reads such a table by the names of its fields; null where none is called like an atom or none like a grid. */
export function readForeign(plan: Plan, table: ForeignTable, id: string): TableRead | null {
  const lower = table.fields.map((field) => field.toLowerCase());
  const place = (names: readonly string[]) => lower.findIndex((field) => names.includes(field));
  const [atom, grid] = [place(ATOM_FIELDS), place(GRID_FIELDS)];
  // A grid that was drawn and never published has no code: our own files say its id beside.
  const own = lower.indexOf("grid_id");
  if (atom < 0 || (grid < 0 && own < 0)) return null;
  const rows = table.rows.map((cells, i) => ({
    row: table.numbers[i] as number,
    cells: [cells[atom] ?? "", cells[grid] || cells[own] || ""],
  }));
  return readRows(plan, rows, "none", id);
}

function readRows(
  plan: Plan,
  table: readonly { row: number; cells: readonly string[] }[],
  heading: "perhaps" | "none",
  id: string,
): TableRead {
  const atoms = new Map(plan.topology.codes.map((code, atom) => [code, atom]));
  const grids = gridsByWord(plan);
  const faults: RowFault[] = [];
  let more = 0;
  const seen = new Map<number, number>();
  const wanted = new Map<string | null, number[]>();
  let rows = 0;
  /** What is wrong with a row, or null where it is taken. */
  const take = (cells: readonly string[], row: number): RowFault | null => {
    const [code, word] = [cells[0]?.trim() ?? "", cells[1]?.trim() ?? ""];
    if (cells.length < 2) return { row, kind: "columns", found: cells.length };
    const atom = atoms.get(code);
    if (atom === undefined) return { row, kind: "atom", text: code };
    if (!plan.inScope(atom)) return { row, kind: "outside", text: code };
    const first = seen.get(atom);
    if (first !== undefined) return { row, kind: "twice", text: code, first };
    seen.set(atom, row);
    const grid = word === "" ? null : grids.get(word);
    if (grid === undefined) return { row, kind: "grid", text: word };
    if (grid === SEVERAL) return { row, kind: "several", text: word };
    const known = wanted.get(grid);
    if (known) known.push(atom);
    else wanted.set(grid, [atom]);
    return null;
  };
  table.forEach(({ row, cells }, i) => {
    if (cells.every((cell) => cell.trim() === "")) return;
    const [code, word] = [cells[0]?.trim() ?? "", cells[1]?.trim() ?? ""];
    // A heading names no atom and no grid.
    if (heading === "perhaps" && i === 0 && cells.length > 1 && !atoms.has(code) && !grids.has(word)) return;
    rows++;
    const fault = take(cells, row);
    if (fault && faults.length < LISTED) faults.push(fault);
    else if (fault) more++;
  });
  if (faults.length > 0) return { rows, faults, more, op: null };
  const op = emptyOp("import", id);
  for (const [grid, taken] of wanted) op.moves.push(...movesTo(plan, taken, grid));
  return { rows, faults, more, op };
}

/** Stands for a word that several grids have. */
const SEVERAL = Symbol("several");

/** Ids, codes and names; an id goes before a code, a code before a name. */
function gridsByWord(plan: Plan): Map<string, string | typeof SEVERAL> {
  const found = new Map<string, string | typeof SEVERAL>();
  const slots = plan.liveSlots().filter((slot) => slot !== UNASSIGNED);
  for (const of of ["name", "code", "id"] as const) {
    const words = new Map<string, string | typeof SEVERAL>();
    for (const slot of slots) {
      const grid = plan.grid(slot);
      if (!grid || grid[of] === "") continue;
      words.set(grid[of], words.has(grid[of]) ? SEVERAL : grid.id);
    }
    for (const [word, id] of words) found.set(word, id);
  }
  return found;
}

/**
 * The figures of a plan, by the names and definitions of the server's `app::figures` and `coverage::form`.
 * Grids without atoms, which only a draft in the browser has, are left out of all of them.
 */
import { type Attribute, violationOfBand } from "./band";
import { distanceM, enclosingRadiusM } from "./measure";
import { otherOf, type Plan } from "./plan";
import { across, arcsOf, LINE_CLASSES, type LineClass, NONE, type Topology } from "./topology";

/** How compact a grid is; 1 is a circle. */
export interface Form {
  /** 4πA/P² (Polsby and Popper, Yale Law & Policy Review 9, 1991). */
  polsby_popper: number;
  /** Area over that of the smallest circle around it (Reock, Midwest Journal of Political Science 5, 1961). */
  reock: number;
}

export interface Figures {
  grids: number;
  in_bounds: number;
  /** In bounds by each count alone. */
  in_bounds_by: Partial<Record<Attribute, number>>;
  uninhabited: number;
  unknown: number;
  /** Grids below or above their bands. */
  outside: number;
  contiguous: number;
  unassigned: number;
  /** Metres of border between grids by what runs along it; classes without any are left out. */
  border_m: Partial<Record<LineClass, number>>;
  border_on_streets_percent: number | null;
  border_on_rail_percent: number | null;
  border_on_river_percent: number | null;
  polsby_popper_mean: number | null;
  polsby_popper_min: number | null;
  reock_mean: number | null;
  reock_min: number | null;
}

const thousandth = (value: number) => Math.round(value * 1000) / 1000;

/** Lengths of arcs in metres without rounding, found when first asked for. */
const lengths = new WeakMap<Topology, Float64Array>();

function lengthM(topology: Topology, arc: number): number {
  let known = lengths.get(topology);
  if (!known) {
    known = new Float64Array(topology.arcs).fill(-1);
    lengths.set(topology, known);
  }
  if ((known[arc] as number) < 0) {
    const { points } = topology;
    let sum = 0;
    const last = (topology.arc_points[arc + 1] as number) - 1;
    for (let p = 2 * (topology.arc_points[arc] as number); p < 2 * last; p += 2) {
      sum += distanceM(
        points[p] as number,
        points[p + 1] as number,
        points[p + 2] as number,
        points[p + 3] as number,
      );
    }
    known[arc] = sum;
  }
  return known[arc] as number;
}

/** The arcs of a grid's outline. */
export function outline(plan: Plan, slot: number): number[] {
  const arcs: number[] = [];
  for (const atom of plan.atomsOf(slot)) {
    for (const arc of arcsOf(plan.topology, atom)) {
      const other = across(plan.topology, arc, atom);
      if (other === NONE || plan.slot_of[other] !== slot) arcs.push(arc);
    }
  }
  return arcs;
}

/** The form of a grid; null where it has no area. O(n log n) in the points of its outline. */
export function form(plan: Plan, slot: number): Form | null {
  const { topology } = plan;
  const arcs = outline(plan, slot);
  const area_m2 = plan.totals(slot).area_m2;
  let perimeter_m = 0;
  const corners: number[] = [];
  for (const arc of arcs) {
    perimeter_m += lengthM(topology, arc);
    for (
      let p = 2 * (topology.arc_points[arc] as number);
      p < 2 * (topology.arc_points[arc + 1] as number);
      p++
    ) {
      corners.push(topology.points[p] as number);
    }
  }
  const radius_m = enclosingRadiusM(corners);
  if (!(area_m2 > 0 && perimeter_m > 0 && radius_m > 0)) return null;
  return {
    polsby_popper: (4 * Math.PI * area_m2) / (perimeter_m * perimeter_m),
    reock: area_m2 / (Math.PI * radius_m * radius_m),
  };
}

const forms = new WeakMap<Plan, Map<number, { version: number; form: Form | null }>>();

/** As `form`, found again only for a grid that changed. */
export function formOf(plan: Plan, slot: number): Form | null {
  let known = forms.get(plan);
  if (!known) {
    known = new Map();
    forms.set(plan, known);
  }
  const version = plan.version(slot);
  const before = known.get(slot);
  if (before?.version === version) return before.form;
  const found = form(plan, slot);
  known.set(slot, { version, form: found });
  return found;
}

/** The figures of a plan. O(grids) but for grids that changed. */
export function figures(plan: Plan): Figures {
  const slots = plan.liveSlots().filter((slot) => plan.totals(slot).atoms > 0);
  const standings = slots.map((slot) => plan.standing(slot));
  const number = (...of: string[]) => standings.filter((standing) => of.includes(standing)).length;
  const { counted } = plan.frame;
  const by = (attribute: Attribute) =>
    slots.filter((slot, i) => {
      if (standings[i] === "uninhabited" || standings[i] === "unknown") return false;
      const own = plan.countedOf(slot);
      if (plan.frame.nests[plan.home(slot)]?.exclusive) return standings[i] === "in_band";
      const band = own.attribute === attribute ? own.band : own.other;
      return (
        band !== null && plan.frame.has[attribute] && violationOfBand(band, plan.size(slot, attribute)) === 0
      );
    }).length;
  const mm = Object.fromEntries(
    LINE_CLASSES.map((name, i) => [name, plan.border_by_class_mm[i] as number]),
  ) as Record<LineClass, number>;
  const all_mm = Object.values(mm).reduce((sum, length) => sum + length, 0);
  const share = (...of: LineClass[]) =>
    all_mm > 0 ? Math.round((of.reduce((sum, name) => sum + mm[name], 0) * 1000) / all_mm) / 10 : null;
  const found = slots.map((slot) => formOf(plan, slot)).filter((form) => form !== null);
  const over = (of: keyof Form): [number | null, number | null] => {
    if (found.length === 0) return [null, null];
    const values = found.map((form) => form[of]);
    const sum = values.reduce((sum, value) => sum + value, 0);
    return [thousandth(sum / values.length), thousandth(Math.min(...values))];
  };
  const [polsby_popper_mean, polsby_popper_min] = over("polsby_popper");
  const [reock_mean, reock_min] = over("reock");
  let unassigned = 0;
  for (const atom of plan.members(NONE)) if (plan.inScope(atom)) unassigned++;
  return {
    grids: slots.length,
    in_bounds: number("in_band"),
    in_bounds_by: {
      [counted.attribute]: by(counted.attribute),
      ...(counted.other ? { [otherOf(counted.attribute)]: by(otherOf(counted.attribute)) } : {}),
    },
    uninhabited: number("uninhabited"),
    unknown: number("unknown"),
    outside: number("under", "over"),
    contiguous: slots.filter((slot) => plan.parts(slot).length <= 1).length,
    unassigned,
    border_m: Object.fromEntries(
      LINE_CLASSES.filter((name) => mm[name] > 0).map((name) => [name, Math.floor(mm[name] / 1000)]),
    ),
    border_on_streets_percent: share("street", "arterial", "path"),
    border_on_rail_percent: share("rail"),
    border_on_river_percent: share("river"),
    polsby_popper_mean,
    polsby_popper_min,
    reock_mean,
    reock_min,
  };
}

/** One operation that makes a plan what it was, or what another plan of the same grids is. */
import { emptyOp, type GridChange, type Move, type Op, type OpKind } from "../engine/ops";
import { type GridData, type Plan, UNASSIGNED } from "../engine/plan";

const dataOf = (plan: Plan, slot: number): GridData | null => {
  const grid = plan.grid(slot);
  return grid ? { code: grid.code, name: grid.name, locked: grid.locked } : null;
};

/** Brings grids, atoms, locks and acceptances of `now` to what they are in `then`. O(atoms). */
export function restoreOp(now: Plan, then: Plan, id: string, kind: OpKind = "import"): Op {
  const op = emptyOp(kind, id);
  const idIn = (plan: Plan, atom: number) => plan.grid(plan.slot_of[atom] as number)?.id ?? null;
  const moves = new Map<string, Move>();
  for (let atom = 0; atom < now.topology.atoms; atom++) {
    const [from, to] = [idIn(now, atom), idIn(then, atom)];
    if (from !== to) {
      const key = `${from} ${to}`;
      const known = moves.get(key);
      if (known) known.atoms.push(atom);
      else moves.set(key, { from, to, atoms: [atom] });
    }
  }
  op.moves.push(...moves.values());
  op.grids.push(...gridChanges(now, then));
  for (const locked of [true, false]) {
    const atoms = Array.from(now.atom_locked.keys()).filter(
      (atom) => now.atom_locked[atom] !== then.atom_locked[atom] && (then.atom_locked[atom] === 1) === locked,
    );
    if (atoms.length > 0) op.locks.push({ atoms, locked });
  }
  for (const problem of new Set([...now.accepted.keys(), ...then.accepted.keys()])) {
    const [from, to] = [now.accepted.get(problem) ?? null, then.accepted.get(problem) ?? null];
    if (from !== to) op.accepts.push({ problem, from, to });
  }
  return op;
}

function gridChanges(now: Plan, then: Plan): GridChange[] {
  const changes: GridChange[] = [];
  for (const slot of then.liveSlots()) {
    const id = then.grid(slot)?.id ?? "";
    const here = now.slotById(id);
    const [from, to] = [here === UNASSIGNED ? null : dataOf(now, here), dataOf(then, slot)];
    const same = from && to && from.code === to.code && from.name === to.name && from.locked === to.locked;
    if (!same) changes.push({ id, from, to });
  }
  for (const slot of now.liveSlots()) {
    const id = now.grid(slot)?.id ?? "";
    if (then.slotById(id) === UNASSIGNED) changes.push({ id, from: dataOf(now, slot), to: null });
  }
  return changes;
}

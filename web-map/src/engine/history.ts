/**
 * What one planner can take back and do again, without end. Taking back is an operation of its own in the log, so
 * others, a reload and the history scrubber see nothing special.
 *
 * 1. After `undo` the plan is as before, but for what others changed since, which stays theirs and is reported.
 * 2. The two stacks follow from the planner's own operations alone: `replay` makes them again after a reload.
 */
import { apply, type Conflict, inverse, type Op, rebase } from "./ops";
import type { Plan } from "./plan";

export interface Stepped {
  /** What was done, to be sent and kept; null where nothing of it was left to do. */
  op: Op | null;
  conflicts: Conflict[];
}

export class History {
  private undoable: Op[] = [];
  private redoable: Op[] = [];

  constructor(private readonly newId: () => string) {}

  get undo_depth(): number {
    return this.undoable.length;
  }

  get redo_depth(): number {
    return this.redoable.length;
  }

  /** What would be taken back next. */
  get next_undo(): Op | null {
    return this.undoable[this.undoable.length - 1] ?? null;
  }

  get next_redo(): Op | null {
    return this.redoable[this.redoable.length - 1] ?? null;
  }

  /** Does an operation. Throws `OpError` where it does not fit. */
  do(plan: Plan, op: Op): void {
    apply(plan, op);
    this.note(op);
  }

  /** Notes an own operation that was already done: a new one, or one read from the log, oldest first. */
  note(op: Op): void {
    if (op.undoes) {
      const at = this.undoable.findLastIndex((done) => done.id === op.undoes);
      if (at >= 0) this.undoable.splice(at, 1);
      this.redoable.push(op);
    } else if (op.redoes) {
      const at = this.redoable.findLastIndex((undone) => undone.id === op.redoes);
      if (at >= 0) this.redoable.splice(at, 1);
      this.undoable.push(op);
    } else {
      this.undoable.push(op);
      this.redoable = [];
    }
  }

  /** Puts what is left of an operation, after it was rebased, in its place; null where nothing is. */
  replace(id: string, op: Op | null): void {
    for (const stack of [this.undoable, this.redoable]) {
      const at = stack.findLastIndex((done) => done.id === id);
      if (at >= 0) stack.splice(at, 1, ...(op ? [op] : []));
    }
  }

  /** Makes the stacks from the planner's own operations, oldest first. */
  static replay(own: Iterable<Op>, newId: () => string): History {
    const history = new History(newId);
    for (const op of own) history.note(op);
    return history;
  }

  /** Takes the last operation back; null where there is none. */
  undo(plan: Plan): Stepped | null {
    const last = this.undoable[this.undoable.length - 1];
    return last ? this.step(plan, { ...inverse(last, this.newId()), undoes: last.id }) : null;
  }

  /** Does again what was taken back last; null where there is none. */
  redo(plan: Plan): Stepped | null {
    const last = this.redoable[this.redoable.length - 1];
    return last ? this.step(plan, { ...inverse(last, this.newId()), redoes: last.id }) : null;
  }

  private step(plan: Plan, op: Op): Stepped {
    const fitted = rebase(plan, op);
    if (fitted.op) {
      this.do(plan, fitted.op);
      return { op: fitted.op, conflicts: fitted.conflicts };
    }
    // Nothing of it is left: the step is passed over, and the next undo takes the one before.
    if (op.undoes) this.undoable.pop();
    else this.redoable.pop();
    return { op: null, conflicts: fitted.conflicts };
  }
}

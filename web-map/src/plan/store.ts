/**
 * Where operations wait until the server has them: IndexedDB, as it holds more than localStorage and survives a crash of the
 * page. `memoryStore` is the same for where there is none, and for tests.
 */
import type { WireOp } from "../engine/wire";

/** An operation that the server has not acknowledged. */
export interface Waiting {
  /** Order among those of one page; two pages may give the same. */
  seq: number;
  /** The newest revision seen when it was made. */
  base_rev: number;
  op: WireOp;
}

export interface OpStore {
  /** By `seq`, then by id. */
  load(plan: number): Promise<Waiting[]>;
  /** Durable when it resolves. An operation of the same id is replaced. */
  put(plan: number, waiting: readonly Waiting[]): Promise<void>;
  remove(plan: number, ids: readonly string[]): Promise<void>;
}

const DATABASE = "wangge.plans";
const OPS = "ops";

/** Opens the store of this browser. Rejects where the browser keeps none. */
export async function openStore(factory: IDBFactory = indexedDB): Promise<OpStore> {
  const opening = factory.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(OPS, { keyPath: ["plan", "op.id"] });
  const database = await answer(opening);
  // Another tab wants a newer layout: it must not wait for this one.
  database.onversionchange = () => database.close();
  const write = (run: (ops: IDBObjectStore) => void) =>
    new Promise<void>((resolve, reject) => {
      // Strict: resolved once it is on the disk, not merely handed to the system.
      const transaction = database.transaction(OPS, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("the browser kept nothing"));
      run(transaction.objectStore(OPS));
    });
  const of = (plan: number) => IDBKeyRange.bound([plan], [plan, []]);
  return {
    async load(plan) {
      const rows = await answer(database.transaction(OPS).objectStore(OPS).getAll(of(plan)));
      return rows.map(({ seq, base_rev, op }: Waiting) => ({ seq, base_rev, op })).sort(inOrder);
    },
    put: (plan, waiting) =>
      write((ops) => {
        for (const row of waiting) ops.put({ plan, ...row });
      }),
    remove: (plan, ids) =>
      write((ops) => {
        for (const id of ids) ops.delete([plan, id]);
      }),
  };
}

const inOrder = (a: Waiting, b: Waiting) => a.seq - b.seq || (a.op.id < b.op.id ? -1 : 1);

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the browser's store does not answer"));
  });
}

/** Keeps operations for as long as it lives itself. */
export function memoryStore(): OpStore {
  const plans = new Map<number, Map<string, string>>();
  const of = (plan: number) => {
    const known = plans.get(plan) ?? new Map<string, string>();
    plans.set(plan, known);
    return known;
  };
  return {
    async load(plan) {
      return [...of(plan).values()].map((row) => JSON.parse(row) as Waiting).sort(inOrder);
    },
    async put(plan, waiting) {
      for (const row of waiting) of(plan).set(row.op.id, JSON.stringify(row));
    },
    async remove(plan, ids) {
      for (const id of ids) of(plan).delete(id);
    },
  };
}

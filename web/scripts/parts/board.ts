// What the board shows, holds back and announces, as changes come.
// Deliberately without a page: it says which rows to fill, add or fade, and never moves one.

import type { Service } from "./protocol";

export type RowAct =
  | { do: "fill"; service: Service }
  | { do: "fade"; id: string }
  | { do: "add"; services: Service[] }
  // Struck rows that made room.
  | { do: "drop"; ids: string[] }
  // More waits than a page can hold: it is read anew.
  | { do: "reload" };

// A board is left open for a week: what it keeps has an end.
const MOST_WAITING = 1_000;
const MOST_STRUCK = 200;

export class Board {
  // Services with a row; those that matched since and have none yet; what came while paused.
  readonly #shown: Set<string>;
  readonly #waiting = new Map<string, Service>();
  readonly #held = new Map<string, Service | null>();
  // Shown, but matching no more; the oldest first.
  readonly #struck = new Set<string>();
  #tooMany = false;
  #snapshot: Map<string, Service> | undefined;
  #changed = new Set<string>();
  #paused = false;

  // `whole`: every match has a row, so that what a snapshot holds besides is new.
  constructor(shown: Iterable<string>, private readonly whole: boolean) {
    this.#shown = new Set(shown);
  }

  get paused(): boolean {
    return this.#paused;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  get held(): number {
    return this.#held.size;
  }

  change(service: Service): RowAct[] {
    if (this.#paused) return this.#hold(service.id, service);
    this.#changed.add(service.id);
    this.#struck.delete(service.id);
    if (this.#shown.has(service.id)) return [{ do: "fill", service }];
    this.#keep(this.#waiting, service.id, service);
    return [];
  }

  gone(id: string): RowAct[] {
    if (this.#paused) return this.#hold(id, null);
    this.#waiting.delete(id);
    if (!this.#shown.has(id)) return [];
    this.#changed.add(id);
    this.#struck.add(id);
    const oldest = this.#struck.size > MOST_STRUCK ? [...this.#struck].slice(0, 1) : [];
    return [{ do: "fade", id }, ...this.#drop(oldest)];
  }

  #hold(id: string, service: Service | null): RowAct[] {
    this.#keep(this.#held, id, service);
    return [];
  }

  #keep<T>(into: Map<string, T>, id: string, value: T): void {
    if (into.size < MOST_WAITING || into.has(id)) into.set(id, value);
    else this.#tooMany = true;
  }

  #drop(ids: string[]): RowAct[] {
    for (const id of ids) {
      this.#struck.delete(id);
      this.#shown.delete(id);
    }
    return ids.length === 0 ? [] : [{ do: "drop", ids }];
  }

  // The log has gone on without us, or begun anew: what comes next is the whole state.
  restart(): void {
    this.#snapshot = new Map();
  }

  snapshot(services: Service[], more: boolean): RowAct[] {
    const all = (this.#snapshot ??= new Map());
    for (const service of services) all.set(service.id, service);
    if (more) return [];
    this.#snapshot = undefined;
    const acts: RowAct[] = [];
    for (const id of [...this.#shown, ...this.#waiting.keys()]) if (!all.has(id)) acts.push(...this.gone(id));
    for (const [id, service] of all) {
      if (this.whole || this.#shown.has(id) || this.#waiting.has(id)) acts.push(...this.change(service));
    }
    return acts;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): RowAct[] {
    this.#paused = false;
    if (this.#tooMany) return [{ do: "reload" }];
    const held = [...this.#held];
    this.#held.clear();
    return held.flatMap(([id, service]) => (service ? this.change(service) : this.gone(id)));
  }

  // The reader asks for the rows that wait.
  take(): RowAct[] {
    if (this.#tooMany) return [{ do: "reload" }];
    const services = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { id } of services) this.#shown.add(id);
    // The reader expects the table to move now, so what is struck goes too.
    return [...this.#drop([...this.#struck]), { do: "add", services }];
  }

  // What to read out since the last time, or nothing.
  announcement(): string {
    const changed = this.#changed.size;
    this.#changed = new Set();
    return changed === 0 ? "" : `${services(changed)} changed.`;
  }
}

export function services(number: number): string {
  return number === 1 ? "1 service" : `${number} services`;
}

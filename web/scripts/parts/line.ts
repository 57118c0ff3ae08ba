// One stream for all the tabs that watch the same: who is told what, and from where a tab may come in.
// Deliberately without a worker, a socket and a clock: whoever drives it says what happened and when.

import { Stream, type Input, type Output } from "./stream";

// What a tab says to the worker that holds its line, and the other way.
export type FromTab = { say: "join"; query: string; after: string } | { say: "here" } | { say: "leave" };
export type ToTab = { say: "here" } | { say: "alone" } | { say: "output"; output: Output; after: string | undefined };

// A tab that is put to sleep says nothing more, and may never be woken.
const FORGOTTEN_AFTER = 300_000;
// A page that comes in is seconds old; in a quarter of a minute no filter has so many changes.
const MOST_RECENT = 500;

export class Line<Tab> {
  readonly #stream: Stream;
  readonly #tabs = new Map<Tab, number>();
  // What came since `since`, for tabs whose page is older than the newest change.
  #recent: { seq: number; told: ToTab }[] = [];
  #since: number;
  #state: ToTab | undefined;
  #whole = true;
  #ended = false;

  constructor(after: string, now: number, random: () => number) {
    this.#stream = new Stream(after, now, random);
    this.#since = place(after).seq;
  }

  get isEmpty(): boolean {
    return this.#tabs.size === 0;
  }

  get tabs(): Tab[] {
    return [...this.#tabs.keys()];
  }

  start(now: number): Output[] {
    return this.#stream.start(now);
  }

  // What to say to a tab that comes in with a page true at `after`. One that we cannot bring up to date goes alone.
  join(tab: Tab, after: string, now: number): ToTab[] {
    const { epoch, seq } = place(after);
    const own = place(this.#stream.after ?? "");
    if (this.#ended || !this.#whole || epoch !== own.epoch || !(seq >= this.#since)) return [{ say: "alone" }];
    this.#tabs.set(tab, now);
    const missed = this.#recent.filter((one) => one.seq > seq).map((one) => one.told);
    return [{ say: "here" }, ...(this.#state ? [this.#state] : []), ...missed];
  }

  heard(tab: Tab, now: number): void {
    if (this.#tabs.has(tab)) this.#tabs.set(tab, now);
  }

  leave(tab: Tab): void {
    this.#tabs.delete(tab);
  }

  // What the driver is to do with the connection, and what every tab is to be told.
  on(input: Input, now: number): { wire: Output[]; told: ToTab[] } {
    for (const [tab, at] of this.#tabs) if (now - at > FORGOTTEN_AFTER) this.#tabs.delete(tab);
    const wire: Output[] = [];
    const told: ToTab[] = [];
    for (const output of this.#stream.on(input, now)) {
      if (output.do === "connect" || output.do === "disconnect") wire.push(output);
      else told.push(this.#tell(output));
    }
    return { wire, told };
  }

  #tell(output: Output): ToTab {
    const after = this.#stream.after;
    const { seq } = place(after ?? "");
    const told: ToTab = { say: "output", output, after };
    switch (output.do) {
      case "live":
      case "dead":
        this.#state = told;
        break;
      case "ended":
        this.#ended = true;
        break;
      case "restart":
        this.#whole = false;
        this.#recent = [];
        break;
      case "snapshot":
        this.#whole = !output.more;
        if (this.#whole) this.#since = seq;
        break;
      case "change":
      case "gone":
        this.#recent.push({ seq, told });
        if (this.#recent.length > MOST_RECENT) this.#since = this.#recent.shift()?.seq ?? this.#since;
        break;
      case "connect":
      case "disconnect":
      case "stuck":
        break;
    }
    return told;
  }
}

// EPOCH.SEQ in its parts; a seq that is none is below every other.
export function place(after: string): { epoch: string; seq: number } {
  const dot = after.lastIndexOf(".");
  const digits = after.slice(dot + 1);
  return { epoch: dot > 0 ? after.slice(0, dot) : "", seq: /^\d+$/.test(digits) ? Number(digits) : -1 };
}

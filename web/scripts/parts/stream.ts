// One live stream as a state machine: what to do at each thing that happens.
// Deliberately without a socket and without a clock: whoever drives it says what happened and when.

import { NOT_ALLOWED, SIGNED_OUT, read, type Service } from "./protocol";

export type Wire = "socket" | "events";

export type Input =
  | { what: "opened" }
  | { what: "said"; text: string }
  // code 0: lost without a word.
  | { what: "closed"; code: number }
  | { what: "tick" };

export type Output =
  | { do: "connect"; wire: Wire; after: string | undefined }
  | { do: "disconnect" }
  | { do: "live" }
  | { do: "dead"; since: number }
  | { do: "ended"; why: "signed out" | "refused" }
  // Neither wire has worked for some minutes: the page may as well be read anew.
  | { do: "stuck" }
  | { do: "change"; service: Service; kind: string; at: string }
  | { do: "gone"; id: string }
  | { do: "restart" }
  | { do: "snapshot"; services: Service[]; more: boolean };

type State =
  | { is: "connecting"; since: number; wire: Wire }
  | { is: "live"; wire: Wire }
  | { is: "waiting"; until: number }
  | { is: "ended" };

// A connection that says nothing for so long after opening is tried again.
const HELLO_WITHIN = 10_000;
// A heartbeat may be late by this much. With the heartbeat's 25 s, a dead stream is known after 40 s.
const GRACE = 15_000;
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
// Some networks let no websocket through: the third try, and every other after it, goes by events.
const SOCKET_TRIES = 2;
// After so many tries in a row, some two minutes, and again after as many.
const STUCK_EVERY = 8;

export class Stream {
  #state: State = { is: "ended" };
  #epoch: string | undefined;
  #seq: number | undefined;
  #heardAt: number;
  #silence = 25_000 + GRACE;
  #failures = 0;
  #told = false;

  // `after` is EPOCH.SEQ at which the page was true; `random` is from 0 to 1 and spreads the tries of many pages.
  constructor(after: string, now: number, private readonly random: () => number) {
    const dot = after.lastIndexOf(".");
    this.#epoch = dot > 0 ? after.slice(0, dot) : undefined;
    this.#seq = /^\d+$/.test(after.slice(dot + 1)) ? Number(after.slice(dot + 1)) : undefined;
    this.#heardAt = now;
  }

  start(now: number): Output[] {
    const wire: Wire = this.#failures < SOCKET_TRIES || this.#failures % 2 === 1 ? "socket" : "events";
    this.#state = { is: "connecting", since: now, wire };
    return [{ do: "connect", wire, after: this.#after() }];
  }

  on(input: Input, now: number): Output[] {
    switch (input.what) {
      case "opened":
        return [];
      case "said":
        return this.#said(input.text, now);
      case "closed":
        return this.#closed(input.code, now);
      case "tick":
        return this.#tick(now);
    }
  }

  // EPOCH.SEQ up to which everything has come, if that is known.
  get after(): string | undefined {
    return this.#after();
  }

  #after(): string | undefined {
    if (this.#seq === undefined) return undefined;
    return this.#epoch === undefined ? String(this.#seq) : `${this.#epoch}.${this.#seq}`;
  }

  #said(text: string, now: number): Output[] {
    if (this.#state.is === "waiting" || this.#state.is === "ended") return [];
    this.#heardAt = now;
    const message = read(text);
    if (!message) return [];
    switch (message.type) {
      case "hello":
        return this.#hello(message.epoch, message.heartbeat_seconds);
      case "reset":
        this.#seq = undefined;
        return [{ do: "restart" }];
      case "snapshot":
        // Parts are one state: only the last says from where to go on.
        if (!message.more) this.#seq = message.seq;
        return [{ do: "snapshot", services: message.services, more: message.more }];
      case "change":
        return this.#passes(message.seq)
          ? [{ do: "change", service: message.service, kind: message.kind, at: message.at }]
          : [];
      case "gone":
        return this.#passes(message.seq) ? [{ do: "gone", id: message.id }] : [];
      case "heartbeat":
        if (this.#seq !== undefined) this.#seq = Math.max(this.#seq, message.seq);
        return [];
    }
  }

  #hello(epoch: string, heartbeatSeconds: number): Output[] {
    if (this.#state.is !== "connecting") return [];
    this.#state = { is: "live", wire: this.#state.wire };
    // Other data under the same numbers: ours mean nothing there, even if the connection is lost before the reset.
    if (this.#epoch !== undefined && this.#epoch !== epoch) this.#seq = undefined;
    this.#epoch = epoch;
    this.#silence = heartbeatSeconds * 1000 + GRACE;
    this.#failures = 0;
    this.#told = false;
    return this.#seq === undefined ? [{ do: "live" }, { do: "restart" }] : [{ do: "live" }];
  }

  // Each entry of the log once and in order, whatever is sent again after a reconnection.
  #passes(seq: number): boolean {
    if (this.#seq !== undefined && seq <= this.#seq) return false;
    this.#seq = seq;
    return true;
  }

  #closed(code: number, now: number): Output[] {
    if (this.#state.is === "waiting" || this.#state.is === "ended") return [];
    if (code === SIGNED_OUT || code === NOT_ALLOWED) {
      this.#state = { is: "ended" };
      return [{ do: "ended", why: code === SIGNED_OUT ? "signed out" : "refused" }];
    }
    return this.#lost(now);
  }

  #tick(now: number): Output[] {
    switch (this.#state.is) {
      case "connecting":
        return now - this.#state.since > HELLO_WITHIN ? [{ do: "disconnect" }, ...this.#lost(now)] : [];
      case "live":
        return now - this.#heardAt > this.#silence ? [{ do: "disconnect" }, ...this.#lost(now)] : [];
      case "waiting":
        return now >= this.#state.until ? this.start(now) : [];
      case "ended":
        return [];
    }
  }

  #lost(now: number): Output[] {
    const longest = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures);
    this.#failures += 1;
    this.#state = { is: "waiting", until: now + longest * (0.5 + 0.5 * this.random()) };
    const stuck: Output[] = this.#failures % STUCK_EVERY === 0 ? [{ do: "stuck" }] : [];
    if (this.#told) return stuck;
    this.#told = true;
    return [{ do: "dead", since: this.#heardAt }, ...stuck];
  }
}

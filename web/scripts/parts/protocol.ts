// The messages of the live stream, as docs/LIVE.md names them.
// Deliberately only what a page reads of them.

export interface Capacity {
  status: "open" | "on_request" | "closed";
  vacant: number;
  freshness: "fresh" | "ageing" | "stale" | "never";
  confirmed_at?: string;
  changed_at?: string;
  // How they came is said to staff alone.
  lines: { source?: string }[];
}

export interface Service {
  id: string;
  kind: "care_home" | "home_care";
  name: string;
  authority: { name: string };
  address: { town?: string };
  capacity: Capacity;
}

export type Message =
  | { type: "hello"; epoch: string; seq: number; heartbeat_seconds: number }
  | { type: "reset" }
  | { type: "snapshot"; seq: number; services: Service[]; more: boolean }
  | { type: "change"; seq: number; at: string; kind: string; service: Service }
  | { type: "gone"; seq: number; id: string }
  | { type: "heartbeat"; seq: number };

// What the server closes a socket with (docs/LIVE.md). Any other code is a lost connection.
export const NOT_ALLOWED = 1008;
export const SIGNED_OUT = 4401;

const KNOWN: readonly string[] = ["hello", "reset", "snapshot", "change", "gone", "heartbeat"] satisfies Message["type"][];

// A message, or nothing if the text is none: a newer server may say more than this page knows.
export function read(text: string): Message | undefined {
  try {
    const message = JSON.parse(text) as Message;
    return KNOWN.includes(message?.type) ? message : undefined;
  } catch {
    return undefined;
  }
}

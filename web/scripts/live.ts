// The shared worker: holds one live stream for all tabs of this browser that watch the same.
// Deliberately decides nothing: parts/line.ts says who is told what. A browser without shared workers does without.

import { connect } from "./parts/connection";
import { Line, type FromTab, type ToTab } from "./parts/line";
import type { Input, Output } from "./parts/stream";

declare const self: SharedWorkerGlobalScope;

const TICK = 1_000;

interface Held {
  line: Line<MessagePort>;
  cut: () => void;
}

const held = new Map<string, Held>();

self.onconnect = ({ ports: [port] }) => {
  if (port) port.onmessage = ({ data }: MessageEvent<FromTab>) => heard(port, data);
};

setInterval(() => {
  for (const query of held.keys()) on(query, { what: "tick" });
}, TICK);

function heard(port: MessagePort, message: FromTab): void {
  switch (message.say) {
    case "join": {
      for (const { line } of held.values()) line.leave(port);
      const known = held.get(message.query) ?? begin(message.query, message.after);
      for (const told of known.line.join(port, message.after, Date.now())) tell(port, told);
      return;
    }
    case "here":
      for (const { line } of held.values()) line.heard(port, Date.now());
      return tell(port, { say: "here" });
    case "leave":
      for (const { line } of held.values()) line.leave(port);
  }
}

function begin(query: string, after: string): Held {
  const fresh: Held = { line: new Line(after, Date.now(), Math.random), cut: () => {} };
  held.set(query, fresh);
  obey(query, fresh, fresh.line.start(Date.now()));
  return fresh;
}

function on(query: string, input: Input): void {
  const known = held.get(query);
  if (!known) return;
  const { wire, told } = known.line.on(input, Date.now());
  obey(query, known, wire);
  for (const port of known.line.tabs) for (const one of told) tell(port, one);
  const ended = told.some((one) => one.say === "output" && one.output.do === "ended");
  if (known.line.isEmpty || ended) {
    known.cut();
    held.delete(query);
  }
}

function obey(query: string, known: Held, outputs: Output[]): void {
  for (const output of outputs) {
    if (output.do === "connect") known.cut = connect(output.wire, query, output.after, (input) => on(query, input));
    if (output.do === "disconnect") known.cut();
  }
}

function tell(port: MessagePort, told: ToTab): void {
  port.postMessage(told);
}

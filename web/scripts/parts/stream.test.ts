import assert from "node:assert/strict";
import test from "node:test";
import { Stream, type Output } from "./stream";

const say = (message: object) => ({ what: "said", text: JSON.stringify(message) }) as const;
const hello = (epoch = "e1") => say({ type: "hello", epoch, seq: 100, heartbeat_seconds: 25 });
const change = (seq: number) => say({ type: "change", seq, at: "", kind: "capacity_updated", service: { id: "1-1" } });
const dos = (outputs: Output[]) => outputs.map((output) => output.do);

function live(after = "e1.7"): Stream {
  const stream = new Stream(after, 0, () => 1);
  stream.start(0);
  stream.on(hello(), 0);
  return stream;
}

// Ticks each second until something is to be done.
function patience(stream: Stream, from: number): { at: number; outputs: Output[] } {
  for (let at = from; at < from + 120_000; at += 1_000) {
    const outputs = stream.on({ what: "tick" }, at);
    if (outputs.length > 0) return { at, outputs };
  }
  throw new Error("nothing happened for two minutes");
}

test("the first connection goes on from where the page was true", () => {
  assert.deepEqual(new Stream("e1.7", 0, Math.random).start(0), [{ do: "connect", wire: "socket", after: "e1.7" }]);
});

test("a page is live when the server has said hello, not before", () => {
  const stream = new Stream("e1.7", 0, () => 1);
  stream.start(0);
  assert.deepEqual(stream.on({ what: "opened" }, 1), []);
  assert.deepEqual(dos(stream.on(hello(), 2)), ["live"]);
});

test("a stream that hangs is known to be dead within 45 seconds", () => {
  const stream = live();
  stream.on(change(8), 20_000);
  const { at, outputs } = patience(stream, 21_000);
  assert.deepEqual(outputs, [{ do: "disconnect" }, { do: "dead", since: 20_000 }]);
  assert.ok(at - 20_000 <= 45_000, `after ${at - 20_000} ms`);
});

test("heartbeats keep a quiet stream alive and move the place to go on from", () => {
  const stream = live();
  for (let at = 25_000; at < 300_000; at += 25_000) {
    assert.deepEqual(stream.on({ what: "tick" }, at), []);
    stream.on(say({ type: "heartbeat", seq: 90 + at / 25_000 }), at);
  }
  assert.deepEqual(dos(stream.on({ what: "closed", code: 1006 }, 300_000)), ["dead"]);
  assert.deepEqual(patience(stream, 300_000).outputs, [{ do: "connect", wire: "socket", after: "e1.101" }]);
});

test("each change is shown once, whatever is sent again", () => {
  const stream = live();
  assert.deepEqual(dos(stream.on(change(8), 1)), ["change"]);
  assert.deepEqual(stream.on(change(8), 2), []);
  assert.deepEqual(stream.on(say({ type: "gone", seq: 7, id: "1-2" }), 3), []);
  assert.deepEqual(dos(stream.on(say({ type: "gone", seq: 9, id: "1-2" }), 4)), ["gone"]);
});

test("going away and too slow are tried again from the last change", () => {
  for (const code of [1001, 1013, 1006, 0]) {
    const stream = live();
    stream.on(change(8), 1_000);
    stream.on({ what: "closed", code }, 2_000);
    const { at, outputs } = patience(stream, 2_000);
    assert.deepEqual(outputs, [{ do: "connect", wire: "socket", after: "e1.8" }]);
    assert.ok(at <= 4_000, `code ${code} took until ${at}`);
  }
});

test("signed out and refused end the stream for good", () => {
  for (const [code, why] of [[4401, "signed out"], [1008, "refused"]] as const) {
    const stream = live();
    assert.deepEqual(stream.on({ what: "closed", code }, 1), [{ do: "ended", why }]);
    assert.deepEqual(stream.on({ what: "tick" }, 999_999), []);
    assert.deepEqual(stream.on(change(8), 999_999), []);
  }
});

test("waits grow to half a minute at most and are spread by chance", () => {
  const waits = [0, 1].map((random) => {
    const stream = new Stream("e1.7", 0, () => random);
    let at = 0;
    const found: number[] = [];
    stream.start(0);
    for (let tries = 0; tries < 8; tries += 1) {
      stream.on({ what: "closed", code: 1006 }, at);
      const next = patience(stream, at);
      found.push(next.at - at);
      at = next.at;
    }
    return found;
  });
  assert.deepEqual(waits[1], [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  assert.deepEqual(waits[0], [1_000, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

test("where no websocket passes, events are tried, and it is said once that the page is not live", () => {
  const stream = new Stream("e1.7", 0, () => 0);
  const wires = [stream.start(0)];
  const told: string[] = [];
  let at = 0;
  for (let tries = 0; tries < 4; tries += 1) {
    told.push(...dos(stream.on({ what: "closed", code: 1006 }, at)));
    const next = patience(stream, at);
    at = next.at;
    wires.push(next.outputs);
  }
  assert.deepEqual(wires.map(([first]) => first?.do === "connect" && first.wire), ["socket", "socket", "events", "socket", "events"]);
  assert.deepEqual(told, ["dead"]);
});

test("a server that takes the connection and never says hello is left", () => {
  const stream = new Stream("e1.7", 0, () => 1);
  stream.start(0);
  stream.on({ what: "opened" }, 1);
  assert.deepEqual(dos(patience(stream, 1_000).outputs), ["disconnect", "dead"]);
});

test("after a reset the snapshot is the whole state, and only its last part is a place to go on from", () => {
  const stream = live();
  assert.deepEqual(dos(stream.on(say({ type: "reset" }), 1)), ["restart"]);
  stream.on(say({ type: "snapshot", seq: 50, services: [], more: true }), 2);
  stream.on({ what: "closed", code: 1006 }, 3);
  assert.deepEqual(patience(stream, 3).outputs, [{ do: "connect", wire: "socket", after: undefined }]);
  assert.deepEqual(dos(stream.on(hello(), 5_000)), ["live", "restart"]);
  stream.on(say({ type: "snapshot", seq: 51, services: [], more: false }), 5_001);
  assert.deepEqual(dos(stream.on(change(52), 5_002)), ["change"]);
});

test("restored data with lower numbers is not mistaken for old changes", () => {
  const stream = live("e1.1000");
  stream.on({ what: "closed", code: 1001 }, 0);
  patience(stream, 0);
  assert.deepEqual(dos(stream.on(hello("e2"), 2_000)), ["live", "restart"]);
  stream.on({ what: "closed", code: 1006 }, 2_001);
  assert.deepEqual(patience(stream, 2_001).outputs, [{ do: "connect", wire: "socket", after: undefined }]);
});

test("a message of a newer server is passed over", () => {
  const stream = live();
  assert.deepEqual(stream.on(say({ type: "weather", seq: 8 }), 1), []);
  assert.deepEqual(stream.on({ what: "said", text: "not json" }, 1), []);
});

test("after some two minutes without either wire the page is told to read itself anew, and again after as long", () => {
  const stream = new Stream("e1.7", 0, () => 1);
  let at = 0;
  const stuckAt: number[] = [];
  stream.start(0);
  for (let tries = 1; tries <= 16; tries += 1) {
    if (stream.on({ what: "closed", code: 1006 }, at).some((output) => output.do === "stuck")) stuckAt.push(tries);
    at = patience(stream, at).at;
  }
  assert.deepEqual(stuckAt, [8, 16]);
});

// Where a page's changes come from: the stream that all tabs share, where the browser can share one, or its own.
// Deliberately shows nothing: it hands on what the stream says, each change once.

import { connect } from "./connection";
import { place, type FromTab, type ToTab } from "./line";
import { Stream, type Input, type Output } from "./stream";

// A worker that says nothing for so long is none: an old browser, a policy, a crash.
const WORKER_WITHIN = 5_000;
const SAY_HERE_EVERY = 10_000;

export class Watch {
  #after: string;
  #port: MessagePort | undefined;
  #own: Stream | undefined;
  #disconnect = () => {};
  #askedAt = 0;
  #answered = true;

  // `worker` is the address of the shared worker; `after` is EPOCH.SEQ at which the page was true.
  constructor(
    private readonly query: string,
    after: string,
    worker: string,
    private readonly obey: (output: Output) => void,
  ) {
    this.#after = after;
    if (typeof SharedWorker === "undefined") return this.#alone(), this;
    try {
      const shared = new SharedWorker(worker, { name: "berth-live", type: "module" });
      shared.onerror = () => this.#alone();
      this.#port = shared.port;
      this.#port.onmessage = ({ data }: MessageEvent<ToTab>) => this.#heard(data);
      this.#join();
    } catch {
      this.#alone();
    }
    addEventListener("pagehide", () => this.#say({ say: "leave" }));
    // A page that comes back from the browser's memory has missed what happened meanwhile.
    addEventListener("pageshow", (event) => void (event.persisted && this.#join()));
  }

  tick(): void {
    if (this.#own) return this.#feed({ what: "tick" });
    const passed = Date.now() - this.#askedAt;
    if (!this.#answered && passed > WORKER_WITHIN) return this.#alone();
    if (this.#answered && passed > SAY_HERE_EVERY) this.#ask({ say: "here" });
  }

  #join(): void {
    if (!this.#own) this.#ask({ say: "join", query: this.query, after: this.#after });
  }

  #ask(message: FromTab): void {
    this.#askedAt = Date.now();
    this.#answered = false;
    this.#say(message);
  }

  #say(message: FromTab): void {
    this.#port?.postMessage(message);
  }

  #heard(told: ToTab): void {
    if (this.#own) return;
    this.#answered = true;
    if (told.say === "alone") return this.#alone();
    if (told.say === "output" && this.#passes(told)) this.obey(told.output);
  }

  // What another tab was already told before we came in, or what our page already shows, is not news.
  #passes({ output, after }: { output: Output; after: string | undefined }): boolean {
    const isChange = output.do === "change" || output.do === "gone";
    if (isChange && place(after ?? "").seq <= place(this.#after).seq) return false;
    if (after !== undefined && (isChange || (output.do === "snapshot" && !output.more))) this.#after = after;
    return true;
  }

  #alone(): void {
    if (this.#own) return;
    this.#say({ say: "leave" });
    this.#port?.close();
    this.#port = undefined;
    this.#own = new Stream(this.#after, Date.now(), Math.random);
    for (const output of this.#own.start(Date.now())) this.#do(output);
  }

  #feed(input: Input): void {
    for (const output of this.#own?.on(input, Date.now()) ?? []) this.#do(output);
  }

  #do(output: Output): void {
    if (output.do === "connect") {
      this.#disconnect = connect(output.wire, this.query, output.after, (input) => this.#feed(input));
    } else if (output.do === "disconnect") {
      this.#disconnect();
    } else {
      this.obey(output);
    }
  }
}

// One real connection to the live stream: opens it, tells what comes, and cuts it.
// Deliberately decides nothing: parts/stream.ts says when to connect and to what.

import type { Input, Wire } from "./stream";

// Gives back what cuts it, after which it says nothing more.
export function connect(wire: Wire, query: string, after: string | undefined, hear: (heard: Input) => void): () => void {
  const keys = new URLSearchParams(query);
  if (after !== undefined) keys.set("after", after);
  let cut = false;
  const tell = (heard: Input) => void (cut || hear(heard));
  if (wire === "socket") {
    const url = new URL(`/live?${keys}`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    socket.onopen = () => tell({ what: "opened" });
    socket.onmessage = (event) => tell({ what: "said", text: String(event.data) });
    socket.onclose = (event) => tell({ what: "closed", code: event.code });
    return () => {
      cut = true;
      socket.close();
    };
  }
  const events = new EventSource(`/live/events?${keys}`);
  events.onopen = () => tell({ what: "opened" });
  events.onmessage = (event) => tell({ what: "said", text: String(event.data) });
  // The browser would come again by itself, but without our patience: we do that.
  events.onerror = () => {
    events.close();
    tell({ what: "closed", code: 0 });
  };
  return () => {
    cut = true;
    events.close();
  };
}

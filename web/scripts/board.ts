// The live board: drives the stream with a real socket and clock, and writes what it says into the rows.
// Deliberately decides nothing: parts/stream.ts says what to do, parts/board.ts which rows it touches.

import { Board, services, type RowAct } from "./parts/board";
import type { Service } from "./parts/protocol";
import { number, place, state, unit, way } from "./parts/row";
import { Stream, type Output, type Wire } from "./parts/stream";
import { age, moment } from "./parts/time";

const TICK = 1_000;
// Often enough to be news, seldom enough to be listened to.
const ANNOUNCE_EVERY = 5_000;
// Ages are whole minutes.
const AGES_EVERY = 30_000;
const FLASH = 2_500;

const bar = document.querySelector<HTMLElement>("#live");
const rows = document.querySelector<HTMLTableSectionElement>("#board tbody");
const blank = document.querySelector<HTMLTemplateElement>("#blank-row")?.content.querySelector("tr");
if (bar && rows && blank) run(bar, rows, blank);

function run(bar: HTMLElement, rows: HTMLTableSectionElement, blank: HTMLTableRowElement): void {
  const { query = "", after = "", now = "", whole = "" } = bar.dataset;
  const mark = slot(bar, "mark");
  const said = slot(bar, "said");
  const pause = slot(bar, "pause") as HTMLButtonElement;
  const take = slot(bar, "take") as HTMLButtonElement;
  // Ages are counted by the server's clock: a reader's own may be wrong.
  const ahead = new Date(now).getTime() - Date.now() || 0;
  const serverNow = () => new Date(Date.now() + ahead);

  const board = new Board([...rows.rows].map((row) => row.dataset["id"] ?? ""), whole === "true");
  const stream = new Stream(after, Date.now(), Math.random);
  let disconnect = () => {};

  const feed = (outputs: Output[]) => outputs.forEach(obey);
  const obey = (output: Output): void => {
    switch (output.do) {
      case "connect":
        disconnect = connect(output.wire, query, output.after, (input) => feed(stream.on(input, Date.now())));
        return;
      case "disconnect":
        return disconnect();
      case "live":
        return show("on", "Live");
      case "dead":
        return show("off", `Not live since ${moment(new Date(output.since), new Date())}`);
      case "ended":
        show("off", output.why === "signed out" ? "Not live: you are signed out" : "Not live: reload the page");
        return;
      case "restart":
        return board.restart();
      case "snapshot":
        return touch(board.snapshot(output.services, output.more));
      case "change":
        return touch(board.change(output.service));
      case "gone":
        return touch(board.gone(output.id));
    }
  };
  const show = (look: "on" | "off", text: string) => {
    bar.classList.toggle("berth-live--on", look === "on");
    bar.classList.toggle("berth-live--off", look === "off");
    mark.textContent = text;
    pause.hidden = false;
  };
  const touch = (acts: RowAct[]) => {
    for (const act of acts) apply(act, rows, blank, serverNow());
    take.hidden = board.waiting === 0;
    take.textContent = `Show ${services(board.waiting)} not in the table yet`;
    if (board.paused) pause.textContent = board.held === 0 ? "Go on" : `Go on (${board.held} waiting)`;
  };

  pause.addEventListener("click", () => {
    const acts = board.paused ? board.resume() : (board.pause(), []);
    pause.textContent = board.paused ? "Go on" : "Pause";
    touch(acts);
  });
  take.addEventListener("click", () => {
    touch(board.take());
    rows.querySelector<HTMLElement>("tr a")?.focus();
  });
  setInterval(() => feed(stream.on({ what: "tick" }, Date.now())), TICK);
  // A tab in the background is woken seldom: look at once when it comes to the front.
  document.addEventListener("visibilitychange", () => feed(stream.on({ what: "tick" }, Date.now())));
  setInterval(() => {
    const words = [board.announcement(), board.waiting > 0 ? `${services(board.waiting)} not in the table yet.` : ""];
    const text = words.filter(Boolean).join(" ");
    if (text && text !== said.textContent) said.textContent = text;
  }, ANNOUNCE_EVERY);
  setInterval(() => {
    for (const time of rows.querySelectorAll("time")) time.textContent = age(new Date(time.dateTime), serverNow());
  }, AGES_EVERY);
  feed(stream.start(Date.now()));
}

type Heard = { what: "opened" } | { what: "said"; text: string } | { what: "closed"; code: number };

// Opens a connection and gives back what cuts it, after which it says nothing more.
function connect(wire: Wire, query: string, after: string | undefined, hear: (heard: Heard) => void): () => void {
  const keys = new URLSearchParams(query);
  if (after !== undefined) keys.set("after", after);
  let cut = false;
  const tell = (heard: Heard) => void (cut || hear(heard));
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

function apply(act: RowAct, rows: HTMLTableSectionElement, blank: HTMLTableRowElement, now: Date): void {
  switch (act.do) {
    case "fill": {
      const row = rowOf(rows, act.service.id);
      if (row) fill(row, act.service, now);
      return;
    }
    case "fade":
      strike(rowOf(rows, act.id));
      return;
    case "add": {
      const added = act.services.map((service) => {
        const row = rowOf(rows, service.id) ?? (document.importNode(blank, true) as HTMLTableRowElement);
        fill(row, service, now);
        return row;
      });
      rows.prepend(...added);
    }
  }
}

function fill(row: HTMLTableRowElement, service: Service, now: Date): void {
  const { capacity } = service;
  row.dataset["id"] = service.id;
  row.removeAttribute("data-gone");
  const link = slot(row, "name") as HTMLAnchorElement;
  link.href = `/services/${service.id}`;
  link.textContent = service.name;
  slot(row, "place").textContent = place(service);
  const { look, text } = state(service, now);
  const tag = made("strong", text, `govuk-tag berth-state berth-state--${look}`);
  slot(row, "state").replaceChildren(tag);
  const cell = slot(row, "number");
  const before = cell.textContent ?? "";
  cell.textContent = number(service);
  cell.dataset["unit"] = unit(service);
  const confirmed = capacity.confirmed_at
    ? timeOf(capacity.confirmed_at, now, `berth-age berth-age--${capacity.freshness}`)
    : made("span", "never", "berth-age berth-age--never");
  const told = way(service);
  slot(row, "age").replaceChildren(confirmed, ...(told ? [made("span", told, "berth-small")] : []));
  // On the second line, which the place beside the name has already made.
  const was = before !== "" && before !== cell.textContent ? [made("span", `was ${before}`, "berth-small")] : [];
  slot(row, "news").replaceChildren(...(capacity.changed_at ? [timeOf(capacity.changed_at, now, ""), ...was] : []));
  flash(row);
}

// The row stays where it is until the reader loads the page anew.
function strike(row: HTMLTableRowElement | undefined): void {
  if (!row) return;
  row.setAttribute("data-gone", "");
  slot(row, "news").replaceChildren("no longer matches");
}

function flash(row: HTMLElement): void {
  row.removeAttribute("data-changed");
  // A new animation starts only after the browser has seen the row without it.
  void row.offsetWidth;
  row.setAttribute("data-changed", "");
  setTimeout(() => row.removeAttribute("data-changed"), FLASH);
}

function timeOf(at: string, now: Date, className: string): HTMLTimeElement {
  const time = made("time", age(new Date(at), now), className);
  time.dateTime = at;
  return time;
}

function made<K extends keyof HTMLElementTagNameMap>(name: K, text: string, className: string): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  element.textContent = text;
  if (className) element.className = className;
  return element;
}

function rowOf(rows: HTMLTableSectionElement, id: string): HTMLTableRowElement | undefined {
  return [...rows.rows].find((row) => row.dataset["id"] === id);
}

function slot(root: HTMLElement, name: string): HTMLElement {
  const found = root.querySelector<HTMLElement>(`[data-slot="${name}"]`);
  if (!found) throw new Error(`the page has no place for "${name}"`);
  return found;
}

// The live board: writes what the live stream says into the rows.
// Deliberately decides nothing: parts/watch.ts says what happened, parts/board.ts which rows it touches.

import { Board, services, type RowAct } from "./parts/board";
import type { Service } from "./parts/protocol";
import { news, number, outgrown, place, state, unit, way, type State } from "./parts/row";
import type { Output } from "./parts/stream";
import { age, moment } from "./parts/time";
import { Watch } from "./parts/watch";

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
  const { query = "", after = "", now = "", whole = "", worker = "", staleAfter = "" } = bar.dataset;
  const mark = slot(bar, "mark");
  const said = slot(bar, "said");
  const pause = slot(bar, "pause") as HTMLButtonElement;
  const take = slot(bar, "take") as HTMLButtonElement;
  // Ages are counted by the server's clock: a reader's own may be wrong.
  const ahead = new Date(now).getTime() - Date.now() || 0;
  const serverNow = () => new Date(Date.now() + ahead);

  const board = new Board([...rows.rows].map((row) => row.dataset["id"] ?? ""), whole === "true");
  const obey = (output: Output): void => {
    switch (output.do) {
      case "connect":
      case "disconnect":
        return;
      case "live":
        return show("on", "Live");
      case "dead":
        return show("off", `Not live since ${moment(new Date(output.since), new Date())}`);
      case "ended":
        show("off", output.why === "signed out" ? "Not live: you are signed out" : "Not live: reload the page");
        return;
      case "stuck":
        return void (document.visibilityState === "visible" && !board.paused && board.waiting === 0 && readAnew());
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
  const watch = new Watch(query, after, worker, obey);
  setInterval(() => watch.tick(), TICK);
  // A tab in the background is woken seldom: look at once when it comes to the front.
  document.addEventListener("visibilitychange", () => watch.tick());
  setInterval(() => {
    const words = [board.announcement(), board.waiting > 0 ? `${services(board.waiting)} not in the table yet.` : ""];
    const text = words.filter(Boolean).join(" ");
    if (text && text !== said.textContent) said.textContent = text;
  }, ANNOUNCE_EVERY);
  setInterval(() => {
    for (const time of rows.querySelectorAll("time")) time.textContent = age(new Date(time.dateTime), serverNow());
    for (const row of rows.rows) outgrow(row, serverNow(), Number(staleAfter) * 1_000);
  }, AGES_EVERY);
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
      return;
    }
    case "drop":
      for (const id of act.ids) rowOf(rows, id)?.remove();
      return;
    case "reload":
      return location.reload();
  }
}

function fill(row: HTMLTableRowElement, service: Service, now: Date): void {
  const { capacity } = service;
  row.dataset["id"] = service.id;
  row.removeAttribute("data-gone");
  const link = slot(row, "name") as HTMLAnchorElement;
  link.href = `/services/${service.id}`;
  link.textContent = service.name;
  (slot(row, "short") as HTMLButtonElement).value = service.id;
  slot(row, "short-name").textContent = service.name;
  slot(row, "place").textContent = place(service);
  const cell = slot(row, "number");
  const before = { number: (cell.textContent ?? "").trim(), state: (slot(row, "state").textContent ?? "").trim() };
  const found = state(service, now);
  slot(row, "state").replaceChildren(tag(found));
  cell.textContent = number(service);
  cell.dataset["unit"] = unit(service);
  const confirmed = capacity.confirmed_at
    ? timeOf(capacity.confirmed_at, now, `berth-age berth-age--${capacity.freshness}`)
    : made("span", "never", "berth-age berth-age--never");
  const told = way(service);
  slot(row, "age").replaceChildren(confirmed, ...(told ? [made("span", told, "berth-small")] : []));
  // On the second line, which the place beside the name has already made.
  const said = news(before, { number: cell.textContent, state: found.text });
  const was = said ? [made("span", said, "berth-small")] : [];
  slot(row, "news").replaceChildren(...(capacity.changed_at ? [timeOf(capacity.changed_at, now, ""), ...was] : []));
  flash(row);
}

function tag({ look, text }: State): HTMLElement {
  return made("strong", text, `govuk-tag berth-state berth-state--${look}`);
}

// A board is open for days, and figures grow old without anybody saying so.
function outgrow(row: HTMLTableRowElement, now: Date, staleAfter: number): void {
  const time = slot(row, "age").querySelector("time");
  const confirmed = new Date(time?.dateTime ?? "");
  if (!time || !(now.getTime() - confirmed.getTime() >= staleAfter)) return;
  time.className = "berth-age berth-age--stale";
  slot(row, "state").replaceChildren(tag(outgrown(confirmed, now)));
}

// Only where the server answers: a page that cannot be read is worse than an old one.
function readAnew(): void {
  fetch(location.href, { method: "HEAD" }).then((answer) => answer.ok && location.reload(), () => undefined);
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

// Pages of enquiries that change by themselves: told that something is new, they read themselves again and put in what
// changed, but never under the hand of who answers.
// Deliberately not here: what an enquiry says. The server writes that, for this page as for one without scripts.

import { merge } from "./parts/merge";
import { moment } from "./parts/time";

const TICK = 1_000;
// The server says something every 15 seconds.
const SILENT_AFTER = 40_000;

const line = document.querySelector<HTMLElement>("[data-berth-enquiries]");
if (line) watch(line);

function watch(line: HTMLElement): void {
  const mark = line.querySelector<HTMLElement>('[data-slot="mark"]');
  const again = line.querySelector<HTMLElement>('[data-slot="again"]');
  let heard = Date.now();
  const hear = () => {
    heard = Date.now();
    show(true);
  };
  const show = (live: boolean) => {
    line.classList.toggle("berth-live--on", live);
    line.classList.toggle("berth-live--off", !live);
    const text = live ? "Live" : `Not live since ${moment(new Date(heard), new Date())}`;
    if (mark && mark.textContent !== text) mark.textContent = text;
    if (again) again.hidden = live;
  };
  let events: EventSource | undefined;
  const connect = () => {
    const query = new URLSearchParams(line.dataset["berthEnquiries"]);
    query.set("mark", line.dataset["mark"] ?? "");
    events = new EventSource(`/enquiries/events?${query}`);
    events.onopen = hear;
    events.addEventListener("beat", hear);
    events.onmessage = (event) => {
      hear();
      void refresh(line, String(event.data));
    };
  };
  connect();
  setInterval(() => {
    if (Date.now() - heard < SILENT_AFTER) return;
    show(false);
    // One that hangs, or was refused for good, is begun anew now and then.
    if ((Date.now() - heard) % SILENT_AFTER < TICK) {
      events?.close();
      connect();
    }
  }, TICK);
}

async function refresh(line: HTMLElement, mark: string): Promise<void> {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const lists = (from: Document) => [...from.querySelectorAll<HTMLElement>('ul[data-slot="list"]')];
  const [old, now] = [lists(document), lists(fresh)];
  // A list that was not there before is a page of another shape.
  if (old.length !== now.length) return location.reload();
  const changed = old.map((list, at) => merge(list, now[at]!)).reduce((sum, count) => sum + count, 0);
  const [summary, newer] = [document, fresh].map((from) => from.querySelector('[data-slot="summary"]'));
  if (summary && newer) summary.textContent = newer.textContent;
  line.dataset["mark"] = mark;
  const said = line.querySelector('[data-slot="said"]');
  if (said && changed > 0) said.textContent = `${changed} ${changed === 1 ? "entry has" : "entries have"} changed.`;
}

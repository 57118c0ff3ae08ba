// Puts a newer list into an older one, entry by entry: what is the same stays, and so does what somebody has a hand on.
// Deliberately knows no page: entries have a `data-key`, and nothing else is asked of them.

// How many entries were changed, added or taken away.
export function merge(list: HTMLElement, newer: HTMLElement): number {
  const entries = (of: HTMLElement) => [...of.children] as HTMLElement[];
  const known = new Map(entries(list).map((entry) => [entry.dataset["key"], entry]));
  let changed = 0;
  const wanted = entries(newer).map((fresh) => {
    const old = known.get(fresh.dataset["key"]);
    known.delete(fresh.dataset["key"]);
    if (old && (state(old) === state(fresh) || old.contains(document.activeElement))) return old;
    changed += 1;
    return document.importNode(fresh, true);
  });
  for (const gone of known.values()) {
    if (gone.contains(document.activeElement)) wanted.push(gone);
    else changed += 1;
  }
  for (const entry of entries(list)) if (!wanted.includes(entry)) entry.remove();
  // What stands where it should is not touched: it would lose the focus.
  wanted.forEach((entry, at) => {
    if (list.children[at] !== entry) list.insertBefore(entry, list.children[at] ?? null);
  });
  return changed;
}

// What an entry says in its tags: ages and times to choose from pass by themselves.
function state(entry: HTMLElement): string {
  const said = [...entry.querySelectorAll(".berth-state")].map((tag) => tag.textContent?.trim().replace(/^Not answered for .*/, "") ?? "");
  return `${said.join("|")} ${entry.querySelectorAll("form").length}`;
}

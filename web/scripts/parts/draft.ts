// What was typed and not yet published, kept in the tab so that a lost connection loses nothing.
// It is never sent by itself: figures that are an hour old are not figures of now.

export interface Draft {
  // The version of the figures that the form was opened on: published since, the draft is of no use.
  version: string;
  at: string;
  fields: [name: string, value: string][];
}

type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const PREFIX = "berth-draft:";

export function save(store: Store, path: string, draft: Draft): void {
  try {
    store.setItem(PREFIX + path, JSON.stringify(draft));
  } catch {
    // A full or forbidden store costs the draft, not the form.
  }
}

// The draft of this page, if it was typed upon the figures that the page shows now.
export function find(store: Store, path: string, version: string): Draft | undefined {
  try {
    const draft = JSON.parse(store.getItem(PREFIX + path) ?? "null") as Draft | null;
    if (draft?.version === version) return draft;
  } catch {
    // Not ours, or cut off: as good as none.
  }
  forget(store, path);
  return undefined;
}

export function forget(store: Store, path: string): void {
  try {
    store.removeItem(PREFIX + path);
  } catch {
    // Nothing is kept, so nothing is to forget.
  }
}

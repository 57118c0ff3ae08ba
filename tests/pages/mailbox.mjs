// The folder of mails as a journey needs it: the mail that comes next, and the links in it.

import { readFileSync, readdirSync, watch } from "node:fs";
import { join } from "node:path";

const opened = new Set();

// The address in a new mail of this folder that goes to this path, as soon as there is one.
export function mailedLink(folder, path) {
  const read = () => {
    for (const name of readdirSync(folder).filter((name) => name.endsWith(".eml") && !opened.has(name)).sort()) {
      const link = links(folder, name).find((link) => new URL(link).pathname.startsWith(path));
      if (!link) continue;
      opened.add(name);
      return { link, mail: name };
    }
    return undefined;
  };
  return new Promise((resolve) => {
    const look = () => {
      const found = read();
      if (!found) return;
      watcher.close();
      resolve(found);
    };
    const watcher = watch(folder, look);
    look();
  });
}

// Every address in a mail, of its text part first.
export function links(folder, mail) {
  const text = readFileSync(join(folder, mail), "utf8").replaceAll(/=\r?\n/g, "").replaceAll("=3D", "=");
  return text.match(/http:\/\/127\.0\.0\.1:\d+\/[\w./-]+/g) ?? [];
}

// Which pages the service worker may keep, how a kept one says so, and the list of them for who has no connection.
// Deliberately not here: caches and the network.

import { moment } from "./time";

const PUBLIC_PAGES = /^\/($|search$|services\/[^/]+$|guides($|\/))/;

// Only what anyone may read: vacancies, one service, the guides.
export function isPublicPage(path: string): boolean {
  return PUBLIC_PAGES.test(path);
}

// The server marks whatever it made for one person with `no-store`; a redirect cannot be replayed.
export function maySave(response: { status: number; redirected: boolean; headers: Headers }): boolean {
  return (
    response.status === 200 &&
    !response.redirected &&
    !/no-store|private/.test(response.headers.get("cache-control") ?? "") &&
    (response.headers.get("content-type") ?? "").startsWith("text/html")
  );
}

// Says at the top of the page how old it is, so that nobody takes a saved vacancy for a live one.
export function markSaved(html: string, savedAt: Date, now: Date): string {
  const mark =
    `<div class="berth-saved-copy" role="status" lang="en-GB"><div class="govuk-width-container">` +
    `<strong>Saved copy from ${moment(savedAt, now)}.</strong> ` +
    `You are offline, so vacancies may have changed since.</div></div>`;
  return html.replace(/<main\b/, (main) => `${mark}${main}`);
}

export interface SavedPage {
  path: string;
  html: string;
  savedAt: Date;
}

// Puts links to these pages, the newest first, into the place that the page for no connection has for them.
export function listSaved(page: string, saved: SavedPage[], now: Date): string {
  const newest = [...saved].sort((one, other) => other.savedAt.getTime() - one.savedAt.getTime());
  const items = newest.map(({ path, html, savedAt }) => {
    // The words of a title are HTML as they stand there; the name of the site is at its end.
    const title = html.match(/<title>([^<]*?)(?: – [^<–]*)?<\/title>/)?.[1] ?? "A page";
    return `<li><a class="govuk-link" href="${escaped(path)}">${title}</a>, saved ${moment(savedAt, now)}</li>`;
  });
  if (items.length === 0) return page;
  return page.replace(
    /<ul ([^>]*)data-slot="saved"><\/ul>/,
    (_, attributes: string) => `<h2 class="govuk-heading-m">Saved on this device</h2><ul ${attributes}>${items.join("")}</ul>`,
  );
}

function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
}

// Which pages the service worker may keep, and how a kept one says so.
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

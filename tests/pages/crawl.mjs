// Finds the pages that somebody can come to: every link and every form that asks by GET is followed, some of each shape of
// address, and of those the ones are chosen that show something not seen before.
// Deliberately judges no page but for this: a link that leads to a refusal should not be there.

// A shape is a path without its ids, and the names of what is asked for. Past these there is nothing new to see.
const MOST_OF_A_SHAPE = 3;
const MOST_SHAPES_OF_A_PATH = 24;
// Files: what is in them is tested where they are made, and a PDF takes its time.
// The guides as one page are named among the starts, with a filter: whole ones are as long as a book.
const FILE = /\.(pdf|csv|xml|txt|json|html)$|\/html$|^\/(assets|api|oruk|fhir|data|live)(\/|$)/;

// What tells one of many from the others: an id, a token, the name of a mail.
const isId = (segment, before) => /\d/.test(segment) || segment.length > 24 || before === "mail";

const pathShape = (address) => address.pathname.split("/").map((segment, at, all) => (isId(segment, all[at - 1]) ? "{id}" : segment)).join("/");

function shape(address) {
  const asked = [...address.searchParams].filter(([, value]) => value !== "");
  const names = asked.map(([name, value]) => (name === "view" ? `${name}=${value}` : name));
  return `${pathShape(address)}?${[...new Set(names)].sort().join("&")}`;
}

// Where a page leads to, and what kinds of thing it is made of. Runs in the browser, which reads HTML as it is read.
function read(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const links = [...page.querySelectorAll("a[href], iframe[src]")].map((one) => one.getAttribute("href") ?? one.getAttribute("src"));
  const typed = [];
  for (const form of page.querySelectorAll("form[method=get]")) {
    const filled = new FormData(form);
    const sent = () => `${form.getAttribute("action")}?${new URLSearchParams(filled)}`;
    typed.push(sent());
    for (const { name } of form.querySelectorAll("input[type=text], input[type=search], input:not([type])")) filled.set(name, "zzzz");
    typed.push(sent());
  }
  const parts = new Set();
  for (const one of page.body.querySelectorAll("*")) {
    parts.add([one.localName, one.getAttribute("role") ?? "", one.getAttribute("type") ?? "", ...[...one.classList].sort()].join("."));
  }
  return { links, typed, parts: [...parts] };
}

// All pages from these addresses on, as this tab's browser is answered: [{ address, path, status, html, parts }], and the links
// that lead to refusals. What is typed may be refused, and the starts may be refusals themselves. `only`: the starts alone.
export async function crawl(page, base, starts, only = false) {
  const reader = await page.context().newPage();
  const seen = new Set();
  const shapes = new Map();
  const waiting = [];
  const found = [];
  const dead = [];

  const note = (link, from, kind) => {
    const isStart = kind === "start";
    const address = URL.canParse(link, from) ? new URL(link, from) : undefined;
    if (!address || address.origin !== new URL(base).origin || (FILE.test(address.pathname) && !isStart)) return;
    address.hash = "";
    if (seen.has(address.href)) return;
    seen.add(address.href);
    const [path, whole] = [pathShape(address), shape(address)];
    const ofPath = shapes.get(path) ?? new Map();
    shapes.set(path, ofPath);
    const count = ofPath.get(whole) ?? 0;
    if (!isStart && (count >= MOST_OF_A_SHAPE || (count === 0 && ofPath.size >= MOST_SHAPES_OF_A_PATH))) return;
    ofPath.set(whole, count + 1);
    waiting.push({ address, path, from, mayBeRefused: kind !== "link" });
  };

  for (const start of starts) note(start, base, "start");
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const answer = await page.request.get(next.address.href, { maxRetries: 3 });
    const address = new URL(answer.url());
    if (!(answer.headers()["content-type"] ?? "").startsWith("text/html")) continue;
    if (answer.status() >= 400 && !next.mayBeRefused) dead.push(`${next.from} leads to ${next.address.pathname}${next.address.search}: ${answer.status()}`);
    const html = await answer.text();
    const { links, typed, parts } = await reader.evaluate(read, html);
    found.push({ address: address.href, path: pathShape(address), status: answer.status(), html, parts });
    if (only) continue;
    for (const link of links) note(link, address.href, "link");
    for (const link of typed) note(link, address.href, "typed");
  }
  await reader.close();
  return { found, dead };
}

// Of these pages one of each path, and each that shows a kind of thing that no page of that path in `shown` does.
export function choose(found, shown) {
  const paths = new Set();
  return found.filter(({ path, status, parts }) => {
    const kinds = parts.map((part) => `${path} ${status} ${part}`);
    const isNew = !paths.has(`${path} ${status}`) || kinds.some((kind) => !shown.has(kind));
    if (!isNew) return false;
    paths.add(`${path} ${status}`);
    for (const kind of kinds) shown.add(kind);
    return true;
  });
}

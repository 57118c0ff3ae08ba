// What machines can say against a page that is open: axe at every width, in light and in dark; HTML_CodeSniffer in both; that
// nothing runs off the screen, also with letters of double size; that high contrast and reduced motion lose nothing.
// Deliberately knows no page, and leaves the HTML's grammar to the validator.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const sniffer = readFileSync(require.resolve("html_codesniffer/build/HTMLCS.js"), "utf8");

export const WIDTHS = [1280, 375, 320];
export const SCHEMES = ["light", "dark"];
// The rules of the law (WCAG 2.2 AA) and what else axe holds good.
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// What axe finds on the page as it is now.
export async function axeFindings(page) {
  await bring(page, "axe", axe);
  const asked = { runOnly: RULES, resultTypes: ["violations"] };
  const { violations } = await page.evaluate((asked) => globalThis.axe.run(document, asked), asked);
  return violations.map(({ id, help, nodes }) => `axe ${id}: ${help}\n    ${nodes.map((node) => node.html).join("\n    ")}`);
}

async function bring(page, name, source) {
  if (!(await page.evaluate((name) => name in globalThis, name))) await page.evaluate(source);
}

// What HTML_CodeSniffer, the other half of pa11y, calls an error.
async function snifferFindings(page) {
  await bring(page, "HTMLCS", sniffer);
  return page.evaluate(() => new Promise((resolve, reject) => {
    const done = () => {
      const errors = globalThis.HTMLCS.getMessages().filter(({ type }) => type === globalThis.HTMLCS.ERROR);
      resolve(errors.map(({ code, msg, element }) => `codesniffer ${code}: ${msg}\n    ${element.outerHTML?.slice(0, 200)}`));
    };
    globalThis.HTMLCS.process("WCAG2AA", document, done, reject);
  }));
}

// How far the page runs off the screen, and by what.
export async function sidewaysFindings(page, at) {
  const wide = await page.evaluate(() => {
    const most = document.documentElement.clientWidth;
    const off = document.documentElement.scrollWidth - most;
    if (off <= 0) return "";
    const guilty = [...document.body.querySelectorAll("*")].filter((one) => one.getBoundingClientRect().right > most + 1).at(-1);
    return `runs ${off} px off the screen: ${guilty?.outerHTML.slice(0, 200)}`;
  });
  return wide ? [`${at}: ${wide}`] : [];
}

// With letters of double size: what runs off the screen, and words that a box of a fixed size cuts off.
async function doubledFindings(page) {
  const client = await page.context().newCDPSession(page);
  await client.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
  const size = await page.evaluate(() => getComputedStyle(document.documentElement).fontSize);
  const found = await sidewaysFindings(page, "letters doubled");
  if (size !== "32px") found.push(`the letters are not doubled: ${size}`);
  const cut = await page.evaluate(() => [...document.body.querySelectorAll("*")].filter((one) => {
    const style = getComputedStyle(one);
    const hides = style.overflow !== "visible" && style.overflow !== "auto" && style.overflow !== "scroll";
    const isSeen = one.clientWidth > 1 && one.clientHeight > 1 && style.position !== "absolute";
    const isWords = !one.closest("svg, iframe, select, input, textarea");
    const isCut = one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
    return hides && isSeen && isWords && isCut;
  }).map((one) => one.outerHTML.slice(0, 200)));
  await client.send("Page.setFontSizes", { fontSizes: { standard: 16, fixed: 13 } });
  await client.detach();
  return [...found, ...cut.map((html) => `letters doubled: cut off: ${html}`)];
}

// In high contrast colours are the reader's: what only a background drew must have an outline. With reduced motion nothing moves.
async function forcedFindings(page) {
  await page.evaluate(() => {
    globalThis.berthIsSeen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 1;
    globalThis.berthSeen = [...document.body.querySelectorAll("*")].filter(globalThis.berthIsSeen);
  });
  await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
  const found = await page.evaluate(() => {
    const wrong = [];
    const isSeen = globalThis.berthIsSeen;
    // What a script has taken away meanwhile is not lost.
    const lost = globalThis.berthSeen.filter((one) => one.isConnected && !one.closest("[hidden]") && !isSeen(one));
    for (const one of lost) wrong.push(`high contrast: not seen any more: ${one.outerHTML.slice(0, 160)}`);
    const isDrawn = (style) => ["Top", "Right", "Bottom", "Left"].some((side) => parseFloat(style[`border${side}Width`]) > 0);
    for (const one of document.querySelectorAll(".govuk-button, input:not([type=file]), select, textarea")) {
      if (!isSeen(one)) continue;
      const isDrawnByLabel = one.matches(".govuk-checkboxes__input, .govuk-radios__input");
      const style = isDrawnByLabel ? getComputedStyle(one.nextElementSibling, "::before") : getComputedStyle(one);
      if (!isDrawn(style) && style.appearance === "none") wrong.push(`high contrast: no outline: ${one.outerHTML.slice(0, 160)}`);
    }
    const moving = document.getAnimations().filter(({ playState }) => playState === "running");
    for (const { effect } of moving) wrong.push(`reduced motion: moves: ${effect?.target?.outerHTML.slice(0, 160)}`);
    return wrong;
  });
  await page.emulateMedia({ forcedColors: "none", reducedMotion: "no-preference" });
  return found;
}

// Everything against the page that is open, with where it was seen; and how many looks were taken with each tool.
export async function audit(page, count) {
  const found = [];
  const add = (tool, at, findings) => {
    count(tool, at);
    found.push(...findings.map((finding) => `${at}: ${finding}`));
  };
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      const at = `${width} px, ${colorScheme}`;
      add("axe", at, await axeFindings(page));
      // Of what it judges only contrast depends on the look.
      if (width === WIDTHS[0]) add("codesniffer", at, await snifferFindings(page));
    }
    add("sideways", `${width} px`, await sidewaysFindings(page, "as it is"));
  }
  await page.emulateMedia({ colorScheme: "light" });
  add("high contrast", "320 px", await forcedFindings(page));
  await page.setViewportSize({ width: 1280, height: 900 });
  add("letters doubled", "1280 px", await doubledFindings(page));
  return found;
}

// Draws the PNG icons from static/icon.svg, for the systems that take no SVG. Run it when the drawing changes.
// Deliberately not part of the build: building the pages needs no browser.

import { readFileSync, writeFileSync } from "node:fs";
import { chromium } from "playwright-core";

const svg = readFileSync(new URL("static/icon.svg", import.meta.url), "utf8");
// A maskable icon may be cut to a circle of 80 %: the drawing shrinks, its ground fills the square.
const maskable = svg
  .replace(' rx="12"', "")
  .replace('viewBox="0 0 64 64"', 'viewBox="-8 -8 80 80" style="background:#0b3441"');

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
await draw(svg, 192, "icon-192.png");
await draw(svg, 512, "icon-512.png");
await draw(maskable, 512, "icon-maskable-512.png");
await browser.close();

async function draw(source, size, name) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${source}`);
  writeFileSync(new URL(`static/${name}`, import.meta.url), await page.screenshot({ omitBackground: true }));
  await page.close();
}

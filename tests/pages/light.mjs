// On a bad line: what each first page and all that it loads really weigh as they are sent, that a second look brings only the page
// itself, and that nothing moves while it loads.

import assert from "node:assert/strict";
import { accept, journey, tab, told, url } from "./browser.mjs";

// A minute of patience is lost at about here on a line of 64 kbit/s that others use too.
const MOST_BYTES = 60_000;
// A phone at the edge of a village: bytes a second, and milliseconds to the mast and back.
const BAD_LINE = { offline: false, downloadThroughput: 50_000, uploadThroughput: 20_000, latency: 300 };

// Goes there on a bad line; what came over it, and how far things moved.
async function look(page, client, path) {
  const sent = new Map();
  const note = ({ requestId, response }) => sent.set(requestId, { address: response.url, headers: response.headers, cached: response.fromDiskCache, bytes: 0 });
  const count = ({ requestId, encodedDataLength }) => sent.has(requestId) && (sent.get(requestId).bytes = encodedDataLength);
  client.on("Network.responseReceived", note);
  client.on("Network.loadingFinished", count);
  await page.goto(url + path, { waitUntil: "networkidle" });
  client.off("Network.responseReceived", note);
  client.off("Network.loadingFinished", count);
  const moved = await page.evaluate(() => globalThis.berthMoved);
  const all = [...sent.values()].filter(({ address, cached, bytes }) => address.startsWith("http") && !cached && bytes > 0);
  return { all, bytes: all.reduce((sum, { bytes }) => sum + bytes, 0), moved };
}

async function weigh(page, path, what) {
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  await client.send("Network.emulateNetworkConditions", BAD_LINE);
  await page.addInitScript(() => {
    globalThis.berthMoved = [];
    new PerformanceObserver((list) => {
      for (const { value, sources } of list.getEntries()) globalThis.berthMoved.push(`${value}: ${sources.map(({ node }) => node?.outerHTML?.slice(0, 120))}`);
    }).observe({ type: "layout-shift", buffered: true });
  });
  for (const width of [1280, 375]) {
    await client.send("Network.clearBrowserCache");
    await page.setViewportSize({ width, height: 800 });
    const first = await look(page, client, path);
    const again = await look(page, client, path);
    console.log(`${what.padEnd(18)} at ${String(width).padStart(4)} px: ${first.all.length} files, ${first.bytes} bytes; again: ${again.all.length} files, ${again.bytes} bytes`);
    assert.ok(first.bytes > 1000 && first.bytes < MOST_BYTES, `${path} weighs ${first.bytes} bytes: ${first.all.map(({ address, bytes }) => `${address} ${bytes}`)}`);
    for (const { address, headers } of first.all) {
      assert.match(headers["content-encoding"] ?? headers["Content-Encoding"] ?? "", /^(br|gzip)$/, `${address} is sent compressed`);
      if (address.includes("/assets/")) assert.match(headers["cache-control"] ?? headers["Cache-Control"], /immutable/, address);
    }
    assert.deepEqual(again.all.filter(({ address }) => address.includes("/assets/")).map(({ address }) => address), [], "what is kept is not sent again");
    assert.deepEqual([...first.moved, ...again.moved], [], `${path} at ${width} px moves while it loads`);
  }
  await client.detach();
}

await journey(async () => {
  await weigh(await tab(), "/", "start");
  await weigh(await tab(), "/search", "search");
  await weigh(await tab(), "/search?near=WX1&vacant=1", "search near a place");
  await weigh(await tab(), `/services/${told.id}`, "service");
  await weigh(await tab(), "/guides", "guides");
  const manager = await tab();
  await accept(manager, told.manager);
  await weigh(manager, `/update/${told.id}`, "update");
});

// A push service (RFC 8030) for tests, on a free port of the loopback: it checks the sender's signature (RFC 8292) with
// Node's own cryptography, decrypts with http_ece (RFC 8291), and misbehaves as it is told. It knows nothing of Berth.

import { createECDH, createPublicKey, randomBytes, verify } from "node:crypto";
import http from "node:http";
import { createRequire } from "node:module";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const ece = require("http_ece");

const DAY = 24 * 3600;
const browsers = new Map();
const moods = [];
const taken = [];
let held = [];
let waiting = [];
let now = Date.now() / 1000;

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => answer(request, response, Buffer.concat(chunks)));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

function answer(request, response, body) {
  const [, what, id] = request.url.split("/");
  const say = (status, content = {}, headers = {}) => response.writeHead(status, headers).end(JSON.stringify(content));
  if (what === "subscribe") return say(200, subscribe(JSON.parse(body).key));
  if (what === "now") return (now = JSON.parse(body)), say(200);
  if (what === "moods") return moods.push(...JSON.parse(body)), say(200);
  if (what === "release") {
    for (const late of held) late();
    held = [];
    return say(200);
  }
  if (what === "taken") {
    waiting.push({ count: Number(id), say: () => say(200, taken) });
    return wake();
  }
  if (what === "mailbox") return say(200, [...browsers.get(id).undelivered.values()]);
  if (what === "push") return take(request, response, id, body, say);
  return say(404);
}

function subscribe(key) {
  const id = randomBytes(16).toString("base64url");
  const ecdh = createECDH("prime256v1");
  ecdh.generateKeys();
  const auth = randomBytes(16);
  browsers.set(id, { key, ecdh, auth, undelivered: new Map() });
  const keys = { p256dh: ecdh.getPublicKey("base64url"), auth: auth.toString("base64url") };
  return { endpoint: `${origin()}/push/${id}`, expirationTime: null, keys };
}

function origin() {
  return `http://127.0.0.1:${server.address().port}`;
}

function take(request, response, id, body, say) {
  const mood = moods.shift() ?? {};
  const browser = browsers.get(id);
  if (!browser) return say(404);
  let message;
  try {
    message = read(request.headers, browser, body);
  } catch (error) {
    message = { wrong: String(error.stack ?? error) };
  }
  const entry = { browser: id, answered: mood.status ?? (message.wrong ? 400 : 201), ...message };
  taken.push(entry);
  wake();
  if (mood.hang) return;
  if (entry.answered === 201) {
    // RFC 8030, 5.4: a message with the topic of one that was not delivered yet takes its place.
    browser.undelivered.set(message.topic ?? randomBytes(8).toString("hex"), message);
  }
  const finish = () => say(entry.answered, {}, mood.headers ?? {});
  if (mood.late) held.push(finish);
  else finish();
}

function wake() {
  const ready = waiting.filter((one) => taken.length >= one.count);
  waiting = waiting.filter((one) => taken.length < one.count);
  for (const one of ready) one.say();
}

// The message, if all that the standards ask for is there.
function read(headers, browser, body) {
  must(headers["content-encoding"] === "aes128gcm", "Content-Encoding");
  must(/^\d+$/.test(headers.ttl ?? ""), "TTL");
  must(["very-low", "low", "normal", "high"].includes(headers.urgency ?? "normal"), "Urgency");
  must(/^[A-Za-z0-9_-]{1,32}$/.test(headers.topic ?? "x"), "Topic");
  must(body.length <= 4096, "a body of at most 4096 bytes");
  const claims = signed(headers.authorization ?? "", browser.key);
  const text = ece.decrypt(body, { version: "aes128gcm", privateKey: browser.ecdh, authSecret: browser.auth.toString("base64url") });
  return { ttl: Number(headers.ttl), urgency: headers.urgency, topic: headers.topic, claims, payload: JSON.parse(text) };
}

function signed(authorization, key) {
  const [, token, k] = authorization.match(/^vapid t=([^, ]+), ?k=(\S+)$/) ?? [];
  must(k === key, "the key that the browser subscribed with");
  const [head, claims, signature] = token.split(".");
  const point = Buffer.from(key, "base64url");
  const jwk = { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") };
  const publicKey = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  must(JSON.parse(Buffer.from(head, "base64url")).alg === "ES256", "ES256");
  must(verify("sha256", Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, "base64url")), "the signature");
  const said = JSON.parse(Buffer.from(claims, "base64url"));
  must(said.aud === origin(), "aud");
  must(said.exp > now && said.exp <= now + DAY, "exp within a day");
  must(/^(mailto:|https:)/.test(said.sub), "sub");
  return said;
}

function must(holds, what) {
  if (!holds) throw new Error(`not right: ${what}`);
}

// Makes a key, or checks a signature of a mail by RFC 6376 with Node's own cryptography (relaxed/relaxed, rsa-sha256).
// Usage: `node dkim.mjs key FILE` writes the private key and prints the public one; `node dkim.mjs check PUBLIC` reads a
// mail from standard input, prints the headers that are signed, and fails with the reason.

import { createHash, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const [, , what, argument] = process.argv;
if (what === "key") {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(argument, privateKey.export({ type: "pkcs1", format: "pem" }));
  console.log(publicKey.export({ type: "spki", format: "der" }).toString("base64"));
} else check(readFileSync(0, "latin1").replaceAll(/\r?\n/g, "\r\n"), argument);

function check(mail, key) {
  const end = mail.indexOf("\r\n\r\n");
  const headers = mail.slice(0, end + 2).match(/[^\r\n][^\r]*\r\n(?:[ \t][^\r]*\r\n)*/g);
  const signature = headers.find((header) => /^DKIM-Signature:/i.test(header));
  must(signature, "there is a signature");
  const tags = Object.fromEntries(
    signature.slice(signature.indexOf(":") + 1).replaceAll(/\s/g, "").split(";").filter(Boolean)
      .map((tag) => [tag.slice(0, tag.indexOf("=")), tag.slice(tag.indexOf("=") + 1)]),
  );
  must(tags.a === "rsa-sha256" && tags.c === "relaxed/relaxed", "the way it is signed");
  must(createHash("sha256").update(body(mail.slice(end + 4)), "latin1").digest("base64") === tags.bh, "the hash of the body");
  const left = [...headers];
  const signed = tags.h.split(":").map((name) => {
    const at = left.findLastIndex((header) => header.slice(0, header.indexOf(":")).toLowerCase() === name.toLowerCase());
    return at < 0 ? "" : `${relaxed(left.splice(at, 1)[0])}\r\n`;
  });
  const own = relaxed(signature.replace(/(\bb=)[^;]*/, "$1"));
  const publicKey = createPublicKey({ key: Buffer.from(key, "base64"), format: "der", type: "spki" });
  must(verify("sha256", Buffer.from(signed.join("") + own, "latin1"), publicKey, Buffer.from(tags.b, "base64")), "the signature");
  console.log(`${tags.d} ${tags.s} ${tags.h.toLowerCase()}`);
}

function relaxed(header) {
  const colon = header.indexOf(":");
  const value = header.slice(colon + 1).replaceAll(/\r\n/g, "").replaceAll(/[ \t]+/g, " ").trim();
  return `${header.slice(0, colon).trim().toLowerCase()}:${value}`;
}

function body(text) {
  const lines = text.replaceAll(/[ \t]+\r\n/g, "\r\n").replaceAll(/[ \t]+/g, " ");
  return lines.replace(/(\r\n)*$/, "\r\n");
}

function must(holds, what) {
  if (holds) return;
  console.error(`not right: ${what}`);
  process.exit(1);
}

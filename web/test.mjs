// Runs scripts/**/*.test.ts in node's own test runner: types checked, then bundled by esbuild.
// Deliberately not here: browsers. What needs one is tested by tests/pages/.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";

const web = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), "berth-web-test-"));
const folders = [join(web, "scripts"), join(web, "scripts", "parts")];
const tests = folders.flatMap((folder) =>
  readdirSync(folder).filter((name) => name.endsWith(".test.ts")).map((name) => join(folder, name)),
);

const steps = [
  () => run(join(web, "node_modules", "typescript", "bin", "tsc"), "--noEmit", "-p", join(web, "tsconfig.test.json")),
  () => {
    buildSync({ entryPoints: tests, outdir: out, bundle: true, format: "esm", platform: "node", outExtension: { ".js": ".mjs" }, sourcemap: "inline" });
    return run("--enable-source-maps", "--test", ...readdirSync(out).map((name) => join(out, name)));
  },
];
try {
  process.exitCode = steps.every((step) => step() === 0) ? 0 : 1;
} finally {
  rmSync(out, { recursive: true, force: true });
}

function run(...args) {
  return spawnSync(process.execPath, args, { stdio: "inherit", env: { ...process.env, TZ: "Europe/London" } }).status;
}

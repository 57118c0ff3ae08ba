// Builds what the browser gets: styles, scripts and static files, into dist/assets/NAME-HASH.ext,
// and dist/manifest.json, which tells the server the hashed name of each ("app.css" -> "assets/app-….css").
// Deliberately not here: pages. The server renders those from pages/ itself.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { compile } from "sass";

const web = dirname(fileURLToPath(import.meta.url));
const dist = join(web, "dist");
const hashed = {};

checkTypes("tsconfig.json");
checkTypes("tsconfig.sw.json");

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "assets"), { recursive: true });
fonts();
styles();
scripts();
statics();
// Last, so that a half-made build has no manifest and the server refuses to start with it.
writeFileSync(join(dist, "manifest.json"), JSON.stringify(hashed, null, 2) + "\n");

function checkTypes(project) {
  const tsc = join(web, "node_modules", "typescript", "bin", "tsc");
  const done = spawnSync(process.execPath, [tsc, "--noEmit", "-p", join(web, project)], { stdio: "inherit" });
  if (done.status !== 0) process.exit(1);
}

function styles() {
  for (const file of readdirSync(join(web, "styles")).filter((name) => !name.startsWith("_"))) {
    const made = compile(join(web, "styles", file), {
      style: "compressed",
      loadPaths: [join(web, "node_modules")],
      quietDeps: true,
    });
    put(file.replace(/\.scss$/, ".css"), made.css);
  }
}

function scripts() {
  const entries = readdirSync(join(web, "scripts")).filter((name) => name.endsWith(".ts"));
  const made = buildSync({
    entryPoints: entries.map((name) => join(web, "scripts", name)),
    outdir: join(dist, "assets"),
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2020",
    legalComments: "none",
    write: false,
  });
  for (const file of made.outputFiles) put(basename(file.path), file.contents);
}

function statics() {
  const files = readdirSync(join(web, "static"));
  const isManifest = (name) => name.endsWith(".webmanifest");
  for (const file of files.filter((name) => !isManifest(name))) put(file, readFileSync(join(web, "static", file)));
  for (const file of files.filter(isManifest)) {
    const manifest = JSON.parse(readFileSync(join(web, "static", file), "utf8"));
    for (const icon of manifest.icons) {
      if (!hashed[icon.src]) throw new Error(`${file} names an icon that is not in static/: ${icon.src}`);
      icon.src = basename(hashed[icon.src]);
    }
    put(file, JSON.stringify(manifest));
  }
}

// The fonts of the PDF guides: embedded in the binary, never sent to a browser.
function fonts() {
  const packages = join(web, "node_modules");
  mkdirSync(join(dist, "fonts"));
  for (const file of [
    "@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf",
    "@expo-google-fonts/arimo/700Bold/Arimo_700Bold.ttf",
    "dejavu-fonts-ttf/ttf/DejaVuSans.ttf",
  ])
    writeFileSync(join(dist, "fonts", basename(file)), readFileSync(join(packages, file)));
}

// The name changes whenever the contents do, so that a browser may keep the file for ever.
function put(name, contents) {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 10);
  const ext = extname(name);
  hashed[name] = `assets/${basename(name, ext)}-${hash}${ext}`;
  writeFileSync(join(dist, hashed[name]), contents);
}

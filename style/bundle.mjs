// Trunk's pre_build hook: bundles the style sheets into target/site/main.css and writes target/site/version.txt.
//
// Trunk's own minifier emits `inset` and range media queries, which Chromium 83 ignores; esbuild is given the browser.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

import { buildSync } from 'esbuild';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const TARGET = 'target/site';

const { outputFiles: [sheet] } = buildSync({
  entryPoints: ['style/main.css'],
  bundle: true,
  minify: true,
  target: 'chrome83',
  external: ['*.woff2'],
  write: false,
  logLevel: 'warning',
});
if (!sheet) throw new Error('esbuild made no style sheet');

// The program and its glue have a hash in their names; everything else is hashed here.
const version = createHash('sha256').update(sheet.contents).update(readFileSync('index.html'));
for (const path of readdirSync('public', { recursive: true, encoding: 'utf8' }).sort()) {
  if (statSync(`public/${path}`).isFile()) version.update(path).update(readFileSync(`public/${path}`));
}

mkdirSync(TARGET, { recursive: true });
writeFileSync(`${TARGET}/main.css`, sheet.contents);
writeFileSync(`${TARGET}/version.txt`, version.digest('hex').slice(0, 16));

// How the page's modules hang together, and what a viewer of player.html loads before anything else.
import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join, posix} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';

const PLAYER = fileURLToPath(new URL('../../../player', import.meta.url));
const MOST_BYTES = 34_800; // of 35 kB: Node packs a little tighter than tests/browser/test_size.py
// as roles/media/served.py takes them out
const COMMENT = /^[ \t]*(?:\/\/.*|\/\*(?:(?!\*\/)[\s\S])*\*\/)[ \t]*$/gm;
const FOLDERS = 'app paths recordings ui stats hls webrtc transport i18n lib'.split(' '); // each imports only from the right

const read = (file) => readFileSync(join(PLAYER, file), 'utf8');
const modules = readdirSync(join(PLAYER, 'js'), {recursive: true})
  .filter((name) => name.endsWith('.js'))
  .map((name) => `js/${name}`);

/** The modules that one imports: at once, or when it gets there. */
function importsOf(module, pattern) {
  return [...read(module).matchAll(pattern)].map(([, name]) => posix.join(dirname(module), name));
}
const AT_ONCE = /^(?:import|export) [^;]*?from '([^']+)';$/gm;
const LATER = /\bimport\('([^']+)'\)/g;
const atOnce = (module) => importsOf(module, AT_ONCE);
const later = (module) => importsOf(module, LATER);

/** These modules and all that they import at once. */
function closure(...from) {
  const found = new Set();
  for (const waiting = [...from]; waiting.length; ) {
    const module = waiting.pop();
    if (found.has(module)) continue;
    found.add(module);
    waiting.push(...atOnce(module));
  }
  return found;
}

const links = (html, rel) =>
  [...html.matchAll(new RegExp(`<link rel="${rel}" href="([^"]+)">`, 'g'))].map(([, href]) => href);

test('every import is of a module, and every module is imported', () => {
  const entries = ['player', 'hls', 'index', 'recordings'].flatMap((page) =>
    [...read(`${page}.html`).matchAll(/<script [^>]*src="([^"]+)"/g)].map(([, src]) => src),
  );
  const imported = modules.flatMap((module) => [...atOnce(module), ...later(module)]);
  assert.deepEqual([...new Set([...entries, ...imported])].sort(), modules.sort());
});

test('no folder imports from one above it', () => {
  const floor = (module) => FOLDERS.indexOf(module.split('/')[1]);
  assert.deepEqual(new Set(modules.map(floor)), new Set(FOLDERS.keys()));
  const upward = modules.flatMap((module) =>
    [...atOnce(module), ...later(module)]
      .filter((other) => floor(other) < floor(module))
      .map((other) => `${module} <- ${other}`),
  );
  assert.deepEqual(upward, []);
});

test('player.html names the modules before the first picture, and in its template those after it', () => {
  const [now, rest] = read('player.html').split('<template>');
  const first = closure('js/app/main.js');
  const all = closure('js/app/main.js', ...later('js/app/main.js'));
  assert.deepEqual(links(now, 'modulepreload').sort(), [...first].sort());
  assert.deepEqual(links(rest, 'modulepreload').sort(), [...all].filter((module) => !first.has(module)).sort());
});

test('every style, script and icon that a page names is there', () => {
  for (const page of readdirSync(PLAYER).filter((name) => name.endsWith('.html'))) {
    const named = [...read(page).matchAll(/<(?:link|script) [^>]*(?:href|src)="([^"]+)"/g)].map(([, name]) => name);
    assert.ok(named.length > 2, page);
    assert.deepEqual(
      named.filter((name) => !existsSync(join(PLAYER, name))),
      [],
      page,
    );
  }
});

test('a viewer of WebRTC loads little', () => {
  const html = read('player.html');
  const served = (file) =>
    /[.](js|css)$/.test(file) ? read(file).replace(COMMENT, (comment) => comment.replace(/[^\n]/g, '')) : read(file);
  const size = (file) => gzipSync(served(file), {level: 6}).length;
  const [words] = ['js/i18n/en.js', 'js/i18n/es.js'].sort((one, other) => size(other) - size(one));
  const files = ['player.html', 'icon.svg', ...links(html, 'stylesheet'), ...links(html, 'modulepreload'), words];
  const bytes = files.map(size).reduce((sum, one) => sum + one);
  console.log(`${bytes} bytes in ${files.length} files, compressed`);
  assert.ok(bytes <= MOST_BYTES, `${bytes} bytes`);
});

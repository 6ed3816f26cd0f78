// What the page needs of a browser: everything that the oldest of each has, and nothing else without a detection.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {test} from 'node:test';
import {BROWSERS, usedFeatures} from './compat.mjs';

const read = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const {oldest, optional, ours} = JSON.parse(read('browsers.json'));
const used = usedFeatures();
for (const word of ours) used.delete(word);
const PAGE = 'docs/reference/browsers.md';
const names = {chrome: 'Chromium', firefox: 'Firefox', safari: 'Safari'};

test('what the oldest browsers lack is used where there is something instead', () => {
  const newer = [...used]
    .filter(([, {since}]) => BROWSERS.some((browser) => since[browser] > oldest[browser]))
    .map(([name, {since, files}]) => `${name}: ${JSON.stringify(since)} in ${[...files].join(', ')}`)
    .filter((line) => !(line.slice(0, line.indexOf(': {')) in optional));
  const fix = `needs a detection and an entry in browsers.json, or newer browsers there and in ${PAGE}`;
  assert.deepEqual(newer, [], fix);
});

test('nothing is listed as optional that is not used, or that every browser has', () => {
  const known = Object.keys(optional).filter((name) =>
    BROWSERS.some((browser) => used.get(name)?.since[browser] > oldest[browser]),
  );
  assert.deepEqual(Object.keys(optional), known);
});

test('every detection is where the list says', () => {
  for (const [name, {guard, same, unread, without}] of Object.entries(optional)) {
    if (guard) {
      assert.ok(read(`../../../player/${guard[0]}`).includes(guard[1]), `${name}: ${guard.join(': ')}`);
      assert.ok(without, name);
    } else assert.ok(unread || optional[same]?.guard || optional[same]?.unread, name);
  }
});

test('the documentation names the oldest browsers, and what decides', () => {
  const page = read(`../../../${PAGE}`);
  for (const browser of BROWSERS) {
    const required = [...used].filter(([name]) => !(name in optional)).map(([name, {since}]) => [since[browser], name]);
    const least = Math.max(...required.map(([version]) => version));
    assert.equal(least, oldest[browser], browser);
    const row = page.split('\n').find((line) => line.startsWith(`| ${names[browser]} `)) ?? '';
    assert.match(row, new RegExp(`^\\| ${names[browser]} \\| ${least} \\|`));
    const deciding = required.filter(([version]) => version === least).map(([, name]) => name);
    assert.ok(
      deciding.some((name) => row.includes(`\`${name}\``)),
      `${browser}: one of ${deciding.join(', ')}: ${row}`,
    );
  }
});

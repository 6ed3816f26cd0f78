// The page's modules without a browser: a copy of player/ whose package.json says that they are ES modules.
import assert from 'node:assert/strict';
import {cpSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';

const copy = mkdtempSync(join(tmpdir(), 'envivo-player-'));
process.on('exit', () => rmSync(copy, {recursive: true}));
cpSync(fileURLToPath(new URL('../../../player', import.meta.url)), copy, {recursive: true});
writeFileSync(join(copy, 'package.json'), '{"type": "module"}');

// Node 18, which Debian 12 has, lacks what every browser has.
globalThis.CustomEvent ??= /** @type {any} */ (
  class extends Event {
    constructor(type, {detail = null} = {}) {
      super(type);
      this.detail = detail;
    }
  }
);

export const load = (module) => import(pathToFileURL(join(copy, module)));

/** One test of a function. Each row is its arguments, in an array, and what it returns. */
export function table(title, call, rows) {
  test(title, () => {
    for (const [given, gives] of rows) assert.deepEqual({given, gives: call(...given)}, {given, gives});
  });
}

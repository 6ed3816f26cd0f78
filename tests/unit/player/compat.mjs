// What the page's files use of a browser, and since when each browser has it, by MDN's browser-compat-data.
import {readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {extname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const {api, css, html, javascript} = createRequire(here('../../lint/package.json'))('@mdn/browser-compat-data');

export const BROWSERS = ['chrome', 'firefox', 'safari'];

/** [name, key of an entry, pattern]: what is no name of anything. */
const SYNTAX = [
  ['private methods', javascript.classes.private_class_methods, /^ {2}(?:async |get |set )?#\w+\(/m],
  ['private fields', javascript.classes.private_class_fields, /^ {2}#\w+( =|;)/m],
  ['static blocks', javascript.classes.static.initialization_blocks, /\bstatic \{/],
  ['top-level await', javascript.operators.await.top_level, /^(?:const .*= )?await /m],
  ['optional chaining', javascript.operators.optional_chaining, /\?\.[\w([]/],
  ['??=', javascript.operators.nullish_coalescing_assignment, /\?\?=/],
  ['lookbehind in a regular expression', javascript.regular_expressions.lookbehind_assertion, /\(\?<[=!]/],
  ['regular expressions with v', javascript.builtins.RegExp.unicodeSets, /\/[gimsuy]*v[gimsuy]*[,;).]/],
  ['import()', javascript.operators.import, /\bimport\(/],
];

/** The version that first had it without a flag or a prefix; Infinity where none has. */
function since(compat, browser) {
  const statements = [compat.support[browser]].flat().filter(Boolean);
  const versions = statements
    .filter(({flags, prefix, alternative_name}) => !flags && !prefix && !alternative_name)
    .map(({version_added: version}) => Number.parseFloat(String(version).replace('≤', '')));
  return Math.min(Infinity, ...versions.filter(Number.isFinite));
}

const sinceAll = (entries) =>
  Object.fromEntries(BROWSERS.map((browser) => [browser, Math.min(...entries.map((entry) => since(entry, browser)))]));

/** Members of interfaces and builtins, and globals: name -> entries. */
const names = new Map();
const add = (name, {__compat: compat}) => {
  const plain = name.replace(/_(static|event)$/, '');
  if (compat) names.set(plain, [...(names.get(plain) ?? []), compat]);
};
for (const [container, members] of [...Object.entries(api), ...Object.entries(javascript.builtins)]) {
  if (container === '__compat') continue;
  add(container, members);
  for (const [name, entry] of Object.entries(members)) {
    if (name === '__compat') continue;
    add(name, entry);
    add(`${container}.${name}`, entry);
    if (name.startsWith('type_')) {
      add(`stats ${name.slice(5)}`, entry);
      for (const [field, inner] of Object.entries(entry)) if (field !== '__compat') add(field, inner);
    }
  }
}

const uncommented = (text) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');

function* usedBy(text) {
  const code = uncommented(text);
  for (const [name, {__compat: compat}, pattern] of SYNTAX) if (pattern.test(code)) yield [name, [compat]];
  const plain = code.replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
  for (const [, container, name] of plain.matchAll(/(?<![\w.])([A-Z]\w*)\??\.(\w+)/g)) {
    const full = `${container}.${name}`;
    if (names.has(full)) yield [full, names.get(full)];
  }
  // members, keys of objects, globals
  for (const [, name] of plain.matchAll(/(?:(?<=(?<!\.)\.\s*)|(?=\w+: )|(?=[A-Z]))(?<![\w$])([A-Za-z]\w*)/g))
    if (names.has(name)) yield [name, names.get(name)];
  for (const [, name] of code.matchAll(/'([\w-]+)'/g)) {
    if (names.has(`stats ${name}`)) yield [`stats ${name}`, names.get(`stats ${name}`)];
  }
}

function* styledBy(text) {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '');
  const {selectors, properties, types} = css;
  const rules = css['at-rules'];
  for (const [, name] of code.matchAll(/(?<=[\w\s)\]*>+~,({:]):{1,2}([a-z-]+)(?=[^;{}]*\{)/g))
    if (selectors[name]) yield [`:${name}`, [selectors[name].__compat]];
  if (/^\s*&/m.test(code)) yield ['nested rules', [selectors.nesting.__compat]];
  for (const [, name, rest] of code.matchAll(/@([a-z-]+)([^{]*)\{/g)) {
    if (rules[name]) yield [`@${name}`, [rules[name].__compat]];
    for (const [, feature] of rest.matchAll(/\(([a-z-]+)/g))
      if (rules[name]?.[feature]) yield [`@${name} ${feature}`, [rules[name][feature].__compat]];
  }
  for (const [, name, value] of code.matchAll(/(?<=[{;]\s*)([a-z-]+):([^;{}]+);/g)) {
    const property = properties[name];
    if (!property) continue;
    yield [name, [property.__compat]];
    for (const [, word] of value.matchAll(/([a-z][a-z-]+)/g))
      if (property[word]?.__compat) yield [`${name}: ${word}`, [property[word].__compat]];
  }
  for (const [, name] of code.matchAll(/([a-z-]+)\(/g)) {
    const found = Object.values(types).flatMap((type) => (type?.[name]?.__compat ? [type[name].__compat] : []));
    if (types[name]?.__compat) found.push(types[name].__compat);
    if (found.length) yield [`${name}()`, found];
  }
}

function* markedBy(text) {
  for (const [, name, attributes] of text.matchAll(/<([a-z][a-z0-9]*)([^>]*)>/g)) {
    const known = html.elements[name];
    if (!known) continue;
    yield [`<${name}>`, [known.__compat]];
    for (const [, attribute, value] of attributes.matchAll(/([a-z-]+)(?:="([^"]*)")?/g)) {
      const entry = known[attribute] ?? html.global_attributes[attribute];
      if (entry?.__compat) yield [`${name} ${attribute}`, [entry.__compat]];
      if (entry?.[value]?.__compat) yield [`${name} ${attribute}=${value}`, [entry[value].__compat]];
    }
  }
}

/** Map of name -> {since: {chrome, firefox, safari}, files: [...]}. */
export function usedFeatures(player = here('../../../player')) {
  const used = new Map();
  const scanners = {'.js': usedBy, '.css': styledBy, '.html': markedBy};
  for (const file of readdirSync(player, {recursive: true}).sort()) {
    const scan = scanners[extname(file)];
    if (!scan || file.startsWith('vendor')) continue;
    for (const [name, compats] of scan(readFileSync(join(player, file), 'utf8'))) {
      const {files = new Set()} = used.get(name) ?? {};
      used.set(name, {since: sinceAll(compats.filter(Boolean)), files: files.add(file)});
    }
  }
  return used;
}

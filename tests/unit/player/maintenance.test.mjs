// While maintenance is announced: what the answers mean, what the lists say, and that a page asks again patiently.
import assert from 'node:assert/strict';
import {after, test} from 'node:test';
import {load, table} from './modules.mjs';

const {errorOfHttp, maintenanceOf, retryDelay, stateOf} = await load('js/lib/errors.js');
const {errorOf} = await load('js/hls/client.js');
const {pathStatus, listPaths} = await load('js/lib/api.js');
const {LANGUAGES, translator} = await load('js/i18n/i18n.js');
const {MESSAGES} = await load('js/i18n/list_messages.js');

const announced = (say) => JSON.stringify({status: 'maintenance', say});
const OTHERS = ['', 'null', '[]', '{}', '503 Service Unavailable', '{"status": "error", "error": "maintenance"}'];

table('an announcement is told from other answers', (body) => maintenanceOf(body)?.params.say ?? null, [
  [[announced('back at noon')], ' back at noon'],
  [[announced('')], ''],
  [['{"status": "maintenance"}'], ''],
  ...OTHERS.map((body) => [[body], null]),
]);

test('only the origin announces it', () => {
  assert.equal(errorOfHttp(503, announced('x'), true).reason, 'maintenance');
  assert.equal(errorOfHttp(503, announced('x'), false).reason, 'foreign');
  assert.equal(errorOfHttp(503, '503 Service Unavailable', true).reason, 'restarting');
});

test('HLS that played says so, too, and not that the stream has ended', () => {
  const networkDetails = {response: announced('x'), getResponseHeader: (name) => (name === 'x-envivo' ? '1' : null)};
  for (const details of ['manifestLoadError', 'levelLoadError', 'fragLoadError']) {
    const {reason} = errorOf({type: 'networkError', details, response: {code: 503}, networkDetails}, '');
    assert.equal(reason, 'maintenance', details);
  }
});

test('a page asks again every three seconds or so, for ever', () => {
  assert.equal(stateOf('maintenance'), 'maintenance');
  for (const failures of [3, 10, 1000]) assert.equal(retryDelay('maintenance', failures, true, 0.5), 3000);
});

for (const language of LANGUAGES) {
  test(`the text of whoever announces it follows in ${language}`, async () => {
    const t = await translator(language);
    const {params} = maintenanceOf(announced('back at noon'));
    assert.match(t('reason.maintenance', params), /\. back at noon$/);
    assert.match(t('reason.maintenance', maintenanceOf(announced('')).params), /\.$/);
    assert.match(MESSAGES[language]['paths.closed'], /\.\{say\}$/);
  });
}

const realFetch = globalThis.fetch;
after(() => (globalThis.fetch = realFetch));

test('the list of paths learns it from the answer about a path', async () => {
  globalThis.fetch = async (address) =>
    /paths\/./.test(String(address))
      ? new Response(announced('soon'), {status: 503, headers: {'x-envivo': '1'}})
      : new Response('[{"name": "yard"}]', {headers: {'x-envivo': '1'}});
  const credentials = {headers: {}};
  assert.deepEqual(await listPaths(credentials), [{name: 'yard'}]);
  const {state, say} = await pathStatus('yard', credentials);
  assert.deepEqual([state, say], ['maintenance', ' soon']);
});

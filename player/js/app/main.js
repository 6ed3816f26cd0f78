// The entry of both pages: player.html, and hls.html with <html data-mode="hls">. A session over WebRTC is begun, and its
// first picture shown, before the rest of the page is there.
import {pathOf, settingsOf, whepUrl} from '../lib/address.js';
import {Credentials, leaveCredentials} from '../lib/credentials.js';
import {Negotiation} from '../webrtc/negotiation.js';

const REST_AFTER_MS = 250; // what is loaded beside the connection delays it: 50 ms were measured on two processors
const STYLES_MS = 3000;
const RELOAD_MS = 5000;

await leaveCredentials();
const settings = settingsOf(location.search);
const mode = document.documentElement.dataset.mode ?? settings.mode;
const path = pathOf(location.search);
const credentials = new Credentials();
const video = /** @type {HTMLVideoElement} */ (document.querySelector('video'));
const {muted, volume} = settings;
Object.assign(video, {muted, volume});
document.body.classList.toggle('embed', settings.embed);
document.body.classList.toggle('bare', !settings.controls);

let earlySession = path !== null && mode !== 'hls' && globalThis.RTCPeerConnection ? begin() : null;
// the rest of the page, which ends sessions, may never come
addEventListener('pagehide', () => {
  earlySession?.close();
  earlySession = null;
});
/** @type {number | null} */
let shownAt = null;
watchForPicture();

function begin() {
  try {
    const session = new Negotiation(whepUrl(path), credentials.headers);
    session.answered.then(
      () => {
        video.srcObject = session.media;
      },
      () => null, // handled by what plays it
    );
    return session;
  } catch {
    return null; // too many connections, or forbidden: the attempt says so
  }
}

function watchForPicture() {
  video.requestVideoFrameCallback?.((now, {rtpTimestamp}) => {
    if (rtpTimestamp !== undefined) shownAt = now;
    else watchForPicture(); // docs/notes/browsers.md#a-picture-is-not-a-proof
  });
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets the browser load what the page names for later; resolves once its styles are there. */
function restOfPage() {
  const rest = document.querySelector('template')?.content ?? new DocumentFragment();
  const loaded = [...rest.querySelectorAll('[rel=stylesheet]')].map(
    (link) => new Promise((done) => Object.assign(link, {onload: done, onerror: done})),
  );
  document.head.append(rest);
  return Promise.race([Promise.all(loaded), wait(STYLES_MS)]);
}

/** Half a page must not pass for a whole one: it is loaded anew once the server gives pages out. Never resolves. */
async function reload() {
  earlySession?.close();
  document.querySelector('main')?.setAttribute('data-state', 'reconnecting');
  do await wait(RELOAD_MS);
  while (!(await fetch(location.href, {method: 'HEAD', cache: 'no-store'}).catch(() => null))?.ok);
  location.reload();
  return new Promise(() => null);
}

await earlySession?.settled(REST_AFTER_MS);
const styles = restOfPage();
const words = import('../i18n/i18n.js').then(({pageTranslator}) => pageTranslator()).catch(reload);
const {play, notified} = await import('./play.js').catch(reload);
const playback = play({mode, path, credentials, earlySession, video, shownAt: () => shownAt});
const {show} = await import('./page.js').catch(reload);
await Promise.all([styles, notified(playback, () => shownAt)]);
show({mode, path, settings, video, playback, t: await words});

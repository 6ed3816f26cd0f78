// The entry of both pages: player.html, and hls.html with <html data-mode="hls">. A session over WebRTC is begun, and its
// first picture shown, before the rest of the page is there.
import {pathOf, settingsOf, whepUrl} from '../lib/address.js';
import {Credentials} from '../lib/credentials.js';
import {Negotiation} from '../webrtc/negotiation.js';

const REST_AFTER_MS = 250; // what is loaded beside the connection delays it: 50 ms were measured on two processors
const STYLES_MS = 3000;
const AGAIN_MS = 5000;

const settings = settingsOf(location.search);
const mode = document.documentElement.dataset.mode ?? settings.mode;
const path = pathOf(location.search);
const credentials = new Credentials();
const video = document.querySelector('video');
const {muted, volume} = settings;
Object.assign(video, {muted, volume});
document.body.classList.toggle('embed', settings.embed);
document.body.classList.toggle('bare', !settings.controls);

let begun = path !== null && mode !== 'hls' && globalThis.RTCPeerConnection ? begin() : null;
// the rest of the page, which ends sessions, may never come
addEventListener('pagehide', () => {
  begun?.close();
  begun = null;
});
let shownAt = null;
watchForPicture();

function begin() {
  try {
    const made = new Negotiation(whepUrl(path), credentials.headers);
    made.answered.then(
      () => (video.srcObject = made.media),
      () => null, // looked at by those who play it
    );
    return made;
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

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Lets the browser load what the page names for later; resolves once its styles are there. */
function restOfPage() {
  const {content} = document.querySelector('template') ?? {content: ''};
  const styles = content ? [...content.querySelectorAll('[rel=stylesheet]')] : [];
  const loaded = styles.map((link) => new Promise((done) => (link.onload = link.onerror = done)));
  document.head.append(content);
  return Promise.race([Promise.all(loaded), pause(STYLES_MS)]);
}

/** Half a page must not pass for a whole one: it is loaded anew once the server gives pages out. Never resolves. */
async function again() {
  begun?.close();
  document.querySelector('main').dataset.state = 'reconnecting';
  do await pause(AGAIN_MS);
  while (!(await fetch(location.href, {method: 'HEAD', cache: 'no-store'}).catch(() => null))?.ok);
  location.reload();
  return new Promise(() => null);
}

await begun?.settled(REST_AFTER_MS);
const styles = restOfPage();
const {play, told} = await import('./play.js').catch(again);
const playback = play({mode, path, credentials, begun, video, shownAt: () => shownAt});
const {show} = await import('./page.js').catch(again);
await Promise.all([styles, told(playback, () => shownAt)]);
show({mode, path, settings, video, playback});

// The panel of numbers over the picture: filled once a second while it is open, copied as text by one click.
import {element} from '../lib/elements.js';
import {LatencyWatch} from './latency.js';
import {statsRows} from './stats.js';

const EVERY_MS = 1000;

/** @param {Playback | null} playback */
export function buildPanel(t, video, path, playback) {
  const list = element('dl', {className: 'list'});
  const copied = element('span', {className: 'copied', role: 'status'});
  const copy = element('button', {type: 'button', className: 'copy', textContent: t('numbers.copy')});
  const title = element('h2', {id: 'numbers-title', textContent: t('numbers.title')});
  const panel = element('section', {className: 'numbers', hidden: true}, title, list, copy, copied);
  panel.setAttribute('aria-labelledby', title.id);
  const latency = new LatencyWatch(video);
  document.head.append(element('link', {rel: 'stylesheet', href: 'css/panel.css'}));
  let before = null;
  let rows = [];
  let timer = 0;

  async function look() {
    const stats = await playback?.stats();
    if (panel.hidden) return;
    const now = stats && {...stats, at: performance.now()};
    rows = now ? statsRows(now, sameSession(now, before) ? before : null, latency.measured) : [];
    before = now;
    list.replaceChildren(
      ...rows.map(([key, value, remark, params]) => {
        const what = element('dd', {}, value);
        if (remark) what.append(' ', element('small', {textContent: t(remark, params)}));
        return element('div', {}, element('dt', {textContent: t(key)}), what);
      }),
    );
    if (!rows.length) list.append(element('div', {}, element('dt', {textContent: t('numbers.none')})));
  }

  const text = () =>
    [
      `${path} · ${new Date().toISOString()} · ${location.host}`,
      ...rows.map(([key, value, remark, params]) => `${t(key)}: ${value}${remark ? ` (${t(remark, params)})` : ''}`),
      navigator.userAgent,
    ].join('\n');

  copy.addEventListener('click', async () => {
    const done = await copyText(text(), panel);
    copied.textContent = t(done ? 'numbers.copied' : 'numbers.not-copied');
    copy.focus();
    setTimeout(() => (copied.textContent = ''), 3000);
  });

  return {
    panel,
    toggle(open) {
      panel.hidden = !open;
      clearInterval(timer);
      latency.stop();
      before = null;
      if (!open) return;
      latency.start();
      timer = setInterval(look, EVERY_MS);
      look();
    },
  };
}

const sameSession = (now, before) => before?.protocol === now.protocol && now.framesDecoded >= before.framesDecoded;

/** Without TLS there is no navigator.clipboard; the old way needs an element that is selected. */
async function copyText(text, near) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = element('textarea', {value: text, className: 'hidden-text'});
    near.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

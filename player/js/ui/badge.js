// The line below the picture that tells the truth: a badge, the reason, and when the next attempt comes.
import {element, say} from '../lib/elements.js';
import {transportName} from '../transport/transport.js';

const SHOWN_FROM_MS = 1000; // a shorter wait is over before it is read
const SHOWN_WITH_AGE = new Set(['live', 'frozen']); // elsewhere nothing is received

/** `show(detail, text)`: of a `state` event (app/playback.js). */
export function buildBadge(t) {
  const badge = element('span', {className: 'badge'});
  const why = element('span', {className: 'why'});
  // outside the live region: a screen reader would count along
  const countdown = element('span', {className: 'countdown'});
  const status = element('p', {className: 'status', role: 'status'}, badge, ' ', why);
  const line = element('div', {className: 'line'}, status, countdown);
  let timer = 0;
  let age = 0;
  let shown = {state: '', protocol: '', transport: ''};

  function name() {
    const label = t(`state.${shown.state === 'live' && age ? 'late' : shown.state}`);
    say(badge, shown.state === 'live' ? `${label} · ${transportName(shown)}` : label);
  }

  function count(retryMs) {
    clearInterval(timer);
    countdown.textContent = age && SHOWN_WITH_AGE.has(shown.state) ? t('state.age', {seconds: age}) : '';
    if (!(retryMs >= SHOWN_FROM_MS)) return;
    const at = performance.now() + retryMs;
    const tick = () => {
      const seconds = Math.ceil((at - performance.now()) / 1000);
      countdown.textContent = seconds > 0 ? t('state.again', {seconds}) : '';
      if (seconds <= 0) clearInterval(timer);
    };
    timer = setInterval(tick, 250);
    tick();
  }

  return {
    line,
    /** Of the picture, in s; 0: new. */
    age(seconds) {
      age = seconds;
      if (!SHOWN_WITH_AGE.has(shown.state)) return;
      name();
      count(null);
    },
    show(detail, text) {
      shown = detail;
      name();
      say(why, text);
      count(detail.retryMs);
    },
  };
}

// User and password that requests carry, kept for this tab: docs/explanation/player.md#user-and-password
import {credentialsIn} from './address.js';

const KEY = 'envivo.viewer';

/** Tells the origin not to let the browser prompt for a password: the page does. */
export const PAGE_HEADERS = {'x-requested-with': 'envivo'};

/**
 * A bookmark may name user and password (`http://ana:PW@host/web/`), and no request of such a page may be made: they are
 * kept as if they had been entered, and the page is loaded at its address without them. Does not resolve then.
 */
export async function leaveCredentials() {
  // a link to here names them in every browser, `location` not in Firefox
  const here = Object.assign(document.createElement('a'), {href: ''}).href;
  const found = credentialsIn(here + location.hash);
  if (!found) return;
  store(found);
  location.replace(found.address);
  await new Promise(() => null);
}

export class Credentials {
  #entered = stored();
  #last = this.#entered;

  enter(user, password) {
    this.#last = this.#entered = {user, password};
  }

  /** For the POST of a session, and playlists. @returns {Record<string, string>} */
  get headers() {
    return this.#entered?.password ? {authorization: basic(this.#entered)} : {};
  }

  /** What the form begins with: the last ones, also those that were refused. */
  get last() {
    return this.#last ?? {user: '', password: ''};
  }

  accept() {
    if (this.#entered) store(this.#entered);
  }

  /** The server asks for credentials. Forgets those that were entered, and returns whether there were any. */
  refuse() {
    const entered = Boolean(this.#entered?.password);
    this.#entered = null;
    try {
      sessionStorage.removeItem(KEY);
    } catch {
      // nothing was stored
    }
    return entered;
  }
}

/** RFC 7617 in UTF-8, which is what MediaMTX hashes. */
export function basic({user, password}) {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

function store({user, password}) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify({user, password}));
  } catch {
    // a browser that stores nothing asks again after a reload
  }
}

function stored() {
  try {
    const {user, password} = JSON.parse(sessionStorage.getItem(KEY) ?? '');
    return typeof user === 'string' && typeof password === 'string' ? {user, password} : null;
  } catch {
    return null; // none, not ours, or a browser that stores nothing
  }
}

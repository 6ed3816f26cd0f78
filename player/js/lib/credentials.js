// User and password that requests carry, kept for this tab: docs/explanation/player.md#user-and-password
const KEY = 'envivo.viewer';

/** Tells the origin not to let the browser prompt for a password: the page does. */
export const PAGE_HEADERS = {'x-requested-with': 'envivo'};

export class Credentials {
  #entered = stored();

  enter(user, password) {
    this.#entered = {user, password};
  }

  /** For the POST of a session, and playlists. @returns {Record<string, string>} */
  get headers() {
    return this.#entered ? {authorization: basic(this.#entered)} : {};
  }

  accept() {
    if (!this.#entered) return;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.#entered));
    } catch {
      // a browser that stores nothing asks again after a reload
    }
  }

  /** The server asks for credentials. Forgets those that were entered, and returns whether there were any. */
  refuse() {
    const entered = this.#entered !== null;
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

function stored() {
  try {
    const {user, password} = JSON.parse(sessionStorage.getItem(KEY) ?? '');
    return typeof user === 'string' && typeof password === 'string' ? {user, password} : null;
  } catch {
    return null; // none, not ours, or a browser that stores nothing
  }
}

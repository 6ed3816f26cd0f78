// The user and password of a viewer, kept for this tab once the server has taken them.
//
// One entry for the origin, not one per path: who may watch several paths is one user as a rule, and is asked once. Where
// paths have different users, the path that refuses the entry asks for another.
const KEY = 'envivo.viewer';

export class Credentials {
  #given = kept();

  enter(user, password) {
    this.#given = {user, password};
  }

  /** For the requests of which MediaMTX wants to know who asks: the POST of a session, and playlists. */
  get headers() {
    return this.#given ? {authorization: basic(this.#given)} : {};
  }

  /** The server has let them pass. */
  accept() {
    if (!this.#given) return;
    try {
      sessionStorage.setItem(KEY, JSON.stringify(this.#given));
    } catch {
      // a browser that keeps nothing asks again after a reload
    }
  }

  /** The server asks for credentials. Forgets those it was given, and returns whether there were any. */
  refuse() {
    const given = this.#given !== null;
    this.#given = null;
    try {
      sessionStorage.removeItem(KEY);
    } catch {
      // nothing was kept
    }
    return given;
  }
}

/** RFC 7617 in UTF-8, which is what MediaMTX hashes. */
export function basic({user, password}) {
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

function kept() {
  try {
    const {user, password} = JSON.parse(sessionStorage.getItem(KEY));
    return typeof user === 'string' && typeof password === 'string' ? {user, password} : null;
  } catch {
    return null; // none, not ours, or a browser that keeps nothing
  }
}

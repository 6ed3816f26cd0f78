"""Scripts that run before those of a page, and take away what other browsers lack, or what a camera no longer sends."""

import json
from pathlib import Path

_OPTIONAL = json.loads((Path(__file__).parents[1] / "unit/player/browsers.json").read_text())["optional"]
ABSENT: dict[str, str] = {name: entry["absent"] for name, entry in _OPTIONAL.items() if "absent" in entry}
"""What one of the oldest browsers lacks -> what takes it away."""

# lackStats(TYPE): no statistics of that type; lackStats('', FIELD): none with that field
_LACK_STATS = """
function lackStats(lacked, field = '') {
  const ask = RTCPeerConnection.prototype.getStats;
  RTCPeerConnection.prototype.getStats = async function () {
    const entries = [...(await ask.call(this))].filter(([, {type}]) => type !== lacked);
    return new Map(entries.map(([id, {[field]: _, ...entry}]) => [id, entry]));
  };
}
"""
NO_ARIA_REFLECTION = """
for (const name of Object.getOwnPropertyNames(Element.prototype))
  if (/^(aria[A-Z]|role$)/.test(name)) delete Element.prototype[name];
"""
"""As Firefox before 119."""
REFUSED_AUTOPLAY = """
const play = HTMLMediaElement.prototype.play;
let clicked = false; // what a test evaluates counts as a gesture for navigator.userActivation
addEventListener('click', () => (clicked = true), true);
HTMLMediaElement.prototype.play = async function () {
  if (!clicked) throw new DOMException('', 'NotAllowedError');
  return play.call(this);
};
addEventListener('DOMContentLoaded', () => (document.querySelector('video').autoplay = false));
"""
FROZEN_DECODER = """{
  let at = null;
  window.freeze = async on => { at = on ? true : null; };
  const getStats = RTCPeerConnection.prototype.getStats;
  RTCPeerConnection.prototype.getStats = async function () {
    const report = new Map(await getStats.call(this));
    for (const [id, entry] of report) {
      if (at === null || entry.type !== 'inbound-rtp' || entry.kind !== 'video') continue;
      if (at === true) at = entry.framesDecoded;
      report.set(id, {...entry, framesDecoded: at});
    }
    return report;
  };
}"""
"""freeze(true): from then on the browser says that it decodes nothing, as it does when nothing arrives."""


def without(*scripts: str) -> str:
    return _LACK_STATS + ";\n".join(scripts)

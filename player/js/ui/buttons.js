// Buttons that show an icon and say their name. The icons are outlines on a 24 x 24 grid, drawn for this page.
import {element} from '../lib/elements.js';

const SVG = 'http://www.w3.org/2000/svg';

const OUTLINES = {
  play: 'M8 5v14l11-7z',
  sound: 'M4 9v6h4l5 4V5L8 9zM16 8.5a5 5 0 0 1 0 7M18.5 6a8.5 8.5 0 0 1 0 12',
  muted: 'M4 9v6h4l5 4V5L8 9zM16 9.5l5 5M21 9.5l-5 5',
  pause: 'M8 5v14M16 5v14',
  numbers: 'M5 20v-8M12 20V4M19 20v-12',
  camera: 'M4 8h4l2-3h4l2 3h4v11H4zM12 10a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7',
  pip: 'M3 5h18v14H3zM12 12h6v4h-6z',
  help: 'M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18v.01',
  edge: 'M5 5v14l9-7zM18 5v14',
  enlarge: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  reduce: 'M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5',
};

export function button(className, iconName, label, act) {
  const made = element('button', {type: 'button', className});
  relabel(made, iconName, label);
  made.addEventListener('click', act);
  return made;
}

/** @param {string} [text] where the icon alone would not be understood */
export function relabel(target, iconName, label, text = '') {
  target.replaceChildren(icon(iconName), ...(text ? [element('span', {className: 'text', textContent: text})] : []));
  target.classList.toggle('worded', Boolean(text));
  target.setAttribute('aria-label', label);
  target.title = label;
}

function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const outline = document.createElementNS(SVG, 'path');
  outline.setAttribute('d', OUTLINES[name]);
  svg.append(outline);
  return svg;
}

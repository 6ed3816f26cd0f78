// Buttons that show an icon and say their name.
import {element} from './elements.js';
import {icon} from './icons.js';

export function button(className, iconName, label, act) {
  const made = element('button', {type: 'button', className});
  relabel(made, iconName, label);
  made.addEventListener('click', act);
  return made;
}

/** @param {string} [text] where the icon alone would not be understood */
export function relabel(target, iconName, label, text = '') {
  target.replaceChildren(icon(iconName), ...(text ? [element('span', {className: 'text', textContent: text})] : []));
  target.setAttribute('aria-label', label);
  target.title = label;
}

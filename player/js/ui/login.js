// The form that asks a viewer for user and password, which it hands on and forgets.
import {element} from '../lib/elements.js';

/**
 * @param {(user: string, password: string) => void} submit
 * @returns {{
 *   form: HTMLFormElement,
 *   fill: (last: {user: string, password: string}) => void,
 *   show: (state: string, text: string) => void,
 * }}
 */
export function buildLogin(t, submit) {
  const message = element('p', {className: 'message', id: 'login-message', role: 'alert'});
  const user = field({name: 'user', autocomplete: 'username', autocapitalize: 'none', spellcheck: false});
  const password = field({name: 'password', type: 'password', autocomplete: 'current-password'});
  const form = element(
    'form',
    {className: 'login', hidden: true},
    message,
    element('label', {}, t('login.user'), user),
    element('label', {}, t('login.password'), password),
    element('button', {className: 'submit', textContent: t('login.submit')}),
  );
  form.setAttribute('aria-labelledby', message.id);

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    submit(user.value, password.value);
  });

  return {
    form,
    /** What is empty. */
    fill(last) {
      user.value ||= last.user;
      password.value ||= last.password;
    },
    show(state, text) {
      form.hidden = state !== 'locked' && state !== 'checking';
      // not disabled: that would take the focus away
      user.readOnly = password.readOnly = state === 'checking';
      message.textContent = form.hidden ? '' : text;
      if (form.hidden) password.value = '';
      if (state === 'locked') select(user.value ? password : user);
    },
  };
}

function select(input) {
  input.focus();
  input.select();
}

function field(properties) {
  const input = element('input', {required: true, ...properties});
  input.setAttribute('aria-describedby', 'login-message');
  return input;
}

// The provider's pages: forms that need no script, for people and programs.

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text) => String(text).replace(/[&<>"]/g, (found) => escapes[found]);

function page(ctx, title, body) {
  ctx.type = 'html';
  ctx.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
  ctx.body = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root { color-scheme: light dark; font: 1.1rem sans-serif } main { max-width: 30rem; margin: auto }</style>
</head><body><main><h1>${escape(title)}</h1>
${body}
</main></body></html>`;
}

const form = (action, hidden, body) => `<form method="post" action="${escape(action)}">
${Object.entries(hidden).map(([name, value]) => `<input type="hidden" name="${name}" value="${escape(value)}">`).join('\n')}
${body}
</form>`;

const button = (name, value, text) => `<button type="submit" name="${name}" value="${value}">${text}</button>`;

export function login(ctx, client) {
  page(ctx, 'Sign in', form(ctx.path, {}, `<p>to go on to ${escape(client)}</p>
<p><label>User name <input name="user" autocomplete="username" required></label></p>
${button('step', 'login', 'Sign in')}`));
}

export function consent(ctx, client, user, scopes) {
  page(ctx, 'Allow access?', form(ctx.path, {}, `<p>${escape(client)} wants to act for ${escape(user)}.</p>
<ul>${scopes.map((scope) => `<li>${escape(scope)}</li>`).join('')}</ul>
${button('step', 'allow', 'Allow')} ${button('step', 'deny', 'Deny')}`));
}

const fields = (ctx, more) => ({ xsrf: ctx.oidc.session.state.secret, ...more });

const wrongCode = {
  NoCodeError: 'Enter a code.',
  NotFoundError: 'There is no such code.',
  ExpiredError: 'The code has expired.',
  AlreadyUsedError: 'The code was used already.',
  AbortedError: 'Access was denied.',
};

export function userCode(ctx, _form, out, error) {
  const message = error ? wrongCode[error.name] ?? out.error_description ?? 'Something went wrong.' : '';
  page(ctx, 'Connect a device', form(ctx.oidc.urlFor('code_verification'), fields(ctx), `<p role="status">${escape(message)}</p>
<p><label>Code <input name="user_code" autocomplete="off" required></label></p>
${button('step', 'code', 'Continue')}`));
}

export function userCodeConfirm(ctx, _form, client, _info, code) {
  page(ctx, 'Is this the code?', form(ctx.oidc.urlFor('code_verification'), fields(ctx, { user_code: code }), `<p>${escape(client.clientId)} shows <strong>${escape(code)}</strong>.</p>
${button('confirm', 'yes', 'Yes')} ${button('abort', 'yes', 'No')}`));
}

export function deviceDone(ctx) {
  page(ctx, 'Connected', '<p>You can close this page.</p>');
}

export function failure(ctx, out) {
  page(ctx, 'Something went wrong', `<p>${escape(out.error)}: ${escape(out.error_description)}</p>`);
}

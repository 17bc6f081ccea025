import { readBody } from '../peer.mjs';
import * as pages from './pages.mjs';

// The pages where people say who they are and what a client may do.
export function interactions(provider) {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/interaction/')) return next();
    const details = await provider.interactionDetails(ctx.req, ctx.res);
    if (ctx.method === 'POST') {
      const form = new URLSearchParams(await readBody(ctx.req));
      const result = await decide(provider, details, form);
      ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result, { mergeWithLastSubmission: true }));
      ctx.status = 303;
    } else {
      show(ctx, details);
    }
  };
}

function show(ctx, { prompt, params, session }) {
  if (prompt.name === 'login') return pages.login(ctx, params.client_id);
  return pages.consent(ctx, params.client_id, session.accountId, params.scope?.split(' ') ?? []);
}

async function decide(provider, details, form) {
  switch (form.get('step')) {
    case 'login':
      return { login: { accountId: form.get('user') } };
    case 'allow':
      return { consent: { grantId: await grant(provider, details) } };
    default:
      return { error: 'access_denied', error_description: 'the person said no' };
  }
}

async function grant(provider, { grantId, params, prompt, session }) {
  const known = grantId && await provider.Grant.find(grantId);
  const given = known || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  given.addOIDCScope(prompt.details.missingOIDCScope?.join(' ') ?? '');
  given.addOIDCClaims(prompt.details.missingOIDCClaims ?? []);
  return given.save();
}

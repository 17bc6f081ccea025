// An API that answers whoever has an access token of the provider with what the
// token stands for.
export function api(provider) {
  return async (ctx, next) => {
    if (ctx.path !== '/api/me') return next();
    const [scheme, value] = ctx.get('authorization').split(' ');
    const token = scheme.toLowerCase() === 'bearer' && await find(provider, value);
    if (!token) {
      ctx.status = 401;
      ctx.set('WWW-Authenticate', 'Bearer error="invalid_token"');
      ctx.body = { error: 'invalid_token' };
      return undefined;
    }
    ctx.body = { sub: token.accountId, client: token.clientId, scopes: token.scope?.split(' ') ?? [] };
    return undefined;
  };
}

const find = async (provider, value) => await provider.AccessToken.find(value)
  ?? provider.ClientCredentials.find(value);

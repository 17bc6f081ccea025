import { generateKeyPairSync, randomBytes } from 'node:crypto';

import * as pages from './pages.mjs';
import { Store } from './store.mjs';

// As strict as providers are: PKCE for all clients, and refresh tokens that are
// good for one use, the second of which ends the whole connection.
export function configuration({ ttl, offlineAccess }) {
  return {
    adapter: Store,
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    clockTolerance: 0,
    conformIdTokenClaims: false, // the id token has the claims, not only userinfo
    cookies: { keys: [randomBytes(32).toString('hex')] },
    expiresWithSession: () => false,
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      deviceFlow: {
        enabled: true,
        userCodeInputSource: pages.userCode,
        userCodeConfirmSource: pages.userCodeConfirm,
        successSource: pages.deviceDone,
      },
      introspection: { enabled: true },
      revocation: { enabled: true },
    },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => claims(sub) }),
    issueRefreshToken: (_, client, source) => client.grantTypeAllowed('refresh_token')
      && (!offlineAccess || source.scopes.has('offline_access')),
    jwks: { keys: [generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })] },
    pkce: { required: () => true },
    renderError: pages.failure,
    rotateRefreshToken: true,
    scopes: ['openid', 'offline_access', 'api:read', 'api:write'],
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      ClientCredentials: 3600,
      DeviceCode: 600,
      Grant: 30 * 86400,
      IdToken: 3600,
      Interaction: 3600,
      RefreshToken: 14 * 86400,
      Session: 86400,
      ...ttl,
    },
  };
}

// Whoever signs in as "anna" is anna.
function claims(sub) {
  return {
    sub,
    name: `${sub[0].toUpperCase()}${sub.slice(1)} Example`,
    preferred_username: sub,
    email: `${sub}@example.com`,
    email_verified: true,
  };
}

// An OAuth server that asks nobody anything, with manners that real providers
// have. mock_test.go has its settings and drives it.
import { announce, settings } from './peer.mjs'; // first: it keeps standard output clean
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
const { service } = server;
await server.issuer.keys.generate('RS256');

const consented = new Set(); // codes of sign-ins that asked for consent
const accessTokens = new Set();
const refreshTokens = new Set(); // that are still good
const requests = [];
let connected = false;

service.on('beforeAuthorizeRedirect', ({ url }, { query }) => {
  if (query.prompt === 'consent' && query.access_type === 'offline') consented.add(url.searchParams.get('code'));
});

service.on('beforeResponse', (answer, { body: form }) => {
  requests.push(form.grant_type);
  if (form.grant_type === 'refresh_token' && !refreshTokens.has(form.refresh_token)) {
    Object.assign(answer, { statusCode: 400, body: { error: 'invalid_grant' } });
    return;
  }
  if (settings.singleUse) refreshTokens.delete(form.refresh_token);
  if (!givesRefreshToken(form)) delete answer.body.refresh_token;
  accessTokens.add(answer.body.access_token);
  refreshTokens.add(answer.body.refresh_token);
  change(answer.body);
});

// A refresh token is given with the first sign-in of all, and with those that
// ask for it.
function givesRefreshToken(form) {
  if (!settings.seldomRefreshToken) return true;
  const first = !connected;
  connected = true;
  return form.grant_type === 'authorization_code' && (first || consented.delete(form.code));
}

function change(body) {
  Object.entries(settings.answer ?? {}).forEach(([name, value]) => {
    if (value === null) delete body[name];
    else body[name] = value;
  });
}

service.addRoute('GET', '/api/me', (request, response) => {
  const known = accessTokens.has(request.headers.authorization?.replace(/^bearer /i, ''));
  send(response, known ? 200 : 401, known ? { sub: 'johndoe' } : { error: 'invalid_token' });
});

service.addRoute('GET', '/test/requests', (_, response) => send(response, 200, requests));

function send(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

await server.start(0, '127.0.0.1');
announce({ issuer: server.issuer.url });

// A certified OpenID provider on loopback, with pages of its own, an API that
// it protects, and switches for tests under /test. provider_test.go has its
// settings and drives it.
import { announce, settings } from './peer.mjs'; // first: it keeps standard output clean
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

import { api } from './oidc/api.mjs';
import { configuration } from './oidc/configuration.mjs';
import { control } from './oidc/control.mjs';
import { watch } from './oidc/faults.mjs';
import { interactions } from './oidc/interactions.mjs';
import { putClient } from './oidc/store.mjs';

settings.clients?.forEach(putClient);
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://${settings.host ?? 'localhost'}:${server.address().port}`;
  const provider = new Provider(issuer, configuration(settings));
  const parts = [control(), watch(), interval(settings.interval), api(provider), interactions(provider)];
  parts.forEach((part) => provider.use(part));
  server.on('request', provider.callback());
  announce({ issuer });
});

// The provider says nothing of how often to ask, which means five seconds.
function interval(seconds) {
  return async (ctx, next) => {
    await next();
    if (seconds && ctx.body?.device_code) ctx.body.interval = seconds;
  };
}

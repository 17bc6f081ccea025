import { readBody } from '../peer.mjs';

// What clients, not people, ask for: watched, and subject to faults.
const watched = ['/token', '/token/revocation', '/token/introspection', '/device/auth', '/me', '/api/me'];

// The requests that have ended, in that order. Nothing of them is secret.
export const requests = [];

// What clients have sent and got that nobody else may see.
export const secrets = new Set();

const secretFields = [
  'access_token', 'refresh_token', 'id_token', 'device_code', 'code', 'code_verifier', 'client_secret',
];

function collect(...objects) {
  objects.forEach((object) => secretFields.forEach((field) => {
    if (object?.[field]) secrets.add(object[field]);
  }));
}

let faults = [];

export function addFaults({ count, path = '/token', ...fault }) {
  for (let n = 0; n < count; n += 1) faults.push({ path, ...fault });
}

// Takes back all faults that have not struck, and lets held requests go on.
export function release() {
  faults = [];
  held.forEach((letGo) => letGo());
  held.clear();
}

const held = new Set();
const waiting = new Set();

// Resolves when so many requests are held at once.
export async function holding(count) {
  while (held.size < count) await new Promise((resolve) => { waiting.add(resolve); });
}

function noteHeld() {
  waiting.forEach((resolve) => resolve());
  waiting.clear();
}

// Notes each watched request, and strikes it with the next fault for its path.
export function watch() {
  return async (ctx, next) => {
    if (!watched.includes(ctx.path)) return next();
    const at = faults.findIndex(({ path }) => path === ctx.path);
    const [fault] = at < 0 ? [{}] : faults.splice(at, 1);
    const entry = { path: ctx.path, fault: fault.kind };
    await (kinds[fault.kind] ?? kinds.none)(ctx, next, entry, fault);
    requests.push(entry);
    return undefined;
  };
}

const kinds = {
  // The provider's own answer.
  async none(ctx, next, entry) {
    await next();
    const { params, client, entities } = ctx.oidc ?? {};
    collect(params, ctx.body);
    Object.assign(entry, {
      grant: params?.grant_type,
      client: client?.clientId,
      account: entities?.Account?.accountId,
      status: ctx.status,
      error: ctx.body?.error,
    });
  },

  // An answer that the provider knows nothing of.
  async answer(ctx, _, entry, { status, headers, body }) {
    await unprocessed(ctx, entry);
    Object.assign(ctx, { status, body });
    ctx.set(headers ?? {});
    entry.status = status;
  },

  // No answer, and nothing has happened.
  async close(ctx, _, entry) {
    await unprocessed(ctx, entry);
    drop(ctx);
  },

  // No answer, but it has happened.
  async lose(ctx, next, entry) {
    await kinds.none(ctx, next, entry);
    delete entry.status;
    drop(ctx);
  },

  // The answer comes when the test says so. Who has gone by then gets nothing
  // done.
  async hold(ctx, next, entry) {
    await new Promise((letGo) => { held.add(letGo); noteHeld(); });
    if (!ctx.req.socket.destroyed) return kinds.none(ctx, next, entry);
    entry.gone = true;
    return drop(ctx);
  },
};

async function unprocessed(ctx, entry) {
  const form = new URLSearchParams(await readBody(ctx.req));
  const [scheme, value = ''] = ctx.get('authorization').split(' ');
  const [name] = /^basic$/i.test(scheme) ? Buffer.from(value, 'base64').toString().split(':') : [''];
  entry.grant = form.get('grant_type') ?? undefined;
  entry.client = form.get('client_id') ?? decodeURIComponent(name);
}

function drop(ctx) {
  ctx.respond = false;
  ctx.req.socket.destroy();
}

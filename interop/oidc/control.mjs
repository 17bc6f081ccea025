import { readBody } from '../peer.mjs';
import { addFaults, holding, release, requests, secrets } from './faults.mjs';
import { putClient } from './store.mjs';

const now = Date.now;
let ahead = 0; // seconds
Date.now = () => now() + ahead * 1000;

const commands = {
  requests: () => requests,
  secrets: () => [...secrets],
  faults: addFaults,
  release,
  holding,
  advance(seconds) { ahead += seconds; },
  client: putClient,
};

// The switches for tests: POST /test/{command} with its argument as JSON.
export function control() {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/test/')) return next();
    const command = commands[ctx.path.slice('/test/'.length)];
    const body = await readBody(ctx.req);
    ctx.body = JSON.stringify(await command(body ? JSON.parse(body) : undefined) ?? null);
    ctx.type = 'json';
    return undefined;
  };
}

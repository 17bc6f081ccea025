// Calls a tool with version 1 of the SDK, which can open no links: once, and
// again for each line. Settings: url, token, tool.
import { announce, settings } from './peer.mjs'; // first: it keeps standard output clean
import { createInterface } from 'node:readline';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const client = new Client({ name: 'interop', version: '1.0.0' });
await client.connect(new StreamableHTTPClientTransport(new URL(settings.url), {
  requestInit: { headers: { Authorization: `Bearer ${settings.token}` } },
}));
const call = async () => announce(await client.callTool({ name: settings.tool, arguments: {} }));
await call();
for await (const _ of createInterface({ input: process.stdin })) await call();

// Calls a tool with the TypeScript client of 2026-07-28, which can open links.
// When it is asked to open one, it announces that, and waits for a line with the
// person's answer. Last, it announces the result. Settings: url, token, tool.
import { announce, settings } from './peer.mjs'; // first: it keeps standard output clean
import { createInterface } from 'node:readline';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const transport = new StreamableHTTPClientTransport(new URL(settings.url), {
  requestInit: { headers: { Authorization: `Bearer ${settings.token}` } },
});
const client = new Client({ name: 'interop', version: '1.0.0' }, {
  capabilities: { elicitation: { url: {} } },
  versionNegotiation: { mode: { pin: '2026-07-28' } },
});
client.setRequestHandler('elicitation/create', async ({ params }) => {
  announce({ asked: params });
  return { action: JSON.parse((await lines.next()).value) };
});
await client.connect(transport);
announce({ result: await client.callTool({ name: settings.tool, arguments: {} }) });

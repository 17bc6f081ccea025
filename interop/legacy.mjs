// Lists and calls with the TypeScript SDK of the protocol versions before
// 2026-07-28. Arguments: URL, token. Prints what it saw as one JSON object.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [url, token] = process.argv.slice(2);
const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: { Authorization: `Bearer ${token}` } },
});
const client = new Client({ name: 'interop', version: '1.0.0' });
await client.connect(transport);
const { tools } = await client.listTools();
const called = await client.callTool({ name: 'bin_get', arguments: { value: token.slice(0, 8) } });
const refused = await client.callTool({ name: 'bin_get', arguments: {} });
await client.close();
console.log(JSON.stringify({
  version: transport.protocolVersion,
  tools: tools.map((tool) => tool.name),
  called,
  refused,
}));

// Lists and calls with the TypeScript client that speaks both eras. Arguments:
// URL, token, protocol version to insist on, or "legacy" for the handshake.
// Prints what it saw as one JSON object.
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';

const [url, token, version] = process.argv.slice(2);
const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: { Authorization: `Bearer ${token}` } },
});
const mode = version === 'legacy' ? 'legacy' : { pin: version };
const client = new Client({ name: 'interop', version: '1.0.0' }, { versionNegotiation: { mode } });
await client.connect(transport);
const { tools } = await client.listTools();
const called = await client.callTool({ name: 'bin_get', arguments: { value: token.slice(0, 8) } });
const refused = await client.callTool({ name: 'bin_get', arguments: {} });
const negotiated = client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion;
await client.close();
console.log(JSON.stringify({ version: negotiated, tools: tools.map((tool) => tool.name), called, refused }));

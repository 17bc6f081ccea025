// What all servers that the tests start have in common. The settings are a JSON
// argument. Standard output is for the one line that says where a server is;
// all else goes to standard error. The end of standard input ends the process,
// so that none outlives the test that started it, however that ends.
export const settings = JSON.parse(process.argv[2] ?? '{}');

console.log = console.info = console.error;
process.stdin.on('end', () => process.exit(0)).resume();

export function announce(facts) {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}

// The text of a request's body, up to a limit.
export async function readBody(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > 65536) throw new Error('the body is too large');
  }
  return text;
}

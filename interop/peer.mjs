// What all processes that the tests keep running have in common. The settings
// are a JSON argument. Standard output is for lines of JSON, the first of which
// says that the process is ready, and where; all else goes to standard error.
// The end of standard input ends the process, so that none outlives the test
// that started it, however that ends.
export const settings = JSON.parse(process.argv[2] ?? '{}');

console.log = console.info = console.error;
let close = () => {};
process.stdin.on('end', async () => {
  await close();
  process.exit(0);
}).resume();

// What is to be done before the process ends.
export function beforeEnd(what) { close = what; }

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

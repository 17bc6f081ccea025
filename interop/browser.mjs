// Drives a browser: a line of JSON per step, {person, do, ...}, which is
// answered with a line {value} or {error, page}. browser_test.go has the steps.
import { announce, beforeEnd, settings } from './peer.mjs'; // first: it keeps standard output clean
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const browser = await chromium.launch({
  executablePath: settings.program,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
    // Interception would not see where redirects lead, and change what is kept
    // in the cache. This holds for all that the browser asks for.
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost, EXCLUDE [::1]',
  ],
});
beforeEnd(() => browser.close());

const loopback = /^(data:|blob:|about:|https?:\/\/(127\.0\.0\.1|localhost|\[::1\])([:/]|$))/;

const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const desktop = { viewport: { width: 1280, height: 800 } };

// A person has one window, cookies that nobody else has, and complaints: what
// the browser says that pages do wrong, or ask for elsewhere.
const people = new Map();

async function person(name, device) {
  if (people.has(name)) return people.get(name);
  const context = await browser.newContext({ ...(device === 'phone' ? phone : desktop), serviceWorkers: 'block' });
  context.setDefaultTimeout(20000);
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const known = { page: await context.newPage(), complaints: [] };
  known.page.on('request', (request) => {
    if (!loopback.test(request.url())) known.complaints.push(`elsewhere: ${request.url()}`);
  });
  known.page.on('console', (message) => {
    if (message.type() === 'error') known.complaints.push(message.text());
  });
  known.page.on('pageerror', (error) => known.complaints.push(error.message));
  people.set(name, known);
  return known;
}

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core')), 'utf8');

const steps = {
  open: () => undefined,
  goto: async ({ page }, { url }) => (await page.goto(url)).status(),
  fill: ({ page }, { label, text }) => page.getByLabel(label, { exact: true }).fill(text),
  click: ({ page }, { role, name }) => page.getByRole(role, { name, exact: true }).click(),
  awaitURL: ({ page }, { pattern }) => page.waitForURL(new RegExp(pattern)),
  awaitText: ({ page }, { text }) => page.getByText(text).first().waitFor(),
  press: ({ page }, { key }) => page.keyboard.press(key),
  dark: ({ page }, { on }) => page.emulateMedia({ colorScheme: on ? 'dark' : 'light' }),
  viewport: ({ page }, { width, height }) => page.setViewportSize({ width, height }),
  screenshot: async ({ page }, { path }) => { await page.screenshot({ path, fullPage: true }); },
  text: ({ page }) => page.locator('body').innerText(),
  url: ({ page }) => page.url(),
  eval: ({ page }, { expression }) => page.evaluate(expression),
  cookies: ({ page }) => page.context().cookies(),
  complaints: ({ complaints }) => complaints.splice(0),

  // A script tag is what a page's Content-Security-Policy forbids. What the
  // debugger evaluates is not subject to it, so the page is looked at with its
  // policy on. axe asks for style sheets of its own only to preload them.
  async axe({ page }) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run({ preload: false, resultTypes: ['violations'] }));
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, impact, help, nodes }) => ({ id, impact, help, html: nodes.map((node) => node.html) }));
  },
};

async function answer({ person: name, device, do: step, ...details }) {
  const who = await person(name, device);
  try {
    return { value: await steps[step](who, details) ?? null };
  } catch (error) {
    const page = await who.page.locator('body').innerText({ timeout: 1000 }).catch(() => '');
    return { error: error.message, page: `${who.page.url()}\n${page}` };
  }
}

announce({ version: browser.version() });
for await (const line of createInterface({ input: process.stdin })) {
  announce(await answer(JSON.parse(line)));
}

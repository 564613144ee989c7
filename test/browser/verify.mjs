// Does what a visitor of the verify page does with a script: many files, the camera, checking in the browser, without a network, and
// saving a receipt.
//   in:  {"chromium", "base", "files": {"jwt", "png", "other"}, "link", "video": a film of the QR code, "screenshots": folder}
//   out: {"<step>": {"text", "state", "violations": […], "requests": ["POST /verify", …], "errors": […]}}
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const require = createRequire(pathToFileURL(path.join(process.cwd(), 'package.json')));
const { chromium } = require('playwright-core');
const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');
const input = JSON.parse(await text(process.stdin));
const out = {};

async function judge(page) {
  return page.evaluate(async (source) => {
    // eslint-disable-next-line no-eval
    if (!window.axe) (0, eval)(source);
    const found = await window.axe.run(document);
    return found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
  }, axe);
}

// visit opens the verify page in a context of its own, does something there and notes what came of it.
async function visit(browser, step, act, { permissions = [], script } = {}) {
  const context = await browser.newContext({ locale: 'en', viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce', permissions });
  if (script) await context.addInitScript(script);
  const page = await context.newPage();
  const errors = [];
  const requests = [];
  page.on('pageerror', (err) => errors.push(String(err)));
  page.on('console', (m) => { if (m.type() === 'error') errors.push(m.text()); });
  page.on('request', (r) => requests.push(`${r.method()} ${new URL(r.url()).pathname}`));
  await page.goto(`${input.base}/verify`);
  const extra = (await act(page, context, requests)) ?? {};
  const strip = page.locator('.strip:not([hidden])');
  out[step] = {
    text: await page.innerText('main'), state: (await strip.count()) > 0 ? await strip.first().getAttribute('class') : '',
    focus: await page.evaluate(() => document.activeElement?.tagName ?? ''), violations: await judge(page), requests, errors, ...extra,
  };
  await page.screenshot({ path: path.join(input.screenshots, `verify-${step}.png`), fullPage: true });
  await context.close();
}

const rows = (page) => page.waitForSelector('[data-rows]', { timeout: 120_000 });

async function cameraByKeyboard(page) {
  await page.focus('[data-camera-open]');
  await page.keyboard.press('Enter');
}

const steps = {
  async many(page) {
    await page.setInputFiles('#file', [input.files.other, input.files.jwt, input.files.png]);
    await page.click('form.card button[type=submit]');
    await page.waitForFunction(() => document.querySelectorAll('[data-rows] tr').length === 3, null, { timeout: 120_000 });
    await page.waitForFunction(() => document.querySelector('progress')?.value === 3);
    return { summary: await page.innerText('[data-summary]'), ids: await page.locator('[data-fulls] > section').evaluateAll((all) => all.map((s) => s.id)) };
  },
  async picture(page) {
    await cameraByKeyboard(page);
    await page.waitForFunction(() => document.querySelector('video').videoWidth > 0);
    await page.waitForTimeout(500); // the first picture of the film
    await Promise.all([page.waitForNavigation(), page.click('[data-camera-take]')]);
  },
  async detector(page) {
    await Promise.all([page.waitForNavigation(), cameraByKeyboard(page)]);
  },
  async escape(page) {
    await cameraByKeyboard(page);
    await page.waitForSelector('[data-camera-panel]:not([hidden])');
    await page.keyboard.press('Escape');
    return { open: await page.isVisible('[data-camera-panel]'), said: await page.innerText('[data-camera-status]') };
  },
  async refused(page) {
    await cameraByKeyboard(page);
    await page.waitForFunction(() => document.querySelector('[data-camera-status]').textContent !== '');
    return { said: await page.innerText('[data-camera-status]') };
  },
  async offline(page, context, requests) {
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.waitForFunction(async () => (await caches.match('/verify/pack.json')) !== undefined);
    await page.setInputFiles('#file', [input.files.jwt]);
    requests.length = 0;
    await page.click('[data-wasm]');
    await rows(page);
    const online = await page.innerText('main');
    await context.setOffline(true);
    await page.goto(`${input.base}/verify`);
    const note = await page.isVisible('[data-offline]');
    const reached = await page.evaluate(() => fetch('/healthz').then(() => true, () => false));
    await page.setInputFiles('#file', [input.files.jwt, input.files.png, input.files.other]);
    const begun = Date.now();
    await page.click('[data-wasm]');
    await rows(page);
    return { online, note, reached, milliseconds: Date.now() - begun };
  },
  async receipt(page) {
    await page.fill('#text', (await readFile(input.files.jwt, 'utf8')).trim());
    await Promise.all([page.waitForNavigation(), page.click('form.card button[type=submit]')]);
    await page.check('[name=names]');
    await Promise.all([page.waitForNavigation(), page.click('form[action="/receipts"] button')]);
    return { url: page.url() };
  },
};

const film = ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${input.video}`];
const browser = await chromium.launch({ executablePath: input.chromium, args: ['--no-sandbox', '--disable-gpu', ...film] });
try {
  await visit(browser, 'many', steps.many);
  await visit(browser, 'picture', steps.picture, { permissions: ['camera'] });
  await visit(browser, 'escape', steps.escape, { permissions: ['camera'] });
  await visit(browser, 'detector', steps.detector, {
    permissions: ['camera'],
    script: `globalThis.BarcodeDetector = class {
      static async getSupportedFormats() { return ["qr_code"]; }
      async detect() { return [{ rawValue: ${JSON.stringify(input.link)} }]; }
    };`,
  });
  await visit(browser, 'refused', steps.refused, { script: 'navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));' });
  await visit(browser, 'missing', steps.refused, { script: 'navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("no", "NotFoundError"));' });
  await visit(browser, 'offline', steps.offline);
  await visit(browser, 'receipt', steps.receipt);
  process.stdout.write(JSON.stringify(out) + '\n');
} finally {
  await browser.close();
}

// Takes a person in Chromium from a QR code to its result: what stands in the code is read from the picture of the window, and is all
// that the wallet is given.
//   in:  {"chromium": path, "base", "wallets": folder, "ca": path, "screens": folder, "every": bool (a picture of every page, not only of those with a code), "flows": [{"name", "kind": "request" | "same-device" | "browser" | "claim",
//         "javascript", "wallet": [script, …arguments], "dialect"?, "path"?, "choice"?}]}
//   out: [{"name", "error"?, "code", "link", "narrow" (the code at 320 px), "wallet", "stranger", "strangerCode", "invited", "before", "after": {"url", "title", "state",
//          "text"}, "elsewhere", "errors", "foreign", "overflow"}]
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

// The packages live in test/npm, beside which this script is no package.
const require = createRequire(pathToFileURL(path.join(process.cwd(), 'package.json')));
const { chromium } = require('playwright-core');
const { PNG } = require('pngjs');
const jsqr = require('jsqr');

const input = JSON.parse(await text(process.stdin));
const widths = { wide: 1280, narrow: 320 };

// read finds the one code in a picture.
function read(file) {
  const { data, width, height } = PNG.sync.read(fs.readFileSync(file));
  return jsqr(new Uint8ClampedArray(data), width, height)?.data ?? '';
}

function wallet([script, ...args], link) {
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: input.ca };
    execFile('node', [script, link, ...args], { cwd: input.wallets, env }, (_, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout));
      } catch {
        resolve({ ok: false, error: stdout + stderr });
      }
    });
  });
}

// held presents the SD-JWT of a file of the plain wallet as a browser's wallet does (OpenID4VP 1.0 appendix A): for the origin that the
// browser saw, encrypted.
async function held(file, requests, origin) {
  const jose = await import(pathToFileURL(require.resolve('jose')));
  const { protocol, data } = requests[0];
  const asked = data.request ? jose.decodeJwt(data.request) : data;
  if (data.request && !asked.expected_origins.includes(origin)) throw new Error('another origin is expected');
  const { credential, key } = JSON.parse(fs.readFileSync(file)).find((h) => h.format === 'dc+sd-jwt');
  const shown = credential.split('~')[0] + '~';
  const bound = await new jose.SignJWT({ aud: 'origin:' + origin, nonce: asked.nonce, iat: Math.floor(Date.now() / 1000), sd_hash: createHash('sha256').update(shown).digest('base64url') })
    .setProtectedHeader({ alg: key.alg, typ: 'kb+jwt' }).sign(await jose.importJWK(key.priv, key.alg));
  const to = asked.client_metadata.jwks.keys[0];
  const plain = JSON.stringify({ vp_token: { [asked.dcql_query.credentials[0].id]: [shown + bound] } });
  const response = await new jose.CompactEncrypt(Buffer.from(plain)).setProtectedHeader({ alg: to.alg, enc: 'A128GCM', kid: to.kid }).encrypt(await jose.importJWK(to, to.alg));
  return { protocol, data: { response } };
}

async function context(browser, flow) {
  return browser.newContext({
    javaScriptEnabled: flow.javascript, ignoreHTTPSErrors: true, locale: 'en', reducedMotion: 'reduce', viewport: { width: widths.wide, height: 900 },
  });
}

async function run(browser, flow) {
  const out = { name: flow.name, errors: [], foreign: [], overflow: [] };
  const mine = await context(browser, flow);
  const stranger = await context(browser, flow);
  const page = await mine.newPage();
  page.on('pageerror', (err) => out.errors.push(String(err)));
  page.on('console', (m) => { if (m.type() === 'error') out.errors.push(m.text()); });
  page.on('request', (r) => { if (r.url().startsWith('http') && !r.url().startsWith(input.base + '/')) out.foreign.push(r.url()); });

  // shoot looks at the page at every width, and takes the pictures of a code, or all; it returns the files.
  const shoot = async (what, code) => {
    const files = {};
    for (const [name, width] of Object.entries(widths)) {
      await page.setViewportSize({ width, height: 900 });
      files[name] = path.join(input.screens, `${flow.name} ${what} ${width}.png`.replace(/[^a-z0-9.]+/gi, '-'));
      if (code || input.every) await page.screenshot({ path: files[name], fullPage: true });
      if (flow.javascript && await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)) {
        out.overflow.push(`${what} at ${width}`);
      }
    }
    await page.setViewportSize({ width: widths.wide, height: 900 });
    return files;
  };
  const look = async (p) => ({
    url: p.url(), title: await p.innerText('h1'), text: await p.innerText('main'),
    state: (await p.locator('.strip').count()) > 0 ? await p.locator('.strip').first().getAttribute('class') : '',
  });
  const visit = async (url) => {
    const p = await stranger.newPage();
    const status = (await p.goto(url)).status();
    const seen = { status, text: await p.innerText('main') };
    if (status === 200 && input.every) await p.screenshot({ path: path.join(input.screens, `${flow.name} invited.png`.replace(/[^a-z0-9.]+/gi, '-')), fullPage: true });
    await p.close();
    return seen;
  };

  const claim = async () => {
    await page.goto(input.base + flow.path);
    await shoot('claim');
    await Promise.all([page.waitForURL(/wallet=/), page.click(`a[href*="wallet=${flow.choice}"]`)]);
    const files = await shoot('wallet', true);
    [out.code, out.narrow] = [read(files.wide), read(files.narrow)];
    out.link = await page.locator('a.button').first().getAttribute('href');
    out.wallet = await wallet(flow.wallet, out.code);
    await page.goto(input.base + flow.path);
    await shoot('taken');
    out.after = await look(page);
  };

  const ask = async () => {
    await page.goto(input.base + '/request');
    await page.fill('#asker', 'Clinic Nairobi');
    await page.fill('#purpose', 'Application as a nurse');
    if (flow.dialect) await page.selectOption('#dialect', flow.dialect);
    await shoot('ask');
    await Promise.all([page.waitForURL(/\/request\/./), page.click('form button[type=submit]')]);
    const files = await shoot('wait', true);
    [out.code, out.narrow] = [read(files.wide), read(files.narrow)];
    out.before = await look(page);
    out.stranger = await visit(page.url());
    out.invited = await visit(page.url() + '?iuv=1');
  };

  const request = async () => {
    await ask();
    out.wallet = await wallet(flow.wallet, out.code);
    if (!flow.javascript) await page.reload();
    await page.waitForSelector('.strip', { timeout: 30000 }); // with JavaScript the page changes by itself
    await shoot('answer');
    out.after = await look(page);
    out.strangerCode = await visit(page.url());
  };

  const sameDevice = async () => {
    await ask();
    const opened = await mine.request.get(page.url() + '/open', { maxRedirects: 0 });
    out.link = opened.headers().location;
    out.wallet = await wallet(flow.wallet, out.link);
    if (!flow.javascript) await page.reload();
    await page.waitForFunction((before) => document.querySelector('h1').innerText !== before, out.before.title, { timeout: 30000 });
    out.elsewhere = await look(page);
    await shoot('elsewhere');
    out.strangerCode = await visit(out.wallet.redirectUri);
    await page.goto(out.wallet.redirectUri);
    await shoot('answer');
    out.after = await look(page);
  };

  // byBrowser: the browser's own Digital Credentials API, with the virtual wallet that it has for tests. Its person refuses first.
  const byBrowser = async () => {
    await ask();
    const virtual = await mine.newCDPSession(page);
    const behave = (behaviour) => virtual.send('DigitalCredentials.setVirtualWalletBehavior', behaviour);
    await behave({ action: 'decline' });
    await page.click('[data-credential] button');
    await page.waitForFunction(() => document.querySelector('[data-credential] [role=status]').textContent !== '');
    await page.waitForSelector('[data-credential] button:enabled');
    const { requests } = await (await mine.request.get(page.url() + '/credential')).json();
    const { protocol, data } = await held(flow.wallet[0], requests, new URL(page.url()).origin);
    await behave({ action: 'respond', protocol, response: data });
    await page.click('[data-credential] button');
    await page.waitForSelector('.strip', { timeout: 30000 });
    out.wallet = { ok: true };
    await shoot('answer');
    out.after = await look(page);
    out.strangerCode = await visit(page.url());
  };

  try {
    await { claim, request, 'same-device': sameDevice, browser: byBrowser }[flow.kind]();
  } catch (e) {
    out.error = String(e);
    await page.screenshot({ path: path.join(input.screens, `${flow.name} error.png`.replace(/[^a-z0-9.]+/gi, '-')), fullPage: true }).catch(() => {});
  }
  await mine.close();
  await stranger.close();
  return out;
}

const browser = await chromium.launch({ executablePath: input.chromium, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const out = [];
  for (const flow of input.flows) out.push(await run(browser, flow));
  process.stdout.write(JSON.stringify(out) + '\n');
} finally {
  await browser.close();
}

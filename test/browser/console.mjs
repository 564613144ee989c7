// Does what people do in the console: signs in by a link, by a passkey of Chromium's virtual authenticator (WebAuthn.addVirtualAuthenticator)
// and by a sign-in service, copies a token, writes an achievement with its preview, and waits for an upload.
//   in:  {"chromium", "base", "link", "service": origin, "file": a table of people, "screenshots": folder}
//   out: {"<step>": {"url", "text", "errors": […], …}}
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { judge, launch, listen } from './page.mjs';

const input = JSON.parse(await text(process.stdin));
const out = {};

// open gives a step a browser of its own, or goes on in that of a step before.
async function open(browser, before) {
  const context = before ?? await browser.newContext({ locale: 'en', viewport: { width: 1100, height: 900 }, reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  return { context, page, heard: listen(page) };
}

async function note(step, page, heard, more = {}) {
  const violations = page.url().startsWith(input.base) ? (await judge(page)).map((v) => `${v.id}: ${v.nodes.join(', ')}`) : [];
  await page.screenshot({ path: path.join(input.screenshots, `console-${step}.png`), fullPage: true });
  out[step] = { url: page.url(), text: await page.innerText('main'), violations, errors: heard.errors.splice(0), ...more };
}

const leave = (page, act) => Promise.all([page.waitForNavigation(), act]);
const signOut = (page) => leave(page, page.click('form[action="/console/sign-out"] button'));

// authenticator gives a page a platform authenticator that holds passkeys and verifies its user.
async function authenticator(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
  return {
    verifies: (isUserVerified) => cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    keys: async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials.length,
  };
}

async function passkeys(browser) {
  const { context, page, heard } = await open(browser);
  const device = await authenticator(page);
  await page.goto(input.link);
  await leave(page, page.click('main button'));
  await note('link', page, heard);
  await comforts(page, heard);
  await page.goto(`${input.base}/console/account`);
  await page.fill('#passkey-name', 'Reading room');
  await leave(page, page.click('form[data-passkey] button'));
  await note('registered', page, heard, { keys: await device.keys() });
  await signOut(page);
  await page.goto(`${input.base}/console/sign-in`);
  await device.verifies(false);
  await page.click('form[data-passkey] button');
  await page.waitForSelector('form[data-passkey] [role=alert]:not([hidden])');
  await note('unverified', page, heard);
  await device.verifies(true);
  await leave(page, page.click('form[data-passkey] button'));
  await note('entered', page, heard, { cookies: (await context.cookies()).map((c) => `${c.name} ${c.httpOnly} ${c.sameSite}`) });
  await page.goto(`${input.base}/console/account`);
  const remove = page.locator('form[action$="/remove"]');
  const warned = await remove.innerText();
  await remove.locator('input[type=checkbox]').check();
  await leave(page, remove.locator('button').click());
  await note('removed', page, heard, { warned });
  await signOut(page);
  await page.goto(`${input.base}/console/sign-in`);
  await leave(page, page.click('form[data-passkey] button'));
  await note('over', page, heard, { keys: await device.keys() });
  await context.close();
}

// comforts uses the small scripts of the console: copy, preview and reload.
async function comforts(page, heard) {
  await page.goto(`${input.base}/console/tokens`);
  await page.fill('#name', 'Platform');
  await page.check('input[name=scope][value=read]');
  await leave(page, page.click('main form[action="/console/tokens"] button[type=submit]'));
  const button = page.locator('[data-copy]');
  const before = await button.innerText();
  await button.click();
  await page.waitForFunction((label) => document.querySelector('[data-copy]').textContent !== label, before);
  await note('copied', page, heard, { value: await page.inputValue('#secret'), clipboard: await page.evaluate(() => navigator.clipboard.readText()) });
  await page.goto(`${input.base}/console/achievements/new`);
  const target = await page.getAttribute('[data-preview]', 'data-preview');
  await page.fill('[data-preview] [name=name]', 'Beekeeping for <b>beginners</b>');
  await page.waitForFunction((id) => document.getElementById(id).textContent.includes('Beekeeping for <b>beginners</b>'), target);
  await note('preview', page, heard);
  await page.goto(`${input.base}/console/batch`);
  await page.selectOption('#achievement', { index: 1 });
  await page.setInputFiles('#file', input.file);
  await leave(page, page.click('main form[enctype] button[type=submit]'));
  await leave(page, page.locator('main form[action$="/confirm"] button[type=submit]').click());
  const watched = (await page.locator('[data-reload]').count()) > 0;
  await page.waitForFunction(() => !document.querySelector('[data-reload]'), null, { timeout: 60_000 });
  await note('uploaded', page, heard, { watched });
}

// begun returns the address at which a browser would come back that chose that person.
async function begun(page, who) {
  await leave(page, page.click('a[href="/console/sign-in/sso"]'));
  const href = await page.getAttribute(who, 'href');
  const answer = await page.context().request.get(new URL(href, page.url()).href, { maxRedirects: 0 });
  return answer.headers().location;
}

async function service(browser) {
  const mine = await open(browser);
  const theirs = await open(browser);
  await theirs.page.goto(`${input.base}/console/sign-in`);
  const planted = await begun(theirs.page, '#yes');
  await mine.page.goto(`${input.base}/console`);
  await leave(mine.page, mine.page.click('a[href="/console/sign-in/sso"]'));
  await note('service', mine.page.url().startsWith(input.service) ? await framed(mine.page) : mine.page, mine.heard);
  await leave(mine.page, mine.page.click('#yes'));
  await note('joined', mine.page, mine.heard, { cookies: (await mine.context.cookies()).map((c) => c.name) });
  await signOut(mine.page);
  await mine.page.goto(planted);
  await note('planted', mine.page, mine.heard);
  await leave(mine.page, mine.page.click('a[href="/console/sign-in/sso"]'));
  await leave(mine.page, mine.page.click('#stranger'));
  await note('stranger', mine.page, mine.heard);
  await mine.context.close();
  await theirs.context.close();
}

// framed gives the page of the service, which is not ours, the element that note looks at.
async function framed(page) {
  await page.evaluate(() => { if (!document.querySelector('main')) document.body.innerHTML = `<main>${document.body.innerHTML}</main>`; });
  return page;
}

const browser = await launch(input.chromium);
try {
  await passkeys(browser);
  await service(browser);
} finally {
  process.stdout.write(JSON.stringify(out) + '\n');
  await browser.close();
}

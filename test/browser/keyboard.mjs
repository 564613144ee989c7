// Walks through the service with nothing but a keyboard, as somebody would who cannot use a pointer.
//   in:  {"chromium": path, "flows": [{"name", "url", "javascript": bool, "steps": [step]}]}
//        step: {"to": selector} presses Tab until that element has the focus, and fails after 80 | {"type": text} | {"press": key} |
//              {"enter": true} presses Enter and waits for the page that it leads to | {"see": selector} fails when it is not on the page |
//              {"go": path} opens another page | {"wait": selector} waits until a script has put that on the page
//   out: [{"name", "url": where it ended, "text", "tabs": how often Tab was pressed, "errors": [string]}]
import { text } from 'node:stream/consumers';
import { launch, listen } from './page.mjs';

const input = JSON.parse(await text(process.stdin));

// focused reports whether an element matching the selector has the focus. It works through the protocol, where the page has no script too.
async function focused(page, selector) {
  return (await page.locator(selector).and(page.locator(':focus')).count()) > 0;
}

async function tabTo(page, selector) {
  for (let presses = 1; presses <= 80; presses += 1) {
    await page.keyboard.press('Tab');
    if (await focused(page, selector)) return presses;
  }
  throw new Error(`Tab does not lead to ${selector}`);
}

async function follow(page, flow) {
  let tabs = 0;
  await page.goto(flow.url, { waitUntil: 'load' });
  for (const step of flow.steps) {
    if (step.to) tabs += await tabTo(page, step.to);
    if (step.type) await page.keyboard.type(step.type);
    if (step.press) await page.keyboard.press(step.press);
    if (step.enter) await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), page.keyboard.press('Enter')]);
    if (step.go) await page.goto(new URL(step.go, page.url()).href, { waitUntil: 'load' });
    if (step.wait) await page.locator(step.wait).first().waitFor();
    if (step.see && (await page.locator(step.see).count()) === 0) throw new Error(`no ${step.see} on ${page.url()}`);
  }
  return tabs;
}

const browser = await launch(input.chromium);
try {
  const out = [];
  for (const flow of input.flows) {
    const context = await browser.newContext({ javaScriptEnabled: flow.javascript, locale: 'en', reducedMotion: 'reduce', permissions: ['clipboard-write'] });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const { errors } = listen(page);
    let tabs = 0;
    try {
      tabs = await follow(page, flow);
    } catch (err) {
      errors.push(String(err));
    }
    out.push({ name: flow.name, url: page.url(), text: await page.innerText('body'), tabs, errors });
    await context.close();
  }
  process.stdout.write(JSON.stringify(out) + '\n');
} finally {
  await browser.close();
}

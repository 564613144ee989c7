// Weighs the first view of a page: what is transferred, headers included, with an empty cache.
//   in:  {"chromium": path, "line": {"latency": ms, "bits": per second} | null, "pages": [{"name", "url", "wait": selector, "press": selector?, "then": selector?}]}
//        press: click there when the page has loaded, and wait for then; line: the line that the browser is held to
//   out: [{"name", "requests", "bytes", "ms": until the element to wait for was painted, after press where there is one}]
// Times depend on the machine: they are for people to read, not for tests to compare.
import { text } from 'node:stream/consumers';
import { launch } from './page.mjs';

const input = JSON.parse(await text(process.stdin));

async function weigh(browser, spec) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en' });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const cdp = await context.newCDPSession(page);
  await cdp.send('Network.enable');
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true });
  if (input.line) {
    const throughput = input.line.bits / 8;
    await cdp.send('Network.emulateNetworkConditions', {
      offline: false, latency: input.line.latency, downloadThroughput: throughput, uploadThroughput: throughput,
    });
  }
  let requests = 0;
  let bytes = 0;
  cdp.on('Network.requestWillBeSent', (e) => { if (e.request.url.startsWith('http')) requests += 1; });
  cdp.on('Network.loadingFinished', (e) => { bytes += e.encodedDataLength; });
  let begin = performance.now();
  const loaded = page.goto(spec.url, { waitUntil: 'networkidle' });
  await page.waitForSelector(spec.wait, { state: 'visible' });
  let ms = performance.now() - begin;
  await loaded;
  const answer = { name: spec.name, requests, bytes };
  if (spec.press) {
    begin = performance.now();
    await page.click(spec.press, { noWaitAfter: true });
    await page.waitForSelector(spec.then, { state: 'visible' });
    ms = performance.now() - begin;
  }
  await context.close();
  return { ...answer, ms: Math.round(ms) };
}

const browser = await launch(input.chromium);
try {
  const out = [];
  for (const spec of input.pages) out.push(await weigh(browser, spec));
  process.stdout.write(JSON.stringify(out) + '\n');
} finally {
  await browser.close();
}

// Opens pages in Debian's Chromium through playwright-core and says what a visitor would find.
//   in:  {"chromium": path, "pages": [{"name", "url", "javascript": bool, "width": n?, "color_scheme": "light|dark"?, "locale"?}],
//         "screenshots": folder}; a page may have "actions": [{"fill"|"file": selector, "value"} | {"click": selector}] and
//         "show": selector, for a picture of the window with that element instead of the whole page
//   out: [{"name", "status", "title", "lang", "dir", "text", "state" (classes of the verdict's strip), "violations": [{"id", "impact", "help", "nodes": ["selector"]}],
//          "errors": ["…"], "foreign": ["URL"], "overflow": bool, "screenshot": path}]
// errors are page errors and console errors, a broken content security policy among them; foreign are requests to another
// origin, which no page may make; overflow means that the page scrolls sideways.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

// The packages live in test/npm, beside which this script is no package.
const require = createRequire(pathToFileURL(path.join(process.cwd(), 'package.json')));
const { chromium } = require('playwright-core');
const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

async function act(page, actions) {
  for (const { fill, click, file, value } of actions ?? []) {
    if (fill) await page.fill(fill, value);
    if (file) await page.setInputFiles(file, value);
    if (click) await Promise.all([page.waitForLoadState('load'), page.click(click)]);
  }
}

// judge runs axe in the page. Where the page itself has no JavaScript, it is judged as loaded once more with it: axe needs
// a script engine, and the markup is the same.
async function judge(page) {
  return page.evaluate(async ([source, tags]) => {
    // eslint-disable-next-line no-eval
    if (!window.axe) (0, eval)(source);
    const found = await window.axe.run(document, { runOnly: { type: 'tag', values: tags } });
    return found.violations.map((v) => ({
      id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => n.target.join(' ')).slice(0, 5),
    }));
  }, [axe, rules]);
}

async function visit(browser, spec, screenshots) {
  const context = await browser.newContext({
    javaScriptEnabled: spec.javascript,
    viewport: { width: spec.width ?? 1280, height: 900 },
    colorScheme: spec.color_scheme ?? 'light',
    locale: spec.locale ?? 'en',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  const errors = [];
  const foreign = [];
  page.on('pageerror', (err) => errors.push(String(err)));
  page.on('console', (m) => { if (m.type() === 'error') errors.push(m.text()); });
  page.on('request', (r) => {
    const url = new URL(r.url());
    if (url.protocol.startsWith('http') && url.origin !== new URL(spec.url).origin) foreign.push(r.url());
  });
  const response = await page.goto(spec.url, { waitUntil: 'load' });
  await act(page, spec.actions);
  const screenshot = path.join(screenshots, spec.name.replace(/[^a-z0-9-]+/gi, '-') + '.png');
  if (spec.show) await page.locator(spec.show).first().scrollIntoViewIfNeeded();
  await page.screenshot({ path: screenshot, fullPage: !spec.show });
  const answer = {
    name: spec.name,
    status: response.status(),
    title: await page.title(),
    text: await page.innerText('body'),
    lang: await page.getAttribute('html', 'lang'),
    dir: await page.getAttribute('html', 'dir'),
    state: (await page.locator('.strip').count()) > 0 ? await page.locator('.strip').first().getAttribute('class') : '',
    errors, foreign, screenshot,
    overflow: false,
    violations: [],
  };
  if (spec.javascript) {
    answer.overflow = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    answer.violations = await judge(page);
  }
  await context.close();
  return answer;
}

const input = JSON.parse(await text(process.stdin));
const browser = await chromium.launch({ executablePath: input.chromium, args: ['--no-sandbox', '--disable-gpu'] });
try {
  const answers = [];
  for (const spec of input.pages) answers.push(await visit(browser, spec, input.screenshots));
  process.stdout.write(JSON.stringify(answers) + '\n');
} finally {
  await browser.close();
}

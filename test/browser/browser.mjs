// Opens pages in Debian's Chromium through playwright-core and says what a visitor would find.
//   in:  {"chromium": path, "pages": [{"name", "url", "javascript": bool, "width": n?, "color_scheme": "light|dark"?, "locale"?}],
//         "screenshots": folder}; a page may have "actions": [{"fill"|"file": selector, "value"} | {"click": selector}] and
//         "show": selector, for a picture of the window with that element instead of the whole page
//   out: [{"name", "status", "title", "lang", "dir", "text", "state" (classes of the verdict's strip), "violations": [{"id", "impact", "help", "nodes": ["selector"]}],
//          "errors": ["…"], "foreign": ["URL"], "overflow": bool, "screenshot": path}]
// errors are page errors and console errors, a broken content security policy among them; foreign are requests to another
// origin, which no page may make; overflow means that the page scrolls sideways.
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { judge, launch, listen, overflowing } from './page.mjs';

async function act(page, actions) {
  for (const { fill, click, file, value } of actions ?? []) {
    if (fill) await page.fill(fill, value);
    if (file) await page.setInputFiles(file, value);
    if (click) await Promise.all([page.waitForLoadState('load'), page.click(click)]);
  }
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
  const { errors, foreign } = listen(page, new URL(spec.url).origin);
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
    answer.overflow = (await overflowing(page)).length > 0;
    answer.violations = await judge(page);
  }
  await context.close();
  return answer;
}

const input = JSON.parse(await text(process.stdin));
const browser = await launch(input.chromium);
try {
  const answers = [];
  for (const spec of input.pages) answers.push(await visit(browser, spec, input.screenshots));
  process.stdout.write(JSON.stringify(answers) + '\n');
} finally {
  await browser.close();
}

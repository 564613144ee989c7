// Walks the catalogue of pages: many pages in one browser, some tabs at a time.
//   in:  {"chromium": path, "tabs": n, "screenshots": folder, "visits": [{"url", "name", "javascript": bool, "width", "height", "scheme", "load": bool,
//         "checks": [string]}]}
//        checks: "axe", "overflow", "targets", "focus", "motion", "picture"; load: go to the page, where it is otherwise put into the window
//   out: {"findings": [{"name", "what"}], "visits": n, "axe": n, "pictures": n}
// A finding is one sentence about one page. Errors, requests to other origins and dialogs are findings on every visit.
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { judge, launch, listen, moving, overflowing, replace, small, still, unmarked } from './page.mjs';

const input = JSON.parse(await text(process.stdin));
const out = { findings: [], visits: 0, axe: 0, pictures: 0 };

const checks = {
  async axe(page) {
    out.axe += 1;
    return (await judge(page)).map((v) => `axe ${v.id} (${v.impact}): ${v.help} at ${v.nodes.join(' | ')}`);
  },
  overflow: async (page) => (await overflowing(page)).slice(0, 1).map(() => 'it scrolls sideways'),
  targets: async (page) => (await small(page)).map((t) => `a target is small: ${t}`),
  focus: async (page) => (await unmarked(page)).map((t) => `the focus is not visible on ${t}`),
  motion: async (page) => (await moving(page)).map((t) => `it moves in spite of the visitor's wish: ${t}`),
};

async function visit(page, seen, spec) {
  out.visits += 1;
  const say = (what) => out.findings.push({ name: spec.name, what });
  seen.errors.length = 0;
  seen.foreign.length = 0;
  const status = spec.load || page.url() === 'about:blank'
    ? (await page.goto(spec.url, { waitUntil: 'load' })).status() : await replace(page, spec.url);
  if (spec.javascript) await still(page);
  if (status !== 200) say(`status ${status}`);
  if ((await page.title()) === 'taken') say('a string of a stranger was run');
  for (const name of spec.checks) {
    if (name === 'picture') continue;
    for (const what of await checks[name](page)) say(what);
  }
  if (spec.checks.includes('overflow')) for (const el of (await overflowing(page)).slice(1)) say(`too wide: ${el}`);
  if (spec.checks.includes('picture')) {
    await page.screenshot({ path: path.join(input.screenshots, spec.name.replace(/[^a-z0-9-]+/gi, '-') + '.png'), fullPage: true });
    out.pictures += 1;
  }
  seen.errors.forEach((e) => say(`console: ${e}`));
  seen.foreign.forEach((url) => say(`a request to another origin: ${url}`));
}

// Visits with the same window share a context, so that the style sheet is loaded once.
const key = (v) => [v.javascript, v.width, v.height, v.scheme].join();
const groups = new Map();
for (const v of input.visits) groups.set(key(v), [...(groups.get(key(v)) ?? []), v]);
const queues = [...groups.values()];

// inTime bounds a visit: a page that never settles must not hold up the others.
function inTime(promise) {
  let timer;
  const late = new Promise((_, refuse) => { timer = setTimeout(refuse, 60_000, new Error('it was not done within a minute')); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function open(context, origin) {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  return { page, seen: listen(page, origin) };
}

async function tab(browser) {
  for (let queue = queues.find((q) => q.length > 0); queue; queue = queues.find((q) => q.length > 0)) {
    const { javascript, width, height, scheme, url } = queue[0];
    const context = await browser.newContext({
      javaScriptEnabled: javascript, viewport: { width, height }, colorScheme: scheme, reducedMotion: 'reduce', locale: 'en',
    });
    let { page, seen } = await open(context, new URL(url).origin);
    for (let spec = queue.shift(); spec; spec = queue.shift()) {
      try {
        await inTime(visit(page, seen, spec));
      } catch (err) {
        out.findings.push({ name: spec.name, what: String(err) });
        await page.close();
        ({ page, seen } = await open(context, new URL(url).origin));
      }
    }
    await context.close();
  }
}

const browser = await launch(input.chromium);
try {
  await Promise.all(Array.from({ length: input.tabs }, () => tab(browser)));
  process.stdout.write(JSON.stringify(out) + '\n');
} finally {
  await browser.close();
}

// What every script of this folder needs to look at pages in Debian's Chromium through playwright-core.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

// The packages live in test/npm, beside which these scripts are no package.
const require = createRequire(pathToFileURL(path.join(process.cwd(), 'package.json')));
export const { chromium } = require('playwright-core');
const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8');

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// launch starts the one browser of a script.
export function launch(executablePath) {
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'] });
}

// judge runs axe in the page and returns the rules that were broken. A window keeps axe while its document is replaced.
export async function judge(page) {
  return page.evaluate(async ([source, tags]) => {
    // eslint-disable-next-line no-eval
    if (!window.axe) (0, eval)(source);
    const found = await window.axe.run(document, { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] });
    return found.violations.map((v) => ({
      id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => n.target.join(' ')).slice(0, 5),
    }));
  }, [axe, rules]);
}

// replace puts another page of the same origin into the window, which is several times as fast as going there: the style sheet and axe
// stay. Returns the status with which the page was answered.
export function replace(page, url) {
  return page.evaluate(async (address) => {
    const response = await fetch(address);
    const html = await response.text();
    document.open(); // drops all listeners, but no timers: see still
    const loaded = new Promise((done) => { window.addEventListener('load', done, { once: true }); });
    document.write(html);
    document.close();
    await loaded;
    return response.status;
  }, url);
}

// still ends everything that a page has planned, so that it does not load itself anew while it is looked at.
export function still(page) {
  return page.evaluate(() => { for (let id = setTimeout(() => {}, 0); id > 0; id -= 1) clearTimeout(id); });
}

// listen collects what a page must not do: errors (of the page or the console, a broken content security policy among them) and
// requests to another origin. The lists are emptied by the caller between pages.
export function listen(page, origin) {
  const errors = [];
  const foreign = [];
  page.on('pageerror', (err) => errors.push(String(err)));
  page.on('console', (m) => { if (m.type() === 'error') errors.push(m.text()); });
  page.on('dialog', (d) => { errors.push('a dialog: ' + d.message()); d.dismiss(); });
  page.on('request', (r) => {
    const url = new URL(r.url());
    if (url.protocol.startsWith('http') && url.origin !== (origin ?? url.origin)) foreign.push(r.url());
  });
  return { errors, foreign };
}

// overflowing names what makes the page scroll sideways; nothing does when the list is empty.
export function overflowing(page) {
  return page.evaluate(() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const wide = [...document.querySelectorAll('body *')].filter((el) => {
      const box = el.getBoundingClientRect();
      return box.right > root.clientWidth + 1 || box.left < -1;
    });
    return ['the page'].concat(wide.slice(0, 4).map((el) => el.tagName.toLowerCase() + (el.className && el.className.baseVal === undefined ? '.' + el.className : '')));
  });
}

// unmarked names the elements that take the focus by keyboard and show nothing of it.
export async function unmarked(page) {
  await page.keyboard.press('Tab'); // from now on the browser knows that a keyboard is used
  return page.evaluate(() => {
    const found = [];
    for (const el of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')) {
      el.focus();
      if (document.activeElement !== el) continue; // hidden or disabled
      const style = getComputedStyle(el);
      if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) found.push(el.outerHTML.slice(0, 120));
    }
    return found;
  });
}

// moving names what is animated although the visitor asked for less motion.
export function moving(page) {
  return page.evaluate(() => {
    const long = (s) => s.split(',').some((d) => parseFloat(d) > 0.01);
    return [...document.querySelectorAll('body, body *')].filter((el) => {
      const style = getComputedStyle(el);
      return long(style.transitionDuration) || long(style.animationDuration);
    }).slice(0, 5).map((el) => el.outerHTML.slice(0, 80));
  });
}

// small names the targets below 24 × 24 CSS pixels that are not links inside a sentence (WCAG 2.2, 2.5.8).
export function small(page) {
  return page.evaluate(() => {
    const found = [];
    for (const el of document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')) {
      const box = el.getBoundingClientRect();
      if (box.width < 2 || box.height < 2) continue; // not shown, or only for screen readers
      const label = el.closest('label')?.getBoundingClientRect();
      const [w, h] = [Math.max(box.width, label?.width ?? 0), Math.max(box.height, label?.height ?? 0)];
      if ((w >= 24 && h >= 24) || getComputedStyle(el).display === 'inline') continue;
      found.push(`${Math.round(w)} × ${Math.round(h)}: ${el.outerHTML.slice(0, 80)}`);
    }
    return found;
  });
}

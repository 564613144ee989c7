// Holds pages against Lighthouse in Debian's Chromium, as a telephone on a slow line (Lighthouse's own defaults).
//   in:  {"chromium": path, "minimum": per cent, "tries": n, "pages": [{"name", "url", "skip": [audit]}]}
//        A page that has less than the minimum in a category is looked at again, so often at most.
//   out: [{"name", "scores": {"performance", "accessibility", "best-practices", "seo"} in per cent, "below": ["audit: what it says"]}]
import { text } from 'node:stream/consumers';
import lighthouse from 'lighthouse';
import { launch } from 'chrome-launcher';

const input = JSON.parse(await text(process.stdin));
const chrome = await launch({ chromePath: input.chromium, chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu'], logLevel: 'silent' });
try {
  const out = [];
  for (const page of input.pages) {
    const look = async () => (await lighthouse(page.url, {
      port: chrome.port, output: 'json', logLevel: 'silent',
      onlyCategories: ['performance', 'accessibility', 'best-practices', 'seo'], skipAudits: page.skip ?? [],
    })).lhr;
    let lhr = await look();
    for (let tries = 1; tries < input.tries && Object.values(lhr.categories).some((c) => c.score * 100 < input.minimum); tries++) {
      lhr = await look();
    }
    const below = Object.values(lhr.audits).filter((a) => a.score !== null && a.score < 0.9 && a.scoreDisplayMode !== 'informative');
    out.push({
      name: page.name,
      scores: Object.fromEntries(Object.values(lhr.categories).map((c) => [c.id, Math.round(c.score * 100)])),
      below: below.map((a) => `${a.id}: ${a.title} ${a.displayValue ?? ''} ${JSON.stringify(a.details?.items ?? []).slice(0, 300)}`),
    });
  }
  process.stdout.write(JSON.stringify(out) + '\n');
} finally {
  chrome.kill();
}

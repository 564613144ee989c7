// A browser with a mediator of its own (CHAPI), as far as the claim page's script sees it: <script> <base> <path of the interaction URL>.
// It clicks the button and prints what the mediator was handed.
import fs from 'node:fs'

const [script, base, interaction] = process.argv.slice(-3)
const out = { ok: false, hiddenBefore: true }
const text = { setAttribute: (k, v) => { out[k] = v }, set textContent(v) { out.said = v } }
let click
const button = {
  hidden: true, dataset: { chapi: interaction, done: 'done' },
  querySelector: () => text, addEventListener: (_, f) => { click = f },
}
globalThis.document = { querySelector: (q) => (q === '[data-chapi]' ? button : null) }
const fetched = globalThis.fetch
globalThis.fetch = (url, init) => fetched(new URL(url, base), init)
const load = (n) => import('data:text/javascript,' + encodeURIComponent(fs.readFileSync(script, 'utf8') + '\n//' + n))
await load(1)
out.without = button.hidden && !click // no mediator: no button
globalThis.WebCredential = class { constructor(type, data, more) { Object.assign(this, { type, data, more }) } }
Object.defineProperty(globalThis, 'navigator', { value: { credentials: { store: async (c) => { out.stored = c; return c } } }, configurable: true })
await load(2)
out.shown = button.hidden === false
await click()
out.ok = !!out.stored
console.log(JSON.stringify(out))

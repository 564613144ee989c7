// A person who opens a page of consent and agrees: prints the address to which the page then leads.
const [url, code] = process.argv.slice(2)
const page = await fetch(url, { headers: { accept: 'text/html' } })
const text = await page.text()
const form = /<form method="post" action="([^"]*)"/.exec(text)
if (page.status !== 200 || !form) throw new Error(`the page answers ${page.status}: ${text.slice(0, 300)}`)
const action = new URL(form[1].replaceAll('&amp;', '&'), url)
const answer = await fetch(action, {
  method: 'POST', redirect: 'manual', headers: { origin: action.origin, accept: 'text/html' },
  body: new URLSearchParams({ answer: 'allow', ...(code ? { tx_code: code } : {}) }),
})
const to = answer.headers.get('location')
if (answer.status !== 303 || !to) throw new Error(`the answer is ${answer.status}: ${(await answer.text()).slice(0, 300)}`)
console.log(to)

// Expands credentials with jsonld in safe mode, without a network.
//   in:  {"contexts": {"URL": {…}}, "credentials": [{…}]}
//   out: [{"ok": bool, "problems": ["code: term"]}], in the order of the credentials
// ok means: nothing of the credential is lost in expansion. problems lists everything that would be.
import jsonld from 'jsonld';
import { run } from './lib.mjs';

function offline(contexts) {
  return async (url) => {
    if (!Object.hasOwn(contexts, url)) throw new Error(`context ${url} is not embedded`);
    return { contextUrl: null, documentUrl: url, document: contexts[url] };
  };
}

function describe({ event }) {
  const details = event.details ?? {};
  return `${event.code}: ${details.property ?? details.type ?? details.id ?? details.term ?? details.value ?? JSON.stringify(details)}`;
}

async function losses(credential, documentLoader) {
  const found = [];
  const collect = ({ event, next }) => {
    if (event.level !== 'info') found.push(describe({ event }));
    next();
  };
  await jsonld.expand(credential, { documentLoader, eventHandler: collect });
  return found;
}

await run(async ({ contexts, credentials }) => {
  const documentLoader = offline(contexts);
  const answers = [];
  for (const credential of credentials) {
    try {
      await jsonld.expand(credential, { safe: true, documentLoader });
      answers.push({ ok: true, problems: [] });
    } catch (err) {
      let problems = [];
      try {
        problems = await losses(credential, documentLoader);
      } catch {
        // expansion itself fails: the first error says why
      }
      answers.push({ ok: false, problems: problems.length > 0 ? problems : [err.details?.cause?.message ?? err.message] });
    }
  }
  return answers;
});

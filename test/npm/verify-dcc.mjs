// Verifies credentials with @digitalcredentials/verifier-core, which the Learner Credential Wallet is built on, without a network.
//   in:  {"documents": {"URL": {…}}, "credentials": [{…}]}
//   out: [{"ok": bool, "problems": ["…"]}], in the order of the credentials
// documents are what stands at addresses: DID documents and status lists; every other address answers 404. ok means: the
// signature holds, the credential has begun and not expired, and its status list was read, verified and has the bit clear. Registries
// and schemas, which that library fetches, are left out.
import { run } from './lib.mjs';

console.log = console.error; // standard output is for the answer

function offline(documents) {
  globalThis.fetch = async (request) => {
    const url = typeof request === 'string' ? request : request.url;
    const document = documents[url];
    if (!document) return new Response('there is no network here', { status: 404, statusText: `no ${url}` });
    return new Response(JSON.stringify(document), { status: 200, headers: { 'content-type': 'application/json' } });
  };
}

function judge(result) {
  const problems = (result.errors ?? []).map((e) => `${e.name}: ${e.message}`);
  const steps = new Map((result.log ?? []).map((step) => [step.id, step]));
  for (const id of ['valid_signature', 'expiration', 'revocation_status']) {
    const step = steps.get(id);
    if (step?.valid !== true) problems.push(`${id}: ${step?.error?.message ?? step?.valid ?? 'not checked'}`);
  }
  return { ok: problems.length === 0, problems };
}

await run(async ({ documents, credentials }) => {
  offline(documents);
  const { verifyCredential } = await import('@digitalcredentials/verifier-core');
  const answers = [];
  for (const credential of credentials) {
    answers.push(judge(await verifyCredential({ credential, knownDIDRegistries: [] })));
  }
  return answers;
});

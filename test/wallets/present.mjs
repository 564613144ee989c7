// Lets a wallet answer many requests in one process; it runs in the folder of the wallets.
//   in:  {"wallet": "raw" | "credo", "file": path, "trust": path of a CA?, "jobs": [{"link", "tamper"?, "method"?, "format"?, "vp"?: "vp+jwt"}]}
//   out: [{"ok", "error"?, "lint"?, "redirect"?, "signed"?, "encrypted"?}], in the order of the jobs
import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

const wallets = (name) => import(pathToFileURL(path.join(process.cwd(), 'lib', name)));
const input = JSON.parse(await text(process.stdin));

async function raw() {
  const { present } = await wallets('raw.mjs');
  const held = JSON.parse(fs.readFileSync(input.file));
  return async ({ link, tamper, method, format, vp }) => {
    const r = await present(link, held.filter((h) => !format || h.format === format), { method, tamper: tamper ?? {}, vcJoseCose: vp === 'vp+jwt' });
    return { ok: r.ok, lint: r.ctx.lint, redirect: r.redirectUri ?? '', error: r.ok ? '' : JSON.stringify(r.response) };
  };
}

async function credo() {
  const { makeAgent } = await wallets('credo.mjs');
  const { ldDocumentLoader } = await wallets('ld.mjs');
  const trustedCertificates = input.trust ? [fs.readFileSync(input.trust, 'utf8')] : undefined;
  const agent = await makeAgent({ walletPath: input.file, documentLoader: ldDocumentLoader, trustedCertificates });
  const holder = agent.openid4vc.holder;
  return async ({ link }) => {
    const asked = await holder.resolveOpenId4VpAuthorizationRequest(link);
    const chosen = {};
    if (asked.dcql) {
      if (!asked.dcql.queryResult.can_be_satisfied) throw new Error('the wallet holds nothing that answers the query');
      chosen.dcql = { credentials: holder.selectCredentialsForDcqlRequest(asked.dcql.queryResult) };
    } else {
      const found = asked.presentationExchange.credentialsForRequest;
      if (!found.areRequirementsSatisfied) throw new Error('the wallet holds nothing that answers the definition');
      chosen.presentationExchange = { credentials: holder.selectCredentialsForPresentationExchangeRequest(found) };
    }
    const r = await holder.acceptOpenId4VpAuthorizationRequest({ authorizationRequestPayload: asked.authorizationRequestPayload, ...chosen });
    return {
      ok: r.ok, redirect: r.redirectUri ?? '', signed: !!asked.signedAuthorizationRequest, encrypted: !!r.authorizationResponse?.response,
      error: r.ok ? '' : JSON.stringify(r.serverResponse),
    };
  };
}

const answer = await { raw, credo }[input.wallet]();
const out = [];
for (const job of input.jobs) {
  try {
    out.push(await answer(job));
  } catch (e) {
    out.push({ ok: false, error: [e.message, e.cause?.message, e.cause?.cause?.message].filter(Boolean).join(': ') });
  }
}
process.stdout.write(JSON.stringify(out) + '\n', () => process.exit(0));

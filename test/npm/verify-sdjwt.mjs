// Verifies SD-JWTs with @sd-jwt.
//   in:  [{"typ": "…", "alg": "ES256|ES384|EdDSA", "sd_jwt": "…", "jwk": {…}, "nonce": "…"?, "jwks": [{…}]?}]
//   out: [{"ok": bool, "problem": "…", "claims": {…}}]
// With a nonce the key binding is verified too, with the key in cnf. A Token Status List is fetched from where the SD-JWT says, and
// verified with the key among jwks that its header names.
import { algorithms, bare, instance } from './sdjwt.mjs';
import { run } from './lib.mjs';

// listVerifier verifies status list tokens.
function listVerifier(jwks) {
  return async (data, signature) => {
    const header = JSON.parse(Buffer.from(data.split('.')[0], 'base64url'));
    const jwk = jwks.find((k) => k.kid === header.kid);
    if (header.typ !== 'statuslist+jwt' || !jwk) throw new Error(`status list: typ ${header.typ}, key ${header.kid}`);
    return (await algorithms[header.alg].getVerifier(bare(jwk)))(data, signature);
  };
}

async function verify({ typ, alg, sd_jwt: text, jwk, nonce, jwks = [] }) {
  const suite = algorithms[alg];
  const sdjwt = instance(typ, {
    verifier: await suite.getVerifier(bare(jwk)),
    statusVerifier: listVerifier(jwks),
    kbVerifier: async (data, signature, payload) => (await suite.getVerifier(bare(payload.cnf.jwk)))(data, signature),
  });
  try {
    const { payload } = await sdjwt.verify(text, nonce ? { keyBindingNonce: nonce } : {});
    return { ok: true, problem: '', claims: payload };
  } catch (err) {
    return { ok: false, problem: err.message, claims: null };
  }
}

await run((inputs) => Promise.all(inputs.map(verify)));

// Verifies SD-JWTs with @sd-jwt.
//   in:  [{"typ": "…", "alg": "ES256|ES384", "sd_jwt": "…", "jwk": {…}, "nonce": "…"?}]
//   out: [{"ok": bool, "problem": "…", "claims": {…}}]
// With a nonce the key binding is verified too, with the key in cnf.
import { algorithms, bare, instance } from './sdjwt.mjs';
import { run } from './lib.mjs';

async function verify({ typ, alg, sd_jwt: text, jwk, nonce }) {
  const suite = algorithms[alg];
  const sdjwt = instance(typ, {
    verifier: await suite.getVerifier(bare(jwk)),
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

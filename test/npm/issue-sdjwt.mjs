// Issues an SD-JWT with @sd-jwt and fresh keys, and presents it as its holder, for our reader to judge.
//   in:  {"typ": "dc+sd-jwt|vc+sd-jwt", "alg": "ES256|ES384", "claims": {…}, "frame": {…}, "show": {…}, "nonce": "…", "aud": "…"}
//   out: {"issued": "…", "presented": "…", "jwk": {…}, "claims": {…what @sd-jwt sees in the presentation…}}
import { algorithms, bare, instance } from './sdjwt.mjs';
import { run } from './lib.mjs';

await run(async ({ typ, alg, claims, frame, show, nonce, aud }) => {
  const suite = algorithms[alg];
  const issuer = await suite.generateKeyPair();
  const holder = await suite.generateKeyPair();
  const sdjwt = instance(typ, {
    signer: await suite.getSigner(issuer.privateKey),
    signAlg: alg,
    verifier: await suite.getVerifier(issuer.publicKey),
    kbSigner: await suite.getSigner(holder.privateKey),
    kbSignAlg: alg,
  });
  const issued = await sdjwt.issue({ ...claims, cnf: { jwk: bare(holder.publicKey) } }, frame, { header: { kid: 'k' } });
  const presented = await sdjwt.present(issued, show, { kb: { payload: { iat: Math.floor(Date.now() / 1000), aud, nonce } } });
  return { issued, presented, jwk: bare(issuer.publicKey), claims: await sdjwt.getClaims(presented) };
});

// Signs credentials as OB 3.0 VC-JWTs with jose and a fresh key, for our verifier to judge.
//   in:  {"alg": "RS256|ES256|EdDSA", "kid": "…", "credential": {…}, "header": {…}?, "claims": {…}?}
//   out: {"jwt": "…", "jwk": {…public…}}
// header and claims are laid over what the specification asks for; a null in them removes a member.
import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import { registeredClaims, run } from './lib.mjs';

function overlay(base, extra) {
  return Object.fromEntries(Object.entries({ ...base, ...extra }).filter(([, value]) => value !== null && value !== undefined));
}

await run(async ({ alg, kid, credential, header, claims }) => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const payload = overlay({ ...credential, ...registeredClaims(credential) }, claims);
  const jwt = await new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader(overlay({ alg, kid, typ: 'JWT' }, header))
    .sign(privateKey);
  return { jwt, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
});

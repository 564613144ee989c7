// Signs credentials as OB 3.0 VC-JWTs with jose and a fresh key, for our verifier to judge.
//   in:  {"alg": "RS256|ES256|EdDSA", "kid": "…", "credential": {…}, "header": {…}?, "claims": {…}?}
//   out: {"jwt": "…", "jwk": {…public…}}
// header and claims are laid over what the specification asks for; a null in them removes a member. Without kid the issuer
// becomes the did:jwk of the fresh key, which a verifier resolves without a network.
import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import { registeredClaims, run } from './lib.mjs';

function asDIDJWK(credential, jwk) {
  const did = 'did:jwk:' + Buffer.from(JSON.stringify(jwk)).toString('base64url');
  return { kid: did + '#0', credential: { ...credential, issuer: { ...credential.issuer, id: did } } };
}

function overlay(base, extra) {
  return Object.fromEntries(Object.entries({ ...base, ...extra }).filter(([, value]) => value !== null && value !== undefined));
}

await run(async ({ alg, kid, credential, header, claims }) => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  if (!kid) ({ kid, credential } = asDIDJWK(credential, jwk));
  const payload = overlay({ ...credential, ...registeredClaims(credential) }, claims);
  const jwt = await new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader(overlay({ alg, kid, typ: 'JWT' }, header))
    .sign(privateKey);
  return { jwt, jwk: { ...jwk, kid, alg, use: 'sig' } };
});

// Signs credentials as JWTs with jose and a fresh key, for our verifier to judge.
//   in:  {"alg": "RS256|ES256|ES384|EdDSA", "form": "ob-jwt|vc-jwt|jwt-vc-1.1"?, "kid": "…", "credential": {…}, "header": {…}?, "claims": {…}?}
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

// payloads are what each form signs: Open Badges 3.0 §8.2.4, VC-JOSE-COSE §3.1, VCDM 1.1 §6.3.1.
const payloads = {
  'ob-jwt': (credential) => ({ ...credential, ...registeredClaims(credential) }),
  'vc-jwt': (credential) => credential,
  'jwt-vc-1.1': (credential) => ({ vc: credential, ...registeredClaims(credential) }),
};

await run(async ({ alg, form = 'ob-jwt', kid, credential, header, claims }) => {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  if (!kid) ({ kid, credential } = asDIDJWK(credential, jwk));
  const payload = overlay(payloads[form](credential), claims);
  const jwt = await new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader(overlay({ alg, kid, typ: form === 'vc-jwt' ? 'vc+jwt' : 'JWT' }, header))
    .sign(privateKey);
  return { jwt, jwk: { ...jwk, kid, alg, use: 'sig' } };
});

// Verifies an OB 3.0 VC-JWT with jose.
//   in:  {"jwt": "…", "jwks": {"keys": […]}}  or  {"jwt": "…", "did_document": {…}}
//   out: {"ok": bool, "problems": ["…"], "header": {…}, "claims": {…}}
// ok means: the signature verifies under the key that kid names, and header and claims are what the specification asks for.
import { compactVerify, importJWK } from 'jose';
import { multikeyToJWK } from './multikey.mjs';
import { registeredClaims, run } from './lib.mjs';

function keyFromDocument(document, kid, problems) {
  const method = (document.verificationMethod ?? []).find((m) => m.id === kid);
  if (!method) throw new Error(`the DID document has no verification method ${kid}`);
  if (method.controller !== document.id) problems.push(`controller ${method.controller} is not ${document.id}`);
  if (!(document.assertionMethod ?? []).includes(kid)) problems.push(`${kid} is not an assertionMethod, written as a full URL`);
  if (method.publicKeyJwk) return method.publicKeyJwk;
  const jwk = multikeyToJWK(method.publicKeyMultibase);
  if (!jwk) throw new Error(`${kid} is a Multikey of a kind that is not read here`);
  return jwk;
}

function keyFromSet(jwks, kid) {
  const found = jwks.keys.filter((k) => k.kid === kid);
  if (found.length !== 1) throw new Error(`the key set has ${found.length} keys with kid ${kid}`);
  return found[0];
}

function checkHeader(header, problems) {
  for (const name of Object.keys(header)) {
    if (!['alg', 'kid', 'typ'].includes(name)) problems.push(`header member ${name}`);
  }
  if (header.typ !== 'JWT') problems.push(`typ is ${header.typ}, not JWT`);
  if (typeof header.kid !== 'string') problems.push('no kid');
}

function checkClaims(claims, problems) {
  const expected = registeredClaims(claims);
  for (const [name, value] of Object.entries(expected)) {
    if (value === undefined || claims[name] !== value) problems.push(`claim ${name} is ${claims[name]}, the credential says ${value}`);
  }
  if (claims.exp !== undefined && claims.validUntil === undefined) problems.push('exp without validUntil');
  if (claims.vc !== undefined) problems.push('a vc claim beside VCDM 2.0 members');
  if (claims['@context']?.[0] !== 'https://www.w3.org/ns/credentials/v2') problems.push('the first context is not that of VCDM 2.0');
}

await run(async ({ jwt, jwks, did_document: document }) => {
  const problems = [];
  const header = JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url'));
  checkHeader(header, problems);
  let claims = {};
  try {
    const jwk = jwks ? keyFromSet(jwks, header.kid) : keyFromDocument(document, header.kid, problems);
    if (jwk.d !== undefined) problems.push('the published key has a private part');
    const { payload } = await compactVerify(jwt, await importJWK(jwk, header.alg), { algorithms: ['RS256', 'ES256', 'EdDSA'] });
    claims = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    checkClaims(claims, problems);
  } catch (err) {
    problems.push(err.message);
  }
  return { ok: problems.length === 0, problems, header, claims };
});

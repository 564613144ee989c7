// Verifies a credential that is a JWT with jose.
//   in:  {"jwt": "…", "form": "ob-jwt|vc-jwt|jwt-vc-1.1"?, "jwks": {"keys": […]}}  or  with "did_document": {…}; the form is ob-jwt when not said
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

function checkHeader(header, typ, problems) {
  for (const name of Object.keys(header)) {
    if (!['alg', 'kid', 'typ'].includes(name)) problems.push(`header member ${name}`);
  }
  if (header.typ !== typ) problems.push(`typ is ${header.typ}, not ${typ}`);
  if (typeof header.kid !== 'string') problems.push('no kid');
}

function checkClaims(claims, credential, problems) {
  const expected = registeredClaims(credential);
  for (const [name, value] of Object.entries(expected)) {
    if (value === undefined || claims[name] !== value) problems.push(`claim ${name} is ${claims[name]}, the credential says ${value}`);
  }
  if (claims.exp !== undefined && expected.exp === undefined) problems.push('exp without an end of the credential');
}

// checkForm compares the payload with what the form asks for: Open Badges 3.0 §8.2.4, VC-JOSE-COSE §3.1, VCDM 1.1 §6.3.1.
function checkForm(form, claims, problems) {
  const version = form === 'jwt-vc-1.1' ? 'https://www.w3.org/2018/credentials/v1' : 'https://www.w3.org/ns/credentials/v2';
  const credential = form === 'jwt-vc-1.1' ? claims.vc : claims;
  if (form !== 'vc-jwt') checkClaims(claims, credential, problems);
  if (form !== 'jwt-vc-1.1' && claims.vc !== undefined) problems.push('a vc claim beside VCDM 2.0 members');
  if (form === 'jwt-vc-1.1' && claims['@context'] !== undefined) problems.push('members of a credential beside the vc claim');
  if (credential['@context']?.[0] !== version) problems.push(`the first context is not ${version}`);
}

await run(async ({ jwt, form = 'ob-jwt', jwks, did_document: document }) => {
  const problems = [];
  const header = JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url'));
  checkHeader(header, form === 'vc-jwt' ? 'vc+jwt' : 'JWT', problems);
  let claims = {};
  try {
    const jwk = jwks ? keyFromSet(jwks, header.kid) : keyFromDocument(document, header.kid, problems);
    if (jwk.d !== undefined) problems.push('the published key has a private part');
    const { payload } = await compactVerify(jwt, await importJWK(jwk, header.alg), { algorithms: ['RS256', 'ES256', 'ES384', 'EdDSA'] });
    claims = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    checkForm(form, claims, problems);
  } catch (err) {
    problems.push(err.message);
  }
  return { ok: problems.length === 0, problems, header, claims };
});

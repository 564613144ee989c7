// Issues, discloses and verifies embedded proofs with the cryptosuites of @digitalbazaar, without a network.
//   in:  {"contexts": {"URL": {…}}, "documents": {"URL": {…}}?, "issue": [{"suite", "curve", "credential"}],
//         "derive": [{"credential", "pointers"}], "verify": [{…}], "present": [{"suite", "curve", "credentials", "challenge", "domain"}]}
//   out: {"issued": [{…}], "derived": [{…}], "verified": [{"ok": bool, "problem": ""}], "presented": [{…}]}, each in the order of its input
// What is presented is issued by the holder first, and about the holder where the subject has no id.
// Keys are made here; the verification methods of what is issued are did:keys. documents are DID documents and status lists of
// others, which stand for the network; a credential with a status is only ok when its list verifies and its bit is clear.
import { gunzipSync } from 'node:zlib';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import { cryptosuite as ecdsaRdfc } from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as ecdsaSd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import { cryptosuite as eddsaRdfc } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import { run } from './lib.mjs';

const suites = {
  'eddsa-rdfc-2022': { sign: () => eddsaRdfc, verify: () => eddsaRdfc },
  'eddsa-jcs-2022': { sign: () => eddsaJcs.cryptosuite ?? eddsaJcs.createSignCryptosuite(), verify: () => eddsaJcs.cryptosuite ?? eddsaJcs.createVerifyCryptosuite() },
  'ecdsa-rdfc-2019': { sign: () => ecdsaRdfc, verify: () => ecdsaRdfc },
  'ecdsa-jcs-2019': { sign: () => ecdsaJcs.cryptosuite ?? ecdsaJcs.createSignCryptosuite(), verify: () => ecdsaJcs.cryptosuite ?? ecdsaJcs.createVerifyCryptosuite() },
  'ecdsa-sd-2023': { sign: () => ecdsaSd.createSignCryptosuite({ mandatoryPointers: ['/issuer'] }), verify: () => ecdsaSd.createVerifyCryptosuite() },
};

// methodOf finds a verification method in one of the DID documents given.
function methodOf(documents, url) {
  const method = documents[url.split('#')[0]]?.verificationMethod?.find((m) => m.id === url);
  return method && { '@context': 'https://w3id.org/security/multikey/v1', ...method };
}

// didKey makes the document of a did:key, or its only verification method.
function didKey(url) {
  const match = /^did:key:(z[1-9A-HJ-NP-Za-km-z]+)(#\1)?$/.exec(url);
  if (!match) throw new Error(`${url} is not embedded`);
  const controller = `did:key:${match[1]}`;
  const method = { id: `${controller}#${match[1]}`, type: 'Multikey', controller, publicKeyMultibase: match[1] };
  if (match[2]) return { '@context': 'https://w3id.org/security/multikey/v1', ...method };
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: controller,
    verificationMethod: [method],
    assertionMethod: [method.id],
  };
}

// loader serves the contexts and documents given, and did:key.
function loader(contexts, documents) {
  return async (url) => ({ contextUrl: null, documentUrl: url, document: contexts[url] ?? documents[url] ?? methodOf(documents, url) ?? didKey(url) });
}

// identity makes a key that is a did:key.
async function identity(curve) {
  const key = curve ? await EcdsaMultikey.generate({ curve }) : await Ed25519Multikey.generate();
  key.controller = `did:key:${key.publicKeyMultibase}`;
  key.id = `${key.controller}#${key.publicKeyMultibase}`;
  return key;
}

async function issue({ suite, curve, credential }, documentLoader, given) {
  const key = given ?? await identity(curve);
  const proof = new DataIntegrityProof({ signer: key.signer(), cryptosuite: suites[suite].sign() });
  return vc.issue({ credential, suite: proof, documentLoader });
}

async function derive({ credential, pointers }, documentLoader) {
  const suite = new DataIntegrityProof({ cryptosuite: ecdsaSd.createDiscloseCryptosuite({ selectivePointers: pointers }) });
  return vc.derive({ verifiableCredential: credential, suite, documentLoader });
}

// present lets a new key issue the credentials and present them.
async function present({ suite, curve, credentials, challenge, domain }, documentLoader) {
  const key = await identity(curve);
  const verifiableCredential = [];
  for (const credential of credentials) {
    credential.issuer.id = key.controller;
    credential.credentialSubject.id ??= key.controller;
    verifiableCredential.push(await issue({ suite, curve, credential }, documentLoader, key));
  }
  const presentation = vc.createPresentation({ verifiableCredential, holder: key.controller });
  const proof = new DataIntegrityProof({ signer: key.signer(), cryptosuite: suites[suite].sign() });
  return vc.signPresentation({ presentation, suite: proof, challenge, domain, documentLoader });
}

async function verify(credential, documentLoader) {
  // statusOf verifies the list that a credential names, and looks at its bit.
  const statusOf = async ({ credential: { credentialStatus: entry } }) => {
    const { document: list } = await documentLoader(entry.statusListCredential);
    const found = await verify(list, documentLoader);
    if (!found.ok) return { verified: false, error: new Error(`status list: ${found.problem}`) };
    const bits = gunzipSync(Buffer.from(list.credentialSubject.encodedList.slice(1), 'base64url'));
    const index = Number(entry.statusListIndex);
    const set = (bits[index >> 3] >> (7 - (index & 7))) & 1;
    return set ? { verified: false, error: new Error('the status bit is set') } : { verified: true };
  };
  try {
    const suite = Object.values(suites).map((s) => new DataIntegrityProof({ cryptosuite: s.verify() }));
    const result = await vc.verifyCredential({ credential, suite, documentLoader, checkStatus: credential.credentialStatus ? statusOf : undefined });
    const error = result.error?.errors?.[0] ?? result.error ?? result.statusResult?.error;
    return { ok: result.verified, problem: result.verified ? '' : String(error?.message ?? error) };
  } catch (err) {
    return { ok: false, problem: err.message };
  }
}

await run(async (input) => {
  const documentLoader = loader(input.contexts, input.documents ?? {});
  const answer = { issued: [], derived: [], verified: [], presented: [] };
  for (const one of input.issue ?? []) answer.issued.push(await issue(one, documentLoader));
  for (const one of input.derive ?? []) answer.derived.push(await derive(one, documentLoader));
  for (const one of input.verify ?? []) answer.verified.push(await verify(one, documentLoader));
  for (const one of input.present ?? []) answer.presented.push(await present(one, documentLoader));
  return answer;
});

// Issues, discloses and verifies embedded proofs with the cryptosuites of @digitalbazaar, without a network.
//   in:  {"contexts": {"URL": {…}}, "issue": [{"suite", "curve", "credential"}], "derive": [{"credential", "pointers"}], "verify": [{…}]}
//   out: {"issued": [{…}], "derived": [{…}], "verified": [{"ok": bool, "problem": ""}]}, each in the order of its input
// Keys are made here; every verification method is a did:key.
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

// loader serves the contexts given and did:key, both as controller document and as verification method.
function loader(contexts) {
  return async (url) => {
    if (Object.hasOwn(contexts, url)) return { contextUrl: null, documentUrl: url, document: contexts[url] };
    const match = /^did:key:(z[1-9A-HJ-NP-Za-km-z]+)(#\1)?$/.exec(url);
    if (!match) throw new Error(`${url} is not embedded`);
    const controller = `did:key:${match[1]}`;
    const method = { id: `${controller}#${match[1]}`, type: 'Multikey', controller, publicKeyMultibase: match[1] };
    const document = match[2]
      ? { '@context': 'https://w3id.org/security/multikey/v1', ...method }
      : {
          '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
          id: controller,
          verificationMethod: [method],
          assertionMethod: [method.id],
        };
    return { contextUrl: null, documentUrl: url, document };
  };
}

async function issue({ suite, curve, credential }, documentLoader) {
  const key = curve ? await EcdsaMultikey.generate({ curve }) : await Ed25519Multikey.generate();
  key.controller = `did:key:${key.publicKeyMultibase}`;
  key.id = `${key.controller}#${key.publicKeyMultibase}`;
  const proof = new DataIntegrityProof({ signer: key.signer(), cryptosuite: suites[suite].sign() });
  return vc.issue({ credential, suite: proof, documentLoader });
}

async function derive({ credential, pointers }, documentLoader) {
  const suite = new DataIntegrityProof({ cryptosuite: ecdsaSd.createDiscloseCryptosuite({ selectivePointers: pointers }) });
  return vc.derive({ verifiableCredential: credential, suite, documentLoader });
}

async function verify(credential, documentLoader) {
  try {
    const suite = Object.values(suites).map((s) => new DataIntegrityProof({ cryptosuite: s.verify() }));
    const result = await vc.verifyCredential({ credential, suite, documentLoader });
    return { ok: result.verified, problem: result.verified ? '' : String(result.error?.errors?.[0]?.message ?? result.error?.message) };
  } catch (err) {
    return { ok: false, problem: err.message };
  }
}

await run(async (input) => {
  const documentLoader = loader(input.contexts);
  const answer = { issued: [], derived: [], verified: [] };
  for (const one of input.issue ?? []) answer.issued.push(await issue(one, documentLoader));
  for (const one of input.derive ?? []) answer.derived.push(await derive(one, documentLoader));
  for (const one of input.verify ?? []) answer.verified.push(await verify(one, documentLoader));
  return answer;
});

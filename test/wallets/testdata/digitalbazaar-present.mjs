// A wallet on the client library of Digital Bazaar that presents what it holds, as its documentation says to use it: prints what the
// verifier said. It runs where the packages of the wallets are, like digitalbazaar.mjs, whose output is the file that it reads.
//   node --input-type=module -e "$(cat digitalbazaar-present.mjs)" <file> <link>...
import { oid4vp } from '@digitalbazaar/oid4-client'
import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import { cryptosuite } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
import * as vc from '@digitalbazaar/vc'
import fs from 'node:fs'
import https from 'node:https'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const { loadDocument: documentLoader } = await import(pathToFileURL(path.join(process.cwd(), 'lib', 'ld.mjs')))
const [file, ...links] = process.argv.slice(1)
const held = JSON.parse(fs.readFileSync(file))
const agent = new https.Agent({ ca: fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS) })
const key = await Ed25519Multikey.from(held.key)

const out = []
for (const url of links) {
  try {
    const getTrustedCertificates = held.authority && (async () => [held.authority])
    const { authorizationRequest } = await oid4vp.getAuthorizationRequest({ url, agent, getTrustedCertificates })
    const presentation = vc.createPresentation({ verifiableCredential: held.credentials, holder: held.did })
    const verifiablePresentation = await vc.signPresentation({
      presentation, suite: new DataIntegrityProof({ signer: key.signer(), cryptosuite }),
      challenge: authorizationRequest.nonce, domain: authorizationRequest.client_id, documentLoader,
    })
    const dcql = authorizationRequest.dcql_query // of which the library knows nothing when it answers
    const answer = dcql ? { vpToken: JSON.stringify({ [dcql.credentials[0].id]: [verifiablePresentation] }), vpTokenMediaType: 'application/json' } : { verifiablePresentation }
    const { result } = await oid4vp.sendAuthorizationResponse({ ...answer, authorizationRequest, agent })
    out.push({ ok: true, result })
  } catch (e) {
    const causes = []
    for (let c = e.cause; c; c = c.cause) causes.push(c.message + ' ' + JSON.stringify(c.data ?? ''))
    out.push({ ok: false, error: e.message, causes })
  }
}
console.log(JSON.stringify({ ok: out.every((o) => o.ok), answers: out }))

// A wallet on the client library of Digital Bazaar, as its documentation says to use it: prints what it was given.
// It runs where the packages of the wallets are: node --input-type=module -e "$(cat digitalbazaar.mjs)" <offer>
import { OID4Client, getCredentialOffer } from '@digitalbazaar/oid4-client'
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import https from 'node:https'
import fs from 'node:fs'

const agent = new https.Agent({ ca: fs.readFileSync(process.env.NODE_EXTRA_CA_CERTS) })
const out = { ok: false, wallet: '@digitalbazaar/oid4-client' }
try {
  const offer = await getCredentialOffer({ url: process.argv[1], agent })
  const key = await Ed25519Multikey.generate()
  const did = 'did:key:' + key.publicKeyMultibase
  key.id = did + '#' + key.publicKeyMultibase
  const client = await OID4Client.fromCredentialOffer({ offer, agent })
  const got = await client.requestCredentials({ did, didProofSigner: key.signer(), agent })
  const credentials = got.credentials.filter((c) => c)
  const kept = await key.export({ publicKey: true, secretKey: true, includeContext: true })
  Object.assign(out, { ok: credentials.length > 0, did, credentials, key: kept })
} catch (e) {
  out.error = e.message
  for (let c = e.cause; c; c = c.cause) (out.causes ??= []).push(c.message + ' ' + JSON.stringify(c.data ?? ''))
}
console.log(JSON.stringify(out))

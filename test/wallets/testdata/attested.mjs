// A wallet on @openid4vc, the protocol library below credo, that shows who vouches for it and for its keys: prints what it was given.
// It runs where the packages of the wallets are:
//   node --input-type=module -e "$(cat attested.mjs)" <provider> <offer for a code> <offer for a key attestation in a proof> <command for a browser>
// The provider is a file of {key: JWK, x5c: [...]}. With "stranger" behind, somebody else has the wallet's key when the token is asked for.
import { execSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { Openid4vciClient, createKeyAttestationJwt } from '@openid4vc/openid4vci'
import { calculateJwkThumbprint, clientAuthenticationClientAttestationJwt, createClientAttestationJwt } from '@openid4vc/oauth2'
import * as jose from 'jose'

const [file, byCode, byProof, browser, stranger] = process.argv.slice(1)
const provider = JSON.parse(fs.readFileSync(file))
const held = new Map() // private keys by their thumbprint
const hash = (data, alg) => createHash(alg.replace('-', '')).update(data).digest()
const thumbprint = (jwk) => calculateJwkThumbprint({ jwk, hashAlgorithm: 'sha-256', hashCallback: hash })

async function key() {
  const { publicKey, privateKey } = await jose.generateKeyPair('ES256', { extractable: true })
  const jwk = await jose.exportJWK(publicKey)
  held.set(await thumbprint(jwk), privateKey)
  return jwk
}

async function signJwt(signer, { header, payload }) {
  const own = signer.method === 'x5c'
  const jwk = own ? provider.key : signer.publicJwk
  const priv = own ? await jose.importJWK(provider.key, 'ES256') : held.get(await thumbprint(jwk))
  return { jwt: await new jose.SignJWT(payload).setProtectedHeader(header).sign(priv), signerJwk: jwk }
}

const byProvider = { method: 'x5c', alg: 'ES256', x5c: provider.x5c }
const soon = () => new Date(Date.now() + 300_000)
const clientId = 'attested-wallet', redirectUri = 'https://wallet.example/cb'
const out = { ok: false, wallet: '@openid4vc', credentials: [] }
try {
  const instance = await key()
  const clientAttestationJwt = await createClientAttestationJwt({
    issuer: 'https://provider.example', clientId, confirmation: { jwk: instance }, expiresAt: soon(), signer: byProvider, callbacks: { signJwt },
  })
  if (stranger) held.set(await thumbprint(instance), (await jose.generateKeyPair('ES256')).privateKey)
  const callbacks = {
    hash, signJwt, generateRandom: (n) => randomBytes(n), fetch,
    clientAuthentication: clientAuthenticationClientAttestationJwt({ clientAttestationJwt, callbacks: { signJwt, generateRandom: (n) => randomBytes(n) } }),
  }
  const client = new Openid4vciClient({ callbacks })
  const bound = { signer: { method: 'jwk', alg: 'ES256', publicJwk: await key() } }
  const attest = (attestedKeys, more) => createKeyAttestationJwt({ attestedKeys, signer: byProvider, callbacks, ...more })
  const take = async (token, issuerMetadata, credentialConfigurationId, asked) => {
    const got = await client.retrieveCredentials({
      issuerMetadata, credentialConfigurationId, accessToken: token.accessTokenResponse.access_token, dpop: token.dpop, ...asked,
    })
    out.credentials.push(...got.credentialResponse.credentials.map((c) => c.credential))
  }

  { // a person agrees; the request is pushed by an attested wallet, and the keys are attested in the place of a proof
    const credentialOffer = await client.resolveCredentialOffer(byCode)
    const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer)
    const asked = await client.createAuthorizationRequestUrlFromOffer({ credentialOffer, issuerMetadata, clientId, redirectUri, dpop: bound })
    out.pushed = asked.authorizationRequestUrl.includes('request_uri=')
    const back = execSync(browser.replaceAll('{url}', `'${asked.authorizationRequestUrl}'`)).toString().trim()
    const { code } = client.parseAndVerifyAuthorizationResponseRedirectUrl({
      url: back, authorizationServerMetadata: issuerMetadata.authorizationServers[0],
    })
    const token = await client.retrieveAuthorizationCodeAccessTokenFromOffer({
      credentialOffer, issuerMetadata, authorizationCode: code, pkceCodeVerifier: asked.pkce.codeVerifier, redirectUri, dpop: asked.dpop ?? bound,
      additionalRequestPayload: { client_id: clientId },
    })
    out.bound = token.accessTokenResponse.token_type
    const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata })
    const attestation = await attest([await key(), await key()], { nonce, expiresAt: soon(), use: 'proof_type.attestation' })
    await take(token, issuerMetadata, credentialOffer.credential_configuration_ids[0], { proofs: { attestation: [attestation] } })
  }
  { // a pre-authorised code; the attestation stands in the header of a proof
    const credentialOffer = await client.resolveCredentialOffer(byProof)
    const issuerMetadata = await client.resolveIssuerMetadata(credentialOffer.credential_issuer)
    const token = await client.retrievePreAuthorizedCodeAccessTokenFromOffer({ credentialOffer, issuerMetadata, dpop: bound })
    const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata })
    const mine = await key()
    const id = credentialOffer.credential_configuration_ids[0]
    const keyAttestationJwt = await attest([mine], { nonce, expiresAt: soon(), use: 'proof_type.jwt' })
    const { jwt } = await client.createCredentialRequestJwtProof({
      issuerMetadata, credentialConfigurationId: id, nonce, keyAttestationJwt, clientId, signer: { method: 'jwk', alg: 'ES256', publicJwk: mine },
    })
    await take(token, issuerMetadata, id, { proofs: { jwt: [jwt] } })
  }
  out.ok = out.credentials.length === 3
} catch (e) {
  out.error = `${e.name}: ${e.message}`
  out.answer = e.errorResponse ?? e.response?.credentialErrorResponseResult?.data
}
console.log(JSON.stringify(out))

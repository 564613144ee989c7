// What the SD-JWT scripts share: an instance of @sd-jwt for one typ.
import { SDJwtInstance } from '@sd-jwt/core';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { createPublicKey, verify } from 'node:crypto';
import { ES256, ES384, digest, generateSalt } from '@sd-jwt/crypto-nodejs';

// EdDSA is what the library has no verifier of its own for.
const EdDSA = {
  getVerifier: async (jwk) => async (data, signature) =>
    verify(null, Buffer.from(data), createPublicKey({ key: jwk, format: 'jwk' }), Buffer.from(signature, 'base64url')),
};

export const algorithms = { ES256, ES384, EdDSA };

// instance returns an SDJwtVcInstance for SD-JWT VCs, and the plain one of RFC 9901 for every other typ.
export function instance(typ, config) {
  const full = { hasher: digest, saltGenerator: generateSalt, hashAlg: 'sha-256', ...config };
  if (typ === 'dc+sd-jwt') return new SDJwtVcInstance(full);
  return new (class extends SDJwtInstance {
    type = typ;
  })(full);
}

// bare removes the labels that WebCrypto would hold against the key.
export function bare({ kty, crv, x, y }) {
  return { kty, crv, x, y };
}

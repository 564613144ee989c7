// Multikey (Controlled Identifiers 1.0, section 2.2.2) to JWK, for Ed25519 and P-256, with Node's own curve arithmetic.
import { ECDH } from 'node:crypto';

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

function base58(text) {
  let n = 0n;
  for (const c of text) {
    const digit = alphabet.indexOf(c);
    if (digit < 0) throw new Error(`${c} is no base58 digit`);
    n = n * 58n + BigInt(digit);
  }
  const hex = n.toString(16);
  const zeros = text.match(/^1*/)[0].length;
  return Buffer.concat([Buffer.alloc(zeros), Buffer.from(hex.length % 2 ? '0' + hex : hex, 'hex')]);
}

// multikeyToJWK returns null for a kind of key that it does not know (RSA has no short Multikey form that others read).
export function multikeyToJWK(multikey) {
  if (!multikey.startsWith('z')) throw new Error('a Multikey is base58btc: it begins with z');
  const bytes = base58(multikey.slice(1));
  const raw = bytes.subarray(2);
  if (bytes[0] === 0xed && bytes[1] === 0x01) {
    return { kty: 'OKP', crv: 'Ed25519', x: raw.toString('base64url') };
  }
  if (bytes[0] === 0x80 && bytes[1] === 0x24) {
    const point = ECDH.convertKey(raw, 'prime256v1', undefined, undefined, 'uncompressed');
    return {
      kty: 'EC', crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url'),
    };
  }
  return null;
}

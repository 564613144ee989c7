// COSE_Sign1 with @auth0/cose.
//   in:  {"verify": [{"cose": base64url, "jwk": {…}}…], "sign": {"payload": "…", "alg": "ES256|ES384|EdDSA", "kid": "…", "typ": "…", "content_type": "…"}?}
//   out: {"verified": [{"ok": bool, "payload": "…", "problems": ["…"]}…], "signed": {"cose": base64url, "jwk": {…}}?}
import { Algorithms, Headers, ProtectedHeaders, Sign1, UnprotectedHeaders } from '@auth0/cose';
import { exportJWK, generateKeyPair, importJWK } from 'jose';
import { run } from './lib.mjs';

const TYP = 16;

async function verify({ cose, jwk }) {
  try {
    const message = Sign1.decode(Buffer.from(cose, 'base64url'));
    await message.verify(await importJWK(jwk, jwk.alg));
    const problems = [];
    for (const [label, value] of message.protectedHeaders) {
      if (![Headers.Algorithm, Headers.ContentType, Headers.KeyID, TYP].includes(label)) problems.push(`header parameter ${label}`);
      if (label === TYP && value !== 'application/vc+cose') problems.push(`typ ${value}`);
      if (label === Headers.ContentType && value !== 'application/vc') problems.push(`content type ${value}`);
    }
    return { ok: problems.length === 0, payload: Buffer.from(message.payload).toString(), problems };
  } catch (err) {
    return { ok: false, payload: '', problems: [String(err)] };
  }
}

async function sign({ payload, alg, kid, typ, content_type: contentType }) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const header = new ProtectedHeaders([
    [Headers.Algorithm, Algorithms[alg]], [Headers.ContentType, contentType], [Headers.KeyID, Buffer.from(kid)], [TYP, typ],
  ]);
  const message = await Sign1.sign(header, new UnprotectedHeaders([]), Buffer.from(payload), privateKey);
  return { cose: Buffer.from(message.encode()).toString('base64url'), jwk: { ...(await exportJWK(publicKey)), alg } };
}

await run(async (request) => ({
  verified: await Promise.all((request.verify ?? []).map(verify)),
  signed: request.sign && (await sign(request.sign)),
}));

// A sign-in service on loopback: oidc-provider, certified as an OpenID provider, which knows one client and one person and signs that person
// in without asking. It reads its settings as one line of JSON on standard input and writes one line of JSON when it listens.
//   in:  {"client": {client_id, client_secret, redirect_uris, …}, "account": {"sub", "name", "email", "email_verified"}}
//   out: {"issuer"}
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { exportJWK, generateKeyPair } from 'jose';

console.info = console.warn = console.log = () => {}; // standard output is for the test
const { value } = await createInterface({ input: process.stdin })[Symbol.asyncIterator]().next();
const { client, account } = JSON.parse(value);
const { Provider } = await import('oidc-provider');

const keys = [];
for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA']) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, crv: alg === 'EdDSA' ? 'Ed25519' : undefined });
  keys.push({ ...(await exportJWK(privateKey)), alg, use: 'sig', kid: alg });
}

const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [client],
  jwks: { keys },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  cookies: { keys: ['a key of a test'] },
  features: { devInteractions: { enabled: false } },
  findAccount: (ctx, id) => ({ accountId: id, claims: async () => ({ ...account, sub: id }) }),
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  pkce: { required: () => true },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'] },
});

// interact signs the person in and gives the client what it asks for.
async function interact(req, res) {
  const { params } = await provider.interactionDetails(req, res);
  const grant = new provider.Grant({ accountId: account.sub, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  await provider.interactionFinished(req, res, { login: { accountId: account.sub }, consent: { grantId: await grant.save() } }, { mergeWithLastSubmission: false });
}

const answer = provider.callback();
server.on('request', (req, res) => {
  if (!req.url.startsWith('/interaction/')) return answer(req, res);
  interact(req, res).catch((err) => { res.statusCode = 500; res.end(String(err)); });
});
process.stdout.write(`${JSON.stringify({ issuer })}\n`);

// What the scripts share: JSON in on standard input, JSON out on standard output. A script that cannot do its work exits
// with status 1 and says why on standard error; a verdict about the input is data, not an exit status.
import { text } from 'node:stream/consumers';

export async function run(main) {
  try {
    const answer = await main(JSON.parse(await text(process.stdin)));
    process.stdout.write(JSON.stringify(answer) + '\n');
  } catch (err) {
    process.stderr.write((err?.stack ?? String(err)) + '\n');
    process.exitCode = 1;
  }
}

// numericDate gives the NumericDate of an RFC 3339 time; NaN where it is not a whole second.
export function numericDate(time) {
  const ms = Date.parse(time);
  return ms % 1000 === 0 ? ms / 1000 : NaN;
}

// registeredClaims are the JWT claims that Open Badges 3.0 demands for a credential (section 8.2.4 of the specification).
export function registeredClaims(credential) {
  const claims = {
    iss: typeof credential.issuer === 'string' ? credential.issuer : credential.issuer?.id,
    jti: credential.id,
    sub: credential.credentialSubject?.id,
    nbf: numericDate(credential.validFrom ?? credential.issuanceDate),
  };
  const end = credential.validUntil ?? credential.expirationDate;
  if (end !== undefined) claims.exp = numericDate(end);
  return claims;
}

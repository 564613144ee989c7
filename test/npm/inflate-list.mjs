// Decodes the encodedList of a BitstringStatusList with three independent inflaters, which must agree.
//   in:  {"encoded_list": "u…"}
//   out: {"entries": number, "set": [indexes of the bits that are 1], "inflaters": ["…"]}
// The first index is the left-most bit (Bitstring Status List 1.0, section 3.2).
import { gunzipSync } from 'node:zlib';
import { arrayBuffer } from 'node:stream/consumers';
import { ungzip } from 'pako';
import { run } from './lib.mjs';

const inflaters = {
  zlib: async (bytes) => gunzipSync(bytes),
  DecompressionStream: async (bytes) =>
    Buffer.from(await arrayBuffer(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')))),
  pako: async (bytes) => Buffer.from(ungzip(bytes)),
};

await run(async ({ encoded_list: encoded }) => {
  if (!/^u[A-Za-z0-9_-]+$/.test(encoded)) throw new Error('encodedList is not multibase base64url without padding');
  const bytes = Buffer.from(encoded.slice(1), 'base64url');
  let bits;
  for (const [name, inflate] of Object.entries(inflaters)) {
    const answer = await inflate(bytes);
    if (bits && !bits.equals(answer)) throw new Error(`${name} disagrees with the others`);
    bits = answer;
  }
  const set = [];
  bits.forEach((byte, at) => {
    for (let bit = 0; byte !== 0 && bit < 8; bit++) {
      if (byte & (0x80 >> bit)) set.push(at * 8 + bit);
    }
  });
  return { entries: bits.length * 8, set, inflaters: Object.keys(inflaters) };
});

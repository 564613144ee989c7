// Walks the table of the official VC-JOSE-COSE suite and calls "laurel conformance" for each of its tests.
//   node test/suites/jose-cose.mjs SUITE-CHECKOUT LAUREL-BINARY
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const [suite, binary] = process.argv.slice(2).map((p) => resolve(p));
const tables = await import(pathToFileURL(join(suite, 'tests/test-mapping.js')));
const work = mkdtempSync(join(tmpdir(), 'jose-cose-'));
let passed = 0;
let all = 0;
for (const table of [tables.JOSETestMapping, tables.SDJWTTestMapping, tables.COSETestMapping]) {
  for (const [name, test] of Object.entries(table)) {
    all++;
    const output = join(work, `${test.number}.json`);
    const input = (file) => join(suite, 'tests/input', file);
    const paths = test.disclosure_paths ? ['--sd', JSON.stringify(test.disclosure_paths)] : [];
    spawnSync(binary, ['conformance', test.fn, '--input', input(test.input_file), '--key', input(test.key_file),
      '--feature', test.feature, ...paths, '--output', output]);
    let got = { result: 'error' };
    try {
      got = JSON.parse(readFileSync(output, 'utf8'));
    } catch { /* the command wrote nothing: an error, which no test expects */ }
    if (got.result === test.expected_result) passed++;
    else console.log(`${name}: ${got.result} instead of ${test.expected_result}: ${got.data ?? ''}`);
  }
}
console.log(`${passed}/${all}`);
process.exitCode = passed === all && all > 0 ? 0 : 1;

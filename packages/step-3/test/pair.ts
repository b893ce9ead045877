import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'

/**
 * Makes a key and its certificate before the tests' processes start: what
 * NODE_EXTRA_CA_CERTS names is read at the start of a process only.
 */
export async function setup() {
  const home = mkdtempSync(join(tmpdir(), 'guard-up-pair-'))
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  })
  process.env.TLS_KEY_FILE = join(home, 'key.pem')
  process.env.TLS_CERT_FILE = join(home, 'cert.pem')
  process.env.NODE_EXTRA_CA_CERTS = process.env.TLS_CERT_FILE
  writeFileSync(process.env.TLS_KEY_FILE, pems.private, { mode: 0o600 })
  writeFileSync(process.env.TLS_CERT_FILE, pems.cert)
  return () => rmSync(home, { recursive: true, force: true })
}

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'

/** A key and its certificate, which vouches for itself for a day. */
export interface Pair {
  keyFile: string
  certFile: string
  /** PEM that whoever connects is to trust. */
  ca: string
}

const day = 24 * 60 * 60 * 1000

/** Makes a pair for loopback names in a folder. */
export async function createPair(folder: string): Promise<Pair> {
  const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + day),
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
  const pair = {
    keyFile: join(folder, 'key.pem'),
    certFile: join(folder, 'cert.pem'),
    ca: pems.cert,
  }
  await writeFile(pair.keyFile, pems.private, { mode: 0o600 })
  await writeFile(pair.certFile, pems.cert)
  return pair
}

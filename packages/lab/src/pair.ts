import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'

/** A key and its certificate for loopback names, in a folder of their own. */
export interface Pair {
  keyFile: string
  certFile: string
  key: string
  /** PEM; it vouches for itself. */
  cert: string
  remove(): Promise<void>
}

/** The pair of the whole test run, which its processes trust. */
export async function sharedPair(): Promise<Pair> {
  const { GUARDCHECK_KEY_FILE, NODE_EXTRA_CA_CERTS } = process.env
  const keyFile = `${GUARDCHECK_KEY_FILE}`
  const certFile = `${NODE_EXTRA_CA_CERTS}`
  const [key, cert] = await Promise.all(
    [keyFile, certFile].map((file) => readFile(file, 'utf8')),
  )
  return {
    keyFile,
    certFile,
    key: `${key}`,
    cert: `${cert}`,
    async remove() {},
  }
}

/** Makes a pair in a folder, or in one of its own; `name` is its subject. */
export async function createPair(
  place?: string,
  name = 'localhost',
): Promise<Pair> {
  const folder = place ?? (await mkdtemp(join(tmpdir(), 'guard-up-pair-')))
  const pems = await generate([{ name: 'commonName', value: name }], {
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
  const keyFile = join(folder, 'key.pem')
  const certFile = join(folder, 'cert.pem')
  await writeFile(keyFile, pems.private, { mode: 0o600 })
  await writeFile(certFile, pems.cert)
  return {
    keyFile,
    certFile,
    key: pems.private,
    cert: pems.cert,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

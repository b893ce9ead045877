import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { openFolder, openWhole } from './whole.ts'

/** A key and its certificate for loopback names. */
export interface Pair {
  keyFile: string
  certFile: string
  key: string
  /** PEM; it vouches for itself. */
  cert: string
}

const day = 24 * 60 * 60 * 1000

/** A new key and a certificate for it, good for a day; `name` is its subject. */
export async function createPems(name = 'localhost') {
  const pems = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
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
  return { key: pems.private, cert: pems.cert }
}

/** Makes a pair in a folder. */
export async function createPair(folder: string, name?: string): Promise<Pair> {
  const pems = await createPems(name)
  const keyFile = join(folder, 'key.pem')
  const certFile = join(folder, 'cert.pem')
  await writeFile(keyFile, pems.key, { mode: 0o600 })
  await writeFile(certFile, pems.cert)
  return { keyFile, certFile, ...pems }
}

/** Makes a pair in a folder of its own, which `stop` removes. */
export const openPair = () =>
  openWhole(async (defer) => createPair(await openFolder('pair', defer)))

/**
 * The pair that every process of this run trusts, for it was told of it at its
 * start: `NODE_EXTRA_CA_CERTS` is not read later.
 */
export async function sharedPair(): Promise<Pair> {
  const keyFile = `${process.env.GUARDCHECK_KEY_FILE}`
  const certFile = `${process.env.NODE_EXTRA_CA_CERTS}`
  const [key, cert] = await Promise.all([
    readFile(keyFile, 'utf8'),
    readFile(certFile, 'utf8'),
  ])
  return { keyFile, certFile, key, cert }
}

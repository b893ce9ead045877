import {
  createPrivateKey,
  randomBytes,
  type webcrypto,
  X509Certificate,
} from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'
import writeFileAtomic from 'write-file-atomic'

/** What a server and those who trust it hold, as PEM. */
export interface Pair {
  /** The authority: public, and nobody has its key. */
  ca: string
  cert: string
  key: string
}

/** The files of a pair in a folder. */
export const filesOf = (folder: string) => ({
  ca: join(folder, 'ca.pem'),
  cert: join(folder, 'cert.pem'),
  key: join(folder, 'key.pem'),
})

const day = 24 * 60 * 60 * 1000
const authority = 'CN=Guard Up development CA'
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/**
 * Makes an authority, a key, and a certificate for these names by that
 * authority, whose own key is never written anywhere: nothing else can be
 * signed with it, not by us either.
 */
export async function createPair(hosts: string[], days: number): Promise<Pair> {
  const createKeys = () =>
    crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const [signer, server] = [await createKeys(), await createKeys()]
  // An hour back: the clock of whoever connects may be slow.
  const notBefore = new Date(Date.now() - day / 24)
  const notAfter = new Date(Date.now() + days * day)
  const common = { notBefore, notAfter, signingAlgorithm: algorithm }
  const keyId = (key: webcrypto.CryptoKey) =>
    x509.SubjectKeyIdentifierExtension.create(key)
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...common,
    serialNumber: createSerial(),
    // Of its own each time: whoever trusts two must find the right one.
    name: `${authority} ${randomBytes(3).toString('hex')}`,
    keys: signer,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await keyId(signer.publicKey),
    ],
  })
  const names = hosts.map((value) => ({
    type: isIP(value) ? ('ip' as const) : ('dns' as const),
    value,
  }))
  const cert = await x509.X509CertificateGenerator.create({
    ...common,
    serialNumber: createSerial(),
    subject: `CN=${hosts[0]}`,
    issuer: ca.subject,
    publicKey: server.publicKey,
    signingKey: signer.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(names),
      await keyId(server.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer.publicKey),
    ],
  })
  const key = await crypto.subtle.exportKey('pkcs8', server.privateKey)
  const pem = createPrivateKey({
    key: Buffer.from(key),
    format: 'der',
    type: 'pkcs8',
  }).export({ format: 'pem', type: 'pkcs8' })
  return {
    ca: `${ca.toString('pem')}\n`,
    cert: `${cert.toString('pem')}\n`,
    key: `${pem}`,
  }
}

/** Positive, as a serial number has to be (RFC 5280 §4.1.2.2). */
const createSerial = () => `01${randomBytes(15).toString('hex')}`

/** Writes each file whole; a server that runs sees a pair or the one before. */
export async function writePair(folder: string, pair: Pair): Promise<void> {
  const files = filesOf(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  await writeFileAtomic(files.ca, pair.ca, { mode: 0o644 })
  await writeFileAtomic(files.key, pair.key, { mode: 0o600 })
  await writeFileAtomic(files.cert, pair.cert, { mode: 0o644 })
}

/** What lies in a folder. */
export type Found =
  | { state: 'none' }
  /** Something that this command did not make, or that is torn. */
  | { state: 'foreign' }
  | { state: 'ours'; hosts: string[]; validTo: Date; daysLeft: number }

/** Looks at the pair in a folder. */
export function findPair(folder: string): Found {
  const files = filesOf(folder)
  if (!existsSync(files.cert) && !existsSync(files.key)) {
    return { state: 'none' }
  }
  try {
    const ca = new X509Certificate(readFileSync(files.ca))
    const cert = new X509Certificate(readFileSync(files.cert))
    const key = createPrivateKey(readFileSync(files.key))
    const ours =
      ca.subject.startsWith(authority) &&
      cert.checkIssued(ca) &&
      cert.verify(ca.publicKey) &&
      cert.checkPrivateKey(key)
    if (!ours) return { state: 'foreign' }
    const validTo = new Date(cert.validTo)
    const daysLeft = Math.floor((validTo.getTime() - Date.now()) / day)
    const hosts = (cert.subjectAltName ?? '')
      .split(', ')
      .map((name) => plainOf(name.replace(/^[\w ]+:/, '')))
    return { state: 'ours', hosts, validTo, daysLeft }
  } catch {
    return { state: 'foreign' }
  }
}

/** An address in its shortest form: ::1 for 0:0:0:0:0:0:0:1. */
export function plainOf(host: string): string {
  if (isIP(host) !== 6) return host.toLowerCase()
  return new URL(`http://[${host}]`).hostname.slice(1, -1)
}

import type { X509Certificate } from 'node:crypto'
import { randomBytes } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { nameOf } from './wire.ts'

/** Milliseconds that a server has for its part of a handshake. */
const patienceMs = 5000

/** What came of a handshake: nothing was sent after it. */
export interface Handshake {
  /** The certificate that the server presented; absent when it failed. */
  certificate?: X509Certificate | undefined
  /** Such as `TLSv1.3`; absent when it failed. */
  protocol?: string | undefined
  /** What came instead, in a word or two. */
  failure?: string
}

/** Shakes hands with whoever is there: nothing secret may follow. */
export function shakeHands(url: URL): Promise<Handshake> {
  return new Promise((resolve) => {
    const settle = (handshake: Handshake) => {
      socket.destroy()
      resolve(handshake)
    }
    const socket = connectTls({
      ...addressOf(url),
      servername: nameOf(url),
      rejectUnauthorized: false,
      timeout: patienceMs,
    })
    socket.once('secureConnect', () =>
      settle({
        certificate: socket.getPeerX509Certificate(),
        protocol: socket.getProtocol() ?? undefined,
      }),
    )
    socket.once('timeout', () => settle({ failure: 'timed out' }))
    socket.once('close', () => settle({ failure: 'closed' }))
    socket.once('error', ({ message, code }: NodeJS.ErrnoException) =>
      settle({ failure: code ?? message }),
    )
  })
}

/** Versions by the number that stands for them on the wire. */
export const oldVersions: [name: string, minor: number][] = [
  ['SSL 3.0', 0],
  ['TLS 1.0', 1],
  ['TLS 1.1', 2],
]

/**
 * Whether a server goes on with a client that knows nothing newer. The bytes
 * are our own: OpenSSL may be built without the old versions.
 */
export function takesVersion(url: URL, minor: number): Promise<boolean> {
  return new Promise((resolve) => {
    let received = Buffer.alloc(0)
    const settle = () => {
      socket.destroy()
      resolve(isServerHello(received))
    }
    const socket = connectTcp({ ...addressOf(url), timeout: patienceMs })
    socket.once('connect', () => socket.write(clientHello(nameOf(url), minor)))
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes])
      if (received.length >= 11) settle()
    })
    for (const end of ['timeout', 'close', 'error']) socket.once(end, settle)
  })
}

function addressOf(url: URL): { host: string; port: number } {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return { host, port: Number(url.port || 443) }
}

/** Type of record, its version, its length; type of message, and so on. */
function isServerHello(bytes: Buffer): boolean {
  const [record, , , , , message, , , , major = 0, minor = 0] = bytes
  return record === 0x16 && message === 0x02 && major === 3 && minor < 3
}

/** What such clients offered: ECDHE or RSA, with AES or 3DES, and SHA-1. */
const suites = [0xc00a, 0xc009, 0xc014, 0xc013, 0x0039, 0x0033, 0x0035]
const lastSuites = [0x002f, 0x0016, 0x000a]

/** The first message of a handshake, in a record (RFC 2246 §7.4.1.2). */
function clientHello(name: string, minor: number): Buffer {
  const offered = [...suites, ...lastSuites].flatMap(bytesOf)
  const list = [...Buffer.from(name)]
  const extensions = [
    ...(name ? extension(0, sized(2, [0, ...sized(2, list)])) : []),
    // The curves of P-256, P-384 and P-521, and points as they are.
    ...extension(10, sized(2, [23, 24, 25].flatMap(bytesOf))),
    ...extension(11, sized(1, [0])),
  ]
  const body = [
    ...[3, minor],
    ...randomBytes(32),
    ...sized(1, []),
    ...sized(2, offered),
    ...sized(1, [0]),
    // The oldest has none.
    ...(minor > 0 ? sized(2, extensions) : []),
  ]
  return Buffer.from([0x16, 3, minor, ...sized(2, [1, ...sized(3, body)])])
}

const bytesOf = (number: number) => [number >> 8, number & 255]

/** A vector with its length before it, in so many bytes. */
function sized(width: number, bytes: number[]): number[] {
  const length = Array.from({ length: width }, (_, place) => {
    return (bytes.length >> (8 * (width - 1 - place))) & 255
  })
  return [...length, ...bytes]
}

const extension = (type: number, bytes: number[]) => [
  ...bytesOf(type),
  ...sized(2, bytes),
]

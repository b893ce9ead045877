import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import type { Connection } from '../../probe/connection.ts'
import type { Subject } from '../../probe/subject.ts'
import { fillers, headOf } from './bytes.ts'
import { actionMessage } from './effect.ts'

/** A way to write one and the same body; what is left out is as usual. */
export interface Spelling {
  name: string
  /** The Content-Type lines, as they stand; none if empty. */
  types?: string[]
  /** The Content-Encoding lines, and what is done to the body. */
  encodings?: string[]
  encode?: (body: Buffer) => Buffer
  /** How the length is told, and the bytes that go with it. */
  frame?: (body: Buffer) => { lines: [string, string][]; bytes: Buffer }
  /** Short header lines before all that tells of the body. */
  before?: number
}

export const json = 'application/json'

const quoted = (text: string) =>
  JSON.stringify(text).replace(
    /[\u007f-\u00ff]/g,
    (sign) => `\\x${sign.charCodeAt(0).toString(16)}`,
  )

export const typed = (...types: string[]): Spelling => ({
  name: `Content-Type: ${types.map(quoted).join(' and ') || 'none'}`,
  types,
})

const encoded = (
  encodings: string[],
  encode: (body: Buffer) => Buffer = (body) => body,
): Spelling => ({
  name: `Content-Encoding: ${encodings.map(quoted).join(' and ')}`,
  encodings,
  encode,
})

const inChunks = (body: Buffer, size = body.length) => {
  const pieces: Buffer[] = []
  for (let start = 0; start < body.length; start += size) {
    const piece = body.subarray(start, start + size)
    const length = `${piece.length.toString(16)}\r\n`
    pieces.push(Buffer.from(length), piece, Buffer.from('\r\n'))
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')])
}

/** Chunks under these Transfer-Encoding lines. */
export const chunked = (lines: string[], size?: number): Spelling => ({
  name: `Transfer-Encoding: ${lines.map(quoted).join(' and ')}${size ? `, ${size} bytes each` : ''}`,
  frame: (body) => ({
    lines: lines.map((line) => ['Transfer-Encoding', line]),
    bytes: inChunks(body, size),
  }),
})

/** A byte of Latin-1 behind the type, which some take for a space. */
export const trailing = (byte: number) =>
  typed(`${json}${String.fromCharCode(byte)}`)

/** Those that somebody's `trim` takes, and those at the ends. */
export const fewBytes = [0x80, 0x85, 0xa0, 0xff]

export const allBytes = Array.from({ length: 0x80 }, (_, i) => 0x80 + i)

const types: Spelling[] = [
  typed(),
  typed(''),
  typed(`${json}\v`),
  typed(`${json}\f`),
  typed(`\xa0${json}`),
  typed(`\xef\xbb\xbf${json}`),
  typed(`${json};`),
  typed(`${json};\xa0`),
  typed(`${json}\xa0;charset=utf-8`),
  typed(`${json};charset=`),
  typed('APPLICATION/JSON'),
  typed('application /json'),
  typed('application/problem+json'),
  typed(`${json}, ${json}`),
  typed(`${json}, text/plain`),
  typed(`text/plain, ${json}`),
  typed(`text/plain; ${json}`),
  typed(json, json),
  typed(json, 'text/plain'),
  typed('text/plain', json),
  typed(`${json};charset="utf-8"`),
  typed(`${json};charset=utf-16`),
  typed(`${json};charset=iso-8859-1`),
  typed(`${json};charset=guardcheck`),
  {
    ...typed(`${json};charset=utf-16le`),
    encode: (body) => Buffer.from(body.toString(), 'utf16le'),
  },
]

export const encodings: Spelling[] = [
  encoded(['gzip'], gzipSync),
  encoded(['x-gzip'], gzipSync),
  encoded(['deflate'], deflateSync),
  encoded(['br'], brotliCompressSync),
  encoded(['gzip, gzip'], (body) => gzipSync(gzipSync(body))),
  encoded(['gzip', 'gzip'], (body) => gzipSync(gzipSync(body))),
  encoded(['gzip', 'identity'], gzipSync),
  { ...encoded(['gzip']), name: 'Content-Encoding: gzip on plain bytes' },
  encoded(['']),
  encoded(['identity']),
  encoded(['identity\xa0']),
  encoded(['identity, identity']),
  encoded(['guardcheck']),
]

export const framings: Spelling[] = [
  chunked(['chunked']),
  chunked(['chunked'], 7),
  chunked(['Chunked']),
  chunked(['chunked\xa0']),
  chunked(['\vchunked']),
  chunked([',chunked']),
  chunked(['identity, chunked']),
  chunked(['identity', 'chunked']),
  chunked(['chunked', 'chunked']),
  chunked(['gzip, chunked']),
  chunked(['xchunked']),
  {
    name: 'no length at all',
    frame: (bytes) => ({ lines: [], bytes }),
  },
  {
    name: 'Content-Length: 0',
    frame: (bytes) => ({ lines: [['Content-Length', '0']], bytes }),
  },
  {
    name: 'a Content-Length with zeros before it',
    frame: (bytes) => ({
      lines: [['Content-Length', `000${bytes.length}`]],
      bytes,
    }),
  },
  ...[2000, 3000].map((before) => ({
    name: `${before} header lines before its length`,
    before,
  })),
]

export const odd = [...types, ...encodings, ...framings]

/** A request in a spelling, byte by byte. */
export function written(
  subject: Subject,
  session: Connection['headers'],
  body: string,
  spelling: Spelling,
  secret: string | undefined,
): Buffer {
  const { types = [json], encodings = [], before = 0 } = spelling
  const { encode = (bytes: Buffer) => bytes, frame = byLength } = spelling
  const { lines, bytes } = frame(encode(Buffer.from(body)))
  const { headers } = subject.write(actionMessage(subject), session)
  const telling: [string, string][] = [
    ...types.map((type): [string, string] => ['Content-Type', type]),
    ...encodings.map((name): [string, string] => ['Content-Encoding', name]),
    ...lines,
  ]
  const head = headOf(
    subject,
    [...headers, ['Connection', 'close'], ...fillers(before), ...telling],
    { secret: secret ?? null },
  )
    // That of `headOf` comes first, and is none of the spelling.
    .replace(`Content-Type: ${json}\r\n`, '')
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes])
}

const byLength = (bytes: Buffer) => ({
  lines: [['Content-Length', `${bytes.length}`]] as [string, string][],
  bytes,
})

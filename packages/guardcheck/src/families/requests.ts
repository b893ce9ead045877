import { setTimeout } from 'node:timers/promises'
import type { Connection, Probe, Subject } from '../probe/subject.ts'
import { headOf } from './ask/bytes.ts'
import { actionMessage } from './ask/effect.ts'

/** The content types that a page may send to any origin without asking. */
export const simpleTypes = [
  'text/plain;charset=UTF-8',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=guardcheck',
]

const pieceBytes = 64 * 1024

/** Milliseconds that a server gets to refuse before the rest is sent. */
const patienceMs = 150

/** A message padded to `size` bytes, as the pieces of one request. */
export async function* oversized(
  subject: Subject,
  connection: Connection,
  size: number,
  chunked: boolean,
  progress: { whole: boolean },
): AsyncGenerator<string> {
  const { headers, inbox: target } = connection
  const framing: [string, string] = chunked
    ? ['Transfer-Encoding', 'chunked']
    : ['Content-Length', `${size}`]
  const wrap = (piece: string) =>
    chunked ? `${piece.length.toString(16)}\r\n${piece}\r\n` : piece
  const action = actionMessage(subject)
  const { body: message, headers: lines } = subject.write(action, headers)
  const door = target === undefined ? {} : { method: 'POST', target }
  yield headOf(subject, [...lines, framing], door)
  yield wrap(message)
  if (!chunked) await setTimeout(patienceMs)
  let left = size - message.length
  while (left > 0) {
    const piece = ' '.repeat(Math.min(pieceBytes, left))
    left -= piece.length
    yield wrap(piece)
  }
  if (chunked) {
    await setTimeout(patienceMs)
    yield '0\r\n\r\n'
  }
  progress.whole = true
}

/** Other spellings of the endpoint's path, and what may stand beside it. */
export function doorsBeside(url: URL): [method: string, target: string][] {
  const { pathname, search, host, protocol } = url
  const folder = pathname.replace(/[^/]*$/, '')
  const name = pathname.slice(folder.length)
  const encoded = name.replace(
    /^[a-z]/i,
    (letter) => `%${letter.charCodeAt(0).toString(16)}`,
  )
  const spellings = [
    folder + name.toUpperCase(),
    `${pathname}/`,
    `/${pathname}`,
    folder + encoded,
    `${folder}x/../${name}`,
    `${folder}./${name}`,
    `${pathname};a`,
    `${pathname}?a`,
    `${pathname}%2f`,
    `${protocol}//${host}${pathname}`,
  ]
  const posts = [...spellings, '/message', '/messages', '/mcp', '/', folder]
  const gets = [`${folder}sse`, '/sse', '/SSE', '/sse/']
  return [
    ...posts.map((path): [string, string] => ['POST', path + search]),
    ...gets.map((path): [string, string] => ['GET', path]),
    ...gets.map((path): [string, string] => ['POST', path]),
  ]
}

/** Requests that make a careless server talk about itself. */
export function blunders({ url, write }: Subject): Probe[] {
  const { body: json } = write({ jsonrpc: '2.0', id: 1, method: 'ping' })
  return [
    { body: '{"jsonrpc":"2.0","id":1,"method":' },
    { body: '"guardcheck"' },
    { body: json, headers: [['Content-Type', 'text/plain']] },
    {
      body: json,
      headers: [['Content-Type', 'application/json; charset=guardcheck']],
    },
    { body: json, headers: [['Content-Encoding', 'guardcheck']] },
    { body: json, headers: [['Content-Encoding', 'gzip']] },
    { body: json, target: `${url.pathname}/guardcheck-nothing-here` },
    { method: 'GET', target: '/%zz' },
    { method: 'GET', target: `${url.pathname}?a=%zz` },
    { method: 'PUT', body: json },
  ]
}

import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import {
  type Exchange,
  framed,
  maxResponseBytes,
  pairs,
  type WireRequest,
} from './wire.ts'

/** A stream of the older transport, HTTP with SSE, that was just asked for. */
export interface Stream {
  /** The request for it, and what has come so far. */
  exchange(): Exchange
  /** Where messages are posted to; undefined when no such stream came. */
  inbox: URL | undefined
  /** The data of the event that answers a request; undefined if none comes. */
  answer(id: unknown, timeoutMs: number): Promise<string | undefined>
  close(): void
}

/**
 * Asks for the stream of an HTTP+SSE endpoint and resolves when it has named
 * its inbox, or when it is clear that it will not.
 */
export function openStream(
  url: URL,
  request: WireRequest,
  options: { timeoutMs: number; ca?: string | undefined },
): Promise<Stream> {
  const start = url.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve) => {
    const exchange: Exchange = { request }
    const events: { name: string; data: string }[] = []
    const waiting = new Set<() => void>()
    let rest = ''
    const stream: Stream = {
      exchange: () => exchange,
      inbox: undefined,
      async answer(id, timeoutMs) {
        const find = () => events.find(({ data }) => idOf(data) === id)?.data
        const end = Date.now() + timeoutMs
        while (find() === undefined && Date.now() < end) {
          await new Promise<void>((next) => {
            const timer = setTimeout(next, end - Date.now())
            waiting.add(() => {
              clearTimeout(timer)
              next()
            })
          })
        }
        return find()
      },
      close: () => outgoing.destroy(),
    }
    const settle = (failure?: string) => {
      clearTimeout(deadline)
      if (failure && !exchange.response) exchange.failure = failure
      if (!stream.inbox) outgoing.destroy()
      resolve(stream)
    }
    const read = (chunk: string) => {
      if (
        !exchange.response ||
        exchange.response.body.length > maxResponseBytes
      )
        return
      exchange.response.body += chunk
      rest += chunk
      const blocks = rest.split(/\r?\n\r?\n/)
      rest = blocks.pop() ?? ''
      for (const block of blocks) {
        const event = readEvent(block)
        events.push(event)
        if (event.name !== 'endpoint' || stream.inbox) continue
        if (URL.canParse(event.data, url.href)) {
          stream.inbox = new URL(event.data, url)
        }
        settle()
      }
      for (const next of waiting) next()
      waiting.clear()
    }
    const outgoing = start(
      {
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        method: request.method,
        path: request.target,
        headers: framed(url, request).flat(),
        agent: false,
        ca: options.ca,
      },
      (incoming) => {
        const { statusCode: status = 0, rawHeaders, headers } = incoming
        exchange.response = { status, headers: pairs(rawHeaders), body: '' }
        incoming.setEncoding('utf8')
        incoming.on('data', read)
        incoming.on('end', () => settle())
        incoming.on('error', () => settle())
        const type = headers['content-type'] ?? ''
        if (status !== 200 || !/^text\/event-stream/i.test(type)) {
          // What it says instead is short, or of no interest.
          setTimeout(settle, 200)
        }
      },
    )
    const deadline = setTimeout(() => settle('timed out'), options.timeoutMs)
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      settle(error.code ?? error.message),
    )
    outgoing.end()
  })
}

/** One event of a stream; without a name it is a message. */
function readEvent(block: string): { name: string; data: string } {
  const lines = block.split(/\r?\n/)
  const values = (field: string) =>
    lines
      .filter((line) => line.startsWith(`${field}:`))
      .map((line) => line.slice(field.length + 1).replace(/^ /, ''))
  return {
    name: values('event')[0] ?? 'message',
    data: values('data').join('\n'),
  }
}

/** The id of the answer that an event holds; undefined when it is none. */
function idOf(data: string): unknown {
  try {
    const message = JSON.parse(data)
    return 'method' in message ? undefined : message.id
  } catch {
    return undefined
  }
}

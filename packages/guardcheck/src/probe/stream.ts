import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { createParser } from 'eventsource-parser'
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
    const events: string[] = []
    const waiting = new Set<() => void>()
    const parser = createParser({
      onEvent({ event, data }) {
        events.push(data)
        if (event !== 'endpoint' || stream.inbox) return
        if (URL.canParse(data, url.href)) stream.inbox = new URL(data, url)
        settle()
      },
    })
    const stream: Stream = {
      exchange: () => exchange,
      inbox: undefined,
      async answer(id, timeoutMs) {
        const find = () => events.find((data) => idOf(data) === id)
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
      parser.feed(chunk)
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

/** The id of the answer that an event holds; undefined when it is none. */
function idOf(data: string): unknown {
  try {
    const message = JSON.parse(data)
    return 'method' in message ? undefined : message.id
  } catch {
    return undefined
  }
}

import { createParser } from 'eventsource-parser'
import type { Dialect } from './dialect.ts'
import type { Exchange, WireResponse } from './wire.ts'

/** An exchange that got an answer. */
export interface Answer extends WireResponse {
  exchange: Exchange
  /** All values of a header, by its lower-case name. */
  header(name: string): string[]
  /** The JSON-RPC messages in the body, whether JSON or an SSE stream. */
  messages(): Record<string, unknown>[]
}

/** What an exchange came to; the status is 0 where nothing came back. */
export function answerOf(exchange: Exchange): Answer {
  const { response = { status: 0, headers: [], body: '' } } = exchange
  return {
    ...response,
    exchange,
    header: (name) =>
      response.headers
        .filter(([key]) => key === name)
        .map(([, value]) => value),
    messages: () => messagesOf(response.body),
  }
}

export const isSuccess = ({ status }: Answer) => status >= 200 && status <= 299

/** The revision that a server answered `initialize` with. */
export function agreedVersion(opening: Answer, { revision }: Dialect): string {
  const [message] = opening.messages()
  const result = message?.result as { protocolVersion?: unknown } | undefined
  const agreed = result?.protocolVersion
  const plain = typeof agreed === 'string' && /^[\w.-]+$/.test(agreed)
  return plain ? agreed : revision
}

/** A response as text; empty when there is none. */
export function shown(response?: WireResponse): string {
  if (!response) return ''
  const lines = response.headers.map(([name, value]) => `${name}: ${value}`)
  return `HTTP/1.1 ${response.status}\n${lines.join('\n')}\n\n${response.body}`
}

/** The JSON objects in a body: JSON, or an SSE stream, cut off or not. */
function messagesOf(body: string): Record<string, unknown>[] {
  const parse = (text: string): Record<string, unknown>[] => {
    try {
      const value: unknown = JSON.parse(text)
      return (Array.isArray(value) ? value : [value]).filter(
        (item) => typeof item === 'object' && item !== null,
      )
    } catch {
      return []
    }
  }
  if (!/^(event|data|id|:)/m.test(body)) return parse(body)
  const events: string[] = []
  createParser({ onEvent: ({ data }) => events.push(data) }).feed(`${body}\n\n`)
  return events.flatMap(parse)
}

import type { Agent } from 'node:http'
import {
  type Dialect,
  headersFor,
  initializeMessage,
  isMessage,
  translate,
} from './dialect.ts'
import type { SubjectOptions } from './options.ts'
import type { WireRequest } from './wire.ts'

/** A request in the words of a check; what is left out is filled in. */
export interface Probe {
  /** `POST` when left out. */
  method?: string
  /** The target when it is not the endpoint's own path. */
  target?: string
  /** The secret to present as `Authorization: Bearer …`; none if undefined. */
  secret?: string | undefined
  /** Further header lines; an MCP client's own are added unless named. */
  headers?: [name: string, value: string][]
  /** The body: a string as it is, anything else as JSON and in the dialect
   * of the server; `initialize` if left out of a POST, nothing if null. */
  body?: unknown
  chunked?: boolean
  /** Gives the request up, and ends its connection. */
  signal?: AbortSignal
  /** Sends it on a connection that is kept for the next request. */
  agent?: Agent
  /** The address of ours that it comes from; any when left out. */
  from?: string
}

/** The request that a probe stands for. */
export function requestOf(
  options: SubjectOptions,
  dialect: Dialect,
  probe: Probe,
): WireRequest {
  const method = probe.method ?? 'POST'
  const opens = method === 'POST' && probe.body === undefined
  const given = opens ? initializeMessage(1, dialect) : (probe.body ?? null)
  const message =
    typeof given === 'string' ? parseJson(given) : translate(dialect, given)
  const body =
    given === null
      ? undefined
      : typeof given === 'string'
        ? given
        : JSON.stringify(message)
  const headers: [string, string][] = [...(options.headers ?? [])]
  const add = (name: string, value: string) => {
    const same = ([key]: [string, string]) =>
      key.toLowerCase() === name.toLowerCase()
    if (!probe.headers?.some(same)) headers.push([name, value])
  }
  add('Accept', 'application/json, text/event-stream')
  if (body !== undefined) add('Content-Type', 'application/json')
  for (const [name, value] of headersFor(dialect, message)) add(name, value)
  if (probe.secret !== undefined) {
    add('Authorization', `Bearer ${probe.secret}`)
  }
  headers.push(...(probe.headers ?? []))
  const target = probe.target ?? options.url.pathname + options.url.search
  return { method, target, headers, body, chunked: probe.chunked }
}

/** The id that an answer will have; undefined where none is to come. */
export function idOf(body: unknown): unknown {
  const value = typeof body === 'string' ? parseJson(body) : body
  const [first] = Array.isArray(value) ? value : [value]
  return isMessage(first) ? first.id : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A request as text, as it goes over the wire. */
export function written({
  method,
  target,
  headers,
  body,
}: WireRequest): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  return `${method} ${target} HTTP/1.1\n${lines.join('\n')}\n\n${body ?? ''}`
}

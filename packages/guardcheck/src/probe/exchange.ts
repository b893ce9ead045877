import { shown } from './answer.ts'
import type { Dialect } from './dialect.ts'
import type { SubjectOptions } from './options.ts'
import { type Probe, requestOf, written } from './request.ts'
import { type Exchange, sendRequest } from './wire.ts'

/** How a subject reaches its server, and who is told of it. */
export interface Line {
  options: SubjectOptions
  dialect: Dialect
  timeoutMs: number
  keep(sent: string, received: string, failure?: string): void
  spend(bytes: number): void
}

/** Sends a probe, and keeps what came of it as evidence. */
export async function exchange(
  { options, dialect, timeoutMs, keep, spend }: Line,
  probe: Probe,
  to = options.url,
): Promise<Exchange> {
  const target = probe.target ?? to.pathname + to.search
  const request = requestOf(options, dialect, { ...probe, target })
  spend(written(request).length)
  const { signal, agent, from: localAddress } = probe
  const settings = { timeoutMs, ca: options.ca, signal, agent, localAddress }
  const exchanged = await sendRequest(to, request, settings)
  // A request that was given up says nothing of the server.
  if (!signal?.aborted || exchanged.response) {
    keep(written(request), shown(exchanged.response), exchanged.failure)
  }
  return exchanged
}

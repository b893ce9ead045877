import { NotApplicable } from '../verdicts.ts'
import { type Answer, answerOf, isSuccess, shown } from './answer.ts'
import { exchange, type Line } from './exchange.ts'
import { idOf, type Probe, requestOf, written } from './request.ts'
import { openStream, type Stream } from './stream.ts'

/** Milliseconds that an answer may take to come on a stream. */
const streamMs = 3000

/** The streams of a subject whose server answers on them (HTTP+SSE). */
export function openTalk(line: Line) {
  const { options, dialect, timeoutMs, keep, spend } = line
  const { url, ca } = options
  const streams = new Set<Stream>()

  /** Asks for a stream as whoever sends the probe would. */
  const listen = async ({ secret, headers, from }: Probe) => {
    const lines = headers?.filter(([name]) => !/^content-/i.test(name)) ?? []
    const probe = { method: 'GET', secret, headers: lines, from }
    const request = requestOf(options, dialect, probe)
    spend(written(request).length)
    const stream = await openStream(url, request, { timeoutMs, ca })
    const { response, failure } = stream.exchange()
    keep(written(request), shown(response), failure)
    if (stream.inbox && stream.inbox.origin !== url.origin) {
      stream.close()
      throw new NotApplicable(
        `Its stream names an inbox at ${stream.inbox.origin}: no credential is sent there.`,
      )
    }
    if (stream.inbox) streams.add(stream)
    return stream
  }

  /** Posts a message and waits for its answer on the stream. */
  const post = async (stream: Stream, probe: Probe): Promise<Answer> => {
    const exchanged = await exchange(line, probe, stream.inbox)
    const { request, response } = exchanged
    const id = idOf(probe.body === undefined ? request.body : probe.body)
    if (!response || response.status > 299 || id === undefined) {
      return answerOf(exchanged)
    }
    const data = await stream.answer(id, Math.min(timeoutMs, streamMs))
    if (data === undefined) return answerOf(exchanged)
    const body = `data: ${data}\n\n`
    keep('', body)
    const others = response.headers.filter(([name]) => name !== 'content-type')
    const type: [string, string] = ['content-type', 'text/event-stream']
    const headers = [...others, type]
    return answerOf({ request, response: { status: 200, headers, body } })
  }

  /** Opens the conversation that further messages of a stream belong to. */
  const open = async (stream: Stream, secret?: string): Promise<Answer> => {
    const opening = await post(stream, { secret })
    const body = { jsonrpc: '2.0', method: 'notifications/initialized' }
    if (isSuccess(opening)) await post(stream, { secret, body })
    return opening
  }

  return {
    listen,
    post,
    open,
    /** A stream of its own for one message, opened as a client opens it. */
    async send(probe: Probe): Promise<Answer> {
      const stream = await listen(probe)
      if (!stream.inbox) return answerOf(stream.exchange())
      try {
        if (probe.body !== undefined) await open(stream, probe.secret)
        return await post(stream, probe)
      } finally {
        streams.delete(stream)
        stream.close()
      }
    },
    close() {
      for (const stream of streams) stream.close()
      streams.clear()
    },
  }
}

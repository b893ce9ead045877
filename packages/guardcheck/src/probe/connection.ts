import { NotApplicable } from '../verdicts.ts'
import { type Answer, agreedVersion, answerOf } from './answer.ts'
import type { Dialect } from './dialect.ts'
import type { Probe } from './request.ts'
import type { openTalk } from './talk.ts'

/** An initialized MCP conversation. */
export interface Connection {
  /** Absent when the server keeps no session. */
  sessionId: string | undefined
  /** What every further request carries: the session and the revision. */
  headers: [name: string, value: string][]
  /** The answer to `initialize`. */
  opening: Answer
  /** Where messages are posted to, when that is not the endpoint itself. */
  inbox: string | undefined
  request(
    method: string,
    params?: Record<string, unknown>,
    probe?: Probe,
  ): Promise<Answer>
}

/** Opens a conversation as the server holds them: a session, a stream, none. */
export async function openConnection(
  dialect: Dialect,
  send: (probe: Probe) => Promise<Answer>,
  talk: ReturnType<typeof openTalk>,
  secret?: string,
): Promise<Connection> {
  const stream =
    dialect.way === 'stream' ? await talk.listen({ secret }) : undefined
  const opening = !stream
    ? await send({ secret })
    : stream.inbox
      ? await talk.open(stream, secret)
      : answerOf(stream.exchange())
  const [sessionId] = opening.header('mcp-session-id')
  if (opening.status !== 200) {
    throw new NotApplicable(
      `The server answered ${opening.status || 'nothing'} to initialize.`,
    )
  }
  const session: [string, string][] = stream
    ? []
    : [['MCP-Protocol-Version', agreedVersion(opening, dialect)]]
  if (sessionId) session.push(['Mcp-Session-Id', sessionId])
  let id = 1
  const request: Connection['request'] = (method, params, probe = {}) => {
    id += 1
    const body = { jsonrpc: '2.0', id, method, params }
    const headers = [...session, ...(probe.headers ?? [])]
    const whole = { secret, body, ...probe, headers }
    const speaks = (whole.method ?? 'POST') === 'POST'
    return stream && speaks ? talk.post(stream, whole) : send(whole)
  }
  if (sessionId) {
    const method = 'notifications/initialized'
    await send({
      secret,
      headers: session,
      body: { jsonrpc: '2.0', method },
    })
  }
  const inbox = stream?.inbox && stream.inbox.pathname + stream.inbox.search
  return { sessionId, headers: session, opening, inbox, request }
}

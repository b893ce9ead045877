import { randomBytes } from 'node:crypto'
import { isSuccess } from '../../probe/answer.ts'
import type { Connection } from '../../probe/connection.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable } from '../../property.ts'
import { isServed, said } from './answer.ts'

export const inventSession = () =>
  `guardcheck-${randomBytes(16).toString('hex')}`

export const pingMessage = (id: number | string = 'guardcheck-ping') => ({
  jsonrpc: '2.0',
  id,
  method: 'ping',
})

/** What a request of a conversation carries, under another session id. */
export function withSession(
  { headers }: Connection,
  id: string,
): [name: string, value: string][] {
  const others = headers.filter(([name]) => name !== 'Mcp-Session-Id')
  return [...others, ['Mcp-Session-Id', id]]
}

/**
 * Whether the server keeps no session, in which case it is asserted that it
 * does not begin to when a client brings an id along.
 */
export async function keepsNoSession(
  subject: Subject,
  connection: Connection,
): Promise<boolean> {
  if (connection.inbox !== undefined) {
    throw new NotApplicable(
      'Its sessions are streams with an inbox each (HTTP+SSE), which end with their connection.',
    )
  }
  if (connection.sessionId !== undefined) return false
  const { token: secret } = subject
  const headers = withSession(connection, inventSession())
  for (const body of [undefined, pingMessage()]) {
    const answer = await subject.send({ secret, headers, body })
    expect(
      answer.header('mcp-session-id').length === 0,
      'It opens no session by itself, and yet took up the id that a client brought.',
    )
  }
  return true
}

export async function expectAlive(owner: Connection): Promise<void> {
  const pong = await owner.request('ping')
  expect(
    isServed(pong),
    `After all was refused, the session's owner was answered ${said(pong)}.`,
  )
}

/** Ends sessions as long as the server lets a client do that. */
export async function endSessions(
  subject: Subject,
  connection: Connection,
  ids: string[],
): Promise<void> {
  const { token: secret } = subject
  const left = [...ids]
  const work = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const headers = withSession(connection, id)
      const answer = await subject.send({ method: 'DELETE', secret, headers })
      if (!isSuccess(answer)) left.length = 0
    }
  }
  await Promise.all(Array.from({ length: 8 }, work))
}

import type { Connection } from '../../probe/connection.ts'
import type { Subject } from '../../probe/subject.ts'
import { estimateBits, leastIds } from '../../probe/text/entropy.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { enter } from '../ask/answer.ts'
import { endSessions, keepsNoSession } from '../ask/session.ts'
import { asvsSections, practices, transports } from '../sources.ts'

export const sessionUnguessable: Property = {
  id: 'session/session-unguessable',
  claim: {
    en: 'session ids are visible ASCII, differ, follow no order, and are as hard to guess as a random UUID',
    ja: 'セッションIDは可視ASCIIで重複も順序もなく、ランダムなUUIDと同程度に推測しにくい',
  },
  source: [
    transports('session-management'),
    practices('session-hijacking'),
    asvsSections.sessions,
  ],
  owasp: ['MCP07'],
  level: 'must',
  since: 0,
  needs: [],
  advice: {
    en: 'Mint ids with `randomBytes(32).toString("base64url")`. `randomUUID()` passes, because MCP names it, but has 122 random bits where ASVS asks for 128; a counter, the time or `Math.random()` can be foreseen.',
    ja: 'IDは`randomBytes(32).toString("base64url")`で作ります。`randomUUID()`はMCPが例に挙げるため合格としますが、ASVSの求める128ビットに対して122ビットです。連番、時刻、`Math.random()`は予測できます。',
  },
  async check(subject) {
    const connection = await enter(subject)
    if (await keepsNoSession(subject, connection)) return
    const ids = await mintSessions(subject, connection)
    const odd = ids.find((id) => !/^[\x21-\x7e]+$/.test(id))
    expect(odd === undefined, 'An id has characters beyond visible ASCII.')
    const different = new Set(ids).size
    expect(
      different === ids.length,
      `${ids.length} sessions had ${different} different ids.`,
    )
    const bits = Math.floor(estimateBits(ids))
    expect(
      bits >= leastBits,
      `At most ${bits} bits of an id cannot be foreseen, seen over ${ids.length} of them.`,
    )
  },
}

/** Bits of a UUID that is called random, less what an estimate may lose. */
const leastBits = 112

const sessionsMinted = 64

/** Milliseconds spent on minting them. */
const mintingMs = 8000

/** The ids of fresh sessions, in order; each session is ended again. */
async function mintSessions(
  subject: Subject,
  connection: Connection,
): Promise<string[]> {
  const { token: secret } = subject
  const ids: string[] = []
  const until = Date.now() + mintingMs
  while (ids.length < sessionsMinted && Date.now() < until) {
    const [id] = (await subject.send({ secret })).header('mcp-session-id')
    if (id === undefined) break
    ids.push(id)
  }
  await endSessions(subject, connection, ids)
  if (ids.length >= leastIds) return ids
  throw new NotApplicable(
    `Only ${ids.length} sessions could be opened, too few to judge their ids.`,
  )
}

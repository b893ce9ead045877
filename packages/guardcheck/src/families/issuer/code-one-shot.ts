import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import { isServed } from '../ask/answer.ts'
import {
  answered,
  codeOf,
  dies,
  openTrusted,
  refreshWith,
  type Trusted,
} from '../ask/hold-issuer.ts'
import { oauth21 } from '../sources.ts'

export const codeOneShot: Property = {
  id: 'issuer/code-one-shot',
  claim: {
    en: 'a code works once and for its own client, and whoever tries it again ends what it gave',
    ja: '認可コードは、発行されたクライアントだけが1度だけ使え、2度目の使用はそれまでに得たものも終わらせる',
  },
  source: [oauth21('4.1.3'), oauth21('7.5.3')],
  owasp: ['MCP01', 'MCP07'],
  level: 'must',
  since: 3,
  needs: ['issuer'],
  advice: {
    en: 'Mark a code as used in the same step that reads it, bind it to its client, and revoke its grant when it comes back with a right verifier.',
    ja: '読み取りと同時にコードを使用済みにし、クライアントに結び付けます。正しい検証値とともに再び届いたら、そのコードで与えた許可を取り消します。',
  },
  check: allowsOneUse,
}

async function allowsOneUse(subject: Subject): Promise<void> {
  const authority = await openTrusted(subject)
  await expectBound(authority)
  const { asked, code } = await codeOf(authority)
  const first = await authority.redeem(code, asked)
  subject.hide(first.access)
  expect(first.status === 200, `A code was refused: ${answered(first)}.`)
  expect(
    isServed(await subject.send({ secret: first.access })),
    'The server does not take a token of its authorization server.',
  )
  const guess = { code_verifier: 'A'.repeat(43) }
  await authority.redeem(code, asked, guess)
  expect(
    isServed(await subject.send({ secret: first.access })),
    'Whoever repeats a code without its verifier ends what it gave.',
  )
  const again = await authority.redeem(code, asked)
  expect(
    again.error === 'invalid_grant',
    `A code that was used was answered ${answered(again)}, not invalid_grant.`,
  )
  const later = await refreshWith(authority, first.refresh)
  expect(
    later.status >= 400,
    'A code was used twice, and the refresh token it gave still works.',
  )
  expect(
    await dies(subject, first.access),
    'A code was used twice, and the token it gave still works.',
  )
}

/** A code serves nobody but the client that it was given to. */
async function expectBound(authority: Trusted): Promise<void> {
  const { otherClientId } = authority.hold
  if (!otherClientId) return
  const { asked, code } = await codeOf(authority)
  const stolen = await authority.redeem(code, asked, {
    client_id: otherClientId,
  })
  expect(
    stolen.status >= 400 && !stolen.access,
    "Another client traded this one's code.",
  )
}

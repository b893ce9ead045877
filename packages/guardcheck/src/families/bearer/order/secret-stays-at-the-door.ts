import { randomUUID } from 'node:crypto'
import type { Mirror } from '../../../probe/options.ts'
import { createSubject, type Subject } from '../../../probe/subject.ts'
import { showsSecret } from '../../../probe/text/traces.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { claimsFor } from '../../ask/access-tokens.ts'
import { guardedToken, isServed, said } from '../../ask/answer.ts'
import { findScopes } from '../../ask/metadata.ts'
import { asvsChapters, practices } from '../../sources.ts'

export const secretStaysAtTheDoor: Property = {
  id: 'bearer/secret-stays-at-the-door',
  claim: {
    en: 'nothing behind the guard is given the credential',
    ja: 'ガードより奥には、資格情報が一切渡らない',
  },
  source: [practices('token-passthrough'), asvsChapters.configuration],
  owasp: ['MCP01'],
  level: 'policy',
  since: 1,
  needs: ['token', 'mirror'],
  advice: {
    en: 'Take the credential off the request once it is verified, from `rawHeaders` too: the SDK gives tools the headers that it finds there, and what a tool has, it can log, return or send on.',
    ja: '検証が済んだら、`rawHeaders`も含めてリクエストから資格情報を取り除きます。SDKはそこにあるヘッダーをツールへ渡し、ツールは受け取ったものをログに書いたり、返したり、よそへ送ったりできます。',
  },
  check: keepsSecretAtTheDoor,
}

/** What a tool is given holds no credential, in whatever form. */
async function keepsSecretAtTheDoor(subject: Subject): Promise<void> {
  await guardedToken(subject)
  const { mirror } = subject
  if (!mirror) return
  const copy = await mirror.open?.()
  try {
    const url = copy?.url ?? subject.url
    const room = copy ? createSubject({ ...subject, url }) : subject
    const token = await guardedToken(room)
    for (const scheme of ['Bearer', 'bearer', 'BEARER  ']) {
      await expectUnseen(subject, room, mirror, scheme, token)
    }
    // Names of headers have no case (RFC 9110 §5.1), and clients write any.
    for (const field of ['authorization', 'AUTHORIZATION', 'authorizatioN']) {
      await expectUnseen(subject, room, mirror, 'Bearer', token, field)
    }
    const { liar } = room
    if (!liar) return
    liar.scope ||= (await findScopes(room)).join(' ')
    const made = [
      await liar.mint(claimsFor(room)),
      liar.issueOpaque(claimsFor(room)),
    ]
    for (const secret of made) {
      for (const one of [subject, room]) one.hide(secret)
      // A server that knows another issuer, or none, takes neither.
      if (!isServed(await room.send({ secret }))) continue
      await expectUnseen(subject, room, mirror, 'Bearer', secret)
    }
  } finally {
    await copy?.stop()
  }
}

/** Calls the tool with a secret, which its answer must not show. */
async function expectUnseen(
  subject: Subject,
  room: Subject,
  { name, arguments: given }: Mirror,
  scheme: string,
  secret: string,
  field = 'Authorization',
): Promise<void> {
  // What comes along with the secret must come back: else it is no mirror.
  const marker = randomUUID()
  const { request } = await room.connect(secret)
  const _meta = { 'guardcheck/marker': marker }
  const answer = await request(
    'tools/call',
    { name, arguments: given, _meta },
    {
      secret: undefined,
      headers: [
        [field, `${scheme} ${secret}`],
        ['X-Guardcheck', marker],
      ],
    },
  )
  if (room !== subject) {
    const { sent = '', received = '' } = room.evidence.at(-1) ?? {}
    subject.record(sent, received)
  }
  if (!isServed(answer)) {
    throw new NotApplicable(`A call of ${name} was answered ${said(answer)}.`)
  }
  if (!answer.body.includes(marker)) {
    throw new NotApplicable(
      `What ${name} answers does not show what came with the call: it is no mirror.`,
    )
  }
  expect(
    !showsSecret(answer.body, secret),
    `${name} was given the caller's token: what it answers shows it.`,
  )
}

import type { Subject } from '../../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import {
  claimsFor,
  enterHonestly,
  expectRefused,
  expectTaken,
} from '../../ask/access-tokens.ts'
import { authorization } from '../../sources.ts'

export const noTokenPassthrough: Property = {
  id: 'resource/no-token-passthrough',
  claim: {
    en: "the caller's token goes no further than this server",
    ja: '呼び出し元のトークンが、このサーバーより先へ渡ることはない',
  },
  source: [authorization('access-token-privilege-restriction')],
  owasp: ['MCP01', 'MCP02'],
  level: 'must',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Call other servers with a credential of your own; do not even give tools the token.',
    ja: '別のサーバーは自分の資格情報で呼び出します。ツールにはトークンを渡しません。',
  },
  check: keepsToken,
}

async function keepsToken(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const { upstream } = subject
  if (!upstream) {
    throw new NotApplicable('No tool was named that asks another server.')
  }
  const forged = await liar.lie('unknown-key', claimsFor(subject))
  await expectRefused(subject, forged, 'A token whose key nobody published')
  const secret = await liar.mint(claimsFor(subject))
  await expectTaken(subject, secret, 'An honest token')
  const before = upstream.received().length
  const { request } = await subject.connect(secret)
  const params = { name: upstream.name, arguments: upstream.arguments }
  await request('tools/call', params)
  const received = upstream.received().slice(before)
  if (received.length === 0) {
    throw new NotApplicable(`${upstream.name} asked the other server nothing.`)
  }
  const [, , signature = secret] = secret.split('.')
  expect(
    !received.some((text) => text.includes(signature)),
    "The other server was sent the caller's token.",
  )
}

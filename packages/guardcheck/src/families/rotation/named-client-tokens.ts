import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Connection } from '../../probe/connection.ts'
import type { Grant } from '../../probe/keys.ts'
import type { Effect } from '../../probe/options.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../property.ts'
import { expectRefusals, requireProcess } from '../ask/hold-process.ts'
import { createGrant, openGrants } from '../ask/hold-tokens.ts'
import { asvsSections } from '../sources.ts'

export const namedClientTokens: Property = {
  id: 'rotation/named-client-tokens',
  claim: {
    en: 'every secret belongs to one caller by name, whom the tools and the log know',
    ja: 'どのシークレットも名前の付いた1つの呼び出し元のもので、ツールとログにその名前が残る',
  },
  source: [asvsSections.backends, asvsSections.logging],
  owasp: ['MCP07', 'MCP08'],
  level: 'policy',
  since: 2,
  needs: ['process', 'keys'],
  advice: {
    en: 'Keep a name with each token, hand it to the tools as `authInfo.clientId`, write it into the log, and refuse two names for one secret. No argument and no header says who is calling.',
    ja: 'トークンごとに名前を付け、`authInfo.clientId`としてツールへ渡し、ログにも書きます。1つのシークレットに2つの名前があれば起動を拒みます。呼び出し元が誰かを、引数やヘッダーに言わせてはいけません。',
  },
  async check(subject) {
    const keys = await openGrants(subject)
    for (const grant of keys.grants.slice(0, 2)) {
      await expectNamed(subject, grant)
    }
    const one = createGrant(keys)
    const other = { ...createGrant(keys), secret: one.secret }
    const text = keys.format([one, other])
    await expectRefusals(subject, [
      {
        how: 'with one secret for two callers',
        env: { [keys.variable]: text, [keys.fileVariable]: undefined },
        names: [keys.variable],
        unsaid: [one.secret],
      },
    ])
  },
}

/** Asserts that the named tool and the log know who called. */
async function expectNamed(
  subject: Subject,
  { name, secret }: Grant,
): Promise<void> {
  const { effect, process } = subject
  if (!effect?.callers) {
    throw new NotApplicable(
      'It needs a tool that writes down who called it: none was named.',
    )
  }
  const before = await effect.callers()
  const from = process?.output().length ?? 0
  const connection = await subject.connect(secret)
  await connection.request('tools/call', {
    name: effect.name,
    arguments: effect.arguments,
  })
  await expectNotNamedByItself(subject, effect, connection)
  const callers = (await effect.callers()).slice(before.length)
  const others = callers.filter((caller) => caller !== name)
  expect(
    callers.length > 0 && others.length === 0,
    `${effect.name}, called by ${name}, was told it was ${others[0] ?? 'nobody'}.`,
  )
  // The line may be written after the answer.
  await setTimeout(30)
  const lines = process?.output().slice(from) ?? ''
  expect(lines.includes(name), `A call by ${name} is in no line of the log.`)
}

/** Names under which servers look for who is calling. */
const callerNames = [
  'by',
  'caller',
  'clientId',
  'client_id',
  'name',
  'principal',
  'sub',
  'user',
  'userId',
]

/** Asserts that what a caller says of itself is not who it is in the log. */
async function expectNotNamedByItself(
  subject: Subject,
  effect: Effect,
  { request }: Connection,
): Promise<void> {
  const self = `guardcheck-${randomUUID().slice(0, 8)}`
  const { output } = requireProcess(subject)
  const from = output().length
  const claims = Object.fromEntries(callerNames.map((name) => [name, self]))
  const headers = ['X-User', 'X-Client-Id', 'X-Forwarded-User'].map(
    (name): [string, string] => [name, self],
  )
  const { name, arguments: given } = effect
  // A tool that takes no more than it asks for may refuse this one.
  for (const params of [
    { name, arguments: { ...claims, ...given } },
    { name, arguments: given, _meta: { ...claims, authInfo: claims } },
    { name, arguments: given, ...claims, authInfo: { clientId: self } },
  ]) {
    await request('tools/call', { ...params, name }, { headers })
  }
  await setTimeout(30)
  expect(
    !new RegExp(`"\\w+":"${self}"`).test(output().slice(from)),
    'The log names a caller as that caller says it is called.',
  )
}

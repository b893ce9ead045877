import { setTimeout } from 'node:timers/promises'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import { enterHonestly, present, requireLiar } from '../../ask/access-tokens.ts'
import { isServed, said } from '../../ask/answer.ts'
import { requestOf } from '../../ask/bytes.ts'
import {
  act,
  learnNeeded,
  mintScoped,
  requireEffect,
} from '../../ask/effect.ts'
import {
  createGrant,
  give,
  giveAndSee,
  requireKeys,
} from '../../ask/hold-tokens.ts'
import { draft } from '../../sources.ts'

export const toolScopeEnforced: Property = {
  id: 'resource/tool-scope-enforced',
  claim: {
    en: 'no way of writing a call, and no scope that merely looks alike, opens a tool',
    ja: '呼び出しの書き方を変えても、似た名前のスコープを使っても、ツールは開かない',
  },
  source: [draft('#step-up-authorization-flow')],
  owasp: ['MCP02', 'MCP07'],
  level: 'must',
  since: 3,
  needs: ['lying-issuer'],
  advice: {
    en: 'Decide by the message that the transport will run, after parsing it once; compare scopes whole, for named tokens too; close each tool and method that no scope is assigned to.',
    ja: '実際に実行されるメッセージを一度だけ解析し、それをもとに判断します。スコープは名前付きトークンも含めて全体で比べ、割り当てのないツールとメソッドは閉じておきます。',
  },
  check: enforcesScope,
}

async function enforcesScope(subject: Subject): Promise<void> {
  await enterHonestly(subject)
  const { name, arguments: given, count } = requireEffect(subject)
  const [needed = ''] = await learnNeeded(subject)
  const before = await count()
  const lookalikes = [
    `${needed}r`,
    needed.slice(0, -1),
    `x${needed}`,
    needed.toUpperCase(),
    needed.replace(/\W\w+$/, 'x'),
    `${needed},other`,
    '*',
    undefined,
  ]
  for (const scope of lookalikes) {
    const answer = await act(subject, await mintScoped(subject, scope))
    expect(
      (await count()) === before,
      `With the scope ${scope} in place of ${needed} the call was answered ${said(answer)}.`,
    )
  }
  const all = (subject.liar?.scope ?? '').split(' ')
  const others = all.filter((it) => it !== needed)
  const secret = await mintScoped(subject, others.join(' '))
  subject.hide(secret)
  const { headers } = await subject.connect(secret)
  const params = { name, arguments: given }
  const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params }
  const text = JSON.stringify(call)
  const inner = text.slice(1, -1)
  const other = subject.reader?.name ?? 'guardcheck'
  const bodies: Record<string, [unknown, [string, string][]?]> = {
    'in an array': [[call]],
    'behind another method': [`{"method":"ping",${inner}}`],
    'before another method': [`{${inner},"method":"tools/list"}`],
    'behind another tool': [
      text.replace('"params":{', `"params":{"name":"${other}",`),
    ],
    'before another tool': [text.replace(/\}\}$/, `},"name":"${other}"}`)],
    'with another name in its header': [call, [['Mcp-Name', other]]],
    'with another method in its header': [call, [['Mcp-Method', 'tools/list']]],
    'with a type that only some read': [
      call,
      [['Content-Type', 'application/json\u00a0']],
    ],
    'under a prototype': [
      text.replace('"params":{', `"params":{"__proto__":{"name":"${other}"},`),
    ],
  }
  for (const [how, [body, more = []]] of Object.entries(bodies)) {
    await subject.send({ secret, body, headers: [...headers, ...more] })
    expect(
      (await count()) === before,
      `Written ${how}, a call without its scope ran.`,
    )
  }
  await expectClosedToLeavers(subject, call, others)
  await expectClosedMethods(subject)
  await expectClosedToNamed(subject)
}

/** Milliseconds that an issuer takes for its word about a token. */
const wordMs = 200

/** Nobody gets more by not waiting for the word about their token. */
async function expectClosedToLeavers(
  subject: Subject,
  call: object,
  scopes: string[],
): Promise<void> {
  const liar = requireLiar(subject)
  const { count, name } = requireEffect(subject)
  const claims = { aud: subject.url.href, scope: scopes.join(' ') }
  if (!isServed(await present(subject, liar.issueOpaque(claims)))) return
  const before = await count()
  liar.setDelay(wordMs)
  try {
    await Promise.all(
      Array.from({ length: 10 }, (_, n) => {
        const secret = liar.issueOpaque(claims)
        subject.hide(secret)
        return subject.sendRaw(requestOf(subject, secret, call), {
          leave: n % 2 ? 'whole' : 'half',
          timeoutMs: wordMs * 3,
        })
      }),
    )
    await setTimeout(wordMs * 2)
  } finally {
    liar.setDelay(0)
  }
  expect(
    (await count()) === before,
    `A caller without its scope who left while the token was looked up ran ${name}.`,
  )
}

/** What no scope is assigned to is not there, even for who holds them all. */
async function expectClosedMethods(subject: Subject): Promise<void> {
  const { liar } = subject
  const secret = await mintScoped(subject, liar?.scope)
  subject.hide(secret)
  const { request } = await subject.connect(secret)
  const argument = { name: 'guardcheck', value: '' }
  const ref = { type: 'ref/prompt', name: 'guardcheck' }
  const methods: Record<string, Record<string, unknown>> = {
    'resources/read': { uri: 'guardcheck://nothing' },
    'prompts/get': { name: 'guardcheck' },
    'completion/complete': { ref, argument },
    'guardcheck/nothing': {},
  }
  for (const [method, params] of Object.entries(methods)) {
    const answer = await request(method, params)
    const unknown = answer
      .messages()
      .some(({ error }) => Object(error).code === -32601)
    expect(
      !isServed(answer) && (unknown || answer.status >= 400),
      `${method}, which no scope is assigned to, was answered ${said(answer)}.`,
    )
  }
}

/** A named token opens what its scopes say, and without any nothing. */
async function expectClosedToNamed(subject: Subject): Promise<void> {
  const { keys } = subject
  const { count, name } = requireEffect(subject)
  if (!keys) return
  const grant = createGrant(requireKeys(subject))
  await giveAndSee(subject, keys, grant)
  try {
    const before = await count()
    const answer = await act(subject, grant.secret)
    expect(
      (await count()) === before,
      `A named token without a scope ran ${name} (${said(answer)}).`,
    )
  } finally {
    await give(keys)
  }
}

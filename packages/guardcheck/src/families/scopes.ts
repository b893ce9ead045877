import { setTimeout } from 'node:timers/promises'
import type { Subject } from '../probe/subject.ts'
import { expect, NotApplicable } from '../property.ts'
import {
  claimsFor,
  enterHonestly,
  expectRefused,
  expectTaken,
  present,
  requireLiar,
} from './ask/access-tokens.ts'
import { ask, isServed, said } from './ask/answer.ts'
import { requestOf } from './ask/bytes.ts'
import { hintsOf } from './ask/challenges.ts'
import { act, learnNeeded, mintScoped, requireEffect } from './ask/effect.ts'
import {
  createGrant,
  give,
  giveAndSee,
  requireKeys,
} from './ask/hold-tokens.ts'

export async function stepsUp(subject: Subject): Promise<void> {
  await enterHonestly(subject)
  const { count } = requireEffect(subject)
  const before = await count()
  const refused = await act(subject, await mintScoped(subject, ''))
  expect((await count()) === before, 'A token without a scope ran the tool.')
  expect(
    refused.status === 403,
    `A call without the scope was answered ${said(refused)}, not 403.`,
  )
  const hints = hintsOf(refused)
  const needed = (hints.get('scope') ?? '').split(' ').filter(Boolean)
  expect(needed.length > 0, 'The 403 does not say which scope is lacking.')
  expect(
    hints.get('error') === 'insufficient_scope',
    `The 403 says error=${hints.get('error')}, not insufficient_scope.`,
  )
  expect(
    hints.has('resource_metadata'),
    'The 403 does not say where the metadata is.',
  )
  const all = (subject.liar?.scope ?? '').split(' ')
  expect(
    all.length < 2 || needed.length < all.length,
    'The 403 asks for every scope there is.',
  )
  for (const one of needed.length > 1 ? needed : []) {
    const others = needed.filter((it) => it !== one)
    const calls = await count()
    await act(subject, await mintScoped(subject, others.join(' ')))
    expect(
      (await count()) === calls,
      `The 403 asks for ${one}, which this call does not need.`,
    )
  }
  const held = all.filter((it) => !needed.includes(it)).slice(0, 1)
  if (held.length > 0) {
    const secret = await mintScoped(subject, held.join(' '))
    const challenge = hintsOf(await act(subject, secret)).get('scope') ?? ''
    const named = challenge.split(' ')
    expect(
      needed.every((it) => named.includes(it)) &&
        named.every((it) => needed.includes(it) || held.includes(it)),
      `Whoever holds ${held} is told to ask for ${challenge || 'nothing'}, where ${needed.join(' ')} is needed.`,
    )
  }
  const stepped = await mintScoped(subject, needed.join(' '))
  const served = await act(subject, stepped)
  // A tool may be busy; that it was reached is what counts.
  if (isServed(served) && (await count()) === before) {
    await act(subject, stepped)
  }
  expect(
    isServed(served) && (await count()) > before,
    `With the scope that was asked for, the call was answered ${said(served)}.`,
  )
}

export async function enforcesScope(subject: Subject): Promise<void> {
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

export async function expiresFirst(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const { name, arguments: given, count } = requireEffect(subject)
  await learnNeeded(subject)
  const before = await count()
  const claims = { aud: subject.url.href, scope: '' }
  const secret = await liar.lie('expired', claims)
  subject.hide(secret)
  const params = { name, arguments: given }
  const answer = await ask(subject, {
    secret,
    body: { jsonrpc: '2.0', id: 7, method: 'tools/call', params },
  })
  expect((await count()) === before, `An expired token ran ${name}.`)
  expect(
    answer.status === 401,
    `An expired token without the scope was answered ${said(answer)}, not 401.`,
  )
  const error = hintsOf(answer).get('error')
  expect(
    error === 'invalid_token',
    `The challenge says error=${error}, not invalid_token.`,
  )
}

export async function keepsToken(subject: Subject): Promise<void> {
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

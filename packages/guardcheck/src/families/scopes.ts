import { expect, NotApplicable } from '../property.ts'
import type { Answer, Effect, Subject } from '../subject.ts'
import { hintsOf, readMetadata } from './metadata.ts'
import { said, wrongSecret } from './probes.ts'
import {
  claimsFor,
  enterHonestly,
  expectRefused,
  expectTaken,
  requireLiar,
} from './tokens.ts'

function requireEffect({ effect }: Subject): Effect {
  if (effect) return effect
  throw new NotApplicable('No tool was named whose effect could be counted.')
}

/** Calls the tool that has an effect. */
async function act(subject: Subject, secret: string): Promise<Answer> {
  const { name, arguments: given } = requireEffect(subject)
  subject.hide(secret)
  const { headers } = await subject.connect(secret)
  const params = { name, arguments: given }
  const body = { jsonrpc: '2.0', id: 7, method: 'tools/call', params }
  return subject.send({ secret, headers, body })
}

/** The scopes that the tool needs, by the 403 for a token that has none. */
async function learnNeeded(subject: Subject): Promise<string[]> {
  const liar = requireLiar(subject)
  const bare = await liar.mint({ aud: subject.url.href, scope: '' })
  const refused = await act(subject, bare)
  expect(
    refused.status === 403,
    `A call without the scope was answered ${said(refused)}, not 403.`,
  )
  const scope = hintsOf(refused).get('scope') ?? ''
  expect(scope !== '', 'The 403 does not say which scope is lacking.')
  return scope.split(' ')
}

export async function stepsUp(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const { count } = requireEffect(subject)
  const before = await count()
  const bare = await liar.mint({ aud: subject.url.href, scope: '' })
  const refused = await act(subject, bare)
  const hints = hintsOf(refused)
  const needed = await learnNeeded(subject)
  expect(
    hints.get('error') === 'insufficient_scope',
    `The 403 says error=${hints.get('error')}, not insufficient_scope.`,
  )
  expect(
    hints.has('resource_metadata'),
    'The 403 does not say where the metadata is.',
  )
  const { metadata } = await readMetadata(subject)
  const all = metadata.scopes_supported
  expect(
    all.length < 2 || needed.length < all.length,
    'The 403 asks for every scope there is.',
  )
  expect((await count()) === before, 'The call was refused, and ran.')
  const stepped = await liar.mint({
    aud: subject.url.href,
    scope: needed.join(' '),
  })
  const served = await act(subject, stepped)
  expect(
    served.status === 200 && (await count()) === before + 1,
    `With the scope that was asked for, the call was answered ${said(served)}.`,
  )
}

export async function enforcesScope(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const { name, arguments: given, count } = requireEffect(subject)
  const [needed = ''] = await learnNeeded(subject)
  const before = await count()
  const aud = subject.url.href
  const lookalikes = [
    `${needed}r`,
    needed.slice(0, -1),
    `x${needed}`,
    needed.toUpperCase(),
    needed.replace(/\W\w+$/, 'x'),
    `${needed},other`,
    '*',
  ]
  for (const scope of lookalikes) {
    const answer = await act(subject, await liar.mint({ aud, scope }))
    expect(
      answer.status === 403,
      `With the scope ${scope} in place of ${needed} the call was answered ${said(answer)}.`,
    )
  }
  const { metadata } = await readMetadata(subject)
  const others = metadata.scopes_supported.filter((it) => it !== needed)
  const secret = await liar.mint({ aud, scope: others.join(' ') })
  subject.hide(secret)
  const { headers } = await subject.connect(secret)
  const params = { name, arguments: given }
  const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params }
  const text = JSON.stringify(call)
  const inner = text.slice(1, -1)
  const bodies: Record<string, [unknown, [string, string][]?]> = {
    'in an array': [[call]],
    'behind another method': [`{"method":"ping",${inner}}`],
    'before another method': [`{${inner},"method":"tools/list"}`],
    'behind another tool': [
      text.replace('"params":{', '"params":{"name":"read_document",'),
    ],
    'before another tool': [text.replace(/\}\}$/, '},"name":"read_document"}')],
    'with another name in its header': [
      call,
      [
        ['Mcp-Method', 'tools/list'],
        ['Mcp-Name', 'read_document'],
      ],
    ],
    'under a prototype': [
      `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"__proto__":{"name":"read_document"},"name":"${name}","arguments":${JSON.stringify(given)}}}`,
    ],
  }
  for (const [how, [body, more = []]] of Object.entries(bodies)) {
    await subject.send({ secret, body, headers: [...headers, ...more] })
    expect(
      (await count()) === before,
      `Written ${how}, a call without its scope ran.`,
    )
  }
}

export async function expiresFirst(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const { name, arguments: given } = requireEffect(subject)
  const needs = await learnNeeded(subject)
  expect(needs.length > 0, 'No call needs a scope.')
  const aud = subject.url.href
  const secret = await liar.lie('expired', { aud, scope: '' })
  subject.hide(secret)
  const params = { name, arguments: given }
  const answer = await subject.send({
    secret,
    body: { jsonrpc: '2.0', id: 7, method: 'tools/call', params },
  })
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
  await expectRefused(subject, wrongSecret, 'A wrong token')
  const secret = await liar.mint(claimsFor(subject))
  await expectTaken(subject, secret, 'An honest token')
  const before = upstream.received().length
  const { request } = await subject.connect(secret)
  const params = { name: upstream.name, arguments: upstream.arguments }
  await request('tools/call', params)
  const received = upstream.received().slice(before)
  expect(
    received.length > 0,
    `${upstream.name} asked the other server nothing.`,
  )
  const [, , signature = secret] = secret.split('.')
  expect(
    !received.some((text) => text.includes(signature)),
    "The other server was sent the caller's token.",
  )
}

import { Agent as PlainAgent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import type { Subject } from '../probe/subject.ts'
import { expect, NotApplicable } from '../property.ts'
import {
  bringBack,
  claimsFor,
  comesTrue,
  enterHonestly,
  expectRefused,
  expectTaken,
  patience,
  present,
} from './ask/access-tokens.ts'
import { isServed, said } from './ask/answer.ts'

export async function abidesByKeys(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const claims = claimsFor(subject)
  const served = async (secret: string) =>
    isServed(await present(subject, secret))
  const unknown = await liar.lie('unknown-key', claims)
  await expectRefused(subject, unknown, 'A token whose key nobody published')
  const used = await liar.mintWithOld(claims)
  await expectTaken(subject, used, 'A token signed with the key before')
  await liar.rotate()
  expect(
    await comesTrue(patience, async () => served(await liar.mint(claims))),
    `${patience} s after the issuer published a new key, its tokens are refused.`,
  )
  expect(
    await served(await liar.mintWithOld(claims)),
    'The key before is still published, and its tokens are refused.',
  )
  liar.withdraw()
  const seconds = (liar.maxAge ?? patience) + 6
  let alive = ''
  const dead = await comesTrue(seconds, async () => {
    const fresh = await served(await liar.mintWithOld(claims))
    alive = fresh ? 'its tokens are taken' : 'a token that it knew is taken'
    return !fresh && !(await served(used))
  })
  if (!dead && liar.maxAge === undefined) {
    throw new NotApplicable('How long it believes a key is not known.')
  }
  expect(dead, `${seconds} s after a key was withdrawn, ${alive}.`)
}

/** Tokens with invented key ids that are sent. */
const storm = 400

export async function boundsKeyFetches(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const claims = claimsFor(subject)
  const first = await liar.lie('unknown-key', claims)
  await expectRefused(subject, first, 'A token whose key nobody published')
  const before = liar.hits.keys
  const begin = Date.now()
  const template = await liar.mint(claims)
  const [, body = '', signature = ''] = template.split('.')
  const statuses = new Set<number>()
  let sent = 0
  const settings = { keepAlive: true, maxSockets: 1 }
  const flow = async () => {
    const agent =
      subject.url.protocol === 'https:'
        ? new TlsAgent(settings)
        : new PlainAgent(settings)
    while (sent < storm) {
      sent += 1
      const header = { alg: 'ES256', typ: 'at+jwt', kid: `invented-${sent}` }
      const head = Buffer.from(JSON.stringify(header)).toString('base64url')
      const secret = `${head}.${body}.${signature}`
      const { status } = await subject.send({ secret, agent })
      statuses.add(status)
    }
    agent.destroy()
  }
  await Promise.all(Array.from({ length: 8 }, flow))
  const fetches = liar.hits.keys - before
  // What it believes for some seconds only is fetched again in any case.
  const interval = Math.min(liar.maxAge ?? 5, 5)
  const due = (Date.now() - begin) / 1000 / interval
  expect(
    fetches <= 4 + due,
    `${storm} invented key ids made the server fetch the keys ${fetches} times.`,
  )
  const others = [...statuses].filter((it) => ![401, 429, 503].includes(it))
  expect(
    others.length === 0,
    `A token with an invented key id was answered ${others[0]}.`,
  )
  liar.setDown(true)
  try {
    await setTimeout(((liar.maxAge ?? 0) + 0.2) * 1000)
    const unknown = await liar.lie('unknown-key', claims)
    const ownKey = await liar.lie('own-key', claims)
    for (const secret of [unknown, ownKey]) {
      const answer = await present(subject, secret)
      expect(
        [401, 500, 502, 503, 504].includes(answer.status),
        `While the keys cannot be had, a token that nobody could verify was answered ${said(answer)}.`,
      )
    }
  } finally {
    await bringBack(liar)
  }
  const again = await comesTrue(patience, async () =>
    isServed(await present(subject, await liar.mint(claims))),
  )
  expect(again, 'Once the keys can be had again, honest tokens are refused.')
}

export async function checksIntrospection(subject: Subject): Promise<void> {
  const liar = await enterHonestly(subject)
  const claims = claimsFor(subject)
  const now = Math.floor(Date.now() / 1000)
  const good = liar.issueOpaque(claims)
  const before = liar.hits.introspection
  const first = await present(subject, good)
  if (!isServed(first) && liar.hits.introspection === before) {
    throw new NotApplicable('It never asks its issuer about a token.')
  }
  expect(
    isServed(first),
    `A token that its issuer vouched for was answered ${said(first)}.`,
  )
  const strangers = {
    'is not active': { active: false },
    'is meant for another server': { aud: 'https://other.example/mcp' },
    'is meant for nobody': { aud: undefined },
    'is meant for its client': { aud: liar.client.id },
    'has expired': { exp: now - 120 },
    'is not valid yet': { nbf: now + 300 },
    'is of another issuer': { iss: 'https://other.example' },
    'is active in words only': { active: 'false' },
  }
  for (const [what, changes] of Object.entries(strangers)) {
    const secret = liar.issueOpaque({ ...claims, ...changes })
    await expectRefused(subject, secret, `A token that ${what}`)
  }
  await expectRefused(subject, liar.neverIssued(), 'An unknown token')
  const seconds = Math.min(liar.maxAge ?? 60, 60) + 3
  if (seconds > 10 && !subject.intrusive) {
    throw new NotApplicable(
      'Whether it asks again after a minute takes that long: allow it with --intrusive.',
    )
  }
  const unasked = liar.issueOpaque(claims)
  liar.revokeOpaque(good)
  const dead = comesTrue(
    seconds,
    async () => !isServed(await present(subject, good)),
  )
  expect(
    await dead,
    `${seconds} s after a token was revoked, it is taken on the word before.`,
  )
  liar.setDown(true)
  try {
    const answer = await present(subject, unasked)
    expect(
      !isServed(answer),
      `While nobody can be asked, a token was answered ${said(answer)}.`,
    )
  } finally {
    await bringBack(liar)
  }
}

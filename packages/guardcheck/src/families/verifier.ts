import { findLeak } from '../probe/leak.ts'
import type { Answer, Subject } from '../probe/subject.ts'
import {
  canary,
  type SpiedCall,
  type StartedProcess,
} from '../process/start.ts'
import { expect, NotApplicable } from '../property.ts'
import { bringBack, claimsFor } from './ask/access-tokens.ts'
import { ask, guardedToken, isServed, said, wrongSecret } from './ask/answer.ts'
import { bearerChallenges } from './ask/challenges.ts'

/** Every other token is refused, above all one that is nearly right. */
export async function refusesWrong(subject: Subject): Promise<void> {
  const { token } = subject
  const near = nearMisses(token ?? '')
  for (const [, secret] of near) if (secret.length > 1) subject.hide(secret)
  const others: [name: string, secret: string][] = [
    ['A wrong token', wrongSecret],
    // What a missing variable becomes when it is put into a string.
    ['The token “undefined”', 'undefined'],
    ['The token “null”', 'null'],
    ['The token “NaN”', 'NaN'],
    ...near,
  ]
  for (const [name, secret] of others) {
    const answer = await ask(subject, { secret })
    expect(
      answer.status === 401,
      `${name} was answered ${said(answer)}, not 401.`,
    )
    const error = bearerChallenges(answer)?.[0]?.params.get('error')
    expect(
      error !== 'invalid_request' && error !== 'insufficient_scope',
      `${name} was refused as ${error}, not as invalid_token.`,
    )
  }
  for (const [name, secret] of readings(subject, token ?? '')) {
    if (secret.length > 1) subject.hide(secret)
    const answer = await ask(subject, { secret })
    expect(
      answer.status === 400 || answer.status === 401,
      `${name} was answered ${said(answer)}, not 401.`,
    )
  }
  const long = await ask(subject, { secret: 'x'.repeat(15 * 1024) })
  // What stands before the server may allow less than it does.
  expect(
    [400, 401, 413, 431].includes(long.status),
    `A token of 15 KiB was answered ${said(long)}, not 401.`,
  )
  const longer = await ask(subject, { secret: 'x'.repeat(20 * 1024) })
  expect(
    longer.status === 0 || (longer.status >= 400 && longer.status < 500),
    `A token of 20 KiB was answered ${said(longer)}, not 431.`,
  )
  const after = await ask(subject, { secret: wrongSecret })
  expect(
    after.status === 401,
    `After a token of 20 KiB a wrong one was answered ${said(after)}.`,
  )
  const right = token && (await ask(subject, { secret: token }))
  if (right && isServed(right)) return
  throw new NotApplicable(
    'Wrong tokens are refused; whether near misses are needs a valid one.',
  )
}

/**
 * Secrets that differ from a valid one by little. Each still differs after
 * decoding: the last character of base64 may hold bits that nobody reads.
 */
function nearMisses(token: string): [name: string, secret: string][] {
  const [, text = '', padding = ''] = /^(.*?)(=*)$/.exec(token) ?? []
  const half = Math.floor(text.length / 2)
  const start = text.slice(0, half)
  const flipped = [...token]
    .map((sign) =>
      sign === sign.toLowerCase() ? sign.toUpperCase() : sign.toLowerCase(),
    )
    .join('')
  const changed = text
    .slice(half)
    .replace(/[a-z0-9]/i, (sign) => (/x/i.test(sign) ? 'y' : 'x'))
  const misses: [name: string, secret: string][] = [
    ['A valid token without its last character', text.slice(0, -1)],
    ['A valid token without its first character', token.slice(1)],
    ['The first half of a valid token', start],
    ['The first character of a valid token', text.slice(0, 1)],
    ['A valid token with more after it', `${text}AAAA${padding}`],
    ['A valid token with more before it', `AAAA${token}`],
    ['A valid token with one character changed', start + changed + padding],
    ['A valid token with its case flipped', flipped],
  ]
  return misses.filter(
    ([, secret]) => secret !== '' && secret !== token && token !== '',
  )
}

/**
 * What becomes a valid secret when it is taken for a pattern, decoded, split
 * or cut, and every beginning of it; some of it is no token68.
 */
function readings(
  { process: started }: Subject,
  token: string,
): [name: string, secret: string][] {
  const patterns = ['*', '.*', '.+', '%', '_', '^', '$', '|', '[^]*', '(.*)']
  const all: [name: string, secret: string][] = patterns.map((sign) => [
    `The pattern ${sign}`,
    sign,
  ])
  if (token.length < 4) return all
  const bytes = Buffer.from(token)
  const percent = [...bytes]
    .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('')
  const half = token.slice(0, Math.floor(token.length / 2))
  all.push(
    ['A dot for each character', '.'.repeat(token.length)],
    ['A valid token with a dot for its last', `${token.slice(0, -1)}.`],
    ['Its first half and a pattern', `${half}.*`],
    ['Its first half and a wildcard', `${half}*`],
    ['Its first half and one of SQL', `${half}%`],
    ['A valid token or nothing', `${token}|`],
    ['A valid token, percent-encoded', percent],
    ['A valid token, percent-encoded twice', percent.replaceAll('%', '%25')],
    ['A valid token in base64', bytes.toString('base64')],
    ['A valid token in hex', bytes.toString('hex')],
    ['A valid token backwards', [...token].reverse().join('')],
    ['A valid token in a list', `[${token}]`],
    ['A valid token before a comma', `${token},`],
    ['A valid token behind a comma', `x,${token}`],
    ['A valid token before a colon', `${token}:x`],
    ['A valid token behind a colon', `x:${token}`],
    ['A valid token behind a slash', `x/${token}`],
    ['A valid token with a NUL in percent', `${token}%00`],
    ['A valid token twice', token + token],
  )
  // Those of a server that somebody else runs are tried in steps.
  const step = started ? Math.ceil(token.length / 64) : token.length / 8
  for (let length = 1; length < token.length; length += step) {
    const count = Math.floor(length)
    const name = `The first ${count} characters of a valid token`
    all.push([name, token.slice(0, count)])
  }
  return all.filter(([, secret]) => secret !== token)
}

/** Tokens at which verifiers stumble. */
const oddTokens = [
  '%',
  '%00',
  'a.b.c',
  '....',
  '-',
  '__proto__',
  'constructor',
  'toString',
  'eyJhbGciOiJub25lIn0.e30.',
  'eyJhbGciOiJIUzI1NiJ9.bm90IGpzb24.AAAA',
  '/w==',
  'x'.repeat(8 * 1024),
]

/** What cannot be verified is refused, and so is everything meanwhile. */
export async function failsClosed(subject: Subject): Promise<void> {
  const wrong = await ask(subject, { secret: wrongSecret })
  expect(!isServed(wrong), `A wrong token was served (${wrong.status}).`)
  for (const secret of oddTokens) {
    const answer = await ask(subject, { secret })
    const name = secret.length > 60 ? 'of 8 KiB' : secret
    // Who answers every wrong token so does not stumble at this one.
    expect(
      (answer.status >= 400 && answer.status < 500) ||
        (answer.status >= 500 && answer.status === wrong.status),
      `The token ${name} was answered ${said(answer)}, not 400 or 401.`,
    )
  }
  await namesNoCause(subject)
  const { process: started } = subject
  if (!started || subject.token === undefined) return
  const token = await guardedToken(subject)
  await started.spiedCalls()
  await started.breakVerifier(true)
  try {
    await expectClosed(subject, started, wrongSecret, 'A wrong token')
    await expectClosed(subject, started, token, 'A valid token')
  } finally {
    await started.breakVerifier(false)
  }
  const after = await ask(subject, { secret: token })
  expect(
    isServed(after),
    `When verifying worked again, a valid token was answered ${said(after)}.`,
  )
}

/** Whoever brings a token while the issuer is down is not told why it fails. */
async function namesNoCause(subject: Subject): Promise<void> {
  const { liar } = subject
  if (!liar) return
  const { host } = new URL(liar.url)
  liar.setDown(true)
  try {
    const secret = liar.issueOpaque(claimsFor(subject))
    subject.hide(secret)
    const answer = await ask(subject, { secret })
    const { status, body } = answer
    expect(!isServed(answer), 'While the issuer is down, its token is served.')
    expect(
      status >= 400,
      `While the issuer is down, its token is answered ${said(answer)}.`,
    )
    const head = answer.headers
      .filter(([name]) => name !== 'www-authenticate')
      .map((header) => header.join(': '))
    const text = `${head.join('\n')}\n${body}`
    const [cause] = causes.exec(text) ?? []
    const told =
      cause ??
      findLeak(text) ??
      [host, 'introspect'].find((it) => text.includes(it))
    expect(!told, `The ${status} says why verifying failed: ${told}.`)
  } finally {
    await bringBack(liar)
  }
}

/** What the errors of a server that asks another one say. */
const causes =
  /\bE(CONN|HOST|NOTFOUND|AI_|TIMEDOUT|PIPE|RR_)\w*|fetch failed|socket hang up|temporarily_unavailable|jwks|json web key|upstream|timed? ?out/i

/** Asserts that a token opens nothing when verifying it throws. */
async function expectClosed(
  subject: Subject,
  started: StartedProcess,
  secret: string,
  name: string,
): Promise<void> {
  const answer = await ask(subject, { secret })
  const calls = await started.spiedCalls()
  const threw = calls.some((c) => c.function !== 'lookup' && c.threw)
  const when = 'while verifying throws'
  // A verifier that compares by other means is not broken by us.
  expect(!threw || !isServed(answer), `${name} was served ${when}.`)
  expect(
    !threw || answer.status >= 400,
    `${name} was answered ${said(answer)} ${when}.`,
  )
  expect(
    !answer.body.includes('broken on request'),
    `The ${answer.status} says why verifying threw.`,
  )
}

/** Secrets are compared by digest, in constant time, and never looked up. */
export async function comparesDigests(subject: Subject): Promise<void> {
  const token = await guardedToken(subject)
  const { process: started } = subject
  if (!started) return
  if (/^eyJ[\w-]*\.[\w-]+\.[\w-]*$/.test(token)) {
    throw new NotApplicable('The token is signed: its signature is verified.')
  }
  if (!started.isSpied()) {
    throw new NotApplicable('The server is no Node program: nothing is seen.')
  }
  const present = async (secret: string) => {
    await started.spiedCalls()
    const answer = await ask(subject, { secret })
    return { answer, calls: await started.spiedCalls() }
  }
  const sizes = [19, 31, 32, 33, 64, 256, 1024, 4096, token.length]
  const canaries = ['x', ...sizes.map((size) => canary.padEnd(size, 'x'))]
  const compared: boolean[] = []
  let first: Answer | undefined
  for (const secret of canaries) {
    const size = secret.length
    const { answer, calls } = await present(secret)
    first ??= answer
    expect(
      answer.status === first.status && answer.status < 500,
      `A wrong token of ${size} characters was answered ${said(answer)}, a short one ${said(first)}.`,
    )
    expect(
      calls.every((call) => call.function !== 'lookup'),
      'A token is looked up by itself: the look-up compares in its own time.',
    )
    compared.push(comparisons(calls).length > 0)
  }
  expect(
    new Set(compared).size === 1,
    'Only tokens of one length are compared: how long the right one is shows.',
  )
  const { answer, calls } = await present(token)
  expect(isServed(answer), `A valid token was answered ${said(answer)}.`)
  const lengths = comparisons(calls)
  expect(
    lengths.length > 0,
    'A valid token was served, and nothing was compared in constant time.',
  )
  expect(
    lengths.every(([a, b]) => a === b && a >= 32),
    `What was compared was ${lengths.flat().join(' and ')} bytes long: no digests of 32 or more.`,
  )
}

/** The byte lengths of what was compared in constant time. */
function comparisons(calls: SpiedCall[]): [number, number][] {
  return calls.flatMap((call) =>
    call.function === 'timingSafeEqual' ? [call.lengths] : [],
  )
}

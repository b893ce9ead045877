import type { Subject } from '../../../probe/subject.ts'
import { findLeak } from '../../../probe/text/leak.ts'
import type { StartedProcess } from '../../../process/start.ts'
import { expect, type Property } from '../../../property.ts'
import { bringBack, claimsFor } from '../../ask/access-tokens.ts'
import {
  ask,
  guardedToken,
  isServed,
  said,
  wrongSecret,
} from '../../ask/answer.ts'
import { asvsChapters, authorization } from '../../sources.ts'

export const verifierFaultClosed: Property = {
  id: 'bearer/verifier-fault-closed',
  claim: {
    en: 'a token at which the verifier stumbles, and a verifier that is broken, let nobody in',
    ja: '検証関数をつまずかせるトークンでも、検証関数の故障中でも、誰も通さない',
  },
  source: [authorization('token-handling'), asvsChapters.errors],
  owasp: ['MCP07'],
  level: 'must',
  since: 1,
  needs: [],
  advice: {
    en: 'Let an error of the verifier end the request: `401` for a token that it rejects, `5xx` without detail for everything else, and never `next()` in a `catch`.',
    ja: '検証関数がエラーになったら、そのリクエストを終わらせます。拒否されたトークンは`401`、それ以外は詳細のない`5xx`とし、`catch`の中で`next()`を呼びません。',
  },
  check: failsClosed,
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
async function failsClosed(subject: Subject): Promise<void> {
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

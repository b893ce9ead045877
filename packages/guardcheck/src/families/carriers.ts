import type { Probe, Subject } from '../probe/subject.ts'
import { expect, NotApplicable } from '../property.ts'
import { expectIgnored } from './ask/alike.ts'
import { ask, guardedToken, isServed, said, wrongSecret } from './ask/answer.ts'
import { fillers, headOf } from './ask/bytes.ts'

/** A header that only resembles the grammar opens nothing. */
export async function refusesMalformed(subject: Subject): Promise<void> {
  const token = await guardedToken(subject)
  const malformed: [name: string, value: string][] = [
    ['Bearer without a token', 'Bearer'],
    ['Bearer with a word after the token', `Bearer ${token} junk`],
    ['Bearer with a word before the token', `Bearer junk ${token}`],
    ['Bearer twice before the token', `Bearer Bearer ${token}`],
    ['Bearer with two tokens', `Bearer ${token},${wrongSecret}`],
    ['Bearer with a list of two', `Bearer ${token}, Bearer ${wrongSecret}`],
    ['Bearer with the token in quotes', `Bearer "${token}"`],
    ['Bearer with a sign after the token', `Bearer ${token};`],
    ['Bearer and the token without a space', `Bearer${token}`],
    ['Bearer with a colon', `Bearer: ${token}`],
    ['Bearer with an equals sign', `Bearer=${token}`],
    ['Bearer with no token68', 'Bearer @@@'],
  ]
  for (const [name, value] of malformed) {
    const headers: [string, string][] = [['Authorization', value]]
    const answer = await ask(subject, { headers })
    expect(
      answer.status >= 400 && answer.status < 500,
      `${name} was answered ${said(answer)}, not 400 or 401.`,
    )
  }
}

/** Case and spaces after the scheme are free, for right and wrong tokens. */
export async function readsEveryCase(subject: Subject): Promise<void> {
  const token = await guardedToken(subject)
  for (const scheme of ['bearer', 'BEARER', 'bEaReR', 'Bearer  ']) {
    const present = (secret: string) =>
      ask(subject, { headers: [['Authorization', `${scheme} ${secret}`]] })
    const wrong = await present(wrongSecret)
    expect(!isServed(wrong), `“${scheme} ” let a wrong token in.`)
    const right = await present(token)
    expect(
      isServed(right),
      `“${scheme} ” before a valid token was answered ${said(right)}.`,
    )
  }
}

/** Two Authorization lines are refused, in whatever order they come. */
export async function refusesTwoLines(subject: Subject): Promise<void> {
  const token = await guardedToken(subject)
  const one = await sendLines(subject, [`Bearer ${token}`])
  if (one.status < 200 || one.status > 299) {
    throw new NotApplicable(
      `One line, sent byte by byte, was answered ${one.status || 'nothing'}.`,
    )
  }
  const right = `Bearer ${token}`
  const wrong = `Bearer ${wrongSecret}`
  const basic = 'Basic Z3VhcmRjaGVjazp3cm9uZw=='
  const pairs: [name: string, first: string, second: string][] = [
    ['A wrong token after the valid one', right, wrong],
    ['A wrong token before the valid one', wrong, right],
    ['The valid token twice', right, right],
    ['Basic after the valid token', right, basic],
    ['Basic before the valid token', basic, right],
  ]
  for (const [name, first, second] of pairs) {
    for (const between of [0, far]) {
      const { status, closed } = await sendLines(
        subject,
        [first, second],
        between,
      )
      const refused = status === 0 ? closed : status >= 400 && status < 500
      const where = between ? `${between} lines apart` : 'in a line of its own'
      expect(
        refused,
        `${name}, ${where}, was answered ${status || 'nothing'}, not 400.`,
      )
    }
  }
}

/** Lines that some servers keep; what stands behind them is not seen. */
const far = 2000

/** Sends `initialize` with Authorization lines that no client would repeat. */
function sendLines(subject: Subject, credentials: string[], between = 0) {
  const { body, headers } = subject.write()
  const lines = credentials.flatMap((credential, i): [string, string][] => [
    ...(i > 0 ? fillers(between) : []),
    ['Authorization', credential],
  ])
  const head = headOf(
    subject,
    [
      ...headers,
      ['Content-Length', `${Buffer.byteLength(body)}`],
      ['Connection', 'close'],
      ...lines,
    ],
    { secret: null },
  )
  const until = (received: string) => received.includes('\r\n\r\n')
  return subject.sendRaw(head + body, { until })
}

/** A token in the URL makes no difference, whatever its parameter is called. */
export async function ignoresQuery(subject: Subject): Promise<void> {
  const token = await guardedToken(subject)
  const { pathname, search } = subject.url
  const targetOf = (name: string, secret: string) =>
    `${pathname}${search ? `${search}&` : '?'}${name}=${encodeURIComponent(secret)}`
  for (const name of ['access_token', 'token', 'api_key', 'key', 'auth']) {
    await expectIgnored(subject, token, `?${name}= in the URL`, (secret) => ({
      target: targetOf(name, secret),
    }))
  }
  // An EventSource of a browser can send no header.
  for (const name of ['access_token', 'token']) {
    const where = `?${name}= in the URL of a stream`
    await expectIgnored(subject, token, where, (secret) => ({
      method: 'GET',
      headers: [['Accept', 'text/event-stream']],
      target: targetOf(name, secret),
      body: null,
    }))
  }
  const target = targetOf('access_token', token)
  const both = await ask(subject, { secret: wrongSecret, target })
  expect(!isServed(both), 'A token in the URL made up for a wrong one.')
}

/** A token anywhere but in Authorization: Bearer makes no difference. */
export async function ignoresOtherCarriers(subject: Subject): Promise<void> {
  const token = await guardedToken(subject)
  const header = (name: string, value: string): Probe => ({
    headers: [[name, value]],
  })
  const basic = (text: string) => {
    subject.hide(text)
    const value = Buffer.from(text).toString('base64')
    return header('Authorization', `Basic ${value}`)
  }
  const carriers: [name: string, carry: (secret: string) => Probe][] = [
    [
      'access_token in a form',
      (secret) => ({
        ...header('Content-Type', 'application/x-www-form-urlencoded'),
        body: `access_token=${encodeURIComponent(secret)}`,
      }),
    ],
    [
      'a cookie',
      (secret) => header('Cookie', `access_token=${secret}; token=${secret}`),
    ],
    ['X-API-Key', (secret) => header('X-API-Key', secret)],
    ['X-Auth-Token', (secret) => header('X-Auth-Token', secret)],
    ['X-Access-Token', (secret) => header('X-Access-Token', secret)],
    [
      'Proxy-Authorization',
      (secret) => header('Proxy-Authorization', `Bearer ${secret}`),
    ],
    [
      'Mcp-Session-Id',
      (secret) => ({
        ...header('Mcp-Session-Id', secret),
        body: { jsonrpc: '2.0', id: 1, method: 'ping' },
      }),
    ],
    ['a Basic password', (secret) => basic(`user:${secret}`)],
    ['a Basic user name', (secret) => basic(`${secret}:`)],
    [
      'the scheme Token',
      (secret) => header('Authorization', `Token ${secret}`),
    ],
    [
      'the scheme Basic',
      (secret) => header('Authorization', `Basic ${secret}`),
    ],
    ['Authorization without a scheme', (s) => header('Authorization', s)],
  ]
  for (const [name, carry] of carriers) {
    await expectIgnored(subject, token, name, carry)
  }
}

import type { Subject } from '../../../probe/subject.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { ask, isServed, said, wrongSecret } from '../../ask/answer.ts'
import { bearerChallenges } from '../../ask/challenges.ts'
import { authorization, rfc } from '../../sources.ts'

export const wrong401InvalidToken: Property = {
  id: 'bearer/wrong-401-invalid-token',
  claim: {
    en: 'every token but a valid one is answered 401, however nearly right it is',
    ja: '有効なトークン以外は、どれほど似ていても401になる',
  },
  source: [authorization('token-handling'), rfc(6750, '3.1'), rfc(6585, '5')],
  owasp: ['MCP01', 'MCP07'],
  level: 'must',
  since: 1,
  needs: [],
  advice: {
    en: 'Compare the whole token, byte by byte, with a value that is never empty, and answer `401` with `error="invalid_token"`.',
    ja: 'トークン全体を、空になり得ない値とバイト単位で比べ、一致しなければ`error="invalid_token"`を付けて`401`を返します。',
  },
  check: refusesWrong,
}

/** Every other token is refused, above all one that is nearly right. */
async function refusesWrong(subject: Subject): Promise<void> {
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

import { setTimeout } from 'node:timers/promises'
import type { Probe } from '../../../probe/request.ts'
import type { Subject } from '../../../probe/subject.ts'
import { showsSecret } from '../../../probe/text/traces.ts'
import { expect, NotApplicable, type Property } from '../../../property.ts'
import { ask, isServed, said, wrongSecret } from '../../ask/answer.ts'
import { asvsChapters, authorization } from '../../sources.ts'

export const noTokenLeak: Property = {
  id: 'bearer/no-token-leak',
  claim: {
    en: 'no answer and nothing that the server prints repeats a token',
    ja: 'どのレスポンスにも、サーバーの出力にも、トークンは現れない',
  },
  source: [authorization('token-theft'), asvsChapters.errors],
  owasp: ['MCP01'],
  level: 'must',
  since: 0,
  needs: ['token'],
  advice: {
    en: 'Never put the credential into an answer, an error or a log line; where lines must be told apart, log a short digest of it.',
    ja: '資格情報をレスポンス、エラー、ログのどれにも入れません。ログで見分ける必要があれば、短いダイジェストを記録します。',
  },
  check: repeatsNoSecret,
}

/** No answer and no line of the server's output repeats a secret. */
async function repeatsNoSecret(subject: Subject): Promise<void> {
  const { token, process: started } = subject
  if (!token || token.length < 8) {
    throw new NotApplicable(
      'The token is too short to be told from other text.',
    )
  }
  const right = await ask(subject, { secret: token })
  if (!isServed(right)) {
    throw new NotApplicable(
      `The token that was given is not served: it was answered ${said(right)}.`,
    )
  }
  const secrets: [whose: string, secret: string][] = [
    ['valid', token],
    ['wrong', wrongSecret],
  ]
  for (const [whose, secret] of secrets) {
    for (const [where, probe] of leakyRequests(subject, secret)) {
      const answer = await ask(subject, probe)
      // A redirect repeats the URL that it was asked for.
      if (answer.status >= 300 && answer.status < 400) continue
      const head = answer.headers.map((header) => header.join(': '))
      expect(
        !showsSecret(`${head.join('\n')}\n${answer.body}`, secret),
        `The ${said(answer)} to ${where} repeats the ${whose} token, or a part of it.`,
      )
    }
  }
  if (!started) return
  // What was written last may still be on its way here.
  await setTimeout(100)
  for (const [whose, secret] of secrets) {
    expect(
      !showsSecret(started.output(), secret),
      `What the server prints shows the ${whose} token, or a part of it.`,
    )
  }
}

/** Requests that carry a secret where some server may repeat it. */
function leakyRequests(
  { url }: Subject,
  secret: string,
): [where: string, probe: Probe][] {
  const credential = (value: string): Probe => ({
    headers: [['Authorization', value]],
  })
  const query = `access_token=${encodeURIComponent(secret)}`
  const target = `${url.pathname}${url.search ? `${url.search}&` : '?'}${query}`
  const unknown = { jsonrpc: '2.0', id: 1, method: 'guardcheck/nothing' }
  return [
    ['initialize', { secret }],
    ['an unknown method', { secret, body: unknown }],
    ['broken JSON', { secret, body: '{"jsonrpc":' }],
    ['text', { secret, body: '', headers: [['Content-Type', 'text/plain']] }],
    ['GET', { secret, method: 'GET' }],
    ['DELETE', { secret, method: 'DELETE' }],
    ['PUT', { secret, method: 'PUT' }],
    ['an unknown path', { secret, target: '/guardcheck-nothing-here' }],
    ['a token and a word', credential(`Bearer ${secret} junk`)],
    ['a token in quotes', credential(`Bearer "${secret}"`)],
    ['a token without a scheme', credential(secret)],
    ['a token in a cookie', { headers: [['Cookie', `token=${secret}`]] }],
    ['a token in the URL', { target }],
    [
      'a token in the path',
      { target: `${url.pathname}/${encodeURIComponent(secret)}` },
    ],
    ['a token in broken JSON', { secret, body: `{"token":"${secret}"` }],
  ]
}

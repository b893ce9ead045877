import type { Answer } from '../../../probe/answer.ts'
import type { Probe } from '../../../probe/request.ts'
import type { Subject } from '../../../probe/subject.ts'
import { expect, type Property } from '../../../property.ts'
import {
  ask,
  guardedToken,
  isServed,
  said,
  wrongSecret,
} from '../../ask/answer.ts'
import { asvsChapters, rfc } from '../../sources.ts'

export const noStore: Property = {
  id: 'bearer/no-store',
  claim: {
    en: 'answers and challenges forbid every cache to store them',
    ja: 'レスポンスもチャレンジも、キャッシュへの保存を禁じている',
  },
  source: [rfc(9111, '5.2.2.5'), asvsChapters.dataProtection],
  owasp: ['MCP10'],
  level: 'policy',
  since: 1,
  needs: [],
  advice: {
    en: 'Set `Cache-Control: no-store` in the guard, before it decides, so that refusals carry it too.',
    ja: 'ガードが判断する前に`Cache-Control: no-store`を設定します。こうすると拒否のレスポンスにも付きます。',
  },
  check: forbidsStoring,
}

/** What was answered to a credential, or to its lack, is kept nowhere. */
async function forbidsStoring(subject: Subject): Promise<void> {
  const expectNoStore = (answer: Answer, to: string) => {
    const directives = answer
      .header('cache-control')
      .flatMap((line) => line.toLowerCase().split(','))
      .map((directive) => directive.trim())
    expect(
      directives.includes('no-store'),
      `The ${said(answer)} to ${to} has no Cache-Control: no-store.`,
    )
  }
  const refused: [name: string, probe: Probe][] = [
    ['no credential', {}],
    ['a wrong token', { secret: wrongSecret }],
    ['a malformed header', { headers: [['Authorization', 'Bearer']] }],
  ]
  for (const [name, probe] of refused) {
    const answer = await ask(subject, probe)
    expect(!isServed(answer), `A request with ${name} was served.`)
    expectNoStore(answer, name)
  }
  const token = await guardedToken(subject)
  expectNoStore(await ask(subject, { secret: token }), 'a valid token')
}

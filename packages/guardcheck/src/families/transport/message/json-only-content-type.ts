import { expect, type Property } from '../../../property.ts'
import { enter, said } from '../../ask/answer.ts'
import { actionMessage, expectNoEffect } from '../../ask/effect.ts'
import { transports } from '../../sources.ts'

export const jsonOnlyContentType: Property = {
  id: 'transport/json-only-content-type',
  claim: {
    en: 'a JSON body under a content type that any web page may send runs nothing',
    ja: 'どのWebページからでも送れるContent-Typeで届いたJSONは、何も実行しない',
  },
  source: [
    transports('security-warning'),
    'https://fetch.spec.whatwg.org/#cors-safelisted-request-header',
  ],
  owasp: ['MCP07'],
  level: 'policy',
  since: 0,
  needs: [],
  advice: {
    en: 'Read a body only under `Content-Type: application/json` and answer `415` to the rest: a page can send `text/plain` or a form across origins without asking.',
    ja: '`Content-Type: application/json`のときだけボディを読み、それ以外には`415`を返します。`text/plain`やフォームは、プリフライトなしに他のオリジンから送れます。',
  },
  async check(subject) {
    const { headers } = await enter(subject)
    const { body } = subject.write(actionMessage(subject))
    await expectNoEffect(subject, async () => {
      for (const type of simpleTypes) {
        const answer = await subject.send({
          secret: subject.token,
          headers: [...headers, ['Content-Type', type]],
          body,
        })
        expect(
          answer.status < 200 || answer.status > 299,
          `A JSON body sent as ${type} was answered ${said(answer)}.`,
        )
      }
    })
  },
}

/** The content types that a page may send to any origin without asking. */
const simpleTypes = [
  'text/plain;charset=UTF-8',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=guardcheck',
]

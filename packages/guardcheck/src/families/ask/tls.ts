import { shakeHands } from '../../probe/handshake.ts'
import type { Subject } from '../../probe/subject.ts'
import { expect, NotApplicable } from '../../property.ts'

/** Sees that the server is reached over TLS at all. */
export async function requireTls(subject: Subject) {
  const { url } = subject
  expect(
    url.protocol === 'https:',
    'It is reached over http: whoever is on the way reads the tokens.',
  )
  const handshake = await shakeHands(url)
  const { protocol, failure = '' } = handshake
  subject.record('ClientHello', protocol ?? failure)
  if (!protocol) {
    throw new NotApplicable(`It shook hands with nobody (${failure}).`)
  }
  return handshake
}

import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { setTimeout } from 'node:timers/promises'
import type { Subject } from '../../probe/subject.ts'
import { expect, type Property } from '../../property.ts'
import { bringBack, claimsFor, trusted } from '../ask/access-tokens.ts'
import {
  after,
  createGrant,
  endMs,
  give,
  giveAndSee,
  openGrants,
} from '../ask/hold-tokens.ts'
import { asvsSections } from '../sources.ts'

export const revokeClosesStreams: Property = {
  id: 'rotation/revoke-closes-streams',
  claim: {
    en: 'an answer that is still open ends within two seconds when its caller is revoked or its token expires',
    ja: '開いたままの応答は、呼び出し元の失効やトークンの期限切れから2秒以内に閉じられる',
  },
  source: [asvsSections.termination, asvsSections.operations],
  owasp: ['MCP01', 'MCP07'],
  level: 'policy',
  since: 2,
  needs: ['keys'],
  advice: {
    en: 'Ask again, every half second or second, while an answer is open, and destroy the connection when the token is gone; a session ends with it.',
    ja: '応答が開いている間も0.5〜1秒ごとに照合し、トークンが無効になったら接続を切り、セッションも終えます。',
  },
  async check(subject) {
    const keys = await openGrants(subject)
    const [, other] = keys.grants
    const revoked = createGrant(keys)
    const expiring = createGrant(keys)
    await giveAndSee(subject, keys, expiring, revoked)
    const streams = await Promise.all(
      [revoked, expiring, other ?? revoked].map(({ secret }) =>
        openStream(subject, secret),
      ),
    )
    try {
      // What was served at once was no open answer.
      await setTimeout(150)
      expect(
        streams.every((stream) => stream.closedAt === undefined),
        'The server ended an open request of a caller in good standing.',
      )
      const expiresAt = after(endMs)
      await give(keys, { ...expiring, expiresAt })
      const revokedAt = Date.now()
      const expiredAt = expiresAt.getTime()
      const limit = Math.max(revokedAt, expiredAt) + streamMs
      const [ofRevoked, ofExpired, ofOther] = streams
      while (
        (!ofRevoked?.closedAt || !ofExpired?.closedAt) &&
        Date.now() < limit
      ) {
        await setTimeout(30)
      }
      const { closedAt: cut = Infinity } = ofRevoked ?? {}
      expect(
        cut - revokedAt <= streamMs,
        'The open answer of a revoked caller was still open two seconds later.',
      )
      const { closedAt: ended = Infinity } = ofExpired ?? {}
      expect(
        ended - expiredAt <= streamMs,
        'The open answer of a caller whose token expired was still open two seconds later.',
      )
      expect(
        ofOther?.closedAt === undefined,
        'With the revoked caller another one was cut off as well.',
      )
    } finally {
      for (const stream of streams) stream.close()
    }
    await expectEndsInOutage(subject)
  },
}

/** Two seconds, and what a busy machine takes to say so. */
const streamMs = 2300

/** Asserts that the answer of a dead token ends, when nobody can be asked. */
async function expectEndsInOutage(subject: Subject): Promise<void> {
  const liar = await trusted(subject)
  if (!liar) return
  const exp = Math.ceil(Date.now() / 1000) + 1
  const secret = liar.issueOpaque({ ...claimsFor(subject), exp })
  subject.hide(secret)
  const stream = await openStream(subject, secret)
  try {
    await setTimeout(150)
    expect(
      stream.closedAt === undefined,
      'The server ended an open request of a caller in good standing.',
    )
    liar.setDown(true)
    const limit = exp * 1000 + streamMs
    while (!stream.closedAt && Date.now() < limit) await setTimeout(30)
    expect(
      stream.closedAt !== undefined,
      'While the issuer was away, the open answer of a token that had expired was still open two seconds later.',
    )
  } finally {
    await bringBack(liar)
    stream.close()
  }
}

/** A request whose answer is still to come, or never ends. */
interface OpenStream {
  /** When the server ended it. */
  closedAt: number | undefined
  close(): void
}

/**
 * Opens a stream of events where the server has one, and else a request that
 * is not sent to its end, which nothing but the loss of its caller can end.
 */
async function openStream(
  subject: Subject,
  secret: string,
): Promise<OpenStream> {
  const { headers: session } = await subject.connect(secret)
  const get = await subject.send({
    method: 'GET',
    secret,
    headers: session,
    body: null,
  })
  const [type = ''] = get.header('content-type')
  const streams = get.status === 200 && type.startsWith('text/event-stream')
  const { body } = subject.write()
  const start = subject.url.protocol === 'https:' ? requestHttps : requestHttp
  const outgoing = start(subject.url, {
    method: streams ? 'GET' : 'POST',
    agent: false,
    ca: subject.ca,
    headers: [
      ['Host', subject.url.host],
      ...(subject.headers ?? []),
      ['Accept', 'application/json, text/event-stream'],
      ['Authorization', `Bearer ${secret}`],
      ...session,
      ...(streams
        ? []
        : [
            ['Content-Type', 'application/json'],
            ['Content-Length', `${Buffer.byteLength(body)}`],
          ]),
    ].flat(),
  })
  const stream: OpenStream = {
    closedAt: undefined,
    close: () => outgoing.destroy(),
  }
  const end = () => {
    stream.closedAt ??= Date.now()
  }
  outgoing.on('error', end)
  outgoing.on('close', end)
  outgoing.on('response', (incoming) => {
    if (!streams) end()
    incoming.on('close', end)
    incoming.resume()
  })
  if (streams) outgoing.end()
  else outgoing.write(body.slice(0, 10))
  return stream
}

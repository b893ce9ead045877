import {
  createRedactor,
  type Evidence,
  type Exchange,
  sendRequest,
  type Text,
} from 'guardcheck'
import type { Target } from '../attack/target.ts'

/** Who takes part in the flow, from left to right. */
export type Party = 'person' | 'client' | 'server' | 'issuer'

/** One arrow of the flow, with what passed over the wire. */
export interface Message extends Evidence {
  from: Party
  to: Party
  /** What is asked, in a word or two, and what came of it. */
  title: Text
  answer: string
  /** Tokens without their signatures: readable, and good for nothing. */
  claims: string[]
}

/** What alice lets the client do at first, and what a refund needs. */
const little = 'documents:read'
const more = 'documents:read refunds:write'

/**
 * Signs alice in and issues a refund as her, from the first refusal to the
 * ledger; tells every message as it passes, secrets redacted.
 */
export async function runFlow(
  target: Target,
  onMessage: (message: Message) => void,
): Promise<void> {
  const { url, ca, issuer } = target
  if (!issuer) throw new Error('This step has no issuer.')
  const alice = issuer.person('alice')
  const secrets = new Set<string>([alice.password])
  const pass = (
    from: Party,
    to: Party,
    title: Text,
    { request, response, failure }: Exchange,
    at: URL,
  ) => {
    const sent = [
      `${request.method} ${request.target} HTTP/1.1`,
      `Host: ${at.host}`,
      ...request.headers.map(([name, value]) => `${name}: ${value}`),
      '',
      request.body ?? '',
    ].join('\r\n')
    const received = response
      ? [
          `HTTP/1.1 ${response.status}`,
          ...response.headers.map(([name, value]) => `${name}: ${value}`),
          '',
          response.body,
        ].join('\r\n')
      : `${failure}`
    const whole = `${sent}\n${received}`
    for (const secret of findSecrets(whole)) secrets.add(secret)
    const redact = createRedactor([...secrets])
    onMessage({
      from,
      to,
      title,
      answer: `${response?.status ?? failure}`,
      claims: findClaims(whole),
      sent: redact(sent),
      received: redact(received),
    })
  }
  const ask = async (title: Text, at: URL, tool?: Call, token?: string) => {
    const body = tool && JSON.stringify(messageFor(tool))
    const exchange = await sendRequest(
      at,
      {
        method: tool ? 'POST' : 'GET',
        target: at.pathname + at.search,
        headers: [
          ...(token ? [['Authorization', `Bearer ${token}`]] : []),
          ['Accept', 'application/json, text/event-stream'],
          ...(tool ? [['Content-Type', 'application/json']] : []),
        ] as [string, string][],
        body,
      },
      { timeoutMs: 10_000, ca },
    )
    pass('client', 'server', title, exchange, at)
    return exchange.response
  }
  const read: Call = { name: 'read_document', arguments: { path: '.' } }
  const refused = await ask(titles.call, url, read)
  const challenge = refused?.headers.find(([n]) => n === 'www-authenticate')
  const metadata = /resource_metadata="([^"]+)"/.exec(challenge?.[1] ?? '')?.[1]
  if (metadata) await ask(titles.metadata, new URL(metadata))
  const authority = await issuer.open(url.href, (by, at, exchange) => {
    const from = by === 'client' ? 'client' : 'person'
    pass(from, 'issuer', titleFor(by, at, exchange), exchange, at)
  })
  const first = await authority.grant(alice, little.split(' '))
  await ask(titles.read, url, read, first.access)
  const refund: Call = {
    name: 'issue_refund',
    arguments: { customer: 'C-1001', amount: 300, reason: 'A torn bag' },
  }
  await ask(titles.refund, url, refund, first.access)
  const second = await authority.grant(alice, more.split(' '))
  await ask(titles.again, url, refund, second.access)
}

interface Call {
  name: string
  arguments: Record<string, unknown>
}

const messageFor = (params: Call) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params,
})

const titles = {
  call: { en: 'Call without a token', ja: 'トークンなしで呼び出す' },
  metadata: { en: 'Who issues tokens?', ja: '発行者はどこか' },
  issuer: { en: 'What can you do?', ja: '発行者の設定を読む' },
  authorize: { en: 'Ask for permission', ja: '認可を求める' },
  page: { en: 'Open the page', ja: '画面を開く' },
  password: { en: 'Name and password', ja: '名前とパスワード' },
  consent: { en: 'Agree to the scopes', ja: 'スコープに同意する' },
  back: { en: 'Go on', ja: '次へ進む' },
  code: {
    en: 'Back to the client, with a code',
    ja: 'コードを持ってクライアントへ戻る',
  },
  token: { en: 'Trade the code for a token', ja: 'コードをトークンに換える' },
  read: { en: 'Call with the token', ja: 'トークンを付けて呼び出す' },
  refund: { en: 'Refund: one scope too few', ja: '返金：スコープが足りない' },
  again: { en: 'Refund, as alice', ja: '返金：aliceとして' },
} satisfies Record<string, Text>

function titleFor(by: string, url: URL, exchange: Exchange): Text {
  const { request, response } = exchange
  if (by === 'client') {
    return url.pathname.includes('.well-known') ? titles.issuer : titles.token
  }
  const to = response?.headers.find(([name]) => name === 'location')?.[1]
  if (to && new URL(to, url).origin !== url.origin) return titles.code
  if (/(^|&)password=/.test(request.body ?? '')) return titles.password
  if (request.method === 'POST') return titles.consent
  if (url.searchParams.has('client_id')) return titles.authorize
  return /interaction/.test(url.pathname) ? titles.page : titles.back
}

/** What in a message opens something, or is about to. */
function findSecrets(text: string): string[] {
  const patterns = [
    /"(?:access|refresh|id)_token":\s*"([^"]+)"/g,
    /[?&\n](?:code|code_verifier|password|refresh_token)=([^&\s"]+)/g,
    /^set-cookie: [^=]+=([^;\s]+)/gim,
  ]
  const cookies = /^cookie: (.+)$/im.exec(text)?.[1]?.trim().split('; ') ?? []
  return patterns
    .flatMap((pattern) =>
      [...text.matchAll(pattern)].map(([, secret = '']) => secret),
    )
    .concat(cookies.map((cookie) => cookie.slice(cookie.indexOf('=') + 1)))
    .filter((secret) => secret.length >= 8)
}

/** The readable parts of the tokens in a message. */
function findClaims(text: string): string[] {
  const tokens = text.matchAll(/\b(eyJ[\w-]+\.eyJ[\w-]+)\.[\w-]+/g)
  return [...new Set([...tokens].map(([, parts = '']) => parts))]
}

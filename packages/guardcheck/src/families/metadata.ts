import { type Answer, createSubject, type Subject } from '../probe/subject.ts'
import { expect, NotApplicable } from '../property.ts'
import { metadataUrls } from '../sign-in/authority.ts'
import { ask, said, wrongSecret } from './ask/answer.ts'
import { hintsOf } from './ask/challenges.ts'
import {
  findScopes,
  isNameOf,
  metadataPath,
  parse,
  readMetadata,
  wellKnown,
} from './ask/metadata.ts'

export async function servesMetadata(subject: Subject): Promise<void> {
  const { answer, metadata } = await readMetadata(subject)
  const [type = ''] = answer.header('content-type')
  expect(
    /^application\/json\b/i.test(type),
    `The metadata is sent as ${type || 'nothing'}, not as application/json.`,
  )
  expect(
    metadata.authorization_servers.length > 0,
    'The metadata names no authorization server.',
  )
  const fromPage = await ask(subject, {
    method: 'GET',
    target: metadataPath(subject),
    headers: [['Origin', 'https://client.example']],
  })
  const [allowed = ''] = fromPage.header('access-control-allow-origin')
  expect(
    fromPage.status === 200 && allowed === '*',
    `A web page that reads the metadata is answered ${said(fromPage)} with Access-Control-Allow-Origin: ${allowed || 'nothing'}.`,
  )
  const root = await ask(subject, { method: 'GET', target: wellKnown })
  expect(
    root.status === 404 || parse(root.body).resource !== undefined,
    `GET ${wellKnown} was answered ${said(root)}: neither metadata nor a clean 404.`,
  )
}

export async function describesResource(subject: Subject): Promise<void> {
  const { answer, metadata } = await readMetadata(subject)
  const named = `${metadata.resource ?? 'nothing'}`
  expect(
    isNameOf(subject, named),
    `The metadata is that of ${named}, and not of ${subject.url.href}: ${parting(named, subject.url.href)}.`,
  )
  const empty = Object.entries(parse(answer.body)).find(
    ([, value]) => Array.isArray(value) && value.length === 0,
  )
  expect(empty === undefined, `${empty?.[0]} is an empty list.`)
  expect(
    metadata.authorization_servers.length > 0,
    'The metadata names no authorization server.',
  )
  expect(
    [metadata.bearer_methods_supported ?? ['header']].flat().join() ===
      'header',
    'The metadata offers other ways than the header.',
  )
  expect(
    !metadata.scopes_supported.includes('offline_access'),
    'The metadata lists offline_access, which is none of its scopes.',
  )
  for (const issuer of metadata.authorization_servers.slice(0, 3)) {
    await expectSameName(subject, issuer)
  }
}

/** Where two names that should be one are not, in words. */
function parting(a: string, b: string): string {
  const place = [...a, ''].findIndex((character, at) => character !== b[at])
  const at = (text: string) => text[place] ?? 'its end'
  return `they part at character ${place + 1}, where one has ${at(a)} and the other ${at(b)}`
}

/** An issuer calls itself what the resource calls it. */
async function expectSameName(subject: Subject, issuer: string) {
  expect(URL.canParse(issuer), `The issuer ${issuer} is no URL.`)
  const ca = subject.issuer?.ca ?? subject.ca
  for (const text of metadataUrls(issuer)) {
    const url = new URL(text)
    const { send } = createSubject({ url, ca, timeoutMs: 5_000 })
    const answer = await send({ method: 'GET' })
    if (answer.status !== 200) continue
    const name = parse(answer.body).issuer
    expect(
      name === issuer,
      `The issuer ${issuer} calls itself ${name}: ${parting(issuer, `${name}`)}.`,
    )
    return
  }
  throw new NotApplicable(`The metadata of ${issuer} cannot be read from here.`)
}

export async function pointsToMetadata(subject: Subject): Promise<void> {
  const refusals = {
    'no token': await ask(subject),
    'a wrong token': await ask(subject, { secret: wrongSecret }),
  }
  for (const [what, answer] of Object.entries(refusals)) {
    await expectPointer(subject, answer, `The 401 for ${what}`)
  }
  const { liar, effect } = subject
  if (!liar || !effect) return
  const secret = await liar.mint({ aud: subject.url.href, scope: '' })
  subject.hide(secret)
  const forbidden = await (await subject.connect(secret)).request(
    'tools/call',
    { name: effect.name, arguments: effect.arguments },
  )
  await expectPointer(subject, forbidden, `The ${said(forbidden)} for a scope`)
}

async function expectPointer(subject: Subject, answer: Answer, what: string) {
  const pointer = hintsOf(answer).get('resource_metadata') ?? ''
  const url = URL.canParse(pointer) ? new URL(pointer) : undefined
  expect(
    url !== undefined,
    pointer
      ? `${what} names a resource_metadata that is no absolute URL.`
      : `${what} names no resource_metadata.`,
  )
  expect(
    url.protocol === 'https:',
    `${what} names a resource_metadata without https.`,
  )
  expect(
    url.host === subject.url.host,
    `${what} names metadata at ${url.host}, and not at this server.`,
  )
  const target = url.pathname + url.search
  const found = await ask(subject, { method: 'GET', target, body: null })
  expect(
    found.status === 200 && isNameOf(subject, `${parse(found.body).resource}`),
    `${what} names ${target}, where no metadata of this server is.`,
  )
}

export async function ignoresForwarded(subject: Subject): Promise<void> {
  const target = metadataPath(subject)
  const challenge = (answer: Answer) => answer.header('www-authenticate').join()
  const plain = await ask(subject)
  const document = await ask(subject, { method: 'GET', target, body: null })
  expect(
    hintsOf(plain).has('resource_metadata'),
    'The challenge names no resource_metadata.',
  )
  const spoofs: [string, string][][] = [
    [['X-Forwarded-Host', 'evil.example']],
    [['X-Forwarded-Proto', 'http']],
    [
      ['X-Forwarded-Host', 'evil.example'],
      ['X-Forwarded-Proto', 'http'],
    ],
    [['Forwarded', 'host=evil.example;proto=http']],
    [['X-Forwarded-Prefix', '/evil']],
    [['X-Original-URL', 'https://evil.example/mcp']],
    [['Host', 'evil.example']],
  ]
  for (const headers of spoofs) {
    const names = headers.map(([name]) => name).join(' and ')
    const refused = await ask(subject, { headers })
    const read = await ask(subject, { method: 'GET', target, headers })
    // A foreign Host is best not served at all.
    if (refused.status === 401) {
      expect(
        challenge(refused) === challenge(plain),
        `${names} changes the challenge to ${challenge(refused)}.`,
      )
    }
    if (read.status === 200 && document.status === 200) {
      expect(read.body === document.body, `${names} changes the metadata.`)
    }
  }
}

export async function hintsScope(subject: Subject): Promise<void> {
  const hint = hintsOf(await ask(subject)).get('scope')
  expect(
    hint !== undefined,
    'The 401 names no scope: a client would ask for all there are.',
  )
  const named = hint.split(' ').filter(Boolean)
  expect(named.length > 0, 'The 401 names an empty scope.')
  const all = await findScopes(subject)
  if (all.length < 2) {
    throw new NotApplicable('It has too few scopes to tell little from much.')
  }
  expect(
    named.every((scope) => all.includes(scope)),
    `The 401 names ${hint}, which the metadata does not list.`,
  )
  expect(
    named.length < all.length,
    `The 401 names every scope there is: ${hint}.`,
  )
}

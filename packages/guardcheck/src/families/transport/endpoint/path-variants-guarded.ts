import { expect, type Property } from '../../../property.ts'
import { isServed, said } from '../../ask/answer.ts'
import { otherDialects } from '../../ask/requests.ts'
import { authorization } from '../../sources.ts'

export const pathVariantsGuarded: Property = {
  id: 'transport/path-variants-guarded',
  claim: {
    en: 'no other spelling of the path and no older endpoint beside it serves a request without a credential',
    ja: 'パスの別の書き方でも、隣に残る古いエンドポイントでも、資格情報のないリクエストには応じない',
  },
  source: [authorization('token-requirements')],
  owasp: ['MCP07', 'MCP09'],
  level: 'must',
  since: 1,
  needs: [],
  advice: {
    en: 'Mount the guard by the router that also finds the route (`app.use("/mcp", guard)`), never compare `req.url` yourself, and put the guard before older endpoints such as `/sse` too.',
    ja: 'ガードは、ルートを見つけるのと同じルーターに載せます（`app.use("/mcp", guard)`）。`req.url`を自分で比べず、`/sse`のような古いエンドポイントにも同じガードを置きます。',
  },
  async check(subject) {
    const front = await subject.send()
    expect(
      !isServed(front),
      `The endpoint itself answers ${said(front)} without a credential.`,
    )
    for (const { revision, ...probe } of otherDialects(subject)) {
      const answer = await subject.send(probe)
      expect(
        !isServed(answer),
        `A message of ${revision} without a credential was answered ${said(answer)}.`,
      )
    }
    for (const [method, target] of doorsBeside(subject.url)) {
      const answer = await subject.send({ method, target })
      expect(
        !isServed(answer),
        `${method} ${target} without a credential was answered ${said(answer)}.`,
      )
    }
  },
}

/** Other spellings of the endpoint's path, and what may stand beside it. */
function doorsBeside(url: URL): [method: string, target: string][] {
  const { pathname, search, host, protocol } = url
  const folder = pathname.replace(/[^/]*$/, '')
  const name = pathname.slice(folder.length)
  const encoded = name.replace(
    /^[a-z]/i,
    (letter) => `%${letter.charCodeAt(0).toString(16)}`,
  )
  const spellings = [
    folder + name.toUpperCase(),
    `${pathname}/`,
    `/${pathname}`,
    folder + encoded,
    `${folder}x/../${name}`,
    `${folder}./${name}`,
    `${pathname};a`,
    `${pathname}?a`,
    `${pathname}%2f`,
    `${protocol}//${host}${pathname}`,
  ]
  const posts = [...spellings, '/message', '/messages', '/mcp', '/', folder]
  const gets = [`${folder}sse`, '/sse', '/SSE', '/sse/']
  return [
    ...posts.map((path): [string, string] => ['POST', path + search]),
    ...gets.map((path): [string, string] => ['GET', path]),
    ...gets.map((path): [string, string] => ['POST', path]),
  ]
}

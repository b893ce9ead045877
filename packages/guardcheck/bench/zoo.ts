// Who catches what: each guard of the zoo, in front of one tool, against
// guardcheck and against every scanner that installs from npm and speaks to a
// server. Names on the command line judge those alone.
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { findPort, installPeers, peersFolder } from '../../lab/src/lab.ts'
import { readVersions } from '../../proof/test/peers.ts'
import { catalogue } from '../src/catalogue.ts'
import { judgeAll } from '../src/judge/runner.ts'
import { type LyingIssuer, openLiar } from '../src/liar/issuer.ts'
import { streamDialect } from '../src/probe/dialect.ts'
import type { SubjectOptions } from '../src/probe/options.ts'
import { createSubject } from '../src/probe/subject.ts'
import { startProcess } from '../src/process/start.ts'
import { conformance, runConformance } from './conformance.ts'
import { named, table, writeWhole } from './table.ts'

/** What an attacker knows, and how it would call the tool. */
interface Attack {
  url: URL
  token: string
  liar: LyingIssuer
  /** Sends a call with a credential, and says nothing of what comes back. */
  call(
    authorization?: string,
    more?: { url?: URL; body?: object },
  ): Promise<void>
}

interface Kind {
  /** What somebody did. */
  story: string
  /** The one it differs from in nothing else. */
  beside: string
  /** A request that a right guard refuses; none where nobody gets in. */
  attack?(attack: Attack): Promise<void>
}

const call = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'stamp', arguments: {} },
}

const kinds: Record<string, Kind> = {
  right: { story: 'a right static guard', beside: 'right' },
  none: {
    story: 'no guard',
    beside: 'right',
    attack: ({ call }) => call(),
  },
  'any-host': {
    story: 'no guard, and any Host is served',
    beside: 'none',
    attack: ({ call }) => call(),
  },
  'open-when-unset': {
    story: '`if (!TOKEN) return next()`, and it is not set',
    beside: 'right',
    attack: ({ call }) => call(),
  },
  'any-header': {
    story: 'a header that is there is enough',
    beside: 'right',
    attack: ({ call }) => call('x'),
  },
  'bearer-undefined': {
    story: 'compares with a variable that is not set',
    beside: 'right',
    attack: ({ call }) => call('Bearer undefined'),
  },
  'default-token': {
    story: 'a default token stands in the source',
    beside: 'right',
    attack: ({ call }) => call('Bearer dev-token'),
  },
  'no-return': {
    story: 'answers 401 and goes on',
    beside: 'right',
    attack: ({ call }) => call(),
  },
  'split-on-space': {
    story: 'takes the second word of the header, whatever the first',
    beside: 'right',
    attack: ({ call, token }) => call(`Basic ${token}`),
  },
  'token-in-url': {
    story: 'reads the token from the URL as well',
    beside: 'right',
    attack: ({ call, token, url }) =>
      call(undefined, { url: new URL(`?token=${token}`, url.href) }),
  },
  prefix: {
    story: 'any beginning of the token opens it',
    beside: 'right',
    attack: ({ call, token }) => call(`Bearer ${token.slice(0, 1)}`),
  },
  'post-only': { story: 'guards POST and no other method', beside: 'right' },
  'calls-only': {
    story: 'guards tools/call and no other message',
    beside: 'right',
    attack: ({ call: send }) => send(undefined, { body: [call] }),
  },
  'after-the-route': {
    story: 'the guard is mounted after the route',
    beside: 'right',
    attack: ({ call }) => call(),
  },
  'sse-beside': {
    story: 'the older /sse was forgotten beside it',
    beside: 'right',
    async attack({ url }) {
      const older = new URL('/sse', url.href)
      const subject = createSubject({ url: older, dialect: streamDialect })
      const { request } = await subject.connect()
      await request('tools/call', call.params)
      subject.close('')
    },
  },
  'forbidden-not-401': {
    story: 'answers a wrong token with 403',
    beside: 'right',
  },
  'header-logged': { story: 'logs the header', beside: 'right' },
  'right-jwt': { story: 'a right guard for JWT', beside: 'right-jwt' },
  'decoded-only': {
    story: '`decode` where `verify` should stand',
    beside: 'right-jwt',
    async attack({ call, liar, url }) {
      await call(`Bearer ${await liar.lie('own-key', { aud: url.href })}`)
    },
  },
  'any-audience': {
    story: 'asks for no audience',
    beside: 'right-jwt',
    async attack({ call, liar, url }) {
      await call(
        `Bearer ${await liar.lie('wrong-audience', { aud: url.href })}`,
      )
    },
  },
}

/** What was found about one of them. */
interface Row {
  story: string
  beside: string
  /** How often the tool ran for a request that a right guard refuses. */
  ran: number
  /** What fails: properties, and checks of the conformance suite. */
  guardcheck: string[]
  conformance: { failed: string[]; passed: number }
}

interface Zoo {
  date: string
  node: string
  versions: Record<string, string>
  servers: Record<string, Row>
}

/** Starts one, attacks it, and lets everybody judge it. */
async function judgeKind(
  name: string,
  { attack, ...kind }: Kind,
): Promise<Row> {
  const liar = await openLiar()
  const port = await findPort()
  const url = new URL(`http://127.0.0.1:${port}/mcp`)
  const secret = randomBytes(32).toString('base64url')
  const isJwt = kind.beside === 'right-jwt'
  const token = isJwt ? await liar.mint({ aud: url.href }) : secret
  const outcome = await startProcess({
    command: [process.execPath, 'zoo/server.js'],
    url,
    cwd: peersFolder,
    env: {
      GUARD: name,
      PORT: `${port}`,
      MCP_TOKEN: isJwt ? undefined : secret,
      ISSUER: liar.url,
      RESOURCE: url.href,
      // Where the default is what a developer has, not what a test sets.
      NODE_ENV: undefined,
    },
  })
  if (!('started' in outcome)) throw new Error(outcome.output)
  const { started } = outcome
  const count = async () => started.output().split('stamped').length - 1
  try {
    await attack?.({
      url,
      token,
      liar,
      async call(authorization, { url: to = url, body = call } = {}) {
        const headers: Record<string, string> = {
          'Content-Type': 'application/json',
          Accept: 'application/json, text/event-stream',
        }
        if (authorization !== undefined) headers.Authorization = authorization
        const init = { method: 'POST', headers, body: JSON.stringify(body) }
        await (await fetch(to, init)).text()
      },
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    const ran = await count()
    const options: SubjectOptions = {
      url,
      token,
      process: started,
      effect: { name: 'stamp', arguments: {}, count },
      liar: isJwt ? liar : undefined,
    }
    const { results } = await judgeAll(catalogue, options)
    const { failed, passed } = await runConformance(url)
    return {
      ...kind,
      ran,
      guardcheck: results
        .filter(({ verdict }) => verdict === 'fails')
        .map(({ property }) => property.id),
      conformance: { failed, passed },
    }
  } finally {
    await started.stop()
    await liar.close()
  }
}

const file = new URL('zoo.json', import.meta.url)
const before: Zoo | undefined = existsSync(file)
  ? JSON.parse(readFileSync(file, 'utf8'))
  : undefined
await installPeers()
const asked = process.argv.slice(2)
const servers: Zoo['servers'] = {}
for (const [name, kind] of Object.entries(kinds)) {
  const known = before?.servers[name]
  const again = !known || asked.length === 0 || asked.includes(name)
  const row = again ? await judgeKind(name, kind) : known
  servers[name] = row
  if (again)
    console.log(`${name}: ran ${row.ran}, ${row.guardcheck.length} fail`)
}
const zoo: Zoo = {
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  versions: {
    '@modelcontextprotocol/conformance': conformance.replace(/^.*@/, ''),
    '@modelcontextprotocol/sdk': `${readVersions()['@modelcontextprotocol/sdk']}`,
    express: `${readVersions().express}`,
  },
  servers,
}
writeWhole(file, `${JSON.stringify(zoo, null, 2)}\n`)
writeWhole(new URL('../ZOO.md', import.meta.url), tell(zoo))

/** The page that says who caught what. */
function tell({ date, node, versions, servers }: Zoo): string {
  const rows = Object.entries(servers).map(([name, row]) => {
    const base = servers[row.beside]
    const fresh = (ids: string[], known: string[] = []) =>
      ids.filter((id) => !known.includes(id))
    const ours = fresh(row.guardcheck, base?.guardcheck)
    const theirs = fresh(row.conformance.failed, base?.conformance.failed)
    const right = name === row.beside
    return [
      name,
      row.story,
      right ? '' : row.ran > 0 ? `yes, ${row.ran}` : 'no',
      right
        ? 'nothing below step 3'
        : ours.length > 0
          ? `**caught**: ${named(ours)}`
          : 'missed',
      right
        ? 'cannot get in'
        : theirs.length > 0
          ? `**caught**: ${named(theirs)}`
          : 'does not ask',
    ]
  })
  const broken = Object.entries(servers).filter(
    ([name, row]) => name !== row.beside,
  )
  const caught = broken.filter(([, row]) =>
    row.guardcheck.some((id) => !servers[row.beside]?.guardcheck.includes(id)),
  )
  const used = Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')
  return `# Who catches what

Written by \`npm run -s zoo\` on ${date} (Node ${node}, ${used}); do not edit it.

Guards as they stand in public code, written anew in [packages/peers/zoo](../peers/zoo/guards.js), each in front of one tool that counts its runs.
"The tool ran" says whether a call that a right guard refuses reached the tool when it was sent: that is the truth that the others are held against.
A tool has caught a server when it says something against it that it does not say against the one beside it, which differs in nothing else; otherwise it missed it, or its checks do not ask about that at all.

guardcheck caught **${caught.length} of ${broken.length}**.
It was given the URL, a valid token, the process, a tool whose runs it may count, and for the last two an authorization server that lies.
The count is for \`no-return\`, whose answer is right and whose tool runs all the same; a token that stands in the source and works beside the given one is nothing that can be seen from outside.

The conformance suite of the MCP project is given the URL, which is all that it takes: it has no way to send a token, so it gets past no guard, and it does not ask who may call.
Where it asks, it is right: it tells the server that is served by any Host.

${table(['server', 'what somebody did', 'the tool ran', 'guardcheck', 'conformance'], rows)}

No other scanner is in the table, for none was found that installs from npm and judges a server by its URL: mcp-authcheck, mcpcomp, owasp-mcp-scan, scan-my-mcp, @andreolf/mcpaudit and mcp-protocol-conformance are announced as npm packages, and could not be installed when this was made; @mcpjam/cli 1.1.6 does, and has evaluations by a language model only.
`
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Language } from './lesson.ts'
import { root } from './steps.ts'

/** What came of one thing that was tried with a client. */
interface Seen {
  works: boolean
  says?: string
  asks: string[]
  leads?: string
}

interface Recorded {
  recordedAt: string
  versions: Record<string, string>
  clients: Record<string, Record<string, Record<string, Seen>>>
}

const titles: Record<string, [title: string, packageName: string]> = {
  'sdk-v1': ['SDK v1', '@modelcontextprotocol/sdk'],
  'sdk-v2': ['SDK v2', '@modelcontextprotocol/client'],
  'ai-sdk': ['AI SDK', '@ai-sdk/mcp'],
  langchain: ['LangChain', '@langchain/mcp-adapters'],
  'openai-agents': ['OpenAI Agents SDK', '@openai/agents'],
  'mcp-client': ['fastmcp: mcp-client', 'mcp-client'],
  'mcp-remote': ['mcp-remote', 'mcp-remote'],
  inspector: ['MCP Inspector CLI', '@modelcontextprotocol/inspector'],
}

/** The columns of each table: a step, and what was tried there. */
const columns: Record<string, [step: number, tried: string][]> = {
  refused: [
    [1, 'none'],
    [3, 'none'],
    [2, 'wrong'],
    [2, 'rotated'],
    [3, 'scope'],
  ],
  admitted: [
    [0, 'none'],
    [1, 'right'],
    [2, 'right'],
    [3, 'right'],
    [3, 'authority'],
    [3, 'signIn'],
  ],
}

const words = {
  en: {
    step: 'step',
    none: 'no token',
    wrong: 'wrong token',
    right: 'right token',
    rotated: 'secret retired',
    scope: 'scope missing',
    authority: 'unknown authority',
    signIn: 'signing in',
  },
  ja: {
    step: 'ステップ',
    none: 'トークンなし',
    wrong: '違うトークン',
    right: '正しいトークン',
    rotated: '失効したトークン',
    scope: 'スコープ不足',
    authority: '未知の認証局',
    signIn: 'サインイン',
  },
}

/**
 * What real clients did, as recorded in `bench/clients.json`.
 * @throws {Error} when there is no such table
 */
export function tellClients(table = '', language: Language): string {
  const file = join(root, 'bench/clients.json')
  const recorded: Recorded = JSON.parse(readFileSync(file, 'utf8'))
  const chosen = columns[table]
  if (!chosen) throw new Error(`There is no table of clients called ${table}.`)
  const say: Record<string, string> = words[language]
  const { recordedAt, versions, clients } = recorded
  const head = chosen.map(([step, it]) => `${say[it]}, ${say.step} ${step}`)
  const rows = Object.entries(titles).map(([name, [title, packageName]]) => [
    `${title} ${versions[packageName]}`,
    ...chosen.map(([step, it]) => describe(clients[name]?.[step]?.[it])),
  ])
  const all = [
    [recordedAt, ...head],
    ['---', ...head.map(() => '---')],
    ...rows,
  ]
  return all.map((row) => `| ${row.join(' | ')} |\n`).join('')
}

/** A word or two: what its user reads, and whether it asks about OAuth. */
function describe(seen: Seen | undefined): string {
  if (!seen) return '–'
  if (seen.leads) return `→ \`${seen.leads}\``
  if (seen.works) return '✓'
  const oauth = seen.asks.some((it) => it.includes('/.well-known/'))
  return `\`${shorten(seen.says ?? '')}\`${oauth ? ' → OAuth' : ''}`
}

/** What the sentence is about, where it says so; else how it begins. */
function shorten(text: string): string {
  const about = /"error":"(\w+)"|(self-signed certificate)/.exec(text)
  if (about) return about[1] ?? `${about[2]}`
  const said = text.replace(/^MCP error -?\d+: (mcp-remote: )?/, '')
  const [begin = ''] = /^.{0,44}(?!\S)/.exec(said) ?? []
  return begin === said ? said : `${begin}…`
}

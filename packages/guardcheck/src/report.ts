import pc from 'picocolors'
import wrapAnsi from 'wrap-ansi'
import type { Language } from './language.ts'
import type { Property, Text } from './property.ts'
import type { Report, Result } from './runner.ts'
import type { Evidence } from './subject.ts'

/** The report as a stable contract; `schema` grows when it breaks. */
export function reportJson({ target, open, level, results }: Report): string {
  const report = {
    schema: 1,
    target: target.href,
    open,
    level,
    results: results.map(({ property, verdict, why, evidence }) => ({
      id: property.id,
      verdict,
      since: property.since,
      level: property.level,
      why,
      evidence,
    })),
  }
  return `${JSON.stringify(report, null, 2)}\n`
}

const words = {
  open: {
    en: 'This endpoint answers a call without a credential: whoever reaches it may call its tools.',
    ja: 'このエンドポイントは資格情報のない呼び出しに応答します。到達できる人は誰でもツールを呼び出せます。',
  },
  level: {
    en: 'Level {level}: every applicable MUST and SHOULD holds up to step {level} of 3.',
    ja: 'レベル{level}：該当するMUSTとSHOULDが、全3ステップのうちステップ{level}まですべて成り立っています。',
  },
  noLevel: {
    en: 'No level: the server itself breaks a MUST or SHOULD of step 0.',
    ja: 'レベルなし：ガード以前の、ステップ0のMUSTまたはSHOULDが成り立っていません。',
  },
  good: {
    en: 'A right guard with a static token; OAuth (step 3) is a further step, not a repair.',
    ja: '固定トークンのガードとして正しい状態です。OAuth（ステップ3）は修理ではなく、次の段階です。',
  },
  fails: { en: 'Fails', ja: '不成立' },
  holds: { en: 'Holds', ja: '成立' },
  'not-applicable': { en: 'Not applicable', ja: '判定対象外' },
  advice: { en: 'What to do', ja: '対処' },
  sent: { en: 'Sent', ja: '送信' },
  received: { en: 'Received', ja: '受信' },
} satisfies Record<string, Text>

/** Settings of the text report. */
export interface TextOptions {
  lang: Language
  /** Columns to fill. */
  width: number
  /** Whether the exchanges that decided are shown as well. */
  verbose: boolean
}

/** The report for a person: the worst first, and what to do about it. */
export function reportText(report: Report, options: TextOptions): string {
  const { lang, width } = options
  const lines: string[] = []
  const say = (text: string, indent = 0) => {
    const space = ' '.repeat(indent)
    const wrapped = wrapAnsi(text, width - indent, { hard: true })
    for (const line of wrapped.split('\n')) lines.push(space + line)
  }
  const of = (verdict: Result['verdict']) =>
    report.results.filter((result) => result.verdict === verdict)

  if (report.open) say(pc.red(pc.bold(`✗ ${words.open[lang]}`)))
  say(`${report.target.href}`)
  lines.push('')

  for (const verdict of ['fails', 'not-applicable', 'holds'] as const) {
    const results = of(verdict).sort(worseFirst)
    if (results.length === 0) continue
    say(pc.bold(`${words[verdict][lang]} (${results.length})`))
    for (const { property, why, evidence } of results) {
      say(`${marks[verdict]} ${title(property)}`, 2)
      say(property.claim[lang], 4)
      if (why) say(pc.dim(why), 4)
      if (verdict === 'fails') {
        say(`→ ${words.advice[lang]}: ${property.advice[lang]}`, 4)
      }
      const shown = options.verbose ? evidence.slice(-1) : []
      for (const exchange of shown) lines.push(...exchangeLines(exchange, lang))
    }
    lines.push('')
  }
  const { level } = report
  const told = level < 0 ? words.noLevel : words.level
  say(pc.bold(told[lang].replaceAll('{level}', `${level}`)))
  if (level === 2) say(words.good[lang])
  return `${lines.join('\n')}\n`
}

const marks = {
  fails: pc.red('✗'),
  holds: pc.green('✓'),
  'not-applicable': pc.dim('–'),
}

const ranks = { must: 0, should: 1, policy: 2 }

const worseFirst = (a: Result, b: Result) =>
  ranks[a.property.level] - ranks[b.property.level] ||
  a.property.since - b.property.since

const title = ({ id, level }: Property) =>
  `${pc.bold(id)} ${pc.dim(level.toUpperCase())}`

/** One exchange, each line behind a bar. */
function exchangeLines(exchange: Evidence, lang: Language): string[] {
  const block = (name: string, text: string) => [
    pc.dim(`    ${name}`),
    ...text.split(/\r?\n/).map((line) => pc.dim(`    │ ${visible(line)}`)),
  ]
  return [
    ...block(words.sent[lang], exchange.sent),
    ...block(words.received[lang], exchange.received || exchange.failure || ''),
  ]
}

/** Text from a server with its control characters made visible. */
const visible = (text: string) =>
  text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )

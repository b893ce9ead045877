import pc from 'picocolors'
import wrapAnsi from 'wrap-ansi'
import type { Report } from '../judge/runner.ts'
import type { Language } from '../language.ts'
import type { Evidence } from '../probe/evidence.ts'
import type { Property } from '../property.ts'
import { visible } from './markup.ts'
import type { ReportOptions } from './options.ts'
import { basisOf, conclude, groupsOf, words } from './words.ts'

/** The report for a person: the worst first, and what to do about it. */
export function reportText(
  report: Report,
  options: Pick<ReportOptions, 'lang' | 'width' | 'verbose' | 'predictions'>,
): string {
  const { lang, width } = options
  const lines: string[] = []
  const say = (text: string, indent = 0) => {
    const space = ' '.repeat(indent)
    const wrapped = wrapAnsi(text, width - indent, { hard: true })
    for (const line of wrapped.split('\n')) lines.push(space + line)
  }
  // A link that is broken over two lines is none.
  const tell = (text: string) => lines.push(`    ${pc.dim(text)}`)

  if (report.open) say(pc.red(pc.bold(`✗ ${words.open[lang]}`)))
  say(`${report.target.href}`)
  lines.push('')

  for (const { heading, results } of groupsOf(report, lang)) {
    say(pc.bold(`${heading} (${results.length})`))
    for (const { property, verdict, why, evidence } of results) {
      say(`${marks[verdict]} ${title(property)}`, 2)
      say(property.claim[lang], 4)
      if (why) say(pc.dim(why), 4)
      if (verdict === 'fails') {
        say(`→ ${words.advice[lang]}: ${property.advice[lang]}`, 4)
        tell(`${property.owasp.join(' ')} ${property.source[0]}`)
      }
      const shown = options.verbose ? evidence.slice(-1) : []
      for (const exchange of shown) lines.push(...exchangeLines(exchange, lang))
    }
    lines.push('')
  }
  for (const [{ title }, found] of options.predictions) {
    say(pc.bold(title))
    if (found.length === 0) say(words.unknown[lang], 2)
    for (const prediction of found) {
      say(prediction.does[lang], 2)
      tell(basisOf(prediction, lang))
      tell(prediction.source)
    }
    lines.push('')
  }
  const [first = '', ...more] = conclude(report, lang)
  say(pc.bold(first))
  for (const line of more) say(line)
  return `${lines.join('\n')}\n`
}

const marks = {
  fails: pc.red('✗'),
  holds: pc.green('✓'),
  'not-applicable': pc.dim('–'),
}

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

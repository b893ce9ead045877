import type { Report, Result } from '../judge/runner.ts'
import { Markup, markup } from './markup.ts'
import type { ReportOptions } from './options.ts'

/**
 * The report as JUnit XML, a test case for each property, a suite for each
 * family. What could not be decided is skipped, with the reason.
 */
export function reportJunit(
  { target, results, date, durationMs }: Report,
  { lang }: Pick<ReportOptions, 'lang'>,
): string {
  const families = new Map<string, Result[]>()
  for (const result of results) {
    const family = result.property.id.split('/')[0] ?? ''
    families.set(family, [...(families.get(family) ?? []), result])
  }
  const count = (of: Result[], verdict: Result['verdict']) =>
    of.filter((result) => result.verdict === verdict).length
  const suites = [...families].map(
    ([family, of]) => markup`
  <testsuite name="guardcheck.${family}" hostname="${target.host}" timestamp="${date.toISOString()}" tests="${of.length}" failures="${count(of, 'fails')}" errors="0" skipped="${count(of, 'not-applicable')}">${of.map(
    ({ property, verdict, why, evidence }) => {
      const exchange = evidence.at(-1)
      const shown = exchange
        ? `${exchange.sent}\n\n${exchange.received || exchange.failure || ''}`
        : ''
      const outcome = {
        holds: markup``,
        'not-applicable': markup`<skipped message="${why}"/>`,
        fails: markup`<failure type="${property.level}" message="${why}">${property.advice[lang]}\n\n${shown}</failure>`,
      }[verdict]
      return markup`
    <testcase classname="guardcheck.${family}" name="${property.id}: ${property.claim[lang]}">${outcome}</testcase>`
    },
  )}
  </testsuite>`,
  )
  const seconds = (durationMs / 1000).toFixed(3)
  const declaration = new Markup('<?xml version="1.0" encoding="UTF-8"?>')
  return `${
    markup`${declaration}
<testsuites name="guardcheck ${target.href}" time="${seconds}" tests="${results.length}" failures="${count(results, 'fails')}" errors="0" skipped="${count(results, 'not-applicable')}">${suites}
</testsuites>`.text
  }\n`
}

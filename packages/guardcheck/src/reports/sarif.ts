import { createHash } from 'node:crypto'
import type { Log, ReportingDescriptor, Result } from 'sarif'
import type { Report } from '../judge/runner.ts'
import type { Property } from '../property.ts'
import type { ReportOptions } from './options.ts'
import { version } from './version.ts'

/** How bad a failure is, as SARIF and as code scanning count it. */
const severities: Record<
  Property['level'],
  { level: Result.level; score: string }
> = {
  must: { level: 'error', score: '8.0' },
  should: { level: 'warning', score: '5.0' },
  policy: { level: 'note', score: '3.0' },
}

/**
 * What fails, in SARIF 2.1.0, for code scanning. A running server has no
 * line of source: each result stands at the first line of one file, and its
 * fingerprint is the property and the path of the endpoint.
 */
export function reportSarif(
  { target, open, level, results }: Report,
  { lang, source }: Pick<ReportOptions, 'lang' | 'source'>,
): string {
  const rules = results.map(({ property }) => ruleOf(property, lang))
  const uri = encodeURI(source.replaceAll('\\', '/'))
  const found = results.flatMap(
    ({ property, verdict, why, evidence }, index) =>
      verdict === 'fails'
        ? [
            {
              ruleId: property.id,
              ruleIndex: index,
              level: severities[property.level].level,
              message: { text: `${why} ${property.advice[lang]}` },
              locations: [
                {
                  physicalLocation: {
                    artifactLocation: { uri, uriBaseId: '%SRCROOT%' },
                    region: { startLine: 1 },
                  },
                  logicalLocations: [
                    { fullyQualifiedName: target.href, kind: 'resource' },
                  ],
                },
              ],
              partialFingerprints: {
                'guardcheck/v1': createHash('sha256')
                  .update(`${property.id} ${target.pathname}`)
                  .digest('hex'),
              },
              properties: { evidence: evidence.slice(-1) },
            },
          ]
        : [],
  )
  const undecided = results
    .filter(({ verdict }) => verdict === 'not-applicable')
    .map(({ property, why }) => ({
      level: 'note' as const,
      associatedRule: { id: property.id },
      message: { text: why },
    }))
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'guardcheck',
            semanticVersion: version,
            language: lang,
            rules,
          },
        },
        automationDetails: { id: `guardcheck/${target.pathname}` },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: undecided,
          },
        ],
        results: found,
        properties: { target: target.href, open, level },
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

const ruleOf = (
  property: Property,
  lang: ReportOptions['lang'],
): ReportingDescriptor => ({
  id: property.id,
  name: property.id.replace(/(^|[^a-z0-9])([a-z0-9])/g, (...found) =>
    `${found[2]}`.toUpperCase(),
  ),
  shortDescription: { text: property.claim[lang] },
  fullDescription: { text: property.claim[lang] },
  help: { text: property.advice[lang] },
  helpUri: property.source[0],
  defaultConfiguration: { level: severities[property.level].level },
  properties: {
    tags: ['security', ...property.owasp],
    'security-severity': severities[property.level].score,
    since: property.since,
  },
})

import type { Report } from '../judge/runner.ts'
import type { ReportOptions } from './options.ts'

/**
 * The report as a stable contract, as `report.schema.json` in this package
 * describes it; `schema` grows when it breaks.
 */
export function reportJson(
  { target, open, dialect, level, results }: Report,
  { predictions }: Pick<ReportOptions, 'predictions'>,
): string {
  const report = {
    schema: 1,
    target: target.href,
    revision: dialect.revision,
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
    clients: [...predictions].map(([{ name }, found]) => ({
      client: name,
      predictions: found.map(({ versions, does, source, basis }) => ({
        versions,
        does: does.en,
        source,
        basis,
      })),
    })),
  }
  return `${JSON.stringify(report, null, 2)}\n`
}

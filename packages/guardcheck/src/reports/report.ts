import type { Report } from '../judge/runner.ts'
import { reportHtml } from './html.ts'
import { reportJson } from './json.ts'
import { reportJunit } from './junit.ts'
import type { ReportOptions } from './options.ts'
import { reportSarif } from './sarif.ts'
import { reportText } from './text.ts'

/** The formats that a report can be written in. */
export const formats = {
  text: reportText,
  json: reportJson,
  sarif: reportSarif,
  junit: reportJunit,
  html: reportHtml,
} satisfies Record<string, (report: Report, options: ReportOptions) => string>

export type Format = keyof typeof formats

/** The report in one of the formats, with a line feed at its end. */
export function writeReport(
  format: Format,
  report: Report,
  options: Partial<ReportOptions> = {},
): string {
  return formats[format](report, { ...usual, ...options })
}

const usual: ReportOptions = {
  lang: 'en',
  width: 80,
  verbose: false,
  source: 'README.md',
  predictions: new Map(),
}

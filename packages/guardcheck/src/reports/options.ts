import type { Language } from '../language.ts'
import type { Client, Prediction } from './predictions.ts'

/** How a report is written; what a format has no use for is left aside. */
export interface ReportOptions {
  lang: Language
  /** Columns to fill. */
  width: number
  /** Whether the exchanges that decided are shown as well. */
  verbose: boolean
  /** The file of a repository at which code scanning shows what fails. */
  source: string
  /** What clients are going to do with this server. */
  predictions: Map<Client, Prediction[]>
}

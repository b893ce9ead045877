import { renameSync, writeFileSync } from 'node:fs'
import { catalogue } from '../catalogue.ts'
import type { Report } from '../judge/runner.ts'
import { readLanguage } from '../language.ts'
import { clients, predict } from '../reports/predictions.ts'
import { type Format, writeReport } from '../reports/report.ts'
import { Misuse, type Options } from './options.ts'

/** Prints the catalogue. */
export function listProperties({ format, lang }: Options): void {
  const language = lang ?? readLanguage(process.env)
  if (format === 'json') {
    const rows = catalogue.map(({ check: _check, ...row }) => row)
    console.log(JSON.stringify(rows, null, 2))
    return
  }
  for (const { id, since, level, claim } of catalogue) {
    console.log(`${id}  step ${since}  ${level}\n    ${claim[language]}`)
  }
}

/** Prints the report, or puts it into a file; and what else is asked for. */
export function printReport(report: Report, options: Options): void {
  const { format, output, client = [] } = options
  const asked = client.includes('all')
    ? clients
    : clients.filter(({ name }) => client.includes(name))
  const write = (as: Format) =>
    writeReport(as, report, {
      lang: options.lang ?? readLanguage(process.env),
      width: Math.min(process.stdout.columns ?? 80, 100),
      verbose: options.verbose === true,
      source: options.source,
      predictions: new Map(asked.map((one) => [one, predict(one, report)])),
    })
  for (const [as, file] of options.report ?? []) putWhole(file, write(as))
  if (output) putWhole(output, write(format))
  else process.stdout.write(write(format))
}

/** Puts a text into a file, whole or not at all. */
function putWhole(file: string, text: string): void {
  try {
    writeFileSync(`${file}.new`, text)
    renameSync(`${file}.new`, file)
  } catch {
    throw new Misuse(`The report cannot be written to ${file}.`)
  }
}

/** A line on the terminal that counts; nothing where there is no terminal. */
export function createProgress(total: number) {
  let count = 0
  const { stderr } = process
  return {
    advance() {
      count += 1
      if (stderr.isTTY) stderr.write(`\r${count}/${total}`)
    },
    clear() {
      if (stderr.isTTY) stderr.write('\r\u001b[K')
    },
  }
}

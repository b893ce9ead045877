import { InvalidArgumentError } from 'commander'
import type { Language } from '../language.ts'
import type { Call } from '../probe/options.ts'
import type { Step } from '../property.ts'
import { clients } from '../reports/predictions.ts'
import { type Format, formats } from '../reports/report.ts'
import type { IssuerOptions } from './issuer-options.ts'

/** What the command line says, as commander reads it. */
export interface Options extends IssuerOptions {
  token?: string
  tokenEnv?: string
  secondTokenEnv?: string
  header?: [string, string][]
  ca?: string
  origin?: string
  health?: string
  call?: Call
  mirror?: Call
  keys?: string
  lyingIssuer?: number
  only?: string[]
  step?: Step
  start?: string
  intrusive?: true
  plainHttp?: true
  lang?: Language
  format: Format
  output?: string
  report?: [Format, string][]
  source: string
  client?: string[]
  verbose?: true
}

/** A mistake in how the command was called: one sentence, exit 2. */
export class Misuse extends Error {}

export function readHeader(
  line: string,
  lines: [string, string][] = [],
): [string, string][] {
  const [, name, value] = /^([\w!#$%&'*+.^`|~-]+):\s*(.+)$/.exec(line) ?? []
  if (!name || !value) {
    throw new InvalidArgumentError('Write it as "Name: value".')
  }
  return [...lines, [name, value]]
}

/** One more of an option that may be repeated. */
export function collect(value: string, values: string[] = []): string[] {
  return [...values, value]
}

export function readReport(
  text: string,
  reports: [Format, string][] = [],
): [Format, string][] {
  const [, format, file] = /^(\w+)=(.+)$/s.exec(text) ?? []
  if (file && format && format in formats) {
    return [...reports, [format as Format, file]]
  }
  throw new InvalidArgumentError(
    `Write it as FORMAT=FILE; formats are ${Object.keys(formats).join(', ')}.`,
  )
}

export function readClient(name: string, names: string[] = []): string[] {
  const known = [...clients.map((client) => client.name), 'all']
  if (known.includes(name)) return [...names, name]
  throw new InvalidArgumentError(`Known are ${known.join(', ')}.`)
}

export function readOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text
  throw new InvalidArgumentError('Write it like https://app.example.com.')
}

export function readIssuer(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol)) return text
  throw new InvalidArgumentError('It is a URL.')
}

export function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65535) return Number(text)
  throw new InvalidArgumentError('It is 0 to 65535.')
}

export function readCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It is a number from 1 to 999999.')
}

export function readSeed(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 31) return Number(text)
  throw new InvalidArgumentError('It is a number below 2147483648.')
}

export function readCall(text: string): Call {
  const [, name = '', json = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  try {
    const args: unknown = JSON.parse(json)
    if (typeof args === 'object' && args && !Array.isArray(args)) {
      return { name, arguments: { ...args } }
    }
  } catch {
    // It is said below.
  }
  throw new InvalidArgumentError(
    'Write it as NAME={…}: a tool and its arguments, an object in JSON.',
  )
}

export function readStep(text: string): Step {
  if (!/^[0-3]$/.test(text)) throw new InvalidArgumentError('It is 0 to 3.')
  return Number(text) as Step
}

import { catalogue } from '../catalogue.ts'
import type { SubjectOptions } from '../probe/options.ts'
import type { Property, Step } from '../property.ts'
import { judgeAll, type Report, type Result } from './runner.ts'

/** Which properties are judged. */
export interface Choice {
  /** Ids and families; all when left out. */
  only?: string[] | undefined
  /** Properties of later steps are left out; 3, the last, when left out. */
  step?: Step | undefined
}

/** What a check is given beside the URL. */
export interface CheckOptions extends Omit<SubjectOptions, 'url'>, Choice {
  /** Allows a token to travel over plain HTTP beyond this machine. */
  plainHttp?: boolean
  /** Called with each result as it is found. */
  onResult?: (result: Result) => void
}

/**
 * Judges the MCP server at a URL. It calls no tool but those that the options
 * name, and sends at most 2000 requests and 16 MiB.
 * @throws {Error} when nobody answers at the URL, when what answers is no MCP
 *   endpoint, when `only` names nothing, or when a token would travel in the
 *   clear
 */
export async function check(
  url: string | URL,
  options: CheckOptions = {},
): Promise<Report> {
  const { only, step, onResult, plainHttp, ...subject } = options
  const target = new URL(url)
  if (!plainHttp) refusePlain({ ...subject, url: target })
  const properties = chooseProperties({ only, step })
  const report = await judgeAll(
    properties,
    { ...subject, url: target },
    onResult,
  )
  if (report.unreachable) {
    throw new Error(`${target.href} ${report.unreachable}`)
  }
  return report
}

/**
 * The properties that a choice names.
 * @throws {Error} when a name is not one of a property or family
 */
export function chooseProperties({ only = [], step = 3 }: Choice): Property[] {
  for (const name of only) {
    if (!catalogue.some((property) => isNamed(property, name))) {
      throw new Error(`No property or family is called ${name}.`)
    }
  }
  return catalogue.filter(
    (property) =>
      property.since <= step &&
      (only.length === 0 || only.some((name) => isNamed(property, name))),
  )
}

const isNamed = ({ id }: Property, name: string) =>
  id === name || id.startsWith(`${name}/`)

/** @throws {Error} when a token would travel where others can read it */
export function refusePlain({ url, token }: SubjectOptions): void {
  const loopback = /^(localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname)
  if (url.protocol !== 'http:' || loopback || !token) return
  throw new Error('A token over plain HTTP can be read on the way: use https.')
}

/** One challenge of a `WWW-Authenticate` header (RFC 9110 §11.6.1). */
export interface Challenge {
  /** In lower case, as schemes have none of their own. */
  scheme: string
  /** Values by name in lower case, without quotes and escapes. */
  params: Map<string, string>
}

const token = /[\w!#$%&'*+.^`|~-]+/y
const token68 = /[\w.~+/-]+=*(?=[ \t]*(?:,|$))/y
const assignment = /([\w!#$%&'*+.^`|~-]+)[ \t]*=[ \t]*/y
const quoted =
  /"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*)"/y
const blank = /[ \t]*/y
const spaces = / +/y
/** Looks ahead: nothing is taken but blanks. */
const end = /[ \t]*(?=,|$)/y
const comma = /[ \t]*,[ \t]*/y

/**
 * Reads every challenge in a `WWW-Authenticate` value by its grammar; repeated
 * header lines are joined with a comma before.
 * @throws {SyntaxError} saying in a clause where the grammar is broken
 */
export function readChallenges(text: string): Challenge[] {
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = at
    const match = pattern.exec(text) ?? undefined
    if (match) at = pattern.lastIndex
    return match
  }
  const broken = (expected: string) =>
    new SyntaxError(`${expected} is expected at character ${at + 1}`)

  /** Takes `name=value`; undefined, and nothing taken, when there is none. */
  const takeParam = (): [name: string, value: string] | undefined => {
    const start = at
    const name = take(assignment)?.[1]?.toLowerCase()
    const value =
      name && (take(quoted)?.[1]?.replace(/\\(.)/g, '$1') ?? take(token)?.[0])
    if (name !== undefined && value !== undefined) return [name, value]
    at = start
    return undefined
  }

  /** Takes what follows a scheme, up to the comma before the next scheme. */
  const takeParams = (scheme: string): Map<string, string> => {
    const params = new Map<string, string>()
    let param = takeParam()
    if (!param && take(token68)) return params
    if (!param) throw broken(`A parameter of ${scheme}`)
    for (;;) {
      const [name, value] = param
      if (params.has(name)) {
        throw new SyntaxError(`${name} is given twice to ${scheme}`)
      }
      params.set(name, value)
      const start = at
      param = take(comma) && takeParam()
      if (param) continue
      at = start
      return params
    }
  }

  take(blank)
  const challenges: Challenge[] = []
  for (;;) {
    const scheme = take(token)?.[0].toLowerCase()
    if (scheme === undefined) throw broken('A scheme')
    const bare = !take(spaces) || take(end) !== undefined
    const params = bare ? new Map<string, string>() : takeParams(scheme)
    challenges.push({ scheme, params })
    if (take(blank) && at === text.length) return challenges
    if (!take(comma)) throw broken('A comma')
  }
}

/** The values that RFC 6750 §3 leaves to its attributes. */
const allowed: Record<string, RegExp> = {
  error: /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/,
  error_description: /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/,
  error_uri: /^[\x21\x23-\x5b\x5d-\x7e]+$/,
  scope: /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/,
}

/**
 * What is wrong with a `WWW-Authenticate` value, in a clause: its grammar, or
 * a value that a Bearer attribute must not have (RFC 6750 §3).
 */
export function faultOf(text: string): string | undefined {
  let challenges: Challenge[]
  try {
    challenges = readChallenges(text)
  } catch (error) {
    return (error as SyntaxError).message
  }
  for (const { scheme, params } of challenges) {
    if (scheme !== 'bearer') continue
    for (const [name, value] of params) {
      if (allowed[name]?.test(value) === false) {
        return `${name} has a value that RFC 6750 rules out`
      }
    }
  }
  return undefined
}

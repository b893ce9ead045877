import { startSubject } from '@guard-up/lab'
import { judge, type Property, type Result } from 'guardcheck'

/** What is known of a learner's server so far. */
export interface Judged {
  properties: readonly Property[]
  /** In the order of the properties. */
  results: Finding[]
  /** Why the server does not start, in a line of its own. */
  failure?: string
}

/** What was found about a property, and whether that will do. */
export interface Finding extends Result {
  held: boolean
}

export const isHeld = ({ held }: Finding) => held

/** Whether every property was judged, and every one holds. */
export function isDone({ properties, results, failure }: Judged): boolean {
  return (
    !failure && results.length === properties.length && results.every(isHeld)
  )
}

/** The first property that does not hold. */
export function findNext({ results }: Judged): Finding | undefined {
  return results.find((result) => !isHeld(result))
}

/**
 * Starts the server in a folder and judges it, until `signal` aborts; ends it
 * in any case.
 */
export async function judgeFolder(
  folder: string,
  properties: readonly Property[],
  signal: AbortSignal,
  onChange: (judged: Judged) => void = () => {},
  // What could not be decided does not hold, unless it is nobody's question.
  mayBeUndecided: (property: Property) => boolean = () => false,
): Promise<Judged> {
  const judged: Judged = { properties, results: [] }
  onChange(judged)
  const subject = await startSubject(folder).catch((error: Error) => {
    judged.failure = readFailure(error.message, folder)
    return undefined
  })
  try {
    for (const property of properties) {
      if (!subject || signal.aborted) break
      const result = await judge(property, subject.options)
      const { verdict } = result
      const undecided = verdict === 'not-applicable' && mayBeUndecided(property)
      judged.results.push({
        ...result,
        held: verdict === 'holds' || undecided,
      })
      onChange(judged)
    }
  } finally {
    await subject?.stop()
  }
  onChange(judged)
  return judged
}

/** The line that says what is wrong, without the path of this machine. */
function readFailure(message: string, folder: string): string {
  const lines = message
    .replaceAll(`file://${folder}/`, '')
    .replaceAll(`${folder}/`, '')
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter(Boolean)
  const place = /^(?:src|bin)\/\S+:\d+$/.exec(lines[0] ?? '')?.[0]
  const said =
    lines.find((line) => /: ERROR: /.test(line)) ??
    lines.find((line) => /^(\w*Error\b|\w+ [^.]+\.$)/.test(line))
  const line = said ?? lines[0] ?? 'It printed nothing.'
  return place && !line.startsWith(place) ? `${place} ${line}` : line
}

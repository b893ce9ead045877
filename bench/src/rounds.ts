/** What a figure was in the middle round, the lowest and the highest one. */
export interface Spread {
  median: number
  min: number
  max: number
  /** The lowest and the highest median of the run's eight parts. */
  low: number
  high: number
}

/** Something that is measured beside others. */
export interface Candidate {
  id: string
  /** Measures once; answers what it cost, such as `ms` until it was over. */
  measure(): Promise<Cost>
}

/** What something cost, by the name of each cost. */
export type Cost = Record<string, number>

/** How often each candidate is measured, and how often before that. */
export interface Rounds {
  rounds: number
  /** Rounds that only warm it up. */
  warming: number
  /** Told after each round. */
  tick?(): void
}

/** Costs by candidate, a round each. */
export type Costs = Map<string, Cost[]>

/** Measures all candidates in each round, in an order that chance makes. */
export async function measureAll(
  candidates: Candidate[],
  { rounds, warming, tick }: Rounds,
): Promise<Costs> {
  const costs: Costs = new Map(candidates.map(({ id }) => [id, []]))
  for (let round = 0; round < rounds + warming; round += 1) {
    // In turns, so that what disturbs the machine disturbs all; and none
    // follows the same one each time, which may not be quite at rest.
    for (const { id, measure } of shuffle(candidates)) {
      const cost = await measure()
      if (round >= warming) costs.get(id)?.push(cost)
    }
    tick?.()
  }
  return costs
}

function shuffle<T>(things: readonly T[]): T[] {
  const drawn = things.map((thing) => ({ thing, place: Math.random() }))
  return drawn.sort((a, b) => a.place - b.place).map(({ thing }) => thing)
}

/** The ratio of two costs round by round: each pair saw the same machine. */
export function divide(
  costs: Costs,
  above: string,
  below: string,
  cost = 'ms',
): Spread {
  const [over, under] = [above, below].map((id) => list(costs, id, cost))
  return spread((over ?? []).map((it, round) => it / (under?.[round] ?? 0)))
}

/** One cost of one candidate, round by round. */
export const list = (costs: Costs, id: string, cost = 'ms'): number[] =>
  (costs.get(id) ?? []).map((it) => it[cost] ?? Number.NaN)

/**
 * The parts that a run is judged by. Where they know nothing of each other, the
 * truth is outside of what their medians span once in 128 runs.
 */
const parts = 8

/**
 * Median and spread of the rounds in their order, to four digits.
 * @throws {Error} when there is no value, or one that is no number
 */
export function spread(values: number[]): Spread {
  if (values.length === 0 || !values.every(Number.isFinite)) {
    throw new Error('Nothing was measured.')
  }
  const count = Math.min(parts, values.length)
  const start = (part: number) => Math.round((part * values.length) / count)
  const medians = Array.from({ length: count }, (_, part) =>
    medianOf(values.slice(start(part), start(part + 1))),
  )
  const short = (value: number) => Number(value.toPrecision(4))
  return {
    median: short(medianOf(values)),
    min: short(Math.min(...values)),
    max: short(Math.max(...values)),
    low: short(Math.min(...medians)),
    high: short(Math.max(...medians)),
  }
}

/** The middle one; 0 of none. */
export const medianOf = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

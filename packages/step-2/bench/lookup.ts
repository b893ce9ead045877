/** The time that it takes to find whose a secret is, among many or alone. */
import { digestOf, mintSecret } from '../src/keys.ts'
import { TokenStore } from '../src/tokens.ts'

const many = 100_000
const rounds = 300
const lookups = 1000
/** Rounds that only warm it up. */
const warming = 30

interface Subject {
  secrets: string[]
  store: TokenStore
  /** Nanoseconds that one lookup took, a round each. */
  times: number[]
}

function prepare(count: number): Subject {
  const secrets = Array.from({ length: count }, mintSecret)
  const store = new TokenStore(
    secrets.map((secret, index) => ({
      name: `caller-${index}`,
      digest: digestOf(secret),
      scopes: [],
      notBefore: new Date(0),
      expiresAt: new Date('2100-01-01'),
    })),
  )
  return { secrets, store, times: [] }
}

/** One round; the secrets are as new to the machine as from a header. */
async function measure({ secrets, store, times }: Subject): Promise<void> {
  const fresh = Array.from({ length: lookups }, () => {
    const secret = secrets[Math.floor(Math.random() * secrets.length)]
    return Buffer.from(secret ?? '').toString('latin1')
  })
  const start = process.hrtime.bigint()
  for (const secret of fresh) {
    if (!(await store.verify(secret))) throw new Error('A caller is unknown.')
  }
  times.push(Number(process.hrtime.bigint() - start) / lookups)
}

const quantile = (values: number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0

const alone = prepare(1)
const everybody = prepare(many)
const same = { ...everybody, secrets: everybody.secrets.slice(-1) }
const subjects: [string, Subject][] = [
  ['the only caller', alone],
  [`one caller of ${many}`, { ...same, times: [] }],
  // What is looked up once in a while is in no cache of the processor.
  [`any caller of ${many}`, everybody],
]
for (let round = 0; round < rounds + warming; round += 1) {
  // In turns, so that what disturbs the machine disturbs all.
  const turn = round % subjects.length
  for (const [, subject] of [
    ...subjects.slice(turn),
    ...subjects.slice(0, turn),
  ]) {
    await measure(subject)
  }
}

const tell = (values: number[]) =>
  [0.5, 0.1, 0.9].map((share) => quantile(values, share).toFixed(2))
console.log(`${rounds} rounds of ${lookups} lookups: median (p10 to p90)`)
for (const [name, { times }] of subjects) {
  const counted = times.slice(warming)
  const ratios = counted.map(
    (time, round) => time / (alone.times[round + warming] ?? 1),
  )
  const [time, low, high] = tell(counted.map((time) => time / 1000))
  const [ratio, least, most] = tell(ratios)
  console.log(
    `${name.padEnd(24)} ${time} µs (${low} to ${high})` +
      `  ratio ${ratio} (${least} to ${most})`,
  )
}

/** What a call costs behind step 3, against one that nobody guards. */
import { startSubject, stepFolder } from '../test/subjects.ts'
import { type Line, openLine, quantile, tell } from './calls.ts'

const rounds = 120
const calls = 25
/** Rounds that only warm it up. */
const warming = 20

interface Candidate {
  name: string
  line: Line
  secret: string
  /** Milliseconds of one call, the median of each round. */
  times: number[]
}

const bare = await startSubject(stepFolder(0))
const guarded = await startSubject(stepFolder(3), { OAUTH_MAX_AGE: '600' })
const { url, ca, liar, token = '' } = guarded.options
if (!liar) throw new Error('There is no issuer.')
const claims = { aud: url.href, scope: 'documents:read' }
const candidate = (name: string, line: Line, secret: string): Candidate => ({
  name,
  line,
  secret,
  times: [],
})
const candidates = [
  candidate('no guard', openLine(bare.options.url), 'nobody-looks'),
  candidate('named token', openLine(url, ca), token),
  candidate('JWT', openLine(url, ca), await liar.mint(claims)),
  candidate('introspected', openLine(url, ca), liar.issueOpaque(claims)),
]
const body = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'read_document', arguments: { path: 'price-list.md' } },
})
for (let round = 0; round < rounds + warming; round += 1) {
  // In turns, so that what disturbs the machine disturbs all.
  const turn = round % candidates.length
  const order = [...candidates.slice(turn), ...candidates.slice(0, turn)]
  for (const { line, secret, times, name } of order) {
    const round: number[] = []
    for (let count = 0; count < calls; count += 1) {
      const { ms, status } = await line.call(secret, body)
      if (status !== 200) throw new Error(`${name} was answered ${status}.`)
      round.push(ms)
    }
    times.push(quantile(round, 0.5))
  }
}
console.log(`${rounds} rounds of ${calls} calls: median (p10 to p90)`)
const [first] = candidates
for (const { name, times } of candidates) {
  const counted = times.slice(warming)
  const ratios = counted.map(
    (time, round) => time / (first?.times[round + warming] ?? 1),
  )
  console.log(`${name.padEnd(13)} ${tell(counted)} ms  ratio ${tell(ratios)}`)
}
for (const { line } of candidates) line.close()
await guarded.stop()
await bare.stop()

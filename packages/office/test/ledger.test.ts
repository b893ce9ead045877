import { once } from 'node:events'
import {
  mkdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openLedger, readLedger, refuseRefund } from '../src/ledger.ts'
import { outcome, refusal, run, scratch, start } from './scratch.ts'

const program = fileURLToPath(new URL('children/append.ts', import.meta.url))
const request = { customer: 'C-1001', amount: 1, reason: '袋', by: 'nobody' }

test('a refund is on disk when it is acknowledged', async () => {
  const dir = join(await scratch(), 'made', 'when absent')
  const ledger = await openLedger(dir)
  const refund = await ledger.append(request)
  expect(refund).toMatchObject(request)
  expect(refund.id).toMatch(/^R-[\da-f-]{36}$/)
  expect(new Date(refund.at).toISOString()).toBe(refund.at)
  expect(await readLedger(dir)).toEqual({ refunds: [refund], torn: [] })
})

test('a ledger that is not there has no refunds', async () => {
  const dir = join(await scratch(), 'none')
  expect(await readLedger(dir)).toEqual({ refunds: [], torn: [] })
})

test('opening again changes no byte', async () => {
  const dir = await scratch()
  await (await openLedger(dir)).append(request)
  const before = await readFile(join(dir, 'ledger.jsonl'))
  await openLedger(dir)
  expect(await readFile(join(dir, 'ledger.jsonl'))).toEqual(before)
})

test('no text in a refund makes a second line or is changed', async () => {
  const dir = await scratch()
  const ledger = await openLedger(dir)
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('\n', '\r\n', '\u2028', '\u0085', '"}\n{"', '\u009b2J'),
  )
  const sent: object[] = []
  await fc.assert(
    fc.asyncProperty(text, text, async (reason, by) => {
      sent.push(await ledger.append({ ...request, reason, by }))
    }),
    { numRuns: 50 },
  )
  expect(await readLedger(dir)).toEqual({ refunds: sent, torn: [] })
  const file = await readFile(join(dir, 'ledger.jsonl'), 'utf8')
  const lines = file.split(/[\p{Cc}\p{Zl}\p{Zp}]/u)
  expect(lines.filter(Boolean)).toHaveLength(sent.length)
})

test('a last line torn at any byte is set aside and the others stay', async () => {
  const dir = await scratch()
  const file = join(dir, 'ledger.jsonl')
  const ledger = await openLedger(dir)
  const first = await ledger.append(request)
  const kept = await readFile(file)
  const second = await ledger.append({ ...request, by: '田' })
  const whole = await readFile(file)

  for (let end = kept.length; end <= whole.length; end++) {
    const cut = whole.subarray(0, end)
    await writeFile(file, cut)
    const third = await (await openLedger(dir)).append(request)

    const rest = cut.subarray(kept.length).toString().trim()
    const complete = end >= whole.length - 1
    expect(await readLedger(dir), `cut at ${end}`).toEqual({
      refunds: complete ? [first, second, third] : [first, third],
      torn: complete || rest === '' ? [] : [rest],
    })
    expect((await readFile(file)).subarray(0, end)).toEqual(cut)
  }
})

test.each(['{}', '1', 'null', '[]', '{"id":"R-1"}', 'x'])(
  'the line %j is no refund and is set aside',
  async (line) => {
    const dir = await scratch()
    await writeFile(join(dir, 'ledger.jsonl'), `${line}\n`)
    const refund = await (await openLedger(dir)).append(request)
    expect(await readLedger(dir)).toEqual({ refunds: [refund], torn: [line] })
  },
)

test('what a killed process acknowledged is in the ledger', async () => {
  const dir = await scratch()
  const acknowledged: string[] = []
  for (const kills of [1, 7, 20, 33]) {
    const child = start(program, { OFFICE_DIR: dir })
    const lines = createInterface({ input: child.stdout ?? process.stdin })
    let printed = 0
    lines.on('line', (id) => {
      acknowledged.push(id)
      if (++printed === kills) child.kill('SIGKILL')
    })
    const [, signal] = await once(child, 'close')
    expect(signal).toBe('SIGKILL')
  }
  expect(acknowledged.length).toBeGreaterThanOrEqual(1 + 7 + 20 + 33)
  const ids = (await readLedger(dir)).refunds.map(({ id }) => id)
  expect(ids).toEqual(expect.arrayContaining(acknowledged))
})

test('two processes append at once and lose nothing', async () => {
  const dir = await scratch()
  const env = { OFFICE_DIR: dir, COUNT: '100' }
  const [one, other] = await Promise.all([
    outcome(start(program, { ...env, BY: 'one' })),
    outcome(start(program, { ...env, BY: 'other' })),
  ])
  const { refunds, torn } = await readLedger(dir)
  expect(torn).toEqual([])
  const acknowledged = (one.printed + other.printed).trim().split('\n')
  expect(refunds.map(({ id }) => id).sort()).toEqual(acknowledged.sort())
  expect(refunds).toHaveLength(200)
})

test('many refunds at once in one process lose nothing', async () => {
  const dir = await scratch()
  const ledger = await openLedger(dir)
  const all = Array.from({ length: 50 }, () => ledger.append(request))
  await Promise.all(all)
  expect((await readLedger(dir)).refunds).toHaveLength(50)
})

describe('a disk that fails', () => {
  const refused = 'The ledger could not be written: no refund was made.'

  test('when it is full is a refusal', async () => {
    const dir = await scratch()
    await symlink('/dev/full', join(dir, 'ledger.jsonl'))
    const ledger = await openLedger(dir)
    expect(await refusal(ledger.append(request))).toBe(refused)
  })

  test('in the middle of a line refuses that refund alone', async () => {
    const dir = await scratch()
    // The limit is on every file that the process writes, so nothing is cached.
    const limited = 'ulimit -f 1; exec "$0" --import tsx "$1"'
    const env = { OFFICE_DIR: dir, TSX_DISABLE_CACHE: '1' }
    const child = run('bash', ['-c', limited, process.execPath, program], env)
    const { printed, ended } = await outcome(child)
    expect(ended).toBe(1)
    const before = await readLedger(dir)
    expect(before.refunds.map(({ id }) => id)).toEqual(
      printed.trim().split('\n'),
    )
    expect(before.torn).toHaveLength(1)
    const refund = await (await openLedger(dir)).append(request)
    expect(await readLedger(dir)).toEqual({
      refunds: [...before.refunds, refund],
      torn: before.torn,
    })
  })

  test('because the folder became a file is a refusal', async () => {
    const dir = join(await scratch(), 'office')
    const ledger = await openLedger(dir)
    await rename(dir, `${dir}-moved`)
    await writeFile(dir, '')
    expect(await refusal(ledger.append(request))).toBe(refused)
    const unread = await refusal(readLedger(dir))
    expect(unread).toBe('The ledger could not be read.')
  })

  test('because the ledger became a folder is a refusal', async () => {
    const dir = await scratch()
    const ledger = await openLedger(dir)
    await rm(join(dir, 'ledger.jsonl'))
    await mkdir(join(dir, 'ledger.jsonl'))
    expect(await refusal(ledger.append(request))).toBe(refused)
    await refusal(readLedger(dir))
    await expect(openLedger(dir)).rejects.toThrow(/^OFFICE_DIR must [^.]+\.$/)
  })
})

describe('what no ledger should hold is refused', () => {
  const refuse = async (part: object) => refuseRefund({ ...request, ...part })

  test.each([0, -1, 0.5, 1_000_001, Number.NaN, Infinity, 2 ** 53])(
    'an amount of %d yen',
    async (amount) => {
      expect(await refusal(refuse({ amount }))).toContain('amount')
    },
  )

  test.each(['', ' \n\t\u3000'])(
    'the blank reason or name %j',
    async (text) => {
      expect(await refusal(refuse({ reason: text }))).toContain('reason')
      expect(await refusal(refuse({ by: text }))).toContain('name')
    },
  )

  test('a reason or a name that is too long', async () => {
    const [reason, by] = ['あ'.repeat(201), 'あ'.repeat(501)]
    expect(await refusal(refuse({ reason }))).toContain('1 to 200')
    expect(await refusal(refuse({ by }))).toContain('1 to 500')
  })

  test('and the largest that it may hold is not', async () => {
    const [reason, by] = ['𠮷'.repeat(200), '𠮷'.repeat(500)]
    await refuse({ amount: 1_000_000, reason, by })
    await refuse({ amount: 1, reason: 'x', by: 'x' })
  })
})

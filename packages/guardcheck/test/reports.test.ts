import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { parse } from 'node-html-parser'
import { beforeAll, describe, expect, test } from 'vitest'
import { check } from '../src/judge/check.ts'
import type { Report } from '../src/judge/runner.ts'
import { languages } from '../src/language.ts'
import { usualDialect } from '../src/probe/dialect.ts'
import type { ReportOptions } from '../src/reports/options.ts'
import { clients, predict } from '../src/reports/predictions.ts'
import { writeReport } from '../src/reports/report.ts'
import { speak, startStranger } from './strangers.ts'

const hostile = '<script>alert(1)</script>&"\'\u0000\u001b[31m]]>'
/** How a hostile server's words look once nothing in them works. */
const harmless = '<script>alert(1)</script>&"\'\\x00\\x1b[31m]]>'

const options: ReportOptions = {
  lang: 'en',
  width: 80,
  verbose: true,
  source: 'src/my server.ts',
  predictions: new Map(),
}

/** A report on a server that says hostile things wherever it can. */
async function judgeHostile(): Promise<Report> {
  const answer = speak({ dialect: usualDialect })
  const { url, stop } = await startStranger((req, res) => {
    if (req.method === 'POST') return answer(req, res)
    res.setHeader('content-type', 'text/html')
    res.statusCode = 404
    res.end(hostile)
  })
  try {
    return await check(url, { step: 1 })
  } finally {
    await stop()
  }
}

let report: Report
beforeAll(async () => {
  report = await judgeHostile()
  const shown = report.results.flatMap(({ evidence }) => evidence)
  expect(shown.some(({ received }) => received.includes(hostile))).toBe(true)
  expect(new Set(report.results.map(({ verdict }) => verdict)).size).toBe(3)
})

const of = (verdict: string) =>
  report.results.filter((result) => result.verdict === verdict)

describe('JSON', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../report.schema.json', import.meta.url), 'utf8'),
  )
  const validate = new Ajv({ strict: true }).compile(schema)

  test('keeps to the schema in the package', () => {
    const predictions = new Map(clients.map((one) => [one, one.predictions]))
    const text = writeReport('json', report, { ...options, predictions })
    const valid = validate(JSON.parse(text))
    expect(validate.errors).toBeNull()
    expect(valid).toBe(true)
  })

  test('the schema takes nothing else', () => {
    const found = JSON.parse(writeReport('json', report, options))
    expect(validate({ ...found, level: 4 })).toBe(false)
    expect(validate({ ...found, more: true })).toBe(false)
    found.results[0].verdict = 'skipped'
    expect(validate(found)).toBe(false)
  })
})

describe('SARIF', () => {
  const write = () => JSON.parse(writeReport('sarif', report, options)).runs[0]

  test('has a result for what fails, and a rule for each property', () => {
    const { results, tool, invocations } = write()
    expect(results.map(({ ruleId }: { ruleId: string }) => ruleId)).toEqual(
      of('fails').map(({ property }) => property.id),
    )
    for (const { ruleId, ruleIndex } of results) {
      expect(tool.driver.rules[ruleIndex].id).toBe(ruleId)
    }
    expect(tool.driver.rules).toHaveLength(report.results.length)
    const [{ toolExecutionNotifications: told }] = invocations
    expect(told).toHaveLength(of('not-applicable').length)
  })

  test('points at a file of the repository, as a URI', () => {
    const [{ locations }] = write().results
    expect(locations[0].physicalLocation.artifactLocation.uri).toBe(
      'src/my%20server.ts',
    )
  })

  test('knows a finding again on another port and another day', () => {
    const moved = { ...report, target: new URL('http://127.0.0.1:9/mcp') }
    const later = writeReport('sarif', moved, options)
    const prints = (run: { results: { partialFingerprints: object }[] }) =>
      run.results.map(({ partialFingerprints }) => partialFingerprints)
    expect(prints(JSON.parse(later).runs[0])).toEqual(prints(write()))
    expect(
      new Set(prints(write()).map((print) => JSON.stringify(print))).size,
    ).toBe(of('fails').length)
  })
})

describe('JUnit', () => {
  test('is well-formed, and counts what it holds', () => {
    const text = writeReport('junit', report, options)
    expect(XMLValidator.validate(text)).toBe(true)
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      isArray: (name) => name === 'testsuite' || name === 'testcase',
    })
    const { testsuites } = parser.parse(text)
    const cases = testsuites.testsuite.flatMap(
      ({ testcase }: { testcase: object[] }) => testcase,
    )
    const count = (part: string) =>
      cases.filter((one: object) => part in one).length
    expect(Number(testsuites.tests)).toBe(cases.length)
    expect(Number(testsuites.failures)).toBe(count('failure'))
    expect(Number(testsuites.skipped)).toBe(count('skipped'))
    expect(cases).toHaveLength(report.results.length)
    expect(count('failure')).toBe(of('fails').length)
    expect(count('skipped')).toBe(of('not-applicable').length)
  })

  test('what a server says stays text', () => {
    const text = writeReport('junit', report, options)
    expect(text).not.toContain('<script>')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has none
    expect(text).not.toMatch(/[\u0000-\u0008\u001b]/)
  })
})

describe.each(languages)('HTML in %s', (lang) => {
  const write = () => writeReport('html', report, { ...options, lang })

  test('holds each property, and every exchange as text', () => {
    const page = parse(write(), { blockTextElements: { style: true } })
    const ids = page.querySelectorAll('article').map(({ id }) => id)
    expect(ids.toSorted()).toEqual(
      report.results
        .map(({ property }) => property.id.replace('/', '.'))
        .toSorted(),
    )
    expect(page.querySelector('html')?.getAttribute('lang')).toBe(lang)
    expect(
      page
        .querySelectorAll('pre')
        .map(({ text }) => text)
        .join(),
    ).toContain(harmless)
  })

  test('has no script and asks nobody for anything', () => {
    const page = parse(write())
    expect(page.querySelectorAll('script, link, img, iframe, form')).toEqual([])
    expect(write()).not.toMatch(/\son\w+=|url\(|@import/)
    for (const link of page.querySelectorAll('a')) {
      expect(link.getAttribute('href')).toMatch(/^https:\/\//)
    }
  })

  test('its policy allows its own style, and nothing else', () => {
    const text = write()
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(text) ?? []
    const digest = createHash('sha256').update(style).digest('base64')
    expect(text).toContain(
      `default-src 'none'; style-src 'sha256-${digest}'; base-uri 'none'`.replaceAll(
        "'",
        '&#39;',
      ),
    )
  })
})

describe('predictions', () => {
  test('name properties that exist', () => {
    const ids = new Set(
      clients.flatMap(({ predictions }) =>
        predictions.flatMap(({ when }) => Object.keys(when.verdicts ?? {})),
      ),
    )
    const schema = writeReport('json', report, options)
    for (const id of ids) {
      if (id.startsWith('resource/')) continue
      expect(schema).toContain(`"${id}"`)
    }
  })

  test('follow from what was found', () => {
    const claude = clients.find(({ name }) => name === 'claude-code')
    if (!claude) throw new Error('It is gone.')
    expect(predict(claude, report)).toHaveLength(1)
    const closed = predict(claude, { ...report, open: false })
    expect(closed.map(({ when }) => when.verdicts)).toEqual([
      { 'bearer/wrong-401-invalid-token': 'fails' },
    ])
  })
})

test('a link in the text report is never broken over two lines', () => {
  const lines = writeReport('text', report, options).split('\n')
  const sources = of('fails').map(({ property }) => property.source[0] ?? '')
  for (const source of sources) {
    expect(lines.some((line) => line.includes(source))).toBe(true)
  }
})

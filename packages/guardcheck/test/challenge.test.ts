import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Challenge,
  faultOf,
  readChallenges,
} from '../src/probe/text/challenge.ts'

fc.configureGlobal({ seed: 6750 })

/** A challenge as a test writes it down. */
const challenge = (scheme: string, params: Record<string, string> = {}) => ({
  scheme,
  params: new Map(Object.entries(params)),
})

describe('readChallenges', () => {
  test.each<[string, Challenge[]]>([
    ['Bearer', [challenge('bearer')]],
    ['Bearer realm="mcp"', [challenge('bearer', { realm: 'mcp' })]],
    ['BEARER Realm=mcp', [challenge('bearer', { realm: 'mcp' })]],
    ['Bearer realm = "a, b"', [challenge('bearer', { realm: 'a, b' })]],
    [
      'Bearer realm="say \\"hi\\""',
      [challenge('bearer', { realm: 'say "hi"' })],
    ],
    ['Bearer realm=""', [challenge('bearer', { realm: '' })]],
    [
      'Bearer realm="mcp", error="invalid_token"',
      [challenge('bearer', { realm: 'mcp', error: 'invalid_token' })],
    ],
    [
      'Basic realm="a", Bearer realm="b",error=x , Negotiate',
      [
        challenge('basic', { realm: 'a' }),
        challenge('bearer', { realm: 'b', error: 'x' }),
        challenge('negotiate'),
      ],
    ],
    [
      'Negotiate YWJj=, Bearer a=b',
      [challenge('negotiate'), challenge('bearer', { a: 'b' })],
    ],
    ['Bearer, Bearer', [challenge('bearer'), challenge('bearer')]],
  ])('%s is read', (text, expected) => {
    expect(readChallenges(text)).toEqual(expected)
  })

  test.each([
    '',
    ',Bearer',
    'Bearer realm="mcp",',
    'Bearer realm="mcp",, error=x',
    'Bearer realm="mcp" error="x"',
    'Bearer realm="mcp',
    'Bearer error_description="bad "quote" x"',
    'Bearer realm="mcp", Realm="mcp"',
    'Bearer realm="a\nb"',
    'Bearer realm=é',
    'Bearer "mcp"',
    'Bearer: realm="mcp"',
    'Bearer realm=mcp; error=x',
    '{"error":"unauthorized"}',
  ])('%s is no list of challenges', (text) => {
    expect(() => readChallenges(text)).toThrow(SyntaxError)
  })

  const token = fc.stringMatching(/^[A-Za-z][\w!#$%&'*+.^`|~-]{0,9}$/)
  const value = fc.string({
    unit: fc.constantFrom(...' \t!"\\,=;é\xffaZ09~'),
    maxLength: 12,
  })
  const challenges = fc.array(
    fc.record({
      scheme: token,
      params: fc.dictionary(token, value, { minKeys: 1, maxKeys: 4 }),
    }),
    { minLength: 1, maxLength: 3 },
  )
  const lower = (names: string[]) => names.map((name) => name.toLowerCase())

  test('whatever is written by the grammar is read back as it was', () => {
    fc.assert(
      fc.property(challenges, (written) => {
        const names = written.map(({ params }) => lower(Object.keys(params)))
        fc.pre(names.every((all) => new Set(all).size === all.length))
        const text = written
          .map(({ scheme, params }) => {
            const pairs = Object.entries(params).map(
              ([name, text]) =>
                `${name}="${text.replace(/["\\]/g, (sign) => `\\${sign}`)}"`,
            )
            return `${scheme} ${pairs.join(', ')}`
          })
          .join(', ')
        const read = readChallenges(text)
        expect(read.map(({ scheme }) => scheme)).toEqual(
          lower(written.map(({ scheme }) => scheme)),
        )
        expect(read.map(({ params }) => [...params.values()])).toEqual(
          written.map(({ params }) => Object.values(params)),
        )
      }),
    )
  })

  test('no text makes it loop or throw anything but a SyntaxError', () => {
    const signs = fc.constantFrom(...'ab=", \t\\;é')
    fc.assert(
      fc.property(fc.string({ unit: signs, maxLength: 40 }), (text) => {
        try {
          readChallenges(`Bearer ${text}`)
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
        }
      }),
    )
  })
})

describe('faultOf', () => {
  test.each([
    'Bearer realm="mcp"',
    'Bearer error="invalid_token", error_description="It has expired."',
    'Bearer scope="documents:read refunds:write"',
    'Basic realm="\\"", Bearer realm="caf\xe9"',
  ])('%s has none', (text) => {
    expect(faultOf(text)).toBeUndefined()
  })

  test.each([
    ['Bearer error_description="bad "quote" x"', /comma .* character 32/],
    ['Bearer error_description="an \\"escaped\\" quote"', /error_description/],
    ['Bearer error_description="caf\xe9"', /error_description/],
    ['Bearer scope="a  b"', /scope/],
    ['Bearer scope=""', /scope/],
    ['Bearer error_uri="https://a.example/ b"', /error_uri/],
    ['Bearer realm="a", realm="b"', /realm is given twice/],
  ])('%s has one, and it is named', (text, named) => {
    expect(faultOf(text)).toMatch(named)
  })
})

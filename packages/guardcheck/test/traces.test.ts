import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { showsSecret, showUrl } from '../src/probe/text/traces.ts'

const secret = `gup_${randomBytes(32).toString('base64url')}_0123abcd`
const jwt = `eyJhbGciOiJFUzI1NiJ9.${randomBytes(40).toString('base64url')}.${randomBytes(64).toString('base64url')}`

describe('a secret is found in a text', () => {
  const forms: [name: string, text: string][] = [
    ['as it is', `a ${secret} b`],
    ['a dozen characters of it', `id=${secret.slice(17, 29)};`],
    ['in another case', secret.toUpperCase()],
    ['backwards', [...secret].reverse().join('')],
    ['in hex', Buffer.from(secret).toString('hex')],
    ['in base64', Buffer.from(secret).toString('base64')],
    ...['', 'B', 'Be', 'Bearer '].map((before): [string, string] => [
      `in base64 behind “${before}”`,
      Buffer.from(`${before}${secret}`).toString('base64url'),
    ]),
    [
      'percent-encoded',
      [...Buffer.from(secret)].map((it) => `%${it.toString(16)}`).join(''),
    ],
    [
      'escaped for JSON',
      [...secret].map((it) => `\\u00${it.charCodeAt(0).toString(16)}`).join(''),
    ],
  ]
  test.each(forms)('%s', (_, text) => {
    expect(showsSecret(text, secret)).toBe(true)
  })

  test('not where there is none of it', () => {
    const other = randomBytes(600).toString('base64url')
    expect(showsSecret(other, secret)).toBe(false)
    expect(showsSecret(secret.slice(0, 11), secret)).toBe(false)
  })

  test('the header of a signed token is no secret, its signature is', () => {
    const [header = '', , signature = ''] = jwt.split('.')
    expect(showsSecret(header, jwt)).toBe(false)
    expect(showsSecret(signature, jwt)).toBe(true)
  })
})

test('a URL is shown without what opens the door', () => {
  const url = new URL(
    `https://me:${secret}@a.example/${secret}/mcp?api_key=1&x=${secret.slice(4, 40)}&y=2`,
  )
  expect(showUrl(url, [secret]).href).toBe(
    'https://a.example/hidden/mcp?api_key=hidden&x=hidden&y=2',
  )
})

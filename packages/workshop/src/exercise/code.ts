import { crc32 } from 'node:zlib'
import { catalogue } from 'guardcheck'
import { isHeld, type Judged } from './judging.ts'

/** What a code says: which properties of a step hold. */
export interface Told {
  step: number
  holds: string[]
  lacks: string[]
}

/** Letters that are told apart when read aloud (Crockford). */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The properties that a step adds, in an order that all agree on. */
const idsOf = (step: number) =>
  catalogue
    .filter(({ id, since }) => since === step && !id.startsWith('issuer/'))
    .map(({ id }) => id)
    .sort()

/** Eight bits that a slip of the tongue is noticed by. */
const checkOf = (bits: string, ids: string[]) =>
  (crc32(`${bits} ${ids.join()}`) & 0xff).toString(2).padStart(8, '0')

/** A short code for what holds, to be read aloud to a host. */
export function encodeProgress(step: number, { results }: Judged): string {
  const ids = idsOf(step)
  const held = new Set<string>(
    results.filter(isHeld).map(({ property }) => property.id),
  )
  const bits = ids.map((id) => (held.has(id) ? '1' : '0')).join('')
  const all = bits + checkOf(`${step}${bits}`, ids)
  const groups = all.match(/.{1,5}/g) ?? []
  const text = groups
    .map((five) => letters[Number.parseInt(five.padEnd(5, '0'), 2)])
    .join('')
  return [`${step}`, ...(text.match(/.{1,4}/g) ?? [])].join('-')
}

/** What a code says; undefined when it was misread, or is of another version. */
export function decodeProgress(code: string): Told | undefined {
  const plain = code
    .toUpperCase()
    .replace(/[\s-]/g, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1')
  const step = Number(plain[0])
  if (![1, 2, 3].includes(step)) return undefined
  const ids = idsOf(step)
  const values = [...plain.slice(1)].map((letter) => letters.indexOf(letter))
  if (values.includes(-1)) return undefined
  const all = values.map((v) => v.toString(2).padStart(5, '0')).join('')
  const bits = all.slice(0, ids.length)
  const check = checkOf(`${step}${bits}`, ids)
  const rest = all.slice(ids.length)
  // What fills the last letter up is nothing but zeros.
  const isWhole = rest.length >= 8 && rest.length <= 12
  if (!isWhole || rest !== check.padEnd(rest.length, '0')) return undefined
  return {
    step,
    holds: ids.filter((_, index) => bits[index] === '1'),
    lacks: ids.filter((_, index) => bits[index] !== '1'),
  }
}

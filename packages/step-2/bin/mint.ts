import { randomBytes } from 'node:crypto'
import { checksumOf } from '../src/keys.ts'

/** A new secret of 256 random bits, which scanners know by its prefix. */
export function mintSecret(): string {
  const body = `gup_${randomBytes(32).toString('base64url')}_`
  return body + checksumOf(body)
}

import { hash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** SHA-256 of a secret, in hexadecimal: all that anyone keeps of it. */
export const digestOf = (secret: string) => hash('sha256', secret)

/** Whether we minted it: nobody can choose a weak one, or mistype. */
export const isMinted = (secret: string) =>
  /^gup_[\w-]{43}_[0-9a-f]{8}$/.test(secret) &&
  secret.endsWith(checksumOf(secret.slice(0, -8)))

export const checksumOf = (text: string) =>
  crc32(text).toString(16).padStart(8, '0')

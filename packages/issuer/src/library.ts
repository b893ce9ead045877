// On Node 20 the library warns, at import, that it wants 22. What is used of
// it here is tested on 20, so this one line would only alarm people.
import { log } from './audit.ts'

const { warn } = console
console.warn = (line) => {
  if (!/Unsupported runtime/.test(line)) warn(line)
}
const library = await import('oidc-provider')
console.warn = (line) => log.warn({ event: 'library', why: line })
// Its notices would go to stdout, which carries the issuer's URL only.
console.info = (line) => log.info({ event: 'library', why: line })

export const { default: Provider, errors, interactionPolicy } = library

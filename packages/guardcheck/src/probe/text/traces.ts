/** Characters of a secret in a row that are part of it, and no coincidence. */
const run = 12

/** The three ways in which base64 can show what stands within other bytes. */
function base64Within(secret: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
    // What is coded together with a neighbour shows nothing of its own.
    return bytes
      .toString('base64url')
      .slice(Math.ceil((before * 8) / 6))
      .slice(0, -2)
  })
}

/**
 * Whether a text shows a secret, whole or a dozen characters of it: as it is,
 * in base64, in hex, percent-encoded, backwards or in another case.
 */
export function showsSecret(text: string, secret: string): boolean {
  // The header of a signed token is nobody's secret.
  const own = /^eyJ[\w-]*\./.test(secret)
    ? secret.slice(secret.indexOf('.'))
    : secret
  const hex = Buffer.from(own).toString('hex')
  const backwards = [...own].reverse().join('')
  const plain = percentDecoded(text).toLowerCase()
  const shows = (within: string, form: string, length: number) => {
    for (let start = 0; start + length <= form.length; start += 1) {
      if (within.includes(form.slice(start, start + length))) return true
    }
    return form.length < length && form !== '' && within.includes(form)
  }
  const coded = text.replaceAll('+', '-').replaceAll('/', '_')
  return (
    shows(plain, own.toLowerCase(), run) ||
    shows(plain, backwards.toLowerCase(), run) ||
    shows(plain, hex, 2 * run) ||
    base64Within(own).some((form) => shows(coded, form, (4 * run) / 3))
  )
}

/** A text with every encoded byte of ASCII decoded: percent, `\x`, `\u`. */
function percentDecoded(text: string): string {
  return text.replace(
    /%([0-7][\da-f])|\\u00([0-7][\da-f])|\\x([0-7][\da-f])|\\(\/)/gi,
    (_, ...codes: (string | undefined)[]) => {
      const code = codes.slice(0, 3).find((it) => it !== undefined)
      return code ? String.fromCharCode(Number.parseInt(code, 16)) : '/'
    },
  )
}

/** A URL as it may be shown: without user, password and what shows a secret. */
export function showUrl(url: URL, secrets: (string | undefined)[]): URL {
  const shown = new URL(url)
  shown.username = ''
  shown.password = ''
  const hides = (text: string) =>
    secrets.some((secret) => secret && showsSecret(text, secret))
  for (const [name, value] of url.searchParams) {
    const telling = /key|token|secret|auth|passw|pwd|sig/i.test(name)
    if (telling || hides(value)) shown.searchParams.set(name, 'hidden')
  }
  shown.pathname = url.pathname
    .split('/')
    .map((part) => (hides(part) ? 'hidden' : part))
    .join('/')
  return shown
}

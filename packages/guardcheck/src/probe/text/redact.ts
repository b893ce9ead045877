/**
 * Puts a name in the place of every secret, also where it stands encoded
 * (base64, base64url, percent), so that evidence can be shown and sent on.
 */
export function createRedactor(
  secrets: (string | undefined)[],
): (text: string) => string {
  const names = new Map<string, string>()
  for (const secret of secrets) {
    if (!secret) continue
    for (const form of formsOf(secret)) names.set(form, '‹secret›')
  }
  // Longest first: one secret may begin with another.
  const forms = [...names.keys()].sort((a, b) => b.length - a.length)
  return (text) =>
    forms.reduce((out, form) => out.replaceAll(form, '‹secret›'), text)
}

/** The ways in which a secret may stand in a text. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret)
  return [
    secret,
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    encodeURIComponent(secret),
  ]
}

/** A piece of HTML or XML in which everything foreign is escaped. */
export class Markup {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Value = Markup | readonly Value[] | string | number | undefined

/** Builds markup: what is put in is text, unless it is markup itself. */
export function markup(
  pieces: TemplateStringsArray,
  ...values: Value[]
): Markup {
  const texts = pieces.flatMap((piece, index) => [piece, write(values[index])])
  return new Markup(texts.join(''))
}

function write(value: Value): string {
  if (value === undefined) return ''
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return value.map(write).join('')
  return escapeText(`${value}`)
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeText = (text: string) =>
  visible(text).replace(/[&<>"']/g, (char) => entities[char] ?? char)

/** Text from a server with its control characters made visible. */
export function visible(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]|\r(?!\n)/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/**
 * Splits a line as Windows PowerShell does (about_Parsing, about_Quoting
 * Rules): single quotes take everything as it is, double quotes expand
 * variables, a backtick joins lines, and a word may not begin with @.
 * @see https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 */
export function readPowershell(
  text: string,
  env: Record<string, string>,
): string[] {
  const line = text.replace(/ `\n\s*/g, ' ')
  const word = /\s*(?:'((?:[^']|'')*)'|"([^"`]*)"|([^\s'"]+))(?=\s|$)/y
  const words: string[] = []
  while (word.lastIndex < line.length) {
    const at = word.lastIndex
    const found = word.exec(line)
    if (!found) throw new Error(`PowerShell stops at: ${line.slice(at)}`)
    const [, single, double, bare] = found
    if (bare !== undefined) {
      if (/^@|[`$&|;<>(){},#]/.test(bare))
        throw new Error(`not a word: ${bare}`)
      words.push(bare)
    } else {
      words.push(single?.replaceAll("''", "'") ?? expandPowershell(`${double}`))
    }
  }
  return words

  function expandPowershell(inner: string): string {
    return inner.replace(/\$(env:)?(\w+)/g, (_, of, name) => {
      if (!of && name !== 'PWD') throw new Error(`unknown variable ${name}`)
      return env[name] ?? ''
    })
  }
}

/**
 * Splits a line as cmd and then a program on Windows do: cmd puts variables
 * in before it looks at quotes, a caret joins lines, and the program parts
 * its arguments at spaces that no double quotes enclose.
 * @see https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments
 */
export function readCmd(text: string, env: Record<string, string>): string[] {
  const line = text
    .replace(/ \^\n\s*/g, ' ')
    .replace(/%(\w+)%/g, (_, name) => env[name === 'CD' ? 'PWD' : name] ?? '')
  const words: string[] = []
  const word = /\s*((?:"[^"]*"|[^\s"])+)/y
  while (word.lastIndex < line.length) {
    const at = word.lastIndex
    const found = word.exec(line)?.[1]
    if (!found) throw new Error(`cmd stops at: ${line.slice(at)}`)
    const bare = found.replace(/"[^"]*"/g, '')
    if (/[&|<>^'%]/.test(bare)) throw new Error(`not a word: ${found}`)
    words.push(found.replaceAll('"', ''))
  }
  return words
}

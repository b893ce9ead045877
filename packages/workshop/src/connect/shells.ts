/** The shells that every command is printed for. */
export const shells = ['bash', 'powershell', 'cmd'] as const
export type Shell = (typeof shells)[number]

/**
 * One argument of a command: as it stands, or with `{NAME}` where the shell
 * is to put what a variable of the environment holds.
 */
export type Word = string | { expand: string }

/** The shell that somebody most likely types into. */
export function readShell(platform: NodeJS.Platform): Shell {
  return platform === 'win32' ? 'powershell' : 'bash'
}

/**
 * A command in the words of a shell, broken into lines of at most `width`
 * where one argument ends and the next begins.
 */
export function writeCommand(
  words: readonly Word[],
  shell: Shell,
  width = 74,
): string {
  const [program, ...rest] = words.map((word) => quote(word, shell))
  // In Windows PowerShell, plain curl is a command of its own.
  const first =
    program === 'curl' && shell === 'powershell' ? 'curl.exe' : `${program}`
  const lines = [first]
  for (const group of pairOptions(rest)) {
    const line = lines.at(-1) ?? ''
    // The mark that joins two lines wants a space before it.
    if (line.length + group.length + 3 > width) lines.push(`  ${group}`)
    else lines[lines.length - 1] = `${line} ${group}`
  }
  return lines.join(` ${joiners[shell]}\n`)
}

/** An option stays on the line of its value. */
function pairOptions(words: readonly string[]): string[] {
  const groups: string[] = []
  for (const word of words) {
    const last = groups.at(-1) ?? ''
    if (/^--?[\w-]+$/.test(last) && !word.startsWith('-')) {
      groups[groups.length - 1] = `${last} ${word}`
    } else {
      groups.push(word)
    }
  }
  return groups
}

/** What ends a line that goes on in the next. */
const joiners: Record<Shell, string> = { bash: '\\', powershell: '`', cmd: '^' }

/** The variable as a shell reads it within double quotes. */
const variables: Record<Shell, (name: string) => string> = {
  bash: (name) => `$${name}`,
  // The folder is no variable of the environment on Windows.
  powershell: (name) => (name === 'PWD' ? '$PWD' : `$env:${name}`),
  cmd: (name) => (name === 'PWD' ? '%CD%' : `%${name}%`),
}

function quote(word: Word, shell: Shell): string {
  if (typeof word === 'object') {
    const text = word.expand.replace(/\{(\w+)\}/g, (_, name) =>
      variables[shell](name),
    )
    return `"${text}"`
  }
  if (/^[\w./:=+-][\w./:=+@-]*$/.test(word)) return word
  // Windows PowerShell passes a double quote on unescaped, and cmd has no
  // escape for one that every program reads alike.
  if (word.includes('"') && shell !== 'bash') {
    throw new Error(`${shell} cannot pass ${word} on to every program.`)
  }
  if (shell === 'cmd') return `"${word}"`
  return `'${word.replaceAll("'", shell === 'bash' ? "'\\''" : "''")}'`
}

/** How a shell puts a secret into its environment without echoing it. */
export function writeSecret(name: string, shell: Shell): string {
  if (shell === 'bash') return `read -rs ${name} && export ${name}`
  if (shell === 'cmd') return `set /p "${name}="`
  return [
    `$secret = Read-Host '${name}' -AsSecureString`,
    `$env:${name} = [Net.NetworkCredential]::new('', $secret).Password`,
  ].join('\n')
}

/** How a shell sets a variable of its environment. */
export function writeVariable(name: string, value: Word, shell: Shell): string {
  // A value that expands is quoted in any case, which PowerShell wants here.
  const text = typeof value === 'string' ? { expand: value } : value
  const quoted = quote(text, shell)
  if (shell === 'bash') return `export ${name}=${quoted}`
  if (shell === 'powershell') return `$env:${name} = ${quoted}`
  return `set "${name}=${quoted.slice(1)}`
}

/** What only the inside of a server says, each in the words of its platform. */
const leaks: [name: string, pattern: RegExp][] = [
  ['a JavaScript stack', /(\.[cm]?[jt]sx?|\bnode:[\w/]+):\d+:\d+/],
  ['a path of its packages', /[\\/]node_modules[\\/]/],
  ['a file URL', /\bfile:\/\/\//],
  [
    'a Python stack',
    /Traceback \(most recent call last\)|File \\?"[^"\n]+\.py\\?", line \d/,
  ],
  [
    'a Java stack',
    /\bat [\w.$<>]+\((\w+\.(java|kt|scala):\d+|Native Method|Unknown Source)\)/,
  ],
  ['a .NET stack', / in [^\n]{1,200}\.(cs|fs|vb):line \d/],
  ['a Go stack', /\bgoroutine \d+ \[|\/[\w./@-]+\.go:\d/],
  ['a Ruby stack', /\.rb:\d+:in [`']/],
  ['a PHP path', / in \/[^\s:]+\.php( on line |:)\d/],
  ['a Rust panic', /\bpanicked at [^\n]{1,200}\.rs:\d/],
  [
    'a path of its machine',
    /\b(ENOENT|EACCES|EISDIR|ENOTDIR|EPERM)\b[^\n]{0,80}['"](\/|[A-Z]:\\)/,
  ],
]

/** The first inside thing that a text shows, by name; undefined when none. */
export function findLeak(text: string): string | undefined {
  return leaks.find(([, pattern]) => pattern.test(text))?.[0]
}

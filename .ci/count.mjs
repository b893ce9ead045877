// Adds up vitest's own reports and ends with one plain line. Fails when a
// package that has tests left no report, or when a test failed; which one and
// why is told once more, as thousands of lines stand between it and the end.
// What was skipped is named as well: it is no pass, and without an excuse it is
// a failure. The arguments are what could not be had.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

const counts = { passed: 0, failed: 0, skipped: 0 }
const missing = []
const absent = process.argv.slice(2)
const folders = readdirSync('packages').map((name) => join('packages', name))
for (const folder of [...folders, 'bench', 'lessons/exercises']) {
  const { scripts = {} } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  )
  for (const [script, file] of [
    ['test', 'test.json'],
    ['test:long', 'long.json'],
  ]) {
    if (!scripts[script]) continue
    const report = join(folder, '.report', file)
    if (!existsSync(report)) {
      missing.push(`${folder} ${script}`)
      continue
    }
    const found = JSON.parse(readFileSync(report, 'utf8'))
    counts.passed += found.numPassedTests
    counts.failed += found.numFailedTests
    counts.skipped += found.numPendingTests + found.numTodoTests
    // A file that cannot even be loaded has no test that failed.
    if (!found.success && found.numFailedTests === 0) counts.failed += 1
    for (const { name, message, assertionResults } of found.testResults) {
      const where = relative('.', name)
      if (message) console.error(`Failed: ${where}\n${message}\n`)
      for (const { status, fullName, failureMessages } of assertionResults) {
        if (status !== 'passed' && status !== 'failed') {
          console.error(`Skipped: ${where} > ${fullName}`)
        }
        if (status !== 'failed') continue
        const why = failureMessages.join('\n')
        console.error(`Failed: ${where} > ${fullName}\n${why}\n`)
      }
    }
  }
}
for (const what of missing) console.error(`No report: ${what}`)
counts.failed += missing.length
if (absent.length > 0) {
  console.error(`Could not be had here: ${absent.join(', ')}`)
} else {
  counts.failed += counts.skipped
  counts.skipped = 0
}
console.log(
  `${counts.passed} passed, ${counts.failed} failed` +
    (counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''),
)
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0

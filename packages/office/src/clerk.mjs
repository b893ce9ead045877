// The thread that runs callers' SQL. SQLite in WebAssembly cannot be
// interrupted, so whoever asks must be able to end the whole thread.
// JavaScript, because Node 20 starts no thread from TypeScript by itself.
import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import initSqlJs from 'sql.js'

const maxRows = 100
const maxCharacters = 64 * 1024
const blank = /^(?:[\s;]|--[^\n]*(?:\n|$)|\/\*.*?(?:\*\/|$))*/s

const { Database } = await initSqlJs()
const database = new Database()
database.run(readFileSync(new URL(workerData), 'utf8'))
database.run('PRAGMA query_only = 1')
// Bytes; SQLite lets nobody raise it again.
database.run('PRAGMA hard_heap_limit = 33554432')

parentPort?.on('message', ({ sql, values }) => {
  parentPort?.postMessage(answer(sql, values))
})
parentPort?.postMessage('ready')

/**
 * @param {string} sql
 * @param {string[]} values
 */
function answer(sql, values) {
  const first = sql.replace(blank, '')
  // PRAGMA could switch `query_only` off, already when it is prepared.
  if (!/^(?:select|with|values)\b/i.test(first)) {
    return { refusal: 'The query must be one SELECT, WITH or VALUES.' }
  }
  let statement
  try {
    statement = database.prepare(first)
    const rest = first.slice(statement.getSQL().length)
    if (rest.replace(blank, '') !== '') {
      return { refusal: 'The query has more than one statement: send one.' }
    }
    statement.bind(values)
    return readRows(statement)
  } catch (error) {
    // SQLite's own words are plain errors; anything else is a crash.
    if (error instanceof Error && error.constructor === Error) {
      return { refusal: `SQLite refused the query: ${error.message}.` }
    }
    throw error
  } finally {
    statement?.free()
  }
}

/** @param {import('sql.js').Statement} statement */
function readRows(statement) {
  const columns = statement.getColumnNames()
  const rows = []
  let characters = columns.join('').length
  while (statement.step()) {
    // @ts-expect-error The types of sql.js lack the second argument.
    const row = statement.get(null, { useBigInt: true }).map(plain)
    characters += row.join('').length
    if (rows.length === maxRows) {
      return { refusal: 'The result has over 100 rows: add a LIMIT.' }
    }
    if (characters > maxCharacters) {
      return { refusal: 'The result is over 64 KiB: add a LIMIT.' }
    }
    rows.push(row)
  }
  return { columns, rows }
}

/**
 * A value that JSON can carry without changing it.
 * @param {import('sql.js').SqlValue | bigint} value
 */
function plain(value) {
  if (value instanceof Uint8Array) {
    return `x'${Buffer.from(value).toString('hex')}'`
  }
  if (typeof value === 'bigint') {
    return Number.isSafeInteger(Number(value)) ? Number(value) : `${value}`
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return `${value}`
  return value
}

// With the token of this run everything is live; without, it is what was
// recorded.
const given = /^#token=([\w-]+)$/.exec(location.hash)?.[1]
if (given) {
  sessionStorage.setItem('token', given)
  // The address in the bar can then be shown and copied.
  history.replaceState(null, '', `${location.search}#/attacks`)
}
const token = sessionStorage.getItem('token')

let catalogue

/** Whether attacks can be run, or are shown as they were recorded. */
export function isLive() {
  return catalogue?.recorded === undefined
}

/** When what is shown was recorded. */
export function recordedAt() {
  return catalogue?.recorded
}

/** Everything that there is, and what is known of it already. */
export async function readCatalogue() {
  catalogue ??=
    (token && (await ask('catalogue', 'GET').catch(drop))) ||
    (await readRecorded('attacks'))
  return catalogue
}

function drop() {
  sessionStorage.removeItem('token')
}

/** A file of the recorded run; read once. */
export async function readRecorded(name) {
  kept[name] ??= fetch(`recorded/${name}.json`).then((answer) => {
    if (!answer.ok) throw new Error(`${answer.status}`)
    return answer.json()
  })
  return kept[name]
}
const kept = {}

/** The files of two steps, compared. */
export function readDiff(from, to) {
  if (isLive()) return ask(`diff/${from}/${to}`, 'GET')
  return readRecorded(`diff-${from}-${to}`)
}

/** Runs one attack against one step. */
export function runAttack(name, step) {
  return ask(`attacks/${name}/${step}`)
}

/** Changes a token of the callers whose traffic flows. */
export function turn(name) {
  return ask(`rotation/${name}`)
}

async function ask(path, method = 'POST') {
  const answer = await send(path, method)
  return answer.json()
}

async function send(path, method, signal) {
  const headers = { Authorization: `Bearer ${token}` }
  const answer = await fetch(`api/${path}`, { method, headers, signal })
  if (answer.ok) return answer
  const { error } = await answer.json().catch(() => ({}))
  throw new Error(error ?? `${answer.status}`)
}

/** Tells each value as it comes, until there is none or `signal` ends it. */
export async function listen(path, onValue, signal) {
  const answer = await send(path, 'POST', signal)
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      const told = JSON.parse(line)
      if (told.error) throw new Error(told.error)
      onValue(told)
    }
  }
}

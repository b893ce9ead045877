import { cpus, release, totalmem, type } from 'node:os'

/** The machine, by which figures that may stand side by side are known. */
export function describeMachine(): string {
  const { length } = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  const system = `${type()} ${release().replace(/-.*/, '')}`
  return `${cpus()[0]?.model.trim()}, ${length} cores, ${memory} GiB, ${system}, Node ${process.version}`
}

import { createServer } from 'node:net'
import { endianness } from 'node:os'
import { describe, expect, test } from 'vitest'
import { listListeners, readListeners } from '../src/process/listeners.ts'

const title =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const row = (local: string, state: string, inode: number) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1 0000000000000000 100 0 0 10 0\n`

describe.runIf(endianness() === 'LE')('a table of sockets', () => {
  test.each([
    ['0100007F:0BB8', '127.0.0.1', true],
    ['0200007F:0BB8', '127.0.0.2', true],
    ['00000000:0BB8', '0.0.0.0', false],
    ['0101A8C0:0BB8', '192.168.1.1', false],
    ['00000000000000000000000001000000:0BB8', '0:0:0:0:0:0:0:1', true],
    ['00000000000000000000000000000000:0BB8', '0:0:0:0:0:0:0:0', false],
    ['0000000000000000FFFF00000100007F:0BB8', '127.0.0.1', true],
    ['0000000000000000FFFF00000101A8C0:0BB8', '192.168.1.1', false],
    [
      '000080FE00000000FF005450B6AD1DFE:0BB8',
      'fe80:0:0:0:5054:ff:fe1d:adb6',
      false,
    ],
  ])('that has %s is read as %s', (local, address, loopback) => {
    const table = title + row(local, '0A', 42)
    expect(readListeners(table, new Set(['42']))).toEqual([
      { address, port: 3000, loopback },
    ])
  })

  test('gives neither what only talks nor what is of others', () => {
    const talking = row('00000000:0BB8', '01', 42)
    const foreign = row('00000000:0BB8', '0A', 43)
    const table = title + talking + foreign
    expect(readListeners(table, new Set(['42']))).toEqual([])
  })
})

test.runIf(process.platform === 'linux')(
  'a socket of this process is found among its own',
  async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    expect(await listListeners(process.pid)).toContainEqual({
      address: '127.0.0.1',
      port,
      loopback: true,
    })
    await new Promise((resolve) => server.close(resolve))
  },
)

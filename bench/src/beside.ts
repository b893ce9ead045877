// A step as it starts by itself, and step 0 on `BARE_PORT` of the same process.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createPlainServer } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openOffice } from '@guard-up/office'
import { createApp } from '../../packages/step-0/src/app.ts'

const { TLS_KEY_FILE: key, TLS_CERT_FILE: cert, BARE_PORT } = process.env
const app = createApp(await openOffice())
const server =
  key && cert
    ? createServer(
        {
          key: readFileSync(key),
          cert: readFileSync(cert),
          minVersion: 'TLSv1.2',
        },
        app,
      )
    : createPlainServer(app)
process.once('SIGTERM', () => server.close())
await once(server.listen(Number(BARE_PORT), '127.0.0.1'), 'listening')
await import(pathToFileURL(join(process.cwd(), 'src/main.ts')).href)

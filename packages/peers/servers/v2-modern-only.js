import {
  createMcpExpressApp,
  requireBearerAuth,
} from '@modelcontextprotocol/express'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createHandler, verifier } from './modern.js'

const serve = toNodeHandler(createHandler({ legacy: 'reject' }))
const app = createMcpExpressApp()
app.all('/mcp', requireBearerAuth({ verifier }), (req, res) =>
  serve(req, res, req.body),
)
app.listen(Number(process.env.PORT), '127.0.0.1')

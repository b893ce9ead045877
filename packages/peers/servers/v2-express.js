import { requireBearerAuth } from '@modelcontextprotocol/express'
import { toNodeHandler } from '@modelcontextprotocol/node'
import express from 'express'
import { createHandler, verifier } from './modern.js'

const serve = toNodeHandler(createHandler())
const app = express()
app.use('/mcp', requireBearerAuth({ verifier }))
app.all('/mcp', express.json(), (req, res) => serve(req, res, req.body))
app.listen(Number(process.env.PORT), '127.0.0.1')

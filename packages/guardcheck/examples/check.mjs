import { writeFileSync } from 'node:fs'
import { check, writeReport } from 'guardcheck'

const report = await check(process.env.MCP_URL, {
  token: process.env.MCP_TOKEN,
  step: 2,
})
writeFileSync('guard.html', writeReport('html', report))
console.log(`Level ${report.level}`)
process.exitCode = report.level < 2 ? 1 : 0

import { describe, expect, test } from 'vitest'
import { findLeak } from '../src/probe/text/leak.ts'

describe('a text', () => {
  test.each([
    'SyntaxError: Unexpected end of JSON input\n    at JSON.parse (<anonymous>)\n    at parse (/srv/app/node_modules/body-parser/lib/types/json.js:92:19)',
    '<pre>SyntaxError<br> &nbsp; &nbsp;at createStrictSyntaxError (/srv/app/parser.js:169:10)</pre>',
    '{"stack":"Error: no\\n    at serve (file:///srv/app/src/mcp.ts:31:9)"}',
    'at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
    'Traceback (most recent call last):\n  File "/app/server.py", line 12, in main',
    '{"detail":"File \\"/app/server.py\\", line 12"}',
    'java.lang.NullPointerException\n\tat com.acme.Mcp.serve(Mcp.java:42)',
    '   at Acme.Mcp.Serve() in C:\\src\\Mcp.cs:line 42',
    'panic: nil\n\ngoroutine 1 [running]:\nmain.serve(0x0)\n\t/src/main.go:12 +0x1d',
    "/app/mcp.rb:12:in `serve'",
    'Uncaught Error in /var/www/html/mcp.php on line 12',
    "thread 'main' panicked at src/main.rs:12:5",
    "ENOENT: no such file or directory, open '/srv/app/tokens.json'",
  ])('that shows the inside is found out: %s', (text) => {
    expect(findLeak(text)).toBeDefined()
  })

  test.each([
    '{"jsonrpc":"2.0","error":{"code":-32700,"message":"The body is not JSON."},"id":null}',
    '{"jsonrpc":"2.0","error":{"code":-32700,"message":"Parse error","data":"SyntaxError: Unexpected token \'g\', \\"guardcheck\\" is not valid JSON"},"id":null}',
    'Cannot GET /api/v1/mcp/guardcheck-nothing-here',
    'Nothing is served here: MCP is at /mcp.',
    'Look at https://docs.example.com/home/errors/at/400.html:8080',
    '<script src="/assets/app.js?v=12:30"></script>',
    'Refused at 2026-11-23T12:30:45Z, try again at 12:31:00.',
    '<center>nginx/1.22.1</center>',
    'File "report.txt", line 3 has no amount.',
    'Unsupported content encoding "guardcheck"',
  ])('that does not is left alone: %s', (text) => {
    expect(findLeak(text)).toBeUndefined()
  })
})

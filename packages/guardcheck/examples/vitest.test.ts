import { describeProperties } from 'guardcheck/vitest'

describeProperties(
  'my server',
  () => ({
    url: new URL(process.env.MCP_URL ?? ''),
    token: process.env.MCP_TOKEN,
  }),
  {
    step: 1,
    except: { 'transport/batch-rejected': 'Our oldest client sends batches.' },
  },
)

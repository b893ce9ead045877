import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: 'test/compile.ts',
    include: ['test/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // They wait more than they work.
    maxWorkers: 3,
    maxConcurrency: 3,
  },
})

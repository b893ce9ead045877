import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/*.test.ts'],
    globalSetup: 'test/setup.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxConcurrency: 3,
    // Most of the time is waiting for the servers that they start.
    maxWorkers: 3,
  },
})

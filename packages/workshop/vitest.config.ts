import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/*.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 30_000,
    // Most of the time is spent waiting for processes.
    maxWorkers: 2,
  },
})

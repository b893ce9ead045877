import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'threads',
    include: ['test/*.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 60_000,
    maxConcurrency: 2,
  },
})

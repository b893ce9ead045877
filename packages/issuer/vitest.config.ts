import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'threads',
    include: ['test/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxConcurrency: 2,
  },
})

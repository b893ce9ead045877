import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/long/*.test.ts'],
    globalSetup: 'test/setup.ts',
    testTimeout: 500_000,
    hookTimeout: 120_000,
    maxConcurrency: 4,
  },
})

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/long/*.test.ts'],
    globalSetup: 'test/setup.ts',
    testTimeout: 240_000,
    hookTimeout: 60_000,
    maxConcurrency: 4,
  },
})

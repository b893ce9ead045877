import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/long/**/*.test.ts'],
    globalSetup: 'test/pair.ts',
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})

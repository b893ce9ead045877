import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/long/*.test.ts'],
    testTimeout: 200_000,
    hookTimeout: 60_000,
    // What is measured is not to be measured beside one another.
    fileParallelism: false,
  },
})

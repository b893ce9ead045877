import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    globalSetup: 'test/compile.ts',
    include: ['test/long/*.test.ts'],
    testTimeout: 600_000,
    // What is measured is alone on the machine.
    fileParallelism: false,
  },
})

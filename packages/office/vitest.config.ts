import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // They start processes, and a busy machine is no fault of the office.
    testTimeout: 30_000,
  },
})

import { test } from 'vitest'
import { expectTour } from '../printed.ts'

test('the tour prints the table of the README in Japanese and exits 0', () =>
  expectTour('ja', 'ja_JP.UTF-8'))

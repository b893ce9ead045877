import type { Language } from 'guardcheck'
import type { Colors } from './colors.ts'
import type { Progress } from './progress.ts'

/** How an exercise is shown, and when it ends. */
export interface Showing {
  lang: Language
  colors: Colors
  width: number
  print(text: string): void
  progress: Progress
  signal: AbortSignal
}

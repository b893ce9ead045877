import { describeStep } from './step.ts'

describeStep(3)

import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The long ones first, by the CPU seconds that they took (120 to 10): begun last, one of them would keep a single core busy while the other
 * waits. What is not named takes less.
 */
const LONGEST = [
  'e2e/crash',
  'e2e/persons',
  'e2e/outage',
  'faults/held',
  'faults/window',
  'faults/bad-input',
  'author/suite.',
  'author/suite-kinds',
  'author/unseen',
  'faults/landing',
  'faults/boundaries',
  'faults/random',
  'cli/json',
  'cli/demo',
  'faults/set-aside',
  'connect/rest-third-party',
  'cli/said',
  'cli/signals',
  'faults/pages',
  'faults/databases',
  'faults/two-systems',
  'faults/',
  'cli/',
  'e2e/',
  'author/t',
  'indicators/merger',
  'sync/',
].map((start) => `/tests/${start}`)
const place = ({ moduleId }: TestSpecification) => {
  const found = LONGEST.findIndex((folder) => moduleId.includes(folder))
  return found < 0 ? LONGEST.length : found
}
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files.toSorted((a, b) => place(a) - place(b) || a.moduleId.localeCompare(b.moduleId))
  }
}

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  // What src/connect/resolve.ts does for Node: connectors in a home import the kit by its name.
  resolve: { alias: { 'ioc-feed/connect': new URL('../src/connect/index.ts', import.meta.url).pathname } },
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/bench/**'],
    globalSetup: ['tests/support/postgres.ts'],
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})

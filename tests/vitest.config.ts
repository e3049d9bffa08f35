import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The long ones first, by the CPU seconds that they took (100 to 10): begun last, one of them would keep a single core busy while the other
 * waits. What is not named takes less.
 */
const LONGEST = [
  'e2e/crash',
  'faults/bad-input',
  'indicators/year',
  'faults/held',
  'indicators/build.',
  'e2e/outage',
  'e2e/persons',
  'faults/boundaries',
  'author/unseen',
  'faults/window',
  'cli/demo',
  'indicators/explain.',
  'author/suite.',
  'faults/landing',
  'author/suite-kinds',
  'reference/import',
  'indicators/merger',
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
    // Two processes take the files one after the other, as serve and a job take their work: a process and its modules for each file cost a fifth more.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})

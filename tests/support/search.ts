/** The search of the hostile suite, for tests of everything else. */
export * from '../../src/author/suite/search.ts'

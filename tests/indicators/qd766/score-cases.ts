/**
 * QĐ 766 components scored by hand from DOMAIN.md §1.3: the rule and the zero rule of each, its threshold from both sides, its cap.
 * `says` carries the arithmetic. Written before the code.
 */

export interface ScoreCase {
  id: string
  says: string
  numerator: number
  denominator: number
  /** 3.3 is multiplied by the share of dossiers that were synchronised */
  sync?: { numerator: number; denominator: number } | null
  /** options other than the chosen ones */
  options?: Readonly<Record<string, string>>
  /** scored for one procedure only */
  oneProcedure?: true
  /** scored for a unit below the province */
  unit?: true
  /** unrounded; null: no points are given */
  score: number | null
  state?: 'not-applicable' | 'not-scored' | 'insufficient'
}

const WHOLE = { numerator: 1, denominator: 1 }

export const SCORE_CASES: readonly ScoreCase[] = [
  // 1.1 Pmax 6, linear; the portal shows no score where nothing was announced
  { id: '1.1', says: '45 of 50: 6 × 0.9 = 5.4', numerator: 45, denominator: 50, score: 5.4 },
  { id: '1.1', says: 'all of 50: 6', numerator: 50, denominator: 50, score: 6 },
  { id: '1.1', says: 'none of 7: 0', numerator: 0, denominator: 7, score: 0 },
  { id: '1.1', says: '0 of 0: N/A', numerator: 0, denominator: 0, score: null, state: 'not-applicable' },
  // 1.2 Pmax 4, linear; province only, never by TTHC
  { id: '1.2', says: '3 of 4: 4 × 0.75 = 3', numerator: 3, denominator: 4, score: 3 },
  { id: '1.2', says: '0 of 0: N/A', numerator: 0, denominator: 0, score: null, state: 'not-applicable' },
  { id: '1.2', says: 'a unit: N/A', numerator: 3, denominator: 4, unit: true, score: null, state: 'not-applicable' },
  {
    id: '1.2',
    says: 'one procedure: N/A',
    numerator: 1,
    denominator: 1,
    oneProcedure: true,
    score: null,
    state: 'not-applicable',
  },
  // 1.3 Pmax 2, linear
  { id: '1.3', says: '87 of 89: 174/89 = 1.955056…', numerator: 87, denominator: 89, score: 174 / 89 },
  { id: '1.3', says: '0 of 0: N/A', numerator: 0, denominator: 0, score: null, state: 'not-applicable' },
  // 1.4 Pmax 6, linear; no denominator at all is ratio 0
  { id: '1.4', says: '90 of 120: 6 × 0.75 = 4.5', numerator: 90, denominator: 120, score: 4.5 },
  { id: '1.4', says: '110 of 100: capped at 6', numerator: 110, denominator: 100, score: 6 },
  { id: '1.4', says: '0 of 0: ratio 0, score 0', numerator: 0, denominator: 0, score: 0 },
  {
    id: '1.4',
    says: '75 of 1,200 a year / 12 = 100: 6 × 0.75 = 4.5',
    numerator: 75,
    denominator: 1200 / 12,
    score: 4.5,
  },
  // 2.1 20 × r
  { id: '2.1', says: '3 of 4: 20 × 0.75 = 15', numerator: 3, denominator: 4, score: 15 },
  { id: '2.1', says: 'all of 482: 20', numerator: 482, denominator: 482, score: 20 },
  { id: '2.1', says: '0 of 2: 0', numerator: 0, denominator: 2, score: 0 },
  { id: '2.1', says: '0 of 0: ratio 0, score 0', numerator: 0, denominator: 0, score: 0 },
  // 2.2 is shown, not scored
  {
    id: '2.2',
    says: '705 days of 100 dossiers: no points',
    numerator: 705,
    denominator: 100,
    score: null,
    state: 'not-scored',
  },
  // 3.1 min(2, 2 r / 0.80)
  { id: '3.1', says: '40 of 100: 2 × 0.40 / 0.80 = 1', numerator: 40, denominator: 100, score: 1 },
  { id: '3.1', says: '79 of 100: 2 × 0.79 / 0.80 = 1.975', numerator: 79, denominator: 100, score: 1.975 },
  { id: '3.1', says: '80 of 100: 2 × 0.80 / 0.80 = 2', numerator: 80, denominator: 100, score: 2 },
  { id: '3.1', says: '81 of 100: 2.025, capped at 2', numerator: 81, denominator: 100, score: 2 },
  { id: '3.1', says: '0 of 0: 0', numerator: 0, denominator: 0, score: 0 },
  // 3.2 4 × r
  { id: '3.2', says: '1 of 4: 4 × 0.25 = 1', numerator: 1, denominator: 4, score: 1 },
  { id: '3.2', says: '4 of 4: 4', numerator: 4, denominator: 4, score: 4 },
  { id: '3.2', says: '0 of 0: 0', numerator: 0, denominator: 0, score: 0 },
  // 3.3 min(6, 6 × r × sync / 0.50)
  { id: '3.3', says: '25 of 100: 6 × 0.25 / 0.50 = 3', numerator: 25, denominator: 100, sync: WHOLE, score: 3 },
  { id: '3.3', says: '49 of 100: 6 × 0.49 / 0.50 = 5.88', numerator: 49, denominator: 100, sync: WHOLE, score: 5.88 },
  { id: '3.3', says: '50 of 100: 6', numerator: 50, denominator: 100, sync: WHOLE, score: 6 },
  { id: '3.3', says: '99 of 100: 11.88, capped at 6', numerator: 99, denominator: 100, sync: WHOLE, score: 6 },
  {
    id: '3.3',
    says: '60 of 100, half of all synchronised: 6 × 0.60 × 0.50 / 0.50 = 3.6',
    numerator: 60,
    denominator: 100,
    sync: { numerator: 500, denominator: 1000 },
    score: 3.6,
  },
  {
    id: '3.3',
    says: '20 of 100, more synchronised than counted: the ratio is 1, not 1.1; 6 × 0.20 / 0.50 = 2.4',
    numerator: 20,
    denominator: 100,
    sync: { numerator: 11, denominator: 10 },
    score: 2.4,
  },
  {
    id: '3.3',
    says: 'nothing to synchronise: ratio 0, score 0',
    numerator: 60,
    denominator: 100,
    sync: { numerator: 0, denominator: 0 },
    score: 0,
  },
  {
    id: '3.3',
    says: 'how many were synchronised is not held',
    numerator: 60,
    denominator: 100,
    sync: null,
    score: null,
    state: 'insufficient',
  },
  {
    id: '3.3',
    says: 'without the sync ratio: 6 × 0.30 / 0.50 = 3.6',
    numerator: 30,
    denominator: 100,
    sync: null,
    options: { syncRatio: 'left-out' },
    score: 3.6,
  },
  { id: '3.3', says: '0 of 0: 0', numerator: 0, denominator: 0, sync: WHOLE, score: 0 },
  // 3.5 2.5 × r, capped at 2
  { id: '3.5', says: '2 of 5: 2.5 × 0.4 = 1', numerator: 2, denominator: 5, score: 1 },
  { id: '3.5', says: '4 of 5: 2.5 × 0.8 = 2', numerator: 4, denominator: 5, score: 2 },
  { id: '3.5', says: '5 of 5: 2.5, capped at 2', numerator: 5, denominator: 5, score: 2 },
  { id: '3.5', says: '0 of 0: 0', numerator: 0, denominator: 0, score: 0 },
  {
    id: '3.5',
    says: '"Bỏ thống kê": no points',
    numerator: 4,
    denominator: 5,
    options: { feeProcedures: 'dropped' },
    score: null,
    state: 'not-scored',
  },
  // 3.5b min(2, 2.5 r)
  { id: '3.5b', says: '93 of 310: 2.5 × 0.3 = 0.75', numerator: 93, denominator: 310, score: 0.75 },
  { id: '3.5b', says: '8 of 10: 2', numerator: 8, denominator: 10, score: 2 },
  { id: '3.5b', says: '7 of 8: 2.1875, capped at 2', numerator: 7, denominator: 8, score: 2 },
  { id: '3.5b', says: '0 of 0: 0', numerator: 0, denominator: 0, score: 0 },
  // 3.6 6 × r
  { id: '3.6', says: '1 of 3: 2', numerator: 1, denominator: 3, score: 2 },
  { id: '3.6', says: '44 of 44: 6', numerator: 44, denominator: 44, score: 6 },
  { id: '3.6', says: '0 of 0: 0', numerator: 0, denominator: 0, score: 0 },
  // 4.1 min(6, 6 r)
  { id: '4.1', says: '2 of 3: 4', numerator: 2, denominator: 3, score: 4 },
  { id: '4.1', says: '3 of 3: 6', numerator: 3, denominator: 3, score: 6 },
  { id: '4.1', says: '0 of 0: N/A', numerator: 0, denominator: 0, score: null, state: 'not-applicable' },
  // 4.2 min(4, 4 r); by the text full at 80 %
  { id: '4.2', says: '4 of 5: 4 × 0.8 = 3.2', numerator: 4, denominator: 5, score: 3.2 },
  { id: '4.2', says: '5 of 5: 4', numerator: 5, denominator: 5, score: 4 },
  {
    id: '4.2',
    says: '2 of 5, full at 80 %: 4 × 0.4 / 0.8 = 2',
    numerator: 2,
    denominator: 5,
    options: { digitisedFull: 'full-at-80' },
    score: 2,
  },
  {
    id: '4.2',
    says: '4 of 5, full at 80 %: 4',
    numerator: 4,
    denominator: 5,
    options: { digitisedFull: 'full-at-80' },
    score: 4,
  },
  {
    id: '4.2',
    says: '9 of 10, full at 80 %: 4.5, capped at 4',
    numerator: 9,
    denominator: 10,
    options: { digitisedFull: 'full-at-80' },
    score: 4,
  },
  { id: '4.2', says: '0 of 0: N/A', numerator: 0, denominator: 0, score: null, state: 'not-applicable' },
  // certified copies min(2, 2 r)
  { id: 'certified-copy', says: '1 of 2: 1', numerator: 1, denominator: 2, score: 1 },
  { id: 'certified-copy', says: '100 %: 2', numerator: 100, denominator: 100, score: 2 },
  { id: 'certified-copy', says: '0 of 0: N/A', numerator: 0, denominator: 0, score: null, state: 'not-applicable' },
  // 4.3 min(2, 2 r / 0.80)
  { id: '4.3', says: '44 of 1,770: 2.5 × 44 / 1770 = 110/1770', numerator: 44, denominator: 1770, score: 110 / 1770 },
  { id: '4.3', says: '2 of 5: 2 × 0.4 / 0.8 = 1', numerator: 2, denominator: 5, score: 1 },
  { id: '4.3', says: '4 of 5: 2', numerator: 4, denominator: 5, score: 2 },
  { id: '4.3', says: '9 of 10: 2.25, capped at 2', numerator: 9, denominator: 10, score: 2 },
  { id: '4.3', says: '0 of 0: N/A', numerator: 0, denominator: 0, score: null, state: 'not-applicable' },
  // 4.4 from rate to points is not verified: taken as 4 r
  { id: '4.4', says: '0 of 184,513: 0', numerator: 0, denominator: 184_513, score: 0 },
  { id: '4.4', says: '1 of 4: 1', numerator: 1, denominator: 4, score: 1 },
  { id: '4.4', says: '0 of 0: N/A', numerator: 0, denominator: 0, score: null, state: 'not-applicable' },
  // 4.5a min(2, 2 r), left out where one TTHC is selected
  { id: '4.5a', says: '1 of 4: 0.5', numerator: 1, denominator: 4, score: 0.5 },
  { id: '4.5a', says: '0 of 3: 0', numerator: 0, denominator: 3, score: 0 },
  { id: '4.5a', says: '0 of 0: N/A', numerator: 0, denominator: 0, score: null, state: 'not-applicable' },
  {
    id: '4.5a',
    says: 'one procedure: left out',
    numerator: 1,
    denominator: 1,
    oneProcedure: true,
    score: null,
    state: 'not-applicable',
  },
  // 4.5b min(2, 2 r)
  { id: '4.5b', says: '1 of 2: 1', numerator: 1, denominator: 2, score: 1 },
  { id: '4.5b', says: '482 of 482: 2', numerator: 482, denominator: 482, score: 2 },
  { id: '4.5b', says: '0 of 0: N/A', numerator: 0, denominator: 0, score: null, state: 'not-applicable' },
  { id: '4.5b', says: 'one procedure, 1 of 2: 1', numerator: 1, denominator: 2, oneProcedure: true, score: 1 },
  // 5.1 tracking only
  { id: '5.1', says: '3 of 4: no points', numerator: 3, denominator: 4, score: null, state: 'not-scored' },
  // 5.2, 5.3: nothing to answer is full marks
  { id: '5.2', says: '3 of 4: 6 × 0.75 = 4.5', numerator: 3, denominator: 4, score: 4.5 },
  { id: '5.2', says: '0 of 4: 0', numerator: 0, denominator: 4, score: 0 },
  { id: '5.2', says: '0 of 0: 6', numerator: 0, denominator: 0, score: 6 },
  { id: '5.3', says: '1 of 2: 3', numerator: 1, denominator: 2, score: 3 },
  { id: '5.3', says: '0 of 0: 6', numerator: 0, denominator: 0, score: 6 },
  // 5.4 min(6, 6 r / 0.90), r = 100 % − (overdue + disliked)
  { id: '5.4', says: '45 of 100: 6 × 0.45 / 0.90 = 3', numerator: 45, denominator: 100, score: 3 },
  { id: '5.4', says: '89 of 100: 6 × 0.89 / 0.90 = 5.9333…', numerator: 89, denominator: 100, score: 534 / 90 },
  { id: '5.4', says: '90 of 100: 6', numerator: 90, denominator: 100, score: 6 },
  { id: '5.4', says: '95 of 100: 6.33, capped at 6', numerator: 95, denominator: 100, score: 6 },
  { id: '5.4', says: '100 % − (70 % + 35 %) = −5 %: 0, not less', numerator: -5, denominator: 100, score: 0 },
  { id: '5.4', says: '0 of 0: 0', numerator: 0, denominator: 0, score: 0 },
]

/** Half up at two decimals, of the number that is written, not of the binary one beside it (DOMAIN §6.3). */
export const ROUNDED: readonly [exact: number, shown: number][] = [
  [1.005, 1.01],
  [1.0049, 1],
  [2.675, 2.68],
  [8.575, 8.58],
  [0.1 + 0.2, 0.3],
  [15.676404, 15.68],
  [89.995, 90],
  [89.994999, 89.99],
  [0, 0],
  [-1.005, -1.01],
]

/** Percentages from the parts: exact, comma decimal, always two of them. */
export const PERCENTS: readonly [numerator: number, denominator: number, shown: string][] = [
  // 324/1622 = 19.97533…
  [324, 1622, '19,98%'],
  [269, 324, '83,02%'],
  // 0.995 % exactly between two hundredths: up
  [199, 20_000, '1,00%'],
  // 12.345 % likewise
  [2469, 20_000, '12,35%'],
  [1, 3, '33,33%'],
  [2, 3, '66,67%'],
  [1, 1, '100,00%'],
  [0, 5, '0,00%'],
  [1_234_567, 100, '1.234.567,00%'],
]

/**
 * The on-time rule of QĐ 766 2.1 decided by hand from DOMAIN.md §1.4, one dossier each, by instant and by date.
 * Received Mon 4 Nov 2024 08:00, due Mon 11 Nov 15:00 unless a case says otherwise. Written before the code.
 */
import { at } from '../world.ts'
import { BY_STATUTE, DUE_BY_DAY, ended, endOf, NO_DUE, NOVEMBER, type OnTimeCase, supplements } from './on-time-base.ts'

export const ON_TIME_CASES: readonly OnTimeCase[] = [
  // rule 1
  {
    says: 'finished at the due instant: 15:00 <= 15:00',
    fields: ended(9, '2024-11-11T15:00'),
    byInstant: true,
    byDate: true,
  },
  { says: 'finished the day before', fields: ended(9, '2024-11-10T23:59'), byInstant: true, byDate: true },
  {
    says: 'finished at 16:30 of the due day: 16:30 > 15:00, but 11 = 11 November',
    fields: ended(9, '2024-11-11T16:30'),
    byInstant: false,
    byDate: true,
  },
  { says: 'finished the day after: 12 > 11', fields: ended(9, '2024-11-12T00:00'), byInstant: false, byDate: false },
  {
    says: 'due known by day, finished at 18:30 of it: an hour of the due date was never said, so dates decide',
    fields: { ...DUE_BY_DAY, ...ended(9, '2024-11-11T18:30') },
    byInstant: true,
    byDate: true,
  },
  {
    says: 'end known by day, the due day: dates decide',
    fields: ended(9, '2024-11-11', 'day'),
    byInstant: true,
    byDate: true,
  },
  { says: 'end known by day, the day after', fields: ended(9, '2024-11-12', 'day'), byInstant: false, byDate: false },
  // rule 2
  {
    says: '9 before 10: processed on 11 November in time, handed over on 20 November, which does not matter',
    fields: {
      ...ended(10, '2024-11-11T10:00'),
      status_at: at('2024-11-20T09:00'),
      finished_at: at('2024-11-11T10:00'),
      returned_at: at('2024-11-20T09:00'),
    },
    end: at('2024-11-11T10:00'),
    byInstant: true,
    byDate: true,
  },
  {
    says: 'only the handing over (10) is known: 20 > 11 November',
    fields: { ...ended(10, '2024-11-20T09:00'), returned_at: at('2024-11-20T09:00') },
    byInstant: false,
    byDate: false,
  },
  { says: 'stopped (8) in time', fields: ended(8, '2024-11-08T10:00'), byInstant: true, byDate: true },
  { says: 'stopped (8) on 13 November: late', fields: ended(8, '2024-11-13T10:00'), byInstant: false, byDate: false },
  {
    says: 'withdrawn (7) after reception, in time',
    fields: ended(7, '2024-11-08T10:00'),
    byInstant: true,
    byDate: true,
  },
  {
    says: 'withdrawn (7) after reception, late',
    fields: ended(7, '2024-11-13T10:00'),
    byInstant: false,
    byDate: false,
  },
  {
    says: 'withdrawn (7) before it was received: outside',
    fields: { ...ended(7, '2024-11-08T10:00'), received_at: null },
    byInstant: null,
    byDate: null,
  },
  {
    says: 'refused (3): outside, as it was never received (§2.3)',
    fields: { ...ended(3, '2024-11-05T10:00'), received_at: null, ...NO_DUE },
    byInstant: null,
    byDate: null,
  },
  {
    says: 'refused (3), refusals counted: nothing was due, on time',
    fields: { ...ended(3, '2024-11-05T10:00'), received_at: null, ...NO_DUE },
    options: { refused: 'counted' },
    byInstant: true,
    byDate: true,
  },
  {
    says: 'refused (3) on 13 November, refusals counted, due on 11: late',
    fields: ended(3, '2024-11-13T10:00'),
    options: { refused: 'counted' },
    byInstant: false,
    byDate: false,
  },
  {
    says: 'refused (3) in December, refusals counted: not in November',
    fields: ended(3, '2024-12-02T10:00'),
    options: { refused: 'counted' },
    byInstant: null,
    byDate: null,
  },
  // rule 3
  {
    says: 'waiting for a supplement asked for on 8 November: end = 8 <= 11, although November is over',
    fields: { status: 5, status_at: at('2024-11-08T09:00'), ...supplements(['2024-11-08T09:00', null]) },
    end: at('2024-11-08T09:00'),
    byInstant: true,
    byDate: true,
  },
  {
    says: 'waiting for a supplement asked for on 12 November: 12 > 11',
    fields: { status: 5, ...supplements(['2024-11-12T09:00', null]) },
    end: at('2024-11-12T09:00'),
    byInstant: false,
    byDate: false,
  },
  {
    says: 'waiting for a supplement asked for at 16:00 of the due day',
    fields: { status: 5, ...supplements(['2024-11-11T16:00', null]) },
    end: at('2024-11-11T16:00'),
    byInstant: false,
    byDate: true,
  },
  {
    says: 'waiting (5) without a dated request: since the status, 7 November',
    fields: { status: 5, status_at: at('2024-11-07T09:00') },
    end: at('2024-11-07T09:00'),
    byInstant: true,
    byDate: true,
  },
  {
    says: 'asked for a second time: overdue, although both requests came before the due date',
    fields: {
      status: 5,
      ...supplements(['2024-11-05T09:00', '2024-11-06T09:00'], ['2024-11-07T09:00', null]),
    },
    byInstant: false,
    byDate: false,
  },
  {
    says: 'asked for twice and finished on 8 November, before the due date: overdue all the same',
    fields: {
      ...ended(9, '2024-11-08T10:00'),
      ...supplements(['2024-11-05T09:00', '2024-11-06T09:00'], ['2024-11-06T14:00', '2024-11-07T09:00']),
    },
    byInstant: false,
    byDate: false,
  },
  {
    says: 'the second request came after the period: one request by 6 November, answered; 6 <= 11',
    fields: {
      status: 5,
      ...supplements(['2024-11-05T09:00', '2024-11-05T15:00'], ['2024-11-07T09:00', null]),
    },
    periodEnd: endOf('2024-11-06'),
    byInstant: true,
    byDate: true,
  },
  {
    says: 'a status of 5 after an answered request is a second request',
    fields: {
      status: 5,
      status_at: at('2024-11-07T09:00'),
      ...supplements(['2024-11-05T09:00', '2024-11-06T09:00']),
    },
    byInstant: false,
    byDate: false,
  },
  {
    says: 'a request answered before the reception (3 November) is not the clock of this dossier: one request, on time',
    fields: {
      ...ended(9, '2024-11-11T09:00'),
      ...supplements(['2024-11-01T09:00', '2024-11-03T09:00'], ['2024-11-05T09:00', '2024-11-06T09:00']),
    },
    byInstant: true,
    byDate: true,
  },
  // rule 4
  {
    says: 'no due date, the statute gives 5 working days: 11 November 17:00; finished on 11 November',
    fields: { ...BY_STATUTE, ...ended(9, '2024-11-11T16:30') },
    byInstant: true,
    byDate: true,
  },
  {
    says: 'no due date, the statute gives 5 working days: finished on 12 November',
    fields: { ...BY_STATUTE, ...ended(9, '2024-11-12T08:00') },
    byInstant: false,
    byDate: false,
  },
  {
    says: 'by statute with 2 working days of supplement, 5 to 7 November: ours is 13 November; the pause is in it, and 14 is late',
    fields: {
      ...BY_STATUTE,
      due_at: at('2024-11-13T17:00'),
      due_ours_at: at('2024-11-13T17:00'),
      ...supplements(['2024-11-05T09:00', '2024-11-07T09:00']),
      ...ended(9, '2024-11-14T09:00'),
    },
    byInstant: false,
    byDate: false,
  },
  {
    says: 'the same, finished on 13 November',
    fields: {
      ...BY_STATUTE,
      due_at: at('2024-11-13T17:00'),
      due_ours_at: at('2024-11-13T17:00'),
      ...supplements(['2024-11-05T09:00', '2024-11-07T09:00']),
      ...ended(9, '2024-11-13T09:00'),
    },
    byInstant: true,
    byDate: true,
  },
  {
    says: 'neither a due date nor a statutory limit: no maximum to exceed',
    fields: { ...NO_DUE, ...ended(9, '2024-11-29T09:00') },
    byInstant: true,
    byDate: true,
  },
  { says: 'the same, not finished', fields: NO_DUE, byInstant: true, byDate: true },
  {
    says: 'neither, where that counts as late',
    fields: { ...NO_DUE, ...ended(9, '2024-11-05T09:00') },
    options: { noLimit: 'late' },
    byInstant: false,
    byDate: false,
  },
  {
    says: 'neither, but asked for twice: overdue',
    fields: {
      ...NO_DUE,
      ...supplements(['2024-11-05T09:00', '2024-11-06T09:00'], ['2024-11-06T14:00', '2024-11-07T09:00']),
    },
    byInstant: false,
    byDate: false,
  },
  // rule 5
  { says: 'not finished at the end of November: 30 > 11', fields: {}, end: NOVEMBER, byInstant: false, byDate: false },
  {
    says: 'not finished at the end of 10 November, finished on 29 November: in time then, whatever came after',
    fields: ended(9, '2024-11-29T09:00'),
    periodEnd: endOf('2024-11-10'),
    end: endOf('2024-11-10'),
    byInstant: true,
    byDate: true,
  },
  {
    says: 'not finished at the last instant of the due day: 23:59:59.999 > 15:00, 11 = 11 November',
    fields: {},
    periodEnd: endOf('2024-11-11'),
    byInstant: false,
    byDate: true,
  },
  {
    says: 'due known by day, not finished at the last instant of that day: dates decide',
    fields: DUE_BY_DAY,
    periodEnd: endOf('2024-11-11'),
    byInstant: true,
    byDate: true,
  },
  {
    says: 'due in December, not finished at the end of November',
    fields: { due_printed_at: at('2024-12-02T09:00'), due_at: at('2024-12-02T09:00') },
    byInstant: true,
    byDate: true,
  },
  {
    says: 'received in December: outside November',
    fields: { received_at: at('2024-12-01T00:00') },
    byInstant: null,
    byDate: null,
  },
  {
    says: 'received at the last instant of November: 30 > 11',
    fields: { received_at: NOVEMBER },
    byInstant: false,
    byDate: false,
  },
  { says: 'waiting for payment (6) is no supplement: 30 > 11', fields: { status: 6 }, byInstant: false, byDate: false },
  // rule 6
  {
    says: 'finished on 14 November 10:00 after a supplement of 3 days (6 to 9): 14 − 3 = 11 November 10:00 <= 15:00',
    fields: { ...ended(9, '2024-11-14T10:00'), ...supplements(['2024-11-06T09:00', '2024-11-09T09:00']) },
    end: at('2024-11-14T10:00'),
    byInstant: true,
    byDate: true,
  },
  {
    says: 'finished on 14 November 16:00 after the same: 11 November 16:00 > 15:00, the same day',
    fields: { ...ended(9, '2024-11-14T16:00'), ...supplements(['2024-11-06T09:00', '2024-11-09T09:00']) },
    byInstant: false,
    byDate: true,
  },
  {
    says: 'finished on 15 November after the same: 12 > 11',
    fields: { ...ended(9, '2024-11-15T10:00'), ...supplements(['2024-11-06T09:00', '2024-11-09T09:00']) },
    byInstant: false,
    byDate: false,
  },
  {
    says: 'unfinished on 13 November after the same: 13 − 3 = 10 November',
    fields: supplements(['2024-11-06T09:00', '2024-11-09T09:00']),
    periodEnd: endOf('2024-11-13'),
    byInstant: true,
    byDate: true,
  },
  {
    says: 'the supplement moved the due date to 14 November: as printed, 14 November 16:00 is after 15:00 of that day',
    fields: {
      due_at: at('2024-11-14T15:00'),
      ...ended(9, '2024-11-14T16:00'),
      ...supplements(['2024-11-06T09:00', '2024-11-09T09:00', '2024-11-14T15:00']),
    },
    byInstant: false,
    byDate: true,
  },
  {
    says: 'the same on 15 November: late, the three days are already in the date',
    fields: {
      due_at: at('2024-11-14T15:00'),
      ...ended(9, '2024-11-15T09:00'),
      ...supplements(['2024-11-06T09:00', '2024-11-09T09:00', '2024-11-14T15:00']),
    },
    byInstant: false,
    byDate: false,
  },
  {
    says: 'the same where a moved date is shifted again: 15 − 3 = 12 <= 14 November',
    fields: {
      due_at: at('2024-11-14T15:00'),
      ...ended(9, '2024-11-15T09:00'),
      ...supplements(['2024-11-06T09:00', '2024-11-09T09:00', '2024-11-14T15:00']),
    },
    options: { movedDue: 'shifted-again' },
    byInstant: true,
    byDate: true,
  },
  {
    says: 'completion unknown, in process (4) since 9 November: the wait ended then; 14 − 3 = 11 November 10:00',
    fields: {
      status: 4,
      status_at: at('2024-11-09T09:00'),
      ...supplements(['2024-11-06T09:00', null]),
    },
    periodEnd: at('2024-11-14T10:00'),
    byInstant: true,
    byDate: true,
  },
  {
    says: 'stopped (8) on 20 November because the citizen did not come back: end = request, 8 <= 11',
    fields: { ...ended(8, '2024-11-20T10:00'), ...supplements(['2024-11-08T09:00', null]) },
    end: at('2024-11-08T09:00'),
    byInstant: true,
    byDate: true,
  },
  // outside
  { says: 'only submitted (1)', fields: { status: 1 }, byInstant: null, byDate: null },
  { says: 'deleted', fields: { deleted: 1 }, byInstant: null, byDate: null },
  { says: 'counted from another source', fields: { counted: 0 }, byInstant: null, byDate: null },
]

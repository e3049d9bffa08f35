/** How dossiers fare (tình hình giải quyết hồ sơ). Of every agency and period: carried over + received = finished + in progress + paused + withdrawn + stopped. */
import { type Indicator, indicator, type Weights } from './indicator.ts'
import { ended, flow, OPEN, received, standing, stock } from './terms.ts'

const WITHIN: Weights = { ...OPEN, paused: -1, past_due: -1, no_due: -1 }

const IN_PROGRESS_WITHIN = { vi: 'đang giải quyết, chưa đến hạn', en: 'in progress, not yet due' }
const IN_PROGRESS_PAST_DUE = { vi: 'đang giải quyết, đã quá hạn', en: 'in progress, past due' }

const inTime = flow(
  { finished_early: 1, finished_on_time: 1 },
  { vi: 'giải quyết trước hạn hoặc đúng hạn trong kỳ', en: 'finished in the period, early or on time' },
)
const finishedWithDue = flow(
  { finished_early: 1, finished_on_time: 1, finished_late: 1 },
  { vi: 'đã giải quyết trong kỳ, có hạn trả', en: 'finished in the period, with a due date' },
)

export const operations: readonly Indicator[] = [
  indicator({
    id: 'dossiers-received',
    names: { vi: 'Hồ sơ tiếp nhận trong kỳ', en: 'Dossiers received' },
    kind: 'count',
    countsOn: 'received',
    numerator: received,
  }),
  indicator({
    id: 'online-share',
    names: { vi: 'Tỷ lệ hồ sơ nộp trực tuyến', en: 'Share of dossiers filed online' },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'received',
    numerator: flow(
      { received_online: 1 },
      { vi: 'nộp trực tuyến, tiếp nhận trong kỳ', en: 'filed online, received in the period' },
    ),
    denominator: received,
  }),
  indicator({
    id: 'carried-over',
    names: { vi: 'Hồ sơ kỳ trước chuyển sang', en: 'Dossiers carried over' },
    kind: 'count',
    countsOn: 'period-start',
    numerator: stock(
      OPEN,
      {
        vi: 'tiếp nhận trước kỳ, chưa kết thúc khi bắt đầu kỳ',
        en: 'received before the period, not ended at its start',
      },
      'at-start',
    ),
  }),
  ended(
    'finished-early',
    'finished_early',
    { vi: 'Đã giải quyết trước hạn', en: 'Finished early' },
    { vi: 'kết thúc trước ngày hẹn trả', en: 'finished on a date before the due date' },
  ),
  ended(
    'finished-on-time',
    'finished_on_time',
    { vi: 'Đã giải quyết đúng hạn', en: 'Finished on time' },
    { vi: 'kết thúc đúng ngày hẹn trả', en: 'finished on the due date, not late' },
  ),
  ended(
    'finished-late',
    'finished_late',
    { vi: 'Đã giải quyết quá hạn', en: 'Finished late' },
    { vi: 'kết thúc sau hạn trả', en: 'finished after it was due' },
    'down',
  ),
  ended(
    'finished-no-due',
    'finished_no_due',
    { vi: 'Đã giải quyết, không có hạn trả', en: 'Finished without a due date' },
    { vi: 'kết thúc, không có hạn trả', en: 'finished, no due date' },
  ),
  indicator({
    id: 'finished-in-time-share',
    names: { vi: 'Tỷ lệ giải quyết trước và đúng hạn', en: 'Share finished early or on time' },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'ended',
    numerator: inTime,
    denominator: finishedWithDue,
  }),
  standing(
    'in-progress-within',
    WITHIN,
    { vi: 'Đang giải quyết trong hạn', en: 'In progress within the limit' },
    IN_PROGRESS_WITHIN,
  ),
  standing(
    'in-progress-past-due',
    { past_due: 1 },
    { vi: 'Đang giải quyết quá hạn', en: 'In progress past due' },
    IN_PROGRESS_PAST_DUE,
    'down',
  ),
  standing(
    'in-progress-no-due',
    { no_due: 1 },
    { vi: 'Đang giải quyết, không có hạn trả', en: 'In progress without a due date' },
    { vi: 'đang giải quyết, không có hạn trả', en: 'in progress, no due date' },
  ),
  indicator({
    id: 'in-progress-within-share',
    names: { vi: 'Tỷ lệ đang giải quyết trong hạn', en: 'Share in progress within the limit' },
    kind: 'ratio',
    direction: 'up',
    countsOn: 'period-end',
    numerator: stock(WITHIN, IN_PROGRESS_WITHIN),
    denominator: stock(
      { ...OPEN, paused: -1, no_due: -1 },
      { vi: 'đang giải quyết, có hạn trả', en: 'in progress, with a due date' },
    ),
  }),
  standing(
    'paused',
    { paused: 1 },
    { vi: 'Đang chờ bổ sung hoặc nộp phí', en: 'Waiting for supplement or payment' },
    { vi: 'đang chờ bổ sung hoặc thực hiện nghĩa vụ tài chính', en: 'waiting for supplement or payment' },
  ),
  ended(
    'withdrawn',
    'withdrawn',
    { vi: 'Công dân rút hồ sơ', en: 'Withdrawn' },
    { vi: 'công dân rút trong kỳ', en: 'withdrawn in the period' },
  ),
  ended(
    'stopped',
    'stopped',
    { vi: 'Dừng xử lý', en: 'Stopped' },
    { vi: 'dừng xử lý trong kỳ', en: 'stopped in the period' },
  ),
  ended(
    'refused',
    'refused',
    { vi: 'Từ chối tiếp nhận', en: 'Refused' },
    { vi: 'từ chối tiếp nhận trong kỳ', en: 'refused in the period' },
  ),
  indicator({
    id: 'overdue-now',
    names: { vi: 'Đang quá hạn', en: 'Overdue now' },
    kind: 'count',
    direction: 'down',
    countsOn: 'now',
    periods: ['day'],
    kept: ['day'],
    numerator: stock({ past_due: 1 }, IN_PROGRESS_PAST_DUE),
  }),
]

/** What is about to fall due, and how long what is open has been waiting: at the newest tick, by the working days of the province. */
import type { Indicator } from './indicator.ts'
import { now } from './terms.ts'

export const urgency: readonly Indicator[] = [
  now(
    'due-today',
    'due_today',
    { vi: 'Đến hạn trả trong ngày', en: 'Due today' },
    { vi: 'đang giải quyết, hẹn trả hôm nay, chưa quá giờ hẹn', en: 'in progress, due today, not past due yet' },
  ),
  now(
    'due-in-1-day',
    'due_in_1',
    { vi: 'Còn 1 ngày làm việc đến hạn', en: 'Due in one working day' },
    { vi: 'đang giải quyết, hẹn trả ngày làm việc kế tiếp', en: 'in progress, due on the next working day' },
  ),
  now(
    'due-in-2-days',
    'due_in_2',
    { vi: 'Còn 2 ngày làm việc đến hạn', en: 'Due in two working days' },
    { vi: 'đang giải quyết, hẹn trả sau 2 ngày làm việc', en: 'in progress, due on the working day after the next' },
  ),
  ...([10, 30, 90] as const).map((days) =>
    now(
      `open-over-${days}-days`,
      `open_over_${days}`,
      { vi: `Chưa giải quyết xong sau ${days} ngày`, en: `Open for more than ${days} days` },
      {
        vi: `chưa kết thúc, đã quá ${days} ngày kể từ ngày tiếp nhận, tính cả thời gian chờ bổ sung`,
        en: `not ended, more than ${days} days since the day of reception, waiting included`,
      },
      { direction: 'down' },
    ),
  ),
]

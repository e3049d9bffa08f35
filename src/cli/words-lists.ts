/** Words of lists that the program knows by their ids: what is not in one stands as it is. */
import type { Language } from '../errors.ts'

type Pair = readonly [vi: string, en: string]

const LISTS = {
  dirt: {
    'missing-key': ['thiếu mã hồ sơ', 'missing key'],
    'impossible-date': ['ngày không tồn tại', 'impossible date'],
    'future-date': ['ngày ở tương lai', 'date in the future'],
    'lying-encoding': ['sai bảng mã ký tự', 'encoding that lies'],
    'unknown-procedure': ['thủ tục chưa có', 'unknown procedure'],
    'unknown-agency': ['cơ quan chưa có', 'unknown agency'],
    'status-backwards': ['trạng thái bị lùi', 'status backwards'],
    'dummy-identity': ['số giấy tờ mặc định', 'dummy identity number'],
    'doubled-row': ['dòng lặp', 'doubled row'],
    'two-systems': ['cùng hồ sơ ở hai hệ thống', 'same dossier in two systems'],
    'nfd-text': ['chữ Unicode tách dấu', 'decomposed Unicode text'],
  },
  stream: {
    agency: ['cơ quan', 'agency'],
    dossier: ['hồ sơ', 'dossier'],
    feedback: ['đánh giá', 'feedback'],
    'official-score': ['điểm chính thức', 'official score'],
    petition: ['phản ánh, kiến nghị', 'petition'],
    procedure: ['thủ tục', 'procedure'],
    publication: ['công bố thủ tục', 'publication'],
    statement: ['số đơn vị báo cáo', 'statement'],
  },
  standing: {
    veryGood: ['xuất sắc', 'excellent'],
    good: ['tốt', 'good'],
    fair: ['khá', 'fair'],
    bad: ['trung bình', 'average'],
    veryBad: ['yếu', 'weak'],
  },
  outcome: {
    quarantined: ['cần rà soát', 'set aside'],
    'waiting-for': ['chờ danh mục', 'waiting'],
    noted: ['ghi chú', 'noted'],
    merged: ['gộp', 'merged'],
    repaired: ['đã sửa', 'repaired'],
  },
} as const satisfies Record<string, Record<string, Pair>>

/** A word of a list; what is not in it stands as it is. */
export const listed = (list: keyof typeof LISTS, word: string, language: Language): string =>
  (LISTS[list] as Record<string, Pair>)[word]?.[language === 'vi' ? 0 : 1] ?? word

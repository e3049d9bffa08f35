/** The open questions that `connector new` leaves in a connector, each precise enough to be answered, in both languages. */
import type { Todo, TodoPlace } from './draft.ts'
import { quote } from './plain.ts'

const ask = (at: TodoPlace, vi: string, en: string): Todo => ({ at, vi, en })
const list = (words: readonly string[]) =>
  words
    .slice(0, 8)
    .map((word) => `"${word}"`)
    .join(', ') + (words.length > 8 ? ', …' : '')

export const missing = (canonical: string, candidates: readonly string[]): Todo =>
  ask(
    `map ${canonical}`,
    `không trường nào được nhận ra là ${canonical}; trường nào chứa nó${candidates.length > 0 ? ` (có thể: ${candidates.join(', ')})` : ''}?`,
    `no field was recognised as ${canonical}; which one holds it${candidates.length > 0 ? ` (perhaps ${candidates.join(', ')})` : ''}?`,
  )
export const missingAgency = (canonical: string): Todo =>
  ask(
    `map ${canonical}`,
    'không trường nào cho biết cơ quan giải quyết; nếu hệ thống là của một cơ quan, ghi mã vào "agency" trong sources.json',
    'no field tells the resolving agency; if the system is of one agency, write its code as "agency" in sources.json, else name the field',
  )
export const unsure = (canonical: string, field: string): Todo =>
  ask(`map ${canonical}`, `trường "${field}" có đúng là ${canonical} không?`, `is "${field}" really ${canonical}?`)
const inner = (field: string, [one = '…']: readonly string[]) =>
  `{ from: ${quote(field)}, as: kit.first(${quote(one)}, …) }`
export const nested = (canonical: string, field: string, inside: readonly string[]): Todo =>
  ask(
    `map ${canonical}`,
    `"${field}" là một đối tượng có ${list(inside)}; lấy trường nào? Ví dụ ${inner(field, inside)}`,
    `"${field}" is an object with ${list(inside)}; which of them is meant? E.g. ${inner(field, inside)}`,
  )
export const noDate = (canonical: string, field: string): Todo =>
  ask(
    `map ${canonical}`,
    `giá trị của "${field}" không theo dạng ngày nào đã biết; ngày được ghi thế nào?`,
    `the values of "${field}" are in no known form of a date; how are they written?`,
  )
export const dateUnseen = (canonical: string, field: string): Todo =>
  ask(
    `map ${canonical}`,
    `mẫu không có giá trị của "${field}"; ngày được ghi theo ISO phải không?`,
    `the sample holds no value of "${field}"; are its dates ISO?`,
  )
export const openDates = (fields: readonly string[], canonical: readonly string[]): Todo =>
  ask(
    'dates',
    `${list(fields)} chứa ngày và chưa được dùng; có phải là một trong ${canonical.join(', ')} không?`,
    `${list(fields)} ${fields.length > 1 ? 'hold dates and are' : 'holds dates and is'} not mapped; is it one of ${canonical.join(', ')}?`,
  )
export const falseZ = (canonical: string, field: string, local: boolean): Todo =>
  ask(
    `map ${canonical}`,
    `"${field}" kết thúc bằng Z, giờ trong đó ${local ? 'giống giờ Việt Nam' : 'giống giờ UTC'}; falseZ: ${local} có đúng không?`,
    `"${field}" ends in Z, and its hours look like ${local ? 'local time' : 'UTC'}; is falseZ: ${local} right?`,
  )
export const serial = (canonical: string, field: string): Todo =>
  ask(
    `map ${canonical}`,
    `"${field}" chứa số ngày của bảng tính; có đúng không?`,
    `"${field}" holds day numbers of a spreadsheet; is that so?`,
  )
export const unknownWords = (canonical: string, field: string, words: readonly string[], wanted: string): Todo =>
  ask(
    `map ${canonical}`,
    `"${field}" có ${list(words)}; ứng với giá trị nào trong ${wanted}?`,
    `"${field}" has ${list(words)}; which of ${wanted} is it?`,
  )
export const unseenWords = (canonical: string, field: string, wanted: string): Todo =>
  ask(
    `map ${canonical}`,
    `"${field}" có những giá trị nào, và ứng với giá trị nào trong ${wanted}?`,
    `which values does "${field}" have, and which of ${wanted} is each?`,
  )
export const withheldWords = (canonical: string, field: string, count: number): Todo =>
  ask(
    `map ${canonical}`,
    `"${field}" có ${count} giá trị có thể là tên người, không ghi ở đây; đó là gì?`,
    `"${field}" has ${count} values that may name persons and are not shown here; what are they?`,
  )
export const standardCodes = (canonical: string, field: string, standard: string): Todo =>
  ask(
    `map ${canonical}`,
    `các mã trong "${field}" được hiểu theo ${standard}; có đúng không?`,
    `the codes in "${field}" are read as those of ${standard}; are they?`,
  )
export const grouped = (canonical: string, field: string, example: string): Todo =>
  ask(
    `map ${canonical}`,
    `"${field}" có giá trị như ${example}; dấu chấm là phân cách hàng nghìn phải không?`,
    `"${field}" has values such as ${example}; does the dot group thousands?`,
  )
export const noProcedure = (canonical: string, field: string, count: number, of: number): Todo =>
  ask(
    `map ${canonical}`,
    `${count}/${of} giá trị của "${field}" không phải mã TTHC (như 1.004194); đổi chúng thế nào?`,
    `${count} of ${of} values of "${field}" are no procedure codes (such as 1.004194); how are they turned into one?`,
  )
export const localAgency = (canonical: string, field: string): Todo =>
  ask(
    `map ${canonical}`,
    `"${field}" là mã riêng của hệ thống; danh mục nào cho biết mã nào là cơ quan nào?`,
    `"${field}" holds codes of the system's own; which list of it says which agency each is?`,
  )
export const numericAgency = (canonical: string, field: string): Todo =>
  ask(
    `map ${canonical}`,
    `"${field}" là số; đó là mã đơn vị hành chính (agencyCode) hay mã riêng của hệ thống (agencyLocal)?`,
    `"${field}" holds numbers; are they codes of administrative units (agencyCode) or the system's own (agencyLocal)?`,
  )
export const repeatedKey = (field: string, count: number): Todo =>
  ask(
    'stream',
    `"${field}" lặp lại ${count} lần trong mẫu; những trường nào mới xác định duy nhất một bản ghi?`,
    `"${field}" comes ${count} times again in the sample; which fields together identify a record?`,
  )
export const longKey = (field: string): Todo =>
  ask(
    'stream',
    `"${field}" có giá trị dài như số giấy tờ hoặc điện thoại; nó có chứa số của người không?`,
    `"${field}" has values as long as identity or telephone numbers; does it hold numbers of persons?`,
  )
export const noKey = (field: string): Todo =>
  ask(
    'stream',
    `không trường nào có tên của một mã; "${field}" có xác định duy nhất một bản ghi không?`,
    `no field is named as a code; does "${field}" identify a record?`,
  )
export const noOrder = (): Todo =>
  ask(
    'stream',
    "không trường nào cho biết lúc bản ghi thay đổi; order 'arrival' lấy lúc đọc thấy lần đầu. Có trường nào không?",
    "no field tells when a record changed; 'arrival' takes the time of the read that first saw it. Is there one?",
  )
export const personalByValues = (field: string, kind: string): Todo =>
  ask(
    `field ${field}`,
    `"${field}" được coi là dữ liệu cá nhân (${kind}) vì dạng của giá trị; có đúng không?`,
    `"${field}" is taken for personal (${kind}) by the form of its values; is it?`,
  )
export const personalLong = (field: string): Todo =>
  ask(
    `field ${field}`,
    `"${field}" có văn bản dài, có thể nhắc đến người, nên được coi là dữ liệu cá nhân; có đúng không?`,
    `"${field}" holds long text that may name people and is taken for personal; is it?`,
  )

export const noAddress = (): Todo =>
  ask('request', 'địa chỉ và đường dẫn nào trả về danh sách này?', 'which address and path answer this list?')
export const noGuard = (): Todo =>
  ask(
    'guard',
    'trong một câu trả lời 200, điều gì cho biết yêu cầu đã thất bại?',
    'what in an answer of 200 says that the request failed?',
  )
export const pagingUnknown = (total: number, records: number): Todo =>
  ask(
    'paging',
    `câu trả lời có tổng ${total} nhưng chỉ ${records} bản ghi; tham số nào hỏi trang tiếp theo, đếm từ 0 hay 1?`,
    `the answer has total ${total} but ${records} records; which parameter asks for the next page, and does it count from 0 or 1?`,
  )
export const pagingRound = (records: number): Todo =>
  ask(
    'paging',
    `mẫu có ${records} bản ghi và không có tổng; đó là tất cả (khi đó: paging: { kind: 'none' }) hay một trang, và tham số nào hỏi trang tiếp theo?`,
    `the sample has ${records} records and no total; is that all (then paging: { kind: 'none' }), or one page, and which parameter asks for the next?`,
  )
export const pagingFrom = (parameter: string): Todo =>
  ask('paging', `"${parameter}" đếm từ 0 hay từ 1?`, `does "${parameter}" count from 0 or from 1?`)
export const pagingSize = (rows: number): Todo =>
  ask(
    'paging',
    `tham số nào đặt số bản ghi mỗi trang? Mẫu có ${rows}`,
    `which parameter sets the records per page? The sample has ${rows}`,
  )
export const pagingTotal = (): Todo =>
  ask(
    'paging',
    'trường nào của câu trả lời cho biết tổng số bản ghi?',
    'which field of the answer tells the number of records in all?',
  )
export const pagingToken = (path: string): Todo =>
  ask(
    'paging',
    `"${path}" dẫn đến trang tiếp theo; gửi lại nó bằng tham số nào?`,
    `"${path}" leads to the next page; by which parameter is it sent back?`,
  )
export const noSince = (): Todo =>
  ask(
    'since',
    'mỗi lần đều đọc toàn bộ; tham số nào chỉ hỏi những gì thay đổi từ một thời điểm?',
    'everything is read every time; which parameter asks only for what changed since a time?',
  )
export const noRecords = (): Todo =>
  ask('read', 'mẫu không có bản ghi nào; danh sách nằm ở đâu?', 'the sample has no record; where does the list stand?')
export const oneRecord = (): Todo =>
  ask(
    'read',
    'mẫu là một đối tượng; danh sách bản ghi nằm ở đâu?',
    'the sample is one object; where does the list of records stand?',
  )
export const secretParts = (names: readonly string[]): Todo =>
  ask(
    'settings',
    `${names.join(', ')} được coi là bí mật và đọc từ biến môi trường; có đúng không?`,
    `${names.join(', ')} ${names.length > 1 ? 'are' : 'is'} taken for secret and read from the environment; right?`,
  )
export const filePattern = (name: string): Todo =>
  ask(
    'files',
    `tên ${name} không có kỳ, nên lấy lúc tệp thay đổi lần cuối; các tệp sau có kỳ (yyyyMM, yyyyMMdd) trong tên không, ở đâu?`,
    `${name} names no period, so the time of its last change counts; have later files a period (yyyyMM, yyyyMMdd) in their names, and where?`,
  )
export const dropKind = (): Todo =>
  ask(
    'files',
    "mỗi tệp có đủ mọi hồ sơ của kỳ ('full') hay chỉ những gì sửa ('corrections')?",
    "does each file hold everything of its period ('full') or only what was corrected ('corrections')?",
  )
export const encodingDoubt = (encoding: string): Todo =>
  ask(
    'files',
    `bảng mã "${encoding}" được đoán từ mẫu; có đúng không?`,
    `the encoding "${encoding}" is guessed from the sample; is it right?`,
  )
export const otherSheets = (): Todo =>
  ask(
    'files',
    'chỉ đọc trang đầu tiên; các trang khác có cần không?',
    'only the first sheet is read; are the others wanted?',
  )
export const soapAsk = (what: string, vi: string): Todo => ask('read', vi, what)
export const sqlCursor = (column: string): Todo =>
  ask(
    'read',
    `"${column}" có lớn lên mỗi khi một dòng thay đổi không, và dòng được ghi muộn nhất bao lâu (lookback)?`,
    `does "${column}" grow whenever a row changes, and how late may a row be committed (lookback)?`,
  )
export const sqlNoCursor = (): Todo =>
  ask(
    'read',
    'mỗi lần đều đọc toàn bộ bảng; cột nào lớn lên mỗi khi một dòng thay đổi?',
    'the whole table is read every time; which column grows whenever a row changes?',
  )
export const sqlUnique = (columns: readonly string[]): Todo =>
  ask(
    'read',
    `bảng không có khóa chính; ${columns.join(', ')} có duy nhất và luôn có giá trị không?`,
    `the table has no primary key; is ${columns.join(', ')} unique and never NULL?`,
  )

/**
 * What the command line says, in both languages; errors are in src/errors.ts, states and reasons in src/console/page/words.ts.
 * Names of verbs, flags, ids and codes stay as they are typed.
 */
import type { Language } from '../errors.ts'
import { CONNECTOR_WORDS } from './words-connector.ts'
import { FIGURE_WORDS } from './words-figures.ts'
import { KNOWN_WORDS } from './words-known.ts'
import { REFERENCE_WORDS } from './words-reference.ts'
import { REPORT_WORDS } from './words-report.ts'

type Pair = readonly [vi: string, en: string]

const VERBS = {
  'does-sync': [
    'đọc nguồn, ghi vào kho, tính lại chỉ tiêu (mặc định: mọi nguồn)',
    'read the sources, land, refresh the figures (default: all sources)',
  ],
  'does-push': ['gửi các bản tin đang chờ đến IOC', 'deliver what is pending to the IOC'],
  'does-run': ['chạy ngay một công việc: đồng bộ rồi gửi', 'one scheduled job, now: sync, then push'],
  'does-indicators': ['xem chỉ tiêu', 'the figures'],
  'does-explain': [
    'các bản ghi tạo nên một chỉ tiêu, và những gì có thể làm nó đổi',
    'the records behind a figure, and those that might change it',
  ],
  'does-serve': [
    'lịch chạy, tính quá hạn, gửi số liệu, trang trạng thái',
    'schedule, tick, delivery and status page, until stopped',
  ],
  'does-stop': ['dừng ioc serve đang chạy', 'end a running serve'],
  'does-runs': ['các lần chạy và kết quả', 'what ran, and what it said'],
  'does-release': ['cho lần đọc bị giữ lại đi qua, một lần', 'let a held read pass, once, up to what was observed'],
  'does-quarantine': [
    'bản ghi cần rà soát: xem, xác định cơ quan, thử lại, xuất, loại bỏ',
    'records set aside: look, name an agency, retry, export, give up',
  ],
  'does-sources': ['các nguồn và tình trạng', 'the sources and their state'],
  'does-connector': [
    'nối thêm một hệ thống: tạo, kiểm tra, chạy thử',
    'connect one more system: write, check, try, certify',
  ],
  'does-doctor': ['kiểm tra mọi thứ, và nêu việc cần làm', 'is everything in order, and if not, what to do'],
  'does-rebuild': [
    'tính lại toàn bộ từ bản ghi rồi so sánh',
    'recompute every measure and figure from the records, and compare',
  ],
  'does-migrate': ['nâng kho dữ liệu lên phiên bản mới nhất', 'bring the warehouse to the newest schema'],
  'does-sandbox': ['các hệ thống mẫu và IOC mẫu', 'the made-up departmental systems and IOC receiver'],
  'does-demo': [
    'một đêm đồng bộ với hệ thống mẫu, các chỉ tiêu, rồi chạy tiếp',
    'a nightly run against the sandbox, the figures, then live',
  ],
  'help-title': [
    'ioc-feed: hồ sơ của các sở, huyện, xã → chỉ tiêu cho IOC của tỉnh',
    'ioc-feed: departmental records in, indicators for the provincial IOC out',
  ],
  'help-usage': ['ioc <lệnh>', 'ioc <verb>'],
  'help-one': ['Xem từng lệnh: ioc <lệnh> --help', 'One of them: ioc <verb> --help'],
  'help-exits': [
    'Mã thoát: 0 xong · 1 lỗi chương trình · 2 dùng hoặc cấu hình sai · 3 đăng nhập\n  4 nguồn lỗi, chưa đọc hết hoặc đang chạy · 5 bị giữ lại · 6 chưa gửi được',
    'Exit codes: 0 done · 1 our fault · 2 usage or configuration · 3 authentication\n  4 source failed, incomplete or running · 5 held · 6 delivery failed',
  ],
} as const satisfies Record<string, Pair>

const USAGE = {
  'unknown-option': ['ioc{verb}: không có tham số {option}', 'ioc{verb}: there is no option {option}'],
  'option-value': ['ioc{verb}: {option} cần một giá trị', 'ioc{verb}: {option} needs a value'],
  'option-no-value': ['ioc{verb}: {option} không nhận giá trị', 'ioc{verb}: {option} takes no value'],
  'too-many': ['ioc {verb}: thừa "{word}"', 'ioc {verb}: "{word}" is one word too many'],
  'not-a-number': [
    '--{name} "{typed}" không phải là số từ {least} đến {most}',
    '--{name} "{typed}" is not a number from {least} to {most}',
  ],
  'not-a-time': [
    '--since "{typed}" không phải là ngày hoặc thời điểm trong quá khứ',
    '--since "{typed}" is not a day or an instant in the past',
  ],
  'not-a-warehouse': [
    'Kho dữ liệu là một tệp SQLite hoặc postgres://…, không phải {scheme}',
    'A warehouse is an SQLite file or postgres://…, not {scheme}',
  ],
  'geography-choice': [
    '--geography "{typed}" không phải then hoặc now',
    '--geography "{typed}" is neither then nor now',
  ],
  'no-source': ['Chưa khai báo nguồn nào trong {home}', 'No source is configured in {home}'],
  'no-source-mend': [
    'Khai báo trong connectors/<hệ thống>/sources.json, hoặc chọn đúng thư mục: --home DIR',
    'List one in connectors/<system>/sources.json, or name the right folder: --home DIR',
  ],
  'no-job': ['Thiếu tên công việc', 'A job is missing'],
  'no-indicator': ['Thiếu tên chỉ tiêu', 'An indicator is missing'],
  'release-needs': ['Cần mã lần đồng bộ và --reason', 'A run and --reason are needed'],
  'not-held': [
    '{run} không bị giữ lại, đã được cho qua, hoặc lần đọc sau đã đạt',
    '{run} is not held, was released already, or a later read has passed',
  ],
  'not-read-retired': [
    'Không đọc {id}: nguồn đã ngừng (xem: ioc sources)',
    '{id} is retired and was not read (see: ioc sources)',
  ],
  'retire-needs': ['Cần mã nguồn và --successor', 'A source and --successor are needed'],
  'retire-itself': ['{id} không thể kế tiếp chính nó', '{id} cannot be its own successor'],
  'no-reason': ['Thiếu --reason', '--reason is missing'],
  'id-number': ['"{typed}" không phải mã bản ghi (một số)', '"{typed}" is no id (a number)'],
  'id-needed': ['Cần mã bản ghi hoặc --source', 'Ids or --source are needed'],
  'already-closed': ['Bản ghi {id} đã đóng', 'Record {id} is closed already'],
  'demo-postgres': ['Cơ sở dữ liệu này đã chứa dữ liệu mẫu', 'This database already holds sample data'],
  'demo-postgres-mend': ['Tạo một cơ sở dữ liệu trống cho demo.', 'Give the demo an empty database.'],
  'sandbox-dead': ['Hệ thống mẫu không khởi động được', 'The made-up systems did not start'],
} as const satisfies Record<string, Pair>

const LOOK = {
  sample: [
    'DỮ LIỆU MẪU, không phải số liệu thật. Thời gian mẫu: {at}',
    'SAMPLE DATA, made up, not real figures. Sample time: {at}',
  ],
  run: ['Lần đồng bộ {run} · số liệu đến {at}', 'Run {run} · as of {at}'],
  'slot-done': ['Lượt này đã được chạy.', 'This slot has been run already.'],
  'dry-run': ['Chạy thử: không ghi gì.', 'Dry run: nothing was landed.'],
  source: ['nguồn', 'source'],
  read: ['đọc', 'read'],
  new: ['mới', 'new'],
  changed: ['thay đổi', 'changed'],
  unchanged: ['không đổi', 'unchanged'],
  'set-aside': ['cần rà soát', 'set aside'],
  waiting: ['chờ', 'waiting'],
  result: ['kết quả', 'result'],
  partial: ['Hoàn thành, có bản ghi cần rà soát', 'Partial'],
  'running-elsewhere': ['Đang được xử lý ở nơi khác', 'Already running'],
  'no-target': [
    'Chưa khai báo đích nào trong jobs/targets.json; không gửi gì.',
    'No target is named in jobs/targets.json; nothing is delivered.',
  ],
  pushed: ['Gửi {target}: {counts}', 'To {target}: {counts}'],
  'push-delivered': ['{n} đã gửi', '{n} delivered'],
  'push-duplicate': ['{n} trùng', '{n} duplicate'],
  'push-superseded': ['{n} đã có bản mới hơn', '{n} superseded'],
  'push-refused': ['{n} bị từ chối', '{n} refused'],
  'push-pending': ['{n} còn chờ', '{n} pending'],
  'push-elsewhere': [
    'ioc serve hoặc lệnh khác đang gửi ({holder})',
    'ioc serve or another push is sending them ({holder})',
  ],
  'push-nothing': ['không có gì phải gửi', 'nothing to deliver'],
  provisional: ['(tạm tính)', '(provisional)'],
  'figures-as-of': ['Số liệu đến {at}', 'As of {at}'],
  late: ['quá hạn cập nhật', 'update overdue'],
  unread: ['chưa đọc hết nguồn {sources}', 'not fully read: {sources}'],
  reported: [
    'số đơn vị báo cáo {value} ({signer}, {document}, {on}){more}',
    'reported by the agency {value} ({signer}, {document}, {on}){more}',
  ],
  'figures-late': [
    'QUÁ HẠN CẬP NHẬT: {n}/{all} chỉ tiêu dựa trên nguồn không được đồng bộ đúng hạn',
    'UPDATE OVERDUE: {n} of {all} figures rest on sources that were not synchronised in time',
  ],
  'not-fresh': ['Nguồn chưa đầy đủ hoặc quá hạn cập nhật:', 'Sources that are not quite fresh:'],
  'complete-to': ['đầy đủ đến {at}', 'complete up to {at}'],
  'late-since': ['quá hạn cập nhật từ {at}', 'update overdue since {at}'],
  'more-rows': [
    '… còn {n} dòng; thu hẹp bằng --period, --agency, --indicator, hoặc dùng --json',
    '… {n} more rows; narrow with --period, --agency, --indicator, or use --json',
  ],
  'no-figures': ['Chưa có chỉ tiêu nào như vậy.', 'There are no such figures.'],
  'default-figures': [
    'Của tỉnh, tháng này và từ đầu năm. Xem thêm: --period, --agency, --indicator',
    'Of the province, this month and the year to date. More: --period, --agency, --indicator',
  ],
  'no-records': ['Không có bản ghi nào.', 'No records.'],
  records: ['Bản ghi: {n}', 'Records: {n}'],
  'records-ratio': ['Bản ghi: {n} trên {d}', 'Records: {n} of {d}'],
  'records-shown': ['(hiện {shown}; thêm: --limit N)', '({shown} shown; more: --limit N)'],
  'might-change': [
    'Bản ghi cần rà soát trong các nguồn của chỉ tiêu này, sẽ hoặc có thể được tính: {n}',
    'Set aside in the sources of this figure, would or might count: {n}',
  ],
  counted: ['bản ghi được tính', 'counts'],
  numerator: ['tử số', 'counts'],
  denominator: ['chỉ mẫu số', 'below only'],
  received: ['tiếp nhận', 'received'],
  due: ['hẹn trả', 'due'],
  ended: ['kết thúc', 'ended'],
  state: ['tình trạng', 'state'],
  'as-of': ['số liệu đến', 'as of'],
  name: ['tên', 'name'],
  retired: ['đã ngừng → {successor}', 'retired → {successor}'],
  'no-runs': ['Chưa có lần chạy nào. Chạy: ioc run nightly', 'Nothing has run yet. Run: ioc run nightly'],
  'held-mend': [
    'Xem dữ liệu tại nguồn. Nếu đúng: ioc release {run} --reason "…", rồi: ioc sync {source}. Nếu sai: đề nghị đơn vị quản lý nguồn sửa, rồi: ioc sync {source}',
    'Look at the records at the source. Right: ioc release {run} --reason "…", then: ioc sync {source}. Wrong: have them mended there, then: ioc sync {source}',
  ],
  released: ['đã cho qua bởi {by}: {reason}', 'released by {by}: {reason}'],
  'nothing-aside': ['Không có bản ghi nào cần rà soát.', 'Nothing is set aside.'],
  'aside-of': [
    '{source}: {n} cần rà soát, {waiting} chờ danh mục',
    '{source}: {n} set aside, {waiting} waiting for reference data',
  ],
  'more-aside': ['… còn {n}; xem tiếp: --limit N', '… {n} more: --limit N'],
  expected: ['cần: {what}', 'expected: {what}'],
  bytes: ['{place}, {length} byte', '{place}, {length} bytes'],
  'closed-landed': ['đã ghi được', 'has landed since'],
  'closed-discarded': ['đã loại: {reason}', 'given up: {reason}'],
} as const satisfies Record<string, Pair>

const MEND = {
  'has-retired': [
    '{id} đã ngừng, kế tiếp là {successor}; xét lại {n} nhóm hồ sơ.',
    '{id} is retired, {successor} follows; {n} groups of dossiers were elected anew.',
  ],
  'has-released': [
    'Đã cho qua {n} cảnh báo. Đọc lại: ioc sync {source}',
    'Guards waived, once, up to what was observed: {n}. Read again: ioc sync {source}',
  ],
  'has-discarded': ['Đã loại {n} bản ghi.', 'Records given up: {n}.'],
  'map-needs-name': ['Cần tên cơ quan như nguồn đã ghi', 'The name is needed, as its source writes it'],
  'map-one-name': [
    'Chỉ một tên; "{typed}" là thừa, hãy đặt tên trong dấu ngoặc kép',
    'One name only; "{typed}" is one too many, put the name in quotes',
  ],
  'map-date': ['--{flag} {date} không phải là ngày', '--{flag} {date} is no date'],
  'map-several': ['"{name}" là nhiều tên đang chờ', '"{name}" is more than one of the names that wait'],
  'map-which': ['{to} có nhiều nghĩa: {those}', '{to} means more than one: {those}'],
  'map-not-valid': ['{to} không có hiệu lực trong khoảng đó: {those}', '{to} does not hold on those days: {those}'],
  'map-no-days': ['từ {from} đến trước {until} không có ngày nào', 'from {from} until before {until} there is no day'],
  'map-clash': [
    '"{name}" của {source} đã là {agency} từ {from}',
    '"{name}" of {source} means {agency} already, from {from}',
  ],
  'map-clash-mend': [
    '--from DATE --until DATE cho những ngày khác, hoặc --replace nếu trước đây đã xác định sai',
    '--from DATE --until DATE for other days, or --replace where that was wrong',
  ],
  'map-clash-source': [
    'Danh sách của chính nguồn ghi như vậy: sửa ở nguồn',
    "The source's own list says so: have it mended there",
  ],
  'map-replaced': [
    'Hồ sơ đã ghi theo nghĩa cũ sẽ chuyển khi đọc lại toàn bộ: ioc sync {source} --full',
    'What landed under the former meaning moves when all of it is read again: ioc sync {source} --full',
  ],
  'map-until': [', đến trước {until}', ', until before {until}'],
  'map-means': [
    '"{written}" là {key} {name} ({sources}), từ {from}{until}',
    '"{written}" means {key} {name} ({sources}), from {from}{until}',
  ],
  'map-landed': ['{waited} bản ghi đã chờ: {n} đã ghi được.', '{waited} records waited for it: {n} landed.'],
  'map-would': ['{waited} bản ghi đang chờ; chưa ghi gì.', '{waited} records wait for it; nothing was written.'],
  'map-nothing': ['Không có cơ quan nào chưa xác định.', 'No record waits for an agency.'],
  'map-none-near': ['không có tên gần giống', 'no known name is near'],
  'has-replayed': ['Thử lại {tried}: {n} đã ghi được.', '{tried} tried again: {n} landed.'],
  'still-aside': ['Còn lại: ioc quarantine show {ids}', 'Still set aside: ioc quarantine show {ids}'],
  undecoded: [
    '{n} không giải mã được: sửa ở nguồn rồi chạy: ioc sync',
    '{n} could never be decoded: mend them at the source, then: ioc sync',
  ],
  compared: [
    'So sánh {cells} ô và {figures} chỉ tiêu: {n} khác biệt',
    'Compared {cells} cells and {figures} figures: {n} differences',
  ],
  'spot-check': [
    'Đối soát mẫu: {agencies} đơn vị, {cells} ô, {figures} số liệu đều khớp',
    'Spot check of {agencies} agencies: {cells} cells and {figures} figures agree with the records',
  ],
  'spot-check-differs': [
    'Đối soát mẫu: {agencies} đơn vị, {n} KHÁC BIỆT giữa số đang giữ và bản ghi',
    'Spot check of {agencies} agencies: {n} DIFFERENCES between what is kept and the records',
  ],
  'not-compared': ['Chưa so sánh, đang tính lần đầu: {names}', 'Not compared, being built: {names}'],
  'building-measures': ['đang tính số đo mới: {percent} %', 'building new measures: {percent} %'],
  'has-built': ['Đã tính số đo mới {names} từ {n} hồ sơ', 'Built the new measures {names} from {n} dossiers'],
  'to-be-built': [
    'Số đo mới {names}: chỉ tiêu liên quan chưa đủ dữ liệu cho đến khi tính xong (ioc serve, lần đồng bộ tới, hoặc ngay: ioc rebuild --measures).',
    'New measures {names}: figures over them are insufficient until these are built (by ioc serve, the next sync, or now: ioc rebuild --measures).',
  ],
  'no-measure': ['Kho không có số đo {name}', 'The warehouse holds no measure {name}'],
  migrated: ['Kho {warehouse} ở phiên bản {schema}.', 'The warehouse {warehouse} is at schema {schema}.'],
  'will-be-made': ['{warehouse} (lần đồng bộ đầu tiên sẽ tạo)', '{warehouse} (the first sync makes it)'],
  free: ['còn trống {n} GiB', '{n} GiB free'],
  'is-sample': ['mẫu', 'sample'],
  'check-node': ['Node', 'node'],
  'check-warehouse': ['kho dữ liệu', 'warehouse'],
  'check-disk': ['ổ đĩa', 'disk'],
  'check-file': ['tệp cấu hình', 'configuration file'],
  'check-source': ['nguồn {id}', 'source {id}'],
  'check-targets': ['đích', 'targets'],
  'check-jobs': ['công việc', 'jobs'],
} as const satisfies Record<string, Pair>

const LONG = {
  'status-page': [
    'Trang trạng thái: {url}   (dừng: Ctrl-C hoặc ioc stop)',
    'Status page: {url}   (stop: Ctrl-C or ioc stop)',
  ],
  'live-page': ['Trang trạng thái: {url}   (dừng: Ctrl-C)', 'Status page: {url}   (stop: Ctrl-C)'],
  stopped: ['Đã dừng.', 'Stopped.'],
  'nothing-served': ['Không có ioc serve nào đang chạy trên kho này.', 'No ioc serve runs on this warehouse.'],
  sandbox: ['Hệ thống mẫu (dữ liệu tự tạo): {url}', 'Made-up systems: {url}'],
  'sandbox-files': ['Tệp: {dir}', 'Files: {dir}'],
  'sandbox-stop': ['Dừng: Ctrl-C', 'Stop: Ctrl-C'],
  'port-busy': [
    'Cổng {port} đang bận; hệ thống mẫu dùng cổng khác.',
    'Port {port} is taken; the made-up systems use another.',
  ],
  'folder-busy': [
    'Hệ thống mẫu khác đang chạy trong {dir}; demo dùng {own}.',
    'Other made-up systems are running in {dir}; those of the demo use {own}.',
  ],
  'demo-making': [
    'Dựng các hệ thống mẫu ({n} hồ sơ tự tạo) …',
    'Making the sample systems ({n} dossiers, all made up) …',
  ],
  'demo-syncing': ['Đồng bộ như một đêm thật: ioc run nightly …', 'Running the nightly job: ioc run nightly …'],
  'demo-figures': [
    'Chỉ tiêu của báo cáo, tính từ bản ghi, {period} (01/01–30/11/2024)',
    "The report's figures, computed from records, {period} (1 January to 30 November 2024)",
  ],
  'demo-dirt': ['Lỗi cố ý trong dữ liệu mẫu, và cách xử lý', 'Dirt planted in the sample, and what became of it'],
  'demo-received': ['IOC mẫu đang giữ {n} / {all} giá trị chỉ tiêu', 'The IOC holds {n} of {all} figures'],
  'demo-too-small': [
    'Dưới {n} hồ sơ, mẫu không đủ để cho ra số liệu của báo cáo.',
    "A sample below {n} dossiers cannot hold the report's figures.",
  ],
  'demo-next': [
    'Xem tiếp:\n  ioc indicators\n  ioc explain finished-late --period 2024-11\n  ioc quarantine list',
    'Look further:\n  ioc indicators\n  ioc explain finished-late --period 2024-11\n  ioc quarantine list',
  ],
  'demo-pass': [
    '{at}  {added} mới, {changed} thay đổi, {sent} bản tin đến IOC',
    '{at}  {added} new, {changed} changed, {sent} messages to the IOC',
  ],
  figure: ['chỉ tiêu', 'figure'],
  computed: ['tính được', 'computed'],
  parts: ['n/d', 'n/d'],
  published: ['công bố', 'published'],
  cut: ['báo cáo cắt bớt số lẻ; làm tròn là {percent}', 'the report cuts it off; rounded it is {percent}'],
  national: [
    'cả nước {percent}: đã công bố, không nêu cách tính',
    'national {percent}: published, definition not stated',
  ],
  'without-cases': ['{n} trong {d} xã không phát sinh', '{n} of {d} communes had no cases'],
  above: ['Nêu trong báo cáo, đều trên {percent}:', 'Named in the report, all above {percent}:'],
  'dirt-kind': ['loại', 'kind'],
  outcome: ['cách xử lý', 'outcome'],
  planted: ['cài vào', 'planted'],
  found: ['phát hiện', 'found'],
} as const satisfies Record<string, Pair>

const WORDS = {
  ...VERBS,
  ...USAGE,
  ...LOOK,
  ...MEND,
  ...LONG,
  ...CONNECTOR_WORDS,
  ...FIGURE_WORDS,
  ...KNOWN_WORDS,
  ...REFERENCE_WORDS,
  ...REPORT_WORDS,
}
export type Word = keyof typeof WORDS

type Names<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never
/** The `{names}` that a word asks for: the compiler knows them. */
export type WordParams<W extends Word> = [Names<(typeof WORDS)[W][1]>] extends [never]
  ? []
  : [Readonly<Record<Names<(typeof WORDS)[W][1]>, string | number>>]

/** Words that ask for nothing. */
export type PlainWord = { [W in Word]: WordParams<W> extends [] ? W : never }[Word]

export type Say = <W extends Word>(word: W, ...params: WordParams<W>) => string

export const sayer =
  (language: Language): Say =>
  (word, ...params) => {
    const given = (params[0] ?? {}) as Readonly<Record<string, string | number>>
    return WORDS[word][language === 'vi' ? 0 : 1].replace(/\{(\w+)\}/g, (_, name: string) => String(given[name]))
  }

/** For the test that both languages ask for the same `{names}`. */
export const ALL_WORDS: Readonly<Record<string, Pair>> = WORDS

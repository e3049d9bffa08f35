/**
 * The one table of errors: what to do next (recovery), the exit code, what happened and what to do, in both languages.
 * `{name}` is filled from the error's params, which carry names of sources, files, fields and codes, never a secret or a person.
 */
import { RUNNING_ERRORS } from './error-table-running.ts'
import type { ExitCode } from './errors.ts'

/** abort: mend first · retry: the next run may succeed by itself · hold: a person decides. */
export type Recovery = 'abort' | 'retry' | 'hold'
type Text = readonly [what: string, mend: string]

export interface Entry {
  recovery: Recovery
  exit: ExitCode
  en: Text
  vi: Text
}

/** Of usage, configuration and the warehouse. */
const SETTING_ERRORS = {
  USAGE: {
    recovery: 'abort',
    exit: 2,
    en: ['{what}', '{mend}'],
    vi: ['{what}', '{mend}'],
  },
  CONFIG_INVALID: {
    recovery: 'abort',
    exit: 2,
    en: ['{file}: {path} {problem}', 'Correct that value in {file}, then run the command again.'],
    vi: ['{file}: {path} {problem}', 'Sửa giá trị đó trong {file} rồi chạy lại lệnh.'],
  },
  CONFIG_UNREADABLE: {
    recovery: 'abort',
    exit: 2,
    en: ['{file} cannot be read: {problem}', 'Make {file} readable and valid JSON, then run the command again.'],
    vi: ['Không đọc được {file}: {problem}', 'Kiểm tra quyền đọc và cú pháp JSON của {file} rồi chạy lại lệnh.'],
  },
  REFERENCE_UNREADABLE: {
    recovery: 'abort',
    exit: 2,
    en: [
      '{file} cannot be read: {problem}',
      'Hand over a CSV, XLSX or JSON file with a header row (code, name, kind, parent, successors), then run the command again.',
    ],
    vi: [
      'Không đọc được {file}: {problem}',
      'Dùng tệp CSV, XLSX hoặc JSON có dòng tiêu đề (mã, tên, loại, mã cấp trên, kế tiếp) rồi chạy lại lệnh.',
    ],
  },
  REFERENCE_INVALID: {
    recovery: 'abort',
    exit: 2,
    en: [
      '{file}, row {row}, column "{column}": {problem}',
      'Correct that cell in {file}, then run the command again; nothing was written.',
    ],
    vi: ['{file}, dòng {row}, cột "{column}": {problem}', 'Sửa ô đó trong {file} rồi chạy lại lệnh; chưa ghi gì.'],
  },
  SECRET_MISSING: {
    recovery: 'abort',
    exit: 2,
    en: ['{file}: {path} asks for {reference}, which is not set', 'Set {reference}, then run the command again.'],
    vi: ['{file}: {path} cần {reference} nhưng chưa được đặt', 'Đặt {reference} rồi chạy lại lệnh.'],
  },
  SECRET_UNREADABLE: {
    recovery: 'abort',
    exit: 2,
    en: [
      '{file}: {path} asks for the file {secret}, which cannot be read: {problem}',
      'Put the file there, readable for this user, then run the command again.',
    ],
    vi: [
      '{file}: {path} cần tệp {secret} nhưng không đọc được: {problem}',
      'Đặt tệp vào đó, cấp quyền đọc cho người dùng này rồi chạy lại lệnh.',
    ],
  },
  UNKNOWN_NAME: {
    recovery: 'abort',
    exit: 2,
    en: ['There is no {kind} "{name}"', 'Known: {known}.'],
    vi: ['Không có {kind} "{name}"', 'Hiện có: {known}.'],
  },
  NOT_FOUND: {
    recovery: 'abort',
    exit: 2,
    en: ['{kind} {id} was not found', 'List what there is with: ioc {verb}'],
    vi: ['Không tìm thấy {kind} {id}', 'Xem danh sách bằng: ioc {verb}'],
  },
  MESSAGE_UNKNOWN: {
    recovery: 'abort',
    exit: 2,
    en: [
      'This warehouse has made no message {id}',
      'Copy the id from the message as the IOC holds it, or ask for the figure: ioc explain INDICATOR --agency CODE --period P',
    ],
    vi: [
      'Kho này chưa tạo bản tin nào có mã {id}',
      'Chép mã từ bản tin mà IOC đang giữ, hoặc xem theo chỉ tiêu: ioc explain CHỈ_TIÊU --agency MÃ --period KỲ',
    ],
  },
  CONNECTOR_EXISTS: {
    recovery: 'abort',
    exit: 2,
    en: [
      'There is a connector {connector} already: {file}; nothing was written',
      'Choose another name, or write over it: ioc connector new {connector} … --force',
    ],
    vi: [
      'Đã có bộ kết nối {connector}: {file}; chưa ghi gì',
      'Chọn tên khác, hoặc ghi đè: ioc connector new {connector} … --force',
    ],
  },
  FILE_UNWRITABLE: {
    recovery: 'abort',
    exit: 2,
    en: [
      '{file} cannot be written: {problem}',
      'Make its folder a folder that this user may write to, with room on the disk, then run the command again.',
    ],
    vi: [
      'Không ghi được {file}: {problem}',
      'Cấp quyền ghi vào thư mục chứa tệp cho người dùng này, kiểm tra chỗ trống trên đĩa rồi chạy lại lệnh.',
    ],
  },
  SAMPLE_UNREADABLE: {
    recovery: 'abort',
    exit: 2,
    en: [
      'No connector can be drafted from {sample}: {problem}',
      'Give another sample: a .csv, .xlsx, .json or .wsdl file, an OpenAPI or Postman file, "curl …", --url ADDRESS, or --kind rest|soap|sql|files for a blank one.',
    ],
    vi: [
      'Không tạo được bộ kết nối từ {sample}: {problem}',
      'Đưa mẫu khác: tệp .csv, .xlsx, .json hoặc .wsdl, tệp OpenAPI hoặc Postman, "curl …", --url ĐỊA_CHỈ, hoặc --kind rest|soap|sql|files để tạo khung trống.',
    ],
  },
  OPERATION_OPEN: {
    recovery: 'abort',
    exit: 2,
    en: ['{sample} describes {count} operations', 'Say which one is read: --operation NAME, one of {known}'],
    vi: ['{sample} mô tả {count} thao tác', 'Chọn thao tác cần đọc: --operation TÊN, một trong {known}'],
  },
  NOT_IN_THIS_VERSION: {
    recovery: 'abort',
    exit: 2,
    en: ['{what} is not in this version', 'The README, "Limits", says what to do instead.'],
    vi: ['Phiên bản này chưa có {what}', 'README, mục Limits, nêu cách làm thay thế.'],
  },
  SAMPLE_AND_REAL: {
    recovery: 'abort',
    exit: 2,
    en: [
      'Source {source} is {sourceKind}, but the warehouse {warehouse} holds {warehouseKind} data',
      'Use another warehouse for it: --warehouse FILE or IOC_WAREHOUSE.',
    ],
    vi: [
      'Nguồn {source} là {sourceKind} nhưng kho {warehouse} đang chứa dữ liệu {warehouseKind}',
      'Dùng kho khác: --warehouse FILE hoặc IOC_WAREHOUSE.',
    ],
  },
  WAREHOUSE_NEWER: {
    recovery: 'abort',
    exit: 2,
    en: [
      'The warehouse is at schema {found}, this program knows up to {known}',
      'Update ioc-feed, or restore a backup made with this version.',
    ],
    vi: [
      'Kho dữ liệu ở phiên bản {found}, chương trình này chỉ biết đến {known}',
      'Cập nhật ioc-feed, hoặc khôi phục bản sao lưu của phiên bản này.',
    ],
  },
  MEASURE_UNKNOWN: {
    recovery: 'abort',
    exit: 2,
    en: [
      'The warehouse holds the measure {measure} of a newer program, which this one would not keep up to date',
      'Update ioc-feed, and restart what still runs from before. To give the measure up for good: ioc migrate --forget {measure}',
    ],
    vi: [
      'Kho dữ liệu có số đo {measure} của phiên bản mới hơn mà chương trình này không cập nhật được',
      'Cập nhật ioc-feed và khởi động lại những gì còn chạy từ trước. Để bỏ hẳn số đo: ioc migrate --forget {measure}',
    ],
  },
  PERIOD_UNKNOWN: {
    recovery: 'abort',
    exit: 2,
    en: [
      '"{period}" is not a period',
      'Write a month 2024-11, a quarter 2024-Q4, a half 2024-H2, a year 2024, a year to date 2024-YTD-11, a day 2024-12-02, a week 2024-W45, rolling days R7@2024-11-30 or a reporting period RP-2024-11.',
    ],
    vi: [
      '"{period}" không phải là kỳ báo cáo',
      'Ghi tháng 2024-11, quý 2024-Q4, nửa năm 2024-H2, năm 2024, từ đầu năm 2024-YTD-11, ngày 2024-12-02, tuần 2024-W45, các ngày gần nhất R7@2024-11-30 hoặc kỳ báo cáo RP-2024-11.',
    ],
  },
  REPORT_PERIOD: {
    recovery: 'abort',
    exit: 2,
    en: ['A {kind} report is not made for the period {period}', 'Give a period that has the form of {forms}.'],
    vi: ['Không có báo cáo {kind} cho kỳ {period}', 'Ghi kỳ theo dạng {forms}.'],
  },
  CLOSE_NOTHING: {
    recovery: 'abort',
    exit: 2,
    en: ['There is no figure of {period} to close', 'Look at what there is: ioc indicators --period {period}'],
    vi: ['Kỳ {period} chưa có số liệu nào để chốt', 'Xem các số liệu hiện có: ioc indicators --period {period}'],
  },
  CLOSE_REFUSED: {
    recovery: 'hold',
    exit: 5,
    en: [
      'The {report} figures of {period} are not closed: {why}',
      'Read the late sources first (ioc sync), or close all the same with --override "REASON", which is kept.',
    ],
    vi: [
      'Chưa chốt số liệu {report} kỳ {period}: {whyVi}',
      'Đồng bộ lại các nguồn chậm (ioc sync), hoặc vẫn chốt với --override "LÝ DO", lý do được lưu lại.',
    ],
  },
  NOT_COUNTED: {
    recovery: 'abort',
    exit: 2,
    en: ['{indicator} is not counted for {wanted}', 'It is counted for: {known}.'],
    vi: ['{indicator} không được tính cho {wanted}', 'Chỉ tiêu này được tính cho: {known}.'],
  },
  TIME_UNKNOWN: {
    recovery: 'abort',
    exit: 2,
    en: [
      '"{text}" is no point in time',
      'Write a day (2024-12-05: its end), a local time (2024-12-05T08:00) or a landing (landing:120).',
    ],
    vi: [
      '"{text}" không phải là thời điểm',
      'Ghi ngày (2024-12-05: cuối ngày), giờ địa phương (2024-12-05T08:00) hoặc lần ghi (landing:120).',
    ],
  },
  NOT_YET_KNOWN: {
    recovery: 'abort',
    exit: 2,
    en: ['Nothing was known at {text}', 'The first landing is of {first}, the newest is landing:{newest}.'],
    vi: ['Chưa có dữ liệu nào tại {text}', 'Lần ghi đầu tiên là {first}, lần mới nhất là landing:{newest}.'],
  },
  LIST_UNREADABLE: {
    recovery: 'abort',
    exit: 2,
    en: [
      '{file} cannot be compared: {problem}',
      'Give a CSV or XLSX file whose first sheet has a header row, and name the column of dossier codes: --code-column NAME.',
    ],
    vi: [
      'Không đối chiếu được {file}: {problem}',
      'Dùng tệp CSV hoặc XLSX có dòng tiêu đề ở trang đầu, và nêu tên cột mã hồ sơ: --code-column TÊN.',
    ],
  },
  FAULT_UNKNOWN: {
    recovery: 'abort',
    exit: 2,
    en: ['The fault "{part}" {problem}', 'Write for example: --faults one-stop:500@0.3x5,ioc:lost,communes:down'],
    vi: [
      'Lỗi mô phỏng "{part}" không dùng được. Hệ thống: {targets}, *; lỗi: {faults}',
      'Không phải hệ thống nào cũng có mọi lỗi. Ghi chẳng hạn: --faults one-stop:500@0.3x5,ioc:lost,communes:down',
    ],
  },
  PORT_TAKEN: {
    recovery: 'abort',
    exit: 2,
    en: ['Port {port} is already in use', 'End it (serve: ioc stop; sandbox: Ctrl-C), or choose another: --port N'],
    vi: ['Cổng {port} đang được dùng', 'Dừng nó (serve: ioc stop; sandbox: Ctrl-C), hoặc chọn cổng khác: --port N'],
  },
  SANDBOX_UNWRITABLE: {
    recovery: 'abort',
    exit: 2,
    en: ['The made-up systems cannot write to {dir}: {problem}', 'Give them a folder of yours: IOC_SANDBOX_DIR=DIR'],
    vi: ['Hệ thống mẫu không ghi được vào {dir}: {problem}', 'Chọn thư mục ghi được: IOC_SANDBOX_DIR=THƯ_MỤC'],
  },
  SANDBOX_RUNNING: {
    recovery: 'abort',
    exit: 2,
    en: ['Other made-up systems run in {dir}', 'End them (Ctrl-C), or use another folder: IOC_SANDBOX_DIR=DIR'],
    vi: ['Hệ thống mẫu khác đang chạy trong {dir}', 'Dừng chúng (Ctrl-C), hoặc đổi thư mục: IOC_SANDBOX_DIR=THƯ_MỤC'],
  },
  WAREHOUSE_MISSING: {
    recovery: 'abort',
    exit: 2,
    en: [
      'There is no warehouse {warehouse} yet',
      'The first sync makes it: ioc sync (or ioc demo). If it is elsewhere: --warehouse FILE or IOC_WAREHOUSE.',
    ],
    vi: [
      'Chưa có kho dữ liệu {warehouse}',
      'Lần đồng bộ đầu tiên sẽ tạo kho: ioc sync (hoặc ioc demo). Nếu kho ở nơi khác: --warehouse TỆP hoặc IOC_WAREHOUSE.',
    ],
  },
  WAREHOUSE_FOREIGN: {
    recovery: 'abort',
    exit: 2,
    en: [
      '{warehouse} is a database of another program; nothing in it was changed',
      'Give ioc-feed a file or an empty database of its own: --warehouse FILE|postgres://… or IOC_WAREHOUSE.',
    ],
    vi: [
      '{warehouse} là cơ sở dữ liệu của chương trình khác; không có gì trong đó bị thay đổi',
      'Dùng tệp riêng hoặc cơ sở dữ liệu trống cho ioc-feed: --warehouse TỆP|postgres://… hoặc IOC_WAREHOUSE.',
    ],
  },
  WAREHOUSE_UNREACHABLE: {
    recovery: 'retry',
    exit: 1,
    en: [
      'The warehouse {warehouse} cannot be opened: {problem}',
      'Check the path or the database server, and the rights: to write file and folder; on PostgreSQL USAGE and CREATE on the schema (to look only: USAGE, and SELECT on its tables). Then run again.',
    ],
    vi: [
      'Không mở được kho dữ liệu {warehouse}: {problem}',
      'Kiểm tra đường dẫn hoặc máy chủ cơ sở dữ liệu, và quyền: ghi tệp và thư mục; trên PostgreSQL là USAGE và CREATE trên schema (chỉ xem: USAGE, và SELECT trên các bảng). Sau đó chạy lại.',
    ],
  },
  WAREHOUSE_BUSY: {
    recovery: 'retry',
    exit: 1,
    en: [
      'The warehouse {warehouse} stayed locked for {seconds} s',
      'See which ioc command is running (ioc runs), let it finish, then run again.',
    ],
    vi: [
      'Kho dữ liệu {warehouse} bị khóa quá {seconds} giây',
      'Xem lệnh ioc nào đang chạy (ioc runs), chờ xong rồi chạy lại.',
    ],
  },
  DISK_FULL: {
    recovery: 'retry',
    exit: 1,
    en: [
      'The disk that holds {what} is full; nothing of the last write was kept',
      'Free some space; the next run takes up where this one stopped.',
    ],
    vi: [
      'Ổ đĩa chứa {what} đã đầy; lần ghi cuối không được giữ',
      'Giải phóng dung lượng; lần đồng bộ sau sẽ tiếp tục từ chỗ đã dừng.',
    ],
  },
} as const satisfies Record<string, Entry>

export const ERRORS = { ...SETTING_ERRORS, ...RUNNING_ERRORS }

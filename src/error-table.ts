/**
 * The one table of errors: what to do next (recovery), the exit code, what happened and what to do, in both languages.
 * `{name}` is filled from the error's params, which carry names of sources, files, fields and codes, never a secret or a person.
 */
import type { ExitCode } from './errors.ts'

/** abort: mend first · retry: the next run may succeed by itself · hold: a person decides. */
export type Recovery = 'abort' | 'retry' | 'hold'
type Text = readonly [what: string, mend: string]

interface Entry {
  recovery: Recovery
  exit: ExitCode
  en: Text
  vi: Text
}

export const ERRORS = {
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
  NOT_IN_THIS_VERSION: {
    recovery: 'abort',
    exit: 2,
    en: ['{what} is not in this version', 'Leave it out; the README lists what this version does.'],
    vi: ['Phiên bản này chưa có {what}', 'Bỏ tham số đó; README liệt kê những gì phiên bản này làm được.'],
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
  PERIOD_UNKNOWN: {
    recovery: 'abort',
    exit: 2,
    en: [
      '"{period}" is not a period',
      'Write a month 2024-11, a quarter 2024-Q4, a year 2024, a year to date 2024-YTD-11 or a day 2024-12-02.',
    ],
    vi: [
      '"{period}" không phải là kỳ báo cáo',
      'Ghi tháng 2024-11, quý 2024-Q4, năm 2024, từ đầu năm 2024-YTD-11 hoặc ngày 2024-12-02.',
    ],
  },
  NOT_COUNTED: {
    recovery: 'abort',
    exit: 2,
    en: ['{indicator} is not counted for {wanted}', 'It is counted for: {known}.'],
    vi: ['{indicator} không được tính cho {wanted}', 'Chỉ tiêu này được tính cho: {known}.'],
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
  SOURCE_RETIRED: {
    recovery: 'abort',
    exit: 2,
    en: ['{source} is retired and is not read any more', 'Read what has replaced it: ioc sync {successor}'],
    vi: ['Nguồn {source} đã ngừng, không đọc nữa', 'Đọc nguồn thay thế: ioc sync {successor}'],
  },
  SOURCE_UNREACHABLE: {
    recovery: 'retry',
    exit: 4,
    en: [
      '{source} cannot be reached: {problem}',
      'Check the network and that the system is running, then run: ioc sync {source}',
    ],
    vi: ['Không kết nối được nguồn {source}: {problem}', 'Kiểm tra mạng và hệ thống nguồn rồi chạy: ioc sync {source}'],
  },
  SOURCE_UNAUTHORIZED: {
    recovery: 'abort',
    exit: 3,
    en: [
      '{source} refused the login: {problem}',
      'Renew its user name, password or token in sources.json or the environment, then run: ioc sync {source}',
    ],
    vi: [
      'Nguồn {source} từ chối đăng nhập: {problem}',
      'Cập nhật tài khoản, mật khẩu hoặc token trong sources.json hay biến môi trường rồi chạy: ioc sync {source}',
    ],
  },
  SOURCE_ANSWERED_ERROR: {
    recovery: 'retry',
    exit: 4,
    en: [
      '{source} answered with an error: {problem}',
      'Ask whoever runs that system; nothing was changed here. Then run: ioc sync {source}',
    ],
    vi: [
      'Nguồn {source} trả về lỗi: {problem}',
      'Liên hệ đơn vị quản lý hệ thống đó; dữ liệu ở đây không đổi. Sau đó chạy: ioc sync {source}',
    ],
  },
  SOURCE_UNREADABLE: {
    recovery: 'retry',
    exit: 4,
    en: [
      '{source} sent something that is not {expected}: {problem}',
      'Open {place} and look at what it answers; nothing from it was landed. Then run: ioc sync {source}',
    ],
    vi: [
      'Nguồn {source} gửi dữ liệu không phải {expected}: {problem}',
      'Mở {place} xem hệ thống trả về gì; không có gì từ đó được ghi. Sau đó chạy: ioc sync {source}',
    ],
  },
  SOURCE_TOO_LARGE: {
    recovery: 'abort',
    exit: 4,
    en: [
      '{source} sent more than the limit of {limit} at {place}',
      'Check what that system sends; if it is right, raise the limit in sources.json. Then run: ioc sync {source}',
    ],
    vi: [
      'Nguồn {source} gửi quá giới hạn {limit} tại {place}',
      'Kiểm tra dữ liệu nguồn; nếu đúng thì tăng giới hạn trong sources.json rồi chạy: ioc sync {source}',
    ],
  },
  SOURCE_STALLED: {
    recovery: 'retry',
    exit: 4,
    en: [
      '{source} sent nothing for {seconds} s at {place}',
      'Check that system and the network; the next run goes on from the last page. Run: ioc sync {source}',
    ],
    vi: [
      'Nguồn {source} không gửi gì trong {seconds} giây tại {place}',
      'Kiểm tra hệ thống và mạng; lần sau sẽ tiếp tục từ trang cuối. Chạy: ioc sync {source}',
    ],
  },
  PAGINATION_LOOP: {
    recovery: 'abort',
    exit: 4,
    en: [
      '{source} repeats its pages: {problem}',
      'Correct the paging in the connector, or report it to whoever runs that system. Then run: ioc sync {source}',
    ],
    vi: [
      'Nguồn {source} lặp lại trang: {problem}',
      'Sửa cách phân trang trong connector hoặc báo đơn vị quản lý hệ thống. Sau đó chạy: ioc sync {source}',
    ],
  },
  SOURCE_MISSING: {
    recovery: 'retry',
    exit: 4,
    en: [
      '{source}: {place} does not exist',
      'Put the file or folder there, or correct its path in sources.json. Then run: ioc sync {source}',
    ],
    vi: [
      '{source}: không có {place}',
      'Đặt tệp hoặc thư mục vào đó, hoặc sửa đường dẫn trong sources.json. Sau đó chạy: ioc sync {source}',
    ],
  },
  SOURCE_INCOMPLETE: {
    recovery: 'retry',
    exit: 4,
    en: [
      '{source} was not read completely: {problem}',
      'What was read is kept; the next run reads the rest. Run: ioc sync {source}',
    ],
    vi: ['Chưa đọc hết nguồn {source}: {problem}', 'Phần đã đọc được giữ; lần sau đọc tiếp. Chạy: ioc sync {source}'],
  },
  SOURCE_HELD: {
    recovery: 'hold',
    exit: 5,
    en: [
      '{source} is held by the guard "{guard}": {saw}',
      'Look at: ioc runs {run}. If it is right: ioc release {run} --reason "…"',
    ],
    vi: [
      'Nguồn {source} bị giữ lại ("{guard}"): {saw}',
      'Xem: ioc runs {run}. Nếu đúng: ioc release {run} --reason "…"',
    ],
  },
  ALREADY_RUNNING: {
    recovery: 'retry',
    exit: 4,
    en: [
      '{what} is already being worked on by {holder}',
      'Let that finish (ioc runs), or wait {seconds} s if its process is gone.',
    ],
    vi: [
      '{what} đang được {holder} xử lý',
      'Chờ xong (ioc runs), hoặc chờ {seconds} giây nếu tiến trình đó không còn.',
    ],
  },
  STOPPED: {
    recovery: 'retry',
    exit: 4,
    en: ['Stopped by {signal} before the end', 'What had landed is kept. Run it again: ioc {verb}'],
    vi: ['Đã dừng giữa chừng ({signal})', 'Phần đã ghi được giữ. Chạy lại: ioc {verb}'],
  },
  LEASE_LOST: {
    recovery: 'retry',
    exit: 4,
    en: ['{what}: this process lost its turn to another one; what it had landed is kept', 'Run it again.'],
    vi: ['{what}: tiến trình này đã mất lượt cho tiến trình khác; phần đã ghi được giữ', 'Chạy lại.'],
  },
  ELSEWHERE: {
    recovery: 'abort',
    exit: 2,
    en: ['{what} runs on another host, {holder}', 'Run the command there.'],
    vi: ['{what} đang chạy trên máy khác, {holder}', 'Chạy lệnh trên máy đó.'],
  },
  STILL_RUNNING: {
    recovery: 'retry',
    exit: 1,
    en: ['ioc serve (pid {pid}) did not end within {seconds} s', 'See what it is doing: ioc runs. Then run: ioc stop'],
    vi: [
      'ioc serve (pid {pid}) không dừng trong {seconds} giây',
      'Xem tiến trình đang làm gì: ioc runs. Sau đó chạy: ioc stop',
    ],
  },
  RUN_INTERRUPTED: {
    recovery: 'retry',
    exit: 1,
    en: ['Run {run} ended without a word: its process is gone', 'What it landed is kept; run it again: ioc {verb}'],
    vi: ['Lần đồng bộ {run} dừng giữa chừng: tiến trình không còn', 'Phần đã ghi được giữ; chạy lại: ioc {verb}'],
  },
  CONNECTOR_INVALID: {
    recovery: 'abort',
    exit: 2,
    en: ['Connector {connector}: {problem}', 'Correct {file}, then run the command again.'],
    vi: ['Connector {connector}: {problem}', 'Sửa {file} rồi chạy lại lệnh.'],
  },
  DELIVERY_FAILED: {
    recovery: 'retry',
    exit: 6,
    en: [
      '{target} did not confirm {count} messages: {problem}',
      'They stay in the outbox in order. When the IOC answers again: ioc push',
    ],
    vi: [
      '{target} chưa xác nhận {count} bản tin: {problem}',
      'Bản tin vẫn nằm trong hàng đợi theo thứ tự. Khi IOC hoạt động lại: ioc push',
    ],
  },
  DELIVERY_UNAUTHORIZED: {
    recovery: 'abort',
    exit: 6,
    en: [
      '{target} does not accept our key or signature, {count} messages wait: {problem}',
      'Correct IOC_KEY and IOC_SECRET ("key" and "secret" in jobs/targets.json), then: ioc push',
    ],
    vi: [
      '{target} không chấp nhận khóa hoặc chữ ký, {count} bản tin đang chờ: {problem}',
      'Sửa IOC_KEY và IOC_SECRET ("key" và "secret" trong jobs/targets.json) rồi chạy: ioc push',
    ],
  },
  DELIVERY_REFUSED: {
    recovery: 'abort',
    exit: 6,
    en: [
      '{target} refuses {count} messages: {problem}',
      'Have it corrected at the target, then send them again: ioc push (ioc push --json names them)',
    ],
    vi: [
      '{target} từ chối {count} bản tin: {problem}',
      'Xử lý ở phía đích rồi gửi lại: ioc push (ioc push --json nêu từng bản tin)',
    ],
  },
  TARGET_SAMPLE: {
    recovery: 'abort',
    exit: 2,
    en: [
      'Target {target} takes {targetKind} data, but the warehouse {warehouse} holds {warehouseKind} data',
      'Use another warehouse or target; "sample" in {file} says what a target takes.',
    ],
    vi: [
      'Đích {target} nhận dữ liệu {targetKind} nhưng kho {warehouse} đang chứa dữ liệu {warehouseKind}',
      'Dùng kho hoặc đích khác; "sample" trong {file} cho biết đích nhận loại dữ liệu nào.',
    ],
  },
  REBUILD_DIFFERS: {
    recovery: 'abort',
    exit: 1,
    en: [
      '{count} maintained measures differ from their recomputation',
      'This is our fault; keep the warehouse file and report it with: ioc rebuild --json',
    ],
    vi: [
      '{count} số đo duy trì khác với tính lại từ đầu',
      'Đây là lỗi của chương trình; giữ tệp kho và báo lại cùng kết quả: ioc rebuild --json',
    ],
  },
  INTERNAL: {
    recovery: 'abort',
    exit: 1,
    en: ['{what}', 'This is our fault; report it with the stack trace above.'],
    vi: ['{what}', 'Đây là lỗi của chương trình; báo lại kèm vết lỗi phía trên.'],
  },
} as const satisfies Record<string, Entry>

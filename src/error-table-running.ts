/** The part of the table of errors (src/error-table.ts) that tells of sources, runs and delivery. */
import type { Entry } from './error-table.ts'

export const RUNNING_ERRORS = {
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
  SOURCE_PROXY: {
    recovery: 'retry',
    exit: 4,
    en: [
      '{source} cannot be reached through the proxy: {problem}',
      'Correct network.proxy in sources.json or HTTPS_PROXY in the environment, or ask whoever runs the proxy. Then run: ioc sync {source}',
    ],
    vi: [
      'Không kết nối được nguồn {source} qua proxy: {problem}',
      'Sửa network.proxy trong sources.json hoặc biến môi trường HTTPS_PROXY, hoặc hỏi đơn vị quản lý proxy. Sau đó chạy: ioc sync {source}',
    ],
  },
  SOURCE_UNTRUSTED: {
    recovery: 'abort',
    exit: 4,
    en: [
      '{source} is not who it should be, or nobody vouches for it: {problem}',
      'Ask whoever runs that system for its certificate authority or new key, and correct network.tls in sources.json. Then run: ioc sync {source}',
    ],
    vi: [
      'Chứng thư của nguồn {source} không được tin cậy: {problem}',
      'Hỏi đơn vị quản lý hệ thống về chứng thư gốc (CA) hoặc khóa mới, sửa network.tls trong sources.json rồi chạy: ioc sync {source}',
    ],
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
  RECORDING_MISSING: {
    recovery: 'abort',
    exit: 2,
    en: [
      'Connector {connector} has no recording of its stream {stream}: {file} is missing',
      'Make it where the system can be reached: ioc connector record SOURCE --stream {stream}',
    ],
    vi: [
      'Connector {connector} không có bản ghi mẫu của luồng {stream}: thiếu {file}',
      'Tạo ở nơi kết nối được với hệ thống: ioc connector record NGUỒN --stream {stream}',
    ],
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

/** Made-up matter of procedures: fields and objects per agency, in the form that real names have (verb + object + condition). */
export interface Field {
  /** made up, in the form of the national list (`G03-GD10`) */
  code: string
  name: string
  objects: readonly string[]
}

const field = (code: string, name: string, objects: string): Field => ({ code, name, objects: objects.split('|') })

export const VERBS: readonly string[] =
  'Cấp|Cấp lại|Cấp đổi|Gia hạn|Điều chỉnh|Thu hồi|Đăng ký|Xác nhận|Thẩm định|Phê duyệt|Công nhận|Chấm dứt hiệu lực'.split(
    '|',
  )

export const CONDITIONS: readonly string[] = [
  '',
  ' đối với tổ chức',
  ' đối với cá nhân',
  ' trong trường hợp bị mất hoặc hư hỏng',
  ' trong trường hợp thay đổi thông tin',
  ' có yếu tố nước ngoài',
  ' lần đầu',
  ' có thời hạn',
  ' theo hình thức trực tuyến',
  ' tại khu vực biên giới',
]

/** by the word that names the agency (see agencies.ts) */
export const PROVINCIAL_FIELDS: Readonly<Record<string, readonly Field[]>> = {
  justice: [
    field('G15-TP01', 'Luật sư', 'giấy đăng ký hoạt động văn phòng luật sư|thẻ cộng tác viên pháp lý'),
    field('G15-TP04', 'Công chứng', 'quyết định bổ nhiệm công chứng viên|thẻ công chứng viên|văn phòng công chứng'),
    field('G15-TP07', 'Lý lịch tư pháp', 'phiếu thông tin tư pháp mẫu|hồ sơ đấu giá tài sản'),
  ],
  planning: [
    field('G09-DN02', 'Doanh nghiệp', 'nội dung đăng ký của công ty|địa điểm kinh doanh|mẫu dấu doanh nghiệp'),
    field('G09-DT05', 'Đầu tư', 'chủ trương dự án đầu tư|giấy chứng nhận dự án|văn phòng điều hành dự án'),
  ],
  finance: [
    field('G14-TC03', 'Quản lý giá', 'phương án giá hàng hóa|bảng kê khai giá dịch vụ'),
    field(
      'G14-CS01',
      'Công sản',
      'mã đơn vị sử dụng ngân sách|phương án xử lý tài sản công|quyết toán dự án hoàn thành',
    ),
  ],
  transport: [
    field('G06-DB02', 'Đường bộ', 'phù hiệu xe hợp đồng|giấy phép liên vận|giấy phép thi công trên đường tỉnh'),
    field('G06-DT01', 'Đường thủy', 'bến thủy nội địa|phương tiện thủy nội địa|chứng chỉ thuyền viên'),
  ],
  construction: [
    field(
      'G17-XD01',
      'Hoạt động xây dựng',
      'chứng chỉ hành nghề xây dựng|chứng chỉ năng lực thi công|báo cáo kinh tế kỹ thuật',
    ),
    field('G17-QH02', 'Quy hoạch', 'đồ án quy hoạch chi tiết|giấy phép quy hoạch|nhà ở xã hội'),
  ],
  land: [
    field(
      'G13-DD01',
      'Đất đai',
      'giấy chứng nhận quyền sử dụng đất mẫu|hồ sơ tách thửa|hồ sơ hợp thửa|biến động thửa đất',
    ),
    field('G13-MT04', 'Môi trường', 'giấy phép môi trường dự án|phương án cải tạo phục hồi môi trường'),
    field('G13-KS02', 'Khoáng sản', 'giấy phép khai thác vật liệu san lấp|bản đồ khu vực thăm dò'),
  ],
  agriculture: [
    field('G10-TT01', 'Trồng trọt', 'giấy chứng nhận vườn cây đầu dòng|mã số vùng trồng|giấy phép buôn bán phân bón'),
    field(
      'G10-TY03',
      'Thú y',
      'giấy chứng nhận kiểm dịch vận chuyển|cơ sở an toàn dịch bệnh|chứng chỉ hành nghề thú y',
    ),
    field('G10-LN02', 'Lâm nghiệp', 'phương án khai thác rừng trồng|mã số trại nuôi'),
  ],
  industry: [
    field('G01-CT02', 'Hóa chất', 'giấy chứng nhận kinh doanh hóa chất|giấy phép sử dụng tiền chất'),
    field(
      'G01-LT05',
      'Lưu thông hàng hóa',
      'giấy phép bán buôn rượu|cửa hàng bán lẻ xăng dầu|giấy phép hoạt động điện lực',
    ),
    field('G01-XT01', 'Xúc tiến thương mại', 'chương trình khuyến mại|hội chợ triển lãm thương mại'),
  ],
  science: [
    field(
      'G07-KH01',
      'Hoạt động khoa học',
      'tổ chức khoa học mẫu|hợp đồng chuyển giao công nghệ|nhiệm vụ khoa học cấp tỉnh',
    ),
    field(
      'G07-BX03',
      'An toàn bức xạ',
      'giấy phép sử dụng thiết bị X-quang|chứng chỉ nhân viên bức xạ|kết quả đo lường',
    ),
  ],
  information: [
    field('G18-BC01', 'Báo chí', 'giấy phép xuất bản bản tin|văn bản họp báo|giấy phép xuất bản tài liệu'),
    field(
      'G18-PT02',
      'Thông tin điện tử',
      'trang thông tin điện tử tổng hợp|điểm trò chơi điện tử công cộng|hoạt động cơ sở in',
    ),
  ],
  culture: [
    field('G16-VH01', 'Văn hóa', 'giấy phép biểu diễn nghệ thuật|giấy phép karaoke|thông báo sản phẩm quảng cáo'),
    field('G16-DL03', 'Du lịch', 'thẻ hướng dẫn viên|giấy phép lữ hành nội địa|hạng cơ sở lưu trú'),
    field('G16-TT02', 'Thể thao', 'câu lạc bộ thể thao|giấy chứng nhận kinh doanh hoạt động thể thao'),
  ],
  education: [
    field('G03-GD10', 'Giáo dục Trung học', 'trường trung học phổ thông|hồ sơ chuyển trường|chương trình tích hợp'),
    field('G03-VB02', 'Văn bằng', 'bản sao văn bằng từ sổ gốc|chứng chỉ tin học|trung tâm ngoại ngữ'),
  ],
  health: [
    field(
      'G19-KB01',
      'Khám chữa bệnh',
      'chứng chỉ hành nghề khám chữa bệnh|giấy phép phòng khám|danh sách người hành nghề',
    ),
    field('G19-DP02', 'Dược phẩm', 'giấy chứng nhận kinh doanh thuốc|chứng chỉ hành nghề dược|điểm bán thuốc'),
    field('G19-AT04', 'An toàn thực phẩm', 'bản tự công bố sản phẩm|giấy chứng nhận cơ sở an toàn thực phẩm'),
  ],
  labour: [
    field('G11-NC01', 'Người có công', 'chế độ trợ cấp ưu đãi|giấy xác nhận thương binh mẫu|phương tiện trợ giúp'),
    field('G11-VL02', 'Việc làm', 'giấy phép lao động|trung tâm dịch vụ việc làm|nội quy lao động'),
  ],
  interior: [
    field('G12-TD01', 'Thi đua khen thưởng', 'bằng khen chuyên đề|cờ thi đua|danh hiệu tập thể'),
    field('G12-HH02', 'Hội và quỹ', 'điều lệ hội|quỹ từ thiện|đại hội nhiệm kỳ'),
  ],
  inspectorate: [
    field(
      'G20-TT01',
      'Khiếu nại, tố cáo',
      'đơn khiếu nại cấp tỉnh|đơn tố cáo cấp tỉnh|bản kê khai tài sản|lịch tiếp công dân|kết luận thanh tra',
    ),
  ],
  zone: [
    field(
      'G09-KK01',
      'Khu công nghiệp',
      'chủ trương dự án trong khu công nghiệp|giấy phép xây dựng nhà xưởng|hợp đồng thuê lại đất',
    ),
    field('G09-KK02', 'Cửa khẩu', 'giấy phép lao động trong khu kinh tế|mã số kho ngoại quan'),
  ],
  office: [
    field(
      'G21-VP01',
      'Kiểm soát thủ tục',
      'giấy phép nhập cảnh đoàn khách|hội nghị quốc tế|thẻ đi lại doanh nhân|phản ánh quy định|danh mục lưu trữ',
    ),
  ],
  police: [
    field('G02-CS01', 'Quản lý cư trú', 'thông tin lưu trú tập trung|mã số cơ sở lưu trú|con dấu mẫu'),
    field('G02-PC02', 'Phòng cháy', 'thiết kế phòng cháy|biên bản nghiệm thu phòng cháy|giấy phép vận chuyển'),
  ],
  insurance: [
    field('G22-BH01', 'Bảo hiểm', 'sổ bảo hiểm mẫu|thẻ bảo hiểm|trợ cấp thai sản|chế độ ốm đau|hồ sơ hưu trí'),
  ],
  tax: [
    field('G14-TH01', 'Thuế', 'mã số thuế|hóa đơn điện tử|hồ sơ miễn giảm thuế|xác nhận nghĩa vụ thuế|tờ khai lệ phí'),
  ],
}

export const DISTRICT_FIELDS: readonly Field[] = [
  field('G09-HK01', 'Hộ kinh doanh', 'hộ kinh doanh|tạm ngừng hộ kinh doanh|hợp tác xã'),
  field('G13-DD06', 'Đất đai', 'hồ sơ đính chính giấy chứng nhận|mục đích sử dụng đất|hồ sơ giao đất ở'),
  field(
    'G17-XD05',
    'Xây dựng',
    'giấy phép xây dựng nhà ở riêng lẻ|giấy phép sửa chữa nhà ở|giấy phép di dời công trình',
  ),
  field('G15-HT02', 'Hộ tịch', 'trích lục kết hôn|thông tin hộ tịch người thành niên|nhận cha mẹ con'),
  field('G03-GD04', 'Giáo dục Tiểu học', 'trường tiểu học|nhóm trẻ độc lập|hồ sơ chuyển trường tiểu học'),
  field('G16-VH07', 'Văn hóa', 'danh hiệu khu dân cư|thư viện cộng đồng'),
]

export const COMMUNE_FIELDS: readonly Field[] = [
  field('G15-CT01', 'Chứng thực', 'bản sao từ bản chính|chữ ký cá nhân|hợp đồng giao dịch'),
  field('G15-HT01', 'Hộ tịch', 'giấy khai sinh|giấy khai tử|tình trạng hôn nhân|giám hộ'),
  field('G11-BT03', 'Bảo trợ xã hội', 'trợ cấp xã hội hằng tháng|hỗ trợ chi phí mai táng|mức độ khuyết tật'),
  field('G10-TL05', 'Thủy lợi', 'phương án ứng phó công trình thủy lợi|hỗ trợ sản xuất sau thiên tai'),
  field('G13-DD09', 'Đất đai', 'kết quả hòa giải đất đai|hiện trạng sử dụng đất'),
]

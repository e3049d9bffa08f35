/** By which names departmental systems know what the pipeline knows by one: fields of entities, words of code lists. */
import type { Entity } from '../../connect/connector.ts'

export type Role =
  | 'code'
  | 'text'
  | 'procedure'
  | 'agency'
  | 'date'
  | 'words'
  | 'amount'
  | 'flag'
  | 'identity'
  | 'integer'
  | 'list'

export interface Wanted {
  role: Role
  required: boolean
  /** plain names (see plain.ts), the usual ones first */
  names: readonly string[]
}
const wanted = (role: Role, names: string, required = false): Wanted => ({ role, required, names: names.split(/\s+/) })

export const WANTED: Readonly<Record<Entity, Readonly<Record<string, Wanted>>>> = {
  dossier: {
    code: wanted(
      'code',
      'mahoso sohoso mahs sohs mabiennhan sobiennhan masohoso dossiercode dossierno dossierid filecode casecode caseid hosoid idhoso code ma reference id',
      true,
    ),
    nationalCode: wanted('text', 'mahosoquocgia mahosodvcqg mahosokhac sohosoquocgia nationalcode nationaldossiercode'),
    procedure: wanted(
      'procedure',
      'matthc mathutuc mathutuchanhchinh matthcquocgia procedurecode procedureid procedure servicecode matt thutuc',
      true,
    ),
    resolving: wanted(
      'agency',
      'donvixuly donvigiaiquyet coquanxuly coquangiaiquyet donvithuchien coquanthuchien madonvixuly madonvi madinhdanhdonvi madinhdanh donvi tendonvi nhomxuly coquan tencoquan phongban agencycode agency agencyname department unit office',
      true,
    ),
    receiving: wanted(
      'agency',
      'donvitiepnhan coquantiepnhan noitiepnhan madonvitiepnhan receivingagency receivedat_agency',
    ),
    assisting: wanted('agency', 'donvihotro coquanhotro donvinophoso assistingagency'),
    channel: wanted(
      'words',
      'kenhthuchien kenh kenhnop kenhtiepnhan hinhthucnop hinhthucnophoso hinhthuctiepnhan hinhthuctiepnhanhoso channel submissionchannel receivingmethod',
      true,
    ),
    status: wanted(
      'words',
      'trangthaihoso trangthaihosoid trangthai matrangthai tinhtrang tinhtranghoso tinhtrangxuly trangthaixuly status statuscode state',
      true,
    ),
    statusAt: wanted('date', 'ngaytrangthai thoidiemtrangthai ngaychuyentrangthai statusat statusdate'),
    applicantKind: wanted('words', 'loaidoituong doituong loainguoinop doituongnop applicantkind applicanttype'),
    identity: wanted(
      'identity',
      'sogiaytochuhoso sogiayto socccd cccd socmnd sodinhdanh sodinhdanhcanhan identitynumber identityno citizenid nationalid',
    ),
    submitted: wanted(
      'date',
      'ngaynophoso ngaynop thoidiemnop ngaygui ngaydangky submittedat submitteddate submitted submissiondate',
    ),
    received: wanted(
      'date',
      'ngaytiepnhan ngaytiepnhanhoso thoidiemtiepnhan thoigiantiepnhan ngaynhan ngaynhanhoso receivedat receiveddate received receptiondate accepteddate',
    ),
    due: wanted(
      'date',
      'ngayhentra ngayhentraketqua ngayhen hentra thoigianhentra hantra hanxuly hangiaiquyet handue hantraketqua dueat duedate due deadline appointmentdate',
    ),
    finished: wanted(
      'date',
      'ngayketthucxuly ngayketthuc ngayhoanthanh ngayhoantat ngayxong ngayxulyxong ngaygiaiquyet ngaycoketqua thoidiemketthuc finishedat finisheddate finished completedat completeddate',
    ),
    returned: wanted(
      'date',
      'ngaytra ngaytraketqua ngaytrakq thoidiemtra thoigiantra returnedat returneddate returned',
    ),
    refused: wanted('date', 'ngaytuchoi ngaytuchoitiepnhan refusedat refuseddate rejectedat'),
    fee: wanted('amount', 'lephi tonglephi philephi tongtien sotien phi fee fees amount totalfee'),
    paidOnline: wanted('words', 'duocthanhtoantructuyen thanhtoantructuyen paidonline onlinepayment'),
    digitised: wanted('flag', 'duocsohoa dasohoa sohoa hosocothanhphansohoa digitised digitized'),
    vneid: wanted('flag', 'taikhoanduocxacthucvoivneid xacthucvneid vneid'),
    delivery: wanted('words', 'hinhthuctra hinhthuctraketqua hinhthucnhanketqua hinhthuc delivery deliverymethod'),
  },
  feedback: {
    code: wanted('code', 'madanhgia sodanhgia iddanhgia feedbackid ratingid id ma code', true),
    dossier: wanted('code', 'mahoso sohoso mahs sohs dossiercode dossierid hosoid', true),
    rated: wanted('date', 'ngaydanhgia thoidiemdanhgia thoigiandanhgia ratedat rateddate ngaytao createdat', true),
    score: wanted('integer', 'mucdo mucdohailong diem diemdanhgia sodiem score rating stars', true),
    channel: wanted('text', 'kenh kenhdanhgia channel'),
  },
  agency: {
    local: wanted('code', 'groupcode madonvi manhom macoquan maso ma code id', true),
    agency: wanted('agency', 'madinhdanh madinhdanhdonvi identifier agencycode agency', true),
    name: wanted('text', 'tendonvi tennhom tencoquan ten name'),
  },
  publication: {
    code: wanted('code', 'macongbo soquyetdinh sovanban maquyetdinh decisioncode decisionno id ma code', true),
    agency: wanted('agency', 'coquancongbo donvicongbo coquanbanhanh donvi coquan agency', true),
    procedure: wanted('procedure', 'matthc mathutuc mathutuchanhchinh procedurecode'),
    decided: wanted('date', 'ngayquyetdinh ngaycongbo ngaybanhanh ngayky decidedat decided', true),
    effective: wanted('date', 'ngayhieuluc ngaycohieuluc hieuluctu effectiveat effectivedate effective'),
    published: wanted('date', 'ngaycongkhai ngaydangtai thoidiemcongkhai publishedat published'),
    complete: wanted('flag', 'daydu daydunoidung daydubophan complete'),
  },
  petition: {
    code: wanted('code', 'mapakn maphananh maphananhkiennghi sophananh petitioncode petitionid id ma code', true),
    agency: wanted('agency', 'donvixuly coquanxuly donvitraloi coquantraloi donvi coquan agency', true),
    procedure: wanted('procedure', 'matthc mathutuc mathutuchanhchinh procedurecode'),
    dossier: wanted('code', 'mahoso sohoso mahs sohs dossiercode'),
    subject: wanted('words', 'loaiphananh phanloai loaipakn subject kind'),
    received: wanted('date', 'ngaytiepnhan ngaynhan ngayphananh ngaygui receivedat received', true),
    outcome: wanted('words', 'ketquaxuly ketqua tinhtrang trangthai outcome status'),
    outcomeAt: wanted('date', 'ngayxuly ngaytraloi ngayketqua outcomeat answeredat'),
    published: wanted('date', 'ngaycongkhai ngaydangtai publishedat published'),
    satisfied: wanted('flag', 'hailong satisfied'),
    complainedAgain: wanted('flag', 'phananhlai kiennghilai complainedagain'),
  },
  statement: {
    code: wanted('code', 'mabaocao sobaocao reportcode id ma code', true),
    agency: wanted('agency', 'madonvi donvibaocao donvi coquan agency', true),
    indicator: wanted('text', 'machitieu chitieu indicator', true),
    period: wanted('text', 'kybaocao kybc ky period', true),
    numerator: wanted('amount', 'tuso soluong giatri numerator value', true),
    denominator: wanted('amount', 'mauso tongso denominator'),
    signer: wanted('text', 'chucdanh chucvu chucdanhnguoiky signertitle', true),
    document: wanted('text', 'sovanban sokyhieu document', true),
    signed: wanted('date', 'ngayky ngayvanban signedat signed', true),
  },
  'official-score': {
    code: wanted('code', 'id ma code', true),
    agency: wanted('agency', 'departmentcode departmentid madonvi donvi agency', true),
    period: wanted('text', 'period kybaocao ky', true),
    component: wanted('text', 'metriccode component chitieu machitieu', true),
    numerator: wanted('amount', 'numerator tuso'),
    denominator: wanted('amount', 'denominator mauso'),
    ratio: wanted('amount', 'ratio tyle'),
    score: wanted('amount', 'score diem'),
    maxScore: wanted('amount', 'maxscore diemtoida'),
    stated: wanted('date', 'statedat updatedat ngaycapnhat', true),
  },
  procedure: {
    code: wanted('procedure', 'matthc mathutuc mathutuchanhchinh procedurecode masotthc maso code ma', true),
    localCode: wanted('text', 'matthcdiaphuong localcode'),
    name: wanted('code', 'tentthc tenthutuc tenthutuchanhchinh procedurename name ten', true),
    fieldCode: wanted('text', 'malinhvuc fieldcode'),
    fieldName: wanted('text', 'linhvuc tenlinhvuc fieldname field'),
    level: wanted('words', 'mucdo mucdodvc mucdodichvucong loaidichvu loaidvc level', true),
    online: wanted('flag', 'tructuyen dvctt online', true),
    integrated: wanted('flag', 'tichhop tichhopdvcqg integrated', true),
    executing: wanted('list', 'capthuchien cap executing executinglevel', true),
    agencies: wanted('list', 'coquanthuchien donvithuchien agencies', true),
    limit: wanted('integer', 'thoihangiaiquyet thoigiangiaiquyet songay limit'),
  },
}

/** A field of a time of change. */
export const CHANGED =
  'ngaycapnhat thoigiancapnhat thoidiemcapnhat capnhatluc ngaysua ngaychinhsua ngaythaydoi ngaycapnhatcuoi updatedat updated updateddate updatetime lastupdated lastmodified lastmodifieddate modifiedat modifieddate modified changedat'.split(
    ' ',
  )
/** Of the district in which an agency lies. */
export const WITHIN = 'huyen quanhuyen tenhuyen district'.split(' ')
/** Not null in a row that was deleted. */
export const DELETED = 'deletedon deletedat ngayxoa deleteddate'.split(' ')

type Words = Readonly<Record<string, readonly string[]>>
/** Further words that systems write, beside the national ones that the converters know. */
export const FURTHER: Readonly<Record<string, Words>> = {
  status: {
    1: ['chờ tiếp nhận', 'mới nộp', 'new', 'submitted'],
    2: ['đã tiếp nhận', 'mới tiếp nhận', 'tiếp nhận', 'received', 'accepted'],
    3: ['từ chối', 'từ chối tiếp nhận', 'không tiếp nhận', 'refused', 'rejected', 'denied'],
    4: ['đang giải quyết', 'đang thực hiện', 'chờ xử lý', 'processing', 'in progress', 'in_progress'],
    5: ['yêu cầu bổ sung', 'chờ bổ sung', 'bổ sung hồ sơ', 'waiting'],
    6: ['nghĩa vụ tài chính', 'chờ thanh toán', 'paying'],
    7: ['rút hồ sơ', 'đã rút', 'đã rút hồ sơ', 'withdrawn', 'cancelled', 'canceled'],
    8: ['tạm dừng', 'đã dừng', 'stopped'],
    9: ['đã xử lý', 'đã giải quyết', 'hoàn thành', 'đã hoàn thành', 'đã có kết quả', 'finished', 'completed', 'done'],
    10: ['đã trả', 'trả kết quả', 'returned', 'delivered'],
  },
  channel: {
    counter: ['quầy', 'tại quầy', 'nộp trực tiếp', 'một cửa', 'counter', 'direct', 'offline'],
    online: ['nộp trực tuyến', 'qua mạng', 'online', 'internet'],
    post: ['bưu điện', 'qua bưu điện', 'bcci', 'post'],
  },
  applicantKind: {
    citizen: ['citizen', 'person'],
    enterprise: ['enterprise', 'company'],
    other: ['organisation', 'organization'],
  },
  paidOnline: { none: ['không', 'no', 'false'], gateway: ['có', 'yes', 'true'] },
  delivery: { counter: ['tại quầy', 'counter'], post: ['bưu điện', 'post'], online: ['online'] },
  level: {
    full: ['dvc toàn trình', 'mức độ 4', 'full'],
    partial: ['dvc một phần', 'mức độ 3', 'partial'],
    information: ['cung cấp thông tin', 'cung cấp thông tin trực tuyến', 'mức độ 2', 'information'],
  },
}

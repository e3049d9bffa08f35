/** Descriptions of made-up systems, in the forms in which vendors hand them over. */
const FIELDS = {
  maHoSo: { type: 'string' },
  maTTHC: { type: 'string' },
  donViXuLy: { $ref: '#/components/schemas/DonVi' },
  kenhThucHien: { type: 'integer' },
  trangThai: { type: 'string', enum: ['Đang xử lý', 'Đã trả kết quả', 'Chờ liên thông'] },
  ngayTiepNhan: { type: 'string', format: 'date-time' },
  ngayHenTra: { type: 'string', format: 'date', nullable: true },
  hoTenNguoiNop: { type: 'string' },
  soCCCD: { type: 'string', example: '072199001234' },
}

export const OPENAPI = JSON.stringify({
  openapi: '3.0.3',
  info: { title: 'Made up', version: '1' },
  servers: [{ url: 'https://motcua.example.vn/gw' }],
  security: [{ khoa: [] }],
  paths: {
    '/ho-so': {
      get: {
        operationId: 'danhSachHoSo',
        parameters: [
          { name: 'page', in: 'query', schema: { type: 'integer', default: 0 } },
          { name: 'size', in: 'query', schema: { type: 'integer', default: 200 } },
        ],
        responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Trang' } } } } },
      },
    },
    '/ho-so/{id}': { get: { operationId: 'motHoSo', responses: { 200: { description: 'ok' } } } },
  },
  components: {
    securitySchemes: { khoa: { type: 'apiKey', in: 'header', name: 'X-Khoa' } },
    schemas: {
      Trang: {
        type: 'object',
        properties: {
          totalElements: { type: 'integer' },
          content: { type: 'array', items: { $ref: '#/components/schemas/HoSo' } },
        },
      },
      HoSo: { type: 'object', required: ['maHoSo', 'maTTHC', 'trangThai'], properties: FIELDS },
      DonVi: { type: 'object', properties: { ma: { type: 'string' }, ten: { type: 'string' } } },
    },
  },
})

export const SWAGGER = JSON.stringify({
  swagger: '2.0',
  host: 'motcua.example.vn',
  basePath: '/v1',
  schemes: ['https'],
  securityDefinitions: { quyen: { type: 'oauth2', flow: 'application', tokenUrl: 'https://motcua.example.vn/token' } },
  security: [{ quyen: [] }],
  paths: {
    '/danh-gia': {
      get: {
        parameters: [
          { name: 'offset', in: 'query', type: 'integer' },
          { name: 'limit', in: 'query', type: 'integer', default: 50 },
        ],
        responses: { 200: { schema: { type: 'array', items: { $ref: '#/definitions/DanhGia' } } } },
      },
    },
  },
  definitions: {
    DanhGia: {
      properties: {
        maDanhGia: { type: 'string' },
        maHoSo: { type: 'string' },
        ngayDanhGia: { type: 'string', format: 'date-time' },
        mucDo: { type: 'integer' },
        noiDung: { type: 'string' },
        con: { $ref: 'https://elsewhere.example.vn/x.json#/Y' },
        vong: { $ref: '#/definitions/DanhGia' },
      },
    },
  },
})

export const POSTMAN = JSON.stringify({
  info: { name: 'Made up', schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json' },
  variable: [{ key: 'host', value: 'https://lgsp.example.vn' }],
  auth: { type: 'bearer', bearer: [{ key: 'token', value: 'bi-mat-trong-postman' }] },
  item: [
    {
      name: 'Hồ sơ',
      item: [
        {
          name: 'Tra cứu',
          request: {
            method: 'POST',
            header: [
              { key: 'Content-Type', value: 'application/json' },
              { key: 'dstcode', value: 'VN:H53' },
            ],
            url: { raw: '{{host}}/share?nam=2024' },
            body: { mode: 'raw', raw: '{"matkhau":"mk-postman","donvi":"H53","trang":1,"kichthuoc":20}' },
          },
          response: [
            {
              body: JSON.stringify({
                error_code: '00',
                message: JSON.stringify({
                  tongSo: 41,
                  result: [
                    {
                      MaHoSo: 'H53.01-241105-0001',
                      MaTTHC: '1.000019',
                      DonViXuLy: 'H53.01',
                      KenhThucHien: '2',
                      TrangThaiHoSo: '9',
                      NgayTiepNhan: '20241105081500',
                      NgayHenTra: '20241120170000',
                      NgayKetThucXuLy: '20241110100000',
                      ChuHoSo: 'Phạm Thị Mẫu',
                      SoDienThoai: '0987654321',
                    },
                  ],
                }),
              }),
            },
          ],
        },
        { name: 'Xóa', request: { method: 'DELETE', url: '{{host}}/x' }, response: [] },
      ],
    },
  ],
})

export const WSDL = `<?xml version="1.0"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:tns="urn:mau" targetNamespace="urn:mau">
  <wsdl:types><s:schema elementFormDefault="qualified" targetNamespace="urn:mau">
    <s:element name="TraCuu"><s:complexType><s:sequence>
      <s:element name="TuNgay" type="s:string"/><s:element name="DenNgay" type="s:string"/><s:element name="MatKhau" type="s:string"/>
    </s:sequence></s:complexType></s:element>
    <s:element name="TraCuuResponse"><s:complexType><s:sequence><s:element name="KetQua" type="tns:MangHoSo"/></s:sequence></s:complexType></s:element>
    <s:element name="LayMot"><s:complexType><s:sequence><s:element name="SoHoSo" type="s:string"/></s:sequence></s:complexType></s:element>
    <s:element name="LayMotResponse"><s:complexType><s:sequence><s:element name="KetQua" type="tns:MangHoSo"/></s:sequence></s:complexType></s:element>
    <s:complexType name="MangHoSo"><s:sequence><s:element minOccurs="0" maxOccurs="unbounded" name="HoSo" type="tns:HoSo"/></s:sequence></s:complexType>
    <s:complexType name="HoSo"><s:sequence>
      <s:element name="SoHoSo" type="s:string"/><s:element name="MaTTHC" type="s:string"/><s:element name="TenDonVi" type="s:string"/>
      <s:element name="KenhNop" type="s:string"/><s:element name="TrangThai" type="s:string"/><s:element name="NgayTiepNhan" type="s:dateTime"/>
      <s:element name="HoTen" type="s:string"/>
    </s:sequence></s:complexType>
  </s:schema></wsdl:types>
  <wsdl:message name="TraCuuIn"><wsdl:part name="p" element="tns:TraCuu"/></wsdl:message>
  <wsdl:message name="TraCuuOut"><wsdl:part name="p" element="tns:TraCuuResponse"/></wsdl:message>
  <wsdl:message name="LayMotIn"><wsdl:part name="p" element="tns:LayMot"/></wsdl:message>
  <wsdl:message name="LayMotOut"><wsdl:part name="p" element="tns:LayMotResponse"/></wsdl:message>
  <wsdl:portType name="P">
    <wsdl:operation name="TraCuu"><wsdl:input message="tns:TraCuuIn"/><wsdl:output message="tns:TraCuuOut"/></wsdl:operation>
    <wsdl:operation name="LayMot"><wsdl:input message="tns:LayMotIn"/><wsdl:output message="tns:LayMotOut"/></wsdl:operation>
  </wsdl:portType>
  <wsdl:service name="S"><wsdl:port name="P" binding="tns:B"><soap:address location="https://tuphap.example.vn/HoSo.asmx"/></wsdl:port></wsdl:service>
</wsdl:definitions>`

/** TCVN3, as a spreadsheet of 2004 saves it: "Mã hồ sơ;…" in bytes. */
export const CSV = [
  'BÁO CÁO TÌNH HÌNH GIẢI QUYẾT HỒ SƠ;;;;;;;',
  'Mã hồ sơ;Mã TTHC;Đơn vị;Huyện;Hình thức nộp;Tình trạng;Ngày tiếp nhận;Người nộp',
  '705.1;1.000019;Xã Tân Bình;Huyện Tân Biên;Trực tiếp;Đang giải quyết;05/11/2024;Nguyễn Thị Mẫu',
  '705.2;1.000019;Xã Thạnh Tây;Huyện Tân Biên;Trực tuyến;Đã trả kết quả;06/11/2024;Trần Văn Ví Dụ',
  '',
].join('\n')

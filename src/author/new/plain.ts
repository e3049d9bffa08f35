/** Field names compared as people write them: `MaHoSo`, `ma_ho_so`, `Mã hồ sơ`, `maHoSo` are one. */
export const plain = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[đĐð]/g, 'd')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')

/** `trạng thái` → `TrangThai`, for names that must be identifiers. */
export const pascal = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[đð]/g, 'd')
    .replaceAll('Đ', 'D')
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean)
    .map((word) => word[0]?.toUpperCase() + word.slice(1))
    .join('')

export const camel = (name: string): string => {
  const word = pascal(name)
  return word === '' ? 'value' : `${word[0]?.toLowerCase()}${word.slice(1)}`.replace(/^(?=\d)/, 'n')
}

/** A text as TypeScript writes it, in single quotes. */
export const quote = (text: string): string =>
  `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
/** As a key of an object: bare where it may be. */
export const property = (name: string): string =>
  /^(?:[A-Za-z_$][\w$]*|0|[1-9]\d{0,14})$/.test(name) ? name : quote(name)

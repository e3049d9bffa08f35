import { describe, expect, test } from 'vitest'
import { agencyNameKey, agencyNames, foldName } from '../../src/connect/names.ts'

describe('foldName gives one key to', () => {
  test.each([
    ['tone on the old and the new place', 'Thị xã Hòa Thành', 'Thị xã Hoà Thành'],
    ['ủy and uỷ', 'Ủy ban nhân dân huyện Gò Dầu', 'Uỷ ban nhân dân huyện Gò Dầu'],
    ['the prefix and no prefix', 'UBND huyện Gò Dầu', 'Huyện Gò Dầu'],
    ['composed and decomposed text', 'Xã Tân Hội', 'Xã Tân Hội'.normalize('NFD')],
    ['tone marks that follow a composed letter, as windows-1258 has them', 'Châu Thành', 'Châu Tha\u0300nh'],
    ['capitals', 'SỞ TƯ PHÁP', 'Sở Tư pháp'],
    ['eth for đ', 'Sở Xây dựng và Ðô thị', 'Sở Xây dựng và Đô thị'],
    ['& and và', 'Sở KH&CN', 'Sở KH và CN'],
    ['dashes, commas, no-break and doubled spaces', 'Sở Lao động – Thương binh', 'Sở  Lao\u00A0động, Thương binh '],
    ['zero-width characters and soft hyphens', 'Xã Phan', '\uFEFFXã\u200B Ph\u00ADan'],
    ['the council inside a name', 'Văn phòng Ủy ban nhân dân tỉnh', 'Văn phòng UBND tỉnh'],
    ['short kinds', 'Thành phố Tây Ninh', 'UBND TP.Tây Ninh'],
    ['a short kind and a leading zero', 'Phường 1', 'P. 01'],
  ])('%s', (_, one, other) => {
    expect(foldName(other)).toBe(foldName(one))
  })
})

describe('foldName keeps apart', () => {
  test.each([
    ['Hòa Thạnh', 'Hòa Thành'],
    ['Xã Tân Biên', 'Thị trấn Tân Biên'],
    ['Xã Ninh Điền', 'Xã Ninh Diền'],
    ['Phường 1', 'Phường 10'],
    ['TT&TT', 'Thị trấn'],
    ['Long Hoa', 'Long Hòa'],
    ['Trương', 'Trường'],
  ])('%s and %s', (one, other) => {
    expect(foldName(one)).not.toBe(foldName(other))
  })
})

test('folding twice changes nothing', () => {
  for (const name of ['UBND TP. Tây Ninh', 'Sở TT&TT', 'Uỷ ban nhân dân xã Hoà Hội', 'UBND', '', ' – '])
    expect(foldName(foldName(name))).toBe(foldName(name))
  expect(foldName('UBND')).toBe('ubnd')
  expect(foldName(' – ')).toBe('')
})

test('agencyNameKey adds the container where there is one', () => {
  expect(agencyNameKey('Huyện Tân Biên')).toBe(foldName('Huyện Tân Biên'))
  for (const nothing of [null, undefined, '', ' ']) expect(agencyNameKey('Xã Phan', nothing)).toBe(foldName('Xã Phan'))
  expect(agencyNameKey('UBND xã Tân Bình', 'UBND huyện Tân Biên')).toBe(agencyNameKey('Xã Tân Bình', 'Huyện Tân Biên'))
  expect(agencyNameKey('Xã Tân Bình', 'Huyện Tân Biên')).not.toBe(agencyNameKey('Xã Tân Bình', 'Huyện Tân Châu'))
})

test('agencyNames drops a name only while it means two agencies', () => {
  const agency = (code: string, validFrom: string, validTo: string | null) => ({
    ...{ key: `${code}@${validFrom}`, code, kind: 'commune' as const, name: 'Xã A', parent: null, validFrom, validTo },
  })
  expect(agencyNames([agency('1', '2020-01-01', null), agency('2', '2021-01-01', null)], [])).toEqual([])
  const apart = agencyNames([agency('1', '2020-01-01', '2021-01-01'), agency('2', '2021-01-01', null)], [])
  expect(apart.map((name) => name.agency)).toEqual(['1', '2'])
})

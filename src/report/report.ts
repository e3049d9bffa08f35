/**
 * A report (báo cáo) as tables: what a one-stop centre sends upwards, in Vietnamese, whatever the language of the command line.
 * Written as XLSX, CSV or JSON by the files beside this one.
 */
import type { IndicatorRow } from '../indicators/read.ts'

export type Cell = string | number | null
export interface Column {
  title: string
  /** columns under one heading */
  group?: string
  /** ratio: unrounded, shown as per cent with two places; points: shown with two places */
  kind: 'text' | 'count' | 'ratio' | 'points'
  /** in characters */
  width: number
}
export interface Row {
  /** total and subtotal rows add up those of the agencies */
  role: 'total' | 'subtotal' | 'agency'
  cells: readonly Cell[]
}
export interface Table {
  /** the sheet's name, at most 31 characters */
  name: string
  title: string
  columns: readonly Column[]
  rows: readonly Row[]
  /** said below the table */
  notes: readonly string[]
}
export interface Report {
  /** monthly | quarterly | yearly | 766 */
  kind: ReportKind
  title: string
  period: string
  /** YYYY-MM-DD, both included */
  firstDay: string
  lastDay: string
  /** the tick it was told at, epoch ms */
  asOf: number
  /** the period is open */
  provisional: boolean
  /** made-up data */
  sample: boolean
  audience: Audience
  closing: ClosedAs | null
  tables: readonly Table[]
}
export interface ClosedAs {
  id: number
  /** epoch ms, real time */
  at: number
  by: string
  note: string
  lateSources: readonly string[]
  override: string | null
  /** by what knowledge */
  landing: number
}
/** public: no small counts, and nothing that only those who look after the data need */
export const AUDIENCES = ['staff', 'public'] as const
export type Audience = (typeof AUDIENCES)[number]

export const REPORT_KINDS = ['monthly', 'quarterly', 'yearly', '766'] as const
export type ReportKind = (typeof REPORT_KINDS)[number]

/** A figure as tables ask for it; from what is held now, or from what was closed. */
export type FigureOf = (indicator: string, agency: string) => ReportFigure | undefined
export type ReportFigure = Pick<IndicatorRow, 'value' | 'valueState' | 'numerator' | 'denominator'>
export interface ReportAgency {
  key: string
  code: string
  name: string
  kind: string
}

/** What stands in place of a number that is not there. */
export const STATE_TEXT: Readonly<Record<string, string>> = {
  'no-cases': 'không phát sinh',
  'no-data-yet': 'chưa có dữ liệu',
  insufficient: 'chưa đủ dữ liệu',
  held: 'nguồn bị giữ lại',
  masked: 'không công bố',
}
export const KIND_TEXT: Readonly<Record<string, string>> = {
  department: 'Sở, ban, ngành',
  vertical: 'Cơ quan ngành dọc',
  district: 'Cấp huyện',
  commune: 'Cấp xã',
}
/** In the order of reports. */
export const GROUPS = ['department', 'vertical', 'district', 'commune'] as const

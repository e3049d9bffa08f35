/** SOAP 1.1 and 1.2 envelopes from a small template, with a WS-Security username token where the service asks for one. */
import { createHash, randomBytes } from 'node:crypto'

export const SOAP_VERSIONS = ['1.1', '1.2'] as const
export type SoapVersion = (typeof SOAP_VERSIONS)[number]

export type XmlValue = string | number | boolean | null | XmlFields | readonly XmlValue[]
/** Element name → its content: text, elements, several of the same name (an array), or none (`null`, written `xsi:nil`). */
export interface XmlFields {
  readonly [element: string]: XmlValue
}
/** XML written by hand with `xml`. */
export interface Xml {
  readonly xml: string
  /** what was put into it: never quoted in a message */
  readonly values: readonly string[]
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
/** Text for an element or attribute; control characters that XML 1.0 has no form for are left out. */
export const escapeXml = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign)

/** A template for a header or body as the vendor's document shows it: xml`<m:Tim xmlns:m="urn:mau"><m:Ngay>${day}</m:Ngay></m:Tim>`. Values are escaped. */
export function xml(parts: TemplateStringsArray, ...values: readonly (string | number | Xml)[]): Xml {
  const written = parts.map((part, i) => {
    const value = values[i]
    if (value === undefined) return part
    return part + (typeof value === 'object' ? value.xml : escapeXml(String(value)))
  })
  return {
    xml: written.join(''),
    values: values.flatMap((one) => (typeof one === 'object' ? one.values : String(one))),
  }
}
export const isXml = (content: Xml | XmlFields): content is Xml =>
  typeof content.xml === 'string' && Array.isArray(content.values)

/** The texts in fields or a template: what a message about an answer must not repeat. */
export function textsIn(content: Xml | XmlValue): string[] {
  if (content === null) return []
  if (typeof content !== 'object') return [String(content)]
  if (!Array.isArray(content) && isXml(content as Xml | XmlFields)) return [...(content as Xml).values]
  return Object.values(content as XmlFields).flatMap(textsIn)
}

/** WS-Security 1.0 username token. Both forms carry a nonce and the time, so that the same one is never sent twice. */
export interface UsernameToken {
  /** which security it is */
  kind: 'username-token'
  /** the account at the service */
  username: string
  /** its password, from `${secret:…}` or `${env:…}` */
  password: string
  /** `text`: the password itself, over TLS only; `digest`: Base64(SHA-1(nonce + created + password)) */
  as: 'text' | 'digest'
}
/** The username token of a message; for `security` of `soap`. */
export const usernameToken = (token: Omit<UsernameToken, 'kind'>): UsernameToken => ({
  kind: 'username-token',
  ...token,
})

const OASIS = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss'
const TYPES = { text: 'PasswordText', digest: 'PasswordDigest' } as const

function security({ username, password, as }: UsernameToken, now: number): string {
  const nonce = randomBytes(16)
  const created = new Date(now).toISOString()
  const secret =
    as === 'text'
      ? password
      : createHash('sha1').update(nonce).update(created).update(password, 'utf8').digest('base64')
  return (
    `<wsse:Security soap:mustUnderstand="1" xmlns:wsse="${OASIS}-wssecurity-secext-1.0.xsd" xmlns:wsu="${OASIS}-wssecurity-utility-1.0.xsd">` +
    `<wsse:UsernameToken><wsse:Username>${escapeXml(username)}</wsse:Username>` +
    `<wsse:Password Type="${OASIS}-username-token-profile-1.0#${TYPES[as]}">${escapeXml(secret)}</wsse:Password>` +
    `<wsse:Nonce EncodingType="${OASIS}-soap-message-security-1.0#Base64Binary">${nonce.toString('base64')}</wsse:Nonce>` +
    `<wsu:Created>${created}</wsu:Created></wsse:UsernameToken></wsse:Security>`
  )
}

function written(fields: XmlFields, own = ''): string {
  return Object.entries(fields)
    .flatMap(([name, value]) =>
      Array.isArray(value) ? value.map((one: XmlValue) => [name, one] as const) : [[name, value] as const],
    )
    .map(([name, value]) => {
      if (value === null) return `<${name}${own} xsi:nil="true"/>`
      const content = typeof value === 'object' ? written(value as XmlFields) : escapeXml(String(value))
      return `<${name}${own}>${content}</${name}>`
    })
    .join('')
}

const ENVELOPES: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
}

export interface Message {
  version: SoapVersion
  namespace: string
  operation: string
  header: XmlFields | Xml
  /** the elements of the operation, or all that stands in the body */
  body: XmlFields | Xml
  security: UsernameToken | null
  /** epoch ms, for the token */
  now: number
}
/** Fields of the header and the operation are in the service's namespace; what comes from a template is as it is written there. */
export function envelope({ version, namespace, operation, header, body, security: token, now }: Message): string {
  const own = ` xmlns="${escapeXml(namespace)}"`
  const credentials = isXml(header) ? header.xml : written(header, own)
  const content = isXml(body) ? body.xml : `<${operation}${own}>${written(body)}</${operation}>`
  return (
    '<?xml version="1.0" encoding="utf-8"?>' +
    `<soap:Envelope xmlns:soap="${ENVELOPES[version]}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
    `<soap:Header>${token ? security(token, now) : ''}${credentials}</soap:Header><soap:Body>${content}</soap:Body></soap:Envelope>`
  )
}

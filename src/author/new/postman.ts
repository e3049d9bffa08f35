/** A Postman collection (2.1): one request of it, and the answer that was saved beside it. Its secrets are not taken over. */
import { type Asked, type AuthHint, addressOf } from './asked.ts'
import { array, choose, type Json, object, parseDescription, word } from './descriptions.ts'
import type { Found } from './draft.ts'
import { fromAnswer } from './rest-sample.ts'
import { unusable } from './sample-error.ts'

export const isPostman = (text: string): boolean => /schema\.getpostman\.com|"_postman_id"/.test(text.slice(0, 20_000))

interface Request {
  names: readonly string[]
  request: Json
  auth: Json
  answer: string | undefined
}

export function fromPostman(text: string, label: string, wanted: string | undefined, variable: string): Found {
  const document = parseDescription(text, label)
  const chosen = choose(requestsOf(document.item, [], object(document.auth)), wanted, label)
  const variables = new Map(array(document.variable).map((one) => [word(object(one).key), word(object(one).value)]))
  const asked = askedOf(chosen, variables)
  if (chosen.answer === undefined)
    throw unusable(
      label,
      `no answer is saved for "${chosen.names[0]}"; save one in Postman, or give the request as a curl line`,
    )
  return fromAnswer({ text: chosen.answer }, asked, label, variable)
}

function requestsOf(items: unknown, folders: readonly string[], inherited: Json, depth = 0): Request[] {
  if (depth > 10) return []
  return array(items).flatMap((item) => {
    const one = object(item)
    const auth = one.auth === undefined ? inherited : object(one.auth)
    if (one.item !== undefined) return requestsOf(one.item, [...folders, word(one.name)], auth, depth + 1)
    const request = object(one.request)
    const method = word(request.method).toUpperCase() || 'GET'
    if (method !== 'GET' && method !== 'POST') return []
    const saved = array(one.response)
      .map((answer) => word(object(answer).body))
      .find((body) => body !== '')
    const name = word(one.name)
    const own = request.auth === undefined ? auth : object(request.auth)
    return [{ names: [name, [...folders, name].join('/')], request, auth: own, answer: saved }]
  })
}

function askedOf({ request, auth }: Request, variables: ReadonlyMap<string, string>): Asked {
  const filled = (text: string) =>
    text.replace(/\{\{([^{}]+)\}\}/g, (_, name: string) => variables.get(name.trim()) ?? '')
  const raw = filled(word(request.url) || word(object(request.url).raw))
  const known = /^https?:\/\/[^/]/.test(raw)
    ? addressOf(raw)
    : URL.canParse(raw, 'http://localhost')
      ? addressOf(new URL(raw.replace(/^\/*/, '/'), 'http://localhost').href)
      : { url: null }
  const on = (list: unknown) =>
    array(list)
      .map(object)
      .filter((one) => one.disabled !== true)
  const headers = on(request.header).map((one) => [word(one.key), filled(word(one.value))] as const)
  const body = object(request.body)
  const form = on(body.urlencoded).map((one) => [word(one.key), filled(word(one.value))] as const)
  return {
    ...known,
    method: word(request.method).toUpperCase() === 'POST' ? 'POST' : 'GET',
    headers,
    ...(form.length > 0 ? { body: { form: Object.fromEntries(form) } } : jsonBody(filled(word(body.raw)))),
    ...authOf(auth),
  }
}

function jsonBody(text: string): Pick<Asked, 'body'> {
  try {
    return { body: { json: object(JSON.parse(text)) } }
  } catch {
    return {}
  }
}

function authOf(auth: Json): { auth?: AuthHint } {
  const type = word(auth.type)
  const value = (name: string) => word(object(array(auth[type]).find((one) => object(one).key === name)).value)
  if (type === 'bearer' || type === 'basic') return { auth: { kind: type } }
  if (type === 'apikey')
    return { auth: { kind: value('in') === 'query' ? 'query' : 'header', name: value('key') || 'x-api-key' } }
  if (type === 'oauth2') {
    const path = value('accessTokenUrl').replaceAll(/\{\{[^{}]*\}\}/g, '')
    return { auth: path === '' ? { kind: 'bearer' } : { kind: 'client-credentials', path } }
  }
  return {}
}

/**
 * What a written Vietnamese syllable can be: onset × rime × tone (âm đầu × vần × thanh), after the rules of chính tả. Names of the highlands (Đắk Lắk,
 * Bắc Kạn, Krông) are outside of it; who asks must bear a few words that are not.
 */

const FRONT = // rimes before which c, g, ng are written k, gh, ngh
  'e ec em en eng eo ep et ê êch êm ên ênh êp êt êu ' + 'i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu'
const BACK =
  'a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây ' +
  'o oc oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt ' +
  'u ua uc ui um un ung up ut uôc uôi uôm uôn uông uôt ư ưa ưc ưi ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu'
const GLIDED = // with a glide of their own; c before them is written qu
  'oa oac oach oai oan oang oanh oat oay oăc oăm oăn oăng oăt oe oen oeo oet ' +
  'uân uâng uât uây uê uêch uênh uơ uy uya uych uyên uyêt uyn uynh uyp uyt uyu'
const AFTER_QU =
  'a ac ach ai an ang anh ao at au ay ăc ăm ăn ăng ăp ăt ân ât ây âng e en eo et ê ên êt êch ' +
  'ôc ơ y ych yên yêt yêu ynh yt i in it'
const AFTER_GI =
  'a ac ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăt âc âm ân âp ât âu ây e em eo ep et ê ' +
  'êc êng êt o oc oi on ong ô ôc ông ôi ôn ơ ơi u ua uc ui um un uôc uông ư ưa ưc ương ươc'

const either = (words: string) => words.split(' ').join('|')
const SHARED = 'b|ch|d|đ|h|kh|l|m|n|nh|p|ph|r|s|t|th|tr|v|x'
const SYLLABLE = new RegExp(
  `^(?:(?:(?:${SHARED}|k|gh|ngh)?(?:${either(FRONT)}))|(?:(?:${SHARED}|c|g|ng)?(?:${either(BACK)}))|` +
    `(?:(?:${SHARED}|g|ng)?(?:${either(GLIDED)}))|qu(?:${either(AFTER_QU)})|gi(?:${either(AFTER_GI)})|` +
    'g(?:i|in|iêng|iêt)|[hklmstv]?y|yêm|yên|yêng|yêt|yêu)$',
)
const TONES = /[\u0300\u0301\u0303\u0309\u0323]/g
const SHARP = /[\u0301\u0323]/
const STOPPED = /(?:ch|[cpt])$/

const known = new Map<string, boolean>()
const KNOWN_AT_MOST = 20_000

/** Whether `word`, in any case and form of Unicode, can be a syllable: a final c, ch, p or t bears sắc or nặng, and no syllable two tones. */
export function isSyllable(word: string): boolean {
  const seen = known.get(word)
  if (seen !== undefined) return seen
  const apart = word.toLowerCase().normalize('NFD')
  const tones = apart.match(TONES) ?? []
  const plain = apart.replace(TONES, '').normalize('NFC')
  const stopped = STOPPED.test(plain)
  const is = tones.length <= 1 && (!stopped || SHARP.test(tones[0] ?? '')) && SYLLABLE.test(plain)
  if (known.size >= KNOWN_AT_MOST) known.clear()
  known.set(word, is)
  return is
}

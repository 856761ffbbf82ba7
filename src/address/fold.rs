//! Letters brought to one form before words are looked at: scripts, traditional signs, look-alikes, accents.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::registry::normal;

/// How an address is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// Chinese: from the large to the small, without blanks.
    Han,
    /// In words with blanks between: Latin, Cyrillic and all others.
    Words,
}

/// Traditional signs that addresses are full of, and their simplified ones.
const TRADITIONAL: &str = "區区縣县鄉乡鎮镇號号樓楼棟栋單单門门園园東东龍龙華华國国廣广場场廈厦灣湾橋桥馬马裡里裏里衚胡衕同溝沟莊庄關关陽阳長长寧宁興兴慶庆連连達达義义遠远維维爾尔後后臺台雲云業业廠厂車车鐵铁農农學学醫医衛卫機机電电銀银錦锦鳳凤麗丽豐丰萬万榮荣貴贵財财島岛嶺岭澤泽濱滨瀋沈蘇苏蘭兰齊齐魯鲁黃黄綠绿紅红藍蓝舊旧雙双兩两聖圣壽寿順顺發发賢贤禮礼樂乐漢汉吳吴陳陈張张趙赵劉刘楊杨鄭郑鄰邻屬属層层戶户邊边側侧對对側侧";

/// Latin letters that look like Cyrillic ones, in the order of [`CYRILLIC_ALIKE`].
const LATIN_ALIKE: &str = "aekmhopctyxb";
/// See [`LATIN_ALIKE`].
const CYRILLIC_ALIKE: &str = "аекмнорстухв";

/// Cyrillic letters in Latin ones (after BGN/PCGN 1947, without marks). ё goes with е.
const LATIN_OF: [(char, &str); 40] = [
    ('а', "a"),
    ('б', "b"),
    ('в', "v"),
    ('г', "g"),
    ('д', "d"),
    ('е', "e"),
    ('ё', "e"),
    ('ж', "zh"),
    ('з', "z"),
    ('и', "i"),
    ('й', "y"),
    ('к', "k"),
    ('л', "l"),
    ('м', "m"),
    ('н', "n"),
    ('о', "o"),
    ('п', "p"),
    ('р', "r"),
    ('с', "s"),
    ('т', "t"),
    ('у', "u"),
    ('ф', "f"),
    ('х', "kh"),
    ('ц', "ts"),
    ('ч', "ch"),
    ('ш', "sh"),
    ('щ', "shch"),
    ('ъ', ""),
    ('ы', "y"),
    ('ь', ""),
    ('э', "e"),
    ('ю', "yu"),
    ('я', "ya"),
    ('і', "i"),
    ('ї', "i"),
    ('є', "e"),
    ('ґ', "g"),
    ('ў', "u"),
    ('ә', "a"),
    ('қ', "k"),
];

/// Latin letters with marks, and what stands for them without.
const PLAIN: [(&str, &str); 18] = [
    ("àáâãåāăą", "a"),
    ("ä", "a"),
    ("æ", "ae"),
    ("çćč", "c"),
    ("ďđ", "d"),
    ("èéêëēęě", "e"),
    ("ğ", "g"),
    ("ìíîïīı", "i"),
    ("łľ", "l"),
    ("ñńň", "n"),
    ("òóôõöøőō", "o"),
    ("œ", "oe"),
    ("ř", "r"),
    ("śšşș", "s"),
    ("ß", "ss"),
    ("ťţț", "t"),
    ("ùúûüůűū", "u"),
    ("ýÿ", "y"),
];

/// Whether a sign is a Chinese one.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '〇')
}

pub(super) fn script(text: &str) -> Script {
    if text.chars().any(is_han) { Script::Han } else { Script::Words }
}

/// The simplified sign of a traditional one that is known here, or the sign itself.
pub(super) fn simplified(c: char) -> char {
    if is_han(c) { SIMPLIFIED.get(&c).copied().unwrap_or(c) } else { c }
}

/// [`TRADITIONAL`] to be looked up in.
static SIMPLIFIED: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let mut pairs = HashMap::new();
    let mut signs = TRADITIONAL.chars();
    while let (Some(old), Some(new)) = (signs.next(), signs.next()) {
        pairs.insert(old, new);
    }
    pairs
});

/// A digit or numeral in any width or script of those that [`normal`] reads.
fn is_numeral(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '０'..='９') || "〇零一二三四五六七八九十".contains(c)
}

/// A Chinese address as [`normal`] writes it, with simplified signs; what was set apart by a blank or a mark between two numerals
/// stays apart.
pub(super) fn han(text: &str) -> String {
    let signs: Vec<char> = text.chars().map(simplified).collect();
    let mut plain = String::with_capacity(text.len());
    let mut i = 0;
    while i < signs.len() {
        let sets_apart = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | '.' | '/' | '／' | ';' | '；');
        let gap = signs[i..].iter().take_while(|&&c| sets_apart(c)).count();
        if gap > 0 {
            let before = plain.chars().next_back().is_some_and(is_numeral);
            if before && signs.get(i + gap).copied().is_some_and(is_numeral) {
                plain.push('-');
            }
            i += gap;
            continue;
        }
        plain.push(signs[i]);
        i += 1;
    }
    normal(&plain)
}

/// What letters with two looks are read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// As they are.
    Latin,
    /// As the Cyrillic letters they look like, beside others of these and beside digits.
    Cyrillic,
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}')
}

/// The alphabet of an address.
pub(super) fn alphabet(text: &str) -> Alphabet {
    if text.chars().any(is_cyrillic) { Alphabet::Cyrillic } else { Alphabet::Latin }
}

/// The words of an address in Latin or Cyrillic, or of a part of one: as [`normal`] writes each, in plain Latin letters.
pub(super) fn words(text: &str, alphabet: Alphabet) -> Vec<String> {
    let cyrillic = alphabet == Alphabet::Cyrillic;
    let splits = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                ',' | '，'
                    | ';'
                    | '；'
                    | '.'
                    | '。'
                    | '、'
                    | '('
                    | ')'
                    | '（'
                    | '）'
                    | '"'
                    | '«'
                    | '»'
                    | '“'
                    | '”'
                    | ':'
                    | '：'
                    | '\u{feff}'
            )
    };
    let mut words = Vec::new();
    let apart = text.replace('№', " no ").replace(['／', '\\'], "/");
    for raw in apart.split(splits).filter(|raw| !raw.is_empty()) {
        // a stroke holds two numbers together, and sets anything else apart
        let mut pieces: Vec<String> = Vec::new();
        for piece in raw.split('/') {
            let own = normal(piece);
            let alike = own.chars().any(is_cyrillic) || (cyrillic && own.chars().any(|c| c.is_ascii_digit()));
            let plain: String = own.chars().fold(String::new(), |plain, c| plain + &latin(c, alike));
            let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            match pieces.last_mut() {
                Some(last) if digit(last.chars().next()) && digit(plain.chars().next()) => {
                    last.push('/');
                    last.push_str(&plain);
                }
                _ => pieces.push(plain),
            }
        }
        words.extend(pieces.into_iter().filter(|piece| !piece.is_empty()));
    }
    words
}

/// A letter in plain Latin ones; `alike`: Latin letters that look like Cyrillic ones are meant for those.
fn latin(c: char, alike: bool) -> String {
    let c = if alike {
        LATIN_ALIKE.chars().position(|own| own == c).and_then(|at| CYRILLIC_ALIKE.chars().nth(at)).unwrap_or(c)
    } else {
        c
    };
    if c.is_ascii() {
        return c.to_string();
    }
    let plain = LATIN_OF.iter().find(|(own, _)| *own == c).map(|(_, latin)| *latin);
    let plain = plain.or_else(|| PLAIN.iter().find(|(marked, _)| marked.contains(c)).map(|(_, plain)| *plain));
    plain.map_or_else(|| c.to_string(), str::to_owned)
}

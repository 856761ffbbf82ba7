//! Addresses in words: a street with its kind, and a house number before or after it.

use super::fold;
use super::parse::{Number, Reading, Step};

/// Words for the kinds of streets, in plain Latin letters.
const KINDS: [(&str, &[&str]); 14] = [
    ("street", &["ulitsa", "ul", "ulica", "street", "st", "str", "strasse", "rue", "via", "calle"]),
    ("avenue", &["prospekt", "prosp", "prkt", "prt", "pr", "avenue", "ave", "av"]),
    ("boulevard", &["bulvar", "bulv", "bul", "br", "boulevard", "blvd"]),
    ("lane", &["pereulok", "per", "lane", "ln"]),
    ("drive", &["proezd", "przd", "prd", "drive", "dr"]),
    ("highway", &["shosse", "sh", "highway", "hwy"]),
    ("square", &["ploshchad", "pl", "square", "sq", "place", "piazza", "platz"]),
    ("embankment", &["naberezhnaya", "nab", "embankment", "quay"]),
    ("dead end", &["tupik", "tup"]),
    ("alley", &["alleya", "al", "alley"]),
    ("road", &["doroga", "road", "rd"]),
    ("court", &["court", "ct"]),
    ("line", &["liniya"]),
    ("quarter", &["kvartal", "mikrorayon", "mkr", "mkrn"]),
];
/// Words that stand before a house number.
const HOUSE: [&str; 6] = ["d", "dom", "house", "no", "nr", "n"];
/// Words that stand before a part of a house, and the letter it is kept by.
const PART: [(&str, &[&str]); 4] = [
    ("k", &["k", "korp", "korpus", "bldg", "building"]),
    ("s", &["s", "str", "stroenie"]),
    ("l", &["lit", "litera"]),
    ("uch", &["uch", "uchastok", "plot"]),
];
/// Words that stand before a flat.
const ROOM: [&str; 9] = ["kv", "kvartira", "apt", "apartment", "flat", "of", "ofis", "office", "room"];
/// Words before the name of an area: г. Снежинск.
const BEFORE_AREA: [&str; 13] =
    ["g", "gor", "gorod", "pos", "p", "poselok", "pgt", "s", "selo", "der", "derevnya", "d", "st-tsa"];
/// Words after the name of an area: Челябинская обл.
const AFTER_AREA: [&str; 9] = ["obl", "oblast", "ryn", "rn", "rayon", "kray", "city", "town", "village"];
/// Ends of ordinals: 1-й, 2-ая, 3rd.
const ORDINAL: [&str; 10] = ["y", "ya", "aya", "oy", "yy", "e", "th", "st", "nd", "rd"];
/// Numbers in one address that are tried as that of the house.
const TRIED: usize = 4;

fn kind(word: &str) -> Option<&'static str> {
    KINDS.iter().find(|(_, words)| words.contains(&word)).map(|(kind, _)| *kind)
}

/// Letters and digits of a word, taken apart: `uch9` is `uch`, `9`; `12k2` is `12`, `k`, `2`.
fn runs(word: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut start = 0;
    let mut before: Option<bool> = None;
    for (at, c) in word.char_indices() {
        let digit = c.is_ascii_digit();
        let joins = matches!(c, '-' | '/' | '~');
        if let Some(was) = before
            && !joins
            && was != digit
            && at > start
        {
            runs.push(&word[start..at]);
            start = at;
        }
        if !joins {
            before = Some(digit);
        }
    }
    runs.push(&word[start..]);
    runs
}

/// A word of an address, once it is known what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Name(String),
    Kind(&'static str),
    /// A house number with its parts; whether a word says that it is one.
    Numbers {
        all: Vec<Number>,
        told: Told,
    },
    BeforeArea,
    AfterArea,
}

/// Whether a word says that a number is that of a house.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    No,
    Yes,
}

fn is_number(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

fn classify(words: &[String]) -> (Vec<Word>, Option<String>) {
    // what stands together is taken apart where a word for a number begins it, or letters and digits alternate
    let mut pieces: Vec<(String, bool)> = Vec::new(); // whether it is glued to the one before
    for word in words {
        let cut = runs(word);
        let ordinal =
            matches!(&cut[..], [number, end] if is_number(number) && ORDINAL.contains(&end.trim_start_matches('-')));
        let dashed = word.split_once('-').is_some_and(|(number, end)| is_number(number) && ORDINAL.contains(&end));
        let english = matches!(&cut[..], [number, "th" | "nd" | "rd" | "st"] if is_number(number));
        if (ordinal && word.contains('-')) || dashed || english {
            let digits: String = word.chars().take_while(char::is_ascii_digit).collect();
            pieces.push((format!("#{digits}"), false));
        } else if cut.iter().any(|run| is_number(run)) {
            pieces.extend(cut.iter().enumerate().map(|(i, run)| ((*run).to_owned(), i > 0)));
        } else {
            pieces.push((word.clone(), false));
        }
    }
    let mut out: Vec<Word> = Vec::new();
    let mut room = None;
    let mut told = Told::No;
    let mut i = 0;
    while i < pieces.len() {
        let (piece, glued) = &pieces[i];
        let next = pieces.get(i + 1);
        let next_number = next.filter(|(next, _)| is_number(next)).map(|(next, _)| next.clone());
        let after_number = matches!(out.last(), Some(Word::Numbers { .. }));
        if let Some(digits) = piece.strip_prefix('#') {
            out.push(Word::Name(digits.to_owned()));
        } else if is_number(piece) {
            if let (true, Some(Word::Numbers { all, .. }), true) = (*glued, out.last_mut(), after_number) {
                all.push(Number::house(piece.clone()));
            } else {
                out.push(Word::Numbers { all: vec![Number::house(piece.clone())], told });
                told = Told::No;
            }
        } else if let (Some(number), true) = (&next_number, ROOM.contains(&piece.as_str())) {
            room = Some(number.clone());
            i += 1;
        } else if let (Some(number), Some((letter, words))) =
            (&next_number, PART.iter().find(|(_, words)| words.contains(&piece.as_str())))
            && (after_number || *letter == "uch")
            && !(piece == "str" && words.contains(&"stroenie") && !after_number)
        {
            let part = Number::house(format!("{letter}{number}"));
            match out.last_mut() {
                Some(Word::Numbers { all, .. }) if *letter != "uch" => all.push(part),
                _ => out.push(Word::Numbers { all: vec![part], told: Told::Yes }),
            }
            i += 1;
        } else if next_number.is_some() && HOUSE.contains(&piece.as_str()) {
            told = if piece == "no" || piece == "n" || piece == "nr" { Told::No } else { Told::Yes };
        } else if after_number
            && letter_of_number(piece, if *glued { 2 } else { 1 })
            && (*glued || kind(piece).is_none())
            && next.is_none_or(|(_, glued)| !glued)
        {
            if let Some(Word::Numbers { all, .. }) = out.last_mut()
                && let Some(last) = all.last_mut()
            {
                last.text.truncate(last.text.trim_end_matches('-').len());
                last.text.push_str(piece);
            }
        } else if let Some(kind) = kind(piece) {
            out.push(Word::Kind(kind));
        } else if next.is_some()
            && BEFORE_AREA.contains(&piece.as_str())
            && !(piece.len() == 1 && out.iter().any(|word| matches!(word, Word::Kind(_))))
        {
            // after the word for a street it is an initial: ул. С. Разина
            out.push(Word::BeforeArea);
        } else if i > 0 && AFTER_AREA.contains(&piece.as_str()) {
            out.push(Word::AfterArea);
        } else {
            out.push(Word::Name(piece.clone()));
        }
        i += 1;
    }
    (out, room)
}

/// Whether this is a letter, or so many, that belongs to the number before it: 12 А.
fn letter_of_number(piece: &str, most: usize) -> bool {
    !piece.is_empty() && piece.len() <= most && piece.bytes().all(|b| b.is_ascii_lowercase())
}

/// Reads an address in words: once for each number that may be that of the house.
pub(super) fn read(text: &str) -> Vec<Reading> {
    let (mut all, mut others, mut room) = (Vec::new(), Vec::new(), None);
    let alphabet = fold::alphabet(text);
    let segments: Vec<(Vec<Word>, Option<String>)> =
        text.split([',', '，', ';', '；']).map(|segment| classify(&fold::words(segment, alphabet))).collect();
    let street = |words: &[Word]| words.iter().any(|word| matches!(word, Word::Kind(_)));
    let has_street = segments.iter().any(|(words, _)| street(words));
    for (words, own_room) in segments {
        room = room.or(own_room);
        let bare = words.iter().all(|word| !matches!(word, Word::Kind(_) | Word::Numbers { .. }));
        if has_street && bare {
            others.extend(
                words.into_iter().filter_map(|word| if let Word::Name(name) = word { Some(name) } else { None }),
            );
        } else {
            all.extend(words);
        }
    }
    let groups: Vec<usize> = (0..all.len()).filter(|&i| matches!(all[i], Word::Numbers { .. })).collect();
    let told = groups.iter().rev().find(|&&i| matches!(all[i], Word::Numbers { told: Told::Yes, .. })).copied();
    let order: Vec<Option<usize>> = match (told, groups.as_slice()) {
        (Some(told), _) => vec![Some(told)],
        (None, []) => vec![None],
        (None, [.., last]) if *last + 1 == all.len() => groups.iter().rev().take(TRIED).copied().map(Some).collect(),
        (None, several) => several.iter().take(TRIED).copied().map(Some).collect(),
    };
    order.into_iter().map(|house| reading(&all, house, &others, room.clone())).collect()
}

fn reading(all: &[Word], house: Option<usize>, others: &[String], room: Option<String>) -> Reading {
    let mut step = Step::default();
    let mut names: Vec<String> = Vec::new();
    let mut others = others.to_vec();
    let mut area = false;
    for (i, word) in all.iter().enumerate() {
        match word {
            Word::Name(name) if area => others.push(name.clone()),
            Word::Name(name) => names.push(name.clone()),
            Word::Kind(kind) => step.kind = step.kind.or(Some(kind)),
            Word::Numbers { all, .. } if Some(i) == house => step.numbers.clone_from(all),
            Word::Numbers { all, .. } => {
                let text: String = all.iter().map(|number| number.text.as_str()).collect();
                // five or six digits are a postal code
                if (5..=6).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
                    others.push(text);
                } else {
                    names.push(text);
                }
            }
            Word::BeforeArea => {}
            Word::AfterArea => others.extend(names.pop()),
        }
        area = matches!(word, Word::BeforeArea);
    }
    step.name = names.join(" ");
    Reading { steps: vec![step], others, room, near: None }
}

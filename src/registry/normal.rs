//! How a place is written, brought to one form.

/// Words after a number that name a house or building; longer ones first.
const BUILDING: [&str; 14] =
    ["号楼", "號樓", "号院", "栋楼", "幢楼", "#楼", "号", "號", "栋", "棟", "幢", "座", "弄", "#"];
/// Words after a number that name a part of a building.
const PART: [&str; 8] = ["单元", "單元", "门栋", "门", "户室", "室", "房", "户"];
/// Written between the parts of a place: after a building, and after a part of one.
const AFTER_BUILDING: char = '-';
/// See [`AFTER_BUILDING`].
pub(super) const AFTER_PART: char = '~';

/// A name, number or address in the form it is compared in: half-width and lower-case, without blanks and marks, Chinese
/// numerals as digits (十二 and 〇 as 12 and 0), no zeros in front, every word for a building (号楼, 栋, 幢, 座, #) alike, and a
/// hyphen as good as one; words for units and doors (单元, 室) alike too, but unlike those. What ends in a word for a building
/// loses it. `normal(normal(x)) == normal(x)`.
///
/// ```
/// use wangge::registry::normal;
/// assert_eq!(normal("云锦花园　１２号楼"), normal("云锦花园十二幢"));
/// assert_eq!(normal("澄江大道400号院3栋"), "澄江大道400-3");
/// assert_eq!(normal("3#二单元"), "3-2~");
/// ```
pub fn normal(text: &str) -> String {
    // what one pass takes away may bring words together that the next one knows: 第第一, 0号号
    let mut out = pass(text);
    for _ in 0..=text.len() {
        let next = pass(&out);
        if next == out {
            break;
        }
        out = next;
    }
    out
}

/// One reading from front to back.
fn pass(text: &str) -> String {
    let plain: Vec<char> = numerals(&text.chars().filter_map(narrow).collect::<Vec<_>>());
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < plain.len() {
        let after_number = out.chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric());
        let word = |words: &[&str]| {
            let starts = |word: &&&str| word.chars().eq(plain[i..].iter().copied().take(word.chars().count()));
            words.iter().find(starts).map(|word| word.chars().count())
        };
        let found = |words: &[&str]| if after_number { word(words) } else { None };
        if let Some(length) = found(&PART) {
            out.push(AFTER_PART);
            i += length;
        } else if let Some(length) = found(&BUILDING) {
            out.push(AFTER_BUILDING);
            i += length;
        } else {
            match plain[i] {
                // a mark for itself, not doubled and not in front
                c @ (AFTER_BUILDING | AFTER_PART) => {
                    if after_number {
                        out.push(c);
                    }
                }
                '#' => {}
                '第' if plain.get(i + 1).is_some_and(char::is_ascii_digit) => {}
                '0' if !ends_in_digit(&out) && plain.get(i + 1).is_some_and(char::is_ascii_digit) => {}
                c => out.push(c),
            }
            i += 1;
        }
    }
    while out.ends_with(AFTER_BUILDING) {
        out.pop();
    }
    out
}

fn ends_in_digit(out: &str) -> bool {
    out.chars().next_back().is_some_and(|c| c.is_ascii_digit())
}

/// One character, half-width and lower-case; `None` for blanks and marks that only set things off.
fn narrow(c: char) -> Option<char> {
    let c = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '〇' | '零' => '〇',
        '—' | '–' | '‐' | '‑' | '―' | '−' | '_' => '-',
        c => c,
    };
    let dropped = c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{feff}' | '\u{200b}'
                ..='\u{200f}' | '.' | ',' | '，' | '。' | '、' | '(' | ')' | '"' | '\'' | '·' | ':' | ';' | '/'
        );
    (!dropped).then(|| c.to_lowercase().next().unwrap_or(c))
}

fn digit(c: char) -> Option<u32> {
    "〇一二三四五六七八九".chars().position(|one| one == c).map(|digit| digit as u32)
}

/// Runs of Chinese numerals as digits: 十二 is 12, 二〇一 is 201. A run that starts with 百 or 千 is a name (百合园).
fn numerals(text: &[char]) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    let mut i = 0;
    while i < text.len() {
        let length = text[i..].iter().take_while(|&&c| digit(c).is_some() || matches!(c, '十' | '百' | '千')).count();
        if length == 0 {
            out.push(text[i]);
            i += 1;
            continue;
        }
        let run = &text[i..i + length];
        match spoken(run) {
            Some(number) => out.extend(number.to_string().chars()),
            None if run.iter().all(|&c| digit(c).is_some()) => {
                out.extend(run.iter().filter_map(|&c| digit(c)).filter_map(|d| char::from_digit(d, 10)));
            }
            None => out.extend(run),
        }
        i += length;
    }
    out
}

/// A number below 10,000 as it is spoken: 一千零三, 二十, 十二. `None` for anything else, such as digits one by one.
fn spoken(run: &[char]) -> Option<u32> {
    if !run.iter().any(|c| matches!(c, '十' | '百' | '千')) {
        return None;
    }
    let (mut sum, mut last, mut below) = (0, None, u32::MAX);
    for (i, &c) in run.iter().enumerate() {
        let unit = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1000,
            _ => {
                if last.is_some_and(|digit| digit != 0) {
                    return None;
                }
                last = digit(c);
                continue;
            }
        };
        let times = match last.take() {
            None | Some(0) if unit == 10 && i == 0 => 1,
            Some(times) if times > 0 => times,
            _ => return None,
        };
        if unit >= below {
            return None;
        }
        below = unit;
        sum += times * unit;
    }
    Some(sum + last.unwrap_or(0))
}

/// A whole number of households or persons as people write it: 1,234, １２, 300户. `None` for a blank.
///
/// # Errors
/// What stands there instead.
pub fn count(text: &str) -> Result<Option<u32>, String> {
    let plain: String = text
        .chars()
        .map(
            |c| if ('\u{ff01}'..='\u{ff5e}').contains(&c) { char::from_u32(c as u32 - 0xfee0).unwrap_or(c) } else { c },
        )
        .filter(|c| !c.is_whitespace() && *c != ',' && *c != '，')
        .collect();
    let plain = plain.trim_end_matches(['户', '人', '口']);
    if plain.is_empty() {
        return if text.trim().is_empty() { Ok(None) } else { Err(format!("{text:?} is no number")) };
    }
    let whole =
        plain.split_once('.').map_or(plain, |(whole, rest)| if rest.chars().all(|c| c == '0') { whole } else { plain });
    match whole.parse::<i128>() {
        Ok(number) if number < 0 => Err(format!("{text:?} is less than nobody")),
        Ok(number) => u32::try_from(number).map(Some).map_err(|_| format!("{text:?} is over {}", u32::MAX)),
        Err(_) => Err(format!("{text:?} is no whole number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_building_written_seven_ways_is_one() {
        for way in ["12号楼", "１２号楼", "十二栋", "12幢", "12 座", "12#", "第12号", "012号楼", "12＃楼", "#12", "12"]
        {
            assert_eq!(normal(way), "12", "{way}");
        }
        for way in ["A座", "ａ栋", "a号楼"] {
            assert_eq!(normal(way), "a", "{way}");
        }
    }

    #[test]
    fn words_that_stand_twice_are_taken_away_twice() {
        assert_eq!(normal("第第一"), "1");
    }

    #[test]
    fn units_and_doors_are_told_from_buildings() {
        assert_eq!(normal("云锦花园3号楼2单元301室"), "云锦花园3-2~301~");
        assert_eq!(normal("云锦花园三幢二單元"), "云锦花园3-2~");
        assert_ne!(normal("3号楼2单元"), normal("3号楼2"));
        assert_eq!(normal("建设路5-3"), normal("建设路5号3号楼"));
    }

    #[test]
    fn numerals_are_read_as_they_are_spoken_and_names_stay() {
        for (text, wanted) in [
            ("十", "10"),
            ("二十", "20"),
            ("一百零三", "103"),
            ("一百一十", "110"),
            ("一千零五", "1005"),
            ("二〇一", "201"),
            ("三里屯", "3里屯"),
            ("百合园", "百合园"),
            ("千禧", "千禧"),
            ("八一路", "81路"),
            ("二十百", "二十百"),
        ] {
            assert_eq!(normal(text), wanted, "{text}");
        }
    }

    #[test]
    fn counts_are_read_as_people_write_them() {
        for (text, wanted) in [
            ("312", Some(312)),
            ("1,234", Some(1234)),
            ("１２ 户", Some(12)),
            ("30.0", Some(30)),
            ("  ", None),
            ("7人", Some(7)),
        ] {
            assert_eq!(count(text), Ok(wanted), "{text}");
        }
        for text in ["12a", "-3", "1.5", "户", "99999999999", "十二"] {
            assert!(count(text).unwrap_err().contains(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn normal_is_its_own_normal(text in "[ 0-9０-９A-Za-zＡ－a-c#＃号楼栋幢座单元室门第一二三十百千〇零园路弄～~-]{0,16}|\\PC{0,12}") {
            let once = normal(&text);
            prop_assert_eq!(normal(&once), once.clone(), "{}", once);
        }

        #[test]
        fn numbers_to_ten_thousand_come_back_from_chinese(number in 1_u32..10_000) {
            let names: Vec<char> = "零一二三四五六七八九".chars().collect();
            let (mut spoken, mut gap, mut begun) = (String::new(), false, false);
            for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
                let d = number / unit % 10;
                if d == 0 {
                    gap = begun;
                } else {
                    if gap { spoken.push('零'); }
                    spoken.push(names[d as usize]);
                    spoken.push_str(name);
                    (gap, begun) = (false, true);
                }
            }
            prop_assert_eq!(normal(&spoken), number.to_string(), "{}", spoken);
        }

        #[test]
        fn any_text_is_a_count_or_a_reason(text in "\\PC{0,12}") {
            let _ = count(&text);
        }
    }
}

//! The words lists are written in.

use super::Role;

const PRIMARY: [&str; 10] = ["primary", "main", "lead", "主责", "主", "主岗", "主要", "责任人", "网格长", "主责网格员"];
const DEPUTY: [&str; 10] =
    ["deputy", "backup", "assistant", "副", "副责", "副岗", "备岗", "协助", "副网格长", "副网格员"];

/// The role a word stands for, in Chinese or English, in any case.
pub fn role_of(word: &str) -> Option<Role> {
    let word = word.trim().to_lowercase();
    let is = |list: &[&str]| list.contains(&word.as_str());
    if is(&PRIMARY) {
        Some(Role::Primary)
    } else if is(&DEPUTY) {
        Some(Role::Deputy)
    } else {
        None
    }
}

/// A date as people write it (`2026-03-01`, `2026/3/1`, `2026.3.1`, `20260301`, `2026年3月1日`, with or without a midnight
/// behind it) as `2026-03-01`. What is no such date comes back as `None`; whether the day exists is not looked at.
pub fn civil_date(text: &str) -> Option<String> {
    let text = text.trim();
    let text = ["T00:00:00", " 00:00:00", " 0:00:00", " 0:00", " 00:00"]
        .iter()
        .find_map(|midnight| text.strip_suffix(midnight))
        .unwrap_or(text);
    let parts: Vec<&str> = if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        vec![&text[..4], &text[4..6], &text[6..]]
    } else {
        text.trim_end_matches('日').split(['-', '/', '.', '年', '月']).collect()
    };
    let [year, month, day] = parts[..] else { return None };
    let number = |part: &str, digits: std::ops::RangeInclusive<usize>| {
        let part = part.trim();
        (digits.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse::<u32>().ok())?
    };
    Some(format!("{:04}-{:02}-{:02}", number(year, 4..=4)?, number(month, 1..=2)?, number(day, 1..=2)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_known_in_both_languages() {
        for word in ["主责", " primary ", "Primary", "主", "网格长"] {
            assert_eq!(role_of(word), Some(Role::Primary), "{word}");
        }
        for word in ["副", "副岗", "DEPUTY", "备岗"] {
            assert_eq!(role_of(word), Some(Role::Deputy), "{word}");
        }
        for word in ["", "主副", "boss"] {
            assert_eq!(role_of(word), None, "{word}");
        }
    }

    #[test]
    fn dates_are_known_as_people_write_them() {
        for text in [
            "2026-03-01",
            "2026/3/1",
            "2026.3.1",
            "20260301",
            "2026年3月1日",
            " 2026/03/01 00:00:00",
            "2026-03-01T00:00:00",
        ] {
            assert_eq!(civil_date(text).as_deref(), Some("2026-03-01"), "{text}");
        }
        for text in
            ["", "1/3/2026", "2026-03", "二〇二六年三月一日", "2026-03-01T08:00:00+08:00", "46082", "2026-03-01-02"]
        {
            assert_eq!(civil_date(text), None, "{text}");
        }
    }
}

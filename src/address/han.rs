//! Chinese addresses: areas, then names with numbers, from the large to the small.

use super::fold;
use super::parse::{Near, Number, Reading, Step};

/// Words at the end of the name of a street, longer ones first.
const STREET: [&str; 11] = ["大道", "大街", "公路", "马路", "胡同", "路", "街", "巷", "弄", "里", "道"];
/// Words at the end of the name of a compound, longer ones first.
const COMPOUND: [&str; 18] = [
    "家属院",
    "生活区",
    "小区",
    "花园",
    "家园",
    "公寓",
    "大厦",
    "广场",
    "宿舍",
    "新村",
    "花苑",
    "佳苑",
    "名苑",
    "雅苑",
    "游园",
    "苑",
    "园",
    "村",
];
/// A number before one of these is part of a name: 二十二巷, 三区, 一期.
const NUMBERED: &str = "路街道巷弄里胡区期村组队社庄段条园院营";
/// Words of areas by rank, longer ones first.
const AREAS: [(u8, &[&str]); 5] = [
    (1, &["自治区", "省"]),
    (2, &["自治州", "地区", "市"]),
    (3, &["开发区", "高新区", "新区", "区", "县", "旗"]),
    (4, &["街道办事处", "街道办", "街道", "镇", "乡"]),
    (5, &["居民委员会", "村民委员会", "居委会", "村委会", "社区"]),
];
/// Before 区, these make it a part of a compound: 小区, 东区, 二区.
const NOT_DISTRICT: &str = "小社东西南北中园校厂库街山矿宅活头0123456789";
/// What says where from a place, longer ones first.
const NEAR: [Near; 14] = [
    Near::At("大门口"),
    Near::At("门口"),
    Near::At("楼下"),
    Near::At("院内"),
    Near::At("门前"),
    Near::Off("附近"),
    Near::Off("旁边"),
    Near::Off("对面"),
    Near::Off("隔壁"),
    Near::Off("东侧"),
    Near::Off("西侧"),
    Near::Off("南侧"),
    Near::Off("北侧"),
    Near::Off("旁"),
];

/// A province, city, district, street office or community.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Area {
    /// As it is written.
    pub text: String,
    /// Without the word for what it is.
    pub core: String,
    /// 1 for a province to 5 for a community; 0 where no word says it.
    pub rank: u8,
}

/// Whether a name ends in a word for a street.
pub(super) fn is_street(name: &str) -> bool {
    matches!(split(name).1, Some(kind) if STREET.contains(&kind))
}

/// A name and the word for what it is. A name of which nothing would be left, or a numeral, keeps its word.
pub(super) fn split(name: &str) -> (&str, Option<&'static str>) {
    for kind in STREET.into_iter().chain(COMPOUND) {
        if let Some(core) = name.strip_suffix(kind)
            && core.chars().nth(1).is_some()
            && !core.ends_with(|c: char| c.is_ascii_alphanumeric())
        {
            return (core, Some(kind));
        }
    }
    (name, None)
}

/// The areas a run of signs begins with, and what is left: never nothing, nor only a word for a street.
pub(super) fn areas(run: &str) -> (Vec<Area>, String) {
    let (areas, rest) = peel(run);
    let is_name = |rest: &str| {
        !rest.is_empty() && !STREET.contains(&rest) && !COMPOUND.contains(&rest) && rest.chars().nth(1).is_some()
    };
    if is_name(&rest) {
        return (areas, rest);
    }
    // the last area was the name: 都市花园, 景德镇路
    let mut areas = areas;
    match areas.pop() {
        Some(last) => (areas, last.text + &rest),
        None => (areas, rest),
    }
}

/// The areas a run of signs begins with, and what is left, which may be nothing.
pub(super) fn peel(run: &str) -> (Vec<Area>, String) {
    let mut rest: Vec<char> = run.chars().collect();
    let mut areas: Vec<Area> = Vec::new();
    'next: loop {
        let above = areas.last().map_or(0, |area| area.rank);
        for end in 2..=rest.len().min(12) {
            let text: String = rest[..end].iter().collect();
            let word = AREAS
                .iter()
                .filter(|(rank, _)| *rank > above)
                .find_map(|(rank, words)| words.iter().find(|word| text.ends_with(*word)).map(|word| (*rank, *word)));
            let Some((rank, word)) = word else { continue };
            let core = &text[..text.len() - word.len()];
            let before = core.chars().next_back();
            if core.is_empty() || (word == "区" && before.is_none_or(|c| NOT_DISTRICT.contains(c))) {
                continue;
            }
            // 街道办 goes on; 红旗街道 is no banner
            let next = rest.get(end).copied();
            if (word == "街道" && next == Some('办'))
                || (word == "旗"
                    && (core.chars().count() < 2 || next.is_some_and(|c| "街路镇乡社小大村巷园".contains(c))))
            {
                continue;
            }
            areas.push(Area { core: core.to_owned(), rank, text });
            rest.drain(..end);
            continue 'next;
        }
        return (areas, rest.into_iter().collect());
    }
}

/// Takes off what says where from the place.
fn near(text: &str) -> (&str, Option<Near>) {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '。' | '，' | ',' | '.' | '的'));
    for near in NEAR {
        let (Near::At(word) | Near::Off(word)) = near;
        if let Some(rest) = text.strip_suffix(word)
            && !rest.trim().is_empty()
        {
            return (rest, Some(near));
        }
    }
    (text, None)
}

/// Takes off a room: 301室, ３０１户.
fn room(text: &str) -> (&str, Option<String>) {
    let Some(rest) = text.strip_suffix(['室', '户', '房']) else { return (text, None) };
    let rest = rest.strip_suffix(['号', '號']).unwrap_or(rest);
    let wide = |c: char| c.is_ascii_alphanumeric() || matches!(c, '０'..='９');
    let start = rest.char_indices().rev().take_while(|&(_, c)| wide(c)).last().map(|(at, _)| at);
    match start {
        Some(at) if at > 0 => {
            let before = rest[..at].trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '-' | '—' | '–'));
            (before, Some(fold::han(&rest[at..])))
        }
        _ => (text, None),
    }
}

/// Reads a Chinese address; a second time where a number after a street may begin a name: 团结街五一新村.
pub(super) fn read(text: &str) -> Vec<Reading> {
    let (first, doubtful) = read_as(text, After::House);
    if doubtful { vec![first, read_as(text, After::Name).0] } else { vec![first] }
}

/// What a number between a street and a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// That of a house in the street.
    House,
    /// The beginning of the name.
    Name,
}

/// One reading, and whether there was a number in it that the other reads otherwise.
fn read_as(text: &str, after: After) -> (Reading, bool) {
    let simple: String = text.chars().map(fold::simplified).collect();
    let (rest, near) = near(simple.trim());
    let (rest, room) = room(rest);
    let plain: Vec<char> = fold::han(rest).chars().collect();
    let mut steps: Vec<Step> = Vec::new();
    let mut name = String::new();
    let mut doubtful = false;
    let mut i = 0;
    while i < plain.len() {
        let c = plain[i];
        if c == '-' || c == '~' {
            i += 1;
            continue;
        }
        if !c.is_ascii_alphanumeric() {
            name.push(c);
            i += 1;
            continue;
        }
        let run: String = plain[i..].iter().take_while(|c| c.is_ascii_alphanumeric()).collect();
        let next = plain.get(i + run.len()).copied();
        i += run.len();
        let number = run.strip_prefix("no").filter(|rest| !rest.is_empty()).unwrap_or(&run);
        let counts = number.starts_with(|c: char| c.is_ascii_digit()) || number.len() <= 2;
        let closed = matches!(next, None | Some('-' | '~'));
        // 南埠街道 is no street
        let in_street =
            next.is_some_and(|next| !NUMBERED.contains(next)) && is_street(&name) && !name.ends_with("街道");
        doubtful |= counts && !closed && in_street;
        let in_street = in_street && after == After::House;
        if !(counts && (closed || in_street)) {
            name.push_str(&run);
            continue;
        }
        if !name.is_empty() || steps.is_empty() {
            steps.push(Step { name: std::mem::take(&mut name), ..Step::default() });
        }
        let number = if next == Some('~') { Number::unit(number) } else { Number::house(number) };
        if let Some(step) = steps.last_mut() {
            step.numbers.push(number);
        }
    }
    if !name.is_empty() || steps.is_empty() {
        steps.push(Step { name, ..Step::default() });
    }
    (Reading { steps, others: Vec::new(), room, near }, doubtful)
}

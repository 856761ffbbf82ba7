//! Addresses as people write them: the same place in another width, with numerals, other words, parts left out. Knows nothing of the
//! crate.

/// A source of numbers from a seed (Knuth's MMIX constants).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % n as u64) as usize
    }

    /// Once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

/// Something somebody wrote.
pub struct Mangled {
    pub text: String,
    /// Whether the unit was left out, so that each unit of the building is right.
    pub unit_dropped: bool,
}

/// The building of a Chinese address: without its unit.
pub fn without_unit(address: &str) -> &str {
    let Some(rest) = address.strip_suffix("单元") else { return address };
    rest.trim_end_matches(|c: char| c.is_ascii_digit())
}

fn spoken(mut number: u32) -> String {
    let names: Vec<char> = "零一二三四五六七八九".chars().collect();
    if number >= 1000 || number == 0 {
        return number
            .to_string()
            .chars()
            .filter_map(|c| c.to_digit(10))
            .map(|d| if d == 0 { '〇' } else { names[d as usize] })
            .collect();
    }
    let (mut text, mut gap) = (String::new(), false);
    for (unit, name) in [(100, "百"), (10, "十"), (1, "")] {
        let digit = number / unit;
        number %= unit;
        if digit == 0 {
            gap = !text.is_empty();
            continue;
        }
        if gap {
            text.push('零');
        }
        if !(unit == 10 && digit == 1 && text.is_empty()) {
            text.push(names[digit as usize]);
        }
        text.push_str(name);
        gap = false;
    }
    text
}

/// A number as somebody writes it.
fn number(dice: &mut Dice, digits: &str) -> String {
    match dice.below(6) {
        0 => digits.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap_or(c)).collect(),
        1 | 2 => digits.parse().map_or_else(|_| digits.to_owned(), spoken),
        3 => format!("0{digits}"),
        _ => digits.to_owned(),
    }
}

/// `…{digits}{word}` at the end of a text: what stands before, and the digits.
fn cut<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    let rest = text.strip_suffix(word)?;
    let start = rest.len() - rest.bytes().rev().take_while(u8::is_ascii_digit).count();
    (start < rest.len()).then(|| rest.split_at(start))
}

/// A Chinese address of the form 市区街道 路号 小区 号楼 单元, written in another way.
pub fn mangle_han(dice: &mut Dice, address: &str) -> Mangled {
    let (rest, unit) = cut(address, "单元").map_or((address, None), |(rest, unit)| (rest, Some(unit)));
    let (rest, building) = cut(rest, "号楼").map_or((rest, None), |(rest, building)| (rest, Some(building)));
    let at = rest.find("街道").map_or(0, |at| at + "街道".len());
    let (areas, rest) = rest.split_at(at);
    let house = rest.find('号').filter(|&at| rest[..at].ends_with(|c: char| c.is_ascii_digit()));
    let (street, house, compound) = match house {
        Some(at) => {
            let (street, digits) = cut(&rest[..at + "号".len()], "号").unwrap_or((rest, ""));
            (street, digits, &rest[at + "号".len()..])
        }
        None => ("", "", rest),
    };
    let mut text = String::new();
    // areas: all, some, without their words, none
    let pieces: Vec<&str> = areas.split_inclusive(['市', '区']).collect();
    match dice.below(5) {
        0 => {}
        1 => text.push_str(pieces.last().copied().unwrap_or_default()),
        2 => pieces.iter().skip(1).for_each(|piece| text.push_str(piece)),
        3 => {
            for piece in pieces.iter().skip(1) {
                text.push_str(piece.trim_end_matches("街道").trim_end_matches(['市', '区']));
            }
        }
        _ => text.push_str(areas),
    }
    // the street goes where the compound and its building say enough, the compound where the number does
    let enough = !compound.is_empty() && building.is_some();
    let drop = if enough { dice.below(4) } else { 9 };
    if drop != 0 {
        let bare = ["路", "街", "大道"].iter().find_map(|word| street.strip_suffix(word));
        match bare {
            Some(bare) if dice.once_in(8) && bare.chars().count() > 1 => text.push_str(bare),
            _ => text.push_str(street),
        }
        if dice.once_in(6) {
            text.push(' ');
        }
        if !(house.is_empty() || drop == 1 && dice.once_in(2)) {
            let house = number(dice, house);
            text.push_str(&house);
            if !(compound.is_empty() && dice.once_in(4)) {
                text.push_str(dice.one(&["号", "號", "号院"]));
            }
        }
    }
    if drop != 2 {
        if dice.once_in(6) {
            text.push_str(dice.one(&["，", " ", "、"]));
        }
        match compound.strip_suffix("小区") {
            Some(bare) if dice.once_in(4) && bare.chars().count() > 1 => text.push_str(bare),
            _ => text.push_str(compound),
        }
    }
    if let Some(building) = building {
        if dice.once_in(6) {
            text.push(' ');
        }
        let building = number(dice, building);
        if dice.once_in(8) {
            text.push('第');
        }
        text.push_str(&building);
        text.push_str(dice.one(&["号楼", "栋", "幢", "座", "#", "＃", "號樓", "号", "棟", "#楼"]));
    }
    let mut unit_dropped = false;
    if let Some(unit) = unit {
        unit_dropped = dice.once_in(8);
        if !unit_dropped {
            let unit = number(dice, unit);
            text.push_str(&unit);
            text.push_str(dice.one(&["单元", "門", "单元", "門栋", "門"]).replace("門", "门").as_str());
        }
    }
    if dice.once_in(10)
        && !text.ends_with(char::is_numeric)
        && !text.ends_with(|c| "〇零一二三四五六七八九十百".contains(c))
    {
        text.push_str(dice.one(&["301室", "１２０２室", "门口", "5０3户"]));
    }
    Mangled { text, unit_dropped }
}

/// Russian letters in Latin ones that look like them.
fn alike(text: &str) -> String {
    let pairs = [
        ('А', 'A'),
        ('В', 'B'),
        ('Е', 'E'),
        ('К', 'K'),
        ('М', 'M'),
        ('Н', 'H'),
        ('О', 'O'),
        ('Р', 'P'),
        ('С', 'C'),
        ('Т', 'T'),
        ('а', 'a'),
        ('е', 'e'),
        ('о', 'o'),
        ('с', 'c'),
        ('р', 'p'),
    ];
    text.chars().map(|c| pairs.iter().find(|(own, _)| *own == c).map_or(c, |(_, latin)| *latin)).collect()
}

const KINDS: [(&str, &[&str]); 6] = [
    ("улица", &["ул.", "ул", "УЛИЦА", "ulitsa", "st."]),
    ("проспект", &["пр.", "пр-т", "просп.", "пр-кт"]),
    ("бульвар", &["б-р", "бул.", "бульвар"]),
    ("переулок", &["пер.", "пер", "переулок"]),
    ("шоссе", &["ш.", "шоссе"]),
    ("проезд", &["проезд", "пр-д"]),
];

/// A Russian address of the form `улица, дом`, written in another way.
pub fn mangle_russian(dice: &mut Dice, street: &str, house: &str) -> Mangled {
    let words: Vec<&str> = street.split(' ').collect();
    let kind = words.iter().find_map(|word| KINDS.iter().find(|(kind, _)| kind == word));
    let name: Vec<&str> = words.iter().copied().filter(|word| kind.is_none_or(|(kind, _)| kind != word)).collect();
    let mut name = name.join(" ");
    match dice.below(5) {
        0 => name = name.replace('ё', "е"),
        1 => name = name.to_uppercase(),
        2 => name = name.to_lowercase(),
        3 => name = alike(&name),
        _ => {}
    }
    let mut house = match dice.below(6) {
        0 => house.to_lowercase(),
        1 => alike(house),
        2 if house.ends_with(char::is_alphabetic) && house.starts_with(|c: char| c.is_ascii_digit()) => {
            let at = house.char_indices().last().map_or(0, |(at, _)| at);
            format!("{} {}", &house[..at], &house[at..])
        }
        3 => house.replace(" к", " корп. ").replace(" с", " стр. "),
        _ => house.to_owned(),
    };
    if house.starts_with(|c: char| c.is_ascii_digit()) && dice.once_in(3) {
        house = format!("{}{house}", dice.one(&["д. ", "дом ", "д.", "№ "]));
    }
    let shown = match kind {
        Some((kind, short)) => match dice.below(8) {
            0 => name,
            1 => format!("{name} {kind}"),
            2 | 3 => format!("{name} {}", dice.one(short)),
            4 => format!("{kind} {name}"),
            _ => format!("{} {name}", dice.one(short)),
        },
        None => name,
    };
    let comma = dice.one(&[", ", " ", ",", ",  "]);
    let text = match dice.below(8) {
        0 => format!("г. Снежинск, {shown}{comma}{house}"),
        1 => format!("456770, Челябинская обл., г. Снежинск, {shown}{comma}{house}"),
        2 => format!("{shown}{comma}{house}, кв. 5"),
        _ => format!("{shown}{comma}{house}"),
    };
    Mangled { text, unit_dropped: false }
}

use super::*;
use crate::geom::LatticePoint;
use proptest::prelude::*;

fn register(texts: &[&str]) -> Index {
    let place = |(i, text): (i32, &&str)| Place {
        text: (*text).to_owned(),
        point: LatticePoint::new(1_140_000_000 + i * 1000, 300_000_000),
    };
    Index::new((0..).zip(texts).map(place).collect())
}

/// What a text means: the state, and the best candidate as it is written.
fn best<'a>(register: &'a Index, text: &str) -> (State, &'a str) {
    let found = register.search(text, 5);
    (found.state, found.candidates.first().map_or("", |first| register.place(first.place).text.as_str()))
}

const TOWN: [&str; 14] = [
    "云泽市澄浦区南埠街道人民路276号文昌里游园",
    "云泽市澄浦区南埠街道人民路280号云锦花园3号楼1单元",
    "云泽市澄浦区南埠街道人民路280号云锦花园3号楼2单元",
    "云泽市澄浦区南埠街道人民路280号云锦花园12号楼1单元",
    "云泽市澄浦区云桥街道柏树一巷9号",
    "云泽市澄浦区云桥街道柏树二十二巷9号",
    "云泽市澄浦区云桥街道云台街5号",
    "云泽市澄浦区云桥街道云台路5号",
    "云泽市澄浦区栗山街道枫林街25号印刷厂二区3号楼",
    "云泽市澄浦区栗山街道纱厂路39号棉纺厂A区2号楼",
    "云泽市澄浦区栗山街道纱厂路39号棉纺厂B区2号楼",
    "云泽市澄浦区南埠街道麻石巷21-31号",
    "云泽市澄浦区南埠街道八卦弄54号",
    "云泽市澄浦区南埠街道团结街24号五一新村8号楼3单元",
];

#[test]
fn one_building_is_found_however_it_is_written() {
    let town = register(&TOWN);
    let wanted = TOWN[2];
    for text in [
        "云泽市澄浦区南埠街道人民路280号云锦花园3号楼2单元",
        "云泽市澄浦区南埠街道人民路２８０號雲錦花園３號樓２單元",
        "澄浦区人民路280号云锦花园三栋二单元",
        "澄浦南埠人民路280号云锦花园3幢2门",
        "人民路二百八十号云锦花园3#2单元",
        "人民路云锦花园3座2单元",
        "云锦花园3号楼2单元",
        "云锦 3-2",
        "人民路280号3栋2单元",
        "人民280号云锦花园第三栋，2单元",
        "云锦花园3号楼2单元301室",
        "云锦花园3号楼2单元門口",
    ] {
        let (state, found) = best(&town, text);
        assert!(matches!(state, State::Exact | State::Confident), "{text}: {:?}", town.search(text, 5));
        assert_eq!(found, wanted, "{text}");
    }
    assert_eq!(best(&town, wanted).0, State::Exact);
}

#[test]
fn numbers_within_names_are_no_house_numbers() {
    let town = register(&TOWN);
    assert_eq!(best(&town, "柏树22巷9"), (State::Confident, TOWN[5]));
    assert_eq!(best(&town, "柏树一巷九号"), (State::Confident, TOWN[4]));
    assert_eq!(best(&town, "印刷厂2区3栋"), (State::Confident, TOWN[8]));
    assert_eq!(best(&town, "南埠街道八卦弄54号"), (State::Confident, TOWN[12]));
    assert_eq!(best(&town, "五一新村八号楼"), (State::Confident, TOWN[13]));
}

#[test]
fn what_may_be_several_places_is_ambiguous() {
    let town = register(&TOWN);
    // either street; either compound; either unit
    for (text, among) in [("云台5号", [6, 7]), ("纱厂路39号2号楼", [9, 10]), ("云锦花园3号楼", [1, 2])] {
        let found = town.search(text, 5);
        assert_eq!(found.state, State::Ambiguous, "{text}");
        assert_eq!(found.leaders, among.map(PlaceId), "{text}");
    }
    assert!(town.search("云锦花园3号楼", 5).one_building);
    assert!(!town.search("云台5号", 5).one_building);
    // the same building name, another street office
    let twice = register(&["甲区东风街道幸福小区3号楼", "甲区红旗街道幸福小区3号楼"]);
    let found = twice.search("幸福小区3栋", 5);
    assert_eq!((found.state, found.one_building), (State::Ambiguous, false));
    assert_eq!(best(&twice, "红旗街道幸福小区3栋"), (State::Confident, "甲区红旗街道幸福小区3号楼"));
}

#[test]
fn what_differs_is_never_taken_unasked() {
    let town = register(&TOWN);
    for text in [
        "人明路276号文昌里游院", // misspelt
        "人民街276号",           // another kind of street
        "云锦花园3号楼7单元",    // no such unit
        "云锦花园4号楼1单元",    // no such building
        "柏树三巷9号",           // no such lane
        "云桥街道人民路276号",   // another street office
        "麻石巷25号",            // within a range
        "云锦花园3号楼2单元对面",
        "人民路",
        "新人民路276号",
    ] {
        let found = town.search(text, 5);
        assert!(matches!(found.state, State::Ambiguous | State::None), "{text}: {found:?}");
    }
    let found = town.search("人民路9999号", 5);
    assert_eq!(found.state, State::None);
    assert!(found.candidates.iter().all(|near| near.score < 300), "{found:?}");
    assert_eq!(town.search("", 5).candidates, []);
    assert_eq!(town.search("完全不同", 5).candidates, []);
}

#[test]
fn reasons_say_what_was_left_out_in_both_languages() {
    let town = register(&TOWN);
    let found = town.search("人民280号云锦花园3号楼", 1);
    let english: Vec<String> = found.candidates[0].why.iter().map(ToString::to_string).collect();
    assert_eq!(
        english,
        [
            "district missing; the register has 云泽市澄浦区南埠街道",
            "人民路 matched without 路",
            "unit missing; the register has 1"
        ]
    );
    let chinese: Vec<String> = found.candidates[0].why.iter().map(Why::to_chinese).collect();
    assert_eq!(chinese, ["缺区划，地址库为云泽市澄浦区南埠街道", "缺“路”，按人民路匹配", "缺单元，地址库为1"]);
}

const RUSSIAN: [&str; 12] = [
    "улица Ленина, 12",
    "улица Ленина, 12А",
    "улица Щёлкина, 5",
    "улица Мира, 7",
    "проспект Мира, 7",
    "улица 1 Мая, 9",
    "улица № 9, 5",
    "улица № 9, уч5",
    "улица 40 лет Октября, 13 с2",
    "Сиреневая улица, 4 к2",
    "улица Степана Разина, 8",
    "8",
];

#[test]
fn a_street_and_a_number_are_found_in_either_order_and_script() {
    let town = register(&RUSSIAN);
    for (text, wanted) in [
        ("ул. Ленина, д. 12", 0),
        ("ЛЕНИНА УЛ 12", 0),
        ("12 Lenina st", 0),
        ("456770, Челябинская обл., г. Снежинск, ул. Ленина, 12, кв. 3", 0),
        ("ул. Ленина, 12A", 1), // a Latin A
        ("ул.Ленина 12 а", 1),
        ("щелкина 5", 2),
        ("Shchelkina, 5", 2),
        ("пр-т Мира, 7", 4),
        ("ул. 1 Мая, дом 9", 5),
        ("9 улица 1 Мая", 5),
        ("улица №9, 5", 6),
        ("улица № 9 участок 5", 7),
        ("40 лет Октября ул., 13 стр. 2", 8),
        ("Сиреневая, 4к2", 9),
        ("ул. Сиреневая д. 4 корп. 2", 9),
        ("ул. С. Разина, 8", 10),
        ("8", 11),
    ] {
        let (state, found) = best(&town, text);
        assert!(matches!(state, State::Exact | State::Confident), "{text}: {:?}", town.search(text, 3));
        assert_eq!(found, RUSSIAN[wanted], "{text}");
    }
    for text in
        ["Мира 7", "Ленена 12", "Разина 8", "ул. Ленина, 14", "пр. Ленина, 12", "Новая Ленина, 12", "ул. Ленина"]
    {
        let found = town.search(text, 5);
        assert!(matches!(found.state, State::Ambiguous | State::None), "{text}: {found:?}");
        assert!(!found.candidates.is_empty(), "{text}");
    }
}

#[test]
fn a_village_tells_two_streets_of_one_name_apart() {
    let towns = register(&["Воздвиженка, Садовая улица, 21", "Знаменка, Садовая улица, 21"]);
    assert_eq!(best(&towns, "Садовая ул., 21").0, State::Ambiguous);
    assert_eq!(best(&towns, "д. Знаменка, ул. Садовая, 21"), (State::Exact, "Знаменка, Садовая улица, 21"));
    let one = register(&["Воздвиженка, Садовая улица, 21", "Знаменка, Лесная улица, 3"]);
    assert_eq!(best(&one, "Знаменка, Садовая улица, 21").0, State::Ambiguous);
}

#[test]
fn parts_are_those_of_the_text() {
    let parts = Parts::read(TOWN[2]);
    let wanted = ["云泽市澄浦区南埠街道", "人民路", "280", "云锦花园", "3", "2"];
    assert_eq!([parts.area, parts.street, parts.number, parts.compound, parts.building, parts.unit], wanted);
    let parts = Parts::read("Сиреневая улица, 4 к2");
    assert_eq!((parts.street.as_str(), parts.number.as_str()), ("sirenevaya street", "4-k2"));
    let parts = Parts::read("幸福小区3号楼");
    assert_eq!((parts.street.as_str(), parts.compound.as_str(), parts.building.as_str()), ("", "幸福小区", "3"));
}

#[test]
fn simplified_signs_are_final() {
    for c in '\u{3400}'..='\u{9fff}' {
        assert_eq!(fold::simplified(fold::simplified(c)), fold::simplified(c), "{c}");
    }
}

const LETTERS: &str = "[ 0-9０-９A-Za-zＡ－а-яё#＃№.,/号樓楼栋幢座单元室门口第一二三十百〇零园路街道弄巷里市区县小东村～~-]{0,24}|\\PC{0,16}";

proptest! {
    #[test]
    fn normalising_is_idempotent(text in LETTERS) {
        let once = normalise(&text);
        prop_assert_eq!(normalise(&once), once.clone(), "{}", once);
    }

    #[test]
    fn no_text_panics_and_no_score_is_over_one(text in LETTERS, other in LETTERS) {
        let register = register(&[&text, &other, TOWN[1], RUSSIAN[1]]);
        for said in [&text, &other] {
            let found = register.search(said, 3);
            prop_assert!(found.candidates.len() <= 3);
            prop_assert!(found.candidates.iter().all(|candidate| candidate.score <= 1000 && !candidate.why.is_empty()));
            let _ = Parts::read(said);
        }
    }

    #[test]
    fn what_is_in_the_register_is_found(text in LETTERS, other in LETTERS) {
        prop_assume!(!normalise(&text).is_empty());
        let register = register(&[&other, &text]);
        let found = register.search(&text, 5);
        prop_assert!(found.leaders.contains(&PlaceId(1)), "{:?}", found);
        prop_assert!(matches!(found.state, State::Exact | State::Ambiguous), "{:?}", found);
    }

    #[test]
    fn a_number_that_is_not_there_is_never_taken(house in 1_u32..400, building in 1_u32..40) {
        let town = register(&TOWN);
        let text = format!("人民路{house}号云锦花园{building}号楼1单元");
        let found = town.search(&text, 5);
        if matches!(found.state, State::Exact | State::Confident) {
            prop_assert!(house == 280 && (building == 3 || building == 12), "{}", text);
        }
    }
}

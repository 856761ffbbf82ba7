//! Invented names: streets, lanes, compounds, places and people.

use std::collections::HashSet;

use super::dice::Dice;
use super::skeleton::Class;
use super::zones::Kind;

const STREET: &[&str] = &[
    "青石",
    "柳荫",
    "丰乐",
    "新民",
    "和平",
    "桂香",
    "槐树",
    "西塘",
    "东塘",
    "长春",
    "育才",
    "民主",
    "胜利",
    "团结",
    "友谊",
    "建新",
    "兴隆",
    "安康",
    "永宁",
    "荷花",
    "莲塘",
    "梅园",
    "竹林",
    "枫林",
    "银杏",
    "紫薇",
    "玉兰",
    "海棠",
    "石榴",
    "香樟",
    "松柏",
    "清水",
    "明月",
    "迎宾",
    "康乐",
    "福田",
    "光明",
    "前进",
    "红星",
    "东风",
    "工农",
    "临湖",
    "望江",
    "听涛",
    "翠屏",
    "云台",
    "白鹭",
    "仙桃岭",
    "打石坡",
    "黄泥塘",
];
const LANE: &[&str] = &[
    "盐仓",
    "打铁",
    "豆腐",
    "米市",
    "油坊",
    "竹器",
    "书院",
    "状元",
    "城隍",
    "关帝庙",
    "水府",
    "码头",
    "渔行",
    "棉花",
    "银匠",
    "染坊",
    "酱园",
    "茶馆",
    "箍桶",
    "当铺",
    "钟鼓",
    "夫子",
    "观音",
    "药王",
    "井水",
    "三元",
    "六合",
    "八卦",
    "同仁",
    "积善",
    "仁寿",
    "福寿",
    "百子",
    "千金",
    "吉祥",
    "如意",
    "罗家",
    "陈家",
    "谢家",
    "向家",
    "覃家",
    "辜家",
    "匡家",
    "麻石",
    "青砖",
    "高墙",
    "半边",
    "斜",
    "一人",
    "后河",
    "前河",
    "柴市",
    "鱼市",
    "猪市",
    "灯笼",
    "绣花",
    "剪刀",
    "糍粑",
    "轿行",
    "镖局",
];
const GARDEN: &[&str] = &[
    "澄江", "金桂", "云锦", "江南", "锦绣", "翰林", "香榭", "碧水", "东方", "华庭", "御景", "世纪", "阳光", "天和",
    "瑞景", "滨江", "水岸", "盛世", "凯旋", "悦湖", "观澜", "清华", "望岳", "丽景", "揽月", "听江", "中央",
];
const GARDEN_TAIL: &[&str] = &["花园", "华府", "名苑", "国际", "雅居", "公馆", "新城", "家园"];
const YARD: &[&str] = &[
    "红旗",
    "向阳",
    "建新",
    "五一",
    "跃进",
    "新华",
    "劳动",
    "幸福",
    "和谐",
    "安居",
    "农机厂",
    "棉纺厂",
    "邮电",
    "水利",
    "粮食局",
    "供销社",
    "机床厂",
    "化肥厂",
    "二轻",
    "商业局",
    "交通",
    "教师",
    "铁路",
    "百货",
    "烟草",
    "税务",
    "医药",
    "印刷厂",
    "轴承厂",
    "面粉厂",
    "酒厂",
    "食品厂",
    "电力",
    "林业",
    "园林",
    "长航",
    "港务",
    "纱厂",
    "缫丝厂",
    "塑料厂",
];
const YARD_TAIL: &[&str] = &["小区", "新村", "家属院", "宿舍", "二区", "东区", "西区", "南苑", "北苑"];
const SURNAME: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "罗", "宋",
    "郑", "谢", "韩", "唐", "冯", "董", "程", "曹", "袁", "邓", "许", "向", "覃", "熊", "万", "龚", "喻",
];
const GIVEN: &[&str] = &[
    "明", "丽", "建", "国", "芳", "伟", "静", "勇", "霞", "军", "敏", "涛", "艳", "强", "娟", "磊", "桂", "兰", "志",
    "秀", "春", "华", "文", "玉", "海", "红", "平", "新", "松", "荣", "慧", "斌", "云", "晓", "江", "雪", "梅", "林",
];
const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];

/// A Chinese numeral from 1 to 99.
fn numeral(number: usize) -> String {
    let tens = match number / 10 {
        0 => String::new(),
        1 => "十".to_string(),
        tens => format!("{}十", DIGITS[tens % 10]),
    };
    format!("{tens}{}", DIGITS[number % 10])
}

/// Names given so far, none twice.
#[derive(Default)]
pub struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// Marks a name as taken; false if it was.
    pub fn take(&mut self, name: &str) -> bool {
        self.taken.insert(name.to_string())
    }

    fn fresh(&mut self, dice: &mut Dice, heads: &[&str], tails: &[&str]) -> String {
        for _ in 0..400 {
            let name = format!("{}{}", dice.pick(heads), dice.pick(tails));
            if self.take(&name) {
                return name;
            }
        }
        let mut number = 2;
        loop {
            let name = format!("{}{}{}", dice.pick(heads), tails[0], number);
            if self.take(&name) {
                return name;
            }
            number += 1;
        }
    }

    /// A street name; a series gives 柏树一巷, 柏树二巷 and so on.
    pub fn street(&mut self, class: Class, series: Option<&str>, dice: &mut Dice) -> String {
        if let Some(series) = series {
            for number in 1.. {
                let name = format!("{series}{}巷", numeral(number));
                if self.take(&name) {
                    return name;
                }
            }
        }
        if class == Class::Lane {
            self.fresh(dice, LANE, &["巷", "里", "弄"])
        } else {
            self.fresh(dice, STREET, &["街", "路"])
        }
    }

    /// A compound or site name.
    pub fn compound(&mut self, kind: Kind, community: usize, dice: &mut Dice) -> String {
        let place = super::zones::COMMUNITIES[community].1.trim_end_matches("社区").trim_end_matches('村');
        match kind {
            Kind::Tower => self.fresh(dice, GARDEN, GARDEN_TAIL),
            Kind::Midrise => self.fresh(dice, GARDEN, &["苑", "小区", "佳苑", "家园"]),
            Kind::Slab => self.fresh(dice, YARD, YARD_TAIL),
            Kind::Park => self.numbered(place, &["公园", "游园", "绿地", "广场"]),
            Kind::School => self.numbered(place, &["小学", "中学", "实验学校", "幼儿园"]),
            Kind::Hospital => self.numbered("澄浦区", &["人民医院", "中医院", "妇幼保健院"]),
            Kind::Factory => self.numbered(place, &["机械厂", "棉纺织厂", "物流园", "农机厂", "仓库", "食品厂"]),
            Kind::Commerce => {
                self.numbered(place, &["商业广场", "农贸市场", "百货", "写字楼", "商城", "建材市场", "酒店"])
            }
            _ => place.to_string(),
        }
    }

    fn numbered(&mut self, head: &str, tails: &[&str]) -> String {
        for round in 1.. {
            for tail in tails {
                let name =
                    if round == 1 { format!("{head}{tail}") } else { format!("{head}第{}{tail}", numeral(round)) };
                if self.take(&name) {
                    return name;
                }
            }
        }
        unreachable!("the rounds do not end")
    }
}

/// An invented person's name.
pub fn person(dice: &mut Dice) -> String {
    let mut name = dice.pick(SURNAME).to_string();
    name.push_str(dice.pick::<&str>(GIVEN));
    if dice.real() < 0.8 {
        name.push_str(dice.pick::<&str>(GIVEN));
    }
    name
}

//! What is built where: street offices, communities and the use of every superblock.

/// Kind of a parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Tower with several stairs.
    Tower,
    /// Six-storey walk-up slab.
    Slab,
    /// Eleven-storey slab with a lift.
    Midrise,
    /// Old lanes.
    Lane,
    /// Urban village.
    Village,
    /// Park or green.
    Park,
    /// School or college.
    School,
    /// Hospital.
    Hospital,
    /// Factory or depot.
    Factory,
    /// Reach of the river.
    River,
    /// Piece of the railway.
    Rail,
    /// Shops, market, offices.
    Commerce,
    /// Lots on the islet.
    Island,
}

impl Kind {
    /// The word in the `kind` field.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Tower => "tower",
            Kind::Slab | Kind::Midrise => "slab",
            Kind::Lane => "lane",
            Kind::Village => "village",
            Kind::Park => "park",
            Kind::School => "school",
            Kind::Hospital => "hospital",
            Kind::Factory => "factory",
            Kind::River => "river",
            Kind::Rail => "rail",
            Kind::Commerce => "commerce",
            Kind::Island => "island",
        }
    }
}

/// District code: province 42 with a prefecture number that is not assigned.
pub const DISTRICT_CODE: &str = "429701";
/// City the district belongs to.
pub const CITY: &str = "云泽市";
/// District name.
pub const DISTRICT: &str = "澄浦区";
/// Street offices, in code order.
pub const OFFICES: [&str; 3] = ["南埠街道", "云桥街道", "栗山街道"];

/// Communities: office and name. Their codes follow the order within the office.
pub const COMMUNITIES: &[(usize, &str)] = &[
    (0, "文昌里社区"),
    (0, "解放社区"),
    (0, "江湾社区"),
    (0, "金桂社区"),
    (0, "东城社区"),
    (1, "站前社区"),
    (1, "北苑社区"),
    (1, "柏树村社区"),
    (1, "朝阳社区"),
    (1, "铁北社区"),
    (2, "棉纺社区"),
    (2, "纺织新村社区"),
    (2, "栗山社区"),
    (2, "学府社区"),
    (2, "栗西社区"),
    (2, "澄江社区"),
];

const WENCHANG: usize = 0;
const JIEFANG: usize = 1;
/// The community the islet belongs to.
pub const JIANGWAN: usize = 2;
/// The community with the tower over 500 households.
pub const JINGUI: usize = 3;
const DONGCHENG: usize = 4;
/// The community of 501-599 households.
pub const ZHANQIAN: usize = 5;
const BEIYUAN: usize = 6;
const BAISHU: usize = 7;
const CHAOYANG: usize = 8;
const TIEBEI: usize = 9;
/// The community around the enclave.
pub const MIANFANG: usize = 10;
/// The enclave.
pub const XINCUN: usize = 11;
const LISHAN: usize = 12;
const XUEFU: usize = 13;
const LIXI: usize = 14;
const CHENGJIANG: usize = 15;

/// A superblock: the one whose middle is nearest to (`east_m`, `north_m`).
pub struct Zone {
    /// Metres east.
    pub east_m: f64,
    /// Metres north.
    pub north_m: f64,
    /// Index into [`COMMUNITIES`].
    pub community: usize,
    /// Use of most blocks.
    pub kind: Kind,
    /// Uses of single blocks inside.
    pub also: &'static [Kind],
}

const fn zone(east_m: f64, north_m: f64, community: usize, kind: Kind, also: &'static [Kind]) -> Zone {
    Zone { east_m, north_m, community, kind, also }
}

use Kind::{Commerce, Factory, Hospital, Lane, Midrise, Park, School, Slab, Tower, Village};

/// Every superblock.
#[rustfmt::skip]
pub const ZONES: &[Zone] = &[
    zone(165.0, 540.0, LIXI, Slab, &[]), zone(360.0, 510.0, LIXI, Midrise, &[Park]), zone(610.0, 470.0, LIXI, Slab, &[School, Commerce]), zone(240.0, 310.0, LIXI, Park, &[]),
    zone(900.0, 430.0, CHENGJIANG, Tower, &[School, Commerce, Park]), zone(745.0, 185.0, CHENGJIANG, Park, &[]),
    zone(140.0, 875.0, MIANFANG, Factory, &[]), zone(350.0, 740.0, MIANFANG, Slab, &[]), zone(370.0, 1020.0, MIANFANG, Slab, &[School]), zone(340.0, 880.0, XINCUN, Midrise, &[]),
    zone(150.0, 1230.0, MIANFANG, Factory, &[Slab]), zone(360.0, 1295.0, LISHAN, Slab, &[Commerce]), zone(580.0, 1260.0, LISHAN, Slab, &[School]), zone(560.0, 1490.0, LISHAN, Hospital, &[Slab, Slab]),
    zone(900.0, 1270.0, LISHAN, Tower, &[Park, School]), zone(890.0, 1510.0, LISHAN, Slab, &[Park]),
    zone(615.0, 1030.0, XUEFU, Slab, &[Commerce]), zone(615.0, 790.0, XUEFU, School, &[]), zone(790.0, 795.0, XUEFU, Slab, &[]), zone(840.0, 1080.0, XUEFU, Midrise, &[Park]),
    zone(270.0, 1600.0, TIEBEI, Slab, &[Factory]), zone(700.0, 1690.0, TIEBEI, Slab, &[]), zone(315.0, 1820.0, TIEBEI, Factory, &[Slab]), zone(650.0, 1865.0, TIEBEI, Slab, &[School]),
    zone(1200.0, 285.0, WENCHANG, Lane, &[]), zone(1370.0, 280.0, WENCHANG, Lane, &[Commerce]), zone(1300.0, 90.0, WENCHANG, Park, &[Commerce]), zone(1130.0, 620.0, WENCHANG, Lane, &[Park]), zone(1390.0, 505.0, WENCHANG, Lane, &[School]),
    zone(1090.0, 760.0, JIEFANG, Slab, &[Commerce]), zone(1400.0, 730.0, JIEFANG, Commerce, &[Slab, Slab, Slab]), zone(1100.0, 990.0, JIEFANG, Slab, &[Hospital]), zone(1400.0, 960.0, JIEFANG, Slab, &[Commerce, School]),
    zone(1240.0, 1230.0, JIEFANG, Park, &[]), zone(1420.0, 1220.0, JIEFANG, Slab, &[Commerce]),
    zone(1200.0, 1580.0, ZHANQIAN, Commerce, &[Park, Slab]), zone(1450.0, 1480.0, ZHANQIAN, Commerce, &[Slab, Slab]),
    zone(1160.0, 1730.0, BEIYUAN, Factory, &[]), zone(1450.0, 1715.0, BEIYUAN, Factory, &[]), zone(1130.0, 1870.0, BEIYUAN, Slab, &[School]), zone(1480.0, 1860.0, BEIYUAN, Slab, &[]), zone(1840.0, 1840.0, BEIYUAN, Midrise, &[Park, Commerce]),
    zone(1870.0, 1610.0, BAISHU, Village, &[]), zone(2210.0, 1760.0, BAISHU, Factory, &[Slab]), zone(2330.0, 1430.0, BAISHU, Village, &[School]),
    zone(1700.0, 1460.0, CHAOYANG, Slab, &[]), zone(1670.0, 1190.0, CHAOYANG, Slab, &[School]), zone(1890.0, 1180.0, CHAOYANG, Tower, &[]), zone(1910.0, 1400.0, CHAOYANG, Slab, &[]), zone(2170.0, 1270.0, CHAOYANG, Slab, &[Factory]), zone(2260.0, 1100.0, CHAOYANG, Midrise, &[Commerce]),
    zone(1660.0, 950.0, JINGUI, Tower, &[]), zone(1910.0, 940.0, JINGUI, Tower, &[]), zone(1660.0, 720.0, JINGUI, Commerce, &[Tower, Tower]), zone(1910.0, 740.0, JINGUI, Tower, &[Park]),
    zone(2260.0, 930.0, DONGCHENG, Slab, &[]), zone(2270.0, 760.0, DONGCHENG, Tower, &[School]), zone(2280.0, 570.0, DONGCHENG, Slab, &[Park]), zone(2250.0, 460.0, DONGCHENG, Midrise, &[Commerce]), zone(2240.0, 300.0, DONGCHENG, Park, &[]),
    zone(1640.0, 500.0, JIANGWAN, Slab, &[Commerce]), zone(1890.0, 540.0, JIANGWAN, Slab, &[School]), zone(1640.0, 280.0, JIANGWAN, Slab, &[]), zone(1870.0, 330.0, JIANGWAN, Tower, &[]), zone(1740.0, 120.0, JIANGWAN, Park, &[]),
];

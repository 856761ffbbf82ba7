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
    zone(141.0, 518.0, LIXI, Slab, &[Park]), zone(354.0, 488.0, LIXI, Midrise, &[]), zone(618.0, 440.0, LIXI, Slab, &[School, Commerce]), zone(234.0, 301.0, LIXI, Park, &[]),
    zone(872.0, 559.0, CHENGJIANG, Tower, &[Park]), zone(927.0, 312.0, CHENGJIANG, Tower, &[School]), zone(685.0, 177.0, CHENGJIANG, Park, &[]),
    zone(131.0, 866.0, MIANFANG, Factory, &[]), zone(376.0, 743.0, MIANFANG, Slab, &[]), zone(403.0, 1011.0, MIANFANG, Slab, &[]), zone(355.0, 879.0, XINCUN, Midrise, &[]),
    zone(156.0, 1237.0, MIANFANG, Factory, &[Slab, School]), zone(348.0, 1287.0, LISHAN, Slab, &[Commerce]), zone(577.0, 1242.0, LISHAN, Slab, &[]), zone(535.0, 1470.0, LISHAN, Hospital, &[Slab, Slab]),
    zone(899.0, 1270.0, LISHAN, Tower, &[Park, School]), zone(876.0, 1510.0, LISHAN, Slab, &[Park]),
    zone(618.0, 1023.0, XUEFU, Slab, &[Commerce]), zone(610.0, 780.0, XUEFU, School, &[]), zone(780.0, 788.0, XUEFU, Slab, &[]), zone(813.0, 1009.0, XUEFU, Midrise, &[Park]),
    zone(318.0, 1610.0, TIEBEI, Slab, &[Factory]), zone(586.0, 1682.0, TIEBEI, Slab, &[]), zone(814.0, 1678.0, TIEBEI, Slab, &[]), zone(386.0, 1788.0, TIEBEI, Factory, &[]), zone(658.0, 1872.0, TIEBEI, Slab, &[School]),
    zone(1202.0, 263.0, WENCHANG, Lane, &[]), zone(1361.0, 242.0, WENCHANG, Lane, &[]), zone(1285.0, 79.0, WENCHANG, Park, &[Commerce]), zone(1130.0, 611.0, WENCHANG, Lane, &[Park]), zone(1385.0, 497.0, WENCHANG, Lane, &[School]),
    zone(1103.0, 756.0, JIEFANG, Slab, &[Commerce]), zone(1400.0, 714.0, JIEFANG, Commerce, &[Slab, Slab, Slab]), zone(1130.0, 988.0, JIEFANG, Slab, &[Hospital]), zone(1413.0, 951.0, JIEFANG, Slab, &[School]),
    zone(1231.0, 1238.0, JIEFANG, Park, &[]), zone(1360.0, 1180.0, JIEFANG, Midrise, &[]), zone(1495.0, 1180.0, JIEFANG, Commerce, &[Tower]),
    zone(1270.0, 1490.0, ZHANQIAN, Commerce, &[Park, Slab]), zone(1494.0, 1471.0, ZHANQIAN, Commerce, &[Slab, Slab]),
    zone(1308.0, 1710.0, BEIYUAN, Factory, &[]), zone(1094.0, 1872.0, BEIYUAN, Slab, &[School]), zone(1482.0, 1856.0, BEIYUAN, Slab, &[]), zone(1887.0, 1843.0, BEIYUAN, Midrise, &[Park, Commerce, Slab, Slab]),
    zone(1872.0, 1607.0, BAISHU, Village, &[]), zone(2318.0, 1741.0, BAISHU, Factory, &[Slab, Park]), zone(2316.0, 1482.0, BAISHU, Village, &[School]),
    zone(1732.0, 1428.0, CHAOYANG, Slab, &[]), zone(1669.0, 1156.0, CHAOYANG, Slab, &[School]), zone(1890.0, 1136.0, CHAOYANG, Tower, &[]), zone(1910.0, 1375.0, CHAOYANG, Midrise, &[]), zone(2158.0, 1264.0, CHAOYANG, Slab, &[Factory]), zone(2208.0, 1069.0, CHAOYANG, Slab, &[Commerce]),
    zone(1643.0, 870.0, JINGUI, Tower, &[School]), zone(1912.0, 903.0, JINGUI, Tower, &[]), zone(1662.0, 691.0, JINGUI, Commerce, &[Tower]), zone(1932.0, 734.0, JINGUI, Tower, &[Park]),
    zone(2228.0, 932.0, DONGCHENG, Slab, &[]), zone(2277.0, 754.0, DONGCHENG, Tower, &[School]), zone(2242.0, 558.0, DONGCHENG, Midrise, &[]), zone(2231.0, 438.0, DONGCHENG, Slab, &[Commerce, Park]), zone(2172.0, 245.0, DONGCHENG, Park, &[]),
    zone(1648.0, 505.0, JIANGWAN, Slab, &[Commerce]), zone(1930.0, 524.0, JIANGWAN, Slab, &[School]), zone(1635.0, 267.0, JIANGWAN, Slab, &[]), zone(1907.0, 322.0, JIANGWAN, Tower, &[]), zone(1794.0, 135.0, JIANGWAN, Park, &[]),
];

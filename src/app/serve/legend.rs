//! What tiles hold, in words for people: TileJSON with its fields in English and Chinese.

use crate::tile::TileJson;

use super::App;
use super::draft_tiles::draft_layers;
use super::tiles::{TileDetail, TileLayer};

/// A name and a sentence in two languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Legend {
    /// In English, and in Chinese (zh-CN).
    pub title: [&'static str; 2],
    /// In English, and in Chinese (zh-CN).
    pub text: [&'static str; 2],
}

impl TileLayer {
    /// What it is.
    pub const fn legend(self) -> Legend {
        let (title, text) = match self {
            Self::Grids => {
                (["Grids", "网格"], ["Grids in force, and a label point in each", "现行网格，以及每个网格内的标注点"])
            }
            Self::Borders => (
                ["Borders", "边界"],
                ["Borders of grids and of what they lie in, each once", "网格及其所在辖区的边界，每条只出现一次"],
            ),
            Self::Atoms => (
                ["Atoms", "原子"],
                ["The pieces that are never cut, with the grid each is in", "不再分割的最小单元，以及所属网格"],
            ),
            Self::Jurisdictions => (
                ["Jurisdictions", "辖区"],
                ["Jurisdictions of every level, and a label point in each", "各级辖区，以及每个辖区内的标注点"],
            ),
            Self::Streets => (["Streets", "道路"], ["Streets, rivers, railways and walls", "道路、河流、铁路与围墙"]),
            Self::Buildings => (["Buildings", "建筑"], ["Footprints of buildings", "建筑物轮廓"]),
            Self::Cells => (
                ["Cells", "蜂窝统计"],
                ["Hexagons of H3 with what lies in them, finer the closer one looks", "H3 六边形内的汇总，放大时更细"],
            ),
            Self::Findings => (
                ["Findings", "发现"],
                [
                    "Gaps, overlaps and what was mended, for those who read coverage",
                    "空隙、重叠及已修补之处，供有权查看覆盖情况者使用",
                ],
            ),
            Self::Reports => (
                ["Reports", "上报事件"],
                [
                    "The newest reports, counted by hexagons far off, for those who read reports",
                    "最新上报事件，缩小时按六边形计数，供有权查看上报者使用",
                ],
            ),
        };
        Legend { title, text }
    }
}

/// What a field is, in Chinese. Every field of every layer has its words.
fn chinese(layer: &str, field: &str) -> Option<&'static str> {
    Some(match (layer, field) {
        ("grids" | "grid_labels", "code") => "网格编码",
        ("grids", "grid") => "草案中网格的标识，操作以此称呼它",
        ("grids" | "grid_labels", "name") => "网格名称",
        ("grids" | "grid_labels", "status") => {
            "状态：in_band 在范围内，under 偏少，over 偏多，uninhabited 无人居住，unknown 不详；辖区没有状态"
        }
        ("grids" | "grid_labels", "households") => "网格内户数",
        ("grids", "population") => "网格内人数（已知时）",
        ("grids", "jurisdiction") => "所属最低一级辖区的编码；辖区则为其自身编码",
        ("grids", "grids") => "小比例尺下代表其网格的辖区：网格数",
        ("grids", "outside") => "此类辖区：范围外的网格数",
        ("grids", "level") => "图形的层级：0 为网格，小比例尺下显示上级辖区",
        ("borders", "left") => "线左侧图形的编码，外缘处没有",
        ("borders", "right") => "线右侧图形的编码，外缘处没有",
        ("borders", "level") => "以此为界的最高层级",
        ("atoms", "level") => "图形的层级：均为 atom",
        ("atoms", "jurisdiction") => "所属最低一级辖区的编码",
        ("atoms", "code") => "原子编码",
        ("atoms", "kind") => "类别：area 地块，building 建筑，unit 单元，open 空地，green 绿地，water 水面",
        ("atoms", "households") => "原子内户数（已知时）",
        ("atoms", "population") => "原子内人数（已知时）",
        ("atoms", "origin") => "数字来源：counted 实有统计，estimated 推算",
        ("atoms", "grid") => "所属网格的编码",
        ("jurisdictions" | "jurisdiction_labels", "code") => "辖区编码",
        ("jurisdictions" | "jurisdiction_labels", "name") => "辖区名称",
        ("jurisdictions" | "jurisdiction_labels", "level") => "层级，1 为最高级",
        ("jurisdictions" | "jurisdiction_labels", "level_name") => "层级名称",
        ("streets", "class") => "类别：river 河流，rail 铁路，arterial 干道，street 街道，path 小路，wall 围墙",
        ("streets", "name") => "名称（有名称时）",
        ("buildings", "code") => "建筑编码",
        ("buildings", "class") => "用途，按来源的说法",
        ("buildings", "households") => "建筑内户数（来源有统计时）",
        ("buildings", "population") => "建筑内人数（来源有统计时）",
        ("cells" | "report_counts", "code") => "H3 单元编号",
        ("cells", "grids") => "在其中有原子的网格数",
        ("cells", "atoms") => "标注点位于其中的原子数",
        ("cells", "households") => "这些原子的户数（已知时）",
        ("cells", "population") => "这些原子的人数（已知时）",
        ("findings" | "finding_points", "code") => "发现的编号，与 /v1/coverage 一致",
        ("findings" | "finding_points", "kind") => {
            "种类：gap 空隙，gap_closed 已闭合的空隙，overlap_settled 已处理的重叠等"
        }
        ("findings" | "finding_points", "area_m2") => "面积，整平方米",
        ("reports", "report") => "上报编号",
        ("reports", "category") => "类别",
        ("reports", "grid") => "收到时所属网格的编码",
        ("reports", "resolution") => "归属方式：interior 内部，edge_tie 边界，gap_fill 补隙，outside 不在任何网格内",
        ("reports", "received_ms") => "收到时间，自 1970 年起的毫秒数",
        ("reports", "stage") => "办理阶段：open 待办，answered 已答复，closed 已办结",
        ("report_counts", "reports") => "其中的上报数",
        ("report_counts", "outside") => "其中不属于任何网格的上报数",
        ("report_counts", "open") => "其中尚未答复的上报数",
        ("report_counts", "newest_ms") => "最新一条的收到时间，自 1970 年起的毫秒数",
        _ => return None,
    })
}

impl App {
    /// TileJSON 3.0 of a layer, its fields described in English and Chinese: `String: code of the grid / 网格编码`.
    pub fn described(layer: TileLayer, detail: TileDetail, tiles: Vec<String>, bounds: Option<[f64; 4]>) -> TileJson {
        Self::in_words(TileJson::new(layer.as_str(), tiles, bounds, &Self::empty_layers(layer, detail)))
    }

    /// Whose data it is, as HTML that shows just the name of the workspace.
    pub fn attribution(&self) -> String {
        let name = &self.known().workspace.name;
        name.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
    }

    /// The same of a draft.
    pub fn described_draft(layer: TileLayer, tiles: Vec<String>, bounds: Option<[f64; 4]>) -> TileJson {
        Self::in_words(TileJson::new(layer.as_str(), tiles, bounds, &draft_layers(layer)))
    }

    fn in_words(mut described: TileJson) -> TileJson {
        for layer in &mut described.vector_layers {
            for (field, words) in &mut layer.fields {
                if let Some(chinese) = chinese(&layer.id, field) {
                    words.push_str(" / ");
                    words.push_str(chinese);
                }
            }
        }
        described
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_every_layer_is_described_in_both_languages() {
        for layer in TileLayer::ALL {
            let legend = layer.legend();
            assert!(legend.title.iter().chain(&legend.text).all(|words| !words.is_empty()));
            for detail in [TileDetail::Full, TileDetail::Public] {
                let described = App::described(layer, detail, Vec::new(), None);
                assert!(!described.vector_layers.is_empty());
                for (own, (field, words)) in
                    described.vector_layers.iter().flat_map(|own| own.fields.iter().map(move |field| (own, field)))
                {
                    let kind_and_english = words.split(" / ").next().unwrap();
                    assert!(kind_and_english.starts_with("String: ") || kind_and_english.starts_with("Number: "));
                    assert_eq!(words.split(" / ").nth(1), chinese(&own.id, field), "{}.{field}: {words}", own.id);
                    assert!(chinese(&own.id, field).is_some(), "{}.{field} has no Chinese words", own.id);
                }
            }
        }
    }
}

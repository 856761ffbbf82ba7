//! An address put together from fields of a register.

use super::fold;

/// What a register has in fields of their own. Blank ones are left out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields<'a> {
    /// Areas: district, street office, town or village.
    pub place: &'a str,
    /// Street or lane.
    pub street: &'a str,
    /// Compound (小区).
    pub compound: &'a str,
    /// Number: of the building where there is a compound, else of the house in the street.
    pub number: &'a str,
    /// Unit or stair (单元).
    pub unit: &'a str,
}

impl Fields<'_> {
    /// The address as it is usually written; empty where no field says anything.
    ///
    /// ```
    /// use wangge::address::Fields;
    /// let fields = Fields { street: "人民路", compound: "云锦花园", number: "3", unit: "2", ..Fields::default() };
    /// assert_eq!(fields.text(), "人民路云锦花园3号楼2单元");
    /// assert_eq!(Fields { street: "улица Ленина", number: "12А", ..Fields::default() }.text(), "улица Ленина, 12А");
    /// ```
    pub fn text(&self) -> String {
        let Self { place, street, compound, number, unit } = *self;
        let all = [place, street, compound, number, unit].map(str::trim);
        let [place, street, compound, number, unit] = all;
        let bare =
            |text: &str| text.chars().next_back().is_some_and(char::is_alphanumeric) && !text.contains(fold::is_han);
        if all.concat().contains(fold::is_han) {
            let mut text = [place, street, compound, number].concat();
            if bare(number) {
                text.push_str(if compound.is_empty() { "号" } else { "号楼" });
            }
            text.push_str(unit);
            if bare(unit) {
                text.push_str("单元");
            }
            return text;
        }
        let number = if unit.is_empty() { number.to_owned() } else { format!("{number} k{unit}") };
        let parts = [place, street, compound, number.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

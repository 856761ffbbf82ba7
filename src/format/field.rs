//! Values of fields: codes and counts, from whatever type a format keeps them in.

use gdal::vector::{Feature, FieldValue};

/// A value as the file has it. Blank text and values that are not set are null.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
}

impl Cell {
    /// Reads one field of a feature.
    pub(super) fn read(feature: &Feature<'_>, index: usize) -> Self {
        let value = match feature.field(index) {
            Ok(None) => return Self::Null,
            Ok(Some(value)) => value,
            // times, binaries and lists of them: their text
            Err(_) => return feature.field_as_string(index).ok().flatten().map_or(Self::Null, Self::text),
        };
        match value {
            // a field that is not set (a property that one GeoJSON feature lacks) reads as zero, but its text is empty
            FieldValue::IntegerValue(0) | FieldValue::Integer64Value(0) if is_unset(feature, index) => Self::Null,
            FieldValue::RealValue(real) if real == 0.0 && is_unset(feature, index) => Self::Null,
            FieldValue::IntegerValue(integer) => Self::Integer(integer.into()),
            FieldValue::Integer64Value(integer) => Self::Integer(integer),
            FieldValue::RealValue(real) => Self::Real(real),
            FieldValue::StringValue(text) => Self::text(text),
            _ => feature.field_as_string(index).ok().flatten().map_or(Self::Null, Self::text),
        }
    }

    fn text(text: String) -> Self {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            Self::Null
        } else if trimmed.len() == text.len() {
            Self::Text(text)
        } else {
            Self::Text(trimmed.to_owned())
        }
    }

    /// As a code: numbers without a trailing `.0`. `None` when null.
    pub(super) fn code(self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Integer(integer) => Some(integer.to_string()),
            // f64 prints whole numbers without a fraction and never with an exponent
            Self::Real(real) => Some(real.to_string()),
            Self::Text(text) => Some(text),
        }
    }

    /// As a number; of a list such as `2;3` the largest. `None` when null or none.
    pub(super) fn number(&self) -> Option<f64> {
        let number = match self {
            Self::Null => None,
            Self::Integer(integer) => Some(*integer as f64),
            Self::Real(real) => Some(*real),
            Self::Text(text) => {
                let parts = text.split([';', ',', '、']).map(str::trim).map(str::parse::<f64>);
                parts.collect::<Result<Vec<_>, _>>().ok()?.into_iter().reduce(f64::max)
            }
        };
        number.filter(|number| number.is_finite())
    }

    /// As a count: a whole number from 0 to 4,294,967,295, kept as integer, real or text. `None` when null.
    ///
    /// # Errors
    /// What the value is instead.
    pub(super) fn count(&self) -> Result<Option<u32>, String> {
        let whole = match self {
            Self::Null => return Ok(None),
            Self::Integer(integer) => *integer,
            Self::Real(real) => return whole(*real).map(Some),
            Self::Text(text) => match (text.parse::<i64>(), text.parse::<f64>()) {
                (Ok(integer), _) => integer,
                (_, Ok(real)) => return whole(real).map(Some).map_err(|problem| format!("text {problem}")),
                _ => return Err(format!("{text:?}, which is not a number")),
            },
        };
        match u32::try_from(whole) {
            Ok(count) => Ok(Some(count)),
            Err(_) if whole < 0 => Err(format!("{whole}, which is negative")),
            Err(_) => Err(format!("{whole}, which is over {}", u32::MAX)),
        }
    }
}

/// Text that was UTF-8 and was taken for Latin-1 on its way into the file (`RÃ©sidentiel`), as it was meant; `None` for any
/// other. All its signs must be of Latin-1, and their bytes UTF-8 of more than ASCII: that happens to no text by chance.
pub(super) fn undone_latin1(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>()?;
    String::from_utf8(bytes).ok()
}

fn is_unset(feature: &Feature<'_>, index: usize) -> bool {
    matches!(feature.field_as_string(index), Ok(Some(text)) if text.is_empty())
}

fn whole(real: f64) -> Result<u32, String> {
    if !real.is_finite() {
        Err(format!("{real}, which is not a finite number"))
    } else if real < 0.0 {
        Err(format!("{real}, which is negative"))
    } else if real.fract() != 0.0 {
        Err(format!("{real}, which is not whole"))
    } else if real > f64::from(u32::MAX) {
        Err(format!("{real}, which is over {}", u32::MAX))
    } else {
        Ok(real as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_taken_for_latin_1_is_undone_and_other_text_is_not() {
        assert_eq!(undone_latin1("RÃ©sidentiel").as_deref(), Some("Résidentiel"));
        assert_eq!(undone_latin1("Route Ã\u{a0} 2 chaussÃ©es").as_deref(), Some("Route à 2 chaussées"));
        for text in ["", "road", "Résidentiel", "小区", "Straße", "Ã"] {
            assert_eq!(undone_latin1(text), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_are_counts_however_they_are_kept() {
        for cell in [Cell::Integer(312), Cell::Real(312.0), Cell::Text("312".into()), Cell::Text("312.0".into())] {
            assert_eq!(cell.count(), Ok(Some(312)), "{cell:?}");
        }
        assert_eq!(Cell::Real(-0.0).count(), Ok(Some(0)));
        assert_eq!(Cell::Null.count(), Ok(None));
        assert_eq!(Cell::Integer(u32::MAX.into()).count(), Ok(Some(u32::MAX)));
    }

    #[test]
    fn anything_else_is_refused_with_its_value() {
        for (cell, word) in [
            (Cell::Integer(-1), "negative"),
            (Cell::Real(-0.5), "negative"),
            (Cell::Real(0.5), "not whole"),
            (Cell::Real(f64::NAN), "finite"),
            (Cell::Real(f64::INFINITY), "finite"),
            (Cell::Real(4_294_967_296.0), "over"),
            (Cell::Integer(4_294_967_296), "over"),
            (Cell::Text("12a".into()), "not a number"),
            (Cell::Text("NaN".into()), "finite"),
            (Cell::Text("1.5".into()), "not whole"),
            (Cell::Text("十二".into()), "not a number"),
        ] {
            let problem = cell.count().unwrap_err();
            assert!(problem.contains(word), "{cell:?}: {problem}");
        }
    }

    #[test]
    fn numeric_codes_carry_no_fraction() {
        assert_eq!(Cell::Real(371_082.0).code().as_deref(), Some("371082"));
        assert_eq!(Cell::Real(1e15).code().as_deref(), Some("1000000000000000"));
        assert_eq!(Cell::Integer(7).code().as_deref(), Some("7"));
        assert_eq!(Cell::Text("A-01".into()).code().as_deref(), Some("A-01"));
    }
}

//! Query parameters, checked.

use axum::extract::{FromRequestParts, Path};
use axum::http::Uri;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::app::serve::{App, GivenPoint};
use crate::crs::Crs;
use crate::locate::{Accuracy, MOST_ACCURACY_M};

use super::error::Problem;

/// The longest value of a parameter, in bytes.
const VALUE_BYTES: usize = 200;
/// What may stand for a CRS.
pub(super) const CRS_NAMES: &str = "wgs84, gcj02, bd09, cgcs2000, EPSG:n, or EPSG:n/ne with the northing given as lon";

/// The query of a request. Parameters nobody asks for are ignored.
#[derive(Debug)]
pub(super) struct Params(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        Ok(Self::of(&parts.uri))
    }
}

impl Params {
    /// The query of an address.
    pub fn of(uri: &Uri) -> Self {
        let pairs = form_urlencoded::parse(uri.query().unwrap_or("").as_bytes());
        Self(pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
    }
}

/// The variable parts of a path.
#[derive(Debug)]
pub(super) struct Segments<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Segments<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(segments)| Self(segments)).map_err(|error| Problem::malformed(error.body_text()))
    }
}

impl Params {
    /// The value of a parameter, if it stands there; `allowed` says what may.
    pub fn optional(&self, name: &str, allowed: &str) -> Result<Option<&str>, Problem> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Problem::parameter(name, format!("{name} stands more than once: give it once")));
        }
        if value.trim().is_empty() {
            return Err(Problem::parameter(name, format!("{name} is empty: give {allowed}")));
        }
        if value.len() > VALUE_BYTES {
            let detail = format!("{name} has {} bytes, {VALUE_BYTES} at most: give {allowed}", value.len());
            return Err(Problem::parameter(name, detail));
        }
        Ok(Some(value))
    }

    /// The value of a parameter that must stand there, of so many letters at most.
    pub fn long(&self, name: &str, allowed: &str, most_chars: usize) -> Result<&str, Problem> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next().filter(|value| !value.trim().is_empty());
        let value = value.ok_or_else(|| Problem::parameter(name, format!("{name} is missing: give {allowed}")))?;
        if values.next().is_some() {
            return Err(Problem::parameter(name, format!("{name} stands more than once: give it once")));
        }
        let chars = value.chars().count();
        if chars > most_chars {
            return Err(Problem::parameter(name, format!("{name} has {chars} letters: give {allowed}")));
        }
        Ok(value)
    }

    /// The value of a parameter that must stand there.
    pub fn required(&self, name: &str, allowed: &str) -> Result<&str, Problem> {
        self.optional(name, allowed)?
            .ok_or_else(|| Problem::parameter(name, format!("{name} is missing: give {allowed}")))
    }

    fn coordinate(&self, name: &str, allowed: &str) -> Result<f64, Problem> {
        let given = self.required(name, allowed)?;
        match given.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => {
                let shown: String = given.chars().take(40).collect();
                Err(Problem::parameter(name, format!("{name}={shown} is not a finite number: give {allowed}")))
            }
        }
    }

    /// `lon`, `lat` and `crs`, all three mandatory.
    pub fn point(&self) -> Result<GivenPoint, Problem> {
        let lon = self.coordinate("lon", "a longitude in degrees, or an easting for EPSG:n")?;
        let lat = self.coordinate("lat", "a latitude in degrees, or a northing for EPSG:n")?;
        let crs: Crs = self
            .required("crs", CRS_NAMES)?
            .parse()
            .map_err(|error: crate::crs::CrsError| Problem::parameter("crs", error.to_string()))?;
        Ok(GivenPoint { lon, lat, crs })
    }

    /// `accuracy` in metres by its `accuracy_model`; none when absent.
    pub fn accuracy(&self) -> Result<Option<Accuracy>, Problem> {
        let models = "p68 (the radius that holds 68 %, as Android says it) or rms (root mean square, as Apple does)";
        let model = self.optional("accuracy_model", models)?;
        if model.is_none() && !self.0.iter().any(|(key, _)| key == "accuracy") {
            return Ok(None);
        }
        let allowed = format!("the error of the position in metres, above 0 and at most {MOST_ACCURACY_M}");
        let Some(given) = self.optional("accuracy", &allowed)? else {
            return match model {
                None => Ok(None),
                Some(_) => Err(Problem::parameter(
                    "accuracy",
                    format!("accuracy_model stands alone: give accuracy, {allowed}"),
                )),
            };
        };
        let lawful = |metres: &f64| metres.is_finite() && *metres > 0.0 && *metres <= MOST_ACCURACY_M;
        let shown = |text: &str| text.chars().take(40).collect::<String>();
        let metres = given
            .trim()
            .parse::<f64>()
            .ok()
            .filter(lawful)
            .ok_or_else(|| Problem::parameter("accuracy", format!("accuracy={}: give {allowed}", shown(given))))?;
        match model {
            None | Some("p68") => Ok(Some(Accuracy::Radius68M(metres))),
            Some("rms") => Ok(Some(Accuracy::Rms2dM(metres))),
            Some(other) => {
                Err(Problem::parameter("accuracy_model", format!("accuracy_model={}: give {models}", shown(other))))
            }
        }
    }

    /// `at` in milliseconds since 1970-01-01 UTC; now when absent.
    pub fn at_ms(&self, app: &App) -> Result<i64, Problem> {
        match self.optional("at", "a date such as 2026-03-01 or an RFC 3339 instant")? {
            Some(given) => Ok(app.known().calendar.parse_ms(given)?),
            None => Ok(app.clock().now_ms()),
        }
    }

    /// A whole number from `least` to `most`.
    pub fn number(&self, name: &str, least: u32, most: u32, default: u32) -> Result<u32, Problem> {
        let allowed = format!("a whole number from {least} to {most}");
        match self.optional(name, &allowed)? {
            None => Ok(default),
            Some(given) => given.parse().ok().filter(|number| (least..=most).contains(number)).ok_or_else(|| {
                let shown: String = given.chars().take(40).collect();
                Problem::parameter(name, format!("{name}={shown}: give {allowed}"))
            }),
        }
    }
}

//! Paths on this server that responses contain: downloads of values, which `http::download` serves.

use std::fmt;

use types::RunId;

/// One of the two values of a run or of a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The input.
    Input,
    /// The output.
    Output,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "input",
            Self::Output => "output",
        })
    }
}

/// The path at which a value is downloaded.
pub fn download(run: RunId, part: Part, stage: Option<&str>) -> String {
    let mut address = format!("/api/runs/{run}/{part}");
    if let Some(stage) = stage {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("stage", stage)
            .finish();
        address += &format!("?{query}");
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_s_address_is_encoded() {
        let run = RunId(uuid::Uuid::nil());
        let address = download(run, Part::Output, Some("each[3]/a b"));
        assert_eq!(
            address,
            format!("/api/runs/{run}/output?stage=each%5B3%5D%2Fa+b")
        );
    }
}

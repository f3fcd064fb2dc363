//! Files as the input of runs, and the preview of how a file is read.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};
use components::input_file::Remark;
use domain::runs::{self, StartInput};

use super::{
    super::{caller, cost, ids},
    count,
};
use crate::error::ApiError;

/// A file's name and text.
#[derive(InputObject)]
pub struct InputFile {
    name: String,
    text: String,
}

impl InputFile {
    /// Its name and its text.
    pub fn into_parts(self) -> (String, String) {
        (self.name, self.text)
    }
}

/// The points that reading a file costs.
pub fn file_cost(file: Option<&InputFile>, upload: Option<&ID>) -> usize {
    let text = file.map_or(0, |file| file.text.len());
    cost::of_bytes(text) + upload.map_or(0, |_| cost::UPLOAD)
}

/// Something that was guessed or changed while reading a file.
#[derive(SimpleObject)]
pub struct InputRemark {
    /// A stable code, such as `SEPARATOR_GUESSED`.
    code: String,
    message: String,
    /// The location in the file, in words; null if the remark concerns the whole file.
    place: Option<String>,
}

impl From<Remark> for InputRemark {
    fn from(remark: Remark) -> Self {
        Self {
            code: remark.about.code().to_owned(),
            message: remark.message,
            place: remark.place,
        }
    }
}

/// How a file would be read as the input of a run.
#[derive(SimpleObject)]
pub struct InputPreview {
    /// The beginning of the input as JSON, at most 4,000 bytes.
    start: String,
    /// The length of the input as JSON, in bytes.
    bytes: i32,
    /// The number of rows, if the input is a table or a list.
    rows: Option<i32>,
    /// Assumptions made while reading the file, such as its separator.
    remarks: Vec<InputRemark>,
}

/// Queries for inputs.
#[derive(Default)]
pub struct InputQuery;

#[Object]
impl InputQuery {
    /// Reads a file as `startRun` would, without starting a run. Requires the permission
    /// `run.start`.
    #[graphql(
        complexity = "cost::STATEMENT + file_cost(input_file.as_ref(), input_upload.as_ref()) + child_complexity"
    )]
    async fn preview_input(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A file's name and text.")] input_file: Option<InputFile>,
        #[graphql(desc = "A file that was sent with `POST /uploads` and has not expired.")]
        input_upload: Option<ID>,
    ) -> Result<InputPreview, ApiError> {
        let file = input_file.map(InputFile::into_parts);
        let input = StartInput::one_of(None, file, input_upload.as_ref().map(ids::read))?;
        let found = runs::preview_input(caller(ctx)?, input).await?;
        Ok(InputPreview {
            start: found.start,
            bytes: count(found.bytes),
            rows: found.rows.map(count),
            remarks: found.remarks.into_iter().map(InputRemark::from).collect(),
        })
    }
}

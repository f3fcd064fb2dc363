//! Reads the input of a run from the command line and checks it against the pipeline's schema.

use std::{io::Read, path::Path};

use ::components::{input, input_file};
use engine::{Map, Value, model::Pipeline};
use types::ErrorCode;

use super::{Problem, Stop};
use crate::{args::RunArgs, exit::Exit};

/// The largest input that is read, in bytes.
const MAX_INPUT: u64 = 256 * 1024 * 1024;

/// Reads the input, fills in defaults and validates it.
pub fn read(args: &RunArgs, pipeline: &Pipeline) -> Result<Value, Stop> {
    let given = given(args, pipeline)?;
    let nothing_given = given.is_none() && args.fields.is_empty();
    let mut value = given.unwrap_or(Value::Null);
    if !args.fields.is_empty() {
        value = with_fields(value, &args.fields)?;
    }
    if value == Value::Null {
        value = Map::default().into();
    }
    input::prepare(pipeline.input_schema.as_ref(), value).map_err(|errors| {
        let mut text = format!(
            "error[{}]: The input does not match the input_schema of {}\n",
            ErrorCode::InputSchema,
            args.file.display()
        );
        for error in &errors {
            text.push_str(&format!("  {error}\n"));
        }
        if nothing_given {
            text.push_str("Provide it with --input JSON, --input-file FILE or -i KEY=VALUE");
            text.push_str(match pipeline.sample_input {
                Some(_) => "; --sample uses the one in the pipeline file\n",
                None => "\n",
            });
        }
        let problems = errors
            .iter()
            .map(|e| Problem::new(ErrorCode::InputSchema, e.to_string()).of_field(&e.field))
            .collect();
        Stop {
            exit: Exit::Invalid,
            text,
            problems,
        }
    })
}

fn given(args: &RunArgs, pipeline: &Pipeline) -> Result<Option<Value>, Stop> {
    let wrong = |message: String| Stop::new(Exit::Invalid, ErrorCode::InvalidInput, message);
    if args.sample {
        return match &pipeline.sample_input {
            Some(sample) => Ok(Some(sample.clone())),
            None => Err(wrong(
                "the pipeline file has no sample_input; use --input".to_owned(),
            )),
        };
    }
    if let Some(file) = &args.input_file {
        return from_file(file).map(Some).map_err(wrong);
    }
    match args.input.as_deref() {
        None => Ok(None),
        Some("-") => {
            let mut bytes = Vec::new();
            std::io::stdin()
                .take(MAX_INPUT + 1)
                .read_to_end(&mut bytes)
                .map_err(|e| wrong(format!("stdin cannot be read: {e}")))?;
            if bytes.len() as u64 > MAX_INPUT {
                return Err(wrong("stdin is larger than 256 MB".to_owned()));
            }
            from_bytes("stdin", &bytes).map(Some).map_err(wrong)
        }
        Some(text) => match Value::parse_json(text) {
            Ok(value) => Ok(Some(value)),
            // The format's documentation also writes `--input FILE`.
            Err(_) if Path::new(text).is_file() => {
                from_file(Path::new(text)).map(Some).map_err(wrong)
            }
            Err(e) => Err(wrong(format!(
                "--input is not JSON: line {}, column {}: {}",
                e.line, e.column, e.message
            ))),
        },
    }
}

fn from_file(file: &Path) -> Result<Value, String> {
    let name = file
        .file_name()
        .map(|n| n.to_string_lossy().into_owned())
        .unwrap_or_default();
    let shown = file.display();
    let unread = |e: std::io::Error| format!("{shown} cannot be read: {e}");
    let size = std::fs::metadata(file).map_err(unread)?;
    if size.len() > MAX_INPUT {
        return Err(format!("{shown} is larger than 256 MB"));
    }
    let bytes = std::fs::read(file).map_err(unread)?;
    from_bytes(&name, &bytes)
}

/// Parses a file's bytes. Guesses are reported at once, even with `--quiet` and `--json`, because a
/// wrong guess makes a wrong result.
fn from_bytes(name: &str, bytes: &[u8]) -> Result<Value, String> {
    let reading = input_file::read(name, bytes).map_err(|e| e.to_string())?;
    for remark in &reading.remarks {
        eprintln!("warning: {name}: {remark}");
    }
    Ok(reading.value)
}

fn with_fields(value: Value, fields: &[(String, String)]) -> Result<Value, Stop> {
    let mut map = match value {
        Value::Null => Map::default(),
        Value::Map(map) => Map::clone(&map),
        other => {
            let message = format!(
                "-i sets a field of an object, but the input is a {}",
                other.type_name()
            );
            return Err(Stop::new(Exit::Invalid, ErrorCode::InvalidInput, message));
        }
    };
    for (key, text) in fields {
        // `-i n=5` is a number, `-i name=Ann` is text; `-i n='"5"'` is text too.
        let value = Value::parse_json(text).unwrap_or_else(|_| text.as_str().into());
        map.insert(key.as_str().into(), value);
    }
    Ok(map.into())
}

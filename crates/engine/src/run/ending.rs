//! Writes the last event of a run that ends for a reason outside its stages. If the stages end the
//! run, the driver writes the event.

use chrono::{DateTime, Utc};

use super::{EventBody, Failure, RunStatus, encode::Encoder};
use crate::Value;

/// The body of a segment with one `run.finished` event: number `seq`, time `at`, failed with
/// `cause`.
pub fn failed_segment(seq: u64, at: DateTime<Utc>, cause: &Failure) -> Vec<u8> {
    let mut encoder = Encoder::after(seq - 1, at);
    let body = EventBody::RunFinished {
        status: RunStatus::Failed,
        output: Value::Null,
        error: Some(cause.clone()),
    };
    encoder.plain(at, None, &body);
    encoder.take().2
}

#[cfg(test)]
mod tests {
    use types::ErrorCode;

    use super::*;
    use crate::run::decode;

    #[test]
    fn the_segment_reads_back_as_one_failed_end() {
        let at = DateTime::from_timestamp_micros(1_795_000_000_123_456).unwrap();
        let cause = Failure {
            code: ErrorCode::Internal,
            message: "its input is gone".into(),
            stage: None,
        };
        let events = decode(&failed_segment(7, at, &cause)).unwrap();
        assert_eq!((events.len(), events[0].seq, events[0].at), (1, 7, at));
        let EventBody::RunFinished { status, error, .. } = &events[0].body else {
            panic!("{events:?}")
        };
        assert_eq!((*status, error.as_ref()), (RunStatus::Failed, Some(&cause)));
    }
}

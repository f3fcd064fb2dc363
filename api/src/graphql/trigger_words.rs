//! What a sentence means as a trigger, before anybody stores it.

use async_graphql::{Context, ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use domain::triggers;
use engine::trigger::sentence::{self, Language, Question};

use super::{caller, cost, enums::SentenceLanguage, ids, scalars::Json};
use crate::error::ApiError;

/// The number of firings that a reading tells.
const NEXT: usize = 10;

/// The number of readings that the cost of the query is computed for.
const READINGS: usize = 8;

/// What was understood of a sentence.
#[derive(SimpleObject)]
pub struct TriggerSentence {
    /// In which language it was read: the requested one, or the one in which more was understood.
    language: SentenceLanguage,
    /// Which parts were understood, from the first word to the last.
    spans: Vec<SentenceSpan>,
    /// Everything that it can mean. A person chooses one of them.
    readings: Vec<TriggerReading>,
    /// What is asked if there is no reading.
    questions: Vec<SentenceQuestion>,
}

/// A part of a sentence, in UTF-16 code units, as JavaScript counts.
#[derive(SimpleObject)]
pub struct SentenceSpan {
    /// The index of its first code unit.
    from: i32,
    /// The index after its last code unit.
    to: i32,
    /// False if nothing in the grammar takes these words. Then no reading has a definition.
    understood: bool,
}

/// Something that a person has to say.
#[derive(SimpleObject)]
pub struct SentenceQuestion {
    /// Its name for programs, such as `hour` or `zone`.
    kind: String,
    /// Its wording, in the language of the sentence.
    text: String,
}

/// One thing that a sentence can mean.
#[derive(SimpleObject)]
pub struct TriggerReading {
    /// The meaning in words, in the language of the sentence. Read as a sentence, they mean the same.
    words: String,
    /// The meaning in one line of data, such as `schedule days=1-5 at=09:00 zone=Europe/Berlin`.
    rule: String,
    /// What is missing or wrong. If there is anything, there is no definition.
    questions: Vec<SentenceQuestion>,
    /// What `createTrigger` takes, without a name.
    definition: Option<Json>,
    /// The next ten firings, if it is a schedule that lacks nothing.
    next: Vec<DateTime<Utc>>,
}

/// The query for a trigger in words.
#[derive(Default)]
pub struct TriggerWordsQuery;

#[Object]
impl TriggerWordsQuery {
    /// What a sentence means as a trigger of a pipeline, by a fixed grammar: `every weekday at 9 in Berlin`,
    /// `wenn nightly-report zweimal innerhalb einer Stunde fehlschlägt`. At most 500 characters are read.
    /// `timeZone` counts if the sentence names none. Nothing is stored, enabled or started, whatever the
    /// sentence says.
    #[graphql(
        complexity = "cost::FILE + cost::of_bytes(sentence.len()) + cost::times(READINGS, child_complexity)"
    )]
    async fn trigger_from_words(
        &self,
        ctx: &Context<'_>,
        pipeline_id: ID,
        sentence: String,
        time_zone: Option<String>,
        language: Option<SentenceLanguage>,
    ) -> Result<TriggerSentence, ApiError> {
        let caller = caller(ctx)?;
        let pipeline = ids::read(&pipeline_id);
        let zone = time_zone.as_deref();
        let language = language.map(Language::from);
        let read = triggers::from_words(caller, pipeline, &sentence, zone, language).await?;
        let now = caller.clock().now();
        let language = read.language;
        let readings: Result<Vec<TriggerReading>, ApiError> = read
            .readings
            .iter()
            .map(|reading| TriggerReading::new(reading, language, now))
            .collect();
        Ok(TriggerSentence {
            language: language.into(),
            spans: read.spans.iter().map(Into::into).collect(),
            readings: readings?,
            questions: questions(&read.questions, language),
        })
    }
}

impl TriggerReading {
    fn new(
        reading: &sentence::Reading,
        language: Language,
        now: DateTime<Utc>,
    ) -> Result<Self, ApiError> {
        let next = match &reading.trigger {
            Some(trigger) => trigger.schedule.firings(now).take(NEXT).collect(),
            None => Vec::new(),
        };
        Ok(Self {
            words: reading.words.clone(),
            rule: reading.rule.to_string(),
            questions: questions(&reading.questions, language),
            definition: reading.definition.as_ref().map(Json::of).transpose()?,
            next,
        })
    }
}

impl From<&sentence::Span> for SentenceSpan {
    fn from(span: &sentence::Span) -> Self {
        let number = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
        Self {
            from: number(span.from),
            to: number(span.to),
            understood: span.understood,
        }
    }
}

fn questions(asked: &[Question], language: Language) -> Vec<SentenceQuestion> {
    let question = |one: &Question| SentenceQuestion {
        kind: one.as_str().to_owned(),
        text: one.text(language).to_owned(),
    };
    asked.iter().map(question).collect()
}

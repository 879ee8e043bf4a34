//! What an answer means for the records of the request.

use std::time::Duration;

use bongsu_model::Timestamp;
use serde_json::Value;

use super::options::Protocol;
use super::post::Answer;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The server has them.
    Taken(Refusals),
    /// Not now: the same request again.
    Later { asked: Option<Duration>, why: String },
    /// Never, as they are.
    Never { why: String },
    /// Not packed like this.
    Packing,
    /// Something came under the same name before; the server keeps that.
    Known { why: String },
}

/// Records of a request that was taken which were not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Refusals {
    pub(super) count: u64,
    /// Those that the server named, counted from 0, and why.
    pub(super) named: Vec<(usize, String)>,
    /// Why, when it named none.
    pub(super) why: Option<String>,
}

impl Verdict {
    pub(super) fn of(protocol: Protocol, answer: &Answer, now: Timestamp) -> Self {
        let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let why = || told(answer, body.as_ref());
        match answer.status {
            200..=299 => {
                let taken = match protocol {
                    Protocol::Bongsu => body.as_ref().and_then(bongsu),
                    Protocol::Otlp if answer.body.is_empty() => Some(Refusals::default()),
                    Protocol::Otlp => body.as_ref().filter(|body| body.is_object()).map(otlp),
                };
                // A page of a proxy, a portal … : whoever answered is not who keeps the records.
                taken
                    .map_or_else(|| Self::Later { asked: None, why: "an answer of something else".into() }, Self::Taken)
            }
            422 if body.as_ref().is_some_and(|body| body["error"]["id"] == "idempotency-key-reused") => {
                Self::Known { why: why() }
            }
            415 => Self::Packing,
            400 | 413 | 422 => Self::Never { why: why() },
            _ => Self::Later { asked: answer.asked(now), why: why() },
        }
    }
}

/// The reason in an answer, cut to what a line can hold.
fn told(answer: &Answer, body: Option<&Value>) -> String {
    let inside = |body: &Value| {
        let error = &body["error"];
        let text = [&error["message"], &body["message"], error].into_iter().find_map(Value::as_str)?;
        Some(text.to_owned())
    };
    let text = body.and_then(inside).unwrap_or_else(|| String::from_utf8_lossy(&answer.body).into_owned());
    let text: String = text.trim().chars().take(300).collect();
    if text.is_empty() { format!("HTTP {}", answer.status) } else { format!("HTTP {}: {text}", answer.status) }
}

fn bongsu(body: &Value) -> Option<Refusals> {
    body["accepted"].as_u64()?;
    let count = body["refused"].as_u64()?;
    let errors = body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let named = errors.iter().filter_map(|error| {
        let line = usize::try_from(error["line"].as_u64()?).ok()?.checked_sub(1)?;
        Some((line, error["reason"].as_str().unwrap_or("refused").to_owned()))
    });
    Some(Refusals { count, named: named.collect(), why: None })
}

fn otlp(body: &Value) -> Refusals {
    let partial = &body["partialSuccess"];
    // A number of 64 bits is a string in the JSON of protocol buffers.
    let rejected = &partial["rejectedLogRecords"];
    let count = rejected.as_u64().or_else(|| rejected.as_str()?.parse().ok()).unwrap_or_default();
    let why = partial["errorMessage"].as_str().unwrap_or("no reason given");
    Refusals {
        count,
        named: Vec::new(),
        why: (count > 0).then(|| format!("{count} of these records were rejected: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(protocol: Protocol, status: u16, body: &str) -> Verdict {
        let answer = Answer { status, retry_after: Some("3".into()), body: body.into() };
        Verdict::of(protocol, &answer, Timestamp::from_nanos(0))
    }

    #[test]
    fn what_bongsu_took_and_what_it_did_not() {
        let all = verdict(Protocol::Bongsu, 200, r#"{"accepted":2,"refused":0,"errors":[]}"#);
        assert_eq!(all, Verdict::Taken(Refusals::default()));
        let body = r#"{"accepted":1,"refused":2,"errors":[{"line":2,"reason":"not JSON"},{"line":0},{"reason":"x"}]}"#;
        let named = vec![(1, "not JSON".to_owned())];
        assert_eq!(verdict(Protocol::Bongsu, 200, body), Verdict::Taken(Refusals { count: 2, named, why: None }));
    }

    #[test]
    fn what_a_collector_took_and_what_it_did_not() {
        for body in ["", "{}", r#"{"partialSuccess":{}}"#, r#"{"partialSuccess":{"errorMessage":"slow"}}"#] {
            assert_eq!(verdict(Protocol::Otlp, 200, body), Verdict::Taken(Refusals::default()), "{body}");
        }
        for number in ["3", "\"3\""] {
            let body = format!(r#"{{"partialSuccess":{{"rejectedLogRecords":{number},"errorMessage":"too old"}}}}"#);
            let why = Some("3 of these records were rejected: too old".to_owned());
            let refusals = Refusals { count: 3, named: Vec::new(), why };
            assert_eq!(verdict(Protocol::Otlp, 200, &body), Verdict::Taken(refusals));
        }
    }

    #[test]
    fn an_answer_of_something_else_is_no_success() {
        for body in ["", "<html>sign in</html>", "[]", "{}", r#"{"accepted":1}"#] {
            assert!(matches!(verdict(Protocol::Bongsu, 200, body), Verdict::Later { .. }), "{body}");
        }
        assert!(matches!(verdict(Protocol::Otlp, 200, "<html>"), Verdict::Later { .. }));
    }

    #[test]
    fn what_may_pass_is_tried_again_and_what_cannot_is_not() {
        let three = Some(Duration::from_secs(3));
        for status in [301, 401, 403, 404, 405, 408, 425, 429, 500, 502, 503, 504, 507] {
            let verdict = verdict(Protocol::Bongsu, status, "x");
            assert!(matches!(&verdict, Verdict::Later { asked, .. } if *asked == three), "{verdict:?}");
        }
        assert_eq!(verdict(Protocol::Bongsu, 415, ""), Verdict::Packing);
        for status in [400, 413, 422] {
            let why = format!("HTTP {status}: it is wrong");
            assert_eq!(
                verdict(Protocol::Bongsu, status, r#"{"error":{"message":"it is wrong"}}"#),
                Verdict::Never { why }
            );
        }
        let reused = r#"{"error":{"id":"idempotency-key-reused","message":"x"}}"#;
        assert!(matches!(verdict(Protocol::Bongsu, 422, reused), Verdict::Known { .. }));
    }
}

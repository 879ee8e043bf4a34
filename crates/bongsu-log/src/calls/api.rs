//! Runs of a function with `#[log_api_call]`.

use bongsu_model::Level;
use serde_json::Value;

use super::given::{From, Json};
use super::{Failure, RESULT, Running, Shown, cut_short};
use crate::mask::{Mask, SENSITIVE_FIELDS, Secrets};
use crate::{Metadata, Site};

/// Logger of all API calls; its file is `app/api_calls.log`.
const LOGGER: &str = "api_calls";
/// Component of their performance lines.
const COMPONENT: &str = "api";

/// An API call before it is made: its parameters come in one by one.
#[derive(Debug)]
pub struct ApiRequest {
    name: &'static str,
    site: Site,
    mask: Mask,
    secrets: Secrets,
    parameters: Metadata,
}

impl ApiRequest {
    /// A call of `name`, made by the function at `site`.
    pub fn new(name: &'static str, site: Site, sensitive_fields: Option<&[&str]>) -> Self {
        let mask = Mask::new(sensitive_fields.unwrap_or(&SENSITIVE_FIELDS).iter().copied());
        Self { name, site, mask, secrets: Secrets::default(), parameters: Metadata::new() }
    }

    /// Whether an argument of this name is a secret.
    pub fn hides(&self, name: &str) -> bool {
        self.mask.hides(name)
    }

    /// Takes an argument.
    pub fn parameter(&mut self, name: &str, value: Json) {
        self.parameters.insert(name.to_owned(), value.value);
    }

    /// Takes a secret argument and the text that it may also be repeated as.
    pub fn secret(&mut self, name: &str, value: Json, displayed: Option<String>) {
        match (value.from, &value.value) {
            (From::TypeName, _) => {}
            (From::Debug, Value::String(text)) => self.secrets.add_debug(text),
            (_, value) => self.secrets.add(value),
        }
        if let Some(text) = displayed {
            self.secrets.add_text(&text);
        }
        self.parameter(name, value);
    }

    /// `API Call x started`, with the parameters where they are wanted.
    pub fn begin(mut self, log_request: bool) -> ApiCall {
        for (_, value) in self.parameters.iter().filter(|(name, _)| !self.mask.hides(name)) {
            self.mask.collect(value, &mut self.secrets);
        }
        let mut running = Running::begin(LOGGER, None, Level::Debug);
        if let Some(running) = &mut running {
            let (name, site) = (self.name, self.site);
            if log_request {
                // The names are those of the source code: no secrets.
                self.parameters.values_mut().for_each(|value| self.secrets.scrub_json(value));
                let mut parameters = Value::Object(self.parameters);
                self.mask.json(&mut parameters);
                let message = format_args!("API Call {name} started with params: {parameters}");
                running.logger.log(&Level::Info, site, message);
            } else {
                running.logger.log(&Level::Info, site, format_args!("API Call {name} started"));
            }
            running.began = running.logging.monotonic();
        }
        ApiCall { name: self.name, site: self.site, mask: self.mask, secrets: self.secrets, running }
    }
}

/// An API call that was made.
#[derive(Debug)]
#[must_use]
pub struct ApiCall {
    name: &'static str,
    site: Site,
    mask: Mask,
    secrets: Secrets,
    running: Option<Running>,
}

impl ApiCall {
    /// `API Call x succeeded in 0.123s`, with the response where it is wanted, and the performance line.
    pub fn succeeded(mut self, response: Option<Json>, log_response: bool) {
        let Some(running) = self.running.take() else { return };
        let took = running.took();
        let (name, seconds) = (self.name, took.as_secs_f64());
        let size = response.as_ref().and_then(Json::size);
        let shown = match response {
            Some(Json { mut value, .. }) if log_response => {
                self.secrets.scrub_json(&mut value);
                self.mask.json(&mut value);
                let text = match value {
                    Value::String(text) => text,
                    value => value.to_string(),
                };
                format!(" with response: {}", Shown::of(format_args!("{text}"), RESULT).cut(&running.logging))
            }
            _ => String::new(),
        };
        running.logger.log(&Level::Info, self.site, format_args!("API Call {name} succeeded in {seconds:.3}s{shown}"));
        let status = [("status", "success".into()), ("response_size", size.into())];
        performance(&running, name, took, status);
    }

    /// `API Call x failed after 0.123s: error`, its causes at DEBUG, and the performance line.
    pub fn failed(mut self, failure: &Failure) {
        self.fail(failure);
    }

    fn fail(&mut self, failure: &Failure) {
        let Some(running) = self.running.take() else { return };
        let took = running.took();
        let (name, seconds) = (self.name, took.as_secs_f64());
        let (error, causes) = (self.hidden(&failure.error), self.hidden(&failure.causes));
        let log = &running.logger;
        log.log(&Level::Error, self.site, format_args!("API Call {name} failed after {seconds:.3}s: {error}"));
        log.log(&Level::Debug, self.site, format_args!("Full traceback for {name}: {causes}"));
        performance(&running, name, took, [("status", "failed".into()), ("error", error.into())]);
    }

    fn hidden(&self, text: &str) -> String {
        self.mask.text(&self.secrets.scrub(text))
    }
}

impl Drop for ApiCall {
    fn drop(&mut self) {
        if self.running.is_some() {
            self.fail(&cut_short());
        }
    }
}

fn performance(running: &Running, name: &str, took: std::time::Duration, status: [(&str, Value); 2]) {
    let metadata: Metadata = status.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    if running.logging.log_performance(COMPONENT, name, took, Some(&metadata)).is_err() {
        running.logging.count_lost();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::Given;
    use crate::calls::given::{Displayed, NotDisplayed, OnlyDebug, OnlySerialize};

    #[derive(Debug)]
    struct Pin(#[allow(dead_code, reason = "shown by Debug")] u32);

    /// Shows its secret only to those who ask for it.
    struct Shy(&'static str);

    impl std::fmt::Debug for Shy {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Shy")
        }
    }

    impl std::fmt::Display for Shy {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    #[test]
    #[allow(clippy::needless_borrow, reason = "the references choose the trait")]
    fn a_secret_is_known_by_all_that_its_type_tells() {
        let site = Site { function: "f", file: "f.rs", line: 1 };
        let mut call = ApiRequest::new("x", site, None);
        let (pin, shy, plain) = (Pin(4179), Shy("k-9"), "p");
        call.secret("token", (&&&Given(&pin)).json(), (&&Given(&pin)).displayed());
        call.secret("password", (&&&Given(&shy)).json(), (&&Given(&shy)).displayed());
        call.secret("api_key", (&&&Given(&plain)).json(), (&&Given(&plain)).displayed());
        assert_eq!(
            call.secrets.scrub("Pin(4179), 4179, k-9, p, Sh"),
            "***HIDDEN***, ***HIDDEN***, ***HIDDEN***, ***HIDDEN***, Sh"
        );
    }
}

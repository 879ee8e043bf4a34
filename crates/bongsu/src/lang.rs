//! Which language the reader reads.

use std::ffi::OsString;

use clap::ValueEnum;

/// A language that bongsu speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, ValueEnum)]
pub(crate) enum Lang {
    /// English.
    #[default]
    En,
    /// Korean.
    Ko,
}

impl Lang {
    /// The language of this process: `--lang` among its arguments, else what the environment says.
    ///
    /// Help texts and usage errors are written before the arguments are parsed, hence the look ahead.
    pub(crate) fn of_process(arguments: &[OsString]) -> Self {
        Self::among(arguments).unwrap_or_else(|| Self::from_environment(|name| std::env::var(name).ok()))
    }

    fn among(arguments: &[OsString]) -> Option<Self> {
        let mut words = arguments.iter().map(|word| word.to_string_lossy()).take_while(|word| word != "--");
        while let Some(word) = words.next() {
            let name = if word == "--lang" {
                words.next()?
            } else if let Some(name) = word.strip_prefix("--lang=") {
                name.to_owned().into()
            } else {
                continue;
            };
            return Self::from_str(&name, true).ok();
        }
        None
    }

    /// `LC_ALL`, then `LC_MESSAGES`, then `LANG`: the first that is set decides, as POSIX has it.
    fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| variable(name).filter(|value| !value.is_empty()))
            .map_or(Self::En, |locale| if locale.to_ascii_lowercase().starts_with("ko") { Self::Ko } else { Self::En })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(words: &[&str]) -> Option<Lang> {
        Lang::among(&words.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_argument_wins_wherever_it_stands() {
        assert_eq!(among(&["bongsu", "--lang", "ko", "stats"]), Some(Lang::Ko));
        assert_eq!(among(&["bongsu", "stats", "--lang=en"]), Some(Lang::En));
        assert_eq!(among(&["bongsu", "search", "--", "--lang=ko"]), None);
        assert_eq!(among(&["bongsu", "--lang"]), None);
        assert_eq!(among(&["bongsu", "--lang", "tlh"]), None);
    }

    #[test]
    fn the_first_variable_that_is_set_decides() {
        let from = |pairs: &[(&str, &str)]| {
            Lang::from_environment(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, v)| (*v).to_owned()))
        };
        assert_eq!(from(&[("LANG", "ko_KR.UTF-8")]), Lang::Ko);
        assert_eq!(from(&[("LC_ALL", "C"), ("LANG", "ko_KR.UTF-8")]), Lang::En);
        assert_eq!(from(&[("LC_ALL", ""), ("LC_MESSAGES", "ko_KR"), ("LANG", "C")]), Lang::Ko);
        assert_eq!(from(&[]), Lang::En);
    }
}

//! Why a line or a whole input was not taken.

use std::fmt;

use crate::Phrase;

/// One reason a row: its name, its stable id, its English text.
macro_rules! refusals {
    ($($name:ident $id:literal $text:literal)*) => {
        /// Why a line or a whole input was not taken.
        ///
        /// A refused line is kept with this in English ([`Refusal::to_string`]) and read back from it
        /// ([`Refusal::from_text`]), so that whoever opens the file can read it and every face has its own words. A text
        /// that another version wrote comes back as [`Refusal::Other`].
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Refusal {
            $(#[doc = concat!("“", $text, "”")] $name,)*
            /// A JSON object is longer than a line may be.
            TooLong {
                /// The limit.
                bytes: u64,
            },
            /// An archive ends too early or does not unpack.
            TornArchive {
                /// What the unpacking said.
                cause: Box<Refusal>,
            },
            /// Anything else, mostly in the system's words.
            Other(String),
        }

        impl Refusal {
            /// The reasons that have no detail.
            const PLAIN: &[(Self, &'static str, &'static str)] = &[$((Self::$name, $id, $text),)*];
        }
    };
}

refusals! {
    LongLine "refused-long-line" "the line is longer than the limit for one line"
    Utf16Text "refused-utf16-text" "the text is UTF-16; convert it to UTF-8 first"
    NotObject "refused-not-object" "not a JSON object"
    NotObjectLine "refused-not-object-line" "not a JSON object; one object a line is expected"
    NoArray "refused-no-array" "the body does not begin with `[`"
    BehindArray "refused-behind-array" "something follows the array's end"
    NoComma "refused-no-comma" "a comma is missing between two elements"
    OpenArray "refused-open-array" "the array has no end"
    OpenElement "refused-open-element" "the array ends inside this element"
    ElfProgram "refused-elf" "a program (ELF)"
    WindowsProgram "refused-windows-program" "a program (Windows)"
    MachProgram "refused-mach-program" "a program (Mach-O)"
    JavaClass "refused-java-class" "a Java class"
    Png "refused-png" "a picture (PNG)"
    Jpeg "refused-jpeg" "a picture (JPEG)"
    Gif "refused-gif" "a picture (GIF)"
    Zip "refused-zip" "a zip archive; unpack it first"
    SevenZip "refused-seven-zip" "a 7z archive; unpack it first"
    Rar "refused-rar" "a rar archive; unpack it first"
    Tar "refused-tar" "a tar archive; unpack it first"
    Pdf "refused-pdf" "a PDF document"
    Sqlite "refused-sqlite" "an SQLite database"
    Parquet "refused-parquet" "a Parquet file"
    Journal "refused-journal" "a systemd journal; gather the output of `journalctl -o export`"
    Utf16File "refused-utf16-file" "text in UTF-16; convert it with `iconv -f UTF-16 -t UTF-8`"
    Nuls "refused-nuls" "binary data: more than a tenth of its beginning are NUL bytes"
    Controls "refused-controls" "binary data: full of control bytes"
    Pipe "refused-pipe" "a named pipe; name it itself to read it"
    Socket "refused-socket" "a socket, not a file"
    Device "refused-device" "a device; name it itself to read it"
    BlockDevice "refused-block-device" "a block device, not a file"
    NoFile "refused-no-file" "neither a file nor a folder"
    Permission "refused-permission" "no permission to read it"
    Vanished "refused-vanished" "it vanished before it was read, or is a link to nothing"
    Loop "refused-loop" "a link that leads back into a folder above it"
}

const TOO_LONG: (&str, &str) = ("longer than ", " bytes");
const TORN: &str = "the archive is torn or damaged; what could be unpacked was kept: ";

impl Refusal {
    /// The refusal that has this text.
    ///
    /// ```
    /// use bongsu_model::Refusal;
    ///
    /// let kept = Refusal::Zip.to_string();
    /// assert_eq!(kept, "a zip archive; unpack it first");
    /// assert_eq!(Refusal::from_text(&kept), Refusal::Zip);
    /// assert_eq!(Refusal::from_text("no more sparks"), Refusal::Other("no more sparks".into()));
    /// ```
    pub fn from_text(text: &str) -> Self {
        if let Some((plain, ..)) = Self::PLAIN.iter().find(|(.., own)| *own == text) {
            return plain.clone();
        }
        if let Some(cause) = text.strip_prefix(TORN) {
            return Self::TornArchive { cause: Box::new(Self::from_text(cause)) };
        }
        let bytes = text.strip_prefix(TOO_LONG.0).and_then(|rest| rest.strip_suffix(TOO_LONG.1)?.parse().ok());
        match bytes.map(|bytes| Self::TooLong { bytes }) {
            Some(too_long) if too_long.to_string() == text => too_long,
            _ => Self::Other(text.to_owned()),
        }
    }

    /// Every id that a refusal may have, for a face to test its words with.
    pub fn ids() -> impl Iterator<Item = &'static str> {
        let detailed =
            [Self::TooLong { bytes: 0 }, Self::TornArchive { cause: Box::new(Self::Zip) }, Self::Other(String::new())];
        Self::PLAIN.iter().map(|(_, id, _)| *id).chain(detailed.map(|one| one.id()))
    }

    fn plain(&self) -> Option<(&'static str, &'static str)> {
        Self::PLAIN.iter().find(|(plain, ..)| plain == self).map(|(_, id, text)| (*id, *text))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(f, "{}{bytes}{}", TOO_LONG.0, TOO_LONG.1),
            Self::TornArchive { cause } => write!(f, "{TORN}{cause}"),
            Self::Other(text) => f.write_str(text),
            plain => f.write_str(plain.plain().map_or("", |(_, text)| text)),
        }
    }
}

impl Phrase for Refusal {
    fn id(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "refused-too-long",
            Self::TornArchive { .. } => "refused-torn-archive",
            Self::Other(_) => "refused-other",
            plain => plain.plain().map_or("refused-other", |(id, _)| id),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooLong { bytes } => vec![("bytes", bytes.to_string())],
            Self::Other(text) => vec![("text", text.clone())],
            _ => vec![],
        }
    }

    fn part(&self) -> Option<(&'static str, &dyn Phrase)> {
        match self {
            Self::TornArchive { cause } => Some(("cause", &**cause)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_text_gives_its_refusal_back() {
        let details = [
            Refusal::TooLong { bytes: 0 },
            Refusal::TooLong { bytes: u64::MAX },
            Refusal::TornArchive { cause: Box::new(Refusal::Permission) },
            Refusal::TornArchive { cause: Box::new(Refusal::Other("unexpected end of file".into())) },
            Refusal::Other(String::new()),
            Refusal::Other("longer than many bytes".into()),
            Refusal::Other("longer than 007 bytes".into()),
            Refusal::Other("input/output error (os error 5)".into()),
        ];
        for refusal in Refusal::PLAIN.iter().map(|(plain, ..)| plain).chain(&details) {
            assert_eq!(Refusal::from_text(&refusal.to_string()), *refusal);
        }
    }

    #[test]
    fn ids_and_texts_stand_once() {
        let ids: Vec<_> = Refusal::ids().collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        let texts: BTreeSet<_> = Refusal::PLAIN.iter().map(|(.., text)| text).collect();
        assert_eq!(texts.len(), Refusal::PLAIN.len());
    }
}

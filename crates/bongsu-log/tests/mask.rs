//! Secrets in free text are in no byte of a log home, and ordinary lines are as they were written.

#![allow(clippy::unwrap_used, reason = "helpers of tests may stop a test")]

mod common;

use std::fmt;
use std::fs;
use std::ops::Range;
use std::path::Path;

use bongsu_log::mask::{HIDDEN, Rule, Rules};
use bongsu_log::{Config, Console, Layout, Layouts, Level, Logging, error, info};
use common::Home;
use proptest::prelude::*;

/// Lines as programs write them; none has a secret.
const ORDINARY: [&str; 76] = [
    "",
    "req 12345 user=alice",
    "20 films loaded in 0.123s",
    "load completed in 0.123s | {\"rows\":20,\"ok\":true}",
    "GET /api/v1/films?page=2&sort=title HTTP/1.1 200 1234",
    "Failed password for invalid user admin from 10.0.0.1 port 22 ssh2",
    "session opened for user root(uid=0) by (uid=0)",
    "pam_unix(sshd:session): session closed for user kim",
    "pam_unix(chpasswd:chauthtok): password changed for postgres",
    "trace_id=4bf92f3577b34da6a3ce929d0e0e4736 span_id=00f067aa0ba902b7",
    "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "id 550e8400-e29b-41d4-a716-446655440000 done",
    "order 2025060612345678 shipped",
    "order_id=4111111111111111",
    "ts=1749211200123 ns=1749211200123456789",
    "at 2025-06-06T12:00:00.123456789+09:00",
    "20250606120000 batch",
    "phone 010-1234-5678",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "commit 8191beb1c4bd0f2f2ac10f5a76b8f6c7f2d3e4a5",
    "tokens=512 prompt_tokens=100",
    "token count: 512",
    "max_tokens: 4096, temperature: 0.2",
    "token: 512",
    "unexpected token `}` at line 3",
    "Unexpected token: identifier",
    "nextPageToken=CAUQAA1234567",
    "parsing token::Token",
    "password is required",
    "password: required",
    "Password changed",
    "password: null",
    "password=***HIDDEN***",
    "password=********",
    "password=${DB_PASSWORD}",
    "password: {}",
    "api_key is missing",
    "api_key: None",
    "PWD=/home/kim/src",
    "cwd=/home/kim",
    "secret: none",
    "authentication: ok",
    "author=kim authority: x",
    "basic authentication enabled",
    "bearer token expired",
    "Bearer: 5 items",
    "https://example.org:8443/a/b?c=d#e",
    "http://10.0.0.1:9200/index/_search",
    "mail from kim@example.org to postgres://db/films",
    "-----BEGIN CERTIFICATE-----",
    "----------------------------------------",
    "0.4111111111111111 ratio",
    "봉수대에서 영화 20편을 읽었습니다",
    "비밀번호가 바뀌었습니다",
    "주문번호 20250606-1234567",
    "ip 192.168.100.200:51413 mac 00:1b:44:11:3a:b7",
    "blk_-6212345678901234567 received",
    "ProcessId=31234 ThreadId=0x7f3a5b2c9d00",
    "sessionid: 0x14f05578bd80006",
    "com.example.shop.checkout.PaymentServiceImplementation",
    "token=Token{a64f992 ActivityRecord{de9231d u0 com.x/.Main t761}}",
    "k8s pod films-api-7d9f8b6c5d-x2x9k started",
    "missing fields: ['user', 'password', 'email']",
    "[(\"user\", \"kim\"), (\"page\", 2)]",
    "the option --password is required, see --help",
    "threshold=0.5 <b>bold</b> a -> b",
    "created by 'kim', changed by \"lee\"",
    "-- done -- 3 rows; 2 warnings",
    "missing fields: ['password', 'email']",
    "usage: login <user> <password> [<host>]",
    "<passwords count=\"3\"/><a>x</a>",
    "users are identified by email, films by 'title'",
    "SELECT name AS 'n' FROM users WHERE title = 'x'",
    "no password for 'kim' (3 tries), see 'login'",
    "Unexpected token '}' in JSON",
    "reset_password('kim')",
];

#[test]
fn ordinary_lines_stay_as_they_are() {
    let rules = Rules::default();
    for line in ORDINARY {
        assert_eq!(rules.mask(line), line);
    }
}

#[test]
fn secrets_are_hidden_and_what_stands_around_them_stays() {
    let rules = Rules::default();
    for (text, expected) in [
        ("api_key=k-1234&page=2", "api_key=#&page=2"),
        ("password: hunter2, user: kim", "password: #, user: kim"),
        ("password:hunter2", "password:#"),
        ("db_password='a b' x", "db_password='#' x"),
        ("{\"user\":\"kim\",\"password\":\"a\\\"b\"}", "{\"user\":\"kim\",\"password\":\"#\"}"),
        ("Login { password: Some(\"x y\"), n: 1 }", "Login { password: #, n: 1 }"),
        ("Authorization: Bearer abc.def, next", "Authorization: #, next"),
        ("curl -H 'Authorization: Basic YTpi' x", "curl -H 'Authorization: #' x"),
        ("auth=Bearer a1b2c3d4e5 x", "auth=# x"),
        ("token=a1b2c3d4e5f6 ok", "token=# ok"),
        ("session_id=a1b2c3d4e5f6 ok", "session_id=# ok"),
        ("Session-ID: a1b2c3d4e5f6", "Session-ID: #"),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AWS_SECRET_ACCESS_KEY=#"),
        ("비밀번호: 봉수1234 끝", "비밀번호: # 끝"),
        ("Cookie: sid=1; theme=dark\nnext", "Cookie: #\nnext"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "Bearer #"),
        ("postgres://kim:pw@db/films, redis://:s3@h", "postgres://kim:#@db/films, redis://:#@h"),
        ("900101-1234567 and 4111 1111 1111 1111", "# and #"),
        ("password=a password=b", "password=# password=#"),
        ("pwd=s3cret!", "pwd=#"),
        ("[('user', 'kim'), ('password', 'x')]", "[('user', 'kim'), ('password', '#')]"),
        ("<user>kim</user><password>x</password>", "<user>kim</user><password>#</password>"),
        ("mysql --password x --host db", "mysql --password # --host db"),
        ("mysql --password=x --host=db", "mysql --password=# --host=db"),
        ("CREATE USER kim IDENTIFIED BY 'x'", "CREATE USER kim IDENTIFIED BY '#'"),
        ("db_password_old=x", "db_password_old=#"),
        ("<ns:password type=\"text\">x</ns:password> y", "<ns:password type=\"text\">#</ns:password> y"),
        ("<password><![CDATA[x]]></password>", "<password><![CDATA[#]]></password>"),
        ("<user name=\"kim\" password=\"x y\"/>", "<user name=\"kim\" password=\"#\"/>"),
        ("ALTER USER kim WITH PASSWORD 'x'", "ALTER USER kim WITH PASSWORD '#'"),
        ("SET PASSWORD = 'x y'", "SET PASSWORD = '#'"),
        ("SET PASSWORD FOR 'kim'@'%' = 'x y'", "SET PASSWORD FOR 'kim'@'%' = '#'"),
        ("IDENTIFIED WITH mysql_native_password BY 'x'", "IDENTIFIED WITH mysql_native_password BY '#'"),
        ("ALTER USER kim IDENTIFIED BY tiger", "ALTER USER kim IDENTIFIED BY #"),
    ] {
        assert_eq!(rules.mask(text), expected.replace('#', HIDDEN), "{text}");
    }
}

#[test]
fn rules_are_turned_off_and_added() {
    let text = "password=x kim@example.org pin: 1234 acme_0123456789abcd 4111111111111111 EMP4711";
    assert_eq!(Rules::none().mask(text), text);
    let rules = Rules::none()
        .with(Rule::Emails)
        .with_field("pin")
        .with_prefix("acme_", 12)
        .with_rule("employees", |text| text.find("EMP").map(|at| at..at + 7).into_iter().collect());
    let expected = "password=x # pin: # # 4111111111111111 #".replace('#', HIDDEN);
    assert_eq!(rules.mask(text), expected);
    let rules = Rules::default().without(Rule::Cards).without_field("password");
    assert_eq!(
        rules.mask("password=x token=a1b2c3d4 4111111111111111"),
        format!("password=x token={HIDDEN} 4111111111111111")
    );
}

#[test]
fn a_text_that_consists_of_signs_is_masked_in_linear_time() {
    // Where every sign has the rest of the text read again, each of these takes minutes.
    for part in [
        "<password>",
        "<password a='",
        "<password a='b'>",
        "<password><![CDATA[",
        "<token></a>",
        "password '",
        "password \\'",
        "' password ",
        "alter user x identified by ",
        "identified with x by '",
        "set password for = '",
        "['password', 'email', ",
    ] {
        let text = part.repeat(200_000);
        assert!(Rules::default().mask(&text).len() <= 2 * text.len(), "{part}");
    }
}

#[test]
fn a_users_rule_that_answers_nonsense_does_no_harm() {
    let rules = Rules::none().with_rule("bad", |_| vec![Range { start: 5, end: 2 }, 0..1, 1..4, 90..95, 3..3]);
    assert_eq!(rules.mask("봉수대"), "봉수대");
    assert_eq!(rules.mask("abcdef"), format!("{HIDDEN}ef"));
}

/// All bytes of all files below `folder`.
fn bytes(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { bytes(&path) } else { fs::read(&path).unwrap() });
    }
    all
}

/// How a program may come to write a secret; the secret is a word of letters and digits.
fn said(way: usize, secret: &str) -> String {
    match way {
        0 => format!("password={secret}"),
        1 => format!("cannot log in: {{\"api_key\": \"{secret}\"}}"),
        2 => format!("Login {{ user: \"kim\", password: {secret:?} }}"),
        3 => format!("GET /films?access_token={secret}&page=2"),
        4 => format!("Authorization: Bearer {secret}"),
        5 => format!("sent with bearer {secret} to x"),
        6 => format!("postgres://kim:{secret}@db:5432/films"),
        7 => format!("ghp_{secret}0123456789abcdefghij"),
        8 => format!("-----BEGIN PRIVATE KEY-----\n{secret}\n-----END PRIVATE KEY-----"),
        9 => format!("X-Api-Key: {secret}"),
        10 => format!("비밀번호={secret}"),
        11 => format!("OrderedDict([('user', 'kim'), ('password', '{secret}')])"),
        12 => format!("<password>{secret}</password>"),
        13 => format!("mysql --password {secret} --host db"),
        14 => format!("ALTER USER kim IDENTIFIED BY '{secret}'"),
        15 => format!("[b'x', [\"access_token\", \"{secret}\"]]"),
        16 => format!("<wsse:Password Type=\"Text\">{secret}</wsse:Password>"),
        17 => format!("<token>\n<![CDATA[{secret}]]>\n</token>"),
        18 => format!("<user name='kim' password='{secret}'/>"),
        19 => format!("ALTER ROLE kim WITH PASSWORD '{secret}'"),
        20 => format!("SET PASSWORD FOR 'kim'@'%' = PASSWORD('{secret}')"),
        21 => format!("ALTER USER kim IDENTIFIED BY {secret} REPLACE {secret}"),
        22 => format!("bad password '{secret}'"),
        _ => format!("eyJhbGciOiJIUzI1NiJ9.{secret}A1b2c3.x{secret}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_secret_in_a_message_is_in_no_byte_of_the_log_home(
        secrets in proptest::collection::vec((0usize..24, "[a-z]{4,8}[A-Z][0-9]{3}[a-z]{4}"), 1..8),
        around in "[ a-z가-힣.]{0,20}",
    ) {
        let folder = tempfile::tempdir().unwrap();
        let layouts = Layouts { error: Layout::Json, ..Layouts::default() };
        let config = Config { home: folder.path().to_owned(), console: Console::Off, layouts, ..Config::default() };
        let logging = Logging::start(config).unwrap();
        let log = logging.get_logger("login", None, Level::Info).unwrap();
        for (way, secret) in &secrets {
            error!(log, "{around} {} {around}", said(*way, secret));
            let metadata = [("token".to_owned(), secret.as_str().into())].into_iter().collect();
            logging.log_performance("login", "log in", std::time::Duration::from_secs(1), Some(&metadata)).unwrap();
        }
        logging.shutdown();
        // The journals beside the files are no text, and must not have it either.
        let written = String::from_utf8_lossy(&bytes(folder.path())).into_owned();
        for (way, secret) in &secrets {
            prop_assert!(!written.contains(secret.as_str()), "way {}: {} was written", way, secret);
        }
        prop_assert!(written.contains(HIDDEN));
    }

    #[test]
    fn masking_fails_on_no_text_and_masking_again_changes_nothing(
        parts in proptest::collection::vec(
            prop_oneof![
                "\\PC{0,8}",
                proptest::sample::select(vec![
                    "password", "token", "=", ":", "\"", "\\", "{", "}", "Bearer ", "Basic ", "://", "@", "-----BEGIN ", "PRIVATE KEY",
                    "-----", "4111111111111111", "900101-1234567", "eyJhbGciOiJIUzI1NiJ9", ".", "ghp_", "abcdefghijklmnop1", " ", "\n",
                    "봉", "Cookie", "Some(", ",", "SG.", "('", "', '", "')", "<", ">", "</", "--", "IDENTIFIED BY '", ", ", "<password", "<token a='", "</password>", "<![CDATA[", "]]>", " '", "PASSWORD(",
                    "SET PASSWORD FOR ", "ALTER USER kim ", " REPLACE ", "email", "['", "IDENTIFIED BY ", "VALUES ",
                ]).prop_map(str::to_owned),
            ],
            0..14,
        )
    ) {
        let rules = Rules::default().with(Rule::Emails);
        let text = parts.concat();
        let once = rules.mask(&text).into_owned();
        prop_assert_eq!(rules.mask(&once), once.as_str(), "{}", text);
        let mut hidden = format!("봉{text}");
        rules.hide(&mut hidden, "봉".len());
        prop_assert_eq!(hidden, format!("봉{once}"));
    }
}

/// Logs while it is formatted.
struct Logs<'l>(&'l bongsu_log::Logger);

impl fmt::Display for Logs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!(self.0, "from inside {}", 1);
        f.write_str("outside")
    }
}

#[test]
fn a_record_logged_while_another_is_formatted_is_whole() {
    let home = Home::new();
    let log = home.logging.get_logger("films", None, Level::Info).unwrap();
    info!(log, "a {} b {}", Logs(&log), "c");
    home.logging.flush().unwrap();
    assert_eq!(home.messages("app/films.log"), ["from inside 1", "a outside b c"]);
}

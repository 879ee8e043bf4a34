//! A server that keeps what comes, fails as it is told, and knows a request that comes again.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    /// It is kept and answered.
    Kept,
    /// It is kept, and the connection breaks before the answer.
    KeptWithoutAnswer,
    /// It is kept, and the answer takes this long.
    KeptSlowly(Duration),
    /// It is not kept, and the connection breaks.
    Reset,
    /// It is not kept, and this is the answer.
    Answer(u16, Option<&'static str>, String),
}

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) at: Instant,
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    /// Unpacked.
    pub(crate) body: Vec<u8>,
    /// As it came.
    pub(crate) packed: Vec<u8>,
}

impl Request {
    pub(crate) fn records(&self) -> Vec<Value> {
        self.body
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }
}

type Decide = Box<dyn Fn(usize, &Request) -> Fate + Send + Sync>;

struct Shared {
    decide: Decide,
    requests: Mutex<Vec<Request>>,
    kept: Mutex<Kept>,
    stopped: AtomicBool,
}

#[derive(Default)]
struct Kept {
    keys: HashMap<String, Vec<u8>>,
    requests: Vec<Request>,
    replays: usize,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

/// A connection, plain or not.
pub(crate) trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

impl Server {
    /// Decides by the number of the request, from 0, and by itself.
    pub(crate) fn start(decide: impl Fn(usize, &Request) -> Fate + Send + Sync + 'static) -> Self {
        Self::start_with(decide, |stream| Some(Box::new(stream)))
    }

    pub(crate) fn start_with(
        decide: impl Fn(usize, &Request) -> Fate + Send + Sync + 'static,
        accept: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            decide: Box::new(decide),
            requests: Mutex::default(),
            kept: Mutex::default(),
            stopped: AtomicBool::new(false),
        });
        let (serving, accept) = (Arc::clone(&shared), Arc::new(accept));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serving.stopped.load(Ordering::Relaxed) {
                    break;
                }
                let (serving, accept) = (Arc::clone(&serving), Arc::clone(&accept));
                thread::spawn(move || accept(stream).and_then(|stream| serving.serve(stream)));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request that came, the refused ones too.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// The requests that were kept, each key once.
    pub(crate) fn kept(&self) -> Vec<Request> {
        self.shared.kept.lock().unwrap().requests.clone()
    }

    pub(crate) fn replays(&self) -> usize {
        self.shared.kept.lock().unwrap().replays
    }

    /// The numbers of the records that were kept.
    pub(crate) fn numbers(&self) -> Vec<usize> {
        let records = self.kept().into_iter().flat_map(|request| request.records());
        records.filter_map(|record| crate::number(record["Body"].as_str().unwrap())).collect()
    }

    pub(crate) fn wait_for(&self, what: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !what(self) {
            assert!(began.elapsed() < crate::LONG, "it does not come");
            thread::sleep(Duration::from_millis(2));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, stream: Box<dyn Stream>) -> Option<()> {
        let mut reader = BufReader::new(stream);
        loop {
            let request = read(&mut reader)?;
            let nth = {
                let mut requests = self.requests.lock().unwrap();
                requests.push(request.clone());
                requests.len() - 1
            };
            let fate = (self.decide)(nth, &request);
            let (status, retry_after, body) = match fate {
                Fate::Reset => return None,
                Fate::Answer(status, retry_after, body) => (status, retry_after, body),
                Fate::Kept => (200, None, self.keep(request)),
                Fate::KeptSlowly(pause) => {
                    let answer = self.keep(request);
                    thread::sleep(pause);
                    (200, None, answer)
                }
                Fate::KeptWithoutAnswer => {
                    self.keep(request);
                    return None;
                }
            };
            let retry_after = retry_after.map(|after| format!("Retry-After: {after}\r\n")).unwrap_or_default();
            let head = format!("HTTP/1.1 {status} X\r\n{retry_after}Content-Length: {}\r\n\r\n", body.len());
            let out = reader.get_mut();
            out.write_all((head + &body).as_bytes()).ok()?;
            out.flush().ok()?;
        }
    }

    fn keep(&self, request: Request) -> String {
        let otlp = request.path.ends_with("/v1/logs");
        let count = if otlp { 0 } else { request.records().len() };
        let mut kept = self.kept.lock().unwrap();
        if let Some(key) = request.headers.get("idempotency-key") {
            if let Some(before) = kept.keys.get(key) {
                assert_eq!(*before, request.packed, "the same key with other bytes");
                kept.replays += 1;
            } else {
                kept.keys.insert(key.clone(), request.packed.clone());
                kept.requests.push(request);
            }
        }
        if otlp { "{}".to_owned() } else { format!(r#"{{"accepted":{count},"refused":0,"errors":[]}}"#) }
    }
}

fn read(reader: &mut BufReader<Box<dyn Stream>>) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    assert!(line.starts_with("POST "), "{line}");
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut packed = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut packed).ok()?;
    let body = match headers.get("content-encoding").map(String::as_str) {
        Some("gzip") => {
            let mut body = Vec::new();
            flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut body).unwrap();
            body
        }
        None => packed.clone(),
        other => panic!("{other:?}"),
    };
    Some(Request { at: Instant::now(), path, headers, body, packed })
}

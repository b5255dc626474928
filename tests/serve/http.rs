//! A client that says exactly what it is told, also what no library would.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use ds4::serve::Server;
use serde_json::Value;

/// A response with its whole body.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body of a success.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.json()
    }

    /// The data of each event, without those that only beat.
    pub(crate) fn events(&self) -> Vec<Value> {
        assert_eq!(self.status, 200, "{}", self.body);
        let data = self.body.lines().filter_map(|line| line.strip_prefix("data: "));
        data.filter(|data| *data != "[DONE]")
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }
}

/// A connection on which something is asked.
#[derive(Debug)]
pub(crate) struct Asked {
    reader: BufReader<TcpStream>,
}

/// Sends the bytes of a request.
pub(crate) fn send(address: SocketAddr, bytes: &[u8]) -> Asked {
    let mut asked = Asked::connect(address);
    // A server that refuses does not read everything.
    let _ = asked.send(bytes);
    asked
}

/// The bytes of a request.
pub(crate) fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let n_bytes = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {n_bytes}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

pub(crate) fn get(server: &Server, path: &str) -> Response {
    send(server.address(), &request("GET", path, "", "")).whole()
}

pub(crate) fn post(server: &Server, path: &str, body: &Value) -> Response {
    post_with(server, path, "", body)
}

/// With header lines, each ended.
pub(crate) fn post_with(server: &Server, path: &str, headers: &str, body: &Value) -> Response {
    send(server.address(), &request("POST", path, headers, &body.to_string())).whole()
}

impl Asked {
    /// The status and the headers.
    pub(crate) fn head(&mut self) -> Response {
        let mut lines = vec![];
        loop {
            let mut line = String::new();
            let n = self.reader.read_line(&mut line).unwrap_or(0);
            let line = line.trim_end().to_owned();
            if n == 0 || line.is_empty() {
                break;
            }
            lines.push(line);
        }
        let status = lines.first().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let header = |line: &String| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_lowercase(), value.to_owned())
        };
        let headers = lines.iter().skip(1).map(header).collect();
        Response { status: status.unwrap_or(0), headers, body: String::new() }
    }

    /// A connection on which nothing was asked yet.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        Self { reader: BufReader::new(stream) }
    }

    /// Sends a request, the first or another one once everything was heard.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.reader.get_mut().write_all(bytes)
    }

    /// The whole response; the connection goes with it.
    pub(crate) fn whole(mut self) -> Response {
        self.response()
    }

    /// The whole response.
    pub(crate) fn response(&mut self) -> Response {
        let mut response = self.head();
        let length = response.header("content-length").map(|length| length.parse().unwrap());
        let mut bytes = vec![];
        if response.header("transfer-encoding").is_some() {
            while let Some(chunk) = self.chunk() {
                bytes.extend(chunk);
            }
        } else {
            let mut rest = (&mut self.reader).take(length.unwrap_or(0));
            rest.read_to_end(&mut bytes).unwrap();
        }
        response.body = String::from_utf8(bytes).unwrap();
        response
    }

    /// The next part of a body that has no known length.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let mut line = String::new();
        self.reader.read_line(&mut line).ok()?;
        let length = usize::from_str_radix(line.trim(), 16).ok()?;
        let mut bytes = vec![0; length + 2];
        self.reader.read_exact(&mut bytes).ok()?;
        bytes.truncate(length);
        // The last one is empty.
        (length > 0).then_some(bytes)
    }

    /// Whether the other side ended the connection.
    pub(crate) fn is_closed(&mut self) -> bool {
        matches!(self.reader.read(&mut [0; 64]), Ok(0) | Err(_))
    }
}

//! The real binary on a port of its own, and just enough HTTP to ask it.

#![allow(dead_code, reason = "each test binary uses its own part of this module")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

#[path = "../../../backend/tests/store/event.rs"]
pub mod event;

/// A running server, ended with the test.
pub struct Server {
    pub url: String,
    pub process: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pipelines-dashboard-local"));
    command.args(arguments).env_remove("RUST_LOG").stdout(Stdio::piped());
    command
}

/// Starts the binary on a free port and waits for the line that says it answers.
pub fn start(arguments: &[&str]) -> Server {
    start_by(&mut command(&[&["--port", "0"], arguments].concat()))
}

/// The same by a command of one's own.
pub fn start_by(command: &mut Command) -> Server {
    let mut process = command.stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let url = line.strip_suffix("/\n").unwrap().to_owned();
    Server { url, process }
}

/// An answer with its header names in lower case.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Server {
    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], b"")
    }

    pub fn post(&self, body: impl AsRef<[u8]>) -> Answer {
        self.ask("POST", "/events", &[], body.as_ref())
    }

    pub fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        self.try_to_ask(method, path, headers, body).unwrap()
    }

    /// Sends the path as it is, which no client library does. HTTP 1.0: one answer, to the end of the connection.
    pub fn try_to_ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> std::io::Result<Answer> {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address)?;
        let mut head = Vec::new();
        write!(head, "{method} {path} HTTP/1.0\r\ncontent-length: {}\r\n", body.len())?;
        if !headers.iter().any(|(name, _)| *name == "host") {
            write!(head, "host: {address}\r\n")?;
        }
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n")?;
        }
        head.extend(b"\r\n");
        stream.write_all(&head)?;
        stream.write_all(body)?;
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let mut headers = Vec::new();
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut body = Vec::new();
        reader.read_to_end(&mut body)?;
        Ok(Answer { status, headers, body })
    }
}

//! Bodies cost kilobytes of memory, whatever their size and framing. Each is measured in a process of its own, for the peak
//! of a process that runs other tests too says nothing.

use std::process::Command;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::harness::{Body, Connection, Form, TestServer, run};

const MIB: u64 = 1024 * 1024;
/// What is sent.
const BODY: u64 = 64 * MIB;
/// What the process may grow by meanwhile: its peak, server and client together.
const GROWTH: u64 = 16 * MIB;

/// Runs an ignored test of this module in a process of its own.
fn alone(test: &str) {
    let program = std::env::current_exe().expect("a program");
    let run = Command::new(program).args(["--exact", "--ignored", &format!("memory::{test}")]).output().expect("run");
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && output.contains("1 passed"), "{output}{}", String::from_utf8_lossy(&run.stderr));
}

/// The most memory that this process ever held, in bytes; `None` where the system does not tell.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Sends a head, a body made up of `start`, zeroes and `end`, and reads the answer.
async fn send(s: &TestServer, head: &[u8], start: &[u8], zeroes: u64, end: &[u8]) -> String {
    let Connection { mut reader, mut writer } = Connection::open(s.address).await;
    let write = async {
        let piece = vec![0; 256 * 1024];
        let mut left = zeroes;
        let sent = async {
            writer.write_all(head).await?;
            writer.write_all(start).await?;
            while left > 0 {
                let now = left.min(piece.len() as u64);
                writer.write_all(&piece[..now as usize]).await?;
                left -= now;
            }
            writer.write_all(end).await?;
            writer.flush().await
        };
        // The server may refuse it before it has read all.
        let _: std::io::Result<()> = sent.await;
    };
    let read = async {
        let mut answer = Vec::new();
        let _ = reader.read_to_end(&mut answer).await;
        answer
    };
    let (answer, ()) = tokio::join!(read, write);
    String::from_utf8_lossy(&answer).into_owned()
}

fn assert_growth(before: Option<u64>) {
    let (Some(before), Some(after)) = (before, peak()) else { return };
    assert!(after - before < GROWTH, "grew by {} KiB", (after - before) / 1024);
}

#[test]
fn one_huge_aws_chunk() {
    alone("huge_chunk");
}

#[test]
fn one_huge_form() {
    alone("huge_form");
}

#[test]
fn one_huge_object() {
    alone("huge_object");
}

#[test]
#[ignore = "run by one_huge_aws_chunk"]
fn huge_chunk() {
    run(async |s| {
        s.bucket("bucket").await;
        let before = peak();
        let frame = (format!("{BODY:x}\r\n"), "\r\n0\r\n\r\n");
        let ask = s.put("/bucket/key", "").sent_as(Body::As("STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned()));
        let ask = ask.header("x-amz-decoded-content-length", BODY.to_string());
        let (head, _) = ask.declared_length(Some(frame.0.len() as u64 + BODY + frame.1.len() as u64)).wire();
        let answer = send(s, &head, frame.0.as_bytes(), BODY, frame.1.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        s.head("/bucket/key").send().await.status(200).has("content-length", &BODY.to_string());
        // And one that is declared with 512 MiB and breaks off.
        let declared = 512 * MIB;
        let start = format!("{declared:x}\r\n");
        let ask = s.put("/bucket/cut", "").sent_as(Body::As("STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned()));
        let ask = ask.header("x-amz-decoded-content-length", declared.to_string());
        let (head, _) = ask.declared_length(Some(start.len() as u64 + declared + 7)).wire();
        let mut connection = Connection::open(s.address).await;
        connection.send(&head).await;
        connection.send(start.as_bytes()).await;
        for _ in 0..64 {
            connection.send(&vec![0; MIB as usize]).await;
        }
        connection.rest().await;
        assert_growth(before);
        s.assert_missing("/bucket/cut").await;
    });
}

#[test]
#[ignore = "run by one_huge_form"]
fn huge_form() {
    run(async |s| {
        s.bucket("bucket").await;
        let before = peak();
        let form = Form::new(s, "bucket").field("key", "key").policy(r#"{"key":"key"}"#, 60).file("f", "@");
        let frame = form.bytes();
        // The file's one byte is followed by the end: everything else goes in its place.
        let at = frame.iter().rposition(|&byte| byte == b'@').expect("the file");
        let head = form.head(frame.len() as u64 - 1 + BODY);
        let answer = send(s, &head, &frame[..at], BODY, &frame[at + 1..]).await;
        assert!(answer.starts_with("HTTP/1.1 204 "), "{answer}");
        assert_growth(before);
        s.head("/bucket/key").send().await.status(200).has("content-length", &BODY.to_string());
    });
}

#[test]
#[ignore = "run by one_huge_object"]
fn huge_object() {
    run(async |s| {
        s.bucket("bucket").await;
        let before = peak();
        let ask = s.put("/bucket/key", "").sent_as(Body::As("UNSIGNED-PAYLOAD".to_owned()));
        let (head, _) = ask.declared_length(Some(BODY)).wire();
        let answer = send(s, &head, b"", BODY, b"").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        // A reader that takes nothing makes the server hold nothing.
        let (request, _) = s.get("/bucket/key").wire();
        let mut slow = Connection::open(s.address).await;
        slow.send(&request).await;
        slow.head().await;
        s.put("/bucket/copy", "").header("x-amz-copy-source", "bucket/key").send().await.status(200);
        assert_growth(before);
    });
}

//! Which uploads in parts are unfinished. No command lists them, and a bucket that has some can be removed all the same.

use std::io::{Read, Write};
use std::net::TcpStream;

use http::{HeaderMap, HeaderValue};
use larder_env::{Clock, SystemClock};
use larder_sigv4::{Signer, SignerKey, SigningKey};

use super::{ACCESS_KEY, SECRET_KEY, World};

impl World {
    /// The keys of all unfinished uploads of a bucket.
    pub(crate) fn unfinished(&self, bucket: &str) -> Vec<String> {
        let (address, path) = (self.endpoint.trim_start_matches("http://"), format!("/{bucket}"));
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_str(address).expect("a host"));
        let now = SystemClock::new().now().to_jiff();
        let key = SigningKey::derive(SECRET_KEY, &now.strftime("%Y%m%d").to_string(), "us-east-1", "s3");
        let signer = Signer {
            access_key_id: ACCESS_KEY,
            key: SignerKey::Hmac(&key),
            security_token: None,
            region: "us-east-1",
            service: "s3",
        };
        signer.sign("GET", &path, "uploads=", &mut headers, "UNSIGNED-PAYLOAD", now).expect("signed");
        let lines = headers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().expect("text")));
        let head = format!("GET {path}?uploads= HTTP/1.1\r\n{}connection: close\r\n\r\n", lines.collect::<String>());
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.write_all(head.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let uploads = answer.split("<Upload>").skip(1);
        uploads.filter_map(|upload| Some(upload.split_once("<Key>")?.1.split_once("</Key>")?.0.to_owned())).collect()
    }
}

//! A request: signed as a client would, or in any way that a client should not.

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use larder_sigv4::{ChunkSigner, ChunkedEncoder, Signer, SignerKey, V4aKeyPair};

use super::{Answer, Keys, TestServer, digest, exchange};

/// How the body goes over the wire.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// As it is, its SHA-256 signed.
    Signed,
    /// As it is, `x-amz-content-sha256` saying this.
    As(String),
    /// In signed chunks of this size, and with trailers when there are some.
    SignedChunks(usize, Vec<(String, String)>),
    /// In chunks of this size that nobody signed, with trailers.
    UnsignedChunks(usize, Vec<(String, String)>),
}

/// Who signs.
#[derive(Clone, Debug)]
enum Signature {
    None,
    V4 { region: String, service: String, at: Timestamp },
    V4a { region_set: String },
}

/// A request that is being made up.
#[derive(Clone)]
pub(crate) struct Ask<'a> {
    server: &'a TestServer,
    method: String,
    target: String,
    headers: HeaderMap,
    unsigned_headers: Vec<(String, String)>,
    content: Vec<u8>,
    body: Body,
    keys: Keys,
    signature: Signature,
    length: Option<Option<u64>>,
    tamper: Option<fn(&mut Vec<u8>)>,
}

impl<'a> Ask<'a> {
    pub(crate) fn new(server: &'a TestServer, method: &str, target: &str) -> Self {
        let signature = Signature::V4 { region: server.region.clone(), service: "s3".to_owned(), at: server.now() };
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_str(&server.host()).expect("a host"));
        Self {
            server,
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            unsigned_headers: Vec::new(),
            content: Vec::new(),
            body: Body::Signed,
            keys: Keys::root(),
            signature,
            length: None,
            tamper: None,
        }
    }

    /// Adds a header, which is signed with the rest.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let name = HeaderName::try_from(name).expect("a name");
        let value = HeaderValue::from_bytes(value.as_ref()).expect("a value");
        if name == "host" {
            self.headers.insert(name, value);
        } else {
            self.headers.append(name, value);
        }
        self
    }

    /// Adds a header after signing.
    pub(crate) fn unsigned_header(mut self, name: &str, value: &str) -> Self {
        self.unsigned_headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the content.
    pub(crate) fn body(mut self, content: impl AsRef<[u8]>) -> Self {
        self.content = content.as_ref().to_vec();
        self
    }

    /// Sets how the content is sent.
    pub(crate) fn sent_as(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Declares this length, whatever the content's is; `None` declares none.
    pub(crate) fn declared_length(mut self, length: Option<u64>) -> Self {
        self.length = Some(length);
        self
    }

    /// Changes the body's bytes after they were signed.
    pub(crate) fn tampered(mut self, tamper: fn(&mut Vec<u8>)) -> Self {
        self.tamper = Some(tamper);
        self
    }

    /// Sends no signature.
    pub(crate) fn anonymous(mut self) -> Self {
        self.signature = Signature::None;
        self
    }

    /// Signs in another's name, with the secret as it is.
    pub(crate) fn signed_by(mut self, id: &str) -> Self {
        id.clone_into(&mut self.keys.id);
        self
    }

    /// Signs with these keys.
    pub(crate) fn by(mut self, keys: &Keys) -> Self {
        self.keys = keys.clone();
        self
    }

    /// Signs for another region.
    pub(crate) fn for_region(mut self, name: &str) -> Self {
        if let Signature::V4 { region, .. } = &mut self.signature {
            *region = name.to_owned();
        }
        self
    }

    /// Signs for another service.
    pub(crate) fn for_service(mut self, name: &str) -> Self {
        if let Signature::V4 { service, .. } = &mut self.signature {
            *service = name.to_owned();
        }
        self
    }

    /// Signs at another time, that many seconds from now.
    pub(crate) fn signed_after(mut self, seconds: i64) -> Self {
        if let Signature::V4 { at, .. } = &mut self.signature {
            *at += jiff::SignedDuration::from_secs(seconds);
        }
        self
    }

    /// Signs with SigV4A.
    pub(crate) fn v4a(mut self, region_set: &str) -> Self {
        self.signature = Signature::V4a { region_set: region_set.to_owned() };
        self
    }

    /// Sends it on a connection of its own and reads the whole answer.
    pub(crate) async fn send(self) -> Answer {
        let (address, to_head) = (self.server.address, self.method == "HEAD");
        let (head, body) = self.wire();
        let mut answer = exchange(address, head, body).await;
        answer.to_head = to_head;
        answer
    }

    /// The request as it goes over the wire: its head and its body.
    pub(crate) fn wire(mut self) -> (Vec<u8>, Vec<u8>) {
        let payload = self.describe_body();
        let seed = self.sign(&payload);
        let mut body = self.framed(&seed);
        if let Some(tamper) = self.tamper {
            tamper(&mut body);
        }
        let length = self.length.unwrap_or_else(|| {
            let needed = !body.is_empty() || matches!(self.method.as_str(), "PUT" | "POST");
            needed.then_some(body.len() as u64)
        });
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in &self.headers {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
        for (name, value) in &self.unsigned_headers {
            head.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        if let Some(length) = length {
            head.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
        }
        head.extend_from_slice(b"connection: close\r\n\r\n");
        (head, body)
    }

    /// Sets the headers that tell how the body is framed; returns what is signed for it.
    fn describe_body(&mut self) -> String {
        let (signed, trailers) = match &self.body {
            Body::Signed => return digest::sha256_hex(&self.content),
            Body::As(text) => return text.clone(),
            Body::SignedChunks(_, trailers) => (true, trailers.clone()),
            Body::UnsignedChunks(_, trailers) => (false, trailers.clone()),
        };
        let length = self.content.len().to_string();
        self.headers.insert("x-amz-decoded-content-length", HeaderValue::from_str(&length).expect("a number"));
        if !self.headers.contains_key("content-encoding") {
            self.headers.insert("content-encoding", HeaderValue::from_static("aws-chunked"));
        }
        for (name, _) in &trailers {
            self.headers.append("x-amz-trailer", HeaderValue::from_str(name).expect("a name"));
        }
        let algorithm = match self.signature {
            Signature::V4a { .. } => "AWS4-ECDSA-P256-SHA256",
            _ => "AWS4-HMAC-SHA256",
        };
        match (signed, trailers.is_empty()) {
            (true, true) => format!("STREAMING-{algorithm}-PAYLOAD"),
            (true, false) => format!("STREAMING-{algorithm}-PAYLOAD-TRAILER"),
            (false, _) => "STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned(),
        }
    }

    /// Signs; returns the signature.
    fn sign(&mut self, payload: &str) -> String {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        match &self.signature {
            Signature::None => {
                let headers = &mut self.headers;
                if !matches!(self.body, Body::Signed) {
                    headers.insert("x-amz-content-sha256", HeaderValue::from_str(payload).expect("a text"));
                }
                String::new()
            }
            Signature::V4 { region, service, at } => {
                let key = self.keys.signing_key(*at, region, service);
                let signer = Signer { region, service, ..self.keys.signer(&key) };
                signer.sign(&self.method, path, query, &mut self.headers, payload, *at).expect("signed")
            }
            Signature::V4a { region_set } => {
                let pair = self.v4a_pair();
                let key = SignerKey::Ecdsa(&pair);
                let Keys { id, token, .. } = &self.keys;
                let signer = Signer {
                    access_key_id: id,
                    key,
                    security_token: token.as_deref(),
                    region: region_set,
                    service: "s3",
                };
                signer.sign(&self.method, path, query, &mut self.headers, payload, self.server.now()).expect("signed")
            }
        }
    }

    fn v4a_pair(&self) -> V4aKeyPair {
        V4aKeyPair::derive(&self.keys.secret, &self.keys.id).expect("a key")
    }

    fn framed(&self, seed: &str) -> Vec<u8> {
        let (size, trailers, chunk_signer) = match &self.body {
            Body::Signed | Body::As(_) => return self.content.clone(),
            Body::UnsignedChunks(size, trailers) => (*size, trailers, None),
            Body::SignedChunks(size, trailers) => (*size, trailers, Some(self.chunk_signer(seed))),
        };
        let mut encoder = ChunkedEncoder::new(chunk_signer);
        let mut out = Vec::new();
        for chunk in self.content.chunks(size) {
            encoder.chunk(chunk, &mut out);
        }
        let trailers: Vec<(&str, &str)> = trailers.iter().map(|(name, value)| (&**name, &**value)).collect();
        encoder.finish(&trailers, &mut out);
        out
    }

    fn chunk_signer(&self, seed: &str) -> ChunkSigner {
        let now = self.server.now();
        let date = larder_sigv4::AmzDate::from_timestamp(now).expect("a date");
        let key = self.keys.signing_key(now, &self.server.region, "s3");
        let signer = Signer { region: &self.server.region, ..self.keys.signer(&key) };
        if let Signature::V4a { region_set } = &self.signature {
            let pair = self.v4a_pair();
            let scope = Signer { region: region_set, key: SignerKey::Ecdsa(&pair), ..signer }.scope(&date);
            return ChunkSigner::ecdsa(pair.into(), &scope, date, seed);
        }
        let scope = signer.scope(&date);
        ChunkSigner::hmac(key.into(), &scope, date, seed)
    }
}

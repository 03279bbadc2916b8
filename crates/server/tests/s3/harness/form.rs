//! POST forms as browsers send them.

use larder_sigv4::AmzDate;

use super::{Answer, Keys, REGION, TestServer, digest, exchange};

const BOUNDARY: &str = "----LarderTestBoundary7MA4YWxkTrZu0gW";

/// A form that is being filled in.
#[derive(Clone)]
pub(crate) struct Form<'a> {
    server: &'a TestServer,
    keys: Keys,
    target: String,
    host: String,
    fields: Vec<(String, String)>,
    file: Option<(String, Vec<u8>)>,
    after: Vec<(String, String)>,
}

impl<'a> Form<'a> {
    /// An empty form for a bucket.
    pub(crate) fn new(server: &'a TestServer, bucket: &str) -> Self {
        Self {
            server,
            keys: Keys::root(),
            target: format!("/{bucket}"),
            host: server.host(),
            fields: Vec::new(),
            file: None,
            after: Vec::new(),
        }
    }

    /// Lets these keys sign its policy.
    pub(crate) fn by(self, keys: &Keys) -> Self {
        Self { keys: keys.clone(), ..self }
    }

    /// Adds a field before the file.
    pub(crate) fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a field after the file.
    pub(crate) fn late_field(mut self, name: &str, value: &str) -> Self {
        self.after.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the file.
    pub(crate) fn file(mut self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.file = Some((name.to_owned(), content.as_ref().to_vec()));
        self
    }

    /// Adds a policy with these conditions (a JSON array's content; the bucket's and the signature's own are added) that
    /// expires after some seconds, and signs it.
    pub(crate) fn policy(self, conditions: &str, expires_after: i64) -> Self {
        let expiration = self.server.iso_date(expires_after);
        let now = self.server.now();
        let date = AmzDate::from_timestamp(now).expect("a date");
        let key = self.keys.signing_key(now, REGION, "s3");
        let credential = format!("{}/{}", self.keys.id, self.keys.signer(&key).scope(&date));
        let bucket = self.target.trim_start_matches('/').to_owned();
        let more = if conditions.is_empty() { String::new() } else { format!(",{conditions}") };
        let document = format!(
            r#"{{"expiration":"{expiration}","conditions":[{{"bucket":"{bucket}"}},{{"x-amz-algorithm":"AWS4-HMAC-SHA256"}},{{"x-amz-credential":"{credential}"}},{{"x-amz-date":"{}"}}{more}]}}"#,
            date.as_str()
        );
        self.raw_policy(&document)
    }

    /// Adds this policy, whatever it says, and signs it.
    pub(crate) fn raw_policy(self, document: &str) -> Self {
        let now = self.server.now();
        let date = AmzDate::from_timestamp(now).expect("a date");
        let key = self.keys.signing_key(now, REGION, "s3");
        let credential = format!("{}/{}", self.keys.id, self.keys.signer(&key).scope(&date));
        let policy = digest::base64(document);
        let day = now.strftime("%Y%m%d").to_string();
        let chain = [day.as_str(), REGION, "s3", "aws4_request", &policy];
        let start = format!("AWS4{}", self.keys.secret).into_bytes();
        let signature = chain.iter().fold(start, |key, text| digest::hmac_sha256(&key, text.as_bytes()));
        let signature = hex::encode(signature);
        self.field("x-amz-algorithm", "AWS4-HMAC-SHA256")
            .field("x-amz-credential", &credential)
            .field("x-amz-date", date.as_str())
            .field("policy", &policy)
            .field("x-amz-signature", &signature)
    }

    /// The value of a field.
    pub(crate) fn change(mut self, name: &str, value: &str) -> Self {
        for (field, old) in &mut self.fields {
            if field == name {
                value.clone_into(old);
            }
        }
        self
    }

    /// Takes a field out.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self
    }

    /// The body.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let field = |out: &mut Vec<u8>, name: &str, value: &str| {
            let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            out.extend_from_slice(part.as_bytes());
        };
        for (name, value) in &self.fields {
            field(&mut out, name, value);
        }
        if let Some((name, content)) = &self.file {
            let head = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n"
            );
            out.extend_from_slice(head.as_bytes());
            out.extend_from_slice(content);
            out.extend_from_slice(b"\r\n");
        }
        for (name, value) in &self.after {
            field(&mut out, name, value);
        }
        out.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        out
    }

    /// The head for a body of that length.
    pub(crate) fn head(&self, length: u64) -> Vec<u8> {
        format!(
            "POST {} HTTP/1.1\r\nhost: {}\r\ncontent-type: multipart/form-data; boundary={BOUNDARY}\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n",
            self.target, self.host
        )
        .into_bytes()
    }

    /// Sends it.
    pub(crate) async fn send(self) -> Answer {
        let body = self.bytes();
        exchange(self.server.address, self.head(body.len() as u64), body).await
    }
}

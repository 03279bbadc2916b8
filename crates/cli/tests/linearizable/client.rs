//! A client that does anything at any time on a few keys, and takes down what it was answered.

use std::io;
use std::net::SocketAddr;

use larder_linearizability::{Answer as Told, Call, Condition, Removed, Ticket};

use crate::connection::{Answer, Connection, Request};
use crate::known::{Dice, Known, Upload, tag_of, tag_of_upload};

/// One bucket that never has versioning, and one that has; few keys, so that the clients meet.
pub(crate) const PLAIN: [&str; 2] = ["/plain/a", "/plain/b"];
pub(crate) const VERSIONED: [&str; 2] = ["/versioned/a", "/versioned/b"];

/// Bodies on both sides of what is kept beside the metadata.
const SIZES: [usize; 8] = [0, 10, 10, 1_000, 1_000, 5_000, 70_000, 300_000];

pub(crate) struct Client<'a> {
    known: &'a Known,
    dice: Dice,
    connection: Connection,
}

/// The connection is lost, and what was asked may have happened.
pub(crate) struct Lost;

impl From<io::Error> for Lost {
    fn from(_: io::Error) -> Self {
        Self
    }
}

impl<'a> Client<'a> {
    pub(crate) fn connect(known: &'a Known, seed: u64, address: SocketAddr) -> io::Result<Self> {
        Ok(Self { known, dice: Dice::new(seed), connection: Connection::open(address)? })
    }

    /// Does one thing.
    pub(crate) fn act(mut self) -> Result<Self, Lost> {
        let path = self.some_key();
        match self.dice.below(20) {
            0..=2 => self.put(path, Condition::None)?,
            3 => self.put(path, Condition::Absent)?,
            4 | 5 => self.put(path, self.some_tag())?,
            6..=8 => self.get("GET", path, None)?,
            9 | 10 => self.get("GET", path, self.some_version(path))?,
            11 => self.get("HEAD", path, None)?,
            12 | 13 => self.delete(path, None, Condition::None)?,
            // Where a lost one would leave a marker, nobody could tell whose it is.
            14 if path.starts_with("/plain") => self.delete(path, None, self.some_tag())?,
            14 => self.put(path, self.some_tag())?,
            15 => self.delete(path, self.some_version(path), Condition::None)?,
            16 => self.copy(path)?,
            17 => self.upload(path)?,
            18 => self.complete_some()?,
            _ if self.dice.below(4) == 0 => return self.put_and_walk_away(path),
            _ => self.copy(path)?,
        }
        Ok(self)
    }

    fn some_key(&self) -> &'static str {
        let all = [PLAIN, VERSIONED].concat();
        all[self.dice.index(all.len())]
    }

    fn some_tag(&self) -> Condition {
        self.known.some_content(&self.dice).map_or(Condition::Absent, |content| Condition::ETag(content.etag))
    }

    fn some_version(&self, path: &str) -> Option<String> {
        let versions = self.known.versions(path);
        versions.iter().nth_back(self.dice.index(versions.len().clamp(1, 20))).cloned()
    }

    /// Asks one thing of one key, and takes down what `read` makes of the answer.
    fn ask(
        &mut self,
        path: &str,
        call: Call,
        request: &Request,
        read: impl FnOnce(&Self, &Answer) -> Option<Told>,
    ) -> Result<(), Lost> {
        let ticket = self.known.recorder.begin(path, call);
        let answer = self.connection.exchange(request)?;
        let told = read(self, &answer);
        self.take_down(path, ticket, request, &answer, told);
        Ok(())
    }

    fn take_down(&self, path: &str, ticket: Ticket, request: &Request, answer: &Answer, told: Option<Told>) {
        if let Some(version) = answer.header("x-amz-version-id") {
            self.known.learn(path, version);
        }
        match told.or_else(|| refusal(request, answer)) {
            Some(told) => self.known.recorder.end(ticket, told),
            // It met too many others, and did nothing.
            None if answer.status == 409 => self.known.recorder.void(ticket),
            None => panic!("{request:?}: {} {}", answer.status, answer.text()),
        }
    }

    fn put(&mut self, path: &str, condition: Condition) -> Result<(), Lost> {
        let (call, request) = self.put_request(path, condition);
        self.ask(path, call, &request, |_, answer| written(answer))
    }

    fn put_request(&self, path: &str, condition: Condition) -> (Call, Request) {
        let value = self.known.value(SIZES[self.dice.index(SIZES.len())], tag_of);
        let request = Request::new("PUT", path).body(self.known.content(value.number).body());
        let request = request.header("x-amz-meta-number", value.number.to_string());
        (Call::Put { value, condition: condition.clone() }, conditional(request, &condition))
    }

    fn put_and_walk_away(self, path: &str) -> Result<Self, Lost> {
        let (call, request) = self.put_request(path, Condition::None);
        let _open = self.known.recorder.begin(path, call);
        self.connection.walk_away(&request, self.dice.below(2) == 0);
        Err(Lost)
    }

    pub(crate) fn get(&mut self, method: &'static str, path: &str, version: Option<String>) -> Result<(), Lost> {
        let query = version.as_ref().map_or_else(String::new, |version| format!("versionId={version}"));
        let request = Request::new(method, path).query(query);
        self.ask(path, Call::Get { version }, &request, |client, answer| match answer.status {
            200 => Some(client.found(method, answer)),
            _ => None,
        })
    }

    /// What was found, and that it is whole and all of one write.
    fn found(&self, method: &str, answer: &Answer) -> Told {
        let number = answer.header("x-amz-meta-number").and_then(|number| number.parse().ok()).expect("a number");
        let content = self.known.content(number);
        assert_eq!(answer.header("etag"), Some(content.etag.as_str()), "{number}");
        assert_eq!(answer.header("content-length"), Some(content.size.to_string().as_str()), "{number}");
        if method == "GET" {
            assert!(answer.body == content.body(), "other bytes than {number} has");
        }
        Told::Found { number, version: answer.header("x-amz-version-id").map(str::to_owned) }
    }

    /// Lists the versions of a key while nobody writes, and reads those that nobody has been told of.
    pub(crate) fn list(&mut self, path: &str) -> Result<(), Lost> {
        let (bucket, key) = path.rsplit_once('/').expect("a bucket and a key");
        let request = Request::new("GET", bucket).query(format!("versions=&prefix={key}"));
        let mut listed = Vec::new();
        self.ask(path, Call::List, &request, |_, answer| {
            listed = (answer.status == 200).then(|| versions(answer))?;
            Some(Told::Versions(listed.clone()))
        })?;
        let known = self.known.versions(path);
        for (id, _) in listed.into_iter().filter(|(id, etag)| etag.is_some() && !known.contains(id)) {
            self.get("GET", path, Some(id))?;
        }
        Ok(())
    }

    fn delete(&mut self, path: &str, version: Option<String>, condition: Condition) -> Result<(), Lost> {
        let query = version.as_ref().map_or_else(String::new, |version| format!("versionId={version}"));
        // There is no deletion on condition that there is nothing.
        let condition = if condition == Condition::Absent { Condition::None } else { condition };
        let request = conditional(Request::new("DELETE", path).query(query), &condition);
        let of_version = version.is_some();
        self.ask(path, Call::Delete { version, condition }, &request, |_, answer| {
            let marker = answer.header("x-amz-delete-marker") == Some("true");
            match (answer.status, answer.header("x-amz-version-id")) {
                (204, Some(id)) if marker && !of_version => Some(Told::MarkerAdded(id.to_owned())),
                (204, _) if marker => Some(Told::Removed(Removed::Marker)),
                (204, _) => Some(Told::Removed(Removed::NoMarker)),
                _ => None,
            }
        })
    }

    /// A copy is a read of one key and then a write of another: it is atomic to those who look at either, not at both. It
    /// says what it is to read, so that what it may have written is known when its answer is lost.
    fn copy(&mut self, from: &str) -> Result<(), Lost> {
        let pair = if from.starts_with("/plain") { PLAIN } else { VERSIONED };
        let to = pair[self.dice.index(pair.len())];
        let Some(content) = self.known.some_content(&self.dice) else { return Ok(()) };
        let value = self.known.copy_of(&content);
        let request = Request::new("PUT", to)
            .header("x-amz-copy-source", from)
            .header("x-amz-copy-source-if-match", content.etag.clone())
            .header("x-amz-metadata-directive", "REPLACE")
            .header("x-amz-meta-number", value.number.to_string());
        let etag = value.etag.clone();
        let reading = self.known.recorder.begin(from, Call::Match { etag: content.etag });
        let writing = self.known.recorder.begin(to, Call::Put { value, condition: Condition::None });
        let answer = self.connection.exchange(&request)?;
        if answer.status == 200 {
            assert_eq!(answer.all("ETag"), [etag.replace('"', "&quot;")], "{}", answer.text());
            self.take_down(to, writing, &request, &answer, written(&answer));
            self.known.recorder.end(reading, Told::Matches);
            return Ok(());
        }
        self.known.recorder.void(writing);
        // The source's delete marker is not shown.
        let told = (answer.status == 404).then_some(Told::NoSuchKey);
        self.take_down(from, reading, &request, &answer, told);
        Ok(())
    }

    /// Uploads an object of one part, and completes it or leaves that to others.
    fn upload(&mut self, path: &str) -> Result<(), Lost> {
        let value = self.known.value(1 + SIZES[self.dice.index(SIZES.len())], tag_of_upload);
        let begin = Request::new("POST", path).query("uploads").header("x-amz-meta-number", value.number.to_string());
        let begun = self.connection.exchange(&begin)?;
        let id = begun.all("UploadId").pop().unwrap_or_else(|| panic!("{} {}", begun.status, begun.text()));
        let body = self.known.content(value.number).body();
        let part = Request::new("PUT", path).query(format!("partNumber=1&uploadId={id}")).body(body);
        let answer = self.connection.exchange(&part)?;
        let part = answer.header("etag").unwrap_or_else(|| panic!("{} {}", answer.status, answer.text())).to_owned();
        let upload = Upload { path: path.to_owned(), id, part, value };
        self.known.keep_upload(&upload);
        if self.dice.below(4) == 0 { Ok(()) } else { self.complete(&upload, Condition::None) }
    }

    /// Completes an upload that somebody made, whether it is completed already or not.
    fn complete_some(&mut self) -> Result<(), Lost> {
        let Some(upload) = self.known.some_upload(&self.dice) else { return Ok(()) };
        let condition = if self.dice.below(3) == 0 { Condition::Absent } else { Condition::None };
        self.complete(&upload, condition)
    }

    fn complete(&mut self, upload: &Upload, condition: Condition) -> Result<(), Lost> {
        let Upload { path, id, part, value } = upload;
        let document = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{part}</ETag></Part></CompleteMultipartUpload>"
        );
        let request = Request::new("POST", path).query(format!("uploadId={id}")).body(document);
        let request = conditional(request, &condition);
        self.ask(path, Call::Complete { value: value.clone(), condition }, &request, |_, answer| written(answer))
    }

    /// A request that is no part of the history, and has to succeed.
    pub(crate) fn set_up(&mut self, request: &Request) -> Answer {
        let answer = self.connection.exchange(request).expect("an answer");
        assert!((200..300).contains(&answer.status), "{request:?}: {} {}", answer.status, answer.text());
        answer
    }
}

fn conditional(request: Request, condition: &Condition) -> Request {
    match condition {
        Condition::None => request,
        Condition::Absent => request.header("if-none-match", "*"),
        Condition::ETag(tag) => request.header("if-match", tag.clone()),
    }
}

fn written(answer: &Answer) -> Option<Told> {
    (answer.status == 200).then(|| Told::Written(answer.header("x-amz-version-id").map(str::to_owned)))
}

/// The versions that a listing of one key shows.
fn versions(answer: &Answer) -> Vec<(String, Option<String>)> {
    let text = answer.text();
    assert!(text.contains("<IsTruncated>false</IsTruncated>"), "all on one page: {text}");
    let mut versions = Vec::new();
    for row in text.replace("<DeleteMarker>", "<Version>").split("<Version>").skip(1) {
        let field =
            |name: &str| Some(row.split_once(&format!("<{name}>"))?.1.split_once('<')?.0.replace("&quot;", "\""));
        assert_eq!(field("IsLatest").as_deref(), Some(if versions.is_empty() { "true" } else { "false" }), "{text}");
        versions.push((field("VersionId").expect("an id"), field("ETag")));
    }
    versions
}

/// What an answer says that is none of what was hoped for.
fn refusal(request: &Request, answer: &Answer) -> Option<Told> {
    let marker = answer.header("x-amz-delete-marker") == Some("true");
    let code = answer.all("Code").pop().unwrap_or_default();
    match (answer.status, code.as_str()) {
        (404 | 405, _) if marker => Some(Told::DeleteMarker(answer.header("x-amz-version-id")?.to_owned())),
        (404, "NoSuchKey") => Some(Told::NoSuchKey),
        (404, "NoSuchVersion") => Some(Told::NoSuchVersion),
        (404, "") if request.method == "HEAD" => Some(Told::NoSuchKey),
        (412, _) => Some(Told::PreconditionFailed),
        _ => None,
    }
}

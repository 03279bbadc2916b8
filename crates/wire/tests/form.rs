//! Form uploads: events, limits, and that they do not depend on how the body arrives.

use bytes::Bytes;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::form::{Event, Form, MAX_FIELDS, MAX_PART_HEADER_BYTES, MAX_PRE_DATA_BYTES};
use proptest::prelude::*;

const TYPE: &str = "multipart/form-data; boundary=XyZ";

/// Feeds the pieces and gathers the events, a file's bytes in one; the error, if any, comes last.
fn read_pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<Event>, Result<(), S3Error>) {
    let mut form = Form::new(TYPE).expect("a valid type");
    let mut events = Vec::new();
    for piece in pieces {
        form.feed(Bytes::copy_from_slice(piece));
        loop {
            match form.next_event() {
                Ok(Some(event)) => push(&mut events, event),
                Ok(None) => break,
                Err(error) => return (events, Err(error)),
            }
        }
    }
    (events, form.finish())
}

fn push(events: &mut Vec<Event>, event: Event) {
    match (events.last_mut(), event) {
        (Some(Event::FileData(before)), Event::FileData(data)) => {
            assert!(!data.is_empty());
            *before = [before.as_ref(), data.as_ref()].concat().into();
        }
        (_, event) => events.push(event),
    }
}

fn read(body: &[u8]) -> (Vec<Event>, Result<(), S3Error>) {
    read_pieces([body])
}

fn field(name: &str, value: &str) -> Event {
    Event::Field { name: name.to_owned(), value: value.to_owned(), content_type: None }
}

fn part(name: &str, value: &str) -> String {
    format!("--XyZ\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
}

fn file(content: &[u8]) -> Vec<u8> {
    let head = "--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\
                Content-Type: text/plain\r\n\r\n";
    [head.as_bytes(), content, b"\r\n--XyZ--\r\n"].concat()
}

fn start() -> Event {
    Event::FileStart { filename: Some("a.txt".to_owned()), content_type: Some("text/plain".to_owned()) }
}

#[test]
fn fields_then_a_file() {
    let body = [part("key", "photos/${filename}").as_bytes(), part("acl", "").as_bytes(), &file(b"hello\r\n")].concat();
    let (events, end) = read(&body);
    assert!(end.is_ok());
    let expected = [
        field("key", "photos/${filename}"),
        field("acl", ""),
        start(),
        Event::FileData(Bytes::from_static(b"hello\r\n")),
        Event::FileEnd,
    ];
    assert_eq!(events, expected);
}

#[test]
fn file_keeps_every_byte_that_is_no_boundary() {
    for content in [
        &b""[..],
        b"\r\n",
        b"--XyZ",
        b"\r\n--Xy",
        b"\r\n--XyQ",
        b"\r\n--XyZw\r\n",
        b"\r\n--XyZ-x",
        b"\r\n--XyZ \tx\r\n",
        b"\n--XyZ--",
        b"\r--XyZ--\r\n",
        b"\r\r\n--xyz--\r\n",
        b"\r\n--XyZ\r\r\n--XyZ\n",
        b"\r\n\r\n--X\r\n--\r\n",
        b"\0\xff\xfe",
    ] {
        let (events, end) = read(&file(content));
        assert!(end.is_ok(), "{}", content.escape_ascii());
        let mut expected = vec![start()];
        if !content.is_empty() {
            expected.push(Event::FileData(Bytes::from_static(content)));
        }
        expected.push(Event::FileEnd);
        assert_eq!(events, expected, "{}", content.escape_ascii());
    }
}

#[test]
fn what_follows_the_file_is_ignored() {
    let whole = file(b"x");
    let open = whole.strip_suffix(b"--\r\n").unwrap();
    for tail in
        ["--\r\n", "--", "--\r\nepilogue", "\r\nContent-Disposition: form-data; name=\"acl\"\r\n\r\nz", "\r\n\0"]
    {
        let (events, end) = read(&[open, tail.as_bytes()].concat());
        assert!(end.is_ok(), "{tail}");
        assert_eq!(events, [start(), Event::FileData(Bytes::from_static(b"x")), Event::FileEnd], "{tail}");
    }
}

#[test]
fn part_headers_as_clients_write_them() {
    for (headers, name, filename, content_type) in [
        ("content-disposition:form-data;name=a", "a", None, None),
        ("Content-Disposition: form-data; name=\"a b;c=d\"", "a b;c=d", None, None),
        ("Content-Disposition: Form-Data; NAME=\"a\"; filename=\"\"", "a", Some(""), None),
        (
            "Content-Disposition: form-data; name=\"File\"; filename=\"C:\\dir\\x\\\".txt\"",
            "file",
            Some("C:\\dir\\x\".txt"),
            None,
        ),
        (
            "Content-Type: a/b; c=d\r\nContent-Disposition: form-data; name=\"file\"; filename=größe",
            "file",
            Some("größe"),
            Some("a/b; c=d"),
        ),
        ("X-Other: 1\r\nContent-Disposition: form-data; filename*=UTF-8''x; name=\"file\"", "file", None, None),
    ] {
        let body = format!("--XyZ\r\n{headers}\r\n\r\nv\r\n--XyZ--\r\n");
        let (events, _) = read(body.as_bytes());
        let content_type = content_type.map(str::to_owned);
        match events.into_iter().next() {
            Some(Event::Field { name: got, content_type: got_type, .. }) => {
                assert_eq!((got.as_str(), got_type), (name, content_type), "{headers}");
            }
            Some(Event::FileStart { filename: got, content_type: got_type }) => {
                assert_eq!(("file", got.as_deref(), got_type), (name, filename, content_type), "{headers}");
            }
            other => panic!("{headers}: {other:?}"),
        }
    }
}

#[test]
fn lines_and_text_before_and_beside_boundaries() {
    let plain = [part("key", "k").as_bytes(), &file(b"x")].concat();
    let expected = read(&plain).0;
    for front in ["\r\n", "This is a preamble.\r\n", "\r\n--Xy\r\n"] {
        assert_eq!(read(&[front.as_bytes(), &plain].concat()).0, expected, "{front}");
    }
    let padded = String::from_utf8(plain).unwrap().replace("--XyZ\r\n", "--XyZ \t\r\n");
    assert_eq!(read(padded.as_bytes()).0, expected);
}

#[test]
fn bodies_that_are_no_forms() {
    let field = part("key", "k");
    for (body, code) in [
        (String::new(), ErrorCode::MalformedPOSTRequest),
        ("key=k&file=x".to_owned(), ErrorCode::MalformedPOSTRequest),
        ("--XyZ".to_owned(), ErrorCode::MalformedPOSTRequest),
        ("--XyZ--\r\n".to_owned(), ErrorCode::InvalidArgument),
        (format!("{field}--XyZ--"), ErrorCode::InvalidArgument),
        (field.clone(), ErrorCode::IncompleteBody),
        (format!("{field}--XyZ\r\n"), ErrorCode::IncompleteBody),
        (format!("{field}--XyZ\r\n\r\n\r\n"), ErrorCode::MalformedPOSTRequest),
        ("--XyZ\r\nContent-Type: a/b\r\n\r\nv\r\n".to_owned(), ErrorCode::MalformedPOSTRequest),
        ("--XyZ\r\nContent-Disposition: attachment; name=a\r\n\r\nv".to_owned(), ErrorCode::MalformedPOSTRequest),
        ("--XyZ\r\nContent-Disposition: form-data\r\n\r\nv".to_owned(), ErrorCode::MalformedPOSTRequest),
        ("--XyZ\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nv".to_owned(), ErrorCode::MalformedPOSTRequest),
        ("--XyZ\r\nno colon\r\n\r\nv".to_owned(), ErrorCode::MalformedPOSTRequest),
    ] {
        let (_, end) = read(body.as_bytes());
        assert_eq!(end.unwrap_err().code(), code, "{body}");
    }
    let (_, end) = read(b"--XyZ\r\nContent-Disposition: form-data; name=k\r\n\r\n\xff\r\n--XyZ--");
    assert_eq!(end.unwrap_err().code(), ErrorCode::MalformedPOSTRequest);
    let whole = file(b"content");
    let (events, end) = read(&whole[..whole.len() - 6]);
    assert_eq!(end.unwrap_err().code(), ErrorCode::IncompleteBody);
    assert!(!events.contains(&Event::FileEnd));
    let (_, end) = read(format!("{field}--XyZ--").as_bytes());
    assert_eq!(end.unwrap_err().message(), "POST requires exactly one file upload per request.");
}

#[test]
fn content_types() {
    for (content_type, code) in [
        ("multipart/form-data; boundary=a", None),
        ("Multipart/Form-Data;Boundary=\"a b\"; charset=utf-8", None),
        ("multipart/form-data; charset=utf-8; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW", None),
        ("multipart/form-data", Some(ErrorCode::MalformedPOSTRequest)),
        ("multipart/form-data; boundary=", Some(ErrorCode::MalformedPOSTRequest)),
        ("multipart/form-data; boundary=\"a \"", Some(ErrorCode::MalformedPOSTRequest)),
        ("multipart/form-data; boundary=\"a\u{e9}\"", Some(ErrorCode::MalformedPOSTRequest)),
        ("multipart/mixed; boundary=a", Some(ErrorCode::RequestIsNotMultiPartContent)),
        ("", Some(ErrorCode::RequestIsNotMultiPartContent)),
    ] {
        assert_eq!(Form::new(content_type).err().map(|error| error.code()), code, "{content_type}");
    }
    assert!(Form::new(&format!("multipart/form-data; boundary={}", "b".repeat(70))).is_ok());
    assert!(Form::new(&format!("multipart/form-data; boundary={}", "b".repeat(71))).is_err());
}

#[test]
fn limits_of_what_precedes_the_file() {
    let too_much = |body: &[u8]| {
        let (_, end) = read(body);
        assert_eq!(end.unwrap_err().code(), ErrorCode::MaxPostPreDataLengthExceededError);
    };
    let room = MAX_PRE_DATA_BYTES - 2 - part("k", "").len() - (file(b"").len() - "\r\n--XyZ--\r\n".len());
    let (events, end) = read(&[part("k", &"v".repeat(room)).as_bytes(), &file(b"x")].concat());
    assert!(end.is_ok(), "{end:?}");
    assert_eq!(events.len(), 4);
    too_much(&[part("k", &"v".repeat(room + 1)).as_bytes(), &file(b"x")].concat());
    too_much("x".repeat(MAX_PRE_DATA_BYTES + 1).as_bytes());
    too_much(part("k", &"v".repeat(MAX_PRE_DATA_BYTES)).as_bytes());
    too_much(format!("--XyZ\r\nA: {}\r\n\r\n", "a".repeat(MAX_PART_HEADER_BYTES)).as_bytes());
    too_much(format!("--XyZ\r\nA: {}", "a".repeat(MAX_PART_HEADER_BYTES + 10)).as_bytes());
    too_much(part("k", "").repeat(MAX_FIELDS + 1).as_bytes());
}

#[test]
fn error_is_final() {
    let mut form = Form::new(TYPE).unwrap();
    form.feed(Bytes::from_static(b"--XyZ\r\nbad\r\n\r\n"));
    for _ in 0..2 {
        assert_eq!(form.next_event().unwrap_err().code(), ErrorCode::MalformedPOSTRequest);
        form.feed(Bytes::from(file(b"x")));
    }
    assert!(form.finish().is_err() && !form.is_done());
}

#[test]
fn file_bytes_are_slices_of_what_was_fed() {
    let mut form = Form::new(TYPE).unwrap();
    let whole = file(b"");
    form.feed(Bytes::copy_from_slice(&whole[..whole.len() - "\r\n--XyZ--\r\n".len()]));
    assert_eq!(form.next_event().unwrap(), Some(start()));
    let chunk = Bytes::from(vec![b'a'; 64 * 1024]);
    // A file of 300 MiB, of which nothing is kept.
    for _ in 0..4800 {
        form.feed(chunk.clone());
        match form.next_event().unwrap() {
            Some(Event::FileData(data)) => assert_eq!((data.as_ptr(), data.len()), (chunk.as_ptr(), chunk.len())),
            other => panic!("{other:?}"),
        }
        assert_eq!(form.next_event().unwrap(), None);
    }
    form.feed(Bytes::from_static(b"\r\n--XyZ--"));
    assert_eq!(form.next_event().unwrap(), Some(Event::FileEnd));
    assert!(form.is_done());
}

/// Pieces that make forms, broken forms and near-boundaries when put together.
fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&'static [u8]> = vec![
        b"--XyZ\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nvalue",
        b"--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n",
        b"\r\n--XyZ--",
        b"\r\n--XyZ",
        b"\r\n--XyZ \t",
        b"\r\n--Xy",
        b"\r\n",
        b"\r",
        b"--",
        b"-",
        b"Z",
        b"a",
        b"\xff",
        b"\r\n\r\n",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_gives_the_same_events(body in any_body(), cuts in prop::collection::vec(1_usize..40, 1..20)) {
        let whole = read(&body);
        let mut pieces = Vec::new();
        let mut rest = body.as_slice();
        for &cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, tail) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            rest = tail;
        }
        let split = read_pieces(pieces);
        prop_assert_eq!(&split.0, &whole.0);
        prop_assert_eq!(split.1.err().map(|e| e.code()), whole.1.as_ref().err().map(S3Error::code));
        let bytes = read_pieces(body.chunks(1));
        prop_assert_eq!(bytes.0, whole.0);
        prop_assert_eq!(bytes.1.err().map(|e| e.code()), whole.1.err().map(|e| e.code()));
    }

    #[test]
    fn any_file_survives(
        content in prop::collection::vec(prop::sample::select(b"\r\n-XyZ a".to_vec()), 0..200),
        size in 1_usize..50,
    ) {
        prop_assume!(!content.windows(8).any(|w| w == b"\r\n--XyZ\r" || w == b"\r\n--XyZ-" || w == b"\r\n--XyZ "));
        prop_assume!(!content.ends_with(b"\r\n--XyZ"));
        let body = file(&content);
        let (events, end) = read_pieces(body.chunks(size));
        prop_assert!(end.is_ok());
        let mut data = Vec::new();
        for event in &events {
            if let Event::FileData(bytes) = event {
                data.extend_from_slice(bytes);
            }
        }
        prop_assert_eq!(data, content);
        prop_assert_eq!(events.last(), Some(&Event::FileEnd));
    }
}

//! Any bytes as a form upload, whole and in pieces: the events are the same.
#![no_main]

use larder_wire::form::{Event, Form};
use libfuzzer_sys::fuzz_target;

type Outcome = (Vec<String>, Vec<u8>, Option<String>);

/// The events but the file's data, the file's data, and the error.
fn read<'a>(content_type: &str, pieces: impl Iterator<Item = &'a [u8]>) -> Option<Outcome> {
    let mut form = Form::new(content_type).ok()?;
    let (mut events, mut data) = (Vec::new(), Vec::new());
    for piece in pieces {
        form.feed(piece.to_vec().into());
        loop {
            match form.next_event() {
                Ok(Some(Event::FileData(bytes))) => data.extend_from_slice(&bytes),
                Ok(Some(event)) => events.push(format!("{event:?}")),
                Ok(None) => break,
                Err(error) => return Some((events, data, Some(error.to_string()))),
            }
        }
    }
    Some((events, data, form.finish().err().map(|error| error.to_string())))
}

fuzz_target!(|data: &[u8]| {
    let Some((&size, data)) = data.split_first() else { return };
    let _ = Form::new(&String::from_utf8_lossy(data));
    let content_type = "multipart/form-data; boundary=XyZ";
    let whole = read(content_type, std::iter::once(data));
    let pieces = read(content_type, data.chunks(usize::from(size).max(1)));
    assert_eq!(whole, pieces);
});

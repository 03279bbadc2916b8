//! Histories of a key that are known to be right, and others that are known to be wrong.

use larder_linearizability::{Answer, Call, Condition, Operation, Removed, S3Key, Value, Versioning, check};

fn value(number: u64) -> Value {
    Value { number, etag: format!("tag{number}") }
}

fn put(number: u64) -> Call {
    Call::Put { value: value(number), condition: Condition::None }
}

fn create(number: u64) -> Call {
    Call::Put { value: value(number), condition: Condition::Absent }
}

fn swap(number: u64, old: u64) -> Call {
    Call::Put { value: value(number), condition: Condition::ETag(value(old).etag) }
}

fn complete(number: u64) -> Call {
    Call::Complete { value: value(number), condition: Condition::None }
}

fn get() -> Call {
    Call::Get { version: None }
}

fn get_version(id: &str) -> Call {
    Call::Get { version: Some(id.to_owned()) }
}

fn delete() -> Call {
    Call::Delete { version: None, condition: Condition::None }
}

fn delete_version(id: &str) -> Call {
    Call::Delete { version: Some(id.to_owned()), condition: Condition::None }
}

fn written(id: &str) -> Option<Answer> {
    Some(Answer::Written((!id.is_empty()).then(|| id.to_owned())))
}

fn found(number: u64, id: &str) -> Option<Answer> {
    Some(Answer::Found { number, version: (!id.is_empty()).then(|| id.to_owned()) })
}

fn marker(id: &str) -> Option<Answer> {
    Some(Answer::DeleteMarker(id.to_owned()))
}

fn marked(id: &str) -> Option<Answer> {
    Some(Answer::MarkerAdded(id.to_owned()))
}

fn removed(what: Removed) -> Option<Answer> {
    Some(Answer::Removed(what))
}

/// Start, end, call, answer.
type Line = (u64, u64, Call, Option<Answer>);

fn judge(versioning: Versioning, lines: Vec<Line>) -> bool {
    let operation = |(start, end, call, answer): Line| Operation { call, answer, start: 2 * start, end: 2 * end + 1 };
    let history: Vec<Operation<S3Key>> = lines.into_iter().map(operation).collect();
    match check(&S3Key::new(versioning), &history) {
        Ok(()) => true,
        Err(unexplained) => {
            assert!(!unexplained.gave_up);
            false
        }
    }
}

#[track_caller]
fn right(versioning: Versioning, lines: Vec<Line>) {
    assert!(judge(versioning, lines));
}

#[track_caller]
fn wrong(versioning: Versioning, lines: Vec<Line>) {
    assert!(!judge(versioning, lines));
}

use Versioning::{Enabled, Never};

#[test]
fn a_plain_bucket() {
    right(Never, vec![(1, 2, put(1), written("")), (3, 4, get(), found(1, ""))]);
    right(
        Never,
        vec![(1, 9, put(1), written("")), (2, 3, get(), Some(Answer::NoSuchKey)), (4, 5, get(), found(1, ""))],
    );
    // The old after the new.
    wrong(
        Never,
        vec![(1, 9, put(1), written("")), (2, 3, get(), found(1, "")), (4, 5, get(), Some(Answer::NoSuchKey))],
    );
    // An acknowledged write that is gone.
    wrong(Never, vec![(1, 2, put(1), written("")), (3, 4, get(), Some(Answer::NoSuchKey))]);
    // Two writers at once, and readers that see them in two orders.
    let writers = || vec![(1, 9, put(1), written("")), (1, 9, put(2), written(""))];
    let read = |at, number| (at, at, get(), found(number, ""));
    right(Never, [writers(), vec![read(2, 1), read(3, 2), read(10, 2)]].concat());
    wrong(Never, [writers(), vec![read(2, 1), read(3, 2), read(10, 1)]].concat());
    right(Never, vec![(1, 1, put(1), written("")), (2, 2, delete(), removed(Removed::NoMarker))]);
    wrong(Never, vec![(1, 1, put(1), written("")), (2, 2, delete(), removed(Removed::Nothing))]);
}

#[test]
fn conditions() {
    let refused = || Some(Answer::PreconditionFailed);
    right(Never, vec![(1, 5, create(1), written("")), (2, 6, create(2), refused())]);
    wrong(Never, vec![(1, 5, create(1), written("")), (2, 6, create(2), written(""))]);
    wrong(Never, vec![(1, 1, create(1), refused())]);
    right(Never, vec![(1, 1, put(1), written("")), (2, 2, swap(2, 1), written("")), (3, 3, get(), found(2, ""))]);
    wrong(Never, vec![(1, 1, put(1), written("")), (2, 4, swap(2, 1), written("")), (3, 5, swap(3, 1), written(""))]);
    right(Never, vec![(1, 1, swap(2, 1), Some(Answer::NoSuchKey))]);
    let matches = |number| Call::Match { etag: value(number).etag };
    right(Never, vec![(1, 1, put(1), written("")), (2, 2, matches(1), Some(Answer::Matches))]);
    wrong(Never, vec![(1, 1, put(1), written("")), (2, 2, matches(2), Some(Answer::Matches))]);
    // A delete marker is no object.
    right(Enabled, vec![(1, 1, put(1), written("a")), (2, 2, delete(), marked("b")), (3, 3, create(2), written("c"))]);
}

#[test]
fn unknown_outcomes() {
    // It may have happened, at once or later, or never.
    right(Never, vec![(1, 99, put(1), None), (2, 3, get(), found(1, "")), (4, 5, get(), found(1, ""))]);
    right(Never, vec![(1, 99, put(1), None), (2, 3, get(), Some(Answer::NoSuchKey)), (4, 5, get(), found(1, ""))]);
    right(Never, vec![(1, 99, put(1), None), (2, 3, get(), Some(Answer::NoSuchKey))]);
    // But not be undone, and not happen twice.
    wrong(Never, vec![(1, 99, put(1), None), (2, 3, get(), found(1, "")), (4, 5, get(), Some(Answer::NoSuchKey))]);
    let twice = |last| {
        vec![
            (1, 99, put(1), None),
            (2, 3, get(), found(1, "")),
            (4, 4, put(2), written("")),
            (5, 5, get(), found(last, "")),
        ]
    };
    right(Never, twice(2));
    wrong(Never, twice(1));
    // Once the next process serves, what has not happened never will.
    wrong(Never, vec![(1, 3, put(1), None), (4, 5, get(), Some(Answer::NoSuchKey)), (6, 7, get(), found(1, ""))]);
    // A creation that may have happened explains why another is refused; what it wrote must be there then.
    let refused = || Some(Answer::PreconditionFailed);
    right(Never, vec![(1, 3, create(1), None), (4, 4, create(2), refused()), (5, 5, get(), found(1, ""))]);
    wrong(Never, vec![(1, 3, create(1), None), (4, 4, create(2), refused()), (5, 5, get(), Some(Answer::NoSuchKey))]);
}

#[test]
fn versions() {
    let history = |last: Line| {
        vec![
            (1, 1, put(1), written("a")),
            (2, 2, put(2), written("b")),
            (3, 3, delete(), marked("m")),
            (4, 4, get(), marker("m")),
            (5, 5, get_version("a"), found(1, "a")),
            (6, 6, delete_version("m"), removed(Removed::Marker)),
            (7, 7, get(), found(2, "b")),
            (8, 8, delete_version("b"), removed(Removed::NoMarker)),
            last,
        ]
    };
    right(Enabled, history((9, 9, get(), found(1, "a"))));
    right(Enabled, history((9, 9, get_version("b"), Some(Answer::NoSuchVersion))));
    right(Enabled, history((9, 9, delete_version("b"), removed(Removed::Nothing))));
    wrong(Enabled, history((9, 9, get(), found(2, "b"))));
    wrong(Enabled, history((9, 9, get_version("b"), found(2, "b"))));
    wrong(Enabled, history((9, 9, get_version("a"), Some(Answer::NoSuchVersion))));
    wrong(Enabled, history((9, 9, delete_version("a"), removed(Removed::Nothing))));
    wrong(Enabled, history((9, 9, put(3), written("a"))));
    // The id of a version whose writer got no answer is learnt from the first who sees it.
    let unknown = |id| vec![(1, 3, put(1), None), (4, 4, get(), found(1, "x")), (5, 5, get(), found(1, id))];
    right(Enabled, unknown("x"));
    wrong(Enabled, unknown("y"));
}

#[test]
fn listings() {
    let entry = |number: Option<u64>, id: &str| (id.to_owned(), number.map(|number| value(number).etag));
    let history = |listed: Vec<_>| {
        vec![
            (1, 1, put(1), written("a")),
            (2, 4, put(2), None),
            (3, 4, delete(), None),
            (5, 5, Call::List, Some(Answer::Versions(listed))),
            (6, 6, get_version("x"), found(2, "x")),
        ]
    };
    right(Enabled, history(vec![entry(Some(2), "x"), entry(Some(1), "a")]));
    right(Enabled, history(vec![entry(None, "m"), entry(Some(2), "x"), entry(Some(1), "a")]));
    right(Enabled, history(vec![entry(Some(2), "x"), entry(None, "m"), entry(Some(1), "a")]));
    wrong(Enabled, history(vec![entry(Some(1), "a"), entry(Some(2), "x")]));
    wrong(Enabled, history(vec![entry(Some(2), "y"), entry(Some(1), "a")]));
    wrong(Enabled, history(vec![entry(Some(2), "x")]));
    wrong(Enabled, history(vec![entry(None, "m"), entry(None, "n"), entry(Some(2), "x"), entry(Some(1), "a")]));
}

#[test]
fn versioning_that_is_suspended() {
    let suspend = || Call::SetVersioning(Versioning::Suspended);
    let history = |last: Line| {
        vec![
            (1, 1, put(1), written("a")),
            (2, 2, suspend(), Some(Answer::Done)),
            (3, 3, put(2), written("null")),
            (4, 4, delete(), marked("null")),
            last,
        ]
    };
    right(Enabled, history((5, 5, get_version("a"), found(1, "a"))));
    right(Enabled, history((5, 5, get(), marker("null"))));
    wrong(Enabled, history((5, 5, get_version("null"), found(2, "null"))));
}

#[test]
fn uploads_that_are_completed_again() {
    let history = |again: Line| vec![(1, 1, complete(1), written("a")), (2, 2, put(2), written("b")), again];
    right(Enabled, history((3, 3, complete(1), written("a"))));
    wrong(Enabled, history((3, 3, complete(1), written("c"))));
    let unknown = |id, last| {
        vec![
            (1, 3, complete(1), None),
            (4, 4, put(2), written("b")),
            (5, 5, complete(1), written(id)),
            (6, 6, get(), found(last, id)),
        ]
    };
    // It had happened, and the put is newer; or it had not.
    wrong(Enabled, unknown("a", 2));
    right(Enabled, unknown("a", 1));
    let had_happened = vec![
        (1, 3, complete(1), None),
        (4, 4, put(2), written("b")),
        (5, 5, complete(1), written("a")),
        (6, 6, get(), found(2, "b")),
        (7, 7, get_version("a"), found(1, "a")),
    ];
    right(Enabled, had_happened);
}

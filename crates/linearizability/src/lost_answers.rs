//! What the rest of a key's history tells of requests whose answers were lost.
//!
//! In a bucket with versioning whatever was written stays in sight: a lost write either shows up under its number or never
//! happened, and a delete marker whose maker is unknown is a lost deletion's. Without this the search would try every lost
//! request at every moment, as nothing that it adds is ever overwritten.
//!
//! It relies on this: each time after a [`Recorder::settle`](crate::Recorder::settle), before anything else, the versions are
//! listed and those are read whose ids no answer has told of; and only who was told of a version's id removes it.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Unexplained, check_in_order};
use crate::model::Operation;
use crate::s3_key::{Answer, Call, Condition, S3Key, VersionId, Versioning};

type History = Vec<Operation<S3Key>>;

/// Checks the history of a key that was not there before it, in a bucket that never had versioning before it.
///
/// # Errors
/// [`Unexplained`], as [`check`](crate::check).
pub fn check_key(history: &[Operation<S3Key>]) -> Result<(), Box<Unexplained<S3Key>>> {
    let mut history = history.to_vec();
    history.sort_by_key(|operation| operation.start);
    let numbers = numbers(&history);
    settle_writes(&mut history, &numbers);
    settle_deletions(&mut history);
    let order = order(&history, &numbers);
    let with_order: Vec<_> = history.into_iter().zip(order).collect();
    check_in_order(&S3Key::new(Versioning::Never), with_order)
}

/// The ids of versions by the numbers of what was written.
fn numbers(history: &History) -> BTreeMap<u64, VersionId> {
    let mut numbers = BTreeMap::new();
    for operation in history {
        match (&operation.call, &operation.answer) {
            (_, Some(Answer::Found { number, version: Some(id) })) => numbers.insert(*number, id.clone()),
            (Call::Put { value, .. } | Call::Complete { value, .. }, Some(Answer::Written(Some(id)))) => {
                numbers.insert(value.number, id.clone())
            }
            _ => None,
        };
    }
    numbers
}

/// For each operation whether versioning was enabled when it began.
fn enabled(history: &History) -> Vec<bool> {
    let mut enabled = false;
    let mut all = Vec::with_capacity(history.len());
    for operation in history {
        if let Call::SetVersioning(versioning) = operation.call {
            enabled = versioning == Versioning::Enabled;
        }
        all.push(enabled);
    }
    all
}

/// Lost writes that were seen happened; others did not.
fn settle_writes(history: &mut History, numbers: &BTreeMap<u64, VersionId>) {
    let mut calls: BTreeMap<u64, usize> = BTreeMap::new();
    for operation in history.iter() {
        if let Call::Put { value, .. } | Call::Complete { value, .. } = &operation.call {
            *calls.entry(value.number).or_default() += 1;
        }
    }
    let mut enabled = enabled(history).into_iter();
    history.retain_mut(|operation| {
        let is_enabled = enabled.next().unwrap_or(false);
        let (Call::Put { value, .. } | Call::Complete { value, .. }) = &operation.call else { return true };
        if !is_enabled || operation.answer.is_some() {
            return true;
        }
        let Some(id) = numbers.get(&value.number) else { return false };
        // Of several that complete one upload it is not known which one did.
        if calls[&value.number] == 1 {
            operation.answer = Some(Answer::Written(Some(id.clone())));
        }
        true
    });
}

/// The ids of the delete markers that an answer shows.
fn markers(answer: &Answer) -> Vec<VersionId> {
    match answer {
        Answer::DeleteMarker(id) => vec![id.clone()],
        Answer::Versions(listed) => {
            listed.iter().filter(|(_, etag)| etag.is_none()).map(|(id, _)| id.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// Delete markers that nobody was told to have made are of lost deletions: those that began first, as any could have made
/// each marker that one that began later could have made. Lost deletions without a marker did not happen.
fn settle_deletions(history: &mut History) {
    let told = |operation: &Operation<S3Key>| match &operation.answer {
        Some(Answer::MarkerAdded(id)) => Some(id.clone()),
        _ => None,
    };
    let mut known: BTreeSet<VersionId> = history.iter().filter_map(told).collect();
    let settled: BTreeSet<u64> = history.iter().filter(|it| it.answer.is_none()).map(|it| it.end).collect();
    let mut orphans: BTreeMap<u64, BTreeSet<VersionId>> = BTreeMap::new();
    for operation in history.iter() {
        let Some(answer) = &operation.answer else { continue };
        // A listing shows what was made before the last time all was settled, other answers what was made since.
        let life = match operation.call {
            Call::List => settled.range(..operation.start).next_back(),
            _ => settled.range(operation.end..).next(),
        };
        for id in markers(answer).into_iter().filter(|id| id != "null") {
            if known.insert(id.clone())
                && let Some(life) = life
            {
                orphans.entry(*life).or_default().insert(id);
            }
        }
    }
    let enabled = enabled(history);
    let mut dropped = BTreeSet::new();
    for life in settled {
        let lost = |index: &usize| {
            let operation = &history[*index];
            let deletes = matches!(operation.call, Call::Delete { version: None, .. });
            operation.answer.is_none() && operation.end == life && deletes
        };
        let lost: Vec<usize> = (0..history.len()).filter(lost).collect();
        let plain = |index: &usize| matches!(history[*index].call, Call::Delete { condition: Condition::None, .. });
        if !lost.iter().all(|index| enabled[*index] && plain(index)) {
            continue;
        }
        let mut orphans = orphans.remove(&life).unwrap_or_default().into_iter();
        for index in lost {
            match orphans.next() {
                Some(id) => history[index].answer = Some(Answer::MarkerAdded(id)),
                None => _ = dropped.insert(index),
            }
        }
    }
    let mut index = 0;
    history.retain(|_| (!dropped.contains(&index), index += 1).0);
}

/// In what order to try operations: by their ends, but so that versions come in the order of their ids. These follow time
/// in this store; were it otherwise, the search would only take longer.
fn order(history: &History, numbers: &BTreeMap<u64, VersionId>) -> Vec<u64> {
    let mut order: Vec<u64> = history.iter().map(|operation| operation.end).collect();
    let id = |operation: &Operation<S3Key>| match (&operation.call, &operation.answer) {
        (_, Some(Answer::Written(Some(id)) | Answer::MarkerAdded(id))) => Some(id.clone()),
        (Call::Put { value, .. } | Call::Complete { value, .. }, None) => numbers.get(&value.number).cloned(),
        _ => None,
    };
    let mut writes: Vec<(VersionId, usize)> = history
        .iter()
        .enumerate()
        .filter_map(|(index, it)| Some((id(it)?, index)))
        .filter(|(id, _)| id != "null")
        .collect();
    writes.sort();
    let mut latest = u64::MAX;
    for (_, index) in writes.into_iter().rev() {
        latest = latest.min(order[index]);
        order[index] = latest;
        // The one before has to come before.
        latest = latest.saturating_sub(1);
    }
    order
}

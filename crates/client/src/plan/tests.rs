//! The plan against a model: two maps, and what a user expects of them.

use std::collections::BTreeMap;
use std::convert::Infallible;

use larder_types::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::filter::Verdict;

/// Key to size and time.
type Side = BTreeMap<String, (u64, i64)>;

fn stream(side: &Side) -> impl Iterator<Item = Result<Sighting, Infallible>> {
    side.iter()
        .map(|(key, (size, time))| Ok(Sighting::Entry(Entry::new(key.clone(), *size, Timestamp::from_millis(*time)))))
}

fn plan(source: &Side, target: &Side, rules: &Rules) -> Vec<Action> {
    Plan::new(stream(source), stream(target), rules.clone()).map(|action| action.expect("no errors")).collect()
}

/// Later than any time in a generated side, as uploads are.
const NOW: i64 = 1_000;

/// What an executor makes of the target.
fn execute(actions: &[Action], target: &mut Side, rules: &Rules) -> usize {
    let mut changes = 0;
    for action in actions {
        match action {
            // Contents are modelled by sizes, so a comparison finds them equal.
            Action::Keep | Action::Report(_) | Action::Compare { .. } => continue,
            Action::Create(source) | Action::Replace { source, .. } => {
                let time = if rules.direction == Direction::Down { source.modified.as_millis() } else { NOW };
                target.insert(source.key.clone(), (source.size, time));
            }
            Action::Delete(entry) => {
                target.remove(&entry.key).expect("only what is there is deleted");
            }
        }
        changes += 1;
    }
    changes
}

fn side() -> impl Strategy<Value = Side> {
    prop::collection::btree_map("[ab]{1,2}(/[ab.]{1,2}){0,2}/?", (0_u64..3, 0_i64..4), 0..12)
}

fn rules() -> impl Strategy<Value = Rules> {
    let direction = prop_oneof![Just(Direction::Up), Just(Direction::Down), Just(Direction::Across)];
    let comparison = prop_oneof![
        Just(Comparison::SizeAndTime),
        Just(Comparison::SizeOnly),
        Just(Comparison::ExactTime),
        Just(Comparison::Checksum)
    ];
    let verdict = prop_oneof![Just(Verdict::Exclude), Just(Verdict::Include)];
    let patterns = prop::collection::vec((verdict, "[ab*/]{1,3}"), 0..3);
    (direction, comparison, any::<bool>(), patterns).prop_map(|(direction, comparison, delete, patterns)| {
        let filter = Filter::new(patterns.iter().map(|(verdict, pattern)| (*verdict, pattern.as_str())));
        Rules { direction, comparison, delete, filter }
    })
}

fn takes_part(key: &str, size: u64, rules: &Rules) -> bool {
    rules.filter.admits(key) && !(size == 0 && key.ends_with('/'))
}

proptest! {
    #[test]
    fn afterwards_the_target_is_like_the_source(source in side(), before in side(), rules in rules()) {
        let mut target = before.clone();
        execute(&plan(&source, &target, &rules), &mut target, &rules);
        for (key, (size, time)) in &source {
            if takes_part(key, *size, &rules) {
                let copy = target.get(key);
                prop_assert_eq!(copy.map(|(size, _)| size), Some(size), "{}", key);
                if matches!(rules.comparison, Comparison::SizeAndTime | Comparison::ExactTime) {
                    prop_assert!(copy.is_some_and(|(_, copied)| copied >= time), "{} is stale", key);
                }
            } else {
                prop_assert_eq!(target.get(key), before.get(key), "{} takes no part", key);
            }
        }
        for (key, (size, _)) in &before {
            if !source.contains_key(key) {
                let goes = rules.delete && takes_part(key, *size, &rules);
                prop_assert_eq!(target.contains_key(key), !goes, "{}", key);
            }
        }
        prop_assert!(target.keys().all(|key| source.contains_key(key) || before.contains_key(key)));
    }

    #[test]
    fn a_second_run_does_nothing(source in side(), before in side(), rules in rules()) {
        let mut target = before;
        execute(&plan(&source, &target, &rules), &mut target, &rules);
        prop_assert_eq!(execute(&plan(&source, &target, &rules), &mut target, &rules), 0);
    }

    #[test]
    fn nothing_below_an_unknown_folder_goes(target in side(), unknown in "[ab]{1,2}/") {
        let rules = everything(Direction::Up);
        let hole = Sighting::Hole(Hole { key: unknown.clone(), reason: "refused".to_owned() });
        let source = std::iter::once(Ok::<_, Infallible>(hole));
        let actions: Vec<Action> = Plan::new(source, stream(&target), rules).map(|one| one.expect("no errors")).collect();
        for (key, (size, _)) in &target {
            let goes = actions.iter().any(|action| matches!(action, Action::Delete(entry) if entry.key == *key));
            prop_assert_eq!(goes, !(key.starts_with(&unknown) || *size == 0 && key.ends_with('/')), "{}", key);
        }
    }

    #[test]
    fn nothing_happens_after_an_error(source in side(), target in side(), fails_after in 0_usize..6) {
        let failing = stream(&source).map(|one| one.map_err(|_| "gone")).take(fails_after).chain([Err("gone")]);
        let target = stream(&target).map(|one| one.map_err(|_| "gone"));
        let steps: Vec<_> = Plan::new(failing, target, everything(Direction::Across)).collect();
        prop_assert!(matches!(steps.last(), Some(Err("gone"))));
        prop_assert_eq!(steps.iter().filter(|step| step.is_err()).count(), 1);
        // What comes after the last key that was seen may still be in the source.
        let seen = source.keys().take(fails_after).next_back();
        for step in steps.iter().flatten() {
            if let Action::Delete(entry) = step {
                prop_assert!(seen.is_some_and(|last| entry.key < *last), "{} was not known to be gone", entry.key);
            }
        }
    }
}

fn everything(direction: Direction) -> Rules {
    Rules { direction, comparison: Comparison::SizeAndTime, delete: true, filter: Filter::default() }
}

#[test]
fn a_file_that_cannot_be_read_keeps_its_copy() {
    let hole = Sighting::Hole(Hole { key: "a".to_owned(), reason: "refused".to_owned() });
    let target = Side::from([("a".to_owned(), (1, 1)), ("b".to_owned(), (1, 1))]);
    let actions: Vec<_> =
        Plan::new([Ok::<_, Infallible>(hole)].into_iter(), stream(&target), everything(Direction::Up))
            .flatten()
            .collect();
    assert!(matches!(&actions[..], [Action::Report(_), Action::Delete(b)] if b.key == "b"), "{actions:?}");
}

#[test]
fn going_down_exact_times_see_older_objects_too() {
    let (object, file) = (Side::from([("a".to_owned(), (1, 5))]), Side::from([("a".to_owned(), (1, 9))]));
    let mut rules = everything(Direction::Down);
    assert_eq!(plan(&object, &file, &rules), [Action::Keep]);
    rules.comparison = Comparison::ExactTime;
    assert!(matches!(plan(&object, &file, &rules)[..], [Action::Replace { .. }]));
    rules.direction = Direction::Up;
    assert_eq!(plan(&object, &file, &rules), [Action::Keep]);
}

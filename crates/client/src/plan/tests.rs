//! The plan against a model: two maps, and what a user expects of them.

use std::collections::BTreeMap;
use std::convert::Infallible;

use larder_types::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::entry::Extent;
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
const NOW: i64 = 10_000;

/// What a file gets whose object was changed then: `Last-Modified` has whole seconds.
fn downloaded(object: Timestamp) -> i64 {
    object.as_seconds() * 1_000
}

/// What an executor makes of the target.
fn execute(actions: &[Action], target: &mut Side, rules: &Rules) -> usize {
    let mut changes = 0;
    for action in actions {
        match action {
            // Contents are modelled by sizes, so a comparison finds them equal.
            Action::Keep | Action::Report(_) | Action::Compare { .. } => continue,
            Action::Create(source) | Action::Replace { source, .. } => {
                let time = if rules.direction == Direction::Down { downloaded(source.modified) } else { NOW };
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
    prop::collection::btree_map("[ab]{1,2}(/[ab.]{1,2}){0,2}/?", (0_u64..3, time()), 0..12)
}

/// Some with fractions of a second, some without.
fn time() -> impl Strategy<Value = i64> {
    (0_i64..4, prop_oneof![Just(0), Just(1), Just(999)]).prop_map(|(seconds, millis)| seconds * 1_000 + millis)
}

/// Keys to extents. Characters on both sides of the slash follow each other, so that holes come between a hole and what it hides.
fn holes() -> impl Strategy<Value = BTreeMap<String, Extent>> {
    let extent = prop_oneof![Just(Extent::File), Just(Extent::Folder), Just(Extent::Either)];
    prop::collection::vec(("[ab][a.0-]{0,2}(/[ab][.0]?)?", extent), 0..6).prop_map(|holes| {
        let slash = |extent| if extent == Extent::Folder { "/" } else { "" };
        holes.into_iter().map(|(key, extent)| (format!("{key}{}", slash(extent)), extent)).collect()
    })
}

/// Told in other words than the product's.
fn is_hidden(key: &str, holes: &BTreeMap<String, Extent>) -> bool {
    holes.iter().any(|(hole, extent)| match extent {
        Extent::File => key == hole,
        Extent::Folder => key.starts_with(hole),
        Extent::Either => key == hole || key.starts_with(&format!("{hole}/")),
    })
}

fn hole(key: &str, extent: Extent) -> Sighting {
    Sighting::Hole(Hole { key: key.to_owned(), extent, reason: "refused".to_owned() })
}

fn file(key: &str) -> Sighting {
    Sighting::Entry(Entry::new(key, 1, Timestamp::from_millis(1)))
}

/// The plan of what streams show.
fn plan_of(source: Vec<Sighting>, target: Vec<Sighting>, rules: Rules) -> Vec<Result<Action, PlanError<Infallible>>> {
    Plan::new(source.into_iter().map(Ok), target.into_iter().map(Ok), rules).collect()
}

fn deleted(actions: &[Result<Action, PlanError<Infallible>>]) -> Vec<&str> {
    let key = |action| if let &Ok(Action::Delete(Entry { ref key, .. })) = action { Some(key.as_str()) } else { None };
    actions.iter().filter_map(key).collect()
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
                    prop_assert!(copy.is_some_and(|(_, copied)| copied / 1_000 >= time / 1_000), "{} is stale", key);
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
    fn what_a_hole_may_hide_stays_and_nothing_else(
        files in side(), holes in holes(), target in prop::collection::btree_set("[ab][a.0-]{0,2}(/[ab][.0]?){0,2}", 0..24)
    ) {
        // A hole may have the key of a file: the one by which a name that is not UTF-8 is told of.
        let mut source: Vec<Sighting> = holes.iter().map(|(key, extent)| hole(key, *extent)).collect();
        source.extend(files.keys().map(|key| file(key)));
        source.sort_by(|left, right| left.key().cmp(right.key()));
        let actions = plan_of(source, target.iter().map(|key| file(key)).collect(), everything(Direction::Up));
        let expected: Vec<_> =
            target.iter().filter(|key| !files.contains_key(*key) && !is_hidden(key, &holes)).collect();
        prop_assert_eq!(deleted(&actions), expected);
        let is_report = |action: &&Result<_, _>| matches!(action, Ok(Action::Report(_)));
        prop_assert_eq!(actions.iter().filter(is_report).count(), holes.len());
        let unneeded = |action| matches!(action, &Ok(Action::Create(ref entry)) if target.contains(&entry.key));
        prop_assert!(!actions.iter().any(unneeded));
    }

    #[test]
    fn a_stream_that_goes_backwards_ends_the_plan(
        keys in prop::collection::vec("[ab]{1,2}", 1..12), other in side(), in_source: bool
    ) {
        let unordered = keys.iter().map(|key| file(key)).collect();
        let other = other.keys().map(|key| file(key)).collect();
        let (source, target) = if in_source { (unordered, other) } else { (other, unordered) };
        let actions = plan_of(source, target, everything(Direction::Across));
        prop_assert_eq!(matches!(actions.last(), Some(Err(PlanError::OutOfOrder { .. }))), !keys.is_sorted());
        prop_assert_eq!(actions.iter().filter(|action| action.is_err()).count(), usize::from(!keys.is_sorted()));
    }

    #[test]
    fn nothing_happens_after_an_error(source in side(), target in side(), fails_after in 0_usize..6) {
        let failing = stream(&source).map(|one| one.map_err(|_| "gone")).take(fails_after).chain([Err("gone")]);
        let target = stream(&target).map(|one| one.map_err(|_| "gone"));
        let steps: Vec<_> = Plan::new(failing, target, everything(Direction::Across)).collect();
        prop_assert!(matches!(steps.last(), Some(Err(PlanError::Stream("gone")))));
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
fn a_folder_that_is_not_mounted_keeps_its_copies() {
    let source = vec![hole("photos", Extent::Either), hole("photos-x", Extent::Either)];
    let copies = ["photos", "photos-", "photos-x/1", "photos.txt", "photos/1", "photos/2/3", "photos0"];
    let actions = plan_of(source, copies.map(file).to_vec(), everything(Direction::Up));
    assert_eq!(deleted(&actions), ["photos-", "photos.txt", "photos0"]);
}

#[test]
fn nothing_behind_a_link_goes() {
    let behind = Entry { behind_link: true, ..Entry::new("link/theirs", 1, Timestamp::from_millis(1)) };
    let target = vec![file("a"), Sighting::Entry(behind.clone())];
    assert_eq!(deleted(&plan_of(Vec::new(), target, everything(Direction::Down))), ["a"]);
    // It is compared all the same.
    let source = vec![Sighting::Entry(Entry::new("link/theirs", 2, Timestamp::from_millis(1)))];
    let actions = plan_of(source, vec![Sighting::Entry(behind)], everything(Direction::Down));
    assert!(matches!(actions[..], [Ok(Action::Replace { .. })]), "{actions:?}");
}

#[test]
fn a_hole_does_not_take_the_place_of_a_file() {
    // A name that is not UTF-8 beside the file whose key it would have.
    let both = || vec![hole("a\u{fffd}", Extent::File), file("a\u{fffd}")];
    let actions = plan_of(vec![file("a\u{fffd}")], both(), everything(Direction::Down));
    assert_eq!(actions, [Ok(Action::Keep), Ok(Action::Keep)]);
    let actions = plan_of(both(), vec![file("a\u{fffd}")], everything(Direction::Up));
    assert!(matches!(actions[..], [Ok(Action::Report(_)), Ok(Action::Keep)]), "{actions:?}");
    // A link that leads nowhere gives way to the file.
    let actions = plan_of(vec![file("a")], vec![hole("a", Extent::Either)], everything(Direction::Down));
    assert!(matches!(actions[..], [Ok(Action::Keep), Ok(Action::Create(_))]), "{actions:?}");
}

#[test]
fn a_hole_is_told_of_when_filters_may_let_something_through() {
    let filter = Filter::new([(Verdict::Exclude, "*"), (Verdict::Include, "*.jpg")]);
    let rules = Rules { filter, ..everything(Direction::Up) };
    let holes = || {
        vec![
            hole("a", Extent::File),
            hole("b.jpg", Extent::File),
            hole("c", Extent::Either),
            hole("d/", Extent::Folder),
        ]
    };
    for (source, target) in [(holes(), Vec::new()), (Vec::new(), holes())] {
        let actions = plan_of(source, target, rules.clone());
        let told: Vec<_> = actions.iter().map(|action| matches!(action, Ok(Action::Report(_)))).collect();
        assert_eq!(told, [false, true, true, true]);
    }
}

#[test]
fn what_is_listed_twice_is_there() {
    let actions = plan_of(vec![file("a")], vec![file("a"), file("a")], everything(Direction::Across));
    assert_eq!(actions, [Ok(Action::Keep), Ok(Action::Keep)]);
}

/// The listing may have cut the time of the upload: whether the file changed before or after it, nobody can tell.
#[test]
fn a_file_that_changed_in_the_second_of_its_upload_goes_up_again() {
    let (written, listed) = (Side::from([("a".to_owned(), (1, 5_700))]), Side::from([("a".to_owned(), (1, 5_000))]));
    let mut rules = everything(Direction::Up);
    for comparison in [Comparison::SizeAndTime, Comparison::ExactTime] {
        rules.comparison = comparison;
        assert!(matches!(plan(&written, &listed, &rules)[..], [Action::Replace { .. }]));
    }
}

#[test]
fn fractions_that_only_listings_have_make_no_object_newer() {
    let (listed, file) = (Side::from([("a".to_owned(), (1, 5_999))]), Side::from([("a".to_owned(), (1, 5_000))]));
    let mut rules = everything(Direction::Down);
    for comparison in [Comparison::SizeAndTime, Comparison::ExactTime] {
        rules.comparison = comparison;
        assert_eq!(plan(&listed, &file, &rules), [Action::Keep]);
    }
    let next = Side::from([("a".to_owned(), (1, 6_000))]);
    assert!(matches!(plan(&next, &file, &rules)[..], [Action::Replace { .. }]));
}

#[test]
fn going_down_exact_times_see_older_objects_too() {
    let (object, file) = (Side::from([("a".to_owned(), (1, 5_000))]), Side::from([("a".to_owned(), (1, 9_000))]));
    let mut rules = everything(Direction::Down);
    assert_eq!(plan(&object, &file, &rules), [Action::Keep]);
    rules.comparison = Comparison::ExactTime;
    assert!(matches!(plan(&object, &file, &rules)[..], [Action::Replace { .. }]));
    rules.direction = Direction::Up;
    assert_eq!(plan(&object, &file, &rules), [Action::Keep]);
}

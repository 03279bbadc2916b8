//! Histories of a key with lost answers: what is settled beforehand changes no judgement.

use std::collections::BTreeMap;

use larder_env::{SeededRng, random_u64};
use larder_linearizability::{
    Answer, Call, Condition, Operation, Recorder, Removed, S3Key, Ticket, Value, Versioning, check, check_key,
};

struct Dice(SeededRng);

impl Dice {
    fn below(&self, end: u64) -> u64 {
        random_u64(&self.0) % end
    }

    fn index(&self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).expect("an index")
    }
}

/// A key that really is one, in a bucket whose versioning is enabled or suspended.
#[derive(Default)]
struct Real {
    suspended: bool,
    versions: Vec<(String, Option<Value>)>,
    completed: BTreeMap<u64, String>,
    ids: u64,
}

impl Real {
    fn add(&mut self, value: Option<Value>) -> String {
        self.ids += 1;
        let id = if self.suspended { "null".to_owned() } else { format!("{:08}", self.ids) };
        self.versions.retain(|(other, _)| *other != id);
        self.versions.push((id.clone(), value));
        id
    }

    fn answer(&mut self, call: &Call) -> Answer {
        let newest = self.versions.last().cloned();
        let shown = |(id, value): (String, Option<Value>)| match value {
            Some(value) => Answer::Found { number: value.number, version: Some(id) },
            None => Answer::DeleteMarker(id),
        };
        match call {
            Call::Complete { value, .. } if self.completed.contains_key(&value.number) => {
                Answer::Written(Some(self.completed[&value.number].clone()))
            }
            Call::Put { condition: Condition::Absent, .. }
                if newest.as_ref().is_some_and(|(_, value)| value.is_some()) =>
            {
                Answer::PreconditionFailed
            }
            Call::Put { value, .. } => Answer::Written(Some(self.add(Some(value.clone())))),
            Call::Complete { value, .. } => {
                let id = self.add(Some(value.clone()));
                self.completed.insert(value.number, id.clone());
                Answer::Written(Some(id))
            }
            Call::Get { version: None } => newest.map_or(Answer::NoSuchKey, shown),
            Call::Get { version: Some(id) } => {
                let found = self.versions.iter().find(|(other, _)| other == id).cloned();
                found.map_or(Answer::NoSuchVersion, shown)
            }
            Call::Delete { version: None, .. } => Answer::MarkerAdded(self.add(None)),
            Call::Delete { version: Some(id), .. } => {
                match self.versions.iter().position(|(other, _)| other == id).map(|at| self.versions.remove(at)) {
                    None => Answer::Removed(Removed::Nothing),
                    Some((_, Some(_))) => Answer::Removed(Removed::Object),
                    Some((_, None)) => Answer::Removed(Removed::Marker),
                }
            }
            Call::SetVersioning(versioning) => {
                self.suspended = *versioning == Versioning::Suspended;
                Answer::Done
            }
            Call::List => {
                let entry = |(id, value): &(String, Option<Value>)| (id.clone(), value.clone().map(|value| value.etag));
                Answer::Versions(self.versions.iter().rev().map(entry).collect())
            }
            Call::Match { .. } => unreachable!("nobody asks that here"),
        }
    }
}

/// Clients of the key, and what they know.
struct Run {
    dice: Dice,
    real: Real,
    recorder: Recorder<S3Key>,
    known: Vec<String>,
    uploads: Vec<Value>,
    numbers: u64,
}

impl Run {
    fn value(&mut self) -> Value {
        self.numbers += 1;
        // Some have the same content.
        Value { number: self.numbers, etag: format!("tag{}", self.numbers / 2) }
    }

    fn call(&mut self) -> Call {
        let some = (!self.known.is_empty()).then(|| self.known[self.dice.index(self.known.len())].clone());
        match self.dice.below(10) {
            0 | 1 => Call::Put { value: self.value(), condition: Condition::None },
            2 => Call::Put { value: self.value(), condition: Condition::Absent },
            3 => {
                if self.uploads.is_empty() || self.dice.below(2) == 0 {
                    let value = self.value();
                    self.uploads.push(value);
                }
                let value = self.uploads[self.dice.index(self.uploads.len())].clone();
                Call::Complete { value, condition: Condition::None }
            }
            4 | 5 => Call::Get { version: None },
            6 => Call::Get { version: some },
            7 => Call::Delete { version: None, condition: Condition::None },
            _ => Call::Delete { version: some, condition: Condition::None },
        }
    }

    fn end(&mut self, ticket: Ticket, answer: Answer) {
        if let Answer::Found { version: Some(id), .. }
        | Answer::Written(Some(id))
        | Answer::MarkerAdded(id)
        | Answer::DeleteMarker(id) = &answer
            && !self.known.contains(id)
        {
            self.known.push(id.clone());
        }
        self.recorder.end(ticket, answer);
    }

    fn alone(&mut self, call: Call) -> Answer {
        let ticket = self.recorder.begin("key", call.clone());
        let answer = self.real.answer(&call);
        self.end(ticket, answer.clone());
        answer
    }

    fn live(&mut self, steps: u64) {
        let mut under_way: Vec<Option<(Ticket, Call, Option<Answer>)>> = (0..4).map(|_| None).collect();
        for _ in 0..steps {
            let client = self.dice.index(4);
            under_way[client] = match under_way[client].take() {
                None => {
                    let call = self.call();
                    Some((self.recorder.begin("key", call.clone()), call, None))
                }
                // It goes away, before or after it happened.
                Some(_) if self.dice.below(15) == 0 => None,
                Some((ticket, call, None)) => {
                    let answer = self.real.answer(&call);
                    Some((ticket, call, Some(answer)))
                }
                Some((ticket, _, Some(answer))) => {
                    self.end(ticket, answer);
                    None
                }
            };
        }
        self.recorder.settle();
        let Answer::Versions(listed) = self.alone(Call::List) else { unreachable!("it lists") };
        for (id, etag) in listed {
            if etag.is_some() && !self.known.contains(&id) {
                self.alone(Call::Get { version: Some(id) });
            }
        }
    }
}

fn history(seed: u64, lives: u64, steps: u64) -> Vec<Operation<S3Key>> {
    let real = Real::default();
    let dice = Dice(SeededRng::new(seed));
    let mut run = Run { dice, real, recorder: Recorder::new(), known: Vec::new(), uploads: Vec::new(), numbers: 0 };
    for life in 0..lives {
        let suspended = life > 0 && run.dice.below(3) == 0;
        run.alone(Call::SetVersioning(if suspended { Versioning::Suspended } else { Versioning::Enabled }));
        run.live(steps);
    }
    run.recorder.histories().remove("key").expect("a history")
}

#[test]
fn what_really_happened_is_explained() {
    for seed in 0..300 {
        let history = history(seed, 6, 40);
        if let Err(unexplained) = check_key(&history) {
            panic!("seed {seed}: {unexplained}");
        }
    }
}

#[test]
fn nothing_is_explained_that_is_not_without() {
    let (mut good, mut bad) = (0, 0);
    for seed in 0..1_000 {
        let mut history = history(seed, 1, 30);
        let dice = Dice(SeededRng::new(!seed));
        let other = history[dice.index(history.len())].answer.clone();
        let index = dice.index(history.len());
        if history[index].answer.is_some() && other.is_some() {
            history[index].answer = other;
        }
        let quickly = check_key(&history);
        match check(&S3Key::new(Versioning::Never), &history) {
            Err(unexplained) if unexplained.gave_up => {}
            Err(unexplained) => {
                bad += 1;
                assert!(quickly.is_err(), "seed {seed}: {unexplained}");
            }
            Ok(()) => good += 1,
        }
    }
    assert!(good > 100 && bad > 100, "{good} good, {bad} bad");
}

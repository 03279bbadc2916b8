//! The checker against one that tries every order.

use std::cell::Cell;

use larder_env::{SeededRng, random_u64};
use larder_linearizability::{Model, Operation, Recorder, check};

/// A number that is set, read, and set if it is what one thinks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Register(u64);

#[derive(Clone, Copy, Debug)]
enum Call {
    Read,
    Set(u64),
    Swap(u64, u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Is(u64),
    Done,
    Refused,
}

impl Register {
    fn take(&mut self, call: Call) -> Answer {
        match call {
            Call::Read => return Answer::Is(self.0),
            Call::Swap(expected, _) if expected != self.0 => return Answer::Refused,
            Call::Set(new) | Call::Swap(_, new) => self.0 = new,
        }
        Answer::Done
    }
}

impl Model for Register {
    type Call = Call;
    type Answer = Answer;

    fn after(&self, call: &Call, answer: Option<&Answer>) -> Option<Self> {
        let mut after = self.clone();
        let given = after.take(*call);
        answer.is_none_or(|answer| given == *answer).then_some(after)
    }

    fn is_read(call: &Call) -> bool {
        matches!(call, Call::Read)
    }
}

/// Whether some order explains what is left: tries all.
fn explains(state: &Register, done: &mut Vec<usize>, history: &[Operation<Register>]) -> bool {
    let left: Vec<usize> = (0..history.len()).filter(|index| !done.contains(index)).collect();
    if left.iter().all(|&index| history[index].answer.is_none()) {
        return true;
    }
    left.iter().any(|&index| {
        let operation = &history[index];
        let late = |&other: &usize| history[other].start > operation.end;
        let early = |&other: &usize| history[other].answer.is_some() && history[other].end < operation.start;
        if done.iter().any(late) || left.iter().any(early) {
            return false;
        }
        let Some(state) = state.after(&operation.call, operation.answer.as_ref()) else { return false };
        done.push(index);
        let found = explains(&state, done, history);
        done.pop();
        found
    })
}

struct Dice(SeededRng);

impl Dice {
    fn below(&self, end: u64) -> u64 {
        random_u64(&self.0) % end
    }
}

/// A history that came about on a real register, with some answers lost.
fn real_history(dice: &Dice, clients: usize, operations: usize) -> Vec<Operation<Register>> {
    let recorder = Recorder::<Register>::new();
    let mut register = Register(0);
    // What each client has asked, and what it was answered once it took effect.
    let mut under_way: Vec<Option<(_, Call, Option<Answer>)>> = (0..clients).map(|_| None).collect();
    let begun = Cell::new(0);
    while begun.get() < operations || under_way.iter().any(Option::is_some) {
        let client = &mut under_way[usize::try_from(dice.below(clients as u64)).expect("small")];
        *client = match client.take() {
            None if begun.get() == operations => None,
            None => {
                begun.set(begun.get() + 1);
                let call = match dice.below(3) {
                    0 => Call::Read,
                    1 => Call::Set(dice.below(4)),
                    _ => Call::Swap(dice.below(4), dice.below(4)),
                };
                Some((recorder.begin("register", call), call, None))
            }
            // Lost before it took effect, or after.
            Some(_) if dice.below(8) == 0 => None,
            Some((ticket, call, None)) => Some((ticket, call, Some(register.take(call)))),
            Some((ticket, _, Some(answer))) => {
                recorder.end(ticket, answer);
                None
            }
        };
        if dice.below(12) == 0 {
            // All that is under way is gone, as when a process is killed.
            under_way.iter_mut().for_each(|client| *client = None);
            recorder.settle();
        }
    }
    recorder.histories().remove("register").unwrap_or_default()
}

/// Changes an answer, or when one was given.
fn tamper(dice: &Dice, history: &mut [Operation<Register>]) {
    let index = usize::try_from(dice.below(history.len() as u64)).expect("small");
    match &mut history[index].answer {
        Some(Answer::Is(number)) => *number = dice.below(4),
        Some(answer) => *answer = if *answer == Answer::Done { Answer::Refused } else { Answer::Done },
        None => {}
    }
}

#[test]
fn what_really_happened_is_explained() {
    for seed in 0..1_000 {
        let history = real_history(&Dice(SeededRng::new(seed)), 4, 30);
        if let Err(unexplained) = check(&Register(0), &history) {
            panic!("seed {seed}: {unexplained}");
        }
    }
}

#[test]
fn it_judges_as_the_one_that_tries_every_order() {
    let (mut good, mut bad) = (0, 0);
    for seed in 0..4_000 {
        let dice = Dice(SeededRng::new(seed));
        let mut history = real_history(&dice, 3, 6);
        if history.is_empty() {
            continue;
        }
        for _ in 0..dice.below(4) {
            tamper(&dice, &mut history);
        }
        let judged = check(&Register(0), &history).is_ok();
        assert_eq!(judged, explains(&Register(0), &mut Vec::new(), &history), "seed {seed}: {history:#?}");
        *(if judged { &mut good } else { &mut bad }) += 1;
    }
    assert!(good > 500 && bad > 500, "{good} good, {bad} bad");
}

#[test]
fn a_long_history_with_many_at_once_is_judged() {
    let dice = Dice(SeededRng::new(7));
    let mut history = real_history(&dice, 12, 1_500);
    check(&Register(0), &history).expect("it happened");
    let read = history.iter_mut().rev().find(|operation| matches!(operation.answer, Some(Answer::Is(_))));
    read.expect("a read").answer = Some(Answer::Is(99));
    let unexplained = check(&Register(0), &history).expect_err("nobody set that");
    assert!(!unexplained.gave_up && unexplained.explained * 10 > unexplained.answered * 9, "{unexplained}");
    assert!(unexplained.to_string().contains("Read -> Some(Is(99))"), "{unexplained}");
}

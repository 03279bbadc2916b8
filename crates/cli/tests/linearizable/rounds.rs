//! One round: a fresh folder, several lives of a server on it, many clients, and the judgement.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use larder_linearizability::{Answer, Call, Versioning, check_key};

use crate::client::{Client, Lost, PLAIN, VERSIONED};
use crate::connection::Request;
use crate::known::{Dice, Known};
use crate::server::{Server, Starting};

/// At once; more than there are keys.
const CLIENTS: u64 = 10;

/// Between two looks at whether it is time for a kill.
const LOOK: Duration = Duration::from_micros(500);

/// Where clients wait while there is no server.
#[derive(Default)]
struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    address: Option<SocketAddr>,
    waiting: u64,
    over: bool,
    failed: bool,
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the server is, once there is one; `None` when all is over.
    fn pass(&self) -> Option<SocketAddr> {
        let mut state = self.lock();
        state.waiting += 1;
        self.changed.notify_all();
        while state.address.is_none() && !state.over {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waiting -= 1;
        state.address
    }

    fn is_open(&self) -> bool {
        self.lock().address.is_some()
    }

    fn open(&self, address: SocketAddr) {
        self.lock().address = Some(address);
        self.changed.notify_all();
    }

    /// Waits until every client stands before it.
    fn close(&self) {
        let mut state = self.lock();
        state.address = None;
        while state.waiting < CLIENTS && !state.failed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn finish(&self) {
        self.lock().over = true;
        self.changed.notify_all();
    }
}

/// Tells the others when a client fails, so that nobody waits for it.
struct Alarm<'a>(&'a Gate);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.lock().failed = true;
            self.0.changed.notify_all();
        }
    }
}

fn use_servers(known: &Known, gate: &Gate, dice: &Dice) {
    let _alarm = Alarm(gate);
    while let Some(address) = gate.pass() {
        let Ok(mut client) = Client::connect(known, dice.seed(), address) else {
            // It is being killed.
            thread::sleep(LOOK);
            continue;
        };
        while gate.is_open() {
            client = match client.act() {
                Ok(client) => client,
                Err(Lost) => break,
            };
        }
    }
}

/// What a round came to.
pub(crate) struct Told {
    operations: usize,
    unanswered: usize,
    kills: u64,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operations, unanswered, kills } = self;
        write!(f, "{operations} operations, {unanswered} without an answer, {kills} kills: linearizable")
    }
}

/// Makes a round and judges it.
pub(crate) fn round(seed: u64, lives: u64) -> Told {
    let folder = tempfile::tempdir().expect("a folder");
    let dice = Dice::new(seed);
    let (known, gate) = (Known::default(), Gate::default());
    let mut kills = 0;
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            let (known, gate, dice) = (&known, &gate, Dice::new(dice.seed()));
            scope.spawn(move || use_servers(known, gate, &dice));
        }
        let mut versioning = None;
        // However this ends, the clients must.
        let _end = Finally(&gate);
        for life in 0..lives {
            let mut server = start(folder.path(), &dice, &mut kills);
            known.recorder.settle();
            prepare(&known, &server, &dice, &mut versioning, life == 0);
            gate.open(server.address);
            let enough = known.recorder.len() + 30 + dice.index(250);
            while known.recorder.len() < enough && !gate.lock().failed {
                thread::sleep(LOOK);
            }
            thread::sleep(Duration::from_micros(dice.below(3_000)));
            server.kill();
            kills += 1;
            gate.close();
            assert!(!gate.lock().failed, "a client failed");
        }
    });
    look(&known, folder.path(), &dice);
    judge(seed, &known, kills)
}

struct Finally<'a>(&'a Gate);

impl Drop for Finally<'_> {
    fn drop(&mut self) {
        self.0.finish();
    }
}

/// Starts a server, and now and then kills it while it does.
fn start(folder: &Path, dice: &Dice, kills: &mut u64) -> Server {
    while dice.below(4) == 0 {
        let starting = Starting::spawn(folder);
        thread::sleep(Duration::from_millis(dice.below(120)));
        starting.kill();
        *kills += 1;
    }
    Starting::spawn(folder).ready()
}

/// Makes the buckets, or changes the state of versioning, while no client is there.
fn prepare(known: &Known, server: &Server, dice: &Dice, versioning: &mut Option<bool>, first: bool) {
    let mut client = Client::connect(known, dice.seed(), server.address).expect("it serves");
    if first {
        client.set_up(&Request::new("PUT", "/plain"));
        client.set_up(&Request::new("PUT", "/versioned"));
    }
    list_all(&mut client);
    let enabled = dice.below(4) > 0;
    if versioning.replace(enabled) == Some(enabled) {
        return;
    }
    let word = if enabled { "Enabled" } else { "Suspended" };
    let document = format!("<VersioningConfiguration><Status>{word}</Status></VersioningConfiguration>");
    client.set_up(&Request::new("PUT", "/versioned").query("versioning").body(document));
    let state = if enabled { Versioning::Enabled } else { Versioning::Suspended };
    for path in VERSIONED {
        let ticket = known.recorder.begin(path, Call::SetVersioning(state));
        known.recorder.end(ticket, Answer::Done);
    }
}

/// Lists the versions of every key: what became of requests without an answer is known from here on.
fn list_all(client: &mut Client<'_>) {
    for path in [PLAIN, VERSIONED].concat() {
        assert!(client.list(path).is_ok(), "an answer");
    }
}

/// Reads all there is in the end, in a last life; what is listed is what can be read.
fn look(known: &Known, folder: &Path, dice: &Dice) {
    let server = Starting::spawn(folder).ready();
    known.recorder.settle();
    let mut client = Client::connect(known, dice.seed(), server.address).expect("it serves");
    list_all(&mut client);
    for (bucket, paths) in [("/plain", PLAIN), ("/versioned", VERSIONED)] {
        let listed: BTreeSet<String> =
            client.set_up(&Request::new("GET", bucket).query("list-type=2")).all("Key").into_iter().collect();
        for path in paths {
            let name = path.rsplit('/').next().expect("a key");
            let before = known.recorder.len();
            let read = |client: &mut Client<'_>, version| client.get("GET", path, version).is_ok();
            assert!(read(&mut client, None), "an answer");
            let history = known.recorder.histories().remove(path).unwrap_or_default();
            assert_eq!(known.recorder.len(), before + 1);
            let found = history.last().and_then(|operation| operation.answer.clone());
            assert_eq!(matches!(found, Some(Answer::Found { .. })), listed.contains(name), "{path}: {found:?}");
            for version in known.versions(path) {
                assert!(read(&mut client, Some(version.clone())), "an answer");
            }
        }
    }
}

fn judge(seed: u64, known: &Known, kills: u64) -> Told {
    let mut told = Told { operations: 0, unanswered: 0, kills };
    for (path, history) in known.recorder.histories() {
        told.operations += history.len();
        told.unanswered += history.iter().filter(|operation| operation.answer.is_none()).count();
        if let Err(unexplained) = check_key(&history) {
            panic!("seed {seed}, {path}: {unexplained}");
        }
    }
    assert!(told.unanswered > 0 && told.unanswered * 2 < told.operations, "{told}");
    told
}

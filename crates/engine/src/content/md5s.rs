//! The MD5s of large bodies, computed side by side: bodies that arrive at the same time share the lanes of one pass.
//!
//! A body hands its bytes over by the piece and goes on; a task takes what waits, from up to eight bodies at once, and ends
//! when nothing does. The busier the machine, the more bodies wait when the task gets its turn, and the less each costs.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use larder_crypto::{Md5, update_md5s};
use larder_store::StoreError;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use crate::error::Error;

/// Bytes that a body hands over at once. It holds as many again while those wait.
const PIECE: usize = 32 * 1024;

/// A shorter run of bytes counts as so many: a body that comes by the byte must not fill the memory with their bookkeeping.
const SHORTEST: usize = 4 * 1024;

/// Bodies that are taken at once.
const TOGETHER: usize = 8;

/// Bytes of each that are taken before others get a turn: tens of microseconds.
const TURN: usize = 16 * 1024;

/// What waits to be taken in, of all bodies.
#[derive(Clone, Default)]
pub(crate) struct Md5s(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    pieces: VecDeque<Piece>,
    /// Tasks that take pieces.
    tasks: usize,
}

/// The next bytes of a body.
struct Piece {
    md5: Md5,
    bytes: VecDeque<Bytes>,
    done: oneshot::Sender<Md5>,
}

impl Piece {
    /// What is to be taken in next.
    fn next(&mut self) -> (&mut Md5, &[u8]) {
        let first = self.bytes.front().map_or(&[][..], |bytes| bytes);
        (&mut self.md5, &first[..first.len().min(TURN)])
    }

    /// Steps over what [`Self::next`] gave.
    fn advance(&mut self) {
        if let Some(first) = self.bytes.front_mut() {
            first.advance(first.len().min(TURN));
            if first.is_empty() {
                self.bytes.pop_front();
            }
        }
    }
}

impl Md5s {
    fn push(&self, piece: Piece) {
        let wants_task = {
            let mut waiting = self.0.lock();
            waiting.pieces.push_back(piece);
            // One is enough until it cannot keep up; then there is work for as many more as there are full sets of lanes.
            let wants_task = waiting.tasks == 0 || waiting.pieces.len() >= 2 * TOGETHER * waiting.tasks;
            waiting.tasks += usize::from(wants_task);
            wants_task
        };
        if wants_task {
            tokio::spawn(Task { md5s: self.clone(), counted: true }.take_pieces());
        }
    }
}

/// One that takes pieces, and is counted while it lives, however it ends: else nobody would be there for the next.
struct Task {
    md5s: Md5s,
    counted: bool,
}

impl Drop for Task {
    fn drop(&mut self) {
        if self.counted {
            self.md5s.0.lock().tasks -= 1;
        }
    }
}

impl Task {
    async fn take_pieces(mut self) {
        let mut taken = Vec::with_capacity(TOGETHER);
        loop {
            {
                let mut waiting = self.md5s.0.lock();
                let room = (TOGETHER - taken.len()).min(waiting.pieces.len());
                taken.extend(waiting.pieces.drain(..room));
                if taken.is_empty() {
                    // In one step with the look: who comes now finds no task, and starts one.
                    waiting.tasks -= 1;
                    drop(waiting);
                    self.counted = false;
                    return;
                }
            }
            update_md5s(&mut taken.iter_mut().map(Piece::next).collect::<Vec<_>>());
            taken.iter_mut().for_each(Piece::advance);
            for piece in taken.extract_if(.., |piece| piece.bytes.is_empty()) {
                // Nobody waits for it when the client is gone.
                let _ = piece.done.send(piece.md5);
            }
            tokio::task::yield_now().await;
        }
    }
}

/// The MD5 of one body, given to [`Md5s`] by the piece.
pub(crate) struct BodyMd5 {
    md5s: Md5s,
    /// Not there while a piece is on its way.
    md5: Option<Md5>,
    on_its_way: Option<oneshot::Receiver<Md5>>,
    filling: VecDeque<Bytes>,
    filled: usize,
}

impl BodyMd5 {
    pub(crate) fn new(md5s: &Md5s) -> Self {
        Self { md5s: md5s.clone(), md5: Some(Md5::default()), on_its_way: None, filling: VecDeque::new(), filled: 0 }
    }

    /// Takes in the next bytes; waits while those before are not taken in.
    pub(crate) async fn update(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.filled += bytes.len().max(SHORTEST);
        self.filling.push_back(bytes);
        if self.filled < PIECE {
            return Ok(());
        }
        self.send().await
    }

    pub(crate) async fn finish(mut self) -> Result<[u8; 16], Error> {
        if !self.filling.is_empty() {
            self.send().await?;
        }
        Ok(self.arrived().await?.finish())
    }

    async fn send(&mut self) -> Result<(), Error> {
        let md5 = self.arrived().await?;
        let (done, on_its_way) = oneshot::channel();
        self.md5s.push(Piece { md5, bytes: std::mem::take(&mut self.filling), done });
        self.filled = 0;
        self.on_its_way = Some(on_its_way);
        Ok(())
    }

    /// Waits for the piece on its way.
    async fn arrived(&mut self) -> Result<Md5, Error> {
        let arrived = match self.on_its_way.take() {
            Some(on_its_way) => on_its_way.await.ok(),
            None => self.md5.take(),
        };
        arrived.ok_or_else(|| {
            let source = io::Error::other("the task that computes it ended");
            StoreError::Io { what: "compute an MD5".to_owned(), source }.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use larder_crypto::md5;
    use larder_env::{Rng, SeededRng, random_u64};
    use tokio::task::JoinSet;

    use super::*;

    fn noise(rng: &SeededRng, most: u64) -> Bytes {
        let mut bytes = vec![0; usize::try_from(random_u64(rng) % most).expect("small") + 1];
        rng.fill(&mut bytes);
        bytes.into()
    }

    #[tokio::test]
    async fn bodies_side_by_side_get_each_their_own() {
        let md5s = Md5s::default();
        let rng = SeededRng::new(1);
        let mut bodies = JoinSet::new();
        for _ in 0..40 {
            let pieces: Vec<Bytes> = (0..random_u64(&rng) % 20).map(|_| noise(&rng, 100_000)).collect();
            let md5s = md5s.clone();
            bodies.spawn(async move {
                let mut body = BodyMd5::new(&md5s);
                for piece in &pieces {
                    body.update(piece.clone()).await.expect("taken in");
                    tokio::task::yield_now().await;
                }
                assert_eq!(body.finish().await.expect("taken in"), md5(&pieces.concat()), "{} pieces", pieces.len());
            });
        }
        while let Some(done) = bodies.join_next().await {
            done.expect("no body was given another's");
        }
        // Tasks end when nothing waits.
        while md5s.0.lock().tasks > 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_body_that_is_given_up_hinders_no_other() {
        let md5s = Md5s::default();
        let rng = SeededRng::new(2);
        let mut given_up = BodyMd5::new(&md5s);
        given_up.update(noise(&rng, 1 << 20)).await.expect("taken in");
        drop(given_up);
        let mut body = BodyMd5::new(&md5s);
        let content = noise(&rng, 1 << 20);
        body.update(content.clone()).await.expect("taken in");
        assert_eq!(body.finish().await.expect("taken in"), md5(&content));
    }
}

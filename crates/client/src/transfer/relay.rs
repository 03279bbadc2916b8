//! From bucket to bucket on two servers: through this machine.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use larder_types::Checksum;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::download::corrupt;
use super::parts::{Cut, Part};
use super::seal::Check;
use super::stream::length_of;
use super::upload_parts::{Sent, Upload};
use super::{
    Carried, Facts, MOST_IN_MEMORY, Origin, Seal, Transfers, blocking, body, checksum_of, combined, flatten,
    with_checksum,
};
use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;

/// One object on its way.
struct Relay {
    from: BucketPath,
    version: Option<String>,
    facts: Facts,
    upload: Upload,
    /// For a seal that does not combine from ranges.
    in_order: Option<InOrder>,
}

/// A part that is at its target, with its checksum of the kind that the source's seal combines from.
type Relayed = (Sent, Option<Checksum>);

impl Transfers {
    /// Carries an object from one server to the other, with its metadata and tags.
    ///
    /// # Errors
    /// Either server's.
    pub async fn relay(
        self: &Arc<Self>,
        from: &BucketPath,
        version: Option<&str>,
        to: &BucketPath,
        id: u64,
    ) -> Result<Carried, RequestError> {
        let asked = self.asked(from, version, true);
        let facts = self.facts(asked.connection, from, version, asked.key).await?;
        let origin = Origin::object(version, facts.etag.clone());
        if facts.size > self.tuning.threshold {
            let bytes = self.relay_in_parts(from, version, facts, to, id).await?;
            return Ok(Carried { bytes, origin });
        }
        let held = self.hold(facts.size).await;
        // What was looked at and what is read have to be one state of the object: its metadata go with its content.
        let content = self.read_whole(asked, facts.etag.as_deref(), id).await?;
        let content = join(content.chunks);
        let checksum = self.settings.checksum.map(|algorithm| checksum_of(algorithm, &content));
        let settings = self.settings_like(from, &facts).await?;
        let signed = !self.target.body_is_safe();
        let put = || async {
            let request = self.target.client().put_object().bucket(&to.bucket).key(&to.key);
            let request = with_checksum!(settings.put(request, &to.key), checksum.as_ref());
            let request = request.body(content.clone().into()).customize();
            let request = if signed { request } else { request.disable_payload_signing() };
            request.send().await.map_err(RequestError::from)
        };
        self.requests.send(put).await?;
        drop(held);
        Ok(Carried { bytes: facts.size, origin })
    }

    async fn relay_in_parts(
        self: &Arc<Self>,
        from: &BucketPath,
        version: Option<&str>,
        mut facts: Facts,
        to: &BucketPath,
        id: u64,
    ) -> Result<u64, RequestError> {
        let cut = self.cut_to_hold(facts.size)?;
        let asked = self.asked(from, version, true);
        facts.seal = self.with_part_sizes(asked, facts.etag.as_deref(), facts.seal).await?;
        let upload = Upload { to: to.clone(), upload_id: self.create_like(&facts, from, to).await?, id };
        let in_order = facts.seal.needs_the_whole().then(|| InOrder::new(&facts.seal));
        let (from, version) = (from.clone(), version.map(str::to_owned));
        let relay = Arc::new(Relay { from, version, facts, upload, in_order });
        let outcome = match self.relay_parts(&relay, cut).await {
            Ok(relayed) if relay.is_whole(&relayed) => {
                let sent = relayed.into_iter().map(|(sent, _)| sent).collect();
                self.complete(&relay.upload, cut.size, sent).await
            }
            Ok(_) => Err(corrupt()),
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            self.abort(&relay.upload).await;
        }
        outcome
    }

    /// Parts are in memory until they are at their target, for they may have to be sent again.
    fn cut_to_hold(&self, size: u64) -> Result<Cut, RequestError> {
        let cut = self.cut(size)?;
        if cut.part_size > self.tuning.memory.max(MOST_IN_MEMORY) {
            let mib = cut.part_size / (1024 * 1024);
            let message = format!("its parts of {mib} MiB have to be held in memory: allow so much with --memory");
            return Err(RequestError::new(ErrorKind::Local, message));
        }
        Ok(cut)
    }

    async fn relay_parts(self: &Arc<Self>, relay: &Arc<Relay>, cut: Cut) -> Result<Vec<Relayed>, RequestError> {
        let mut tasks = JoinSet::new();
        let mut relayed = Vec::new();
        for part in cut.parts() {
            let held = self.hold(part.length).await;
            while let Some(done) = tasks.try_join_next() {
                relayed.push(flatten(done)?);
            }
            let (transfers, relay) = (Arc::clone(self), Arc::clone(relay));
            tasks.spawn(async move {
                let outcome = transfers.relay_part(&relay, part).await;
                drop(held);
                outcome
            });
        }
        while let Some(done) = tasks.join_next().await {
            relayed.push(flatten(done)?);
        }
        relayed.sort_unstable_by_key(|(sent, _): &Relayed| sent.part.number);
        Ok(relayed)
    }

    async fn relay_part(&self, relay: &Relay, part: Part) -> Result<Relayed, RequestError> {
        let content = self.requests.send(|| self.read_part(relay, part)).await?;
        let checksum = self.settings.checksum.map(|algorithm| checksum_of(algorithm, &content));
        let of_source = relay.facts.seal.combines().map(|algorithm| match &checksum {
            Some(own) if own.algorithm() == algorithm => own.clone(),
            _ => checksum_of(algorithm, &content),
        });
        let signed = !self.target.body_is_safe();
        let progress = self.progress(relay.upload.id);
        let send = || async {
            let body = body::body(content.clone(), true, &self.requests.pace, &progress);
            self.send_body(&relay.upload, part, body, checksum.as_ref(), signed).await
        };
        let show = async {
            match &relay.in_order {
                Some(in_order) => in_order.show(part.number, content.clone()).await,
                None => Ok(()),
            }
        };
        let (etag, ()) = tokio::try_join!(self.requests.send(send), show)?;
        Ok((Sent { part, etag, checksum, travelled: part.length }, of_source))
    }

    async fn read_part(&self, relay: &Relay, part: Part) -> Result<Bytes, RequestError> {
        let asked = self.asked(&relay.from, relay.version.as_deref(), true);
        let range = format!("bytes={}-{}", part.offset, part.offset + part.length - 1);
        let request = self.get(asked).set_if_match(relay.facts.etag.clone()).range(range);
        let answer = request.send().await.map_err(RequestError::from)?;
        if length_of(&answer) != Some(part.length) {
            return Err(RequestError::new(ErrorKind::Changed, "the server sent another range than it was asked for"));
        }
        let mut incoming = self.incoming(answer.body, Some(part.length), &self.progress(relay.upload.id));
        let mut content = self.buffers.take(usize::try_from(part.length).unwrap_or(usize::MAX));
        let mut at = 0;
        while let Some(chunk) = incoming.next().await? {
            content.as_mut()[at..at + chunk.len()].copy_from_slice(&chunk);
            at += chunk.len();
        }
        Ok(content.freeze())
    }
}

impl Relay {
    /// Whether what passed is what the source's server has a checksum of; `true` where it has none.
    fn is_whole(&self, relayed: &[Relayed]) -> bool {
        if let (Some(_), Seal::Whole(checksum)) = (self.facts.seal.combines(), &self.facts.seal) {
            let parts = relayed.iter().map(|(sent, checksum)| (checksum.as_ref(), sent.part.length));
            return combined(parts).as_ref() == Some(checksum);
        }
        self.in_order.as_ref().is_none_or(InOrder::holds)
    }
}

/// Shows a check the parts in order, in whatever order they come.
struct InOrder {
    check: Arc<Mutex<Option<Check>>>,
    next: watch::Sender<i32>,
}

impl InOrder {
    fn new(seal: &Seal) -> Self {
        Self { check: Arc::new(Mutex::new(Some(seal.check()))), next: watch::Sender::new(1) }
    }

    /// Waits for the part's turn. The one whose turn it is has its memory already, so it comes.
    async fn show(&self, number: i32, content: Bytes) -> Result<(), RequestError> {
        // The sender is here, so there is always a next one.
        let _ = self.next.subscribe().wait_for(|&next| next == number).await;
        let check = Arc::clone(&self.check);
        blocking(move || {
            let mut check = check.lock().unwrap_or_else(PoisonError::into_inner);
            check.iter_mut().for_each(|check| check.update(&content));
            Ok(())
        })
        .await?;
        self.next.send_replace(number + 1);
        Ok(())
    }

    fn holds(&self) -> bool {
        self.check.lock().unwrap_or_else(PoisonError::into_inner).take().is_some_and(Check::finish)
    }
}

fn join(chunks: Vec<Bytes>) -> Bytes {
    match <[Bytes; 1]>::try_from(chunks) {
        Ok([one]) => one,
        Err(chunks) => {
            let mut whole = BytesMut::with_capacity(chunks.iter().map(Bytes::len).sum());
            chunks.iter().for_each(|chunk| whole.extend_from_slice(chunk));
            whole.freeze()
        }
    }
}

#[cfg(test)]
mod tests {
    use larder_types::ChecksumAlgorithm;

    use super::*;

    #[tokio::test]
    async fn parts_that_come_out_of_order_are_checked_in_order() {
        let seal = Seal::Whole(checksum_of(ChecksumAlgorithm::Sha256, b"onetwothree"));
        for (second, holds) in [("two", true), ("2wo", false)] {
            let in_order = InOrder::new(&seal);
            let show = |number, content| in_order.show(number, Bytes::from_static(content));
            let shown = tokio::join!(show(3, b"three"), show(2, second.as_bytes()), show(1, b"one"));
            assert!(matches!(shown, (Ok(()), Ok(()), Ok(()))));
            assert_eq!(in_order.holds(), holds);
        }
    }
}

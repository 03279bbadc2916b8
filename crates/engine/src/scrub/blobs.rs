//! Verifying blobs, and finding those that no record names.

use std::collections::VecDeque;

use larder_store::{BlobRef, StoreError, Table};

use super::{BATCH, Damaged, Finding, FindingKind, Owner, Phase, Scrub};
use crate::engine::Engine;
use crate::error::Error;
use crate::keyspace;
use crate::record::Record;
use crate::record::claim::Claim;

impl Engine {
    /// Verifies the next piece of a blob.
    pub(super) async fn scrub_blobs(&self, pass: &mut Scrub) -> Result<(), Error> {
        let Phase::Blobs { after, listed, under_way } = &mut pass.phase else { return Ok(()) };
        let (blob, from) = match under_way.take() {
            Some(reached) => reached,
            None => {
                if listed.is_empty() {
                    *listed = VecDeque::from(self.blobs.list(*after, BATCH).await?);
                }
                let Some(blob) = listed.pop_front() else {
                    pass.phase = Phase::Records { after: None };
                    return Ok(());
                };
                *after = Some(blob);
                (blob, 0)
            }
        };
        let verified = match from {
            0 => match self.look_for_name(pass, blob).await {
                Ok(()) => self.blobs.verify(blob, 0).await,
                Err(Error::Store(error)) => Err(error),
                Err(error) => return Err(error),
            },
            _ => self.blobs.verify(blob, from).await,
        };
        match verified {
            Ok(piece) => {
                pass.report.bytes += piece.bytes;
                if let Some(blemish) = piece.blemish {
                    let what = format!("blob {}: {blemish}", blob.id);
                    let done = Some("left where it is: its content is whole");
                    pass.damaged.insert(blob, Damaged { what, done, told: false });
                }
                match (piece.next, &mut pass.phase) {
                    (Some(next), Phase::Blobs { under_way, .. }) => *under_way = Some((blob, next)),
                    _ => pass.report.blobs += 1,
                }
            }
            // Deleted since it was listed.
            Err(StoreError::NotFound) => {}
            Err(error) => {
                pass.report.blobs += 1;
                self.put_aside(pass, blob, &error).await?;
            }
        }
        Ok(())
    }

    /// Notes a blob of which no name is where its claim says.
    async fn look_for_name(&self, pass: &mut Scrub, blob: BlobRef) -> Result<(), Error> {
        let facts = self.blobs.inspect(blob).await?;
        if !facts.settled {
            return Ok(());
        }
        let claim = facts.claim.and_then(|claim| Claim::decode(&claim).ok());
        let named = match claim {
            Some(claim) => self.meta.get(claim.partition(), Table::Records, &keyspace::named_blob(blob.id)).await,
            None => Ok(None),
        };
        // A name that cannot be read is a name; the walk over records reports it.
        if matches!(named, Ok(None)) {
            pass.unnamed.insert(blob.id, blob);
        }
        Ok(())
    }

    async fn put_aside(&self, pass: &mut Scrub, blob: BlobRef, error: &StoreError) -> Result<(), Error> {
        // A failing device may read again; only what was read and is wrong is put aside.
        let is_wrong = matches!(error, StoreError::Corrupt { .. });
        let mut done = None;
        // A backup under way wants everything where it is.
        let removals = self.removals.try_read();
        if is_wrong && pass.options.quarantine && removals.is_ok() {
            match self.blobs.quarantine(blob).await {
                Ok(()) => done = Some("put aside"),
                Err(StoreError::NotFound) => return Ok(()),
                Err(error) => tracing::error!(%error, blob = %blob.id, "a damaged blob cannot be put aside"),
            }
        }
        pass.damaged.insert(blob, Damaged { what: error.to_string(), done, told: false });
        Ok(())
    }

    /// After the walk over records: which blobs without a name are worth a second look.
    pub(super) async fn choose_leftovers(&self, pass: &mut Scrub) -> Result<(), Error> {
        for (blob, damaged) in std::mem::take(&mut pass.damaged) {
            if !damaged.told {
                let what = format!("{}; no object was found to use it", damaged.what);
                let finding = Finding::new(FindingKind::Content, Owner::default(), what).of_blob(blob);
                pass.report.add(Finding { done: damaged.done, ..finding });
            }
        }
        if pass.report.incomplete {
            // A name that was not met may be among those that cannot be read.
            pass.unnamed.clear();
            pass.aside.clear();
        }
        for (id, blob) in std::mem::take(&mut pass.unnamed) {
            if self.may_be_left_over(pass, blob).await? {
                pass.unnamed.insert(id, blob);
            }
        }
        if pass.unnamed.is_empty() && pass.aside.is_empty() {
            pass.phase = Phase::Done;
        }
        Ok(())
    }

    /// Whether a blob is there and nobody is about to name it.
    async fn may_be_left_over(&self, pass: &Scrub, blob: BlobRef) -> Result<bool, Error> {
        match self.blobs.inspect(blob).await {
            Ok(facts) => Ok(facts.settled || pass.unsettled.contains(&blob)),
            Err(StoreError::NotFound | StoreError::Corrupt { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The second walk is over: what it did not meet either is left over.
    pub(super) async fn report_leftovers(&self, pass: &mut Scrub) -> Result<(), Error> {
        let incomplete = pass.report.incomplete;
        for blob in std::mem::take(&mut pass.unnamed).into_values() {
            if incomplete || !self.may_be_left_over(pass, blob).await? {
                continue;
            }
            let kind = match pass.unsettled.contains(&blob) {
                true => FindingKind::Unsettled,
                false => FindingKind::Unnamed,
            };
            let mut finding = Finding::new(kind, Owner::default(), format!("no record names blob {}", blob.id));
            if pass.options.repair {
                self.blobs.delete(blob).await?;
                finding.done = Some("removed");
            }
            pass.report.add(finding.of_blob(blob));
        }
        for blob in std::mem::take(&mut pass.aside).into_values() {
            if incomplete {
                continue;
            }
            let what = format!("blob {} was put aside, and no record names it any more", blob.id);
            let mut finding = Finding::new(FindingKind::Aside, Owner::default(), what);
            if pass.options.repair {
                self.blobs.discard(blob).await?;
                finding.done = Some("removed");
            }
            pass.report.add(finding.of_blob(blob));
        }
        pass.phase = Phase::Done;
        Ok(())
    }

    /// Meets the names of blobs once more.
    pub(super) async fn scrub_names(&self, pass: &mut Scrub) -> Result<(), Error> {
        let Phase::Names { after } = &pass.phase else { return Ok(()) };
        let page = match self.meta.walk(Table::Records, after.clone(), BATCH).await {
            Err(StoreError::Corrupt { .. }) => {
                pass.report.incomplete = true;
                Vec::new()
            }
            page => page?,
        };
        let Some(last) = page.last() else { return self.report_leftovers(pass).await };
        pass.phase = Phase::Names { after: Some((last.partition, last.key.clone())) };
        for entry in &page {
            pass.meet_name(&entry.key);
        }
        Ok(())
    }
}

impl Scrub {
    /// Notes that a record names a blob, if this is the key of one.
    pub(super) fn meet_name(&mut self, key: &[u8]) {
        let Ok(id) = keyspace::named_blob_id(key) else { return };
        self.unnamed.remove(&id);
        self.aside.remove(&id);
    }
}

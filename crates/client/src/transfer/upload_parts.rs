//! Large uploads: parts side by side, and those that a run before sent stay.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, absolute};
use std::sync::Arc;

use aws_sdk_s3::primitives::{ByteStream, Length};
use aws_sdk_s3::types::{ChecksumType, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use larder_crypto::{ChecksumHasher, parse_checksum};
use larder_types::{Checksum, ChecksumAlgorithm};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use super::buffers::Buffers;
use super::parts::{Cut, Part};
use super::settings::CUSTOMER_ALGORITHM;
use super::source::{self, Identity};
use super::upload_state::{Note, Noted, UploadState};
use super::{MOST_IN_MEMORY, ObjectSettings, Transfers, blocking, body, checksum_of, combined, flatten, with_checksum};
use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;

/// A part that the server has.
pub(crate) struct Sent {
    pub(crate) part: Part,
    pub(crate) etag: Option<String>,
    pub(crate) checksum: Option<Checksum>,
    /// Bytes that travelled for it.
    pub(crate) travelled: u64,
}

/// What ListParts says of a part.
struct Listed {
    size: u64,
    etag: String,
    checksum: Option<Checksum>,
}

/// One upload under way.
#[derive(Clone)]
pub(crate) struct Upload {
    pub(crate) to: BucketPath,
    pub(crate) upload_id: String,
    pub(crate) id: u64,
}

impl Transfers {
    pub(super) async fn upload_in_parts(
        self: &Arc<Self>,
        path: &Path,
        file: Arc<File>,
        before: Identity,
        to: &BucketPath,
        id: u64,
    ) -> Result<u64, RequestError> {
        let cut = self.cut(before.size)?;
        let path = absolute(path).map_err(|error| RequestError::local("cannot name the file", &error))?;
        let endpoint = self.target.endpoint().unwrap_or("aws").to_owned();
        let mut wanted = UploadState::wanted(&endpoint, (&to.bucket, &to.key), &path, before.size, before.modified);
        wanted.part_size = cut.part_size;
        wanted.settings = self.settings.fingerprint();
        let mut note = self.tuning.state_folder.as_deref().and_then(|folder| Note::open(folder, &wanted));
        let (upload_id, mut listed) = self.begin_or_resume(&mut note, &mut wanted, to).await?;
        let upload = Upload { to: to.clone(), upload_id, id };
        let sent = self.send_parts(&path, &file, cut, &upload, &mut listed).await;
        let outcome = match sent {
            // Parts too large for memory are read by the file's name.
            Ok(_) if cut.part_size > MOST_IN_MEMORY && !source::is_named(&file, &path) => Err(source::changed()),
            Ok(sent) => match source::unchanged(&file, before) {
                Ok(()) => self.complete(&upload, cut.size, sent).await,
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        let over = match &outcome {
            Ok(_) => true,
            // What may work another time goes on from here then.
            Err(error) if error.may_work_later() || error.kind == ErrorKind::Credentials => note.is_none(),
            Err(_) => true,
        };
        if over && let Some(note) = note {
            note.remove();
        }
        if over && outcome.is_err() {
            self.abort(&upload).await;
        }
        outcome
    }

    pub(crate) fn cut(&self, size: u64) -> Result<Cut, RequestError> {
        let too_large = || RequestError::new(ErrorKind::Other, "it is larger than the largest object that S3 takes");
        Cut::new(size, self.tuning.part_size).ok_or_else(too_large)
    }

    async fn begin_or_resume(
        &self,
        note: &mut Option<Note>,
        wanted: &mut UploadState,
        to: &BucketPath,
    ) -> Result<(String, HashMap<i32, Listed>), RequestError> {
        let noted = note.as_mut().and_then(|note| note.noted(wanted));
        if let Some(Noted::Other(upload_id)) = &noted {
            // Of a file that changed since, or with other settings: nothing will go on with it.
            self.abort(&Upload { to: to.clone(), upload_id: upload_id.clone(), id: 0 }).await;
        }
        if let Some(Noted::Same(upload_id)) = noted {
            match self.list_parts(to, &upload_id).await {
                Ok(listed) => return Ok((upload_id, listed)),
                Err(error) if error.may_work_later() => return Err(error),
                // It is gone, or cannot be gone on with: then it is not left behind either.
                Err(_) => self.abort(&Upload { to: to.clone(), upload_id, id: 0 }).await,
            }
        }
        let upload_id = self.create(to, &self.settings).await?;
        if let Some(note) = note {
            wanted.upload_id.clone_from(&upload_id);
            // Without a note the upload goes on; it only cannot be resumed.
            if note.write(wanted).is_ok() {
                self.settled(&upload_id);
            }
        }
        Ok((upload_id, HashMap::new()))
    }

    pub(crate) async fn create(&self, to: &BucketPath, settings: &ObjectSettings) -> Result<String, RequestError> {
        let create = || async {
            let request = self.target.client().create_multipart_upload().bucket(&to.bucket).key(&to.key);
            let mut request = settings.create(request, &to.key);
            if let Some(algorithm) = settings.checksum {
                let kind = if algorithm.combines() { ChecksumType::FullObject } else { ChecksumType::Composite };
                request = request.checksum_algorithm(algorithm.as_str().into()).checksum_type(kind);
            }
            request.send().await.map_err(RequestError::from)
        };
        let answer = self.requests.send(create).await?;
        self.begun(to, answer.upload_id)
    }

    /// Remembers an upload, to be aborted when the run is stopped.
    pub(crate) fn begun(&self, to: &BucketPath, upload_id: Option<String>) -> Result<String, RequestError> {
        let upload_id = upload_id.ok_or_else(|| RequestError::new(ErrorKind::Other, "the server named no upload"))?;
        self.unfinished().insert(upload_id.clone(), to.clone());
        Ok(upload_id)
    }

    /// It is complete, aborted, or noted to go on another time.
    fn settled(&self, upload_id: &str) {
        self.unfinished().remove(upload_id);
    }

    /// Aborts the uploads that a stop cut off and that nothing goes on with.
    pub async fn abort_unfinished(&self) {
        let left = std::mem::take(&mut *self.unfinished());
        for (upload_id, to) in left {
            self.abort(&Upload { to, upload_id, id: 0 }).await;
        }
    }

    async fn list_parts(&self, to: &BucketPath, upload_id: &str) -> Result<HashMap<i32, Listed>, RequestError> {
        let mut listed = HashMap::new();
        let mut after: Option<String> = None;
        loop {
            let page = || async {
                let request = self.target.client().list_parts().bucket(&to.bucket).key(&to.key).upload_id(upload_id);
                let request = request.set_request_payer(self.settings.payer());
                request.set_part_number_marker(after.clone()).send().await.map_err(RequestError::from)
            };
            let page = self.requests.send(page).await?;
            for part in page.parts() {
                let stored = part.checksum_crc64_nvme().map(|text| (ChecksumAlgorithm::Crc64Nvme, text));
                let stored = stored.or(part.checksum_crc32_c().map(|text| (ChecksumAlgorithm::Crc32c, text)));
                let stored = stored.or(part.checksum_crc32().map(|text| (ChecksumAlgorithm::Crc32, text)));
                let stored = stored.or(part.checksum_sha256().map(|text| (ChecksumAlgorithm::Sha256, text)));
                let stored = stored.or(part.checksum_sha1().map(|text| (ChecksumAlgorithm::Sha1, text)));
                let checksum = stored.and_then(|(algorithm, text)| parse_checksum(algorithm, text).ok());
                let size = u64::try_from(part.size().unwrap_or(0)).unwrap_or(0);
                let etag = part.e_tag().unwrap_or_default().to_owned();
                listed.insert(part.part_number().unwrap_or(0), Listed { size, etag, checksum });
            }
            after = page.next_part_number_marker().map(str::to_owned);
            if page.is_truncated() != Some(true) || after.is_none() {
                return Ok(listed);
            }
        }
    }

    async fn send_parts(
        self: &Arc<Self>,
        path: &Path,
        file: &Arc<File>,
        cut: Cut,
        upload: &Upload,
        listed: &mut HashMap<i32, Listed>,
    ) -> Result<Vec<Sent>, RequestError> {
        let mut tasks = JoinSet::new();
        let mut sent = Vec::new();
        for part in cut.parts() {
            let held = self.hold(part.length.min(MOST_IN_MEMORY)).await;
            while let Some(done) = tasks.try_join_next() {
                sent.push(flatten(done)?);
            }
            let job = PartJob {
                path: path.to_owned(),
                file: Arc::clone(file),
                part,
                listed: listed.remove(&part.number),
                upload: upload.clone(),
            };
            let transfers = Arc::clone(self);
            tasks.spawn(async move { transfers.send_part(job, held).await });
        }
        while let Some(done) = tasks.join_next().await {
            sent.push(flatten(done)?);
        }
        sent.sort_unstable_by_key(|sent| sent.part.number);
        Ok(sent)
    }

    async fn send_part(&self, job: PartJob, held: Option<OwnedSemaphorePermit>) -> Result<Sent, RequestError> {
        let PartJob { path, file, part, listed, upload } = job;
        let algorithm = self.settings.checksum;
        let in_memory = part.length <= MOST_IN_MEMORY;
        let (reads, buffers) = (Arc::clone(&file), Arc::clone(&self.buffers));
        let (content, checksum, same) = blocking(move || {
            let mut hasher = algorithm.map(ChecksumHasher::new);
            let content = if in_memory {
                read_part(&reads, part, &buffers, |bytes| hasher.iter_mut().for_each(|hasher| hasher.update(bytes)))?
            } else {
                if let Some(hasher) = &mut hasher {
                    source::read_through(&reads, part.offset, part.length, |bytes| hasher.update(bytes))?;
                }
                Bytes::new()
            };
            let checksum = hasher.map(ChecksumHasher::finish);
            let same =
                listed.filter(|listed| listed.size == part.length && is_content(listed, checksum.as_ref(), &content));
            Ok((content, checksum, same))
        })
        .await?;
        if let Some(listed) = same {
            self.progress(upload.id).moved(part.length);
            return Ok(Sent { part, etag: Some(listed.etag), checksum, travelled: 0 });
        }
        let signed = !self.target.body_is_safe() && in_memory;
        let progress = self.progress(upload.id);
        let send = || async {
            let progress = progress.of_a_try();
            let stream = if in_memory {
                if signed {
                    self.requests.pace.wait(content.len()).await;
                }
                body::body(content.clone(), signed, &self.requests.pace, &progress)
            } else {
                let reader = ByteStream::read_from().path(&path).offset(part.offset).length(Length::Exact(part.length));
                let stream = reader.build().await;
                let stream = stream.map_err(|error| RequestError::new(ErrorKind::Local, error.to_string()))?;
                body::streamed(stream, &self.requests.pace, &progress)
            };
            let outcome = self.send_body(&upload, part, stream, checksum.as_ref(), signed).await;
            if outcome.is_err() {
                progress.give_up();
            }
            outcome
        };
        let etag = self.requests.send(send).await?;
        if signed {
            progress.moved(part.length);
        }
        drop(held);
        Ok(Sent { part, etag, checksum, travelled: part.length })
    }

    pub(crate) async fn send_body(
        &self,
        upload: &Upload,
        part: Part,
        stream: ByteStream,
        checksum: Option<&Checksum>,
        signed: bool,
    ) -> Result<Option<String>, RequestError> {
        let customer = self.settings.customer_key.as_ref();
        let request = self.target.client().upload_part().bucket(&upload.to.bucket).key(&upload.to.key);
        let request = request.upload_id(&upload.upload_id).part_number(part.number);
        let request = with_checksum!(request, checksum)
            .set_sse_customer_algorithm(customer.map(|_| CUSTOMER_ALGORITHM.to_owned()))
            .set_sse_customer_key(customer.map(|customer| customer.key.clone()))
            .set_sse_customer_key_md5(customer.map(|customer| customer.md5.clone()))
            .set_request_payer(self.settings.payer())
            .content_length(i64::try_from(part.length).unwrap_or(i64::MAX))
            .body(stream)
            .customize();
        let request = if signed { request } else { request.disable_payload_signing() };
        Ok(request.send().await.map_err(RequestError::from)?.e_tag)
    }

    /// Makes one object of the parts and returns how many bytes travelled.
    pub(crate) async fn complete(&self, upload: &Upload, size: u64, sent: Vec<Sent>) -> Result<u64, RequestError> {
        let completed = sent.iter().map(|sent| {
            let part = CompletedPart::builder().part_number(sent.part.number).set_e_tag(sent.etag.clone());
            with_checksum!(part, sent.checksum.as_ref()).build()
        });
        let parts = CompletedMultipartUpload::builder().set_parts(Some(completed.collect())).build();
        let whole = combined(sent.iter().map(|sent| (sent.checksum.as_ref(), sent.part.length)));
        let complete = || async {
            let request =
                self.target.client().complete_multipart_upload().bucket(&upload.to.bucket).key(&upload.to.key);
            let mut request = request.upload_id(&upload.upload_id).multipart_upload(parts.clone());
            if whole.is_some() {
                request = request.checksum_type(ChecksumType::FullObject);
            }
            let request = with_checksum!(request, whole.as_ref()).set_request_payer(self.settings.payer());
            request.send().await.map_err(RequestError::from)
        };
        self.requests.send(complete).await?;
        self.settled(&upload.upload_id);
        debug_assert_eq!(sent.iter().map(|sent| sent.part.length).sum::<u64>(), size);
        Ok(sent.iter().map(|sent| sent.travelled).sum())
    }

    /// Gives an upload up. Best effort: the error that led here is the one to tell.
    pub(crate) async fn abort(&self, upload: &Upload) {
        self.settled(&upload.upload_id);
        let request = self.target.client().abort_multipart_upload().bucket(&upload.to.bucket).key(&upload.to.key);
        let _ = request.upload_id(&upload.upload_id).set_request_payer(self.settings.payer()).send().await;
    }
}

struct PartJob {
    path: std::path::PathBuf,
    file: Arc<File>,
    part: Part,
    listed: Option<Listed>,
    upload: Upload,
}

/// Whether a part that the server has is this content: by a checksum, else by an entity tag that is an MD5.
fn is_content(listed: &Listed, checksum: Option<&Checksum>, content: &[u8]) -> bool {
    match (&listed.checksum, checksum) {
        (Some(listed), Some(own)) if listed.algorithm() == own.algorithm() => listed == own,
        (Some(listed), _) if !content.is_empty() => checksum_of(listed.algorithm(), content) == *listed,
        _ if !content.is_empty() => hex::encode(larder_crypto::md5(content)) == listed.etag.trim_matches('"'),
        _ => false,
    }
}

/// Reads a part into memory, and shows it while it is in the processor's cache.
fn read_part(
    file: &File,
    part: Part,
    buffers: &Arc<Buffers>,
    mut show: impl FnMut(&[u8]),
) -> Result<Bytes, RequestError> {
    let mut content = buffers.take(usize::try_from(part.length).unwrap_or(usize::MAX));
    let mut at = part.offset;
    for step in content.as_mut().chunks_mut(source::STEP) {
        source::read_exact(file, at, step)?;
        show(step);
        at += step.len() as u64;
    }
    Ok(content.freeze())
}

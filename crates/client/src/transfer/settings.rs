//! What goes with an object besides its bytes.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_s3::operation::copy_object::builders::CopyObjectFluentBuilder;
use aws_sdk_s3::operation::create_multipart_upload::builders::CreateMultipartUploadFluentBuilder;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::types::{
    MetadataDirective, ObjectCannedAcl, RequestPayer, ServerSideEncryption, StorageClass, TaggingDirective,
};
use larder_types::ChecksumAlgorithm;

/// A key that the caller keeps (SSE-C).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CustomerKey {
    /// Its base64.
    pub key: String,
    /// The base64 of its MD5.
    pub md5: String,
}

/// What flags say about the objects that are made. `None` leaves it to the server, or to the source when copying.
#[derive(Clone, Debug)]
pub struct ObjectSettings {
    /// `--acl`
    pub acl: Option<String>,
    /// `--grants`, by permission: full, read, read-acp, write-acp.
    pub grants: [Option<String>; 4],
    /// `--storage-class`
    pub storage_class: Option<String>,
    /// `--sse`
    pub encryption: Option<String>,
    /// `--sse-kms-key-id`
    pub kms_key: Option<String>,
    /// `--sse-c-key`
    pub customer_key: Option<CustomerKey>,
    /// `--sse-c-copy-source-key`
    pub source_customer_key: Option<CustomerKey>,
    /// `--metadata`
    pub metadata: Option<HashMap<String, String>>,
    /// `--metadata-directive REPLACE`
    pub replaces_metadata: bool,
    /// `--tagging`, as a query string.
    pub tagging: Option<String>,
    /// `--content-type`
    pub content_type: Option<String>,
    /// Whether a content type is guessed from the name.
    pub guesses_content_type: bool,
    /// `--cache-control`
    pub cache_control: Option<String>,
    /// `--content-disposition`
    pub content_disposition: Option<String>,
    /// `--content-encoding`
    pub content_encoding: Option<String>,
    /// `--content-language`
    pub content_language: Option<String>,
    /// `--expires`
    pub expires: Option<aws_smithy_types::DateTime>,
    /// `--website-redirect`
    pub website_redirect: Option<String>,
    /// `--request-payer`
    pub requester_pays: bool,
    /// `--checksum-algorithm`; `None` sends no checksums, for servers that refuse them.
    pub checksum: Option<ChecksumAlgorithm>,
}

impl Default for ObjectSettings {
    fn default() -> Self {
        Self {
            acl: None,
            grants: [None, None, None, None],
            storage_class: None,
            encryption: None,
            kms_key: None,
            customer_key: None,
            source_customer_key: None,
            metadata: None,
            replaces_metadata: false,
            tagging: None,
            content_type: None,
            guesses_content_type: true,
            cache_control: None,
            content_disposition: None,
            content_encoding: None,
            content_language: None,
            expires: None,
            website_redirect: None,
            requester_pays: false,
            checksum: Some(ChecksumAlgorithm::Crc64Nvme),
        }
    }
}

/// SSE-C knows one algorithm.
pub(crate) const CUSTOMER_ALGORITHM: &str = "AES256";

impl ObjectSettings {
    /// The content type for a name: what was asked for, or a guess.
    #[must_use]
    pub fn content_type_of(&self, name: &str) -> Option<String> {
        if self.content_type.is_some() || !self.guesses_content_type {
            return self.content_type.clone();
        }
        mime_guess::from_path(name).first_raw().map(str::to_owned)
    }

    /// Whether anything is said that a copy would otherwise take from its source.
    #[must_use]
    pub(crate) fn replaces(&self) -> bool {
        self.replaces_metadata
            || self.metadata.is_some()
            || self.content_type.is_some()
            || self.cache_control.is_some()
            || self.content_disposition.is_some()
            || self.content_encoding.is_some()
            || self.content_language.is_some()
            || self.expires.is_some()
    }

    /// The text that a resumed upload has to share with its beginning.
    #[must_use]
    pub(crate) fn fingerprint(&self) -> String {
        // Maps show what they have in another order in each process.
        let metadata: BTreeMap<_, _> = self.metadata.iter().flatten().collect();
        let others = Self { metadata: None, ..self.clone() };
        let text = format!("{others:?}{metadata:?}{}", self.metadata.is_some());
        format!("{:016x}", crate::transfer::number_of(text.as_bytes()))
    }

    /// The key to read a source with. Between servers it is only the one that is said to be the source's: the other is the target's, and
    /// not for the source's server to know. For this machine there is no target to encrypt for.
    #[must_use]
    pub fn source_key(&self, for_server: bool) -> Option<&CustomerKey> {
        self.source_customer_key.as_ref().or(self.customer_key.as_ref().filter(|_| !for_server))
    }

    pub(crate) fn payer(&self) -> Option<RequestPayer> {
        self.requester_pays.then_some(RequestPayer::Requester)
    }
}

impl std::fmt::Debug for CustomerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The MD5 tells keys apart and gives nothing away that every request does not.
        f.debug_struct("CustomerKey").field("md5", &self.md5).finish_non_exhaustive()
    }
}

/// Three requests make objects and take the same settings, by methods of the same names.
macro_rules! apply {
    ($request:expr, $settings:expr, $name:expr) => {{
        let settings = $settings;
        let [full, read, read_acp, write_acp] = settings.grants.clone();
        let customer = settings.customer_key.clone();
        $request
            .set_acl(settings.acl.as_deref().map(ObjectCannedAcl::from))
            .set_grant_full_control(full)
            .set_grant_read(read)
            .set_grant_read_acp(read_acp)
            .set_grant_write_acp(write_acp)
            .set_storage_class(settings.storage_class.as_deref().map(StorageClass::from))
            .set_server_side_encryption(settings.encryption.as_deref().map(ServerSideEncryption::from))
            .set_ssekms_key_id(settings.kms_key.clone())
            .set_sse_customer_algorithm(customer.as_ref().map(|_| CUSTOMER_ALGORITHM.to_owned()))
            .set_sse_customer_key_md5(customer.as_ref().map(|customer| customer.md5.clone()))
            .set_sse_customer_key(customer.map(|customer| customer.key))
            .set_metadata(settings.metadata.clone())
            .set_tagging(settings.tagging.clone())
            .set_content_type($name)
            .set_cache_control(settings.cache_control.clone())
            .set_content_disposition(settings.content_disposition.clone())
            .set_content_encoding(settings.content_encoding.clone())
            .set_content_language(settings.content_language.clone())
            .set_expires(settings.expires)
            .set_website_redirect_location(settings.website_redirect.clone())
            .set_request_payer(settings.payer())
    }};
}

impl ObjectSettings {
    pub(crate) fn put(&self, request: PutObjectFluentBuilder, name: &str) -> PutObjectFluentBuilder {
        apply!(request, self, self.content_type_of(name))
    }

    pub(crate) fn create(
        &self,
        request: CreateMultipartUploadFluentBuilder,
        name: &str,
    ) -> CreateMultipartUploadFluentBuilder {
        apply!(request, self, self.content_type_of(name))
    }

    /// A copy keeps what its source has unless something is said; then nothing of it is kept, which is how S3 does it.
    pub(crate) fn copy(&self, request: CopyObjectFluentBuilder, name: &str) -> CopyObjectFluentBuilder {
        let replaces = self.replaces();
        let source = self.source_customer_key.clone();
        let content_type = if replaces { self.content_type_of(name) } else { None };
        apply!(request, self, content_type)
            .set_metadata_directive(replaces.then_some(MetadataDirective::Replace))
            .set_tagging_directive(self.tagging.is_some().then_some(TaggingDirective::Replace))
            .set_copy_source_sse_customer_algorithm(source.as_ref().map(|_| CUSTOMER_ALGORITHM.to_owned()))
            .set_copy_source_sse_customer_key_md5(source.as_ref().map(|source| source.md5.clone()))
            .set_copy_source_sse_customer_key(source.map(|source| source.key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_guessed_unless_told() {
        let mut settings = ObjectSettings::default();
        assert_eq!(settings.content_type_of("a/b.html").as_deref(), Some("text/html"));
        assert_eq!(settings.content_type_of("a/README"), None);
        settings.content_type = Some("x/y".to_owned());
        assert_eq!(settings.content_type_of("a.html").as_deref(), Some("x/y"));
        settings.content_type = None;
        settings.guesses_content_type = false;
        assert_eq!(settings.content_type_of("a.html"), None);
    }

    #[test]
    fn a_customer_key_is_not_shown() {
        let customer_key = Some(CustomerKey { key: "secret".to_owned(), md5: "digest".to_owned() });
        let settings = ObjectSettings { customer_key, ..ObjectSettings::default() };
        assert!(!format!("{settings:?}").contains("secret"));
        assert_ne!(settings.fingerprint(), ObjectSettings::default().fingerprint());
        assert!(settings.source_key(false).is_some() && settings.source_key(true).is_none());
    }

    #[test]
    fn the_same_metadata_have_the_same_fingerprint() {
        let with = |pairs: &[(&str, &str)]| {
            let metadata = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            ObjectSettings { metadata: Some(metadata), ..ObjectSettings::default() }.fingerprint()
        };
        let pairs = [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"), ("e", "5")];
        // Each map has an order of its own.
        assert!((0..20).all(|_| with(&pairs) == with(&pairs)));
        assert_ne!(with(&pairs), with(&[("a", "2")]));
        assert_ne!(with(&[]), ObjectSettings::default().fingerprint());
    }
}

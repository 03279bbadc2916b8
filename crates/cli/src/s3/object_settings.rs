//! Flags for what goes with the objects that are made; named as in the AWS CLI.

use std::collections::HashMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::ValueEnum;
use larder_client::transfer::{CustomerKey, ObjectSettings};
use larder_types::ChecksumAlgorithm;
use md5::{Digest, Md5};

use super::Failure;

#[derive(clap::Args, Clone, Debug)]
#[group(skip)]
#[command(next_help_heading = "Objects that are made")]
pub(crate) struct Arguments {
    /// A canned access control list, such as bucket-owner-full-control
    #[arg(long, value_name = "ACL")]
    acl: Option<String>,
    /// Permissions: read=..., full=..., readacl=..., writeacl=...
    #[arg(long, value_name = "PERMISSION=GRANTEES", num_args = 1..)]
    grants: Vec<String>,
    /// Such as STANDARD_IA
    #[arg(long, value_name = "CLASS")]
    storage_class: Option<String>,
    /// Encrypt with keys of the server [a flag alone: AES256]
    #[arg(long, value_name = "ALGORITHM", num_args = 0..=1, default_missing_value = "AES256")]
    sse: Option<String>,
    /// The KMS key of `--sse aws:kms`
    #[arg(long, value_name = "ID")]
    sse_kms_key_id: Option<String>,
    /// Encrypt with a key that you keep [a flag alone: AES256]
    #[arg(long, value_name = "ALGORITHM", num_args = 0..=1, default_missing_value = "AES256", requires = "sse_c_key")]
    sse_c: Option<String>,
    /// That key: 32 bytes, as base64 or as fileb://FILE
    #[arg(long, value_name = "KEY")]
    sse_c_key: Option<String>,
    /// The source is encrypted with a key that you keep [a flag alone: AES256]
    #[arg(long, value_name = "ALGORITHM", num_args = 0..=1, default_missing_value = "AES256", requires = "sse_c_copy_source_key")]
    sse_c_copy_source: Option<String>,
    /// That key, as for --sse-c-key
    #[arg(long, value_name = "KEY")]
    sse_c_copy_source_key: Option<String>,
    /// User metadata: name=value,name=value or a JSON object
    #[arg(long, value_name = "MAP")]
    metadata: Option<String>,
    /// What a copy does with the source's metadata
    #[arg(long, value_name = "DIRECTIVE", ignore_case = true)]
    metadata_directive: Option<Directive>,
    /// Tags: name=value&name=value
    #[arg(long, value_name = "TAGS")]
    tagging: Option<String>,
    /// Instead of one guessed from the name
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Guess no content type from the name
    #[arg(long)]
    no_guess_mime_type: bool,
    #[arg(long, value_name = "VALUE")]
    cache_control: Option<String>,
    #[arg(long, value_name = "VALUE")]
    content_disposition: Option<String>,
    #[arg(long, value_name = "VALUE")]
    content_encoding: Option<String>,
    #[arg(long, value_name = "VALUE")]
    content_language: Option<String>,
    /// When caches let go of it, such as 2026-01-31T00:00:00Z
    #[arg(long, value_name = "TIME")]
    expires: Option<String>,
    /// Where a website redirects to from here
    #[arg(long, value_name = "URL")]
    website_redirect: Option<String>,
    /// Agree to pay for requests and traffic
    #[arg(long, value_name = "WHO", num_args = 0..=1, default_missing_value = "requester")]
    request_payer: Option<String>,
    /// The checksum that is sent and stored; `none` is for servers that refuse them
    #[arg(long, value_name = "ALGORITHM", ignore_case = true, default_value = "crc64nvme")]
    checksum_algorithm: Algorithm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Directive {
    Copy,
    Replace,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Algorithm {
    Crc64nvme,
    Crc32,
    Crc32c,
    Sha256,
    Sha1,
    None,
}

impl Arguments {
    pub(crate) fn settings(&self) -> Result<ObjectSettings, Failure> {
        Ok(ObjectSettings {
            acl: self.acl.clone(),
            grants: grants(&self.grants)?,
            storage_class: self.storage_class.clone(),
            encryption: self.sse.clone(),
            kms_key: self.sse_kms_key_id.clone(),
            customer_key: self.sse_c_key.as_deref().map(customer_key).transpose()?,
            source_customer_key: self.sse_c_copy_source_key.as_deref().map(customer_key).transpose()?,
            metadata: self.metadata.as_deref().map(metadata).transpose()?,
            replaces_metadata: self.metadata_directive == Some(Directive::Replace),
            tagging: self.tagging.clone(),
            content_type: self.content_type.clone(),
            guesses_content_type: !self.no_guess_mime_type,
            cache_control: self.cache_control.clone(),
            content_disposition: self.content_disposition.clone(),
            content_encoding: self.content_encoding.clone(),
            content_language: self.content_language.clone(),
            expires: self.expires.as_deref().map(expires).transpose()?,
            website_redirect: self.website_redirect.clone(),
            requester_pays: self.request_payer.is_some(),
            checksum: match self.checksum_algorithm {
                Algorithm::Crc64nvme => Some(ChecksumAlgorithm::Crc64Nvme),
                Algorithm::Crc32 => Some(ChecksumAlgorithm::Crc32),
                Algorithm::Crc32c => Some(ChecksumAlgorithm::Crc32c),
                Algorithm::Sha256 => Some(ChecksumAlgorithm::Sha256),
                Algorithm::Sha1 => Some(ChecksumAlgorithm::Sha1),
                Algorithm::None => None,
            },
        })
    }
}

fn grants(given: &[String]) -> Result<[Option<String>; 4], Failure> {
    let mut grants: [Option<String>; 4] = Default::default();
    for grant in given {
        let (permission, grantees) =
            grant.split_once('=').ok_or_else(|| Failure::usage(format!("`{grant}` is not PERMISSION=GRANTEES")))?;
        let place = match permission {
            "full" => 0,
            "read" => 1,
            "readacl" => 2,
            "writeacl" => 3,
            _ => return Err(Failure::usage(format!("no permission is called `{permission}`"))),
        };
        grants[place] = Some(match grants[place].take() {
            Some(before) => format!("{before},{grantees}"),
            None => grantees.to_owned(),
        });
    }
    Ok(grants)
}

fn customer_key(text: &str) -> Result<CustomerKey, Failure> {
    let wrong = |what: String| Failure::usage(format!("the key of SSE-C {what}"));
    let key = match text.strip_prefix("fileb://") {
        Some(path) => std::fs::read(Path::new(path)).map_err(|error| wrong(format!("cannot be read: {error}")))?,
        None => STANDARD.decode(text).map_err(|_| wrong("is no base64".to_owned()))?,
    };
    if key.len() != 32 {
        return Err(wrong(format!("has {} bytes and needs 32", key.len())));
    }
    Ok(CustomerKey { key: STANDARD.encode(&key), md5: STANDARD.encode(Md5::digest(&key)) })
}

fn metadata(text: &str) -> Result<HashMap<String, String>, Failure> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| Failure::usage(format!("--metadata: {error}")));
    }
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        Some((name.trim().to_owned(), value.to_owned()))
    };
    let pairs: Option<_> = text.split(',').map(pair).collect();
    pairs.ok_or_else(|| Failure::usage(format!("--metadata: `{text}` is not name=value,name=value")))
}

fn expires(text: &str) -> Result<aws_smithy_types::DateTime, Failure> {
    let time: jiff::Timestamp = text.parse().map_err(|error| Failure::usage(format!("--expires: {error}")))?;
    Ok(aws_smithy_types::DateTime::from_secs(time.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_read() {
        assert_eq!(metadata("a=1,b=x=y").expect("pairs")["b"], "x=y");
        assert_eq!(metadata("{\"a\": \"1\"}").expect("JSON")["a"], "1");
        assert!(metadata("a").is_err() && metadata("{").is_err());
        let read = grants(&["read=id=1".to_owned(), "read=id=2".to_owned()]).expect("grants");
        assert_eq!(read[1].as_deref(), Some("id=1,id=2"));
        assert!(grants(&["x=1".to_owned()]).is_err());
    }

    #[test]
    fn customer_keys_have_32_bytes() {
        let key = customer_key(&STANDARD.encode([7; 32])).expect("a key");
        assert_eq!(key.md5, STANDARD.encode(Md5::digest([7; 32])));
        assert!(customer_key("AAAA").is_err() && customer_key("?").is_err());
    }
}

//! ListObjectVersions. <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>

use larder_engine::{ListVersions, ListedVersion, VersionKind, VersionPosition};
use larder_http::Response;
use larder_types::VersionId;
use larder_wire::error::S3Error;
use larder_wire::generated::s3::shapes::{DeleteMarkerEntry, ObjectVersion};
use larder_wire::generated::s3::{ListObjectVersionsInput, ListObjectVersionsItem, ListObjectVersionsOutput};

use super::list_objects::checksum;
use crate::call::Call;
use crate::fields::listing::{self, Naming, Owners};
use crate::{answer, refusal};

pub(crate) async fn run(call: &mut Call<'_>) -> Result<Response, S3Error> {
    let input = ListObjectVersionsInput::decode(&call.parts(), &[])?;
    let naming = Naming::asked(input.encoding_type.as_ref());
    let limit = listing::page_size(input.max_keys);
    let delimiter = listing::given(input.delimiter.as_deref());
    let request = ListVersions {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: delimiter.map(str::to_owned),
        after: position(input.key_marker.as_deref(), input.version_id_marker.as_deref())?,
        limit,
    };
    let page = call.engine.list_versions(call.bucket()?, &request).await.map_err(refusal::of_engine)?;
    let mut owners = Owners::new(call);
    let items = page.versions.iter().map(|version| shown(version, naming, &mut owners));
    let (next_key, next_version) = match &page.next {
        None | Some(VersionPosition::Start) => (None, None),
        Some(VersionPosition::AfterKey(key)) => (Some(key.as_str()), None),
        Some(VersionPosition::AfterVersion(key, id)) => (Some(key.as_str()), Some(id.to_string())),
    };
    let output = ListObjectVersionsOutput {
        name: Some(input.bucket),
        prefix: Some(naming.show(&request.prefix)),
        key_marker: Some(naming.show(input.key_marker.as_deref().unwrap_or_default())),
        version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
        next_key_marker: naming.show_optional(next_key),
        next_version_id_marker: next_version,
        max_keys: listing::count(limit),
        delimiter: naming.show_optional(delimiter),
        encoding_type: naming.element(),
        is_truncated: Some(page.next.is_some()),
        items: items.collect(),
        common_prefixes: naming.common_prefixes(&page.common_prefixes),
        request_charged: None,
    };
    Ok(answer::whole(output.encode()))
}

fn shown(version: &ListedVersion, naming: Naming, owners: &mut Owners<'_>) -> ListObjectVersionsItem {
    let head = &version.head;
    let key = Some(naming.show(version.key.as_str()));
    let version_id = Some(head.id.to_string());
    let is_latest = Some(version.is_latest);
    let last_modified = Some(head.modified.to_jiff_seconds());
    let owner = owners.owner(head.owner);
    let summary = match &head.kind {
        VersionKind::Object(summary) => summary,
        VersionKind::DeleteMarker => {
            let marker = DeleteMarkerEntry { owner, key, version_id, is_latest, last_modified };
            return ListObjectVersionsItem::DeleteMarker(marker);
        }
    };
    let (checksum_algorithm, checksum_type) = checksum(summary.checksum);
    ListObjectVersionsItem::Version(ObjectVersion {
        etag: Some(summary.etag.to_string()),
        checksum_algorithm,
        checksum_type,
        size: i64::try_from(summary.size).ok(),
        storage_class: Some(summary.class.as_str().into()),
        key,
        version_id,
        is_latest,
        last_modified,
        owner,
        restore_status: None,
    })
}

/// Behind what the page starts.
fn position(key: Option<&str>, version: Option<&str>) -> Result<VersionPosition, S3Error> {
    let refused = |value: &str, message| Err(listing::invalid("version-id-marker", value, message));
    match (key, version) {
        (None | Some(""), None) | (Some(""), Some("")) => Ok(VersionPosition::Start),
        (None | Some(""), Some(version)) => {
            refused(version, "A version-id marker cannot be specified without a key marker.")
        }
        (Some(key), None) => Ok(VersionPosition::AfterKey(key.to_owned())),
        (Some(_), Some("")) => refused("", "A version-id marker cannot be empty."),
        (Some(key), Some(version)) => match VersionId::parse(version) {
            Ok(id) => Ok(VersionPosition::AfterVersion(key.to_owned(), id)),
            Err(_) => refused(version, "Invalid version id specified"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_marker_needs_a_key_marker() {
        let id = "0000000000000123ffffffffffffffff";
        for (key, version) in [(None, None), (Some(""), None), (Some(""), Some(""))] {
            assert_eq!(position(key, version).ok(), Some(VersionPosition::Start));
        }
        assert_eq!(position(Some("k"), None).ok(), Some(VersionPosition::AfterKey("k".to_owned())));
        let null = VersionPosition::AfterVersion("k".to_owned(), VersionId::Null);
        assert_eq!(position(Some("k"), Some("null")).ok(), Some(null));
        assert!(position(Some("k"), Some(id)).is_ok());
        for (key, version, message) in [
            (None, id, "A version-id marker cannot be specified without a key marker."),
            (Some(""), id, "A version-id marker cannot be specified without a key marker."),
            (None, "", "A version-id marker cannot be specified without a key marker."),
            (Some("k"), "", "A version-id marker cannot be empty."),
            (Some("k"), "x", "Invalid version id specified"),
        ] {
            let error = position(key, Some(version)).err();
            assert_eq!(error.as_ref().map(|error| error.message()), Some(message));
        }
    }
}

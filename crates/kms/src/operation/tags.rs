//! TagResource, UntagResource, ListResourceTags.
//! <https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html>

use std::collections::BTreeSet;

use super::change_state::{NOT_DELETED, edit_meta};
use super::{Listed, Page};
use crate::limits::{MAX_TAG_KEY_CHARACTERS, MAX_TAG_VALUE_CHARACTERS, MAX_TAGS};
use crate::{Key, Kms, KmsError, KmsErrorKind, Tag};

impl Kms {
    /// Adds tags; one whose key is there already gets the new value.
    ///
    /// # Errors
    /// `TagException`, `LimitExceededException`, `KMSInvalidStateException` while the key is pending deletion.
    pub async fn tag_resource(&self, key: &Key, tags: &[Tag]) -> Result<(), KmsError> {
        check_each(tags)?;
        self.change(|state, change| {
            edit_meta(state, change.now, key, NOT_DELETED, |meta| {
                for tag in tags {
                    match meta.tags.iter_mut().find(|it| it.key == tag.key) {
                        Some(it) => it.value.clone_from(&tag.value),
                        None => meta.tags.push(tag.clone()),
                    }
                }
                check_count(&meta.tags)
            })
        })
        .await
    }

    /// Removes tags by their keys; one that is not there does nothing.
    ///
    /// # Errors
    /// `KMSInvalidStateException` while the key is pending deletion.
    pub async fn untag_resource(&self, key: &Key, tag_keys: &[&str]) -> Result<(), KmsError> {
        self.change(|state, change| {
            edit_meta(state, change.now, key, NOT_DELETED, |meta| {
                meta.tags.retain(|tag| !tag_keys.contains(&tag.key.as_str()));
                Ok(())
            })
        })
        .await
    }

    /// The tags of a key, in the order they were given. The marker is the number of those shown.
    ///
    /// # Errors
    /// `InvalidMarkerException`, `NotFoundException`.
    pub fn list_resource_tags(&self, key: &Key, page: Page<'_>) -> Result<Listed<Tag>, KmsError> {
        let key = self.live(key)?;
        Listed::numbered(key.tags().iter().cloned(), page)
    }
}

impl<T> Listed<T> {
    /// The page of items that have no keys: the marker is the number of those shown.
    pub(crate) fn numbered(items: impl Iterator<Item = T>, page: Page<'_>) -> Result<Self, KmsError> {
        let shown = match page.marker {
            Some(marker) => {
                marker.parse::<usize>().map_err(|_| KmsError::new(KmsErrorKind::InvalidMarker, "Invalid marker."))?
            }
            None => 0,
        };
        Ok(Self::page(items.enumerate().skip(shown).map(|(at, item)| ((at + 1).to_string(), item)), page))
    }
}

/// The tags that a new key is to have.
pub(crate) fn check_new(tags: &[Tag]) -> Result<(), KmsError> {
    check_each(tags)?;
    check_count(tags)
}

fn check_count(tags: &[Tag]) -> Result<(), KmsError> {
    if tags.len() > MAX_TAGS {
        return Err(KmsError::new(KmsErrorKind::LimitExceeded, "Too many tags"));
    }
    Ok(())
}

fn check_each(tags: &[Tag]) -> Result<(), KmsError> {
    let refuse = |message: &str| Err(KmsError::new(KmsErrorKind::Tag, message));
    let mut seen = BTreeSet::new();
    for Tag { key, value } in tags {
        if key.is_empty() || key.chars().count() > MAX_TAG_KEY_CHARACTERS {
            return refuse("The tag key must have 1 to 128 characters");
        }
        if value.chars().count() > MAX_TAG_VALUE_CHARACTERS {
            return refuse("The tag value must have at most 256 characters");
        }
        if key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:")) {
            return refuse("Tags beginning with aws: are reserved");
        }
        let fits = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
        if !key.chars().chain(value.chars()).all(fits) {
            return refuse("A tag has a character that is not allowed");
        }
        if !seen.insert(key) {
            return refuse("Duplicate tag keys");
        }
    }
    Ok(())
}

//! What the listings share: page sizes, the encoding of names, and how owners and prefixes are shown.

use std::fmt::Write as _;

use larder_engine::UploadRecord;
use larder_types::limits::MAX_LIST_PAGE;
use larder_types::{AccountId, Owner};
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::EncodingType;
use larder_wire::generated::s3::shapes;

use super::acl;
use crate::call::Call;

/// How names are written into a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// As they are. A name may hold characters that XML cannot.
    Plain,
    /// As `encoding-type=url` asks.
    Url,
}

impl Naming {
    pub(crate) fn asked(encoding: Option<&EncodingType>) -> Self {
        match encoding {
            Some(EncodingType::Url) => Self::Url,
            _ => Self::Plain,
        }
    }

    /// A key, prefix, delimiter or marker as the listing shows it.
    pub(crate) fn show(self, name: &str) -> String {
        match self {
            Self::Plain => name.to_owned(),
            Self::Url => url_encoded(name),
        }
    }

    pub(crate) fn show_optional(self, name: Option<&str>) -> Option<String> {
        name.map(|name| self.show(name))
    }

    /// `EncodingType` as the listing shows it.
    pub(crate) fn element(self) -> Option<EncodingType> {
        (self == Self::Url).then_some(EncodingType::Url)
    }

    pub(crate) fn common_prefixes(self, prefixes: &[String]) -> Vec<shapes::CommonPrefix> {
        prefixes.iter().map(|prefix| shapes::CommonPrefix { prefix: Some(self.show(prefix)) }).collect()
    }
}

/// A name in S3's URL encoding: that of HTML forms, a space being `+`, except that `/` stays.
fn url_encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' | b'/' => {
                encoded.push(char::from(byte))
            }
            b' ' => encoded.push('+'),
            // Writing to a string cannot fail.
            other => drop(write!(encoded, "%{other:02X}")),
        }
    }
    encoded
}

/// The size of a page: what was asked for, at most what S3 gives, which is also what it says when it was not asked.
pub(crate) fn page_size(asked: Option<i32>) -> usize {
    asked.map_or(MAX_LIST_PAGE, |asked| usize::try_from(asked).unwrap_or(0).min(MAX_LIST_PAGE))
}

/// A count of things on a page.
pub(crate) fn count(number: usize) -> Option<i32> {
    i32::try_from(number).ok()
}

/// A parameter of which the empty value means none.
pub(crate) fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

/// A parameter's refusal.
pub(crate) fn invalid(name: &'static str, value: &str, message: &'static str) -> S3Error {
    S3Error::new(ErrorCode::InvalidArgument)
        .with_message(message)
        .with_extra("ArgumentName", name)
        .with_extra("ArgumentValue", value)
}

/// Finds the accounts of a listing; most listings have one.
pub(crate) struct Owners<'a> {
    call: &'a Call<'a>,
    /// Who owns all of it, where that is the bucket's owner whoever wrote it.
    only: Option<AccountId>,
    last: Option<(AccountId, Option<Owner>)>,
}

impl<'a> Owners<'a> {
    pub(crate) fn new(call: &'a Call<'a>) -> Self {
        let bucket = call.bucket.as_deref().filter(|bucket| acl::disabled(bucket));
        Self { call, only: bucket.map(|bucket| bucket.record.owner), last: None }
    }

    fn find(&mut self, account: AccountId) -> Option<&Owner> {
        if self.last.as_ref().is_none_or(|(last, _)| *last != account) {
            self.last = Some((account, self.call.owner(account)));
        }
        self.last.as_ref().and_then(|(_, owner)| owner.as_ref())
    }

    /// An `Owner` element.
    pub(crate) fn owner(&mut self, account: AccountId) -> Option<shapes::Owner> {
        self.find(self.only.unwrap_or(account)).map(|owner| shapes::Owner {
            id: Some(owner.canonical_id.as_str().to_owned()),
            display_name: Some(owner.display_name.to_string()),
        })
    }

    /// An `Initiator` element: an account by its canonical id, an IAM identity by its ARN.
    pub(crate) fn initiator(&mut self, upload: &UploadRecord) -> Option<shapes::Initiator> {
        if let Some(initiator) = &upload.initiator {
            return Some(shapes::Initiator {
                id: Some(initiator.id.to_string()),
                display_name: Some(initiator.display_name.to_string()),
            });
        }
        self.find(upload.owner).map(|owner| shapes::Initiator {
            id: Some(owner.canonical_id.as_str().to_owned()),
            display_name: Some(owner.display_name.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_encoded_as_s3_does() {
        for (name, encoded) in [
            ("a b+c&d=e?f#g%h~é.txt", "a+b%2Bc%26d%3De%3Ff%23g%25h%7E%C3%A9.txt"),
            ("semi;colon,comma:@$!*'()[].txt", "semi%3Bcolon%2Ccomma%3A%40%24%21*%27%28%29%5B%5D.txt"),
            ("run books/x-1_2.txt", "run+books/x-1_2.txt"),
            ("\n\0", "%0A%00"),
            ("", ""),
        ] {
            assert_eq!(Naming::Url.show(name), encoded);
            assert_eq!(Naming::Plain.show(name), name);
        }
    }

    #[test]
    fn pages_have_at_most_a_thousand_entries() {
        for (asked, size) in [(None, 1000), (Some(0), 0), (Some(1), 1), (Some(1000), 1000), (Some(i32::MAX), 1000)] {
            assert_eq!(page_size(asked), size);
        }
    }
}

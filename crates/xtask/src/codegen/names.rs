//! Rust names for the names of a model.

/// Words that the model runs together with the next one.
const RUN_TOGETHER: [(&str, &str); 3] = [("ETag", "Etag"), ("SSEKMS", "SseKms"), ("SSES3", "SseS3")];

/// `SSEKMSKeyId` to `sse_kms_key_id`, `ChecksumCRC64NVME` to `checksum_crc64nvme`.
pub(crate) fn field(name: &str) -> String {
    let snake = words(name).iter().map(|word| word.to_lowercase()).collect::<Vec<_>>().join("_");
    if snake == "type" { "r#type".to_owned() } else { snake }
}

/// The same for a file: no keyword needs care there.
pub(crate) fn module(name: &str) -> String {
    words(name).iter().map(|word| word.to_lowercase()).collect::<Vec<_>>().join("_")
}

/// `CORSRule` to `CorsRule`.
pub(crate) fn type_name(name: &str) -> String {
    words(name).iter().map(|word| capitalised(word)).collect()
}

/// `STANDARD_IA` to `StandardIa`, `aws:kms:dsse` to `AwsKmsDsse`, `us-gov-west-1` to `UsGovWest1`.
pub(crate) fn variant(value: &str) -> String {
    let parts = value.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.map(type_name).collect()
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    first.to_uppercase() + &rest.to_lowercase()
}

/// Splits where a lower-case letter meets an upper-case one and before the last letter of a run of capitals that goes
/// on in lower case. A digit, and capitals after a digit, belong to the word before.
fn words(name: &str) -> Vec<String> {
    let name = RUN_TOGETHER.iter().fold(name.to_owned(), |name, (from, to)| name.replace(from, to));
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1);
        let starts = c.is_ascii_uppercase()
            && match before {
                None => false,
                Some(before) if before.is_ascii_lowercase() => true,
                Some(_) => after.is_some_and(char::is_ascii_lowercase),
            };
        if starts {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_as_people_write_them() {
        for (name, expected) in [
            ("ETag", "etag"),
            ("SSEKMSKeyId", "sse_kms_key_id"),
            ("SSECustomerKeyMD5", "sse_customer_key_md5"),
            ("ChecksumCRC64NVME", "checksum_crc64nvme"),
            ("ChecksumXXHASH128", "checksum_xxhash128"),
            ("GrantReadACP", "grant_read_acp"),
            ("CORSRules", "cors_rules"),
            ("MFADelete", "mfa_delete"),
            ("Type", "r#type"),
            ("ID", "id"),
        ] {
            assert_eq!(field(name), expected);
        }
        assert_eq!(type_name("CORSConfiguration"), "CorsConfiguration");
        assert_eq!(type_name("ListObjectsV2"), "ListObjectsV2");
        assert_eq!(module("ListObjectsV2"), "list_objects_v2");
        assert_eq!(variant("STANDARD_IA"), "StandardIa");
        assert_eq!(variant("aws:kms:dsse"), "AwsKmsDsse");
        assert_eq!(variant("ETag"), "Etag");
        assert_eq!(variant("us-gov-west-1"), "UsGovWest1");
    }
}

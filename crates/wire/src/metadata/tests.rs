use http::HeaderValue;

use super::*;

#[test]
fn decodes_what_clients_send() {
    for (raw, expected) in [
        (&b""[..], ""),
        (b"plain", "plain"),
        ("größe".as_bytes(), "größe"),
        (b"gr\xf6\xdfe", "größe"),
        (b"=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=", "ÄMÄZÕÑ S3"),
        (b"=?utf-8?b?w4RNw4Raw5XDkSBTMw==?=", "ÄMÄZÕÑ S3"),
        (b"=?ISO-8859-1?Q?gr=F6=DFe?=", "größe"),
        (b"=?UTF-8*de?Q?gr=C3=B6?=", "grö"),
        (b"a =?UTF-8?Q?b?= c", "a b c"),
        (b"=?UTF-8?Q?a?= =?UTF-8?Q?b?=", "ab"),
        (b"=?UTF-8?Q?a?= x =?UTF-8?Q?b?=", "a x b"),
        (b"=?UTF-8?Q??=", ""),
        // Not encoded words: kept.
        (b"=?", "=?"),
        (b"=?UTF-8?Q?a", "=?UTF-8?Q?a"),
        (b"=?UTF-8?X?a?=", "=?UTF-8?X?a?="),
        (b"=?UTF-8?B?*?=", "=?UTF-8?B?*?="),
        (b"=?UTF-8?Q?=FF?=", "=?UTF-8?Q?=FF?="),
        (b"=?UTF-8?Q?=C?=", "=?UTF-8?Q?=C?="),
        (b"=?KOI8-R?Q?a?=", "=?KOI8-R?Q?a?="),
        (b"is x=?y or not?", "is x=?y or not?"),
    ] {
        assert_eq!(decode_value(raw), expected, "{}", String::from_utf8_lossy(raw));
    }
}

#[test]
fn encodes_what_no_header_holds() {
    for (text, expected) in [
        ("plain text", "plain text"),
        ("", ""),
        ("größe", "=?UTF-8?Q?gr=C3=B6=C3=9Fe?="),
        ("ÄMÄZÕÑ", "=?UTF-8?B?w4RNw4Raw5XDkQ==?="),
        ("a\r\nSet-Cookie: x", "=?UTF-8?Q?a=0D=0ASet-Cookie:_x?="),
        (" padded", "=?UTF-8?Q?_padded?="),
        ("=?UTF-8?Q?a?=", "=?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fa=3F=3D?="),
    ] {
        assert_eq!(encode_value(text), expected);
    }
}

#[test]
fn every_text_survives_and_fits_a_header() {
    // A fixed walk over texts of awkward pieces.
    let pieces = ["=?", "?=", "=", "?", "_", " ", "a", "é", "😀", "\r\n", "\0", "UTF-8?Q?", "\u{7f}", "\t", "B?"];
    let mut state = 7_u64;
    for _ in 0..5_000 {
        let mut text = String::new();
        for _ in 0..6 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
        }
        let encoded = encode_value(&text);
        let header = HeaderValue::from_str(&encoded).expect("fits a header");
        assert_eq!(decode_value(header.as_bytes()), text);
    }
}

fn owned(entries: &[(&str, &str)]) -> Vec<(String, String)> {
    entries.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn entries_are_decoded_and_encoded() {
    let mut entries = owned(&[("color", "red"), ("name", "=?UTF-8?Q?gr=C3=B6=C3=9Fe?=,=?UTF-8?Q?x?=")]);
    decode(&mut entries).unwrap();
    assert_eq!(entries, owned(&[("color", "red"), ("name", "größe,x")]));
    let mut again = encode(entries.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    assert_eq!(again, owned(&[("color", "red"), ("name", "=?UTF-8?Q?gr=C3=B6=C3=9Fe,x?=")]));
    decode(&mut again).unwrap();
    assert_eq!(again, entries);
}

#[test]
fn limit_counts_names_and_decoded_values() {
    let mut most = owned(&[("k", &"v".repeat(MAX_USER_METADATA_BYTES - 1))]);
    assert!(decode(&mut most).is_ok());
    // 2,720 bytes as sent, 1,801 as text.
    let mut encoded = owned(&[("k", &encode_value(&"é".repeat(900)))]);
    assert!(encoded[0].1.len() > MAX_USER_METADATA_BYTES && decode(&mut encoded).is_ok());
    most.extend(owned(&[("kk", "")]));
    let error = decode(&mut most).unwrap_err();
    assert_eq!(error.code(), ErrorCode::MetadataTooLarge);
    assert_eq!(error.extra_value("Size"), Some("2050"));
    assert_eq!(error.extra_value("MaxSizeAllowed"), Some("2048"));
}

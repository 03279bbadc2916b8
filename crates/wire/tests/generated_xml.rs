//! How generated requests are read from XML: what S3 takes, what it refuses, and that nothing sent makes it panic.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use http::HeaderMap;
use larder_wire::decode::RequestParts;
use larder_wire::error::{ErrorCode, S3Error};
use larder_wire::generated::s3::enums::*;
use larder_wire::generated::s3::shapes::*;
use larder_wire::generated::s3::*;
use larder_wire::query::Query;

fn with_parts<T>(query: &str, decode: impl FnOnce(&RequestParts<'_>) -> T) -> T {
    let (query, headers) = (Query::parse(query).unwrap(), HeaderMap::new());
    decode(&RequestParts { bucket: Some("bucket"), key: Some("key"), query: &query, headers: &headers })
}

fn delete(body: &str) -> Result<Delete, S3Error> {
    with_parts("", |parts| DeleteObjectsInput::decode(parts, body.as_bytes())).map(|input| input.delete)
}

fn tagging(body: &[u8]) -> Result<Vec<Tag>, S3Error> {
    with_parts("", |parts| PutBucketTaggingInput::decode(parts, body)).map(|input| input.tagging.tag_set)
}

#[track_caller]
fn assert_malformed<T: std::fmt::Debug>(result: Result<T, S3Error>) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), ErrorCode::MalformedXML);
    assert_eq!(
        error.message(),
        "The XML you provided was not well-formed or did not validate against our published schema"
    );
}

fn keys(delete: &Delete) -> Vec<&str> {
    delete.objects.iter().map(|object| object.key.as_str()).collect()
}

#[test]
fn namespaces_prefixes_comments_and_unknown_elements_do_not_matter() {
    for body in [
        "<Delete><Object><Key>a</Key></Object></Delete>",
        "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\n\
         <Object>\n<Key>a</Key><VersionId/></Object>\n</Delete>\n<!-- end -->\n",
        "<s3:Delete xmlns:s3='urn:x'><s3:Object><s3:Key>a</s3:Key></s3:Object></s3:Delete>",
        "<Delete><!-- c --><Other><Deep><Key>x</Key>&amp;</Deep></Other><Object><Key><![CDATA[a]]></Key></Object></Delete>",
    ] {
        assert_eq!(keys(&delete(body).unwrap()), ["a"], "{body}");
    }
}

#[test]
fn text_is_kept_as_sent() {
    let body = "<Delete><Object><Key> a&#13;&#x0a;&amp;&lt;&gt;&quot;&apos;&#x1;\r\nb </Key></Object></Delete>";
    assert_eq!(keys(&delete(body).unwrap()), [" a\r\n&<>\"'\u{1}\nb "]);
}

#[test]
fn every_kind_of_value() {
    let body = "<Delete><Quiet> true </Quiet><Object><Key>a</Key><VersionId>v</VersionId><ETag>\"e\"</ETag>\
                <Size>5</Size><LastModifiedTime>Sun, 06 Nov 1994 08:49:37 GMT</LastModifiedTime></Object></Delete>";
    let delete = delete(body).unwrap();
    assert_eq!(delete.quiet, Some(true));
    let object = &delete.objects[0];
    assert_eq!(
        (object.version_id.as_deref(), object.etag.as_deref(), object.size),
        (Some("v"), Some("\"e\""), Some(5))
    );
    assert_eq!(object.last_modified_time.unwrap().to_string(), "1994-11-06T08:49:37Z");
}

#[test]
fn what_the_schema_does_not_allow_is_malformed() {
    let object = "<Object><Key>a</Key></Object>";
    for body in [
        "".repeat(2) + " ",
        "<Delete/>".to_owned(),
        "<Delete></Delete>".to_owned(),
        format!("<Deletes>{object}</Deletes>"),
        format!("<delete>{object}</delete>"),
        format!("<Delete>{object}</Delete><Delete>{object}</Delete>"),
        format!("<Delete>{object}</Delete>text"),
        format!("text<Delete>{object}</Delete>"),
        format!("<Delete>{object}</Delete>&amp;"),
        format!("<Delete>{object}"),
        format!("<Delete>{object}</Delet"),
        format!("<Delete>{object}</Other>"),
        format!("<Delete>{object}<Quiet>yes</Quiet></Delete>"),
        format!("<Delete>{object}<Quiet>true</Quiet><Quiet>true</Quiet></Delete>"),
        "<Delete><Object/></Delete>".to_owned(),
        "<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>".to_owned(),
        "<Delete><Object><Key><b>a</b></Key></Object></Delete>".to_owned(),
        "<Delete><Object><Key>a & b</Key></Object></Delete>".to_owned(),
        "<Delete><Object><Key>&unknown;</Key></Object></Delete>".to_owned(),
        "<Delete><Object><Key>&#0;</Key></Object></Delete>".to_owned(),
        "<Delete><Object><Key>&#xD800;</Key></Object></Delete>".to_owned(),
        "<Delete><Object><Key>&#x110000;</Key></Object></Delete>".to_owned(),
        "<Delete><Object><Key>\u{1}</Key></Object></Delete>".to_owned(),
        "<Delete><Object><Key>a</Key><Size>5.5</Size></Object></Delete>".to_owned(),
        "<Delete><Object><Key>a</Key><Size>99999999999999999999</Size></Object></Delete>".to_owned(),
        "<Delete><Object><Key>a</Key><LastModifiedTime>never</LastModifiedTime></Object></Delete>".to_owned(),
        format!("<Delete a='1' b>{object}</Delete>"),
        format!("<Delete a='<'>{object}</Delete>"),
    ] {
        let result = delete(&body);
        assert!(result.is_err(), "{body}");
        assert_malformed(result);
    }
}

#[test]
fn values_outside_an_enumeration_are_malformed_except_locations() {
    let versioning = |status: &str| {
        let body = format!("<VersioningConfiguration><Status>{status}</Status></VersioningConfiguration>");
        with_parts("", |parts| PutBucketVersioningInput::decode(parts, body.as_bytes()))
    };
    assert_eq!(versioning("Enabled").unwrap().versioning_configuration.status, Some(BucketVersioningStatus::Enabled));
    assert_malformed(versioning("enabled"));
    let create = |body: &str| with_parts("", |parts| CreateBucketInput::decode(parts, body.as_bytes()));
    let body = "<CreateBucketConfiguration><LocationConstraint>home</LocationConstraint></CreateBucketConfiguration>";
    let location = create(body).unwrap().create_bucket_configuration.unwrap().location_constraint;
    assert_eq!(location, Some(BucketLocationConstraint::Unknown("home".to_owned())));
    assert_eq!(create("").unwrap().create_bucket_configuration, None);
}

#[test]
fn an_empty_body_has_an_error_of_its_own() {
    assert_eq!(delete("").unwrap_err().code(), ErrorCode::MissingRequestBodyError);
    let retention = with_parts("", |parts| PutObjectRetentionInput::decode(parts, b""));
    assert_eq!(retention.unwrap_err().code(), ErrorCode::MissingRequestBodyError);
    assert_malformed(with_parts("uploadId=u", |parts| CompleteMultipartUploadInput::decode(parts, b"")));
}

#[test]
fn what_is_read_is_what_is_written() {
    let awkward = "\u{1}\t\r\n <&>\"' \u{e9}\u{1f600}";
    let rule = CorsRule {
        id: Some(awkward.to_owned()),
        allowed_headers: vec!["*".to_owned(), awkward.to_owned()],
        allowed_methods: vec!["GET".to_owned()],
        allowed_origins: vec![String::new()],
        expose_headers: Vec::new(),
        max_age_seconds: Some(i32::MIN),
    };
    let written = GetBucketCorsOutput { cors_rules: vec![rule.clone(), rule.clone()] }.encode().body;
    let read = with_parts("", |parts| PutBucketCorsInput::decode(parts, &written)).unwrap();
    assert_eq!(read.cors_configuration.cors_rules, [rule.clone(), rule]);

    let tags = vec![Tag { key: awkward.to_owned(), value: String::new() }];
    let written = GetObjectTaggingOutput { tag_set: tags.clone(), version_id: None }.encode().body;
    assert_eq!(tagging(&written).unwrap(), tags);
    assert_eq!(tagging(&GetObjectTaggingOutput::default().encode().body).unwrap(), []);
    assert_malformed(tagging(b"<Tagging/>"));
}

#[test]
fn hostile_documents_are_refused_quickly() {
    let nested = |depth: usize| {
        let (open, close) = ("<a>".repeat(depth), "</a>".repeat(depth));
        format!("<Delete>{open}{close}<Object><Key>k</Key></Object></Delete>")
    };
    assert!(delete(&nested(19)).is_ok());
    assert_malformed(delete(&nested(20)));
    assert_malformed(delete(&nested(100_000)));
    assert_malformed(delete(&"<a>".repeat(500_000)));
    let empty = |count: usize| format!("<Delete>{}<Object><Key>k</Key></Object></Delete>", "<a/>".repeat(count));
    assert!(delete(&empty(100_000)).is_ok());
    assert_malformed(delete(&empty(200_000)));

    let laughs = "<!DOCTYPE Delete [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]>\
                  <Delete><Object><Key>&b;</Key></Object></Delete>";
    assert_malformed(delete(laughs));
    assert_malformed(delete("<!DOCTYPE Delete SYSTEM \"file:///etc/passwd\"><Delete/>"));

    let object = "<Object><Key>k</Key></Object>";
    let huge = format!("<Delete a=\"{}\">{object}</Delete>", "x".repeat(1 << 20));
    assert_eq!(keys(&delete(&huge).unwrap()), ["k"]);
    let many: String = (0..200_000).map(|n| format!(" a{n}=''")).collect();
    assert_malformed(delete(&format!("<Delete{many}>{object}</Delete>")));
    assert_malformed(tagging(b"<Tagging><TagSet><Tag><Key>\xff</Key><Value/></Tag></TagSet></Tagging>"));
}

/// One valid body of each operation that has one.
const BODIES: [&str; 13] = [
    "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet><Object><Key>a&amp;</Key><Size>1</Size>\
     <LastModifiedTime>Sun, 06 Nov 1994 08:49:37 GMT</LastModifiedTime></Object></Delete>",
    "<Tagging><TagSet><Tag><Key>k</Key><Value><![CDATA[v]]></Value></Tag></TagSet></Tagging>",
    "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin>\
     <MaxAgeSeconds>3</MaxAgeSeconds></CORSRule></CORSConfiguration>",
    "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>&quot;e&quot;</ETag></Part></CompleteMultipartUpload>",
    "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-01T00:00:00.000Z</RetainUntilDate></Retention>",
    "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention>\
     <Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
    "<CreateBucketConfiguration><LocationConstraint>EU</LocationConstraint><Tags><Tag><Key>k</Key><Value>v</Value></Tag>\
     </Tags></CreateBucketConfiguration>",
    "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>",
    "<?xml version=\"1.0\"?><!-- c --><LegalHold><Status>ON</Status></LegalHold>",
    "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>\
     </ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>",
    "<AccessControlPolicy><Owner><ID>a</ID></Owner><AccessControlList/></AccessControlPolicy>",
    "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>",
    "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>",
];

/// Reads a body as every operation would; the number of those that took it.
fn decode_all(body: &[u8]) -> usize {
    with_parts("uploadId=u", |parts| {
        [
            CompleteMultipartUploadInput::decode(parts, body).is_ok(),
            CreateBucketInput::decode(parts, body).is_ok(),
            DeleteObjectsInput::decode(parts, body).is_ok(),
            PutBucketAclInput::decode(parts, body).is_ok(),
            PutBucketCorsInput::decode(parts, body).is_ok(),
            PutBucketEncryptionInput::decode(parts, body).is_ok(),
            PutBucketOwnershipControlsInput::decode(parts, body).is_ok(),
            PutBucketRequestPaymentInput::decode(parts, body).is_ok(),
            PutBucketTaggingInput::decode(parts, body).is_ok(),
            PutBucketVersioningInput::decode(parts, body).is_ok(),
            PutObjectLegalHoldInput::decode(parts, body).is_ok(),
            PutObjectLockConfigurationInput::decode(parts, body).is_ok(),
            PutObjectRetentionInput::decode(parts, body).is_ok(),
            PutPublicAccessBlockInput::decode(parts, body).is_ok(),
        ]
        .into_iter()
        .filter(|taken| *taken)
        .count()
    })
}

/// The seeded, short form of the fuzz target `s3_xml`.
#[test]
fn mutated_documents_never_panic() {
    for body in BODIES {
        assert_eq!(decode_all(body.as_bytes()), 1, "{body}");
        for end in 0..body.len() {
            decode_all(&body.as_bytes()[..end]);
        }
    }
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let pieces: [&[u8]; 12] =
        [b"<", b">", b"&", b";", b"</", b"/>", b"<![CDATA[", b"]]>", b"<!--", b"&#x", b"\xff", b"<!DOCTYPE a ["];
    let mut refused = 0;
    for _ in 0..4000 {
        let mut body = BODIES[random(BODIES.len())].as_bytes().to_vec();
        for _ in 0..=random(4) {
            let at = random(body.len());
            match random(3) {
                0 => body[at] = u8::try_from(random(256)).unwrap(),
                1 => drop(body.splice(at..at, pieces[random(pieces.len())].iter().copied())),
                _ => drop(body.drain(at..(at + random(9)).min(body.len()))),
            }
            if body.is_empty() {
                break;
            }
        }
        refused += usize::from(decode_all(&body) == 0);
    }
    assert!(refused > 1000, "mutations reach the refusals: {refused}");
}

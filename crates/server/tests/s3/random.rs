//! Requests put together at random from what S3 knows: none may end in an internal error, and what they do not address stays.

use larder_env::{SeededRng, random_u64};
use larder_wire::operation::SUBRESOURCES;
use larder_wire::operation::table::ROWS;

use crate::harness::{Ask, TestServer, run};

const METHODS: [&str; 6] = ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"];

const TARGETS: [&str; 9] = [
    "/",
    "/random",
    "/random/",
    "/random/key",
    "/random/a%2F%00b",
    "/random//",
    "/locked/key",
    "/locked",
    "/missing/key",
];

const VALUES: [&str; 24] = [
    "",
    "x",
    "0",
    "1",
    "2",
    "-1",
    "10001",
    "99999999999999999999",
    "null",
    "true",
    "false",
    "%00",
    "%F4%8F%BF%BF",
    "url",
    "*",
    "/",
    "Thu,%2001%20Jan%201970%2000:00:00%20GMT",
    "9999-12-31T23:59:59Z",
    "bytes=0-0",
    "bytes=-1",
    "random/key",
    "CRC32",
    "AAAAAA==",
    "GOVERNANCE",
];

const HEADERS: [&str; 40] = [
    "range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "content-md5",
    "content-type",
    "content-encoding",
    "cache-control",
    "expires",
    "origin",
    "access-control-request-method",
    "access-control-request-headers",
    "x-amz-copy-source",
    "x-amz-copy-source-range",
    "x-amz-copy-source-if-match",
    "x-amz-metadata-directive",
    "x-amz-tagging",
    "x-amz-tagging-directive",
    "x-amz-storage-class",
    "x-amz-acl",
    "x-amz-grant-read",
    "x-amz-grant-full-control",
    "x-amz-mfa",
    "x-amz-account-id",
    "x-amz-checksum-algorithm",
    "x-amz-checksum-crc32",
    "x-amz-checksum-type",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-checksum-mode",
    "x-amz-object-attributes",
    "x-amz-max-parts",
    "x-amz-part-number-marker",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-retain-until-date",
    "x-amz-object-lock-legal-hold",
    "x-amz-bypass-governance-retention",
    "x-amz-mp-object-size",
    "x-amz-bucket-object-lock-enabled",
    "x-amz-meta-a",
];

const BODIES: [&str; 16] = [
    "",
    "content",
    "<",
    "<X/>",
    "<Delete><Object><Key>key</Key></Object></Delete>",
    "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>",
    "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>",
    "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
    "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>",
    "<AccessControlPolicy><Owner><ID>x</ID></Owner><AccessControlList/></AccessControlPolicy>",
    "<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls></PublicAccessBlockConfiguration>",
    "{\"Version\": \"2012-10-17\", \"Statement\": []}",
    "<LegalHold><Status>ON</Status></LegalHold>",
    "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2999-01-01T00:00:00Z</RetainUntilDate></Retention>",
    "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></CompleteMultipartUpload>",
    "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>",
];

struct Dice(SeededRng);

impl Dice {
    fn below(&self, end: usize) -> usize {
        usize::try_from(random_u64(&self.0) % end as u64).expect("a small number")
    }

    fn pick<'a>(&self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// A request and what describes it.
fn request<'a>(s: &'a TestServer, dice: &Dice, parameters: &[&str]) -> (Ask<'a>, String) {
    let mut target = dice.pick(&TARGETS).to_owned();
    for number in 0..dice.below(4) {
        let separator = if number == 0 { '?' } else { '&' };
        let (name, value) = (dice.pick(parameters), dice.pick(&VALUES));
        // A space may not stand in a target.
        target += &format!("{separator}{name}={value}");
    }
    let method = dice.pick(&METHODS);
    let mut told = format!("{method} {target}");
    let mut ask = s.ask(method, &target).body(dice.pick(&BODIES));
    for _ in 0..dice.below(4) {
        let (name, value) = (dice.pick(&HEADERS), dice.pick(&VALUES).replace("%20", " "));
        told += &format!(" {name}:{value}");
        ask = ask.header(name, value);
    }
    (ask, told)
}

#[test]
fn no_request_ends_in_an_internal_error() {
    run(async |s| {
        s.bucket("safe").await;
        s.put("/safe/key", "content").send().await.ok();
        s.locking_bucket("locked").await;
        let mut parameters: Vec<&str> = SUBRESOURCES.iter().map(|(name, _)| *name).collect();
        for row in ROWS {
            parameters.extend(row.parameters);
            parameters.extend(row.selectors.iter().filter_map(|selector| selector.parameter()));
        }
        parameters.sort_unstable();
        parameters.dedup();
        for seed in 0..4 {
            let dice = Dice(SeededRng::new(seed));
            for _ in 0..400 {
                let (ask, told) = request(s, &dice, &parameters);
                let answer = ask.send().await;
                assert!(!matches!(answer.status, 500 | 503), "{told}: {}", answer.text());
                assert!(!answer.header("x-amz-request-id").is_empty(), "{told}");
                assert!(!answer.to_head || answer.body.is_empty(), "{told}");
            }
            // So that most requests meet something.
            s.put("/random", "").send().await;
            s.put("/random/key", "content").send().await;
        }
        assert_eq!(s.read("/safe/key").await, "content");
        assert_eq!(s.keys("safe").await, ["key"]);
    });
}

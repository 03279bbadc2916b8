//! An endpoint of one's own is worked out once for a bucket, and not for each object.
//!
//! The SDK goes through its rules twice for a request. It keeps the last outcome, but together with the object's key, so that the
//! next object finds nothing. With an endpoint that was given, no rule looks at the key.

use std::sync::{PoisonError, RwLock};

use aws_sdk_s3::config::endpoint::{DefaultResolver, Endpoint, EndpointFuture, Params, ResolveEndpoint};

/// Resolves as the SDK does.
#[derive(Debug, Default)]
pub(crate) struct KnownEndpoint {
    rules: DefaultResolver,
    last: RwLock<Option<(Params, Endpoint)>>,
}

impl ResolveEndpoint for KnownEndpoint {
    fn resolve_endpoint<'a>(&'a self, params: &'a Params) -> EndpointFuture<'a> {
        if params.endpoint().is_none() {
            return ResolveEndpoint::resolve_endpoint(&self.rules, params);
        }
        let known = self.last.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, endpoint)) = known.as_ref().filter(|(last, _)| differ_in_keys_only(last, params)) {
            return EndpointFuture::ready(Ok(endpoint.clone()));
        }
        drop(known);
        EndpointFuture::new(async move {
            let endpoint = ResolveEndpoint::resolve_endpoint(&self.rules, params).await?;
            let mut last = self.last.write().unwrap_or_else(PoisonError::into_inner);
            *last = Some((params.clone(), endpoint.clone()));
            Ok(endpoint)
        })
    }
}

/// Everything but the key, the prefix and the source of a copy.
fn differ_in_keys_only(one: &Params, other: &Params) -> bool {
    one.bucket() == other.bucket()
        && one.endpoint() == other.endpoint()
        && one.region() == other.region()
        && one.force_path_style() == other.force_path_style()
        && one.use_fips() == other.use_fips()
        && one.use_dual_stack() == other.use_dual_stack()
        && one.accelerate() == other.accelerate()
        && one.use_global_endpoint() == other.use_global_endpoint()
        && one.use_object_lambda_endpoint() == other.use_object_lambda_endpoint()
        && one.disable_access_points() == other.disable_access_points()
        && one.disable_multi_region_access_points() == other.disable_multi_region_access_points()
        && one.use_arn_region() == other.use_arn_region()
        && one.use_s3_express_control_endpoint() == other.use_s3_express_control_endpoint()
        && one.disable_s3_express_session_auth() == other.disable_s3_express_session_auth()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BUCKETS: [Option<&str>; 6] = [
        None,
        Some("one"),
        Some("other.name"),
        Some("express--use1-az4--x-s3"),
        Some("arn:aws:s3:us-east-1:123456789012:accesspoint/point"),
        Some("no_host_name"),
    ];
    const ENDPOINTS: [Option<&str>; 3] = [None, Some("http://127.0.0.1:9000"), Some("https://s3.example.com/below")];

    fn params() -> impl Strategy<Value = Params> {
        let names = (prop::sample::select(&BUCKETS[..]), prop::sample::select(&ENDPOINTS[..]), ".{0,4}");
        let choices = prop::array::uniform7(any::<bool>());
        (names, choices, prop::option::of(any::<bool>())).prop_map(|((bucket, endpoint, key), choices, perhaps)| {
            let [path, fips, dual, accelerate, global, region, arn] = choices;
            Params::builder()
                .set_bucket(bucket.map(str::to_owned))
                .set_endpoint(endpoint.map(str::to_owned))
                .set_region(region.then(|| "us-east-1".to_owned()))
                .key(key.as_str())
                .prefix(key.as_str())
                .copy_source(key)
                .force_path_style(path)
                .use_fips(fips)
                .use_dual_stack(dual)
                .accelerate(accelerate)
                .use_global_endpoint(global)
                .use_arn_region(arn)
                .set_use_s3_express_control_endpoint(perhaps)
                .set_disable_s3_express_session_auth(perhaps)
                .set_disable_access_points(perhaps)
                .build()
                .expect("all that is needed")
        })
    }

    proptest! {
        #[test]
        fn it_resolves_as_the_rules_do(all in prop::collection::vec(params(), 1..40)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let known = KnownEndpoint::default();
            // Each twice in a row, so that the second finds what the first left.
            for params in all.iter().flat_map(|params| [params, params]) {
                let rules = DefaultResolver::new();
                let expected = runtime.block_on(ResolveEndpoint::resolve_endpoint(&rules, params));
                let found = runtime.block_on(known.resolve_endpoint(params));
                prop_assert_eq!(found.ok(), expected.ok());
            }
        }
    }

    #[tokio::test]
    async fn another_key_needs_no_rules() {
        let of = |bucket: &str, key: &str| {
            let params = Params::builder().endpoint("http://h").region("r").bucket(bucket).key(key);
            params.force_path_style(true).build().expect("all that is needed")
        };
        let known = KnownEndpoint::default();
        let kept =
            || known.last.read().expect("no panic").as_ref().and_then(|(params, _)| params.key().map(str::to_owned));
        let first = known.resolve_endpoint(&of("b", "first")).await.expect("an endpoint");
        assert_eq!(known.resolve_endpoint(&of("b", "second")).await.expect("an endpoint"), first);
        assert_eq!(kept().as_deref(), Some("first"));
        assert_ne!(known.resolve_endpoint(&of("c", "third")).await.expect("an endpoint"), first);
        assert_eq!(kept().as_deref(), Some("third"));
    }
}

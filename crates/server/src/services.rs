//! The services on the endpoint, each built over what it works with.

use std::sync::Arc;

use larder_access::Authenticator;
use larder_admin_api::AdminApi;
use larder_engine::Engine;
use larder_env::Clock;
use larder_iam_api::{IamApi, IamEndpoint};
use larder_identity::Identity;
use larder_keyring::Keyring;
use larder_kms::Kms;
use larder_kms_api::{KmsApi, KmsEndpoint};
use larder_s3_api::{EncryptionSettings, NewBuckets, S3Api, S3Settings};
use larder_sse::Sse;
use larder_types::Region;
use larder_wire::address::Domains;

use crate::front::{Front, Readiness};
use crate::metrics::MetricsPage;
use crate::upkeep::Keeper;

/// What the services have in common.
pub(crate) struct Parts {
    pub(crate) engine: Arc<Engine>,
    pub(crate) identity: Identity,
    pub(crate) keyring: Keyring,
    pub(crate) kms: Kms,
    pub(crate) sse: Arc<Sse>,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) encryption: EncryptionSettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) region: Region,
    pub(crate) domains: Vec<String>,
    pub(crate) sigv2: bool,
    pub(crate) new_buckets: NewBuckets,
    pub(crate) metrics: MetricsPage,
}

impl Parts {
    /// All services behind one front.
    pub(crate) fn serve(self, readiness: Arc<Readiness>) -> Front {
        let Self {
            engine,
            identity,
            keyring,
            kms,
            sse,
            keeper,
            encryption,
            clock,
            region,
            domains,
            sigv2,
            new_buckets,
            metrics,
        } = self;
        let authenticator = Arc::new(Authenticator::new(identity.clone(), clock, region, sigv2));
        let names = Domains::new(&domains);
        let s3_settings = S3Settings { domains, new_buckets, encryption };
        let s3 = S3Api::new(Arc::clone(&engine), identity.clone(), Arc::clone(&authenticator), sse, &s3_settings);
        Front {
            s3: Arc::new(s3),
            iam: Arc::new(IamEndpoint::new(IamApi::new(identity.clone()), Arc::clone(&authenticator))),
            kms: Arc::new(KmsEndpoint::new(KmsApi::new(kms.clone(), identity.clone()), Arc::clone(&authenticator))),
            admin: Arc::new(AdminApi::new(identity, keyring, kms, engine, keeper, authenticator)),
            readiness,
            metrics,
            is_bucket_host: Box::new(move |host| names.bucket_of(host).is_some()),
        }
    }
}

//! Enumerations by the names that AWS's model gives their members.

use larder_kms::{
    DataKeyPairSpec, DataKeySpec, EncryptionAlgorithm, ExpirationModel, GrantOperation, ImportType,
    KeyAgreementAlgorithm, KeySpec, KeyUsage, MacAlgorithm, MessageType, SigningAlgorithm, WrappingAlgorithm,
    WrappingKeySpec,
};

/// An enumeration.
pub(crate) trait Named: Copy + 'static {
    /// Its members.
    const ALL: &'static [Self];
    /// Members of AWS's model that this server does not have.
    const NOT_HERE: &'static [&'static str];

    /// The name of a member.
    fn name(self) -> &'static str;
}

macro_rules! named {
    ($($kind:ty: [$($missing:literal),*];)*) => { $(
        impl Named for $kind {
            const ALL: &'static [Self] = <$kind>::ALL;
            const NOT_HERE: &'static [&'static str] = &[$($missing),*];

            fn name(self) -> &'static str {
                self.as_str()
            }
        }
    )* };
}

named! {
    KeySpec: [
        "SM2", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87", "ECC_NIST_EDWARDS25519", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"
    ];
    KeyUsage: ["ENCAPSULATE_DECAPSULATE"];
    EncryptionAlgorithm: ["SM2PKE"];
    SigningAlgorithm: ["SM2DSA", "ML_DSA_SHAKE_256", "ED25519_SHA_512", "ED25519_PH_SHA_512"];
    MacAlgorithm: [];
    KeyAgreementAlgorithm: [];
    MessageType: ["EXTERNAL_MU"];
    DataKeySpec: [];
    DataKeyPairSpec: ["SM2", "ECC_NIST_EDWARDS25519", "ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"];
    WrappingAlgorithm: ["RSAES_PKCS1_V1_5", "SM2PKE"];
    WrappingKeySpec: ["SM2"];
    ExpirationModel: [];
    ImportType: [];
    GrantOperation: ["Encapsulate", "Decapsulate"];
}

/// What CreateKey may say of where the material comes from, custom key stores included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AnyOrigin {
    Here(larder_kms::Origin),
    /// `AWS_CLOUDHSM` or `EXTERNAL_KEY_STORE`.
    KeyStore(&'static str),
}

impl Named for AnyOrigin {
    const ALL: &'static [Self] = &[
        Self::Here(larder_kms::Origin::AwsKms),
        Self::Here(larder_kms::Origin::External),
        Self::KeyStore("AWS_CLOUDHSM"),
        Self::KeyStore("EXTERNAL_KEY_STORE"),
    ];
    const NOT_HERE: &'static [&'static str] = &[];

    fn name(self) -> &'static str {
        match self {
            Self::Here(origin) => origin.as_str(),
            Self::KeyStore(name) => name,
        }
    }
}

macro_rules! words {
    ($($(#[$about:meta])* $kind:ident: [$($word:literal),*];)*) => { $(
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) struct $kind(&'static str);

        impl Named for $kind {
            const ALL: &'static [Self] = &[$(Self($word)),*];
            const NOT_HERE: &'static [&'static str] = &[];

            fn name(self) -> &'static str {
                self.0
            }
        }
    )* };
}

words! {
    /// `IncludeKeyMaterial` of ListKeyRotations.
    IncludeKeyMaterial: ["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"];
    /// `ResourceOwners` of ListKeys.
    ResourceOwner: ["SELF", "OTHER_ACCOUNTS_VIA_RAM"];
    /// `DryRunModifiers` of Decrypt and ReEncrypt.
    DryRunModifier: ["IGNORE_CIPHERTEXT"];
    /// `Status` of requests for quotas.
    RequestStatus: ["PENDING", "CASE_OPENED", "APPROVED", "DENIED", "CASE_CLOSED", "NOT_APPROVED", "INVALID_REQUEST"];
    /// At which level a quota counts.
    AppliedLevel: ["ACCOUNT", "RESOURCE", "ALL"];
}

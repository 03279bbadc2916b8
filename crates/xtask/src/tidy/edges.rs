//! The allowed edges between crates. A new edge is a decision about the architecture: argue for it in the commit that
//! adds it here, and change the map in docs/ARCHITECTURE.md with it.

/// What one crate may depend on. Names are folders under `crates/`.
pub(crate) struct Allowed {
    pub(crate) krate: &'static str,
    /// In the product.
    pub(crate) uses: &'static [&'static str],
    /// In its tests only, beyond `uses`.
    pub(crate) tests_use: &'static [&'static str],
}

const fn allowed(krate: &'static str, uses: &'static [&'static str], tests_use: &'static [&'static str]) -> Allowed {
    Allowed { krate, uses, tests_use }
}

/// From the ground up. A crate that is not listed may not exist.
pub(crate) const EDGES: &[Allowed] = &[
    allowed("types", &[], &[]),
    allowed("env", &["types"], &[]),
    allowed("private-file", &[], &[]),
    allowed("linearizability", &[], &["env"]),
    allowed("wire", &["types"], &[]),
    allowed("sigv4", &[], &[]),
    allowed("policy", &["types"], &[]),
    allowed("config", &["types"], &[]),
    allowed("crypto", &["types", "env"], &[]),
    allowed("store", &["types", "env"], &[]),
    allowed("store-local", &["types", "env", "store"], &[]),
    allowed("keyring", &["types", "env", "private-file", "crypto", "store"], &[]),
    allowed("identity", &["types", "env", "private-file", "policy", "crypto", "store"], &["store-local"]),
    allowed("kms", &["types", "env", "crypto", "policy", "store"], &["store-local"]),
    allowed("engine", &["types", "env", "config", "crypto", "store"], &["store-local", "linearizability"]),
    allowed("powercut", &["env"], &["types", "config", "crypto", "store", "store-local", "engine"]),
    allowed("sse", &["types", "env", "policy", "config", "crypto", "keyring", "kms", "engine"], &[]),
    allowed("jobs", &["types", "env", "engine"], &["store"]),
    allowed("http", &["types", "env"], &[]),
    allowed("metrics", &["types", "http"], &["env"]),
    allowed("access", &["types", "env", "sigv4", "policy", "identity", "http"], &[]),
    allowed(
        "s3-api",
        &["types", "wire", "sigv4", "policy", "config", "crypto", "kms", "identity", "engine", "sse", "access", "http"],
        &[],
    ),
    allowed(
        "admin-api",
        &["types", "policy", "keyring", "kms", "identity", "engine", "access", "http"],
        &["env", "store"],
    ),
    allowed("iam-api", &["types", "policy", "identity", "access", "http"], &["env", "sigv4", "crypto", "store"]),
    allowed("kms-api", &["types", "policy", "identity", "kms", "access", "http"], &["env", "crypto", "store"]),
    allowed("client", &["types", "env", "crypto"], &[]),
    allowed("root-kms", &["crypto", "keyring"], &["env", "store"]),
    allowed(
        "server",
        &[
            "types",
            "env",
            "wire",
            "crypto",
            "store",
            "store-local",
            "private-file",
            "keyring",
            "identity",
            "kms",
            "engine",
            "jobs",
            "access",
            "http",
            "metrics",
            "sse",
            "s3-api",
            "iam-api",
            "kms-api",
            "admin-api",
            "root-kms",
        ],
        &["sigv4"],
    ),
    allowed("cli", &["types", "env", "sigv4", "http", "client", "admin-api", "server"], &["linearizability"]),
    allowed("xtask", &["sigv4"], &[]),
];

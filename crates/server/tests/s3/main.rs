//! S3 as clients see it: every operation, through a real listener. Each test has a server of its own (see [`harness`]).

mod bad_input;
mod buckets;
mod checksums;
mod conditions;
mod connections;
mod copies;
mod cors;
mod edges;
mod harness;
mod listing;
mod memory;
mod metadata;
mod multipart;
mod multipart_rules;
mod object_lock;
mod objects;
mod post_form;
mod presigned;
mod races;
mod random;
mod sdk_operations;
mod signatures;
mod traps;
mod versions;

//! How each client is told to do the same thing. Each as its users start it: no settings but those that the goal names.

use std::path::Path;
use std::process::Command;

use super::Stage;
use crate::program;
use crate::server::{ACCESS_KEY, SECRET_KEY};

/// One client.
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) install: &'static str,
    /// From a folder to a bucket.
    pub(super) sync_up: fn(&Stage, &Path, &str) -> Command,
    /// From a bucket to a folder.
    pub(super) sync_down: fn(&Stage, &str, &Path) -> Command,
    /// One file to a bucket and key.
    pub(super) copy_up: fn(&Stage, &Path, &str, &str) -> Command,
    /// A bucket's key to one file.
    pub(super) copy_down: fn(&Stage, &str, &str, &Path) -> Command,
}

pub(super) const TOOLS: [Tool; 4] = [
    Tool {
        name: "larder",
        install: "cargo build --release",
        sync_up: |stage, from, bucket| of(larder(stage), ["sync", "--quiet", &text(from), &uri(bucket, "")]),
        sync_down: |stage, bucket, to| of(larder(stage), ["sync", "--quiet", &uri(bucket, ""), &text(to)]),
        copy_up: |stage, from, bucket, key| of(larder(stage), ["cp", "--quiet", &text(from), &uri(bucket, key)]),
        copy_down: |stage, bucket, key, to| of(larder(stage), ["cp", "--quiet", &uri(bucket, key), &text(to)]),
    },
    Tool {
        name: "aws",
        install: "pip install awscli",
        sync_up: |stage, from, bucket| {
            of(named(stage, "aws"), ["s3", "sync", "--quiet", &text(from), &uri(bucket, "")])
        },
        sync_down: |stage, bucket, to| of(named(stage, "aws"), ["s3", "sync", "--quiet", &uri(bucket, ""), &text(to)]),
        copy_up: |stage, from, bucket, key| {
            of(named(stage, "aws"), ["s3", "cp", "--quiet", &text(from), &uri(bucket, key)])
        },
        copy_down: |stage, bucket, key, to| {
            of(named(stage, "aws"), ["s3", "cp", "--quiet", &uri(bucket, key), &text(to)])
        },
    },
    Tool {
        name: "rclone",
        install: "apt-get install rclone",
        sync_up: |stage, from, bucket| of(rclone(stage), ["sync", &text(from), &remote(bucket, "")]),
        sync_down: |stage, bucket, to| of(rclone(stage), ["sync", &remote(bucket, ""), &text(to)]),
        copy_up: |stage, from, bucket, key| of(rclone(stage), ["copyto", &text(from), &remote(bucket, key)]),
        copy_down: |stage, bucket, key, to| of(rclone(stage), ["copyto", &remote(bucket, key), &text(to)]),
    },
    Tool {
        name: "s3cmd",
        install: "apt-get install s3cmd",
        sync_up: |stage, from, bucket| of(s3cmd(stage), ["sync", &format!("{}/", text(from)), &uri(bucket, "")]),
        sync_down: |stage, bucket, to| of(s3cmd(stage), ["sync", &uri(bucket, ""), &format!("{}/", text(to))]),
        copy_up: |stage, from, bucket, key| of(s3cmd(stage), ["put", &text(from), &uri(bucket, key)]),
        copy_down: |stage, bucket, key, to| of(s3cmd(stage), ["get", "--force", &uri(bucket, key), &text(to)]),
    },
];

impl Tool {
    /// Its version; `None` when it is not here.
    pub(super) fn version(&self) -> Option<String> {
        if self.name == "larder" {
            return Some("this build".to_owned());
        }
        let output = Command::new(program::find(self.name)?).arg("--version").output().ok()?;
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        Some(printed.lines().next().unwrap_or_default().trim().to_owned())
    }
}

fn of<'a>(mut command: Command, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    command.args(arguments);
    command
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn uri(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}

fn remote(bucket: &str, key: &str) -> String {
    format!("larder:{bucket}/{key}")
}

pub(super) fn larder(stage: &Stage) -> Command {
    configured(stage, Command::new(&stage.binary))
}

fn named(stage: &Stage, name: &str) -> Command {
    configured(stage, Command::new(name))
}

/// `--transfers 64` as the goal says, and as many checkers.
fn rclone(stage: &Stage) -> Command {
    let mut command = named(stage, "rclone");
    command
        .args(["--transfers", "64", "--checkers", "64"])
        .env("RCLONE_CONFIG", stage.path("rclone.conf"))
        .env("RCLONE_CONFIG_LARDER_TYPE", "s3")
        .env("RCLONE_CONFIG_LARDER_PROVIDER", "Minio")
        .env("RCLONE_CONFIG_LARDER_ACCESS_KEY_ID", ACCESS_KEY)
        .env("RCLONE_CONFIG_LARDER_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("RCLONE_CONFIG_LARDER_REGION", "us-east-1")
        .env("RCLONE_CONFIG_LARDER_ENDPOINT", stage.endpoint());
    if let Some(trusted) = &stage.trusted {
        // The AWS SDK in it refuses a transport that is not its own when it finds this one.
        command.env("RCLONE_CA_CERT", trusted).env_remove("AWS_CA_BUNDLE");
    }
    command
}

fn s3cmd(stage: &Stage) -> Command {
    let mut command = named(stage, "s3cmd");
    let host = stage.endpoint().split("://").last().unwrap_or_default().to_owned();
    match &stage.trusted {
        Some(trusted) => command.arg("--ssl").arg("--ca-certs").arg(trusted),
        None => command.arg("--no-ssl"),
    };
    command.args(["--quiet", "--no-progress", "--region", "us-east-1"]);
    command.args(["--access_key", ACCESS_KEY, "--secret_key", SECRET_KEY]);
    command.arg(format!("--host={host}")).arg(format!("--host-bucket={host}"));
    command
}

/// Nothing of the user's own settings reaches a client.
fn configured(stage: &Stage, mut command: Command) -> Command {
    command
        .env("HOME", stage.path("home"))
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ENDPOINT_URL", stage.endpoint())
        .env("AWS_CONFIG_FILE", stage.path("aws-config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", stage.path("no-such-file"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1")
        .env_remove("AWS_PROFILE")
        .env_remove("AWS_CA_BUNDLE")
        .env_remove("AWS_SESSION_TOKEN");
    if let Some(trusted) = &stage.trusted {
        command.env("AWS_CA_BUNDLE", trusted);
    }
    command
}

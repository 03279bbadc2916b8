//! The AWS CLI: buckets, copies, sync both ways, presigned URLs, multipart, server-side copy, recursive delete.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::session::Session;
use super::{Verdict, tree};
use crate::program;

/// Eight parts at the CLI's part size of 8 MiB.
const MULTIPART: usize = 64 * 1024 * 1024;

pub(super) fn run(session: &Session) -> Result<Verdict> {
    let Some(aws) = program::find("aws") else {
        return Ok(Verdict::Skipped("aws not found: pip install awscli".to_owned()));
    };
    let s3 = |arguments: &[&str]| session.program(&aws).arg("s3").args(arguments).run();
    let api = |arguments: &[&str]| session.program(&aws).arg("s3api").args(arguments).run();

    s3(&["mb", "s3://clients-aws"])?;
    let files = sync_both_ways(session, &s3)?;
    multipart(session, &s3, &api)?;
    presigned(session, &s3)?;
    ensure!(s3(&["rb", "s3://clients-aws"]).is_err(), "a bucket with objects was removed");
    s3(&["rm", "--recursive", "--quiet", "s3://clients-aws"])?;
    let left = s3(&["ls", "--recursive", "s3://clients-aws"])?;
    ensure!(left.trim().is_empty(), "rm --recursive left objects:\n{left}");
    s3(&["rb", "s3://clients-aws"])?;
    ensure!(!s3(&["ls"])?.contains("clients-aws"), "the bucket is listed after rb");
    Ok(Verdict::Passed(format!("{files} files synced both ways, multipart, presign, rm")))
}

type Call<'a> = &'a dyn Fn(&[&str]) -> Result<String>;

fn sync_both_ways(session: &Session, s3: Call<'_>) -> Result<usize> {
    let (up, down) = (session.path("up"), session.path("down"));
    tree::write(&up, session.files)?;
    s3(&["sync", "--quiet", "up", "s3://clients-aws/tree"])?;
    // A second sync that finds work would upload for ever.
    let again = s3(&["sync", "up", "s3://clients-aws/tree"])?;
    ensure!(again.trim().is_empty(), "a second sync of the same files uploads again:\n{again}");
    s3(&["sync", "--quiet", "s3://clients-aws/tree", "down"])?;
    tree::compare(&up, &down)
}

fn multipart(session: &Session, s3: Call<'_>, api: Call<'_>) -> Result<()> {
    tree::write_file(&session.path("big"), MULTIPART)?;
    s3(&["cp", "--quiet", "big", "s3://clients-aws/big"])?;
    let etag = api(&["head-object", "--bucket", "clients-aws", "--key", "big", "--query", "ETag", "--output", "text"])?;
    ensure!(etag.trim().ends_with("-8\""), "the ETag of eight parts is {etag}");
    // Above the multipart threshold this is UploadPartCopy.
    s3(&["cp", "--quiet", "s3://clients-aws/big", "s3://clients-aws/copy"])?;
    s3(&["mv", "--quiet", "s3://clients-aws/copy", "s3://clients-aws/moved"])?;
    s3(&["cp", "--quiet", "s3://clients-aws/moved", "big-back"])?;
    let original = fs::read(session.path("big"))?;
    ensure!(fs::read(session.path("big-back"))? == original, "64 MiB came back with other bytes");
    let range = "bytes=8388600-8388615";
    api(&["get-object", "--bucket", "clients-aws", "--key", "big", "--range", range, "ranged"])?;
    let ranged = fs::read(session.path("ranged"))?;
    ensure!(ranged == original[8_388_600..8_388_616], "a range across two parts came back with other bytes");
    Ok(())
}

fn presigned(session: &Session, s3: Call<'_>) -> Result<()> {
    let key = "s3://clients-aws/tree/odd + näme.txt";
    fs::write(session.path("note"), "presigned\n")?;
    s3(&["cp", "--quiet", "note", key])?;
    let url = s3(&["presign", key, "--expires-in", "300"])?;
    let curl = program::find("curl").context("curl not found: apt-get install curl")?;
    let body = session.program(&curl).args(["-sS", "--fail", url.trim()]).run()?;
    ensure!(body == "presigned\n", "the presigned URL answers {body:?}");
    let tampered = url.trim().replace("X-Amz-Expires=300", "X-Amz-Expires=301");
    let answer = session.program(&curl).args(["-sS", &tampered]).run()?;
    ensure!(answer.contains("SignatureDoesNotMatch"), "a tampered presigned URL answers {answer}");
    Ok(())
}

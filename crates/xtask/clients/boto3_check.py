"""The finer points of the S3 API, seen through boto3. Each function below `check` is one check.

usage: boto3_check.py [NAME...]

Endpoint and credentials come from the AWS_* variables. Prints a line for each check and last `N passed, N failed`.
What is expected is what the Amazon S3 API reference states.
"""

import base64
import concurrent.futures
import datetime
import hashlib
import http.client
import io
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
import zlib

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

sys.dont_write_bytecode = True
from checks import check, run  # noqa: E402

MIB = 1 << 20


def client(**settings):
    retries = {"mode": "standard", "max_attempts": 1}
    access = settings.pop("access", {})
    settings = {"s3": {"addressing_style": "path"}, "max_pool_connections": 80, "retries": retries} | settings
    return boto3.client("s3", config=Config(**settings), **access)


def new_bucket(s3, **arguments):
    name = "boto3-" + secrets.token_hex(6)
    s3.create_bucket(Bucket=name, **arguments)
    return name


def fails(code, call, *arguments, status=None, **keywords):
    """Expects an S3 error with this code (or one of several)."""
    codes = (code,) if isinstance(code, str) else code
    try:
        answer = call(*arguments, **keywords)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        assert found in codes, f"{found} instead of {code}: {error}"
        if status:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status, error.response
        return error.response
    raise AssertionError(f"no error instead of {code}: {answer}")


def equal(found, expected, what=""):
    assert found == expected, f"{what} {found!r} instead of {expected!r}"


def body_of(s3, bucket, key, **keywords):
    return s3.get_object(Bucket=bucket, Key=key, **keywords)["Body"].read()


def fetch(url, method="GET", data=None, headers=None):
    """Plain HTTP without an SDK: status, headers, body."""
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@check
def buckets(s3):
    name = new_bucket(s3)
    s3.head_bucket(Bucket=name)
    assert name in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    equal(s3.get_bucket_location(Bucket=name)["LocationConstraint"], None)
    s3.put_object(Bucket=name, Key="a")
    fails("BucketNotEmpty", s3.delete_bucket, Bucket=name, status=409)
    s3.delete_object(Bucket=name, Key="a")
    s3.delete_bucket(Bucket=name)
    fails("404", s3.head_bucket, Bucket=name)
    fails("NoSuchBucket", s3.list_objects_v2, Bucket=name, status=404)
    fails("NoSuchBucket", s3.put_object, Bucket=name, Key="a", status=404)
    loose = client()
    loose.meta.events.unregister("before-parameter-build.s3")
    fails(("InvalidBucketName", "MethodNotAllowed"), loose.create_bucket, Bucket="UPPER_case")


@check
def objects(s3):
    name = new_bucket(s3)
    content = os.urandom(100_000)
    put = s3.put_object(
        Bucket=name, Key="a/b", Body=content, ContentType="text/x-larder", CacheControl="max-age=7",
        ContentDisposition="attachment", ContentEncoding="identity", ContentLanguage="de",
        Expires=datetime.datetime(2030, 1, 1), Metadata={"owner": "me", "x-1": "two words"},
    )
    equal(put["ETag"], '"' + hashlib.md5(content).hexdigest() + '"')
    for answer in (s3.head_object(Bucket=name, Key="a/b"), s3.get_object(Bucket=name, Key="a/b")):
        equal(answer["ContentLength"], len(content))
        equal(answer["ContentType"], "text/x-larder")
        equal(answer["CacheControl"], "max-age=7")
        equal(answer["ContentDisposition"], "attachment")
        equal(answer["ContentLanguage"], "de")
        equal(answer["Metadata"], {"owner": "me", "x-1": "two words"})
        equal(answer["ETag"], put["ETag"])
        equal(answer["AcceptRanges"], "bytes")
    equal(body_of(s3, name, "a/b"), content)
    s3.put_object(Bucket=name, Key="a/b", Body=b"second")
    equal(body_of(s3, name, "a/b"), b"second")
    equal(s3.head_object(Bucket=name, Key="a/b")["ContentType"], "binary/octet-stream")
    s3.delete_object(Bucket=name, Key="a/b")
    s3.delete_object(Bucket=name, Key="a/b")
    fails("NoSuchKey", s3.get_object, Bucket=name, Key="a/b", status=404)
    fails("404", s3.head_object, Bucket=name, Key="a/b")


@check
def ranges(s3):
    name = new_bucket(s3)
    content = os.urandom(3 * MIB + 5)
    s3.put_object(Bucket=name, Key="a", Body=content)
    cases = [("bytes=0-0", 0, 1), ("bytes=1048570-2097160", 1048570, 2097161), ("bytes=3145730-", 3145730, None),
             ("bytes=-7", -7, None), ("bytes=10-99999999", 10, None)]
    for header, first, end in cases:
        answer = s3.get_object(Bucket=name, Key="a", Range=header)
        equal(answer["ResponseMetadata"]["HTTPStatusCode"], 206, header)
        equal(answer["Body"].read(), content[first:end], header)
        assert answer["ContentRange"].endswith(f"/{len(content)}"), answer["ContentRange"]
    fails("InvalidRange", s3.get_object, Bucket=name, Key="a", Range=f"bytes={len(content)}-", status=416)


@check
def conditional_reads(s3):
    name = new_bucket(s3)
    etag = s3.put_object(Bucket=name, Key="a", Body=b"x")["ETag"]
    hour = datetime.timedelta(hours=1)
    modified = s3.head_object(Bucket=name, Key="a")["LastModified"]
    equal(body_of(s3, name, "a", IfMatch=etag), b"x")
    equal(body_of(s3, name, "a", IfNoneMatch='"other"'), b"x")
    equal(body_of(s3, name, "a", IfModifiedSince=modified - hour), b"x")
    equal(body_of(s3, name, "a", IfMatch=etag, IfUnmodifiedSince=modified - hour), b"x")
    fails("304", s3.get_object, Bucket=name, Key="a", IfNoneMatch=etag, status=304)
    fails("304", s3.get_object, Bucket=name, Key="a", IfModifiedSince=modified, status=304)
    fails("PreconditionFailed", s3.get_object, Bucket=name, Key="a", IfMatch='"other"', status=412)
    fails("PreconditionFailed", s3.get_object, Bucket=name, Key="a", IfUnmodifiedSince=modified - hour, status=412)


@check
def odd_keys(s3):
    name = new_bucket(s3)
    keys = ["a b", "a+b", "a%20b", "a%", "a//b", "/a", "a/", "../up", "./here", "a?b=c", "a&b", "a#b", "a;b", "ä/日本/🦀", "<a>&'\"",
            "tab\there", "line\nbreak", "bell\x07", "~", "*", "\\", "k" * 1024]
    for key in keys:
        s3.put_object(Bucket=name, Key=key, Body=key.encode())
    for key in keys:
        equal(body_of(s3, name, key), key.encode(), repr(key))
    listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket=name)["Contents"]]
    equal(listed, sorted(keys, key=lambda key: key.encode()))
    fails("KeyTooLongError", s3.put_object, Bucket=name, Key="k" * 1025, status=400)
    plain = [{"Key": key} for key in keys if key.isprintable()]
    gone = s3.delete_objects(Bucket=name, Delete={"Objects": plain})
    equal(len(gone["Deleted"]), len(plain))
    equal(gone.get("Errors", []), [])


@check
def listing(s3):
    name = new_bucket(s3)
    keys = sorted([f"{a}/{b}/{c}" for a in "abc" for b in "xy" for c in range(7)] + ["top1", "top2"])
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=name, Key=key, Body=b"12"), keys))
    for operation, size in (("list_objects_v2", "MaxKeys"), ("list_objects", "MaxKeys")):
        pages = list(s3.get_paginator(operation).paginate(Bucket=name, **{size: 5}))
        equal([entry["Key"] for page in pages for entry in page.get("Contents", [])], keys, operation)
        pages = list(s3.get_paginator(operation).paginate(Bucket=name, Delimiter="/", MaxKeys=2))
        prefixes = [entry["Prefix"] for page in pages for entry in page.get("CommonPrefixes", [])]
        equal(prefixes, ["a/", "b/", "c/"], operation)
        equal([entry["Key"] for page in pages for entry in page.get("Contents", [])], ["top1", "top2"], operation)
    page = s3.list_objects_v2(Bucket=name, Prefix="b/", Delimiter="/", StartAfter="b/x0")
    equal([entry["Prefix"] for entry in page["CommonPrefixes"]], ["b/y/"])
    page = s3.list_objects_v2(Bucket=name, StartAfter="c/y/5")
    equal([entry["Key"] for entry in page["Contents"]], ["c/y/6", "top1", "top2"])
    equal(page["KeyCount"], 3)
    equal(page["IsTruncated"], False)
    equal(s3.list_objects_v2(Bucket=name, MaxKeys=0)["KeyCount"], 0)
    fails("InvalidArgument", s3.list_objects_v2, Bucket=name, ContinuationToken="not one of ours", status=400)


@check
def versioning(s3):
    name = new_bucket(s3)
    s3.put_object(Bucket=name, Key="a", Body=b"before")
    assert "Status" not in s3.get_bucket_versioning(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    equal(s3.get_bucket_versioning(Bucket=name)["Status"], "Enabled")
    one = s3.put_object(Bucket=name, Key="a", Body=b"one")["VersionId"]
    two = s3.put_object(Bucket=name, Key="a", Body=b"two")["VersionId"]
    equal(body_of(s3, name, "a"), b"two")
    equal(body_of(s3, name, "a", VersionId=one), b"one")
    equal(body_of(s3, name, "a", VersionId="null"), b"before")

    gone = s3.delete_object(Bucket=name, Key="a")
    equal(gone["DeleteMarker"], True)
    missing = fails("NoSuchKey", s3.get_object, Bucket=name, Key="a", status=404)
    equal(missing["ResponseMetadata"]["HTTPHeaders"].get("x-amz-delete-marker"), "true")
    fails("MethodNotAllowed", s3.get_object, Bucket=name, Key="a", VersionId=gone["VersionId"], status=405)
    equal(s3.list_objects_v2(Bucket=name)["KeyCount"], 0)
    listed = s3.list_object_versions(Bucket=name)
    equal([version["VersionId"] for version in listed["Versions"]], [two, one, "null"])
    equal([marker["IsLatest"] for marker in listed["DeleteMarkers"]], [True])

    s3.delete_object(Bucket=name, Key="a", VersionId=gone["VersionId"])
    equal(body_of(s3, name, "a"), b"two")
    s3.delete_object(Bucket=name, Key="a", VersionId=two)
    equal(body_of(s3, name, "a"), b"one")
    fails("NoSuchVersion", s3.get_object, Bucket=name, Key="a", VersionId=two, status=404)

    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"})
    s3.put_object(Bucket=name, Key="a", Body=b"null again")
    listed = s3.list_object_versions(Bucket=name)["Versions"]
    equal([version["VersionId"] for version in listed], ["null", one])
    fails("BucketNotEmpty", s3.delete_bucket, Bucket=name)


@check
def version_pages(s3):
    name = new_bucket(s3)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    made = []
    for key in ("a", "b", "c"):
        versions = [s3.put_object(Bucket=name, Key=key, Body=b"x")["VersionId"] for _ in range(4)]
        made += [(key, version) for version in reversed(versions)]
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=name, MaxKeys=3)
    found = [(entry["Key"], entry["VersionId"]) for page in pages for entry in page["Versions"]]
    equal(found, made)


@check
def multipart(s3):
    name = new_bucket(s3)
    parts = [os.urandom(5 * MIB), os.urandom(5 * MIB + 1), os.urandom(77)]
    started = s3.create_multipart_upload(Bucket=name, Key="m", ContentType="text/plain", Metadata={"a": "b"})
    upload = {"Bucket": name, "Key": "m", "UploadId": started["UploadId"]}
    s3.upload_part(**upload, PartNumber=2, Body=os.urandom(5 * MIB))
    second = s3.upload_part(**upload, PartNumber=2, Body=parts[1])["ETag"]
    third = s3.upload_part(**upload, PartNumber=9, Body=parts[2])["ETag"]

    # Somebody else resumes: all it knows is what the server lists.
    resumed = client()
    uploads = resumed.list_multipart_uploads(Bucket=name)["Uploads"]
    equal([(entry["Key"], entry["UploadId"]) for entry in uploads], [("m", upload["UploadId"])])
    pages = resumed.get_paginator("list_parts").paginate(**upload, PaginationConfig={"PageSize": 1})
    listed = [(part["PartNumber"], part["ETag"], part["Size"]) for page in pages for part in page.get("Parts", [])]
    equal(listed, [(2, second, len(parts[1])), (9, third, len(parts[2]))])
    first = resumed.upload_part(**upload, PartNumber=1, Body=parts[0])["ETag"]
    chosen = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": second}, {"PartNumber": 9, "ETag": third}]
    wrong = [chosen[0], {"PartNumber": 2, "ETag": first}]
    fails("InvalidPart", resumed.complete_multipart_upload, **upload, MultipartUpload={"Parts": wrong}, status=400)
    turned = {"Parts": list(reversed(chosen))}
    fails("InvalidPartOrder", resumed.complete_multipart_upload, **upload, MultipartUpload=turned, status=400)
    fails("NoSuchKey", s3.get_object, Bucket=name, Key="m")
    done = resumed.complete_multipart_upload(**upload, MultipartUpload={"Parts": chosen})
    digest = hashlib.md5(b"".join(hashlib.md5(part).digest() for part in parts)).hexdigest()
    equal(done["ETag"], f'"{digest}-3"')
    equal(body_of(s3, name, "m"), b"".join(parts))
    head = s3.head_object(Bucket=name, Key="m", PartNumber=2)
    equal((head["PartsCount"], head["ContentLength"]), (3, len(parts[1])))
    equal((head["ContentType"], head["Metadata"]), ("text/plain", {"a": "b"}))
    fails("NoSuchUpload", s3.upload_part, **upload, PartNumber=1, Body=b"x", status=404)

    upload["UploadId"] = s3.create_multipart_upload(Bucket=name, Key="m")["UploadId"]
    small = [{"PartNumber": n, "ETag": s3.upload_part(**upload, PartNumber=n, Body=b"x")["ETag"]} for n in (1, 2)]
    fails("EntityTooSmall", s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": small}, status=400)
    s3.abort_multipart_upload(**upload)
    fails("NoSuchUpload", s3.list_parts, **upload, status=404)
    equal(s3.list_multipart_uploads(Bucket=name).get("Uploads", []), [])
    fails("InvalidArgument", s3.upload_part, **upload | {"UploadId": "x"}, PartNumber=10001, Body=b"x", status=400)


@check
def managed_transfer(s3):
    name = new_bucket(s3)
    content = os.urandom(20 * MIB + 3)
    s3.upload_fileobj(io.BytesIO(content), name, "big", ExtraArgs={"Metadata": {"k": "v"}})
    back = io.BytesIO()
    s3.download_fileobj(name, "big", back)
    assert back.getvalue() == content, "20 MiB came back with other bytes"


@check
def conditional_writes(s3):
    name = new_bucket(s3)

    def attempt(index):
        try:
            return index, s3.put_object(Bucket=name, Key="lock", Body=str(index).encode(), IfNoneMatch="*")["ETag"]
        except ClientError as error:
            return index, error.response["Error"]["Code"]

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        outcomes = list(pool.map(attempt, range(64)))
    winners = [index for index, outcome in outcomes if outcome.startswith('"')]
    losers = {outcome for _, outcome in outcomes if not outcome.startswith('"')}
    equal(len(winners), 1, "winners of 64 puts with If-None-Match: *")
    assert losers <= {"PreconditionFailed", "ConditionalRequestConflict"}, losers
    equal(body_of(s3, name, "lock"), str(winners[0]).encode())

    etag = s3.head_object(Bucket=name, Key="lock")["ETag"]
    fails("PreconditionFailed", s3.put_object, Bucket=name, Key="lock", Body=b"n", IfMatch='"other"', status=412)
    fails("NoSuchKey", s3.put_object, Bucket=name, Key="absent", Body=b"n", IfMatch=etag, status=404)
    s3.put_object(Bucket=name, Key="lock", Body=b"next", IfMatch=etag)
    equal(body_of(s3, name, "lock"), b"next")

    upload = {"Bucket": name, "Key": "lock", "UploadId": s3.create_multipart_upload(Bucket=name, Key="lock")["UploadId"]}
    part = s3.upload_part(**upload, PartNumber=1, Body=b"multipart")["ETag"]
    complete = {"MultipartUpload": {"Parts": [{"PartNumber": 1, "ETag": part}]}}
    fails("PreconditionFailed", s3.complete_multipart_upload, **upload, **complete, IfNoneMatch="*", status=412)
    equal(body_of(s3, name, "lock"), b"next")


def crc_table(polynomial):
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        table.append(value)
    return table


def crc(data, polynomial, width):
    table = crc_table(polynomial)
    mask = (1 << width) - 1
    value = mask
    for byte in data:
        value = (value >> 8) ^ table[(value ^ byte) & 0xFF]
    return ((value ^ mask) & mask).to_bytes(width // 8, "big")


ALGORITHMS = {
    "CRC32": lambda data: zlib.crc32(data).to_bytes(4, "big"),
    "CRC32C": lambda data: crc(data, 0x82F63B78, 32),
    "CRC64NVME": lambda data: crc(data, 0x9A6C9329AC4BC9B5, 64),
    "SHA1": lambda data: hashlib.sha1(data).digest(),
    "SHA256": lambda data: hashlib.sha256(data).digest(),
}


def encoded(digest):
    return base64.b64encode(digest).decode()


@check
def checksums(s3):
    name = new_bucket(s3)
    content = os.urandom(5000)
    for algorithm, digest in ALGORITHMS.items():
        field, value = f"Checksum{algorithm}", encoded(digest(content))
        answer = s3.put_object(Bucket=name, Key=algorithm, Body=content, **{field: value})
        equal(answer[field], value, algorithm)
        for read in (s3.head_object, s3.get_object):
            equal(read(Bucket=name, Key=algorithm, ChecksumMode="ENABLED")[field], value, algorithm)
        attributes = s3.get_object_attributes(
            Bucket=name, Key=algorithm, ObjectAttributes=["Checksum", "ObjectSize", "ETag"])
        equal(attributes["Checksum"][field], value, algorithm)
        equal(attributes["ObjectSize"], len(content))
        wrong = encoded(digest(b"something else"))
        fails("BadDigest", s3.put_object, Bucket=name, Key="bad", Body=content, **{field: wrong}, status=400)
    fails("BadDigest", s3.put_object, Bucket=name, Key="bad", Body=content,
          ContentMD5=encoded(hashlib.md5(b"else").digest()), status=400)
    fails("InvalidDigest", s3.put_object, Bucket=name, Key="bad", Body=content, ContentMD5="bm90IGFuIG1kNQ==", status=400)
    fails("404", s3.head_object, Bucket=name, Key="bad")


@check
def multipart_checksums(s3):
    name = new_bucket(s3)
    parts = [os.urandom(5 * MIB), os.urandom(1000)]
    for algorithm, kind in (("CRC32", "COMPOSITE"), ("SHA256", "COMPOSITE"), ("CRC32", "FULL_OBJECT")):
        digest = ALGORITHMS[algorithm]
        key, field = f"{algorithm}-{kind}", f"Checksum{algorithm}"
        started = s3.create_multipart_upload(Bucket=name, Key=key, ChecksumAlgorithm=algorithm, ChecksumType=kind)
        upload = {"Bucket": name, "Key": key, "UploadId": started["UploadId"]}
        chosen = []
        for number, part in enumerate(parts, 1):
            value = encoded(digest(part))
            answer = s3.upload_part(**upload, PartNumber=number, Body=part, **{field: value})
            equal(answer[field], value, key)
            chosen.append({"PartNumber": number, "ETag": answer["ETag"], field: value})
        whole = encoded(digest(b"".join(parts)))
        composite = encoded(digest(b"".join(digest(part) for part in parts))) + "-2"
        expected = whole if kind == "FULL_OBJECT" else composite
        done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": chosen})
        equal(done[field], expected, key)
        equal(done["ChecksumType"], kind, key)
        head = s3.head_object(Bucket=name, Key=key, ChecksumMode="ENABLED")
        equal((head[field], head["ChecksumType"]), (expected, kind), key)


@check
def trailing_checksum(s3):
    """A body whose length and checksum are not known before: aws-chunked with a trailer."""
    name = new_bucket(s3)
    content = os.urandom(300_000)

    class Stream(io.RawIOBase):
        def __init__(self):
            self.source = io.BytesIO(content)

        def readable(self):
            return True

        def readinto(self, buffer):
            return self.source.readinto(buffer)

    s3.upload_fileobj(Stream(), name, "stream", ExtraArgs={"ChecksumAlgorithm": "SHA256"})
    equal(body_of(s3, name, "stream"), content)
    head = s3.head_object(Bucket=name, Key="stream", ChecksumMode="ENABLED")
    equal(head["ChecksumSHA256"], encoded(hashlib.sha256(content).digest()))


@check
def copies(s3):
    name = new_bucket(s3)
    content = os.urandom(6 * MIB)
    s3.put_object(Bucket=name, Key="from ä", Body=content, Metadata={"a": "1"}, ContentType="text/a")
    source = {"Bucket": name, "Key": "from ä"}
    s3.copy_object(Bucket=name, Key="same", CopySource=source)
    head = s3.head_object(Bucket=name, Key="same")
    equal((head["Metadata"], head["ContentType"]), ({"a": "1"}, "text/a"))
    s3.copy_object(Bucket=name, Key="new", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"})
    equal(s3.head_object(Bucket=name, Key="new")["Metadata"], {"b": "2"})
    equal(body_of(s3, name, "new"), content)
    fails("InvalidRequest", s3.copy_object, Bucket=name, Key="from ä", CopySource=source, status=400)
    fails("NoSuchKey", s3.copy_object, Bucket=name, Key="x", CopySource={"Bucket": name, "Key": "none"}, status=404)
    etag = s3.head_object(Bucket=name, Key="from ä")["ETag"]
    fails("PreconditionFailed", s3.copy_object, Bucket=name, Key="x", CopySource=source,
          CopySourceIfNoneMatch=etag, status=412)
    upload = {"Bucket": name, "Key": "p", "UploadId": s3.create_multipart_upload(Bucket=name, Key="p")["UploadId"]}
    etags = [s3.upload_part_copy(**upload, PartNumber=1, CopySource=source)["CopyPartResult"]["ETag"],
             s3.upload_part_copy(**upload, PartNumber=2, CopySource=source, CopySourceRange="bytes=5-9")
             ["CopyPartResult"]["ETag"]]
    chosen = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": chosen})
    equal(body_of(s3, name, "p"), content + content[5:10])
    s3.delete_object(Bucket=name, Key="from ä")
    equal(body_of(s3, name, "same"), content)


@check
def batch_delete(s3):
    name = new_bucket(s3)
    keys = [f"k{number:04}" for number in range(1000)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=name, Key=key), keys[:300]))
    entries = [{"Key": key} for key in keys]
    gone = s3.delete_objects(Bucket=name, Delete={"Objects": entries})
    equal(sorted(entry["Key"] for entry in gone["Deleted"]), keys)
    equal(s3.list_objects_v2(Bucket=name)["KeyCount"], 0)
    assert "Deleted" not in s3.delete_objects(Bucket=name, Delete={"Objects": entries[:1], "Quiet": True})
    fails("MalformedXML", s3.delete_objects, Bucket=name, Delete={"Objects": entries + [{"Key": "x"}]}, status=400)


@check
def tagging(s3):
    name = new_bucket(s3)
    s3.put_object(Bucket=name, Key="a", Tagging="color=blue&empty=")
    tags = s3.get_object_tagging(Bucket=name, Key="a")["TagSet"]
    equal(sorted((tag["Key"], tag["Value"]) for tag in tags), [("color", "blue"), ("empty", "")])
    equal(s3.head_object(Bucket=name, Key="a")["ResponseMetadata"]["HTTPHeaders"].get("x-amz-tagging-count", "2"), "2")
    equal(s3.get_object(Bucket=name, Key="a")["TagCount"], 2)
    s3.put_object_tagging(Bucket=name, Key="a", Tagging={"TagSet": [{"Key": "ü", "Value": "+ -=._:/@"}]})
    equal(s3.get_object_tagging(Bucket=name, Key="a")["TagSet"], [{"Key": "ü", "Value": "+ -=._:/@"}])
    s3.copy_object(Bucket=name, Key="b", CopySource={"Bucket": name, "Key": "a"})
    equal(len(s3.get_object_tagging(Bucket=name, Key="b")["TagSet"]), 1)
    many = [{"Key": f"k{number}", "Value": "v"} for number in range(11)]
    fails(("BadRequest", "InvalidTag"), s3.put_object_tagging, Bucket=name, Key="a", Tagging={"TagSet": many}, status=400)
    twice = [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]
    fails("InvalidTag", s3.put_object_tagging, Bucket=name, Key="a", Tagging={"TagSet": twice}, status=400)
    s3.delete_object_tagging(Bucket=name, Key="a")
    equal(s3.get_object_tagging(Bucket=name, Key="a")["TagSet"], [])
    fails("NoSuchTagSet", s3.get_bucket_tagging, Bucket=name, status=404)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "team", "Value": "x"}]})
    equal(s3.get_bucket_tagging(Bucket=name)["TagSet"], [{"Key": "team", "Value": "x"}])
    s3.delete_bucket_tagging(Bucket=name)
    fails("NoSuchTagSet", s3.get_bucket_tagging, Bucket=name, status=404)


@check
def object_lock(s3):
    name = new_bucket(s3, ObjectLockEnabledForBucket=True)
    equal(s3.get_bucket_versioning(Bucket=name)["Status"], "Enabled")
    configuration = s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    equal(configuration["ObjectLockEnabled"], "Enabled")
    until = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=1)
    version = s3.put_object(
        Bucket=name, Key="a", Body=b"x", ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate=until)["VersionId"]
    this = {"Bucket": name, "Key": "a", "VersionId": version}
    equal(s3.get_object_retention(**this)["Retention"], {"Mode": "GOVERNANCE", "RetainUntilDate": until})
    head = s3.head_object(Bucket=name, Key="a")
    equal((head["ObjectLockMode"], head["ObjectLockRetainUntilDate"]), ("GOVERNANCE", until))
    fails("AccessDenied", s3.delete_object, **this, status=403)
    sooner = {"Mode": "GOVERNANCE", "RetainUntilDate": until - datetime.timedelta(hours=1)}
    fails("AccessDenied", s3.put_object_retention, **this, Retention=sooner, status=403)
    s3.delete_object(Bucket=name, Key="a")
    equal(body_of(s3, name, "a", VersionId=version), b"x")
    s3.put_object_legal_hold(**this, LegalHold={"Status": "ON"})
    equal(s3.get_object_legal_hold(**this)["LegalHold"]["Status"], "ON")
    fails("AccessDenied", s3.delete_object, **this, BypassGovernanceRetention=True, status=403)
    s3.put_object_legal_hold(**this, LegalHold={"Status": "OFF"})
    s3.delete_object(**this, BypassGovernanceRetention=True)
    fails("NoSuchVersion", s3.get_object, **this, status=404)

    rule = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 1}}}
    s3.put_object_lock_configuration(Bucket=name, ObjectLockConfiguration=rule)
    version = s3.put_object(Bucket=name, Key="b", Body=b"y")["VersionId"]
    equal(s3.get_object_retention(Bucket=name, Key="b", VersionId=version)["Retention"]["Mode"], "COMPLIANCE")
    fails("AccessDenied", s3.delete_object, Bucket=name, Key="b", VersionId=version,
          BypassGovernanceRetention=True, status=403)
    plain = new_bucket(s3)
    s3.put_object(Bucket=plain, Key="a")
    fails("InvalidRequest", s3.put_object_legal_hold, Bucket=plain, Key="a", LegalHold={"Status": "ON"}, status=400)
    fails("ObjectLockConfigurationNotFoundError", s3.get_object_lock_configuration, Bucket=plain, status=404)


@check
def post_form(s3):
    name = new_bucket(s3)
    conditions = [["starts-with", "$Content-Type", "image/"], ["content-length-range", 1, 1000]]
    fields = {"success_action_status": "201", "x-amz-meta-from": "form"}
    conditions += [{key: value} for key, value in fields.items()]
    form = client(signature_version="s3v4").generate_presigned_post(name, "up/${filename}", Fields=fields, Conditions=conditions, ExpiresIn=300)

    def post(content, **changes):
        boundary = uuid.uuid4().hex
        lines = []
        for key, value in (form["fields"] | {"Content-Type": "image/png"} | changes).items():
            lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode())
        lines.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="cat.png"\r\n'
                     f"Content-Type: image/png\r\n\r\n".encode() + content + f"\r\n--{boundary}--\r\n".encode())
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return fetch(form["url"], "POST", b"".join(lines), headers)

    content = os.urandom(900)
    status, _, answer = post(content)
    equal(status, 201, answer)
    assert b"<Key>up/cat.png</Key>" in answer, answer
    equal(body_of(s3, name, "up/cat.png"), content)
    head = s3.head_object(Bucket=name, Key="up/cat.png")
    equal((head["ContentType"], head["Metadata"]), ("image/png", {"from": "form"}))
    for code, status, answer in (
        (b"EntityTooLarge", 400, post(os.urandom(1001))),
        (b"EntityTooSmall", 400, post(b"")),
        (b"AccessDenied", 403, post(content, **{"Content-Type": "text/html"})),
        (b"SignatureDoesNotMatch", 403, post(content, **{"x-amz-signature": "0" * 64})),
    ):
        equal(answer[0], status, answer[2])
        assert b"<Code>" + code + b"</Code>" in answer[2], answer[2]


@check
def presigned(s3):
    name = new_bucket(s3)
    # Without this, boto3 presigns for us-east-1 with version 2.
    s3 = client(signature_version="s3v4")
    put = s3.generate_presigned_url("put_object", {"Bucket": name, "Key": "a +ä", "ContentType": "text/plain"}, 300)
    status, _, answer = fetch(put, "PUT", b"content", {"Content-Type": "text/plain"})
    equal(status, 200, answer)
    status, _, answer = fetch(put, "PUT", b"content", {"Content-Type": "text/html"})
    equal(status, 403, answer)
    assert b"SignatureDoesNotMatch" in answer, answer
    get = s3.generate_presigned_url(
        "get_object", {"Bucket": name, "Key": "a +ä", "ResponseContentDisposition": 'attachment; filename="x y"',
                       "ResponseContentType": "text/css"}, 300)
    status, headers, answer = fetch(get)
    equal((status, answer), (200, b"content"))
    equal((headers["Content-Disposition"], headers["Content-Type"]), ('attachment; filename="x y"', "text/css"))
    status, _, answer = fetch(get.replace("text%2Fcss", "text%2Fhtml"))
    equal(status, 403, answer)
    short = s3.generate_presigned_url("get_object", {"Bucket": name, "Key": "a +ä"}, 1)
    time.sleep(2.5)
    status, _, answer = fetch(short)
    equal(status, 403, answer)
    assert b"<Code>AccessDenied</Code>" in answer and b"expired" in answer, answer
    old = client(signature_version="s3").generate_presigned_url(
        "get_object", {"Bucket": name, "Key": "a +ä", "ResponseContentType": "text/css"}, 300)
    assert "AWSAccessKeyId=" in old, old
    # Version 2 is off unless the server is told otherwise.
    status, _, answer = fetch(old)
    equal(status, 400, answer)
    assert b"Please use AWS4-HMAC-SHA256" in answer, answer


@check
def strangers(s3):
    name = new_bucket(s3)
    s3.put_object(Bucket=name, Key="a", Body=b"x")
    anonymous = client(signature_version=UNSIGNED)
    fails("AccessDenied", anonymous.get_object, Bucket=name, Key="a", status=403)
    fails("AccessDenied", anonymous.list_objects_v2, Bucket=name, status=403)
    fails("AccessDenied", anonymous.put_object, Bucket=name, Key="b", status=403)
    unknown = client(access={"aws_access_key_id": "AKIANOSUCHKEY0000000", "aws_secret_access_key": "x"})
    fails("InvalidAccessKeyId", unknown.get_object, Bucket=name, Key="a", status=403)
    wrong = client(access={"aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": "x"})
    fails("SignatureDoesNotMatch", wrong.put_object, Bucket=name, Key="b", Body=b"y", status=403)
    fails("404", s3.head_object, Bucket=name, Key="b")


@check
def cross_origin(s3):
    name = new_bucket(s3)
    fails("NoSuchCORSConfiguration", s3.get_bucket_cors, Bucket=name, status=404)
    rule = {"AllowedOrigins": ["https://*.example.com"], "AllowedMethods": ["GET", "PUT"], "AllowedHeaders": ["*"],
            "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}
    s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rule]})
    equal(s3.get_bucket_cors(Bucket=name)["CORSRules"], [rule])
    url = f"{s3.meta.endpoint_url}/{name}/a"
    ask = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "PUT"}
    status, headers, answer = fetch(url, "OPTIONS", headers=ask)
    equal((status, headers["Access-Control-Allow-Origin"]), (200, "https://app.example.com"), answer)
    status, _, answer = fetch(url, "OPTIONS", headers=ask | {"Origin": "https://evil.test"})
    equal(status, 403, answer)
    s3.delete_bucket_cors(Bucket=name)


@check
def connection_reuse(s3):
    """One connection carries refused and accepted requests; a refused body must not be read as the next request."""
    name = new_bucket(s3)
    endpoint = urllib.parse.urlsplit(s3.meta.endpoint_url)
    signer = client(signature_version="s3v4")
    connection = http.client.HTTPConnection(endpoint.hostname, endpoint.port, timeout=60)
    for number in range(5):
        for good in (False, True):
            url = signer.generate_presigned_url("put_object", {"Bucket": name, "Key": f"k{number}"}, 300)
            target = url[len(s3.meta.endpoint_url):]
            if not good:
                target = target.replace("Signature=", "Signature=0")
            connection.request("PUT", target, body=b"z" * 70_000)
            answer = connection.getresponse()
            answer.read()
            equal(answer.status, 200 if good else 403)
    equal(s3.list_objects_v2(Bucket=name)["KeyCount"], 5)


def main():
    run(sys.argv[1:], client())


if __name__ == "__main__":
    main()

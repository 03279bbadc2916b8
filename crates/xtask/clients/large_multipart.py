"""A multipart upload that is meant to be killed: `upload` prints each acknowledged part, `resume` finishes it.

usage: large_multipart.py upload PARTS PART_SIZE
       large_multipart.py resume PARTS PART_SIZE ACKNOWLEDGED   (numbers joined by commas)

Endpoint and credentials come from the AWS_* variables. The bytes of a part follow from its number.
"""

import concurrent.futures
import hashlib
import random
import sys

import boto3
from botocore.config import Config

BUCKET = "clients-large"
KEY = "backups/large.bin"


def part_body(number, size):
    # One 1 MiB block per part is enough to tell parts and offsets apart, and quick to make.
    block = random.Random(number).randbytes(min(size, 1 << 20))
    body = bytearray()
    index = 0
    while len(body) < size:
        body += index.to_bytes(8, "big") + block[8:]
        index += 1
    return bytes(body[:size])


def client():
    retries = {"mode": "standard", "max_attempts": 2}
    return boto3.client("s3", config=Config(retries=retries, read_timeout=120, max_pool_connections=8))


def upload(parts, size):
    s3 = client()
    s3.create_bucket(Bucket=BUCKET)
    upload_id = s3.create_multipart_upload(Bucket=BUCKET, Key=KEY)["UploadId"]

    def send(number):
        s3.upload_part(Bucket=BUCKET, Key=KEY, UploadId=upload_id, PartNumber=number, Body=part_body(number, size))
        return number

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in concurrent.futures.as_completed([pool.submit(send, n) for n in range(1, parts + 1)]):
            print("part", done.result(), flush=True)
    sys.exit("every part was sent before the kill came")


def resume(parts, size, acknowledged):
    s3 = client()
    uploads = s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
    assert len(uploads) == 1, f"{len(uploads)} uploads are listed, not 1"
    upload_id = uploads[0]["UploadId"]
    present = {}
    for page in s3.get_paginator("list_parts").paginate(Bucket=BUCKET, Key=KEY, UploadId=upload_id):
        for part in page.get("Parts", []):
            assert part["Size"] == size, f"part {part['PartNumber']} has {part['Size']} bytes, not {size}"
            present[part["PartNumber"]] = part["ETag"]
    lost = sorted(set(acknowledged) - set(present))
    assert not lost, f"parts {lost} were acknowledged and are gone"

    def send(number):
        body = part_body(number, size)
        if number in present:
            digest = hashlib.md5(body).hexdigest()
            assert present[number].strip('"') == digest, f"part {number} has other bytes"
            return number, present[number]
        answer = s3.upload_part(Bucket=BUCKET, Key=KEY, UploadId=upload_id, PartNumber=number, Body=body)
        return number, answer["ETag"]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        etags = dict(pool.map(send, range(1, parts + 1)))
    listed = [{"PartNumber": number, "ETag": etags[number]} for number in range(1, parts + 1)]
    s3.complete_multipart_upload(Bucket=BUCKET, Key=KEY, UploadId=upload_id, MultipartUpload={"Parts": listed})

    head = s3.head_object(Bucket=BUCKET, Key=KEY)
    assert head["ContentLength"] == parts * size, head["ContentLength"]
    assert head["ETag"].strip('"').endswith(f"-{parts}"), head["ETag"]
    body = s3.get_object(Bucket=BUCKET, Key=KEY)["Body"]
    for number in range(1, parts + 1):
        expected = part_body(number, size)
        assert body.read(size) == expected, f"part {number} was read back with other bytes"
    assert body.read(1) == b"", "there are bytes after the last part"
    print(f"whole: {len(present)} parts found, {parts - len(present)} sent again")


if __name__ == "__main__":
    command, parts, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if command == "upload":
        upload(parts, size)
    else:
        resume(parts, size, [int(number) for number in sys.argv[4].split(",") if number])

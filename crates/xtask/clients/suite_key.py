"""Makes a KMS key for the tests of ceph/s3-tests that encrypt with one, and prints its ARN.

usage: suite_key.py    (endpoint and root keys of its account from the environment)

The suite compares the name it gives with the one that answers show, which is the ARN.
"""

import boto3

print(boto3.client("kms").create_key(Description="of the conformance suite")["KeyMetadata"]["Arn"])

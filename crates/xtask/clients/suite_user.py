"""Makes the IAM user that test_iam.py and test_sts.py of ceph/s3-tests act for, and prints its access key.

usage: suite_user.py NAME    (endpoint and root keys of its account from the environment)

The suite takes the user for one that has buckets of its own, which it empties and deletes before and after every test.
"""

import json
import sys

import boto3

name = sys.argv[1]
iam = boto3.client("iam")
iam.create_user(UserName=name)
clean_up = ["s3:ListAllMyBuckets", "s3:CreateBucket", "s3:ListBucketVersions", "s3:DeleteObjectVersion", "s3:DeleteBucket", "s3:PutObject"]
statement = {"Effect": "Allow", "Action": clean_up, "Resource": "*"}
document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
policy = iam.create_policy(PolicyName="suite", PolicyDocument=document)["Policy"]
iam.attach_user_policy(UserName=name, PolicyArn=policy["Arn"])
key = iam.create_access_key(UserName=name)["AccessKey"]
print(key["AccessKeyId"], key["SecretAccessKey"])

"""IAM and STS through boto3: what Terraform's AWS provider calls, MFA, roles between accounts, and the rest people script.

usage: iam_check.py SECOND [NAME...]

SECOND is the file in which `larder admin account create --json` left the keys of a second account. Endpoint and the root
keys of the first come from the AWS_* variables. Prints a line for each check and last `N passed, N failed`. What is
expected is what the IAM and STS API references state.
"""

import base64
import datetime
import hashlib
import hmac
import json
import pathlib
import secrets
import sys
import time
import urllib.parse

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

sys.dont_write_bytecode = True
import iam_plan  # noqa: E402
from checks import check, run  # noqa: E402

READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


class Aws:
    """The clients of somebody's credentials."""

    def __init__(self, key=None):
        access = {}
        if key:
            access = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"],
                      "aws_session_token": key.get("SessionToken")}
        settings = Config(retries={"mode": "standard", "max_attempts": 1}, s3={"addressing_style": "path"})
        self.iam, self.sts, self.s3 = (boto3.client(name, config=settings, **access) for name in ("iam", "sts", "s3"))

    @property
    def account(self):
        return self.sts.get_caller_identity()["Account"]

    @property
    def canonical_id(self):
        return self.s3.list_buckets()["Owner"]["ID"]


def allow(*actions, resource="*", **more):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": resource} | more]}


def trust(principal, *actions, **more):
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": list(actions or ["sts:AssumeRole"])} | more
    return {"Version": "2012-10-17", "Statement": [statement]}


def unique(word):
    return f"{word}-{secrets.token_hex(4)}"


def new_user(aws, *actions):
    """A user with its own clients, who may do these."""
    name = unique("user")
    aws.iam.create_user(UserName=name)
    if actions:
        aws.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(allow(*actions)))
    return name, Aws(aws.iam.create_access_key(UserName=name)["AccessKey"])


def new_role(aws, document, *actions, **more):
    name = unique("role")
    made = aws.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document), **more)
    if actions:
        aws.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(allow(*actions)))
    return name, made["Role"]["Arn"]


def equal(found, expected, what=""):
    assert found == expected, f"{what} expected {expected!r}, seen {found!r}"


def fails(error, call, *arguments, status=None, **keywords):
    """Expects an error: its code, or the class that the client has for it."""
    try:
        answer = call(*arguments, **keywords)
    except ClientError as raised:
        found = raised.response["Error"]["Code"]
        if isinstance(error, str):
            assert found == error, f"expected {error}, seen {found}: {raised}"
        else:
            assert type(raised) is error, f"expected {error.__name__}, seen {type(raised).__name__}: {raised}"
        if status:
            equal(raised.response["ResponseMetadata"]["HTTPStatusCode"], status, "status")
        return raised.response["Error"]["Message"]
    raise AssertionError(f"expected {error}, seen {answer}")


def code(seed, steps=0, at=None):
    """A code of RFC 6238 for a seed in base32, so many steps from now."""
    step = int((at or time.time()) // 30) + steps
    digest = hmac.new(base64.b32decode(seed), step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset:offset + 4], 'big') & 0x7fffffff) % 1_000_000:06}"


def configuration(aws):
    """Every kind of resource, twice: as it is made and as it is changed to."""
    user, group, role, policy, bucket = (unique(word) for word in ("tf-user", "tf-group", "tf-role", "tf-policy", "tf-bucket"))
    users = [unique("tf-member") for _ in range(3)]
    arn = f"arn:aws:iam::{aws.account}"
    managed, objects = f"{arn}:policy/tf/{policy}", f"arn:aws:s3:::{bucket}/*"
    read, write = allow("s3:GetObject", resource=objects), allow("s3:GetObject", "s3:PutObject", resource=[objects])
    noted = {"note": "one", "empty": "", "words": "two words/@+=:_.-"}
    made = {"name": role, "path": "/tf/", "description": "reads: zwölf", "max_session_duration": 7200,
            "trust": trust(f"{arn}:root"), "boundary": managed, "tags": noted}
    only_with = {"StringEquals": {"sts:ExternalId": "a&b <c>"}}
    changed = made | {"description": "writes", "max_session_duration": 3600, "boundary": None, "tags": {"note": "two"},
                      "trust": trust(f"{arn}:user/people/{user}", Condition=only_with)}
    public = {"BlockPublicAcls": False, "IgnorePublicAcls": False, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}

    def both(kind, first, **change):
        return kind(first, first | change)

    def of_bucket(kind, first, **change):
        return both(kind, {"bucket": bucket} | first, **change)

    def bucket_policy(sid):
        named = {"Sid": sid, "Principal": {"AWS": f"{arn}:user/people/{user}"}}
        return allow("s3:GetObject", resource=objects, **named)

    holders = [("user", user), ("group", group), ("role", role)]
    members = [iam_plan.User({"name": name, "path": "/", "tags": {}}) for name in users]
    return [
        both(iam_plan.User, {"name": user, "path": "/people/", "tags": noted}, tags={"note": "two", "more": "x"}),
        *members,
        both(iam_plan.Group, {"name": group, "path": "/"}, path="/groups/"),
        both(iam_plan.GroupMembership, {"group": group, "users": {user, *users[:2]}}, users={user, *users[1:]}),
        both(iam_plan.Policy, {"name": policy, "path": "/tf/", "description": "d", "policy": read, "tags": noted},
             policy=write, tags={}),
        iam_plan.Role(made, changed),
        *(iam_plan.PolicyAttachment({"kind": kind, "of": of, "arn": managed}, {"kind": kind, "of": of, "arn": READ_ONLY})
          for kind, of in holders),
        *(both(iam_plan.InlinePolicy, {"kind": kind, "of": of, "name": "in+line", "policy": read}, policy=write)
          for kind, of in holders),
        both(iam_plan.AccessKey, {"user": user, "status": "Active"}, status="Inactive"),
        both(iam_plan.OpenIdConnectProvider,
             {"url": f"idp.example.com/{user}", "clients": {"one", "two"}, "thumbprints": ["9e" * 20], "tags": noted},
             clients={"two", "three"}, thumbprints=["1f" * 20, "2e" * 20], tags={"note": "two"}),
        of_bucket(iam_plan.Bucket, {"tags": noted}, tags={"note": "two"}),
        of_bucket(iam_plan.BucketOwnershipControls, {"ownership": "BucketOwnerPreferred"}, ownership="ObjectWriter"),
        of_bucket(iam_plan.BucketPublicAccessBlock, {"block": public}, block=public | {"BlockPublicPolicy": False}),
        of_bucket(iam_plan.BucketAcl, {"logs": set()}, logs={"WRITE", "READ_ACP"}),
        of_bucket(iam_plan.BucketVersioning, {"status": "Enabled"}, status="Suspended"),
        of_bucket(iam_plan.BucketPolicy, {"policy": bucket_policy("one")}, policy=bucket_policy("two")),
    ]


def no_change(aws, resources, state):
    """Refreshes and plans twice, as Terraform does after an apply and before the next one."""
    for _ in range(2):
        found = []
        for resource in resources:
            wanted = getattr(resource, state)
            found += iam_plan.difference(resource, wanted, resource.read(aws, wanted))
        equal(found, [], "plan")


@check
def terraform(aws, _):
    """Apply, plan, change, plan, destroy; the account is then as it was before."""
    before = aws.iam.get_account_summary()["SummaryMap"]
    resources = configuration(aws)
    try:
        for resource in resources:
            resource.create(aws, resource.wanted)
        no_change(aws, resources, "wanted")
        for resource in resources:
            if resource.wanted != resource.updated:
                resource.update(aws, resource.wanted, resource.updated)
        no_change(aws, resources, "updated")
        bucket = resources[-1].wanted["bucket"]
        aws.s3.put_object(Bucket=bucket, Key="a", Body=b"in the way")
    finally:
        trouble = []
        for resource in reversed(resources):
            try:
                resource.delete(aws, resource.updated)
            except Exception as error:
                trouble.append(f"{resource}: {error}")
        # What went wrong before a destroy says more than what went wrong in it.
        if sys.exc_info()[0] is None:
            equal(trouble, [], "destroy")
    left = [str(resource) for resource in resources if resource.read(aws, resource.updated) is not None]
    equal(left, [], "left over")
    equal(aws.iam.get_account_summary()["SummaryMap"], before, "summary")


@check
def policy_versions(aws, _):
    """Six changes of a policy, which keeps five versions; each is in force at once."""
    policy = iam_plan.Policy({"name": unique("policy"), "path": "/", "description": "", "policy": allow("s3:a0"), "tags": {}})
    policy.create(aws, policy.wanted)
    arn = policy.arn(aws, policy.wanted)
    old = policy.wanted
    for number in range(1, 7):
        new = old | {"policy": allow(f"s3:a{number}")}
        policy.update(aws, old, new)
        equal(iam_plan.difference(policy, new, policy.read(aws, new)), [])
        old = new
    versions = aws.iam.list_policy_versions(PolicyArn=arn)["Versions"]
    equal([version["VersionId"] for version in versions if version["IsDefaultVersion"]], ["v7"])
    equal(len(versions), 5)
    extra = {"PolicyArn": arn, "PolicyDocument": json.dumps(allow("s3:b"))}
    fails(aws.iam.exceptions.LimitExceededException, aws.iam.create_policy_version, status=409, **extra)
    fails(aws.iam.exceptions.DeleteConflictException, aws.iam.delete_policy_version, PolicyArn=arn, VersionId="v7", status=409)
    policy.delete(aws, old)
    fails(aws.iam.exceptions.NoSuchEntityException, aws.iam.get_policy, PolicyArn=arn, status=404)


@check
def refusals_are_typed(aws, _):
    """An error is the exception that the SDK has for it, with the status that the reference states."""
    errors = aws.iam.exceptions
    name, user = new_user(aws)
    fails(errors.EntityAlreadyExistsException, aws.iam.create_user, UserName=name, status=409)
    fails(errors.NoSuchEntityException, aws.iam.get_user, UserName="nobody", status=404)
    fails(errors.DeleteConflictException, aws.iam.delete_user, UserName=name, status=409)
    bad = {"UserName": name, "PolicyName": "bad", "PolicyDocument": '{"Version": "2012-10-17", "Statement": [{}]}'}
    fails(errors.MalformedPolicyDocumentException, aws.iam.put_user_policy, status=400, **bad)
    fails("ValidationError", aws.iam.create_user, UserName="no spaces", status=400)
    aws.iam.create_access_key(UserName=name)
    fails(errors.LimitExceededException, aws.iam.create_access_key, UserName=name, status=409)
    message = fails("AccessDenied", user.iam.list_users, status=403)
    assert f"user/{name} is not authorized to perform: iam:ListUsers" in message, message

    role = f"arn:aws:iam::{aws.account}:role/none"
    fails("AccessDenied", user.sts.assume_role, RoleArn=role, RoleSessionName="job", status=403)
    _, mine = new_role(aws, trust(aws.account))
    _, caller = new_user(aws, "sts:AssumeRole")
    assume = {"RoleArn": mine, "RoleSessionName": "job"}
    typed = caller.sts.exceptions
    fails(typed.MalformedPolicyDocumentException, caller.sts.assume_role, Policy='{"Statement": 7}', status=400, **assume)
    fails("ValidationError", caller.sts.assume_role, DurationSeconds=3601, status=400, **assume)
    fails("InvalidClientTokenId", Aws({"AccessKeyId": "AKIA" + "A" * 16, "SecretAccessKey": "x" * 40}).sts.get_caller_identity,
          status=403)
    fails("SignatureDoesNotMatch", Aws(wrong_secret(aws, name)).sts.get_caller_identity, status=403)


def wrong_secret(aws, name):
    key = aws.iam.list_access_keys(UserName=name)["AccessKeyMetadata"][0]
    return {"AccessKeyId": key["AccessKeyId"], "SecretAccessKey": "x" * 40}


@check
def mfa(aws, _):
    """A device is made, enabled with two codes, and a session with its code may do what asks for MFA."""
    name, user = new_user(aws, "iam:EnableMFADevice", "iam:ListMFADevices")
    with_mfa = allow("iam:ListUsers", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    aws.iam.put_user_policy(UserName=name, PolicyName="mfa", PolicyDocument=json.dumps(with_mfa))
    device = aws.iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]
    serial, seed = device["SerialNumber"], device["Base32StringSeed"]
    equal(serial, f"arn:aws:iam::{aws.account}:mfa/{name}")
    assert device["QRCodePNG"].startswith(b"\x89PNG\r\n"), device["QRCodePNG"][:8]
    now = time.time()
    enable = {"UserName": name, "SerialNumber": serial, "AuthenticationCode1": code(seed, -1, now)}
    wrong = f"{(int(code(seed, 0, now)) + 1) % 1_000_000:06}"
    invalid = user.iam.exceptions.InvalidAuthenticationCodeException
    fails(invalid, user.iam.enable_mfa_device, AuthenticationCode2=wrong, status=403, **enable)
    user.iam.enable_mfa_device(AuthenticationCode2=code(seed, 0, now), **enable)
    equal([entry["SerialNumber"] for entry in user.iam.list_mfa_devices(UserName=name)["MFADevices"]], [serial])
    listed = aws.iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert (serial, name) in [(entry["SerialNumber"], entry["User"]["UserName"]) for entry in listed], listed
    ask = {"SerialNumber": serial, "DurationSeconds": 900}
    fails("AccessDenied", user.sts.get_session_token, TokenCode=wrong, status=403, **ask)
    fails("AccessDenied", user.iam.list_users, status=403)
    session = user.sts.get_session_token(TokenCode=code(seed, 1, now), **ask)["Credentials"]
    life = session["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(minutes=14) < life <= datetime.timedelta(minutes=15, seconds=5), life
    Aws(session).iam.list_users()
    fails("AccessDenied", user.sts.get_session_token, TokenCode=code(seed, 1, now), status=403, **ask)
    without = Aws(user.sts.get_session_token()["Credentials"])
    fails("InvalidClientTokenId", without.iam.list_users, status=403)
    equal(without.sts.get_caller_identity()["Arn"], f"arn:aws:iam::{aws.account}:user/{name}")
    fails(aws.iam.exceptions.DeleteConflictException, aws.iam.delete_virtual_mfa_device, SerialNumber=serial, status=409)
    aws.iam.deactivate_mfa_device(UserName=name, SerialNumber=serial)
    aws.iam.delete_virtual_mfa_device(SerialNumber=serial)


@check
def role_of_another_account(aws, other):
    """The second account trusts a user of the first, who must name an external id and may tag the session."""
    name, user = new_user(aws, "sts:AssumeRole", "sts:TagSession")
    bucket = unique("their-bucket")
    other.s3.create_bucket(Bucket=bucket)
    for key in ("red/a", "blue/a"):
        other.s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    named = {"StringEquals": {"sts:ExternalId": "the:id", "aws:RequestTag/team": ["red", "blue"]}}
    document = trust(f"arn:aws:iam::{aws.account}:user/{name}", "sts:AssumeRole", "sts:TagSession", Condition=named)
    role, arn = new_role(other, document)
    mine = allow("s3:GetObject", "s3:PutObject", resource=f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/team}}/*")
    other.iam.put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=json.dumps(mine))
    assume = {"RoleArn": arn, "RoleSessionName": "job", "ExternalId": "the:id", "Tags": [{"Key": "team", "Value": "red"}]}
    for wrong in ({"ExternalId": "another"}, {"Tags": [{"Key": "team", "Value": "green"}]}):
        fails("AccessDenied", user.sts.assume_role, status=403, **assume | wrong)
    del assume["ExternalId"]
    fails("AccessDenied", user.sts.assume_role, status=403, **assume)
    assume["ExternalId"] = "the:id"
    _, stranger = new_user(aws, "sts:AssumeRole", "sts:TagSession")
    fails("AccessDenied", stranger.sts.assume_role, status=403, **assume)

    answer = user.sts.assume_role(**assume)
    session = Aws(answer["Credentials"])
    theirs = f"arn:aws:sts::{other.account}:assumed-role/{role}/job"
    equal(answer["AssumedRoleUser"]["Arn"], theirs)
    equal(session.sts.get_caller_identity()["Arn"], theirs)
    equal(session.s3.get_object(Bucket=bucket, Key="red/a")["Body"].read(), b"x")
    fails("AccessDenied", session.s3.get_object, Bucket=bucket, Key="blue/a", status=403)
    session.s3.put_object(Bucket=bucket, Key="red/b", Body=b"y")

    narrow = json.dumps(allow("s3:GetObject", resource=f"arn:aws:s3:::{bucket}/*"))
    held = user.sts.assume_role(Policy=narrow, **assume)
    assert held["PackedPolicySize"] > 0, held
    held = Aws(held["Credentials"])
    held.s3.get_object(Bucket=bucket, Key="red/b")
    fails("AccessDenied", held.s3.put_object, Bucket=bucket, Key="red/b", Body=b"z", status=403)
    fails("AccessDenied", held.s3.get_object, Bucket=bucket, Key="blue/a", status=403)


@check
def accounts_are_apart(aws, other):
    assert aws.account != other.account
    name, _ = new_user(aws)
    fails(other.iam.exceptions.NoSuchEntityException, other.iam.get_user, UserName=name, status=404)
    other.iam.create_user(UserName=name)
    assert name in [user["UserName"] for user in other.iam.get_paginator("list_users").paginate().build_full_result()["Users"]]
    bucket = unique("mine")
    aws.s3.create_bucket(Bucket=bucket)
    fails("AccessDenied", other.s3.list_objects_v2, Bucket=bucket, status=403)
    grant = allow("s3:ListBucket", resource=f"arn:aws:s3:::{bucket}", Principal={"AWS": other.account})
    aws.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(grant))
    other.s3.list_objects_v2(Bucket=bucket)


@check
def changes_apply_to_the_next_request(aws, _):
    """No waiting in between, for each way to give and take a permission."""
    name, user = new_user(aws)
    bucket, group = unique("bucket"), unique("group")
    aws.s3.create_bucket(Bucket=bucket)
    aws.iam.create_group(GroupName=group)
    policy = aws.iam.create_policy(PolicyName=unique("policy"), PolicyDocument=json.dumps(allow("s3:ListBucket")))["Policy"]["Arn"]
    aws.iam.attach_group_policy(GroupName=group, PolicyArn=policy)
    inline = {"UserName": name, "PolicyName": "p"}
    boundary = {"UserName": name, "PermissionsBoundary": policy}
    by_bucket = allow("s3:ListBucket", resource=f"arn:aws:s3:::{bucket}",
                      Principal={"AWS": f"arn:aws:iam::{aws.account}:user/{name}"})
    ways = [
        (lambda: aws.iam.put_user_policy(PolicyDocument=json.dumps(allow("s3:ListBucket")), **inline),
         lambda: aws.iam.delete_user_policy(**inline)),
        (lambda: aws.iam.attach_user_policy(UserName=name, PolicyArn=policy),
         lambda: aws.iam.detach_user_policy(UserName=name, PolicyArn=policy)),
        (lambda: aws.iam.add_user_to_group(UserName=name, GroupName=group),
         lambda: aws.iam.remove_user_from_group(UserName=name, GroupName=group)),
        (lambda: aws.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(by_bucket)),
         lambda: aws.s3.delete_bucket_policy(Bucket=bucket)),
    ]
    for give, take in ways * 3:
        fails("AccessDenied", user.s3.list_objects_v2, Bucket=bucket, status=403)
        give()
        user.s3.list_objects_v2(Bucket=bucket)
        take()
    aws.iam.put_user_policy(PolicyDocument=json.dumps(allow("s3:*")), **inline)
    user.s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    aws.iam.put_user_permissions_boundary(**boundary)
    fails("AccessDenied", user.s3.put_object, Bucket=bucket, Key="a", Body=b"x", status=403)
    aws.iam.delete_user_permissions_boundary(UserName=name)
    user.s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    key = aws.iam.list_access_keys(UserName=name)["AccessKeyMetadata"][0]["AccessKeyId"]
    aws.iam.update_access_key(UserName=name, AccessKeyId=key, Status="Inactive")
    fails("InvalidAccessKeyId", user.s3.list_objects_v2, Bucket=bucket, status=403)
    aws.iam.update_access_key(UserName=name, AccessKeyId=key, Status="Active")
    user.s3.list_objects_v2(Bucket=bucket)
    aws.iam.delete_access_key(UserName=name, AccessKeyId=key)
    fails("InvalidAccessKeyId", user.s3.list_objects_v2, Bucket=bucket, status=403)


@check
def pages(aws, _):
    """250 users in pages, whatever their size; the paginator can stop and go on."""
    path = f"/{unique('many')}/"
    names = [f"page-{number:03}" for number in range(250)]
    for name in names:
        aws.iam.create_user(UserName=name, Path=path)
    pages = aws.iam.get_paginator("list_users")
    for size, count in ((None, 3), (1000, 1), (7, 36), (125, 2), (250, 1)):
        seen = list(pages.paginate(PathPrefix=path, **({"PaginationConfig": {"PageSize": size}} if size else {})))
        equal([user["UserName"] for page in seen for user in page["Users"]], names, f"pages of {size}:")
        equal((len(seen), seen[-1]["IsTruncated"]), (count, False), f"pages of {size}:")
    some = pages.paginate(PathPrefix=path, PaginationConfig={"MaxItems": 60, "PageSize": 25}).build_full_result()
    equal([user["UserName"] for user in some["Users"]], names[:60])
    rest = pages.paginate(PathPrefix=path, PaginationConfig={"StartingToken": some["NextToken"]}).build_full_result()
    equal([user["UserName"] for user in rest["Users"]], names[60:])
    found = aws.iam.list_users(PathPrefix=path, MaxItems=10)
    equal((len(found["Users"]), found["IsTruncated"]), (10, True))
    fails("ValidationError", aws.iam.list_users, Marker="not one of ours", status=400)
    for name in names:
        aws.iam.delete_user(UserName=name)


@check
def simulation(aws, _):
    """What SimulatePrincipalPolicy says of a user's policies is what then happens."""
    name, user = new_user(aws, "s3:ListBucket")
    bucket = unique("bucket")
    aws.s3.create_bucket(Bucket=bucket)
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}]}
    aws.iam.put_user_policy(UserName=name, PolicyName="d", PolicyDocument=json.dumps(deny))
    arn = f"arn:aws:iam::{aws.account}:user/{name}"
    ask = {"PolicySourceArn": arn, "ResourceArns": [f"arn:aws:s3:::{bucket}"]}
    actions = ["s3:ListBucket", "s3:GetBucketPolicy", "s3:DeleteBucket"]
    results = aws.iam.simulate_principal_policy(ActionNames=actions, **ask)["EvaluationResults"]
    verdicts = {result["EvalActionName"]: result["EvalDecision"] for result in results}
    equal(verdicts, dict(zip(actions, ["allowed", "implicitDeny", "explicitDeny"])))
    matched = {result["EvalActionName"]: [it["SourcePolicyId"] for it in result["MatchedStatements"]] for result in results}
    equal((len(matched["s3:ListBucket"]), len(matched["s3:GetBucketPolicy"])), (1, 0), "matched statements")
    user.s3.list_objects_v2(Bucket=bucket)
    fails("AccessDenied", user.s3.get_bucket_policy, Bucket=bucket, status=403)
    fails("AccessDenied", user.s3.delete_bucket, Bucket=bucket, status=403)
    tls = json.dumps(allow("s3:GetObject", Condition={"Bool": {"aws:SecureTransport": "true"}}))
    for value, verdict in (("true", "allowed"), ("false", "implicitDeny")):
        entry = {"ContextKeyName": "aws:SecureTransport", "ContextKeyValues": [value], "ContextKeyType": "boolean"}
        found = aws.iam.simulate_custom_policy(PolicyInputList=[tls], ActionNames=["s3:GetObject"], ContextEntries=[entry])
        equal(found["EvaluationResults"][0]["EvalDecision"], verdict, f"SecureTransport {value}:")
    equal(aws.iam.get_context_keys_for_custom_policy(PolicyInputList=[tls])["ContextKeyNames"], ["aws:SecureTransport"])


@check
def account_details(aws, _):
    """The summary counts, and the details tell all that was made, in pages."""
    before = aws.iam.get_account_summary()["SummaryMap"]
    name, _ = new_user(aws, "s3:ListBucket")
    role, _ = new_role(aws, trust(aws.account), "s3:GetObject", Tags=[{"Key": "a", "Value": "b"}])
    group, policy = unique("group"), unique("policy")
    aws.iam.create_group(GroupName=group)
    aws.iam.add_user_to_group(GroupName=group, UserName=name)
    arn = aws.iam.create_policy(PolicyName=policy, PolicyDocument=json.dumps(allow("s3:x")))["Policy"]["Arn"]
    aws.iam.attach_user_policy(UserName=name, PolicyArn=arn)
    after = aws.iam.get_account_summary()["SummaryMap"]
    grown = {key: after[key] - before[key] for key in after if after[key] != before[key]}
    equal(grown, {"Users": 1, "Roles": 1, "Groups": 1, "Policies": 1, "PolicyVersionsInUse": 1}, "summary")
    equal((after["UsersQuota"], after["AccessKeysPerUserQuota"]), (5000, 2))

    pages = aws.iam.get_paginator("get_account_authorization_details")
    all_of = pages.paginate(PaginationConfig={"PageSize": 3}).build_full_result()
    user = next(user for user in all_of["UserDetailList"] if user["UserName"] == name)
    equal((user["GroupList"], user["UserPolicyList"][0]["PolicyDocument"]), ([group], allow("s3:ListBucket")))
    equal(user["AttachedManagedPolicies"], [{"PolicyName": policy, "PolicyArn": arn}])
    entry = next(entry for entry in all_of["RoleDetailList"] if entry["RoleName"] == role)
    equal((entry["AssumeRolePolicyDocument"], entry["Tags"]), (trust(aws.account), [{"Key": "a", "Value": "b"}]))
    assert group in [entry["GroupName"] for entry in all_of["GroupDetailList"]]
    entry = next(entry for entry in all_of["Policies"] if entry["Arn"] == arn)
    equal((entry["AttachmentCount"], entry["PolicyVersionList"][0]["Document"]), (1, allow("s3:x")))
    only = pages.paginate(Filter=["Group"]).build_full_result()
    equal((only.get("UserDetailList", []), only.get("RoleDetailList", []), only.get("Policies", [])), ([], [], []))


@check
def access_key_last_used(aws, _):
    """Known at once: the answer does not wait for what is written now and then."""
    name, user = new_user(aws, "iam:ListUsers", "s3:ListAllMyBuckets")
    key = aws.iam.list_access_keys(UserName=name)["AccessKeyMetadata"][0]["AccessKeyId"]
    unused = aws.iam.get_access_key_last_used(AccessKeyId=key)
    equal((unused["UserName"], unused["AccessKeyLastUsed"]), (name, {"ServiceName": "N/A", "Region": "N/A"}))
    for service, call in (("iam", user.iam.list_users), ("s3", user.s3.list_buckets), ("sts", user.sts.get_caller_identity)):
        call()
        used = aws.iam.get_access_key_last_used(AccessKeyId=key)["AccessKeyLastUsed"]
        equal((used["ServiceName"], used["Region"]), (service, "us-east-1"))
        age = datetime.datetime.now(datetime.timezone.utc) - used["LastUsedDate"]
        assert datetime.timedelta(seconds=-1) <= age < datetime.timedelta(minutes=1), f"{service}: {used}"


@check
def documents_come_back_encoded(aws, _):
    """On the wire a policy document is percent-encoded as RFC 3986 says, and is what was written to the letter."""
    name, _ = new_user(aws)
    text = '{ "Version":"2012-10-17",\n\t"Statement":{"Sid":"a1","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::a b+c/*"} }'
    aws.iam.put_user_policy(UserName=name, PolicyName="text", PolicyDocument=text)
    seen = []
    aws.iam.meta.events.register("response-received.iam.GetUserPolicy", lambda response_dict, **_: seen.append(response_dict["body"]))
    found = aws.iam.get_user_policy(UserName=name, PolicyName="text")
    equal(found["PolicyDocument"], json.loads(text))
    body = seen[0].decode()
    encoded = body.split("<PolicyDocument>")[1].split("</PolicyDocument>")[0]
    equal(urllib.parse.unquote(encoded), text)
    assert not set(encoded) & set(' +":/{}'), encoded


def main():
    made = json.loads(pathlib.Path(sys.argv[1]).read_text())
    second = {"AccessKeyId": made["AccessKeyId"], "SecretAccessKey": made["SecretAccessKey"]}
    aws, other = Aws(), Aws(second)
    run(sys.argv[2:], aws, other)


if __name__ == "__main__":
    main()

"""The resources of Terraform's AWS provider that Larder serves, as the calls that the provider makes for them.

A resource is made, read, changed and destroyed with the provider's calls in the provider's order. What is read is given in
the words of the configuration, so that a plan is a comparison: policy documents as JSON, tags and sets without order.
"""

import json
import urllib.parse

from botocore.exceptions import ClientError

# The provider reads these of every bucket. Larder has none of them yet and says so. Version 5.100 of the provider takes that
# answer for an empty setting; versions before 2023 do not.
NOT_YET = ["get_bucket_website", "get_bucket_accelerate_configuration", "get_bucket_logging",
           "get_bucket_lifecycle_configuration", "get_bucket_replication"]
# What else it reads, and the error that stands for an empty setting.
SETTINGS = [("get_bucket_cors", "NoSuchCORSConfiguration"), ("get_bucket_request_payment", None),
            ("get_object_lock_configuration", "ObjectLockConfigurationNotFoundError")]
GONE = {"NoSuchEntity", "NoSuchBucket", "404", "NoSuchBucketPolicy", "NoSuchTagSet", "OwnershipControlsNotFoundError",
        "NoSuchPublicAccessBlockConfiguration"}


def document(text):
    """A policy document; boto3 has decoded it already where it decodes at all."""
    if not isinstance(text, str):
        return text
    return json.loads(urllib.parse.unquote(text) if text.startswith("%") else text)


def tags(listed):
    return {tag["Key"]: tag["Value"] for tag in listed}


def tag_list(wanted):
    return [{"Key": key, "Value": value} for key, value in wanted.items()]


def absent(call, codes=GONE, **arguments):
    """The answer, or None when an error says that there is no such thing."""
    try:
        return call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] not in codes:
            raise
        return None


def retag(old, new, untag, tag):
    """Takes tags away, then puts new and changed ones: two calls at most."""
    gone = [key for key in old if key not in new]
    put = {key: value for key, value in new.items() if old.get(key) != value}
    if gone:
        untag(TagKeys=gone)
    if put:
        tag(Tags=tag_list(put))


class Resource:
    """One resource block. `wanted` is its arguments, as far as they can differ."""

    def __init__(self, wanted, updated=None):
        self.wanted, self.updated = wanted, updated if updated is not None else wanted

    def __str__(self):
        return type(self).__name__


class User(Resource):
    def create(self, aws, want):
        aws.iam.create_user(UserName=want["name"], Path=want["path"], Tags=tag_list(want["tags"]))

    def read(self, aws, want):
        found = absent(aws.iam.get_user, UserName=want["name"])
        if found is None:
            return None
        user = found["User"]
        assert user["Arn"] == f"arn:aws:iam::{aws.account}:user{user['Path']}{user['UserName']}", user["Arn"]
        return {"name": user["UserName"], "path": user["Path"], "tags": tags(user.get("Tags", []))}

    def update(self, aws, old, new):
        if (old["name"], old["path"]) != (new["name"], new["path"]):
            aws.iam.update_user(UserName=old["name"], NewUserName=new["name"], NewPath=new["path"])
        user = {"UserName": new["name"]}
        retag(old["tags"], new["tags"], lambda **tags: aws.iam.untag_user(**user, **tags),
              lambda **tags: aws.iam.tag_user(**user, **tags))

    def delete(self, aws, want):
        """With `force_destroy`, which asks for everything that a user could have."""
        user = {"UserName": want["name"]}
        for group in aws.iam.list_groups_for_user(**user)["Groups"]:
            aws.iam.remove_user_from_group(GroupName=group["GroupName"], **user)
        for key in aws.iam.list_access_keys(**user)["AccessKeyMetadata"]:
            aws.iam.delete_access_key(AccessKeyId=key["AccessKeyId"], **user)
        assert aws.iam.list_ssh_public_keys(**user)["SSHPublicKeys"] == []
        aws.iam.list_virtual_mfa_devices(AssignmentStatus="Assigned")
        assert aws.iam.list_mfa_devices(**user)["MFADevices"] == []
        assert absent(aws.iam.delete_login_profile, **user) is None
        assert aws.iam.list_signing_certificates(**user)["Certificates"] == []
        assert aws.iam.list_service_specific_credentials(**user)["ServiceSpecificCredentials"] == []
        aws.iam.delete_user(**user)


class Group(Resource):
    def create(self, aws, want):
        aws.iam.create_group(GroupName=want["name"], Path=want["path"])

    def read(self, aws, want):
        found = absent(aws.iam.get_group, GroupName=want["name"])
        return found and {"name": found["Group"]["GroupName"], "path": found["Group"]["Path"]}

    def update(self, aws, old, new):
        aws.iam.update_group(GroupName=old["name"], NewGroupName=new["name"], NewPath=new["path"])

    def delete(self, aws, want):
        aws.iam.delete_group(GroupName=want["name"])


class GroupMembership(Resource):
    def create(self, aws, want):
        for user in want["users"]:
            aws.iam.add_user_to_group(GroupName=want["group"], UserName=user)

    def read(self, aws, want):
        found = absent(aws.iam.get_paginator("get_group").paginate(GroupName=want["group"]).build_full_result)
        users = {user["UserName"] for user in found["Users"]} if found else set()
        return {"group": want["group"], "users": users} if users else None

    def update(self, aws, old, new):
        for user in old["users"] - new["users"]:
            aws.iam.remove_user_from_group(GroupName=old["group"], UserName=user)
        for user in new["users"] - old["users"]:
            aws.iam.add_user_to_group(GroupName=new["group"], UserName=user)

    def delete(self, aws, want):
        for user in want["users"]:
            aws.iam.remove_user_from_group(GroupName=want["group"], UserName=user)


class Policy(Resource):
    def arn(self, aws, want):
        return f"arn:aws:iam::{aws.account}:policy{want['path']}{want['name']}"

    def create(self, aws, want):
        made = aws.iam.create_policy(
            PolicyName=want["name"], Path=want["path"], Description=want["description"],
            PolicyDocument=json.dumps(want["policy"]), Tags=tag_list(want["tags"]))
        assert made["Policy"]["Arn"] == self.arn(aws, want), made

    def read(self, aws, want):
        found = absent(aws.iam.get_policy, PolicyArn=self.arn(aws, want))
        if found is None:
            return None
        policy = found["Policy"]
        version = aws.iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        return {"name": policy["PolicyName"], "path": policy["Path"], "description": policy.get("Description", ""),
                "policy": document(version["PolicyVersion"]["Document"]), "tags": tags(policy.get("Tags", []))}

    def update(self, aws, old, new):
        """A policy has five versions at most; the oldest makes room."""
        arn = {"PolicyArn": self.arn(aws, new)}
        if old["policy"] != new["policy"]:
            versions = aws.iam.list_policy_versions(**arn)["Versions"]
            if len(versions) == 5:
                oldest = min((it for it in versions if not it["IsDefaultVersion"]), key=lambda it: int(it["VersionId"][1:]))
                aws.iam.delete_policy_version(VersionId=oldest["VersionId"], **arn)
            aws.iam.create_policy_version(PolicyDocument=json.dumps(new["policy"]), SetAsDefault=True, **arn)
        retag(old["tags"], new["tags"], lambda **tags: aws.iam.untag_policy(**arn, **tags),
              lambda **tags: aws.iam.tag_policy(**arn, **tags))

    def delete(self, aws, want):
        arn = {"PolicyArn": self.arn(aws, want)}
        for version in aws.iam.list_policy_versions(**arn)["Versions"]:
            if not version["IsDefaultVersion"]:
                aws.iam.delete_policy_version(VersionId=version["VersionId"], **arn)
        aws.iam.delete_policy(**arn)


class Role(Resource):
    def create(self, aws, want):
        aws.iam.create_role(
            RoleName=want["name"], Path=want["path"], Description=want["description"],
            MaxSessionDuration=want["max_session_duration"], AssumeRolePolicyDocument=json.dumps(want["trust"]),
            Tags=tag_list(want["tags"]), **({"PermissionsBoundary": want["boundary"]} if want["boundary"] else {}))

    def read(self, aws, want):
        found = absent(aws.iam.get_role, RoleName=want["name"])
        if found is None:
            return None
        role = found["Role"]
        for name in aws.iam.list_role_policies(RoleName=want["name"])["PolicyNames"]:
            aws.iam.get_role_policy(RoleName=want["name"], PolicyName=name)
        aws.iam.list_attached_role_policies(RoleName=want["name"])
        return {"name": role["RoleName"], "path": role["Path"], "description": role.get("Description", ""),
                "max_session_duration": role["MaxSessionDuration"], "trust": document(role["AssumeRolePolicyDocument"]),
                "boundary": role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
                "tags": tags(role.get("Tags", []))}

    def update(self, aws, old, new):
        role = {"RoleName": new["name"]}
        changed = {key for key in new if old[key] != new[key]}
        if "trust" in changed:
            aws.iam.update_assume_role_policy(PolicyDocument=json.dumps(new["trust"]), **role)
        if "description" in changed:
            aws.iam.update_role_description(Description=new["description"], **role)
        if "max_session_duration" in changed:
            aws.iam.update_role(MaxSessionDuration=new["max_session_duration"], **role)
        if "boundary" in changed and new["boundary"]:
            aws.iam.put_role_permissions_boundary(PermissionsBoundary=new["boundary"], **role)
        elif "boundary" in changed:
            aws.iam.delete_role_permissions_boundary(**role)
        retag(old["tags"], new["tags"], lambda **tags: aws.iam.untag_role(**role, **tags),
              lambda **tags: aws.iam.tag_role(**role, **tags))

    def delete(self, aws, want):
        assert aws.iam.list_instance_profiles_for_role(RoleName=want["name"])["InstanceProfiles"] == []
        aws.iam.delete_role(RoleName=want["name"])


class PolicyAttachment(Resource):
    """aws_iam_user_policy_attachment, aws_iam_group_policy_attachment and aws_iam_role_policy_attachment."""

    def call(self, aws, verb, kind, noun="policy", **arguments):
        return getattr(aws.iam, f"{verb}_{kind}_{noun}")(**arguments)

    def holder(self, want):
        return {want["kind"].title() + "Name": want["of"]}

    def create(self, aws, want):
        self.call(aws, "attach", want["kind"], PolicyArn=want["arn"], **self.holder(want))

    def read(self, aws, want):
        pages = aws.iam.get_paginator(f"list_attached_{want['kind']}_policies").paginate(**self.holder(want))
        found = absent(pages.build_full_result)
        there = found and want["arn"] in [policy["PolicyArn"] for policy in found["AttachedPolicies"]]
        return dict(want) if there else None

    def update(self, aws, old, new):
        self.delete(aws, old)
        self.create(aws, new)

    def delete(self, aws, want):
        self.call(aws, "detach", want["kind"], PolicyArn=want["arn"], **self.holder(want))

    def __str__(self):
        return f"PolicyAttachment of a {self.wanted['kind']}"


class InlinePolicy(PolicyAttachment):
    """aws_iam_user_policy, aws_iam_group_policy and aws_iam_role_policy."""

    def create(self, aws, want):
        self.call(aws, "put", want["kind"], PolicyName=want["name"], PolicyDocument=json.dumps(want["policy"]),
                  **self.holder(want))

    def read(self, aws, want):
        get = getattr(aws.iam, f"get_{want['kind']}_policy")
        found = absent(get, PolicyName=want["name"], **self.holder(want))
        return found and {"kind": want["kind"], "of": found[want["kind"].title() + "Name"],
                          "name": found["PolicyName"], "policy": document(found["PolicyDocument"])}

    def update(self, aws, old, new):
        self.create(aws, new)

    def delete(self, aws, want):
        self.call(aws, "delete", want["kind"], PolicyName=want["name"], **self.holder(want))

    def __str__(self):
        return f"InlinePolicy of a {self.wanted['kind']}"


class AccessKey(Resource):
    id = None

    def create(self, aws, want):
        made = aws.iam.create_access_key(UserName=want["user"])["AccessKey"]
        self.id = made["AccessKeyId"]
        assert made["SecretAccessKey"], made
        if want["status"] != "Active":
            self.update(aws, want, want)

    def read(self, aws, want):
        found = absent(aws.iam.list_access_keys, UserName=want["user"])
        keys = [key for key in found["AccessKeyMetadata"] if key["AccessKeyId"] == self.id] if found else []
        return {"user": keys[0]["UserName"], "status": keys[0]["Status"]} if keys else None

    def update(self, aws, old, new):
        aws.iam.update_access_key(UserName=new["user"], AccessKeyId=self.id, Status=new["status"])

    def delete(self, aws, want):
        aws.iam.delete_access_key(UserName=want["user"], AccessKeyId=self.id)


class OpenIdConnectProvider(Resource):
    def arn(self, aws, want):
        return {"OpenIDConnectProviderArn": f"arn:aws:iam::{aws.account}:oidc-provider/{want['url']}"}

    def create(self, aws, want):
        made = aws.iam.create_open_id_connect_provider(
            Url="https://" + want["url"], ClientIDList=sorted(want["clients"]), ThumbprintList=want["thumbprints"],
            Tags=tag_list(want["tags"]))
        assert made["OpenIDConnectProviderArn"] == self.arn(aws, want)["OpenIDConnectProviderArn"], made

    def read(self, aws, want):
        found = absent(aws.iam.get_open_id_connect_provider, **self.arn(aws, want))
        return found and {"url": found["Url"], "clients": set(found["ClientIDList"]),
                          "thumbprints": found["ThumbprintList"], "tags": tags(found.get("Tags", []))}

    def update(self, aws, old, new):
        arn = self.arn(aws, new)
        if old["thumbprints"] != new["thumbprints"]:
            aws.iam.update_open_id_connect_provider_thumbprint(ThumbprintList=new["thumbprints"], **arn)
        for client in new["clients"] - old["clients"]:
            aws.iam.add_client_id_to_open_id_connect_provider(ClientID=client, **arn)
        for client in old["clients"] - new["clients"]:
            aws.iam.remove_client_id_from_open_id_connect_provider(ClientID=client, **arn)
        retag(old["tags"], new["tags"], lambda **tags: aws.iam.untag_open_id_connect_provider(**arn, **tags),
              lambda **tags: aws.iam.tag_open_id_connect_provider(**arn, **tags))

    def delete(self, aws, want):
        aws.iam.delete_open_id_connect_provider(**self.arn(aws, want))


class Bucket(Resource):
    def create(self, aws, want):
        aws.s3.create_bucket(Bucket=want["bucket"])
        aws.s3.get_waiter("bucket_exists").wait(Bucket=want["bucket"])
        assert absent(aws.s3.get_bucket_tagging, Bucket=want["bucket"]) is None
        aws.s3.put_bucket_tagging(Bucket=want["bucket"], Tagging={"TagSet": tag_list(want["tags"])})

    def read(self, aws, want):
        bucket = {"Bucket": want["bucket"]}
        head = absent(aws.s3.head_bucket, **bucket)
        if head is None:
            return None
        assert head["BucketRegion"] == "us-east-1", head
        absent(aws.s3.get_bucket_policy, **bucket)
        aws.s3.get_bucket_acl(**bucket)
        aws.s3.get_bucket_versioning(**bucket)
        aws.s3.get_bucket_location(**bucket)
        aws.s3.get_bucket_encryption(**bucket)
        for name, code in SETTINGS:
            absent(getattr(aws.s3, name), {code}, **bucket)
        for name in NOT_YET:
            found = absent(getattr(aws.s3, name), {"NotImplemented"}, **bucket)
            assert found is None, f"{name} answers now: take it off the list"
        found = absent(aws.s3.get_bucket_tagging, **bucket)
        return {"bucket": want["bucket"], "tags": tags(found["TagSet"]) if found else {}}

    def update(self, aws, old, new):
        if new["tags"]:
            aws.s3.put_bucket_tagging(Bucket=new["bucket"], Tagging={"TagSet": tag_list(new["tags"])})
        else:
            aws.s3.delete_bucket_tagging(Bucket=new["bucket"])

    def delete(self, aws, want):
        """With `force_destroy`: every version goes, then the bucket."""
        try:
            aws.s3.delete_bucket(Bucket=want["bucket"])
            return
        except ClientError as error:
            assert error.response["Error"]["Code"] == "BucketNotEmpty", error
        for page in aws.s3.get_paginator("list_object_versions").paginate(Bucket=want["bucket"]):
            there = page.get("Versions", []) + page.get("DeleteMarkers", [])
            objects = [{"Key": it["Key"], "VersionId": it["VersionId"]} for it in there]
            gone = aws.s3.delete_objects(Bucket=want["bucket"], Delete={"Objects": objects, "Quiet": True})
            assert not gone.get("Errors"), gone
        aws.s3.delete_bucket(Bucket=want["bucket"])


class BucketPolicy(Resource):
    def create(self, aws, want):
        aws.s3.put_bucket_policy(Bucket=want["bucket"], Policy=json.dumps(want["policy"]))

    def read(self, aws, want):
        found = absent(aws.s3.get_bucket_policy, Bucket=want["bucket"])
        return found and {"bucket": want["bucket"], "policy": document(found["Policy"])}

    def update(self, aws, old, new):
        self.create(aws, new)

    def delete(self, aws, want):
        aws.s3.delete_bucket_policy(Bucket=want["bucket"])


class BucketPublicAccessBlock(Resource):
    def create(self, aws, want):
        aws.s3.put_public_access_block(Bucket=want["bucket"], PublicAccessBlockConfiguration=want["block"])

    def read(self, aws, want):
        found = absent(aws.s3.get_public_access_block, Bucket=want["bucket"])
        return found and {"bucket": want["bucket"], "block": found["PublicAccessBlockConfiguration"]}

    def update(self, aws, old, new):
        self.create(aws, new)

    def delete(self, aws, want):
        aws.s3.delete_public_access_block(Bucket=want["bucket"])


class BucketOwnershipControls(Resource):
    def create(self, aws, want):
        rules = {"Rules": [{"ObjectOwnership": want["ownership"]}]}
        aws.s3.put_bucket_ownership_controls(Bucket=want["bucket"], OwnershipControls=rules)

    def read(self, aws, want):
        found = absent(aws.s3.get_bucket_ownership_controls, Bucket=want["bucket"])
        return found and {"bucket": want["bucket"], "ownership": found["OwnershipControls"]["Rules"][0]["ObjectOwnership"]}

    def update(self, aws, old, new):
        self.create(aws, new)

    def delete(self, aws, want):
        aws.s3.delete_bucket_ownership_controls(Bucket=want["bucket"])


class BucketAcl(Resource):
    """With grants, which the provider reads back; a canned ACL it does not compare. It cannot be destroyed."""

    def policy(self, aws, want):
        own = {"Type": "CanonicalUser", "ID": aws.canonical_id}
        grants = [{"Grantee": own, "Permission": "FULL_CONTROL"}]
        group = "http://acs.amazonaws.com/groups/s3/LogDelivery"
        grants += [{"Grantee": {"Type": "Group", "URI": group}, "Permission": name} for name in sorted(want["logs"])]
        return {"Owner": {"ID": aws.canonical_id}, "Grants": grants}

    def create(self, aws, want):
        aws.s3.put_bucket_acl(Bucket=want["bucket"], AccessControlPolicy=self.policy(aws, want))

    def read(self, aws, want):
        found = absent(aws.s3.get_bucket_acl, Bucket=want["bucket"])
        if found is None:
            return None
        assert found["Owner"]["ID"] == aws.canonical_id, found["Owner"]
        own = [grant["Permission"] for grant in found["Grants"] if grant["Grantee"].get("ID") == aws.canonical_id]
        assert own == ["FULL_CONTROL"], found["Grants"]
        return {"bucket": want["bucket"],
                "logs": {grant["Permission"] for grant in found["Grants"] if grant["Grantee"]["Type"] == "Group"}}

    def update(self, aws, old, new):
        self.create(aws, new)

    def delete(self, aws, want):
        pass


class BucketVersioning(Resource):
    def create(self, aws, want):
        aws.s3.put_bucket_versioning(Bucket=want["bucket"], VersioningConfiguration={"Status": want["status"]})

    def read(self, aws, want):
        found = absent(aws.s3.get_bucket_versioning, Bucket=want["bucket"])
        return found and {"bucket": want["bucket"], "status": found.get("Status")}

    def update(self, aws, old, new):
        self.create(aws, new)

    def delete(self, aws, want):
        self.create(aws, want | {"status": "Suspended"})


def difference(resource, wanted, seen):
    """Lines of what a plan would show, none when nothing is to be done."""
    if seen is None:
        return [f"{resource}: not there"]
    return [f"{resource}.{key}: {wanted[key]!r} expected, {seen.get(key)!r} seen" for key in wanted if wanted[key] != seen.get(key)]

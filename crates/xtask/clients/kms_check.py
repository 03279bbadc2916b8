"""KMS and Service Quotas through boto3, every operation, and the common ones through the AWS CLI.

usage: kms_check.py LARDER SECOND [NAME...]

LARDER is the binary, for `larder admin quota`; SECOND is the file in which `larder admin account create --json` left the keys
of a second account. Endpoint and the root keys of the first come from the AWS_* variables. Prints a line for each check and
last `N passed, N failed`. What is expected is what the KMS and Service Quotas API references state.
"""

import base64
import datetime
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

sys.dont_write_bytecode = True
from checks import check, run  # noqa: E402

ELSEWHERE = "eu-west-1"
# What is refused here, or is not there: custom key stores, Nitro enclaves, ML-KEM, the last use of a key.
NOT_HERE = {"Encapsulate", "Decapsulate", "GetKeyLastUsage"}


class Aws:
    """The clients of somebody's credentials. Remembers which operations were asked for."""

    asked = set()

    def __init__(self, key=None, region=None, attempts=10):
        access = {"region_name": region} if region else {}
        if key:
            access |= {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        # The quotas are AWS's: a client that is throttled asks again later.
        settings = Config(retries={"mode": "standard", "max_attempts": attempts})
        self.kms, self.quotas, self.iam, self.sts = (
            boto3.client(name, config=settings, **access) for name in ("kms", "service-quotas", "iam", "sts"))
        self.kms.meta.events.register("before-call.kms", lambda model, **_: Aws.asked.add(model.name))
        self.key = key

    def elsewhere(self, attempts=10):
        return Aws(self.key, ELSEWHERE, attempts)

    @property
    def account(self):
        return self.sts.get_caller_identity()["Account"]


class Setting:
    """What the checks are given."""

    def __init__(self, larder, second):
        self.larder = larder
        self.aws = Aws()
        self.other = Aws(json.loads(pathlib.Path(second).read_text()))


def unique(word):
    return f"{word}-{secrets.token_hex(4)}"


def new_user(aws, *actions, resource="*"):
    """A user with its own clients, who may do these."""
    name = unique("user")
    arn = aws.iam.create_user(UserName=name)["User"]["Arn"]
    if actions:
        statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        aws.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
    return arn, Aws(aws.iam.create_access_key(UserName=name)["AccessKey"])


def new_key(aws, **more):
    return aws.kms.create_key(**more)["KeyMetadata"]["Arn"]


def equal(found, expected, what=""):
    assert found == expected, f"{what} expected {expected!r}, seen {found!r}"


def fails(error, call, *arguments, status=400, **keywords):
    """Expects an error: its code, or the class that the client has for it."""
    try:
        answer = call(*arguments, **keywords)
    except ClientError as raised:
        found = raised.response["Error"]["Code"]
        if isinstance(error, str):
            assert found == error, f"expected {error}, seen {found}: {raised}"
        else:
            assert type(raised) is error, f"expected {error.__name__}, seen {type(raised).__name__}: {raised}"
        equal(raised.response["ResponseMetadata"]["HTTPStatusCode"], status, "status")
        return raised.response["Error"]["Message"]
    raise AssertionError(f"expected {error}, seen {answer}")


@check
def keys(setting):
    aws, kms = setting.aws, setting.aws.kms
    tags = [{"TagKey": "a", "TagValue": "1"}]
    made = kms.create_key(Description="d", Tags=tags)["KeyMetadata"]
    described = kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]
    equal(described, made)
    equal((made["KeyState"], made["Enabled"], made["KeyManager"]), ("Enabled", True, "CUSTOMER"))
    assert isinstance(made["CreationDate"], datetime.datetime), made
    kms.update_key_description(KeyId=made["KeyId"], Description="e")
    equal(kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["Description"], "e")
    listed = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 1}).build_full_result()["Keys"]
    assert {"KeyId": made["KeyId"], "KeyArn": made["Arn"]} in listed, listed
    kms.tag_resource(KeyId=made["KeyId"], Tags=[{"TagKey": "b", "TagValue": "2"}])
    kms.untag_resource(KeyId=made["KeyId"], TagKeys=["a"])
    equal(kms.list_resource_tags(KeyId=made["KeyId"])["Tags"], [{"TagKey": "b", "TagValue": "2"}])
    kms.disable_key(KeyId=made["KeyId"])
    fails(kms.exceptions.DisabledException, kms.encrypt, KeyId=made["KeyId"], Plaintext=b"x")
    kms.enable_key(KeyId=made["KeyId"])
    scheduled = kms.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=7)
    equal((scheduled["KeyState"], scheduled["KeyId"]), ("PendingDeletion", made["Arn"]))
    fails(kms.exceptions.KMSInvalidStateException, kms.encrypt, KeyId=made["KeyId"], Plaintext=b"x")
    kms.cancel_key_deletion(KeyId=made["KeyId"])
    equal(kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["KeyState"], "Disabled")
    missing = f"arn:aws:kms:us-east-1:{aws.account}:key/12345678-1234-1234-1234-123456789012"
    fails(kms.exceptions.NotFoundException, kms.describe_key, KeyId=missing)
    fails("ValidationException", kms.create_alias, AliasName="no prefix".replace(" ", "-"), TargetKeyId=made["KeyId"])


@check
def aliases(setting):
    kms = setting.aws.kms
    one, two, name = new_key(setting.aws), new_key(setting.aws), f"alias/{unique('a')}"
    kms.create_alias(AliasName=name, TargetKeyId=one)
    fails(kms.exceptions.AlreadyExistsException, kms.create_alias, AliasName=name, TargetKeyId=one)
    equal([entry["AliasName"] for entry in kms.list_aliases(KeyId=one)["Aliases"]], [name])
    kms.update_alias(AliasName=name, TargetKeyId=two)
    equal(kms.describe_key(KeyId=name)["KeyMetadata"]["Arn"], two)
    kms.delete_alias(AliasName=name)
    fails(kms.exceptions.NotFoundException, kms.describe_key, KeyId=name)
    equal(kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]["KeyManager"], "AWS")


@check
def encryption(setting):
    kms = setting.aws.kms
    key, other, context = new_key(setting.aws), new_key(setting.aws), {"a": "1", "b": "zwölf"}
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=context)
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
    equal((opened["Plaintext"], opened["KeyId"]), (b"secret", key))
    fails(kms.exceptions.InvalidCiphertextException, kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"])
    wrong = {"CiphertextBlob": sealed["CiphertextBlob"], "EncryptionContext": context, "KeyId": other}
    fails(kms.exceptions.IncorrectKeyException, kms.decrypt, **wrong)
    fails(kms.exceptions.DryRunOperationException, kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True)
    again = kms.re_encrypt(CiphertextBlob=sealed["CiphertextBlob"], SourceEncryptionContext=context, DestinationKeyId=other)
    equal(kms.decrypt(CiphertextBlob=again["CiphertextBlob"])["Plaintext"], b"secret")
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context)
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context)
    equal((opened["Plaintext"], len(made["Plaintext"])), (made["Plaintext"], 32))
    made = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=24)
    equal(len(kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"]), 24)
    pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256")
    equal(kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"], pair["PrivateKeyPlaintext"])
    pair = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec="RSA_2048")
    assert "PrivateKeyPlaintext" not in pair and pair["PublicKey"], pair
    equal(len(kms.generate_random(NumberOfBytes=100)["Plaintext"]), 100)

    rsa = new_key(setting.aws, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    how = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    sealed = kms.encrypt(KeyId=rsa, Plaintext=b"secret", **how)
    equal(kms.decrypt(KeyId=rsa, CiphertextBlob=sealed["CiphertextBlob"], **how)["Plaintext"], b"secret")


@check
def signatures(setting):
    kms = setting.aws.kms
    key = new_key(setting.aws, KeySpec="ECC_NIST_P384", KeyUsage="SIGN_VERIFY")
    what = {"KeyId": key, "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_384"}
    signed = kms.sign(**what)
    equal(kms.verify(Signature=signed["Signature"], **what)["SignatureValid"], True)
    what["Message"] = b"n"
    fails(kms.exceptions.KMSInvalidSignatureException, kms.verify, Signature=signed["Signature"], **what)
    public = kms.get_public_key(KeyId=key)
    equal((public["KeySpec"], public["SigningAlgorithms"]), ("ECC_NIST_P384", ["ECDSA_SHA_384"]))
    one, two = (new_key(setting.aws, KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT") for _ in range(2))
    shared = [kms.derive_shared_secret(KeyId=own, KeyAgreementAlgorithm="ECDH",
                                       PublicKey=kms.get_public_key(KeyId=their)["PublicKey"])["SharedSecret"]
              for own, their in ((one, two), (two, one))]
    equal(shared[0], shared[1])
    key = new_key(setting.aws, KeySpec="HMAC_512", KeyUsage="GENERATE_VERIFY_MAC")
    what = {"KeyId": key, "Message": b"m", "MacAlgorithm": "HMAC_SHA_512"}
    mac = kms.generate_mac(**what)["Mac"]
    equal(kms.verify_mac(Mac=mac, **what)["MacValid"], True)
    fails(kms.exceptions.KMSInvalidMacException, kms.verify_mac, Mac=mac[:-1] + bytes([mac[-1] ^ 1]), **what)


@check
def policies(setting):
    aws, kms = setting.aws, setting.aws.kms
    key = new_key(aws)
    equal(kms.list_key_policies(KeyId=key)["PolicyNames"], ["default"])
    policy = json.loads(kms.get_key_policy(KeyId=key)["Policy"])
    share = {"Effect": "Allow", "Principal": {"AWS": setting.other.account}, "Action": ["kms:Encrypt"], "Resource": "*"}
    encrypt = {"KeyId": key, "Plaintext": b"x"}
    told = fails("AccessDeniedException", setting.other.kms.encrypt, **encrypt)
    policy["Statement"].append(share)
    kms.put_key_policy(KeyId=key, Policy=json.dumps(policy))
    setting.other.kms.encrypt(**encrypt)
    missing = key[:-12] + "0" * 12
    equal(fails("AccessDeniedException", setting.other.kms.encrypt, KeyId=missing, Plaintext=b"x"), told)
    arn, user = new_user(aws, "kms:Encrypt", resource=key)
    sealed = user.kms.encrypt(**encrypt)
    message = fails("AccessDeniedException", user.kms.decrypt, CiphertextBlob=sealed["CiphertextBlob"])
    equal(message, f"User: {arn} is not authorized to perform: kms:Decrypt on resource: {key} because no identity-based "
                   "policy allows the kms:Decrypt action")
    lockout = json.dumps({"Version": "2012-10-17", "Statement": [share]})
    fails(kms.exceptions.MalformedPolicyDocumentException, kms.put_key_policy, KeyId=key, Policy=lockout)
    wrong = {"AccessKeyId": "AKIA" + "A" * 16, "SecretAccessKey": "x" * 40}
    fails("UnrecognizedClientException", Aws(wrong).kms.list_keys)


@check
def grants(setting):
    aws, kms = setting.aws, setting.aws.kms
    key, (arn, user) = new_key(aws), new_user(aws)
    constraints = {"EncryptionContextEquals": {"a": "1"}}
    grant = {"KeyId": key, "GranteePrincipal": arn, "RetiringPrincipal": arn, "Operations": ["Encrypt"]}
    made = kms.create_grant(Constraints=constraints, **grant)
    encrypt = {"KeyId": key, "Plaintext": b"x", "GrantTokens": [made["GrantToken"]]}
    user.kms.encrypt(EncryptionContext={"a": "1"}, **encrypt)
    fails("AccessDeniedException", user.kms.encrypt, EncryptionContext={"a": "2"}, **encrypt)
    listed = kms.list_grants(KeyId=key)["Grants"]
    equal([(entry["GrantId"], entry["Constraints"]) for entry in listed], [(made["GrantId"], constraints)])
    equal([entry["GrantId"] for entry in kms.list_retirable_grants(RetiringPrincipal=arn)["Grants"]], [made["GrantId"]])
    user.kms.retire_grant(GrantToken=made["GrantToken"])
    fails("AccessDeniedException", user.kms.encrypt, EncryptionContext={"a": "1"}, KeyId=key, Plaintext=b"x")
    made = kms.create_grant(**grant)
    kms.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    equal(kms.list_grants(KeyId=key)["Grants"], [])


@check
def rotation(setting):
    kms = setting.aws.kms
    key = new_key(setting.aws)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=100)
    status = kms.get_key_rotation_status(KeyId=key)
    equal((status["KeyRotationEnabled"], status["RotationPeriodInDays"]), (True, 100))
    kms.rotate_key_on_demand(KeyId=key)
    equal([entry["RotationType"] for entry in kms.list_key_rotations(KeyId=key)["Rotations"]], ["ON_DEMAND"])
    equal(kms.decrypt(CiphertextBlob=sealed)["Plaintext"], b"x")
    kms.disable_key_rotation(KeyId=key)
    equal(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], False)


def wrapped(parameters, material):
    """Material encrypted under the public key, by OpenSSL."""
    pem = b"-----BEGIN PUBLIC KEY-----\n" + base64.encodebytes(parameters["PublicKey"]) + b"-----END PUBLIC KEY-----\n"
    pathlib.Path("wrapping.pem").write_bytes(pem)
    options = ["-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256"]
    command = ["openssl", "pkeyutl", "-encrypt", "-pubin", "-inkey", "wrapping.pem", *options]
    return subprocess.run(command, input=material, capture_output=True, check=True).stdout


@check
def imported_material(setting):
    kms = setting.aws.kms
    key = new_key(setting.aws, Origin="EXTERNAL")
    parameters = kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    given = {"KeyId": key, "ImportToken": parameters["ImportToken"], "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
             "EncryptedKeyMaterial": wrapped(parameters, secrets.token_bytes(32))}
    kms.import_key_material(**given)
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=key)
    fails(kms.exceptions.KMSInvalidStateException, kms.decrypt, CiphertextBlob=sealed)
    del given["ExpirationModel"]
    kms.import_key_material(ValidTo=datetime.datetime.now() + datetime.timedelta(days=1), **given)
    equal(kms.decrypt(CiphertextBlob=sealed)["Plaintext"], b"x")


@check
def regions(setting):
    """The region that a client signs for says where its keys are."""
    here, there = setting.aws.kms, setting.aws.elsewhere().kms
    key = here.create_key(MultiRegion=True)["KeyMetadata"]
    replica = here.replicate_key(KeyId=key["KeyId"], ReplicaRegion=ELSEWHERE)["ReplicaKeyMetadata"]
    equal(replica["Arn"], key["Arn"].replace("us-east-1", ELSEWHERE))
    sealed = here.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    opened = there.decrypt(CiphertextBlob=sealed)
    equal((opened["Plaintext"], opened["KeyId"]), (b"x", replica["Arn"]))
    here.update_primary_region(KeyId=key["KeyId"], PrimaryRegion=ELSEWHERE)
    configuration = there.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["MultiRegionConfiguration"]
    equal(configuration["MultiRegionKeyType"], "PRIMARY")
    single = new_key(setting.aws)
    sealed = here.encrypt(KeyId=single, Plaintext=b"x")["CiphertextBlob"]
    fails("AccessDeniedException", there.decrypt, CiphertextBlob=sealed)
    fails(there.exceptions.NotFoundException, there.describe_key, KeyId=single)


@check
def key_stores(setting):
    """There are none, and what asks for one is told so."""
    kms = setting.aws.kms
    equal(kms.describe_custom_key_stores()["CustomKeyStores"], [])
    fails("UnsupportedOperationException", kms.create_custom_key_store, CustomKeyStoreName="a")
    absent = kms.exceptions.CustomKeyStoreNotFoundException
    for call in (kms.connect_custom_key_store, kms.disconnect_custom_key_store, kms.update_custom_key_store,
                 kms.delete_custom_key_store):
        fails(absent, call, CustomKeyStoreId="cks-1")
    fails(absent, kms.create_key, CustomKeyStoreId="cks-1")


@check
def quotas(setting):
    """A quota is shown, used up, asked for and raised by the operator."""
    _, user = new_user(setting.aws, "kms:*", "servicequotas:*")
    user = user.elsewhere(attempts=1)
    code = "L-32B67F4A"
    equal([entry["ServiceCode"] for entry in user.quotas.list_services()["Services"]], ["kms"])
    listed = user.quotas.get_paginator("list_service_quotas").paginate(ServiceCode="kms").build_full_result()["Quotas"]
    now = user.quotas.get_service_quota(ServiceCode="kms", QuotaCode=code)["Quota"]
    assert now in listed, now
    default = user.quotas.get_aws_default_service_quota(ServiceCode="kms", QuotaCode=code)["Quota"]
    equal(default["Value"], now["Value"])
    assert user.quotas.list_aws_default_service_quotas(ServiceCode="kms")["Quotas"]
    for _ in range(100):
        try:
            user.kms.create_key()
        except ClientError as error:
            equal(error.response["Error"]["Code"], "ThrottlingException")
            equal(error.response["Error"]["Message"],
                  "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.")
            break
    else:
        raise AssertionError("100 keys were made in less than a few seconds, and nothing throttled it")
    wanted = {"ServiceCode": "kms", "QuotaCode": code, "DesiredValue": now["Value"] * 10}
    asked = user.quotas.request_service_quota_increase(**wanted)["RequestedQuota"]
    equal(asked["Status"], "PENDING")
    fails(user.quotas.exceptions.ResourceAlreadyExistsException, user.quotas.request_service_quota_increase, **wanted)
    history = user.quotas.list_requested_service_quota_change_history(Status="PENDING")["RequestedQuotas"]
    assert asked["Id"] in [entry["Id"] for entry in history], history

    def admin(*arguments):
        command = [setting.larder, "admin", "quota", *arguments]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    assert asked["Id"] in admin("list"), admin("list")
    assert "APPROVED" in admin("approve", asked["Id"])
    equal(user.quotas.get_service_quota(ServiceCode="kms", QuotaCode=code)["Quota"]["Value"], wanted["DesiredValue"])
    found = user.quotas.get_requested_service_quota_change(RequestId=asked["Id"])["RequestedQuota"]
    equal(found["Status"], "APPROVED")
    more = user.quotas.request_service_quota_increase(**wanted | {"DesiredValue": now["Value"] * 20})["RequestedQuota"]
    assert "DENIED" in admin("deny", more["Id"])
    by_quota = user.quotas.list_requested_service_quota_change_history_by_quota(ServiceCode="kms", QuotaCode=code)
    equal({entry["Id"]: entry["Status"] for entry in by_quota["RequestedQuotas"]}[more["Id"]], "DENIED")
    assert subprocess.run([setting.larder, "admin", "quota", "approve", more["Id"]], capture_output=True).returncode != 0


@check
def command_line(setting):
    """The AWS CLI, as people paste it."""
    aws = shutil.which("aws")
    if not aws:
        print("aws not found: pip install awscli")
        return

    def cli(*arguments, **environment):
        command = [aws, *arguments, "--output", "json"]
        ran = subprocess.run(command, capture_output=True, text=True, env=os.environ | environment)
        assert ran.returncode == 0, f"{arguments}: {ran.stderr}"
        return json.loads(ran.stdout) if ran.stdout.strip() else None

    key = cli("kms", "create-key", "--description", "from the CLI")["KeyMetadata"]["KeyId"]
    name = f"alias/{unique('cli')}"
    cli("kms", "create-alias", "--alias-name", name, "--target-key-id", key)
    pathlib.Path("plain").write_bytes(b"secret")
    sealed = cli("kms", "encrypt", "--key-id", name, "--plaintext", "fileb://plain", "--encryption-context", "a=1")
    pathlib.Path("sealed").write_bytes(base64.b64decode(sealed["CiphertextBlob"]))
    opened = cli("kms", "decrypt", "--ciphertext-blob", "fileb://sealed", "--encryption-context", "a=1")
    equal(base64.b64decode(opened["Plaintext"]), b"secret")
    cli("kms", "generate-data-key", "--key-id", name, "--key-spec", "AES_256")
    cli("kms", "enable-key-rotation", "--key-id", key)
    equal(cli("kms", "get-key-rotation-status", "--key-id", key)["KeyRotationEnabled"], True)
    cli("kms", "get-key-policy", "--key-id", key, "--policy-name", "default")
    cli("kms", "list-aliases", "--key-id", key)
    cli("kms", "disable-key", "--key-id", key)
    equal(cli("kms", "describe-key", "--key-id", key)["KeyMetadata"]["KeyState"], "Disabled")
    multi = cli("kms", "create-key", "--multi-region")["KeyMetadata"]["KeyId"]
    cli("kms", "replicate-key", "--key-id", multi, "--replica-region", ELSEWHERE)
    sealed = cli("kms", "encrypt", "--key-id", multi, "--plaintext", "fileb://plain")
    pathlib.Path("sealed").write_bytes(base64.b64decode(sealed["CiphertextBlob"]))
    opened = cli("--region", ELSEWHERE, "kms", "decrypt", "--ciphertext-blob", "fileb://sealed")
    equal(base64.b64decode(opened["Plaintext"]), b"secret")
    cli("kms", "schedule-key-deletion", "--key-id", key, "--pending-window-in-days", "7")
    assert cli("service-quotas", "list-service-quotas", "--service-code", "kms")["Quotas"]
    cli("service-quotas", "get-service-quota", "--service-code", "kms", "--quota-code", "L-6E3AF000")


@check
def every_operation(setting):
    """Nothing that KMS has was left out, when all checks ran."""
    if set(sys.argv[3:]):
        return
    left = set(setting.aws.kms.meta.service_model.operation_names) - Aws.asked - NOT_HERE
    equal(left, set(), "not asked for:")


if __name__ == "__main__":
    run(sys.argv[3:], Setting(sys.argv[1], sys.argv[2]))

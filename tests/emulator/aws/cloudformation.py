"""CloudFormation: resources that take time, that can fail, and what MiniStack leaves out of them.

Facts [CloudFormation Template Reference, each resource's page; the reasons as AWS words them]:

- A resource is CREATE_IN_PROGRESS for a while, so are updates and deletions.
- A name that is taken fails, and so do missing code in S3, a missing image, a missing stream.
- KinesisStreamSpecification of a table enables, changes and disables its destination.
- `Ref` of a Secret is its ARN.
- Streams can be imported, as tables can; only another name replaces one.
- A mapping that is replaced is made before the old one is deleted, and there can be one only for a stream and a
  function: it fails [aws/serverless-application-model issue 1690, as seen there].
"""

import functools
import json
import time

from ministack.core.responses import get_account_id, new_uuid
from ministack.services import cloudwatch_logs, dynamodb, iam, kinesis, lambda_svc, secretsmanager
from ministack.services.cloudformation import changesets, provisioners, stacks

from . import dynamodb as destinations
from . import functions, images, mapping_api
from .common import STEP_S

NAMED = {  # type: property with the name, where the names are
    "AWS::DynamoDB::Table": ("TableName", dynamodb._tables),
    "AWS::Kinesis::Stream": ("Name", kinesis._streams),
    "AWS::Lambda::Function": ("FunctionName", lambda_svc._functions),
    "AWS::IAM::Role": ("RoleName", iam._roles),
    "AWS::Logs::LogGroup": ("LogGroupName", cloudwatch_logs._log_groups),
    "AWS::SecretsManager::Secret": ("Name", secretsmanager._secrets),
}
NO_OBJECT = ("Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key "
             "does not exist.")


class Failure(ValueError):
    """A resource's failure, worded as CloudFormation does."""

    def __init__(self, message, code="InvalidRequest"):
        super().__init__(f'Resource handler returned message: "{message}" (RequestToken: {new_uuid()}, '
                         f"HandlerErrorCode: {code})")


def fail_if(message, code="InvalidRequest"):
    if message:
        raise Failure(message, code)


def fail_if_refused(answer):
    """`answer`: of a service, or None."""
    if answer:
        fail_if(json.loads(answer[2])["message"])


def taken(kind, create):
    name_property, names = NAMED[kind]

    @functools.wraps(create)
    def created(logical_id, properties, stack):
        name = properties.get(name_property)
        if name and name in names:
            raise Failure(f"Resource of type '{kind}' with identifier '{name}' already exists.",
                          "AlreadyExists")
        return create(logical_id, properties, stack)

    return created


class Tables:
    """The destination of a table follows its KinesisStreamSpecification."""

    def __init__(self, handlers, settings):
        self.create_table, self.update_table = handlers["create"], handlers["update"]
        self.delete_table, self.settings = handlers["delete"], settings

    def wait(self, table):
        destination = destinations.destination_of(table)
        while destination and destination["DestinationStatus"] not in ("ACTIVE", "DISABLED"):
            time.sleep(STEP_S)

    def apply(self, table, specification):
        """Makes the destination what is specified, step by step as the service allows it."""
        current = destinations.destination_of(table)
        arn = (specification or {}).get("StreamArn")
        precision = (specification or {}).get("ApproximateCreationDateTimePrecision", "MILLISECOND")
        if current and current["StreamArn"] != arn:
            fail_if_refused(destinations.disable(table, current["StreamArn"], self.settings))
            self.wait(table)
            current = None
        if arn and not current:
            fail_if_refused(destinations.enable(table, arn, precision, self.settings))
        elif arn and current["ApproximateCreationDateTimePrecision"] != precision:
            fail_if_refused(destinations.update(table, arn, precision, self.settings))
        self.wait(table)

    def create(self, logical_id, properties, stack):
        made = self.create_table(logical_id, properties, stack)
        try:
            self.apply(made[0], properties.get("KinesisStreamSpecification"))
        except Failure:
            self.delete(made[0], properties)
            raise
        return made

    def update(self, physical_id, old, new, stack, logical_id=None):
        made = self.update_table(physical_id, old, new, stack, logical_id)
        self.apply(made[0], new.get("KinesisStreamSpecification"))
        return made

    def delete(self, physical_id, properties):
        dynamodb._kinesis_destinations.pop(physical_id, None)
        self.delete_table(physical_id, properties)


class Streams:
    """MiniStack leaves the number of shards as it is, and streams unencrypted."""

    def __init__(self, handlers, settings):
        self.create_stream, self.update_stream = handlers["create"], handlers["update"]

    def encrypt(self, name, properties):
        kinds = properties.get("StreamEncryption") or {}
        kinesis._streams[name]["EncryptionType"] = kinds.get("EncryptionType", "NONE")

    def create(self, logical_id, properties, stack):
        made = self.create_stream(logical_id, properties, stack)
        self.encrypt(made[0], properties)
        return made

    def update(self, physical_id, old, new, stack):
        made = self.update_stream(physical_id, old, new, stack)
        self.encrypt(made[0], new)
        count = int(new.get("ShardCount") or 0)
        if count and made[0] == physical_id and count != int(old.get("ShardCount") or 0):
            kinesis._update_shard_count({"StreamName": physical_id, "TargetShardCount": count})
        return made


class Functions:
    def __init__(self, handlers, settings):
        self.create_function, self.update_function = handlers["create"], handlers["update"]

    def check(self, name, code):
        if code.get("ImageUri"):
            fail_if_refused(images.wrong_image(code["ImageUri"], name))
        elif code.get("S3Key") and lambda_svc._fetch_code_from_s3(
                code["S3Bucket"], code["S3Key"], code.get("S3ObjectVersion")) is None:
            raise Failure(NO_OBJECT)

    def create(self, logical_id, properties, stack):
        self.check(properties.get("FunctionName", logical_id), properties.get("Code", {}))
        made = self.create_function(logical_id, properties, stack)
        images.pin(made[0])
        return made

    def update(self, physical_id, old, new, stack, logical_id=None):
        self.check(physical_id, new.get("Code", {}))
        with functions.working_for_a_stack():
            made = self.update_function(physical_id, old, new, stack, logical_id)
        images.pin(made[0])
        return made


CREATE_ONLY = ("EventSourceArn", "StartingPosition", "StartingPositionTimestamp")


class Mappings:
    def __init__(self, handlers, settings):
        self.create_mapping, self.update_mapping = handlers["create"], handlers["update"]

    def create(self, logical_id, properties, stack):
        if mapping_api.is_kinesis(properties):
            fail_if(mapping_api.wrong(properties))
            fail_if(mapping_api.conflict_of(properties), "AlreadyExists")
        made = self.create_mapping(logical_id, properties, stack)
        mapping = lambda_svc._esms[made[0]]
        if mapping_api.is_kinesis(mapping):
            mapping_api.complete(mapping, properties)
            mapping_api.settle(mapping)
        return made

    def update(self, physical_id, old, new, stack):
        if mapping_api.is_kinesis(new):
            if any(old.get(name) != new.get(name) for name in CREATE_ONLY):
                fail_if(mapping_api.conflict_of(new), "AlreadyExists")
            elif physical_id in lambda_svc._esms:
                fail_if(mapping_api.wrong_change(lambda_svc._esms[physical_id], new))
        made = self.update_mapping(physical_id, old, new, stack)
        mapping = lambda_svc._esms[made[0]]
        if mapping_api.is_kinesis(mapping):
            mapping_api.complete(mapping, new)
            mapping_api.settle(mapping)
        return made


class Secrets:
    """MiniStack knows a secret of a stack by its name, and CloudFormation by its ARN."""

    def __init__(self, handlers, settings):
        self.create_secret, self.update_secret = handlers["create"], handlers["update"]
        self.delete_secret = handlers["delete"]

    def name_of(self, arn):
        return next((name for name, s in secretsmanager._secrets.items() if s["ARN"] == arn), arn)

    def create(self, logical_id, properties, stack):
        _, attributes = self.create_secret(logical_id, properties, stack)
        return attributes["Arn"], attributes

    def update(self, physical_id, old, new, stack, logical_id=None):
        _, attributes = self.update_secret(self.name_of(physical_id), old, new, stack, logical_id)
        return attributes["Arn"], attributes

    def delete(self, physical_id, properties):
        self.delete_secret(self.name_of(physical_id), properties)


def stream_problem(name):
    """Why a stream cannot be imported, or None."""
    return None if name in kinesis._streams else f"Stream {name} under account {get_account_id()} not found."


def import_stream(identifier):
    name = identifier["Name"]
    return name, {"Arn": kinesis._streams[name]["StreamARN"]}


def slow(work, settings):
    @functools.wraps(work)
    def worked(*arguments):
        settings.wait()
        return work(*arguments)

    return worked


RESOURCES = {
    "AWS::DynamoDB::Table": Tables,
    "AWS::Kinesis::Stream": Streams,
    "AWS::Lambda::EventSourceMapping": Mappings,
    "AWS::Lambda::Function": Functions,
    "AWS::SecretsManager::Secret": Secrets,
}


def correct(settings):
    for kind, corrected in RESOURCES.items():
        handlers = provisioners._RESOURCE_HANDLERS[kind]
        resource = corrected(dict(handlers), settings)
        handlers.update({verb: getattr(resource, verb) for verb in ("create", "update", "delete")
                         if hasattr(resource, verb)})
    for kind in NAMED:
        handlers = provisioners._RESOURCE_HANDLERS[kind]
        handlers["create"] = taken(kind, handlers["create"])
    provisioners._RESOURCE_HANDLERS["AWS::Kinesis::Stream"]["import"] = import_stream
    provisioners._REPLACING_PROPERTIES["AWS::Kinesis::Stream"] = frozenset({"Name"})
    changesets._IMPORT_LOOKUPS["AWS::Kinesis::Stream"] = (("Name",), stream_problem)
    # What takes time must not hold the server: all of it goes to threads, as nested stacks do.
    stacks._runs_on_worker_thread = lambda resource_type: True
    for name in ("_provision_keeping_seed", "_update_keeping_seed", "_delete_resource"):
        setattr(stacks, name, slow(getattr(stacks, name), settings))

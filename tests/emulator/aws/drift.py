"""CloudFormation: change sets that revert drift.

Facts [CloudFormation User Guide, "Using drift-aware change sets"; CreateChangeSet, DeploymentMode]: with
REVERT_DRIFT what is compared with the new template is what there is, not the template before. What was
deleted by other means is added, properties that differ are modified. Only properties that the template has
are looked at. Without that mode drift is neither seen nor reverted.

Looked at are mappings, functions, streams, the destinations of tables, and whether buckets are there.
"""

import contextlib
import copy

from ministack.services import kinesis, lambda_svc, s3
from ministack.services.cloudformation import _stacks, changesets, handlers

from . import dynamodb as destinations

MAPPING = ("BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor", "MaximumRetryAttempts",
           "MaximumRecordAgeInSeconds", "BisectBatchOnFunctionError", "FunctionResponseTypes",
           "DestinationConfig")
FUNCTION = ("MemorySize", "Timeout", "Environment")


def mapping(physical_id):
    esm = lambda_svc._esms.get(physical_id)
    return esm and {name: esm.get(name) for name in MAPPING}


def function(physical_id):
    found = lambda_svc._functions.get(physical_id)
    return found and {name: found["config"].get(name) for name in FUNCTION}


def stream(physical_id):
    found = kinesis._streams.get(physical_id)
    if not found:
        return None
    kind = found.get("EncryptionType", "NONE")
    return {"RetentionPeriodHours": found["RetentionPeriodHours"],
            "StreamEncryption": {} if kind == "NONE" else {"EncryptionType": kind, "KeyId": found.get("KeyId", "")}}


def table(physical_id):
    found = destinations.destination_of(physical_id)
    if not found or found["DestinationStatus"] == "DISABLED":
        return {"KinesisStreamSpecification": {}}
    return {"KinesisStreamSpecification": {name: found[name] for name in (
        "StreamArn", "ApproximateCreationDateTimePrecision")}}


def bucket(physical_id):
    return {} if physical_id in s3._buckets else None


ACTUAL = {
    "AWS::Lambda::EventSourceMapping": mapping,
    "AWS::Lambda::Function": function,
    "AWS::Kinesis::Stream": stream,
    "AWS::DynamoDB::Table": table,
    "AWS::S3::Bucket": bucket,
}


def differs(name, actual, wanted):
    if name == "StreamEncryption":
        return actual.get("EncryptionType") != (wanted or {}).get("EncryptionType")
    if name == "KinesisStreamSpecification":
        return any(actual.get(key) != value for key, value in wanted.items() if value)  # references are ""
    if name == "DestinationConfig":
        return bool(wanted.get("OnFailure")) != bool((actual or {}).get("OnFailure"))
    if name == "Environment":
        known = {key: value for key, value in wanted["Variables"].items() if isinstance(value, str)}
        found = (actual or {}).get("Variables", {})
        return any(found.get(key) != value for key, value in known.items())
    return str(actual) != str(wanted)


def look(stack):
    """Template and resources of the stack as they would have to be for what there is."""
    template, resources = copy.deepcopy(stack["_template"]), copy.deepcopy(stack["_resources"])
    told = changesets._resolve_props_for_diff(template, stack["_resolved_params"], stack["StackName"],
                                              stack["StackId"])["Resources"]
    for logical_id, resource in stack["_resources"].items():
        kind = resource["ResourceType"]
        if kind not in ACTUAL or logical_id not in template["Resources"]:
            continue
        actual = ACTUAL[kind](resource["PhysicalResourceId"])
        if actual is None:
            del template["Resources"][logical_id], resources[logical_id]
            continue
        properties = template["Resources"][logical_id]["Properties"]
        for name, value in actual.items():
            if name in properties and differs(name, value, told[logical_id]["Properties"][name]):
                properties[name] = resources[logical_id]["Properties"][name] = value
    return template, resources


@contextlib.contextmanager
def seen(stack):
    """The stack is taken for what there is; as it was before, unless that is kept."""
    before = stack["_template"], stack["_resources"]
    stack["_template"], stack["_resources"] = look(stack)
    try:
        yield
    finally:
        stack["_template"], stack["_resources"] = before


def correct(settings):
    create, execute = changesets._create_change_set, changesets._execute_change_set

    def create_change_set(params):
        stack = _stacks.get(changesets._p(params, "StackName"))
        if not stack or changesets._p(params, "DeploymentMode") != "REVERT_DRIFT":
            return create(params)
        with seen(stack):
            answer = create(params)
        _, made = changesets._find_change_set(changesets._p(params, "ChangeSetName"), stack["StackName"])
        if made:
            made["_revert_drift"] = True
        return answer

    def execute_change_set(params):
        _, found = changesets._find_change_set(changesets._p(params, "ChangeSetName"),
                                               changesets._p(params, "StackName"))
        if found and found.get("_revert_drift"):
            stack = _stacks[found["StackName"]]
            stack["_template"], stack["_resources"] = look(stack)
        return execute(params)

    handlers._ACTION_HANDLERS["CreateChangeSet"] = create_change_set
    handlers._ACTION_HANDLERS["ExecuteChangeSet"] = execute_change_set

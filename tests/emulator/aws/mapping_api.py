"""Lambda: what the API says of an event source mapping, and what it refuses.

Facts [Lambda API Reference, CreateEventSourceMapping; EventSourceMappingConfiguration]:

- A mapping is Creating, Updating, Enabling, Disabling or Deleting for a while before it is Enabled, Disabled
  or gone.
- Defaults for streams: BatchSize 100, endless retries (-1) of records of any age (-1), one lane.
- A stream needs a StartingPosition; MaximumRecordAgeInSeconds is -1 or at least 60.
- One function has one mapping of a stream: ResourceConflictException.
- The function's role has to allow it (roles.py).
"""

import json

from ministack.core.responses import json_response
from ministack.services import kinesis, lambda_svc

from . import roles
from .common import amend, later, refuse, succeeded

DEFAULTS = {"BatchSize": 100, "MaximumBatchingWindowInSeconds": 0, "ParallelizationFactor": 1,
            "MaximumRecordAgeInSeconds": -1, "BisectBatchOnFunctionError": False,
            "MaximumRetryAttempts": -1, "TumblingWindowInSeconds": 0,
            "DestinationConfig": {"OnFailure": {}}, "FunctionResponseTypes": []}
RANGES = {"BatchSize": (1, 10_000), "MaximumBatchingWindowInSeconds": (0, 300),
          "ParallelizationFactor": (1, 10), "MaximumRetryAttempts": (-1, 10_000),
          "MaximumRecordAgeInSeconds": (-1, 604_800)}
AGE_LEAST = 60


def is_kinesis(data):
    return ":kinesis:" in (data.get("EventSourceArn") or "")


def wrong_number(data):
    """Why the numbers are refused, or None."""
    for name, (least, most) in RANGES.items():
        if name in data and not least <= int(data[name]) <= most:
            return f"{name} must be between {least} and {most}"
    if -1 < int(data.get("MaximumRecordAgeInSeconds", -1)) < AGE_LEAST:
        return "MaximumRecordAgeInSeconds must be -1 or at least 60"
    return None


def wrong_source(data):
    """Why the stream is refused, or None."""
    arn = data["EventSourceArn"]
    if not kinesis._resolve_stream_by_arn(arn):
        name, account = arn.rsplit("/", 1)[-1], arn.split(":")[4]
        return (f"Received Exception while reading from provided stream. Stream {name} under account "
                f"{account} not found.")
    if not data.get("StartingPosition"):
        return "StartingPosition is required for a stream"
    if data["StartingPosition"] == "AT_TIMESTAMP" and not data.get("StartingPositionTimestamp"):
        return "StartingPositionTimestamp is required with AT_TIMESTAMP"
    return None


def not_permitted(function_name, data):
    """What the function's role lacks, or None."""
    name, _ = lambda_svc._resolve_name_and_qualifier(function_name)
    function = lambda_svc._functions.get(name)
    if not function:
        return None
    role, stream = function["config"]["Role"], data.get("EventSourceArn")
    configured = (data.get("DestinationConfig") or {}).get("OnFailure") or {}
    return stream and roles.wrong_source(role, stream) \
        or roles.wrong_destination(role, configured.get("Destination") or "")


def wrong(data):
    """Why a new mapping is refused, or None."""
    return wrong_number(data) or wrong_source(data) or not_permitted(data["FunctionName"], data)


def wrong_change(mapping, data):
    """Why a change of a mapping is refused, or None; `data`: without the stream."""
    return wrong_number(data) or not_permitted(mapping["FunctionName"], data)


def twin_of(data):
    """UUID of a mapping of the same stream to the same function, or None."""
    name, qualifier = lambda_svc._resolve_name_and_qualifier(data["FunctionName"])
    return next((m["UUID"] for m in lambda_svc._esms.values()
                 if (m["EventSourceArn"], m["FunctionName"], m.get("Qualifier"))
                 == (data["EventSourceArn"], name, qualifier)), None)


def conflict_of(data):
    twin = twin_of(data)
    return twin and (f"The event source arn (\" {data['EventSourceArn']} \") and function (\" "
                     f"{data['FunctionName']} \") provided mapping already exists. Please update or "
                     f"delete the existing mapping with UUID {twin}")


def complete(mapping, data):
    """Adds to a new mapping what MiniStack leaves out; `data`: what it was made from."""
    for name, value in DEFAULTS.items():
        mapping[name] = data.get(name, value)
    for name in ("StartingPosition", "StartingPositionTimestamp"):
        if name in data:
            mapping[name] = data[name]


def turn(mapping, now, settings):
    """Sets a state that passes into Enabled or Disabled."""
    mapping["State"] = now
    later(settings, settle, mapping)


def settle(mapping):
    mapping["State"] = "Enabled" if mapping.get("Enabled", True) else "Disabled"
    lambda_svc._esm_wake.set()


def creating(create, settings):
    def created(data):
        if not is_kinesis(data):
            return create(data)
        reason = wrong(data)
        if reason:
            return refuse("InvalidParameterValueException", reason)
        conflict = conflict_of(data)
        if conflict:
            return refuse("ResourceConflictException", conflict, 409)
        answer = create(data)
        if not succeeded(answer):
            return answer
        mapping = lambda_svc._esms[json.loads(answer[2])["UUID"]]
        complete(mapping, data)
        turn(mapping, "Creating", settings)
        return amend(answer, lambda_svc._esm_response(mapping))

    return created


def updating(update, settings):
    def updated(uuid, data):
        mapping = lambda_svc._esms.get(uuid)
        if not mapping or not is_kinesis(mapping):
            return update(uuid, data)
        reason = wrong_change(mapping, data)
        if reason:
            return refuse("InvalidParameterValueException", reason)
        was = mapping.get("Enabled", True)
        answer = update(uuid, data)
        if not succeeded(answer):
            return answer
        switched = mapping["Enabled"] != was
        turn(mapping, "Updating" if not switched else "Disabling" if was else "Enabling", settings)
        return amend(answer, lambda_svc._esm_response(mapping))

    return updated


def deleting(delete, settings):
    def deleted(uuid):
        mapping = lambda_svc._esms.get(uuid)
        if not mapping or not is_kinesis(mapping):
            return delete(uuid)
        mapping["State"], mapping["Enabled"] = "Deleting", False
        later(settings, delete, uuid)
        return json_response(lambda_svc._esm_response(mapping), 202)

    return deleted


def correct(settings):
    lambda_svc._create_esm = creating(lambda_svc._create_esm, settings)
    lambda_svc._update_esm = updating(lambda_svc._update_esm, settings)
    lambda_svc._delete_esm = deleting(lambda_svc._delete_esm, settings)

"""DynamoDB: the Kinesis destination of a table, and the records that go there.

Facts [DynamoDB Developer Guide, "Using Kinesis Data Streams to capture changes to DynamoDB"; API
Reference, EnableKinesisStreamingDestination and the others]:

- A destination is ENABLING for a while, then ACTIVE; so with UPDATING, and DISABLING to DISABLED. Only
  changes made while it is ACTIVE or UPDATING are sent.
- Enabling what is enabled, in whatever state but DISABLED, is a ValidationException; so is updating
  to the precision that is set. A table has one destination that is not DISABLED.
- A record is JSON with both images, the time in units of the precision and the precision's name. A write that
  changes nothing sends nothing. PartiQL writes are changes like others; those of a transaction
  are sent only when it succeeds.
- Records of one item have the same partition key, so that they are in one shard. How it is made is not
  documented; here it is a hash of the key.
- A record larger than the stream takes (1 MiB) is dropped and counted in
  FailedToReplicateRecordCount.
"""

import copy
import functools
import hashlib
import json
import threading
import time

from ministack.core.responses import get_region, json_response, new_uuid
from ministack.services import cloudwatch, dynamodb, kinesis

from .common import MILLION, invalid, later, succeeded

UNITS_PER_SECOND = {"MILLISECOND": 1000, "MICROSECOND": MILLION}
SENDING = ("ACTIVE", "UPDATING")
RECORD_MAX = 1 << 20
STATE = "Table is not in a valid state to {0} Kinesis Streaming Destination: "
# The plain name says too little where a message is read without its code.
NO_STREAM = "User does not have a permission to use kinesis stream"


def destination_of(table):
    """The one that is not disabled, or None."""
    return next((d for d in dynamodb._kinesis_destinations.get(table, [])
                 if d["DestinationStatus"] != "DISABLED"), None)


def turn(destination, now, then, settings):
    """Sets a state that passes into another."""
    destination["DestinationStatus"] = now

    def end():
        if destination["DestinationStatus"] == now:
            destination["DestinationStatus"] = then

    later(settings, end)


def enable(table, stream, precision, settings):
    """Returns an answer that refuses it, or None."""
    if destination_of(table):
        return invalid(STATE.format("enable") + "EnableKinesisStreamingDestination must be DISABLED "
                       "or ENABLE_FAILED to perform ENABLE operation.")
    if not kinesis._resolve_stream_by_arn(stream):
        return invalid(NO_STREAM)
    destination = {"StreamArn": stream, "DestinationStatusDescription": "",
                   "ApproximateCreationDateTimePrecision": precision}
    others = [d for d in dynamodb._kinesis_destinations.get(table, []) if d["StreamArn"] != stream]
    dynamodb._kinesis_destinations[table] = [*others, destination]
    turn(destination, "ENABLING", "ACTIVE", settings)
    return None


def disable(table, stream, settings):
    destination = destination_of(table)
    if not destination or destination["StreamArn"] != stream \
            or destination["DestinationStatus"] != "ACTIVE":
        return invalid(STATE.format("disable") + "DisableKinesisStreamingDestination must be ACTIVE "
                       "to perform DISABLE operation.")
    turn(destination, "DISABLING", "DISABLED", settings)
    return None


def update(table, stream, precision, settings):
    destination = destination_of(table)
    if not destination or destination["StreamArn"] != stream:
        return invalid(STATE.format("update") + f"No streaming destination with streamArn: {stream} "
                       f"found for table with tableName: {table}")
    if destination["DestinationStatus"] != "ACTIVE":
        return invalid(STATE.format("update") + "UpdateKinesisStreamingDestination must be ACTIVE to "
                       "perform UPDATE operation.")
    if precision == destination["ApproximateCreationDateTimePrecision"]:
        return invalid(f"Invalid Request: Precision is already set to the desired value of {precision} "
                       f"for tableId: {dynamodb._tables[table]['TableId']}, kdsArn: {stream}")
    destination["ApproximateCreationDateTimePrecision"] = precision
    turn(destination, "UPDATING", "ACTIVE", settings)
    return None


def operation(change, configuration, state):
    """Makes the handler of an API call from what it does."""
    def handle(data):
        table, stream, error = dynamodb._validate_kinesis_destination_request(data)
        if error:
            return error
        # Disable takes the configuration by the name that Enable has.
        given = (data.get(configuration) or {}).get("ApproximateCreationDateTimePrecision")
        if given and given not in UNITS_PER_SECOND:
            return invalid(f"1 validation error detected: Value '{given}' at 'approximateCreationDateTime"
                           f"Precision' failed to satisfy constraint: Member must satisfy enum value set")
        error = change(table, stream, given)
        if error:
            return error
        answer = {"TableName": table, "StreamArn": stream, "DestinationStatus": state}
        if given:
            answer[configuration] = {"ApproximateCreationDateTimePrecision": given}
        return json_response(answer)

    return handle


def keys_of(table, item):
    names = [table["pk_name"], table["sk_name"]]
    return {name: item[name] for name in names if name}


def kinesis_record(table, name, old, new, precision):
    """What DynamoDB writes to a stream, as a dictionary."""
    keys = keys_of(table, new or old)
    change = {"ApproximateCreationDateTime": int(time.time() * UNITS_PER_SECOND[precision]),
              "Keys": keys}
    if new:
        change["NewImage"] = new
    if old:
        change["OldImage"] = old
    change["SizeBytes"] = sum(dynamodb._item_size_bytes(part) for part in (keys, old, new) if part)
    change["ApproximateCreationDateTimePrecision"] = precision
    return {"awsRegion": get_region(), "eventID": new_uuid(), "eventName": name,
            "userIdentity": None, "recordFormat": "application/json",
            "tableName": table["TableName"], "dynamodb": change, "eventSource": "aws:dynamodb"}


def partition_key(keys):
    text = json.dumps(keys, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32].upper()


def send(table_name, record):
    """In the place of MiniStack's: gets its record, in the shape of DynamoDB Streams."""
    destination = destination_of(table_name)
    old, new = (record["dynamodb"].get(name) for name in ("OldImage", "NewImage"))
    if not destination or destination["DestinationStatus"] not in SENDING or old == new:
        return
    table = dynamodb._tables[table_name]
    sent = kinesis_record(table, record["eventName"], old, new,
                          destination["ApproximateCreationDateTimePrecision"])
    data = json.dumps(sent, separators=(",", ":"), ensure_ascii=False).encode()
    if len(data) > RECORD_MAX:
        cloudwatch.record_metric("AWS/DynamoDB", "FailedToReplicateRecordCount", 1, "Count",
                                 {"TableName": table_name, "DelegatedOperation": "PutRecord"})
        return
    kinesis.put_record_internal(destination["StreamArn"],
                                partition_key(sent["dynamodb"]["Keys"]), data)


class Writes(threading.local):
    """The changes that a PartiQL request has made so far in this thread; None outside of one."""

    changes = None


writes = Writes()


def noticing(store):
    """A function that stores or removes an item and returns the one before."""
    @functools.wraps(store)
    def noticed(table, pk, sk, *item):
        old = store(table, pk, sk, *item)
        if writes.changes is not None:
            new = item[0] if item else None
            writes.changes.append((table["TableName"], copy.deepcopy(old), copy.deepcopy(new)))
        return old

    return noticed


def emit(table, old, new):
    if old == new:
        return
    name = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
    dynamodb._emit_stream_event(table, name, old, new)


def emitting(request):
    """A PartiQL request whose changes are sent when it has succeeded."""
    @functools.wraps(request)
    def emitted(data):
        if writes.changes is not None:
            return request(data)
        writes.changes = []
        try:
            answer = request(data)
            made = writes.changes
        finally:
            writes.changes = None
        if succeeded(answer):
            for change in made:
                emit(*change)
        return answer

    return emitted


def correct(settings):
    dynamodb._enable_kinesis_streaming_destination = operation(
        lambda table, stream, precision: enable(table, stream, precision or "MILLISECOND", settings),
        "EnableKinesisStreamingConfiguration", "ENABLING")
    dynamodb._disable_kinesis_streaming_destination = operation(
        lambda table, stream, _: disable(table, stream, settings),
        "EnableKinesisStreamingConfiguration", "DISABLING")
    dynamodb._update_kinesis_streaming_destination = operation(
        lambda table, stream, precision: update(table, stream, precision, settings),
        "UpdateKinesisStreamingConfiguration", "UPDATING")
    dynamodb._fan_out_to_kinesis = send
    dynamodb._set_item = noticing(dynamodb._set_item)
    dynamodb._remove_item = noticing(dynamodb._remove_item)
    dynamodb._execute_statement = emitting(dynamodb._execute_statement)
    dynamodb._execute_transaction = emitting(dynamodb._execute_transaction)

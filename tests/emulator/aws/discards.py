"""What a mapping tells its OnFailure destination about records it has given up.

Facts [Lambda Developer Guide, "Retain discarded batch records for a Kinesis Data Streams event source
in Lambda"]: queues and topics get the place of the records in the stream, not the records; a
bucket gets the whole event as well, as text in `payload`, below a key of mapping, shard and time.
A record that got too old has no `responseContext`; after partial failures `functionError` is null.
"""

import json
import time

from ministack.core.responses import new_uuid
from ministack.services import s3, sns, sqs

from . import roles

EXHAUSTED = "RetryAttemptsExhausted"
TOO_OLD = "RecordAgeExceeded"
PREFIX = "aws/lambda"


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds % 1 * 1000):03d}Z"


def describe(mapping, function, shard, records, condition, count, error):
    """`error`: FunctionError of the last invocation, None if it returned."""
    first, last = records[0], records[-1]
    said = {} if condition == TOO_OLD else {"responseContext": {
        "statusCode": 200, "executedVersion": "$LATEST", "functionError": error}}
    return {
        "requestContext": {"requestId": new_uuid(), "functionArn": function["config"]["FunctionArn"],
                           "condition": condition, "approximateInvokeCount": count},
        **said, "version": "1.0", "timestamp": iso(time.time()),
        "KinesisBatchInfo": {
            "shardId": shard, "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": iso(first["ApproximateArrivalTimestamp"]),
            "approximateArrivalOfLastRecord": iso(last["ApproximateArrivalTimestamp"]),
            "batchSize": len(records), "streamArn": mapping["EventSourceArn"]}}


def object_key(mapping, shard, seconds):
    day, moment = (time.strftime(f, time.gmtime(seconds)) for f in ("%Y/%m/%d", "%Y-%m-%dT%H.%M.%S"))
    return f"{PREFIX}/{mapping['UUID']}/{shard}/{day}/{moment}-{new_uuid()}"


def to_queue(arn, message):
    if sqs._queue_by_arn(arn):
        _, _, _, _, account, name = arn.split(":")
        sqs._act_send_message({"MessageBody": json.dumps(message)},
                              sqs._queue_url_for_account(account, name))


def to_topic(arn, message):
    sns._fanout(arn, new_uuid(), json.dumps(message), "")


def send(mapping, function, shard, records, events, condition, count, error):
    """`events`: the records as the function got them."""
    configured = (mapping.get("DestinationConfig") or {}).get("OnFailure") or {}
    arn = configured.get("Destination") or ""
    if not arn or roles.wrong_destination(function["config"]["Role"], arn):
        return
    service = arn.split(":")[2]
    message = describe(mapping, function, shard, records, condition, count, error)
    if service == "sqs":
        to_queue(arn, message)
    elif service == "sns":
        to_topic(arn, message)
    elif service == "s3":
        message["payload"] = json.dumps({"Records": events})
        s3._put_object(arn.rsplit(":", 1)[1], object_key(mapping, shard, time.time()),
                       json.dumps(message).encode(), {"content-type": "application/json"})

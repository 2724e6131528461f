"""Lambda: the event source mapping that reads a Kinesis stream.

Facts [Lambda Developer Guide, "Using Lambda to process records from Amazon Kinesis Data Streams"
and its pages on batching, error handling and filtering; answers.py and discards.py have more]:

- Each shard is read in order, by as many lanes as ParallelizationFactor says; a partition key stays in
  its lane. A batch ends with BatchSize records or 6 MB; a smaller one waits until
  MaximumBatchingWindowInSeconds have passed since its first record.
- A failed batch blocks its lane until it succeeds, MaximumRetryAttempts are used up (-1: never) or its
  records are older than MaximumRecordAgeInSeconds (-1: never); of these only the old ones go.
- BisectBatchOnFunctionError halves a failed batch, and that uses up no attempt. A partial answer
  moves the beginning of the batch instead, and attempts are counted anew. Throttling uses none up.
- A disabled mapping goes on where it stopped. Shards that appear later are read from their beginning, and only
  once their parents are done.
- IteratorAge is the age of a batch's last record when the function gets it.
"""

import hashlib
import logging
import time

from ministack.core.responses import _request_account_id, _request_region, get_region
from ministack.services import cloudwatch, kinesis, lambda_svc

from . import answers, discards, metrics
from .common import STEP_S, in_thread

PAYLOAD_MAX = 6 * 1024 * 1024
EVENT_OVERHEAD = 600  # of a record in the event, beside its data
FOR_EVER = -1
logger = logging.getLogger("mapping")


def number(mapping, name, default):
    value = mapping.get(name)
    return default if value is None else int(value)


def event_of(record, shard, mapping, function):
    """A record as the function sees it."""
    sequence = record["SequenceNumber"]
    return {
        "kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": record["PartitionKey"],
                    "sequenceNumber": sequence, "data": kinesis._ensure_base64(record["Data"]),
                    "approximateArrivalTimestamp": record["ApproximateArrivalTimestamp"]},
        "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": f"{shard}:{sequence}",
        "eventName": "aws:kinesis:record", "invokeIdentityArn": function["config"]["Role"],
        "awsRegion": get_region(), "eventSourceARN": mapping["EventSourceArn"]}


class Batch:
    def __init__(self, records, tries=0):
        self.records, self.tries = records, tries

    def halves(self):
        middle = len(self.records) // 2
        return [Batch(self.records[:middle], self.tries), Batch(self.records[middle:], self.tries)]


class Lane:
    """Reads its part of a shard; a thread of its own runs it while there is something to do."""

    def __init__(self, settings, uuid, shard_id, part, parts, position):
        self.settings = settings
        self.uuid, self.shard_id, self.part, self.parts = uuid, shard_id, part, parts
        self.position = position  # the sequence number after which it reads
        self.batches = []  # taken from the shard, in order; only the first is delivered
        self.thread = None

    def wake(self):
        if self.thread and self.thread.is_alive():
            return
        self.thread = in_thread(self.run)

    def run(self):
        try:
            while self.step():
                pass
        except Exception:
            logger.exception("mapping %s, %s", self.uuid, self.shard_id)

    def step(self):
        """Returns whether there may be more to do."""
        mapping = lambda_svc._esms.get(self.uuid)
        stream = mapping and readable(mapping)
        function = mapping and invocable(mapping)
        if not stream or not function or self.shard_id not in stream["shards"]:
            return False
        if not self.batches:
            return self.take(mapping, stream["shards"][self.shard_id]["records"])
        self.deliver(mapping, function)
        return True

    def is_done(self, records):
        """Whether it has delivered all that is in its shard."""
        return not self.batches and not any(r["SequenceNumber"] > self.position and self.is_mine(r)
                                            for r in records)

    def is_mine(self, record):
        digest = hashlib.md5(record["PartitionKey"].encode()).digest()
        return digest[-1] % self.parts == self.part

    def take(self, mapping, records):
        """Makes a batch of the next records, or waits for more of them."""
        fresh = [r for r in records if r["SequenceNumber"] > self.position and self.is_mine(r)]
        most, size, count = number(mapping, "BatchSize", 100), 0, 0
        for record in fresh[:most]:
            size += len(kinesis._ensure_base64(record["Data"])) + EVENT_OVERHEAD
            if count and size > PAYLOAD_MAX:
                break
            count += 1
        if not count:
            return False
        left = number(mapping, "MaximumBatchingWindowInSeconds", 0) \
            - (time.time() - fresh[0]["ApproximateArrivalTimestamp"])
        if count == len(fresh) < most and left > 0:
            time.sleep(min(left, STEP_S))
            return True
        self.batches = [Batch(fresh[:count])]
        self.position = fresh[count - 1]["SequenceNumber"]
        metrics.measure(mapping["EventSourceArn"].rsplit("/", 1)[-1], "GetRecords.Records", count)
        return True

    def deliver(self, mapping, function):
        batch = self.batches[0]
        self.give_up_old(mapping, function, batch)
        events = [event_of(r, self.shard_id, mapping, function) for r in batch.records]
        events = lambda_svc._apply_filter_criteria(events, mapping)
        if not events:
            self.batches.pop(0)
            return
        result = self.invoke(function, batch, events)
        if self.uuid not in lambda_svc._esms:
            return  # the emulator was emptied meanwhile
        if not result.get("throttle"):
            self.judge(mapping, function, batch, events, result)
        if self.batches:
            self.settings.pause()

    def judge(self, mapping, function, batch, events, result):
        """Sees whether the batch is done, and what has to be tried again."""
        numbers = [event["kinesis"]["sequenceNumber"] for event in events]
        error = "Unhandled" if result.get("error") else None
        failed = answers.ALL_FAILED if error else answers.ALL_DONE
        if not error and reports_failures(mapping):
            failed = answers.first_failed(result.get("body"), numbers)
        if failed is answers.ALL_DONE:
            self.batches.pop(0)
            mapping["LastProcessingResult"] = "OK"
            lambda_svc._esm_wake.set()  # the shard's children may be waiting
            return
        mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
        if failed > 0:
            batch.records = [r for r in batch.records if r["SequenceNumber"] >= numbers[failed]]
            batch.tries = 0
        elif failed == answers.ALL_FAILED and mapping.get("BisectBatchOnFunctionError") \
                and len(batch.records) > 1:
            self.batches[:1] = batch.halves()
        else:
            self.count_try(mapping, function, batch, error)

    def invoke(self, function, batch, events):
        name = function["config"]["FunctionName"]
        begin = time.time()
        age_ms = (begin - batch.records[-1]["ApproximateArrivalTimestamp"]) * 1000
        cloudwatch.record_metric("AWS/Lambda", "IteratorAge", max(age_ms, 0), "Milliseconds",
                                 {"FunctionName": name})
        result = lambda_svc._execute_function(function, {"Records": events})
        if not result.get("throttle") and self.uuid in lambda_svc._esms:
            lambda_svc._emit_lambda_metrics(name, (time.time() - begin) * 1000,
                                            bool(result.get("error")), False)
        return result

    def count_try(self, mapping, function, batch, error):
        batch.tries += 1
        most = number(mapping, "MaximumRetryAttempts", FOR_EVER)
        if most != FOR_EVER and batch.tries > most:
            self.batches.pop(0)
            self.give_up(mapping, function, batch.records, discards.EXHAUSTED, batch.tries, error)

    def give_up_old(self, mapping, function, batch):
        most = number(mapping, "MaximumRecordAgeInSeconds", FOR_EVER)
        if most == FOR_EVER:
            return
        oldest = time.time() - most / self.settings.ageing
        old = [r for r in batch.records if r["ApproximateArrivalTimestamp"] < oldest]
        if old:
            batch.records = batch.records[len(old):]
            self.give_up(mapping, function, old, discards.TOO_OLD, batch.tries, None)

    def give_up(self, mapping, function, records, condition, count, error):
        events = [event_of(r, self.shard_id, mapping, function) for r in records]
        discards.send(mapping, function, self.shard_id, records, events, condition, count, error)


def reports_failures(mapping):
    return "ReportBatchItemFailures" in (mapping.get("FunctionResponseTypes") or [])


def readable(mapping):
    """The stream, or None while it cannot or shall not be read."""
    if not mapping.get("Enabled", True) or mapping["State"] not in ("Enabled", "Updating"):
        return None
    stream = kinesis._resolve_stream_by_arn(mapping["EventSourceArn"])
    return stream if stream and stream["StreamStatus"] in ("ACTIVE", "UPDATING") else None


def invocable(mapping):
    """The function, or None while it cannot be invoked."""
    function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"],
                                                            mapping.get("Qualifier"))
    return function if function and function["config"].get("State") != "Pending" else None


def start_position(mapping, records, is_first_look):
    """The sequence number after which to read; "" is before all."""
    starting = mapping.get("StartingPosition")
    if not is_first_look or starting == "TRIM_HORIZON":
        return ""
    if starting == "AT_TIMESTAMP":
        begin = float(mapping["StartingPositionTimestamp"])
        records = [r for r in records if r["ApproximateArrivalTimestamp"] < begin]
    return records[-1]["SequenceNumber"] if records else ""


class Mappings:
    """All lanes of all mappings."""

    def __init__(self, settings):
        self.settings = settings
        self.lanes = {}  # UUID: {shard: lanes}

    def poll(self):
        """In the place of MiniStack's, called by its thread. Returns False: nothing was done here."""
        for account, region, mapping in lambda_svc._iter_all_esms():
            scope = _request_account_id.set(account), _request_region.set(region)
            try:
                if ":kinesis:" in mapping["EventSourceArn"]:
                    self.look_at(mapping)
            finally:
                _request_account_id.reset(scope[0])
                _request_region.reset(scope[1])
        return False

    def look_at(self, mapping):
        stream = readable(mapping)
        if not stream:
            return
        is_first_look = mapping["UUID"] not in self.lanes
        shards = self.lanes.setdefault(mapping["UUID"], {})
        for shard_id, shard in list(stream["shards"].items()):
            if not is_first_look and not self.parents_are_done(shard, stream, shards):
                continue
            if shard_id not in shards:
                shards[shard_id] = self.lanes_of(mapping, shard_id, shard["records"], is_first_look)
            for lane in shards[shard_id]:
                lane.wake()

    def parents_are_done(self, shard, stream, lanes):
        parents = [shard["parent_shard_id"], shard["adjacent_parent_shard_id"]]
        return all(lane.is_done(stream["shards"][parent]["records"])
                   for parent in parents if parent in stream["shards"] for lane in lanes.get(parent, []))

    def lanes_of(self, mapping, shard_id, records, is_first_look):
        parts = number(mapping, "ParallelizationFactor", 1)
        position = start_position(mapping, records, is_first_look)
        return [Lane(self.settings, mapping["UUID"], shard_id, part, parts, position)
                for part in range(parts)]


def correct(settings):
    lambda_svc._poll_kinesis = Mappings(settings).poll

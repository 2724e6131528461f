"""The emulator's event source mapping; aws/mapping.py, answers.py, discards.py and mapping_api.py name the facts."""

import json
import re
import sys
import time
import unittest

import packages

packages.require("botocore", "ministack")
from botocore.exceptions import ClientError
from scripted import LONG_S, Case

ABC = ["a", "b", "c"]


class Mapping(Case):
    def setUp(self):
        super().setUp()
        self.arn = self.stream()

    def deliver(self, *steps, records=ABC, **options):
        """Has the records delivered to a function of these steps; returns their sequence numbers and the UUID."""
        self.function(*steps)
        numbers = self.put(*records)
        return numbers, self.mapping(self.arn, **options)

    def result(self, uuid):
        return self.state(uuid)["LastProcessingResult"]


class Delivery(Mapping):
    def test_event(self):
        numbers, uuid = self.deliver(records=["a"])
        self.eventually(self.events)
        (record,) = self.events()[0]["Records"]
        self.assertAlmostEqual(record["kinesis"].pop("approximateArrivalTimestamp"), time.time(), delta=60)
        self.assertEqual(record, {
            "kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": "k", "sequenceNumber": numbers[0],
                        "data": "YQ=="},
            "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventName": "aws:kinesis:record",
            "eventID": "shardId-000000000000:" + numbers[0], "eventSourceARN": self.arn,
            "awsRegion": "eu-central-1", "invokeIdentityArn": "arn:aws:iam::123456789012:role/r"})
        self.eventually(lambda: self.result(uuid) == "OK")

    def test_batch_size(self):
        self.deliver(BatchSize=2)
        self.expect_batches(["a", "b"], ["c"])

    def test_payload_of_6_mb(self):
        self.function()
        for letter in "abcde":
            self.put(letter * 1_000_000)
        self.mapping(self.arn)
        self.eventually(lambda: len(self.batches()) == 2)
        self.assertEqual([len(batch) for batch in self.batches()], [4, 1])

    def test_window(self):
        self.function()
        self.mapping(self.arn, MaximumBatchingWindowInSeconds=2, BatchSize=3)
        self.put("a")
        time.sleep(0.5)
        self.put("b", "c")
        self.expect_batches(ABC)
        self.put("d")
        self.expect_batches(ABC, ["d"])

    def test_latest(self):
        self.function()
        self.put("old")
        self.mapping(self.arn, StartingPosition="LATEST")
        self.eventually(self.delivered_after_latest)
        self.assertNotIn("old", sum(self.batches(), []))

    def delivered_after_latest(self):
        """LATEST begins some time after the mapping is there: as on AWS nobody knows when."""
        self.put("new")
        return self.batches()

    def test_at_timestamp(self):
        self.function()
        self.put("old")
        time.sleep(0.05)
        begin = time.time()
        self.put("new")
        self.mapping(self.arn, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=begin)
        self.expect_batches(["new"])

    def test_all_shards_each_in_order(self):
        arn = self.stream("many", shards=3)
        self.function()
        for i in range(10):
            for key in ABC:
                self.put(f"{key}{i}", name="many", key=key)
        self.mapping(arn, BatchSize=4)
        self.eventually(lambda: len(sum(self.batches(), [])) == 30)
        for key in ABC:
            self.assertEqual([d for d in sum(self.batches(), []) if d[0] == key],
                             [f"{key}{i}" for i in range(10)])

    def test_a_lane_that_fails_holds_up_only_its_keys(self):
        self.function({"fail_data": "bad"})
        self.put("bad", "never", key="a")
        for key in "bcdefgh":
            self.put("good", key=key)
        self.mapping(self.arn, ParallelizationFactor=10, BatchSize=1)
        self.eventually(lambda: ["good"] in self.batches() and self.batches().count(["bad"]) > 1)
        self.assertNotIn(["never"], self.batches())

    def test_filter(self):
        self.function()
        self.put('{"kind": "x"}', '{"kind": "y"}', "text")
        self.mapping(self.arn, FilterCriteria={"Filters": [{"Pattern": '{"data": {"kind": ["y"]}}'}]})
        self.expect_batches(['{"kind": "y"}'])

    def test_disabled_and_enabled_again(self):
        _, uuid = self.deliver()
        self.expect_batches(ABC)
        functions = self.aws.client("lambda")
        functions.update_event_source_mapping(UUID=uuid, Enabled=False)
        self.eventually(lambda: self.state(uuid)["State"] == "Disabled")
        self.put("d")
        functions.update_event_source_mapping(UUID=uuid, Enabled=True)
        self.eventually(lambda: self.state(uuid)["State"] == "Enabled")
        self.expect_batches(ABC, ["d"])

    def test_children_after_their_parents(self):
        self.function({"fail": [0]}, {"fail": [0]}, {"return": None})
        self.put("parent")
        self.mapping(self.arn, BatchSize=1)
        self.eventually(self.events)
        self.aws.client("kinesis").update_shard_count(StreamName="s", TargetShardCount=2,
                                                      ScalingType="UNIFORM_SCALING")
        self.put("child")
        self.expect_batches(["parent"], ["parent"], ["parent"], ["child"])

    def test_metrics(self):
        _, uuid = self.deliver({"error": "first"}, {"return": None})
        self.eventually(lambda: self.result(uuid) == "OK")
        self.assertEqual(self.metric("Invocations")["Sum"], 2)
        self.assertEqual(self.metric("Errors")["Sum"], 1)
        age = self.metric("IteratorAge")
        self.assertEqual(age["SampleCount"], 2)
        self.assertGreater(age["Sum"], 0)

    def test_throttling_is_counted_and_uses_up_no_attempt(self):
        self.function({"fail": [0]}, {"return": None})
        functions = self.aws.client("lambda")
        functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
        self.put(*ABC)
        self.mapping(self.arn, MaximumRetryAttempts=1)
        self.eventually(lambda: self.metric("Throttles")["Sum"] > 3)
        functions.delete_function_concurrency(FunctionName="f")
        self.expect_batches(ABC, ABC)


class Answers(Mapping):
    def test_all_succeeded(self):
        for answer in None, {}, {"batchItemFailures": None}, {"batchItemFailures": []}, {"other": 1}:
            with self.subTest(answer=answer):
                self.setUp()
                self.deliver({"return": answer}, {"return": None}, BatchSize=2)
                self.expect_batches(["a", "b"], ["c"])

    def test_all_failed(self):
        for item in {"itemIdentifier": ""}, {"itemIdentifier": None}, {"wrong": "1"}, {"itemIdentifier": "1"}:
            with self.subTest(item=item):
                self.setUp()
                self.deliver({"return": {"batchItemFailures": [item]}}, {"return": None})
                self.expect_batches(ABC, ABC)

    def test_error_crash_and_timeout(self):
        for step in {"error": "no"}, {"exit": 3}, {"sleep": 3}:
            with self.subTest(step=step):
                self.setUp()
                self.function(step, {"return": None}, timeout=1)
                self.put(*ABC)
                uuid = self.mapping(self.arn)
                self.eventually(lambda: self.result(uuid) == "PROBLEM: Function call failed")
                self.expect_batches(ABC, ABC)
                self.eventually(lambda: self.result(uuid) == "OK")

    def test_lowest_number_is_the_checkpoint(self):
        self.deliver({"fail": [2, 1]}, {"return": None})
        self.expect_batches(ABC, ["b", "c"])

    def test_failures_are_not_looked_at_unless_asked_for(self):
        self.deliver({"fail": [0]}, {"return": None}, FunctionResponseTypes=[], BatchSize=2)
        self.expect_batches(["a", "b"], ["c"])


class Retries(Mapping):
    def queue(self):
        """Makes the queue q; returns its URL and the DestinationConfig."""
        url = self.aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
        return url, {"OnFailure": {"Destination": "arn:aws:sqs:eu-central-1:123456789012:q"}}

    def message(self, url):
        found = self.aws.client("sqs").receive_message(QueueUrl=url).get("Messages")
        return found and json.loads(found[0]["Body"])

    def test_for_ever(self):
        self.deliver(*[{"fail": [0]}] * 15, {"return": None})
        self.expect_batches(*[ABC] * 16)

    def test_exhausted(self):
        numbers, uuid = self.deliver({"fail": [0]}, {"error": "x"}, {"return": None}, BatchSize=2,
                                     MaximumRetryAttempts=1)
        self.expect_batches(["a", "b"], ["a", "b"], ["c"])

    def test_progress_counts_anew(self):
        self.deliver({"fail": [0]}, {"fail": [1]}, {"fail": [0]}, {"fail": [0]}, {"return": None},
                     records=[*ABC, "d"], BatchSize=3, MaximumRetryAttempts=1)
        self.expect_batches(ABC, ABC, ["b", "c"], ["b", "c"], ["d"])

    def test_bisect(self):
        self.deliver({"error": "x"}, {"return": None}, {"error": "x"}, {"return": None}, BatchSize=3,
                     BisectBatchOnFunctionError=True)
        self.expect_batches(ABC, ["a"], ["b", "c"], ["b"], ["c"])

    def test_bisecting_uses_up_no_attempt(self):
        self.deliver({"error": "x"}, {"return": None}, {"error": "x"}, {"error": "x"}, {"return": None},
                     BatchSize=2, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1)
        self.expect_batches(["a", "b"], ["a"], ["b"], ["b"], ["c"])

    def test_a_partial_answer_is_not_halved(self):
        """The batch is cut where the answer says; at its beginning that leaves all of it."""
        self.deliver({"fail": [0]}, {"return": None}, BisectBatchOnFunctionError=True)
        self.expect_batches(ABC, ABC)

    def test_queue_is_told(self):
        url, destination = self.queue()
        numbers, _ = self.deliver({"error": "x"}, MaximumRetryAttempts=1, DestinationConfig=destination)
        said = self.eventually(self.message, url)
        self.assertEqual(said["requestContext"]["condition"], "RetryAttemptsExhausted")
        self.assertEqual(said["requestContext"]["approximateInvokeCount"], 2)
        self.assertEqual(said["responseContext"]["functionError"], "Unhandled")
        info = said["KinesisBatchInfo"]
        self.assertEqual((info["shardId"], info["startSequenceNumber"], info["endSequenceNumber"],
                          info["batchSize"], info["streamArn"]),
                         ("shardId-000000000000", numbers[0], numbers[2], 3, self.arn))
        self.assertNotIn("payload", said)

    def test_partial_failures_are_no_function_error(self):
        url, destination = self.queue()
        self.deliver({"fail": [0]}, MaximumRetryAttempts=0, DestinationConfig=destination)
        self.assertIsNone(self.eventually(self.message, url)["responseContext"]["functionError"])

    def test_bucket_gets_the_records(self):
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket="lost", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        _, uuid = self.deliver({"fail": [1]}, {"error": "x"}, MaximumRetryAttempts=0,
                               DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::lost"}})
        (found,) = self.eventually(lambda: s3.list_objects_v2(Bucket="lost").get("Contents"))
        self.assertRegex(found["Key"], re.compile(
            rf"^aws/lambda/{uuid}/shardId-000000000000/\d{{4}}/\d\d/\d\d/"
            rf"\d{{4}}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{{36}}$"))
        said = json.loads(s3.get_object(Bucket="lost", Key=found["Key"])["Body"].read())
        self.assertEqual(said["KinesisBatchInfo"]["batchSize"], 2)
        self.assertEqual([r["kinesis"]["data"] for r in json.loads(said["payload"])["Records"]],
                         ["Yg==", "Yw=="])

    def test_only_the_old_ones_go(self):
        url, destination = self.queue()
        self.function(*[{"fail": [0]}] * 3, {"fail_data": "old"})
        old = self.put("old", "old")
        time.sleep(1)
        self.put("new")
        self.mapping(self.arn, MaximumRecordAgeInSeconds=600, DestinationConfig=destination)
        self.eventually(lambda: len(self.batches()) > 3)  # no age is too great yet
        # 600 s are now what has passed since a moment between the two.
        self.aws.set("ageing", 600 / (time.time() - self.arrival_of("new") + 0.5))
        said = self.eventually(self.message, url)
        self.assertEqual(said["requestContext"]["condition"], "RecordAgeExceeded")
        self.assertNotIn("responseContext", said)
        self.assertEqual(said["KinesisBatchInfo"]["startSequenceNumber"], old[0])
        self.assertEqual(said["KinesisBatchInfo"]["endSequenceNumber"], old[1])
        self.eventually(lambda: self.batches()[-1] == ["new"])

    def arrival_of(self, text):
        return next(r["ApproximateArrivalTimestamp"].timestamp() for r in self.records()
                    if r["Data"] == text.encode())


class Api(Mapping):
    def refused(self, code, **options):
        with self.assertRaises(ClientError) as caught:
            self.aws.client("lambda").create_event_source_mapping(
                **{"EventSourceArn": self.arn, "FunctionName": "f", "StartingPosition": "TRIM_HORIZON",
                   **options})
        self.assertEqual(caught.exception.response["Error"]["Code"], code)

    def test_states(self):
        self.function()
        functions = self.aws.client("lambda")
        self.aws.set("seconds", LONG_S)
        made = functions.create_event_source_mapping(EventSourceArn=self.arn, FunctionName="f",
                                                     StartingPosition="LATEST")
        self.assertEqual(made["State"], "Creating")
        for act, state, then in (
                (lambda: None, "Creating", "Enabled"),
                (lambda: functions.update_event_source_mapping(UUID=uuid, BatchSize=7), "Updating", "Enabled"),
                (lambda: functions.update_event_source_mapping(UUID=uuid, Enabled=False), "Disabling", "Disabled"),
                (lambda: functions.update_event_source_mapping(UUID=uuid, Enabled=True), "Enabling", "Enabled")):
            uuid = made["UUID"]
            self.aws.set("seconds", LONG_S)
            act()
            self.assertEqual(self.state(uuid)["State"], state)
            self.aws.set("seconds", 0)
            self.eventually(lambda: self.state(uuid)["State"] == then)
        self.aws.set("seconds", LONG_S)
        self.assertEqual(functions.delete_event_source_mapping(UUID=uuid)["State"], "Deleting")
        self.aws.set("seconds", 0)
        self.eventually(lambda: not functions.list_event_source_mappings()["EventSourceMappings"])

    def test_defaults(self):
        self.function()
        state = self.state(self.mapping(self.arn))
        self.assertEqual((state["BatchSize"], state["MaximumRetryAttempts"], state["MaximumRecordAgeInSeconds"],
                          state["ParallelizationFactor"], state["BisectBatchOnFunctionError"]),
                         (100, -1, -1, 1, False))

    def test_refused(self):
        self.function()
        self.refused("InvalidParameterValueException", EventSourceArn=self.arn + "-none")
        self.refused("InvalidParameterValueException", MaximumRecordAgeInSeconds=30)
        self.refused("InvalidParameterValueException", StartingPosition="")
        self.refused("ResourceNotFoundException", FunctionName="none")

    def test_one_mapping_of_a_stream_for_each_function(self):
        self.function()
        self.mapping(self.arn)
        self.refused("ResourceConflictException")


del Mapping

if __name__ == "__main__":
    sys.exit(unittest.main())

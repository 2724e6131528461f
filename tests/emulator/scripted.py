"""Streams, functions that do as they are told (scripted_function.py), and mappings between them."""

import base64
import io
import json
import sys
import time
import zipfile
from pathlib import Path

from emulator import ACCOUNT, REGION, EmulatorCase

WAIT_S = 60
SHORT_S, LONG_S = 0.02, 600  # how long things take; LONG_S: until a test sets another
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"


def package(more=""):
    """A zip with the scripted bootstrap for this Python; `more`: code that goes before main()."""
    source = Path(__file__).with_name("scripted_function.py").read_text(encoding="utf-8")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.create_system, entry.external_attr = 3, 0o755 << 16
        archive.writestr(entry, f"#!{sys.executable} -IS\n" + source.replace("\n\nmain()", f"\n\n{more}\nmain()"))
    return content.getvalue()


class Case(EmulatorCase):
    auth = False

    def setUp(self):
        super().setUp()
        self.aws.set("seconds", SHORT_S)
        self.aws.set("ageing", 1)
        self.script, self.seen = self.aws.folder / "script", self.aws.folder / "seen"
        self.seen.unlink(missing_ok=True)

    def eventually(self, what, *arguments):
        """Waits until the call returns something true, and returns that."""
        end = time.monotonic() + WAIT_S
        while True:
            result = what(*arguments)
            if result:
                return result
            if time.monotonic() > end:
                self.fail(f"{what} never came true:\n{self.aws.log()[-4000:]}")
            time.sleep(0.02)

    def stream(self, name="s", shards=1):
        """Makes it and returns its ARN."""
        kinesis = self.aws.client("kinesis")
        kinesis.create_stream(StreamName=name, ShardCount=shards)
        self.eventually(lambda: self.status_of_stream(name) == "ACTIVE")
        return f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}"

    def status_of_stream(self, name):
        summary = self.aws.client("kinesis").describe_stream_summary(StreamName=name)
        return summary["StreamDescriptionSummary"]["StreamStatus"]

    def put(self, *texts, name="s", key="k"):
        """Puts records in one call; returns their sequence numbers."""
        answer = self.aws.client("kinesis").put_records(StreamName=name, Records=[
            {"Data": text.encode(), "PartitionKey": key} for text in texts])
        return [record["SequenceNumber"] for record in answer["Records"]]

    def records(self, name="s"):
        """The data of all records of all shards of a stream, and their partition keys."""
        kinesis = self.aws.client("kinesis")
        found = []
        for shard in kinesis.list_shards(StreamName=name)["Shards"]:
            iterator = kinesis.get_shard_iterator(StreamName=name, ShardId=shard["ShardId"],
                                                  ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
            found += kinesis.get_records(ShardIterator=iterator)["Records"]
        return found

    def function(self, *steps, name="f", timeout=5, **options):
        """Makes a function of these steps."""
        self.script.write_text(json.dumps(steps or [{"return": None}]), encoding="utf-8")
        functions = self.aws.client("lambda")
        functions.create_function(
            FunctionName=name, Runtime="provided.al2023", Handler="bootstrap", Role=ROLE,
            Timeout=timeout, Code={"ZipFile": package()}, **options,
            Environment={"Variables": {"SCRIPT": str(self.script), "SEEN": str(self.seen)}})
        self.eventually(lambda: functions.get_function_configuration(FunctionName=name)["State"] == "Active")

    def mapping(self, stream, name="f", **options):
        """Makes a mapping; returns its UUID once it is enabled."""
        functions = self.aws.client("lambda")
        made = functions.create_event_source_mapping(
            EventSourceArn=stream, FunctionName=name,
            **{"StartingPosition": "TRIM_HORIZON", "FunctionResponseTypes": ["ReportBatchItemFailures"],
               **options})
        self.eventually(lambda: self.state(made["UUID"])["State"] != "Creating")
        return made["UUID"]

    def metric(self, name, namespace="AWS/Lambda", **dimensions):
        """The values of a metric so far, put together."""
        dimensions = dimensions or {"FunctionName": "f"}
        now = time.time()
        points = self.aws.client("cloudwatch").get_metric_statistics(
            Namespace=namespace, MetricName=name, Period=3600, Statistics=["Sum", "SampleCount"],
            Dimensions=[{"Name": n, "Value": v} for n, v in dimensions.items()],
            StartTime=now - 3600, EndTime=now + 3600)["Datapoints"]
        return {s: sum(point[s] for point in points) for s in ("Sum", "SampleCount")}

    def state(self, uuid):
        return self.aws.client("lambda").get_event_source_mapping(UUID=uuid)

    def events(self):
        """The events that the function has got."""
        if not self.seen.exists():
            return []
        whole, _, _ = self.seen.read_text(encoding="utf-8").rpartition("\n")
        return [json.loads(line) for line in whole.splitlines()]

    def batches(self):
        """The same as lists of the records' data."""
        return [[base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]]
                for event in self.events()]

    def expect_batches(self, *expected):
        self.eventually(lambda: len(self.batches()) >= len(expected))
        self.assertEqual(self.batches(), list(expected))

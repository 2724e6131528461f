"""lorry replay: what is set aside by a deployed pipeline comes back, and is deleted only then."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
import unittest

import packages
from pipeline_case import LORRY, STACK, PipelineCase
from documented import assert_documented

TO_QUEUE = ("memory: 256", "memory: 256\n  on-failure: sqs")
INSERT = "INSERT INTO \"table-testdrive\" VALUE {'device': 'x', 'timestamp': '%s', 'temperature': %s}"


class Replay(PipelineCase):
    def eventually(self, found):
        end = time.monotonic() + 60
        while not (value := found()):
            self.assertLess(time.monotonic(), end, found)
            time.sleep(0.1)
        return value

    def put(self, *values):
        for value in values:
            self.lorry("sql", INSERT % (f"2026-01-31T12:00:{value:02}", value))

    def put_poison(self):
        self.aws.client("kinesis").put_record(StreamName="dynamodb-cdc", Data=b"Hello, this is a test.",
                                              PartitionKey="k")

    def replay(self, *words, status=0):
        value = json.loads(self.lorry("replay", *words, "--json", status=status).stdout)
        assert_documented(self, "lorry replay", value)
        return value

    def sql(self, statement):
        with sqlite3.connect(self.folder / "sink.db") as database:
            return database.execute(statement).fetchall()

    def letters(self):
        return self.sql("SELECT reason FROM transactions_dead_letters")

    def outputs(self):
        (stack,) = self.aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def objects(self):
        listed = self.aws.client("s3").list_objects_v2(Bucket=self.outputs()["FailureBucketName"])
        return [found["Key"] for found in listed.get("Contents", [])]

    def messages(self):
        got = self.aws.client("sqs").get_queue_attributes(QueueUrl=self.outputs()["FailureQueueUrl"],
                                                          AttributeNames=["All"])["Attributes"]
        return int(got["ApproximateNumberOfMessages"]) + int(got["ApproximateNumberOfMessagesNotVisible"])

    def outage(self, put, given_up):
        """The sink is no database while these records come, until Lambda gives them up."""
        broken = self.folder / "sink.db"
        for name in os.listdir(self.folder):
            if name.startswith("sink.db"):
                (self.folder / name).rename(self.folder / ("kept-" + name))
        broken.write_text("this is no database" * 100, encoding="utf-8")
        put()
        self.aws.set("ageing", 72000 / 0.5)
        self.eventually(given_up)
        self.aws.set("ageing", 1)
        broken.unlink()
        for name in os.listdir(self.folder):
            if name.startswith("kept-"):
                (self.folder / name).rename(self.folder / name.removeprefix("kept-"))

    def test_dead_letters(self):
        self.lorry("deploy")
        self.put(1)
        self.await_rows([(1.0,)])
        self.sql("CREATE TRIGGER no BEFORE INSERT ON transactions WHEN NEW.data LIKE '%42%' "
                 "BEGIN SELECT RAISE(ABORT, 'not today'); END")
        self.put(42)
        self.put_poison()
        self.eventually(lambda: len(self.letters()) == 2)
        listed = self.replay("--list")
        self.assertEqual(sorted(item["reason"] for item in listed["items"]),
                         ["not JSON", "the table refuses the row: not today"])
        self.assertTrue(all(item["stream"].endswith("stream/dynamodb-cdc") and len(item["sequence"]) == 56
                            for item in listed["items"]))
        self.assertEqual((self.replay("--dry-run")["ready"], len(self.letters())), (1, 2))
        self.assertEqual(self.replay(status=1)["deleted"], 0)
        self.sql("DROP TRIGGER no")
        done = self.replay(status=1)
        self.assertEqual((done["written"], done["refused"], done["deleted"]), (1, 1, 1))
        self.assertEqual(sorted(self.rows()), [(1.0,), (42.0,)])
        self.assertEqual(self.letters(), [("not JSON",)])

    def test_objects(self):
        self.lorry("deploy")
        self.put(1)
        self.await_rows([(1.0,)])

        def put():
            self.put(2)
            self.put_poison()
            self.put(3)
        self.outage(put, lambda: self.count_given_up() == 3)
        objects = self.objects()
        listed = self.replay("--list")
        self.assertEqual({(item["source"], item["reason"].split()[0]) for item in listed["items"]},
                         {("s3", "RecordAgeExceeded")})
        self.assertEqual((listed["records"], listed["objects"]), (3, len(objects)))
        self.assertIn("--source table leaves it out", self.lorry(
            "replay", status=1, AWS_ENDPOINT_URL_CLOUDFORMATION="http://127.0.0.1:1").stderr)
        dry = self.replay("--dry-run")
        self.assertEqual((dry["ready"], dry["refused"], dry["objects_deleted"]), (2, 1, 0))
        self.assertEqual(self.objects(), objects)
        self.assertEqual(self.replay("--source", "table")["records"], 0)
        self.assertEqual(self.replay("--reason", "RetryAttemptsExhausted")["records"], 0)
        done = self.replay(status=1)
        self.assertEqual((done["written"], done["dead_letters"], done["objects_deleted"]), (2, 1, len(objects)))
        self.assertEqual(sorted(self.rows()), [(1.0,), (2.0,), (3.0,)])
        self.assertEqual((self.objects(), self.letters()), ([], [("not JSON",)]))

    def count_given_up(self):
        """The records in the objects."""
        client, bucket = self.aws.client("s3"), self.outputs()["FailureBucketName"]
        bodies = (client.get_object(Bucket=bucket, Key=key)["Body"].read() for key in self.objects())
        return sum(len(json.loads(json.loads(body)["payload"])["Records"]) for body in bodies)

    def test_objects_of_others_stay(self):
        self.lorry("deploy")
        self.put(1)
        self.await_rows([(1.0,)])
        bucket = self.outputs()["FailureBucketName"]
        client = self.aws.client("s3")
        client.put_object(Bucket=bucket, Key="aws/lambda/note.txt", Body=b"mine")
        client.put_object(Bucket=bucket, Key="elsewhere/x", Body=b"mine")
        found = self.replay(status=1)
        self.assertEqual((found["objects_unreadable"], found["objects_deleted"]), (1, 0))
        self.assertIn("no invocation record", found["items"][0]["problem"])
        screen = self.lorry("replay", "--list", "--source=s3").stdout
        self.assertIn(" note.txt ", screen)
        self.assertNotIn(bucket, screen)
        self.assertEqual(self.replay("--from", f"s3://{bucket}/else", status=1)["objects_unreadable"], 1)
        self.assertEqual(self.objects(), ["aws/lambda/note.txt", "elsewhere/x"])

    def test_queue(self):
        self.write(queue=TO_QUEUE)
        self.lorry("deploy")
        self.put(1)
        self.await_rows([(1.0,)])
        self.outage(lambda: self.put(2), self.messages)
        for _ in range(2):
            (found,) = self.eventually(lambda: self.replay("--list")["ranges"])
            self.assertEqual((found["reason"], found["records"]), ("RecordAgeExceeded", 1))
            self.assertRegex(found["shard"], r"^shardId-\d{12}$")
            self.assertEqual(found["first_sequence"], found["last_sequence"])
            self.assertTrue(found["stream_exists"])
            self.assertAlmostEqual(found["left_s"], 24 * 3600, delta=300)
        shown = self.eventually(self.show_ranges)
        self.assertRegex(shown, r"1 record of shardId-\d{12}: RecordAgeExceeded\n")
        self.assertRegex(shown, r"the stream begins to forget them in 23 h 5\d min")
        self.assertIn("lorry-replay(1) says how", shown)
        self.assertTrue(all(len(line) <= 80 for line in shown.splitlines()), shown)
        self.assertEqual(self.messages(), 1)
        self.assertIn("has no failure bucket", self.lorry("replay", "--source", "s3", status=1).stderr)

    def test_message_of_others(self):
        self.write(queue=TO_QUEUE)
        self.lorry("deploy")
        self.aws.client("sqs").send_message(QueueUrl=self.outputs()["FailureQueueUrl"], MessageBody="by hand")
        self.assertIn("1 message of the queue is no invocation record of Lambda",
                      self.eventually(lambda: self.lorry("replay", "--source=queue", status=1)).stderr)

    @unittest.skipUnless(shutil.which("jq"), "the manual's command needs jq")
    def test_a_range_is_read_as_the_manual_says(self):
        self.write(queue=TO_QUEUE)
        self.lorry("deploy")
        self.put(1)
        self.await_rows([(1.0,)])
        self.outage(lambda: self.put(2), self.messages)
        (found,) = self.eventually(lambda: self.replay("--list")["ranges"])
        page = (packages.ROOT / "docs" / "man" / "lorry-replay.mdoc").read_text(encoding="utf-8")
        command = re.search(r"\.Bd -literal.*?\n(.*?)\n\.Ed", page, re.S)[1].replace("\\e\n", "\\\n")
        for name, value in [("STREAM", "dynamodb-cdc"), ("SHARD", found["shard"]), ("FROM", found["first_sequence"])]:
            self.assertEqual(len(re.findall(rf"\b{name}\b", command)), 1)
            command = re.sub(rf"\b{name}\b", value, command)
        script = f'aws() {{ "{sys.executable}" -m awscli "$@"; }}\nlorry() {{ "{LORRY}" "$@"; }}\n' + command
        subprocess.run(["bash", "-euo", "pipefail", "-c", script], env=self.environment(), cwd=self.folder,
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=True)
        self.assertEqual(sorted(self.rows()), [(1.0,), (2.0,)])
        ((sequence,),) = self.sql("SELECT sequence FROM transactions WHERE data->>'temperature' = 2.0")
        self.assertEqual(sequence.lstrip("0"), found["first_sequence"])

    def show_ranges(self):
        """Exits with 1 as long as there are some; what was shown a moment ago is hidden for two seconds."""
        shown = subprocess.run([LORRY, "replay"], env=self.environment(), cwd=self.folder, capture_output=True,
                               encoding="utf-8", timeout=120)
        return shown.returncode == 1 and shown.stdout

    def test_before_deployment(self):
        self.assertEqual(self.replay("--list")["records"], 0)
        self.assertIn("is not deployed", self.lorry("replay", "--source", "s3", status=1).stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())

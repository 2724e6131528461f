"""lorry status: what it says of a pipeline that is well, and of one that something was done to."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer

from pipeline_case import LORRY, PipelineCase
from documented import assert_documented
from emulator import ALLOW_ALL, free_port

INSERT = """INSERT INTO "table-testdrive" VALUE {'timestamp': '1', 'device': 'foo', 'temperature': 42.5}"""
STREAM, FUNCTION = "dynamodb-cdc", "Processor"
# What is unknown without a permission.
PARTS = {"lambda:ListEventSourceMappings": "mapping-unknown", "lambda:GetFunction": "function-unknown",
         "kinesis:DescribeStreamSummary": "stream-unknown", "cloudwatch:GetMetricData": "metrics-unknown",
         "logs:FilterLogEvents": "log-unknown",
         "dynamodb:DescribeKinesisStreamingDestination": "destination-unknown",
         "cloudformation:DescribeStacks": "stack-unknown", "s3:ListBucket": "failures-unknown"}
MINUTE, PATIENCE_S = 60, 30
# A zip file of nothing: the end of its directory alone.
EMPTY_ZIP = b"PK\5\6" + bytes(18)


class Refusing(BaseHTTPRequestHandler):
    """A sink that lets nobody in, as CrateDB does it."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(401)
        self.send_header("Content-Length", "12")
        self.end_headers()
        self.wfile.write(b"unauthorized")

    def log_message(self, *_):
        pass


class Status(PipelineCase):
    def look(self, *options, environment=None, package=False):
        """What it prints as JSON, which has to be as documented, as has the exit status."""
        if not package:
            options += ("--no-package",)  # which takes its time
        result = subprocess.run([LORRY, "status", "--json", *options], env=environment or self.environment(),
                                cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
                                timeout=60)
        self.assertTrue(result.stdout, result.stderr)
        value = json.loads(result.stdout)
        assert_documented(self, "lorry status", value)
        self.assertEqual(result.returncode, 0 if value["verdict"] == "healthy" else 1)
        return value

    def ids(self, value, level="trouble"):
        return [finding["id"] for finding in value["findings"] if finding["level"] == level]

    def assert_trouble(self, value, *ids):
        self.assertEqual((value["verdict"], self.ids(value)), ("trouble", list(ids)))

    def eventually(self, is_so):
        """Looks again and again until it is so."""
        end = time.monotonic() + PATIENCE_S
        while True:
            value = self.look()
            if is_so(value):
                return value
            self.assertLess(time.monotonic(), end, value)
            time.sleep(0.1)

    def mapping(self):
        return self.aws.client("lambda").list_event_source_mappings()["EventSourceMappings"][0]["UUID"]

    def measure(self, metric, minutes_ago, value):
        """A value of the function or the stream for each of these minutes; returns when the first began."""
        of_stream = metric == "IncomingRecords"
        now = int(time.time()) // MINUTE * MINUTE
        self.aws.client("cloudwatch").put_metric_data(
            Namespace="AWS/Kinesis" if of_stream else "AWS/Lambda", MetricData=[
                {"MetricName": metric, "Timestamp": now - ago * MINUTE, "Value": value(ago),
                 "Dimensions": [{"Name": "StreamName" if of_stream else "FunctionName",
                                 "Value": STREAM if of_stream else FUNCTION}]} for ago in minutes_ago])
        first = datetime.fromtimestamp(now - minutes_ago[0] * MINUTE, timezone.utc)
        return first.strftime("%Y-%m-%dT%H:%M:%S.000000Z")

    def test_nothing_is_deployed(self):
        value = self.look()
        self.assertEqual((value["verdict"], value["stack"]["looked"], value["mappings"]), ("absent", "absent", None))
        self.assertIn("lorry deploy", self.lorry("status", status=1).stdout.splitlines()[0])
        self.assertEqual(self.lorry("status", "-f", "nowhere.yaml", status=1).stdout, "")

    def test_a_stack_of_somebody_else(self):
        self.aws.client("cloudformation").create_stack(StackName="flight-dev", TemplateBody=json.dumps(
            {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}))
        self.assertEqual(self.ids(self.look())[0], "stack-foreign")

    def go_through(self):
        """Fresh, and after a row."""
        self.lorry("deploy")
        value = self.look(package=True)
        self.assertEqual((value["verdict"], value["findings"]), ("healthy", []))
        self.assertEqual((value["sink"]["exists"], value["mappings"][0]["last_result"]),
                         (False, "No records processed"))
        self.assertEqual(value["function"]["package"], value["function"]["package_here"])

    def test_healthy(self):
        self.go_through()
        self.lorry("sql", INSERT)
        self.await_rows([(42.5,)])
        value = self.eventually(lambda v: v["mappings"][0]["last_result"] == "OK")
        self.assertEqual((value["verdict"], value["findings"]), ("healthy", []))
        self.assertEqual((value["sink"]["rows"], value["sink"]["dead_letters"]), (1, 0))
        self.assertIsNotNone(value["sink"]["newest"])
        metrics = value["metrics"]
        self.assertEqual([metrics[name] for name in ("records_in", "records_read", "invocations", "errors",
                                                     "concurrency")], [1, 1, 1, 0, 1])
        self.assertIsNotNone(metrics["lag_ms"])
        lines = self.lorry("status", "--no-package").stdout.splitlines()
        self.assertEqual(lines[0], "healthy")
        self.assertEqual([line for line in lines if len(line) > 80 and str(self.folder) not in line], [])
        self.assertNotIn("\033", "".join(lines))
        self.assertIn("\033[32mhealthy", self.lorry("status", "--color", "always").stdout)

    def test_image(self):
        if os.geteuid():
            self.skipTest("the emulator runs images as root only")
        self.write(package="image")
        self.go_through()
        self.assertRegex(self.look()["function"]["package"], "^sha256:[0-9a-f]{64}$")

    def test_another_package(self):
        self.lorry("deploy")
        client = self.aws.client("lambda")
        function = self.look("--no-sink", package=True)["function"]
        code = client.get_function(FunctionName=FUNCTION)["Configuration"]["CodeSha256"]
        self.assertEqual((function["package"], function["package_here"]), (code, code))
        client.update_function_code(FunctionName=FUNCTION, ZipFile=EMPTY_ZIP)
        value = self.look(package=True)
        self.assertEqual((value["verdict"], self.ids(value, "note")), ("healthy", ["package-differs"]))
        self.assertEqual(value["findings"][0]["next"], "lorry refresh")
        value = self.look()
        self.assertEqual((value["findings"], value["function"]["package_here"]), ([], None))

    def test_dead_letter(self):
        self.lorry("deploy")
        self.aws.client("kinesis").put_record(StreamName=STREAM, PartitionKey="x", Data=b"poison")
        value = self.eventually(lambda v: v["sink"]["dead_letters"] and v["log"]["lines"])
        self.assert_trouble(value, "dead-letters")
        self.assertEqual(value["sink"]["dead_letter_reason"], "not JSON")
        self.assertEqual(value["findings"][0]["since"], value["sink"]["dead_letters_since"])
        self.assertEqual(value["log"]["group"], f"/aws/lambda/{FUNCTION}")
        lines = value["log"]["lines"]
        self.assertEqual([(line["level"], line["count"]) for line in lines], [("WARN", 1)])
        self.assertRegex(lines[0]["text"], r"^record 0 \(shardId-[0-9]+ [0-9]+\) set aside: not JSON$")

    def test_log_is_gone(self):
        self.lorry("deploy")
        self.aws.client("logs").delete_log_group(logGroupName=f"/aws/lambda/{FUNCTION}")
        value = self.look()
        self.assertEqual((value["verdict"], self.ids(value, "note")), ("healthy", ["log-missing"]))

    def test_given_up(self):
        self.lorry("deploy")
        s3 = self.aws.client("s3")
        bucket = self.look()["failures"]["bucket"]
        s3.put_object(Bucket=bucket, Key="notes.txt", Body=b"by hand: lorry replay does not look at it, either")
        self.assertEqual(self.look()["verdict"], "healthy")
        s3.put_object(Bucket=bucket, Key="aws/lambda/x", Body=b"{}")
        value = self.look()
        self.assert_trouble(value, "given-up")
        self.assertEqual(value["failures"]["count"], 1)
        self.assertIsNotNone(value["failures"]["since"])

    def test_queue(self):
        self.write(queue=("memory:", "on-failure: sqs\n  memory:"))
        self.lorry("deploy")
        url = self.look()["failures"]["queue"]
        self.aws.client("sqs").send_message(QueueUrl=url, MessageBody="{}")
        self.assert_trouble(self.look(), "given-up")
        self.aws.client("sqs").delete_queue(QueueUrl=url)
        self.assert_trouble(self.look(), "failures-missing")

    def test_mapping(self):
        self.lorry("deploy")
        client, uuid = self.aws.client("lambda"), self.mapping()
        client.update_event_source_mapping(UUID=uuid, Enabled=False)
        value = self.look()
        self.assert_trouble(value, "mapping-disabled")
        self.assertEqual(value["summary"], "not running: nothing reads the stream")
        self.assertIsNotNone(value["findings"][0]["since"])
        self.assertIn(uuid, value["findings"][0]["next"])
        client.update_event_source_mapping(UUID=uuid, Enabled=True, FunctionResponseTypes=[])
        self.assert_trouble(self.look(), "answers-lost")
        client.delete_event_source_mapping(UUID=uuid)
        self.assert_trouble(self.look(), "mapping-missing")
        self.lorry("destroy", "--yes")
        self.lorry("deploy", "--yes")
        self.assertEqual(self.look()["verdict"], "healthy")

    def test_function_is_gone(self):
        self.lorry("deploy")
        self.aws.client("lambda").delete_function(FunctionName=FUNCTION)
        value = self.look()
        self.assertIn("function-missing", self.ids(value))
        self.assertEqual(value["function"]["looked"], "absent")

    def test_table_sends_nothing(self):
        self.lorry("deploy")
        dynamodb = self.aws.client("dynamodb")
        arn = self.look()["table"]["destination"]
        dynamodb.disable_kinesis_streaming_destination(TableName="table-testdrive", StreamArn=arn)
        self.assert_trouble(self.look(), "destination-missing")

    def test_failed_update(self):
        self.lorry("deploy")
        self.aws.client("lambda").create_function(
            FunctionName="Other", Runtime="provided.al2023", Handler="x", Code={"ZipFile": EMPTY_ZIP},
            Role=self.aws.client("lambda").get_function(FunctionName=FUNCTION)["Configuration"]["Role"])
        self.write(name="Other")
        self.lorry("deploy", "--yes", status=1)
        self.write()
        value = self.look()
        self.assertEqual(self.ids(value), ["stack-failed"])
        self.assertIn("already exists", value["stack"]["failure"])
        self.assertEqual(value["findings"][0]["next"], "lorry deploy")

    def write_crate(self, port):
        self.write(sink=(f"sqlite:///{self.folder / 'sink.db'}", f"crate://admin@127.0.0.1:{port}/"))

    def test_sink_is_down(self):
        self.write_crate(free_port())
        self.lorry("deploy")
        value = self.look()
        self.assert_trouble(value, "sink-down")
        self.assertEqual(value["sink"]["looked"], "unknown")
        value = self.look("--no-sink")
        self.assertEqual((value["verdict"], value["sink"]["looked"]), ("healthy", "skipped"))

    def test_sink_keeps_silent(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            self.write_crate(silent.getsockname()[1])
            self.lorry("deploy")
            value = self.look()
        self.assert_trouble(value, "sink-down")
        self.assertIn("time ran out", json.dumps(value["findings"]))

    def test_sink_refuses(self):
        """Without a password nobody could know."""
        server = HTTPServer(("127.0.0.1", 0), Refusing)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.write_crate(server.server_port)
        self.lorry("deploy")
        value = self.look()
        self.assertEqual((value["verdict"], self.ids(value, "unknown")), ("unknown", ["sink-unknown"]))
        environment = {**self.environment(), "SINK_PASSWORD": "the-secret"}
        value = self.look(environment=environment)
        self.assert_trouble(value, "sink-refuses")
        self.assertNotIn("the-secret", json.dumps(value))

    def cratedb(self, password):
        """The tests' model of it; returns its port."""
        database = subprocess.Popen([os.environ["LORRY_CRATEDB_MODEL"], "--user", "crate", "--password", password],
                                    stdout=subprocess.PIPE, encoding="ascii")

        def end():
            database.send_signal(signal.SIGTERM)
            database.communicate(timeout=30)

        self.addCleanup(end)
        return int(database.stdout.readline())

    def test_cratedb_and_its_secret(self):
        """Rows and dead letters in CrateDB; then somebody changes the password, but not the secret."""
        self.aws.client("secretsmanager").create_secret(Name="flight", SecretString="the-secret")
        url = f"crate://crate@127.0.0.1:{self.cratedb('the-secret')}/"
        self.write(sink=(f"sqlite:///{self.folder / 'sink.db'}", url + "\n  password: {secret: flight}"))
        self.lorry("deploy")
        value = self.look()
        self.assertEqual((value["verdict"], value["sink"]["exists"]), ("healthy", False))
        self.lorry("sql", INSERT)
        value = self.eventually(lambda v: v["sink"]["rows"])
        self.assertEqual((value["verdict"], value["sink"]["rows"], value["sink"]["url"]), ("healthy", 1, url))
        self.assertIsNotNone(value["sink"]["newest"])
        self.aws.client("kinesis").put_record(StreamName=STREAM, PartitionKey="x", Data=b"poison")
        value = self.eventually(lambda v: v["sink"]["dead_letters"])
        self.assert_trouble(value, "dead-letters")
        self.assertEqual(value["sink"]["dead_letter_reason"], "not JSON")
        self.assertIsNotNone(value["findings"][0]["since"])
        self.lorry("query", "CREATE USER crate WITH (password = 'another')")
        value = self.look()
        self.assert_trouble(value, "sink-refuses")
        self.assertNotIn("the-secret", json.dumps(value))

    def test_permissions(self):
        """What may not be looked at is unknown, and the rest is told."""
        self.lorry("deploy")
        for action, name in PARTS.items():
            with self.subTest(action):
                key = self.aws.user(name, [*ALLOW_ALL, {"Effect": "Deny", "Action": action, "Resource": "*"}])
                value = self.look(environment=self.aws.environment(key=key))
                self.assertEqual(value["verdict"], "unknown")
                self.assertIn(name, self.ids(value, "unknown"))
                self.assertEqual(self.ids(value), [])

    def test_not_invoked(self):
        self.lorry("deploy")
        self.measure("Invocations", range(60, 40, -1), lambda ago: 5)
        self.measure("IncomingRecords", range(60, 0, -1), lambda ago: 100)
        value = self.look()
        self.assert_trouble(value, "not-invoked")
        self.assertLess(value["findings"][0]["since"], value["time"])

    def test_lag_and_failures(self):
        self.lorry("deploy")
        self.measure("IteratorAge", range(30, 0, -1), lambda ago: (31 - ago) * MINUTE * 1000)
        value = self.look()
        self.assert_trouble(value, "lag-growing")
        self.assertEqual(value["metrics"]["lag_ms"], 30 * MINUTE * 1000)
        self.assertEqual(value["summary"], "running, but it falls behind")
        self.measure("Invocations", range(60, 0, -1), lambda ago: 5)
        since = self.measure("Errors", range(30, 0, -1), lambda ago: 5)
        value = self.look()
        self.assert_trouble(value, "failing", "lag-growing")
        self.assertEqual(value["findings"][0]["since"], since)


if __name__ == "__main__":
    sys.exit(unittest.main())

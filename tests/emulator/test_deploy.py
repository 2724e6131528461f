"""lorry deploy: a pipeline from nothing to running, and again after a change, driven by lorry alone. The AWS
CLI and botocore are witnesses."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import unittest

from pipeline_case import CTRL_C, LORRY, STACK, PipelineCase
from documented import assert_documented
from emulator import ACCOUNT, REGION

INSERT = ("INSERT INTO \"table-testdrive\" VALUE {'timestamp': '2024-07-12T01:17:42', "
          "'device': 'foo', 'temperature': 42.42, 'humidity': 84.84};")
UPDATE = ("UPDATE \"table-testdrive\" SET temperature=43.59 "
          "WHERE \"device\"='foo' AND \"timestamp\"='2024-07-12T01:17:42';")


class Deploy(PipelineCase):
    def test_flights(self):
        """The documented walk: deploy, invoke, insert and change by PartiQL, rows in the sink."""
        result = self.lorry("deploy", "--json")
        value = json.loads(result.stdout)
        assert_documented(self, "lorry deploy", value)
        self.assertEqual((value["status"], value["changed"]), ("CREATE_COMPLETE", True))
        self.assertIn(f"stack {STACK} in account {ACCOUNT}, region {REGION}\n", result.stderr)
        self.assertRegex(result.stderr, r"\+ Stream +AWS::Kinesis::Stream is made")
        self.assertRegex(result.stderr, r"CREATE_COMPLETE +Function")
        invoked = json.loads(self.lorry("invoke", "--example=kinesis").stdout)
        self.assertEqual(invoked, {"batchItemFailures": []})
        self.lorry("sql", INSERT)
        self.await_rows([(42.42,)])
        self.lorry("sql", UPDATE)
        self.await_rows([(43.59,)])

    def test_no_change_is_a_quick_success(self):
        self.lorry("deploy")
        again = self.lorry("deploy")
        self.assertTrue(again.stdout.startswith("nothing to change\n"), again.stdout)
        self.assertIn("the package is in s3://", again.stderr)
        self.assertEqual(self.status(), "CREATE_COMPLETE")
        sets = self.aws.client("cloudformation").list_change_sets(StackName=STACK)["Summaries"]
        self.assertEqual([s["Status"] for s in sets if s["ExecutionStatus"] != "EXECUTE_COMPLETE"], [])

    def test_one_setting(self):
        self.lorry("deploy")
        self.write(memory=512)
        result = self.lorry("deploy")
        self.assertRegex(result.stderr, r"~ Function +AWS::Lambda::Function is changed: .*MemorySize")
        self.assertEqual(self.status(), "UPDATE_COMPLETE")
        function = self.aws.client("lambda").get_function_configuration(FunctionName="Processor")
        self.assertEqual(function["MemorySize"], 512)

    def tags(self):
        stack = self.aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        return {tag["Key"]: tag["Value"] for tag in stack["Tags"]}

    def test_tags_of_the_stack(self):
        """Those of its resources, where they are no noise; `refresh` leaves them alone."""
        self.write(tags=("stream: {", "tags: {owner: data-team}\nstream: {"))
        self.lorry("deploy")
        wanted = {"ProjectName": "flight", "Stage": "dev", "owner": "data-team"}
        self.assertEqual(self.tags(), wanted)
        self.assertFalse(json.loads(self.lorry("diff", "--json").stdout)["differs"])
        self.assertTrue(self.lorry("deploy").stdout.startswith("nothing to change"))
        self.write(tags=("stream: {", "tags: {owner: platform}\nstream: {"))
        self.lorry("refresh", "--yes", SOURCE_DATE_EPOCH="1700000000")
        self.assertEqual(self.tags(), wanted)
        self.assertIn("\ntags of the stack itself:\n    ~ owner: data-team -> platform\n", self.lorry("diff").stdout)
        differs = json.loads(self.lorry("diff", "--json").stdout)
        assert_documented(self, "lorry diff", differs)
        self.assertEqual(differs["stack_tags"], [{"name": "owner", "before": "data-team", "after": "platform"}])
        self.lorry("deploy", "--yes")
        self.assertEqual(self.tags(), {**wanted, "owner": "platform"})

    def test_a_stack_of_somebody_else_is_left_alone(self):
        self.aws.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(
            {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}))
        result = self.lorry("deploy", "--yes", status=2)
        self.assertIn("lorry did not make", result.stderr)
        self.assertIn("existing: true", result.stderr)
        self.assertEqual(self.status(), "CREATE_COMPLETE")

    def test_names_that_are_taken(self):
        self.aws.client("kinesis").create_stream(StreamName="dynamodb-cdc", ShardCount=1)
        result = self.lorry("deploy", "--yes", status=2)
        self.assertIn('there is a stream "dynamodb-cdc" already', result.stderr)
        self.assertIn("existing: true", result.stderr)

    def test_a_failing_resource_is_named(self):
        """And the next run begins anew, without anybody's help."""
        self.aws.client("logs").create_log_group(logGroupName="/aws/lambda/Processor")
        result = self.lorry("deploy", status=1)
        self.assertRegex(result.stderr, r"lorry deploy: stack \"flight-dev\" is ROLLBACK_COMPLETE: LogGroup "
                                        r"\(AWS::Logs::LogGroup\): .*; a function of that name has left it: ")
        self.aws.client("logs").delete_log_group(logGroupName="/aws/lambda/Processor")
        result = self.lorry("deploy")
        self.assertIn("an earlier attempt failed (ROLLBACK_COMPLETE): LogGroup", result.stderr)
        self.assertTrue(result.stderr.endswith(
            "lorry deploy: `lorry status` says how it runs, `lorry logs` what it does\n"), result.stderr)
        self.assertEqual(self.status(), "CREATE_COMPLETE")

    def test_interrupted_and_resumed(self):
        self.aws.set("seconds", 1)
        said = self.interrupt_at("CREATE_IN_PROGRESS", "deploy", "--stage=dev")
        self.assertTrue(said.endswith(
            "lorry deploy: interrupted; CloudFormation goes on by itself: the same command looks on again, "
            "`lorry --stage dev status` says how far it is\n"), said)
        self.assertEqual(self.status(), "CREATE_IN_PROGRESS")
        result = self.lorry("deploy")
        self.assertIn("CREATE_IN_PROGRESS is under way; waiting for its end", result.stderr)
        self.assertTrue(result.stdout.startswith("nothing to change"), result.stdout)
        self.assertEqual(self.status(), "CREATE_COMPLETE")

    def test_lines_fit_the_terminal(self):
        """What is said, what changes, what happens; in a pipe a line stays one."""
        self.aws.client("logs").create_log_group(logGroupName="/aws/lambda/Processor")
        shown, status = self.at_a_terminal("deploy", answers=[], asks=[])
        self.assertEqual(status, 1)
        lines = re.sub(r"\r[^\r\n]*?\x1b\[K", "", shown.replace("\r\n", "\n")).split("\n")
        begin, end = lines.index("changes:"), lines.index(next(i for i in lines if i.startswith("lorry deploy:")))
        self.assertEqual([line for line in lines[begin:end] if len(line) > 80], [])
        self.assertRegex(shown, r"CREATE_FAILED +LogGroup  Resource [^\n]*\n {11}[^ ]")
        self.assertNotIn("pushing: 0.0 of 0.0 MB", shown)
        self.aws.client("logs").delete_log_group(logGroupName="/aws/lambda/Processor")
        self.assertTrue(any(len(line) > 80 for line in self.lorry("deploy").stderr.split("\n")))

    def test_interrupted_before_it_begins(self):
        """At once, though an answer is waited for that never comes."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            process = subprocess.Popen([LORRY, "deploy", f"--endpoint-url=http://127.0.0.1:{silent.getsockname()[1]}"],
                                       env=self.environment(), cwd=self.folder, stderr=subprocess.PIPE,
                                       encoding="utf-8")
            with silent.accept()[0]:
                process.send_signal(signal.SIGTERM)
                said = process.communicate(timeout=10)[1]
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertTrue(said.endswith("\nlorry deploy: interrupted; the same command does what is left\n"), said)

    def test_interrupted_at_a_question(self):
        """That is a no: what would have been changed is forgotten, and the shell sees how it ended."""
        self.lorry("deploy")
        self.write(name="Other")
        shown, status = self.at_a_terminal("deploy", answers=[CTRL_C], asks=["[y/N] "])
        self.assertIn("lorry deploy: nothing has been changed", shown)
        self.assertEqual(status, -signal.SIGINT)
        sets = self.aws.client("cloudformation").list_change_sets(StackName=STACK)["Summaries"]
        self.assertNotIn("AVAILABLE", [s["ExecutionStatus"] for s in sets])

    def test_replacement_is_asked_for(self):
        self.lorry("deploy")
        self.write(name="Other")
        result = self.lorry("deploy", status=2)
        self.assertIn("--yes", result.stderr)
        self.assertRegex(result.stderr, r"! Function +AWS::Lambda::Function is replaced")
        self.assertEqual(self.status(), "CREATE_COMPLETE")
        self.lorry("deploy", "--yes")
        self.assertEqual(self.status(), "UPDATE_COMPLETE")

    def test_termination_protection(self):
        protected = ("stream: {", "termination-protection: true\nstream: {")
        self.write(protection=protected)
        self.assertIn("protected from being deleted", self.lorry("deploy").stderr)
        stack = self.aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        self.assertTrue(stack["EnableTerminationProtection"])

    def test_existing_table_is_attached(self):
        self.make_table()
        existing = ("table: table-testdrive", "table: table-testdrive\n    existing: true")
        self.write(existing=existing)
        result = self.lorry("deploy")
        self.assertIn("table table-testdrive is going to send its changes to the stream", result.stderr)
        self.assertNotIn("AWS::DynamoDB::Table", result.stderr)
        found = self.aws.client("dynamodb").describe_kinesis_streaming_destination(TableName="table-testdrive")
        self.assertEqual([(d["DestinationStatus"], d["ApproximateCreationDateTimePrecision"])
                          for d in found["KinesisDataStreamDestinations"]], [("ACTIVE", "MICROSECOND")])
        self.lorry("sql", INSERT)
        self.await_rows([(42.42,)])
        self.assertNotIn("is going to send", self.lorry("deploy").stderr)
        self.write(existing=existing, keys=("\n    keys: {device: S, timestamp: S}", ""))
        self.assertIn("nothing to change", self.lorry("deploy").stdout)
        self.write(existing=existing, keys=("timestamp: S}", "timestamp: N}"))
        self.assertIn("keys: {device: S, timestamp: S}", self.lorry("deploy", status=2).stderr)

    def test_existing_table_that_streams_elsewhere(self):
        self.make_table()
        self.aws.client("kinesis").create_stream(StreamName="other", ShardCount=1)
        arn = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/other"
        self.aws.client("dynamodb").enable_kinesis_streaming_destination(
            TableName="table-testdrive", StreamArn=arn)
        self.write(existing=("table: table-testdrive", "table: table-testdrive\n    existing: true"))
        self.assertIn("sends its changes to " + arn, self.lorry("deploy", status=2).stderr)
        client = self.aws.client("cloudformation")
        self.assertEqual(client.list_stacks()["StackSummaries"], [])

    def test_existing_stream_that_is_not_there(self):
        self.write(existing=("{name: dynamodb-cdc}", "{name: dynamodb-cdc, existing: true}"))
        self.assertIn('there is no stream "dynamodb-cdc" in region', self.lorry("deploy", status=2).stderr)
        self.assertEqual(self.aws.client("cloudformation").list_stacks()["StackSummaries"], [])

    def test_kept_table_and_stream_come_back(self):
        """`delete-stack` keeps both; their tags say whose they are."""
        self.lorry("deploy")
        self.lorry("sql", INSERT)
        self.await_rows([(42.42,)])
        client = self.aws.client("cloudformation")
        client.delete_stack(StackName=STACK)
        result = self.lorry("deploy")
        self.assertIn("table table-testdrive is there from before", result.stderr)
        self.assertIn("stream dynamodb-cdc is there from before", result.stderr)
        self.assertEqual(self.status(), "CREATE_COMPLETE")

    def test_image(self):
        if os.geteuid():
            self.skipTest("the emulator runs images as root only")
        self.write(package="image")
        result = self.lorry("deploy")
        self.assertIn("repository kinesis-cratedb-lambda made", result.stderr)
        function = self.aws.client("lambda").get_function(FunctionName="Processor")
        self.assertRegex(function["Code"]["ImageUri"], r"@sha256:[0-9a-f]{64}$")
        again = self.lorry("deploy")
        self.assertIn("the image is in kinesis-cratedb-lambda already", again.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main())

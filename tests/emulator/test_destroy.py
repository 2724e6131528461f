"""lorry destroy: what goes, what stays, and what is asked; botocore is the witness."""

import json
import os
import sys
import unittest

from pipeline_case import STACK, PipelineCase
from documented import assert_documented

EXISTING = ("table: table-testdrive", "table: table-testdrive\n    existing: true")


class Destroy(PipelineCase):
    def tables(self):
        return self.aws.client("dynamodb").list_tables()["TableNames"]

    def streams(self):
        return self.aws.client("kinesis").list_streams()["StreamNames"]

    def assert_no_stack(self):
        stacks = self.aws.client("cloudformation").list_stacks()["StackSummaries"]
        self.assertEqual([s["StackName"] for s in stacks if s["StackStatus"] != "DELETE_COMPLETE"], [])

    def test_data_stays(self):
        """Until it is said; and a stack that is gone is no failure."""
        self.lorry("deploy")
        asked = self.lorry("destroy", status=2)
        self.assertIn("- stack flight-dev goes, with function", asked.stderr)
        self.assertIn("  table table-testdrive stays: it holds data, and only --data", asked.stderr)
        self.assertIn("--yes", asked.stderr)
        self.assertEqual(self.status(), "CREATE_COMPLETE")
        result = self.lorry("destroy", "--yes", "--json")
        self.assertRegex(result.stderr, r"DELETE_COMPLETE +Function")
        value = json.loads(result.stdout)
        assert_documented(self, "lorry destroy", value)
        self.assertEqual(value["deleted"], [{"kind": "stack", "name": STACK}])
        self.assertEqual([kept["kind"] for kept in value["kept"]], ["table", "stream", "bucket"])
        self.assert_no_stack()
        self.assertEqual((self.tables(), self.streams()), (["table-testdrive"], ["dynamodb-cdc"]))
        buckets = [b["Name"] for b in self.aws.client("s3").list_buckets()["Buckets"]]
        self.assertIn(value["kept"][2]["name"], buckets)
        again = self.lorry("destroy")
        self.assertEqual(again.stdout, "nothing to destroy\n")
        self.assertIn("there is no stack flight-dev", again.stderr)
        self.assertIn("--yes", self.lorry("destroy", "--data", status=2).stderr)
        self.assertEqual(self.tables(), ["table-testdrive"])
        self.lorry("destroy", "--data", "--yes")
        self.assertEqual((self.tables(), self.streams()), ([], []))

    def test_what_is_not_to_be_kept_goes_with_the_stack(self):
        self.write(retain=("keys: {device: S, timestamp: S}", "keys: {device: S, timestamp: S}\n    retain: false"))
        self.lorry("deploy")
        result = self.lorry("destroy", "--yes")
        self.assertIn("- table table-testdrive goes, with all its data", result.stderr)
        self.assert_no_stack()
        self.assertEqual((self.tables(), self.streams()), ([], []))

    def test_protected(self):
        self.write(protection=("stream: {", "termination-protection: true\nstream: {"))
        self.lorry("deploy")
        self.assertIn("termination-protection: false", self.lorry("destroy", "--yes", status=2).stderr)
        self.assertEqual(self.status(), "CREATE_COMPLETE")

    def test_a_stack_of_somebody_else_is_left_alone(self):
        self.aws.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(
            {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}))
        self.assertIn("lorry did not make", self.lorry("destroy", "--yes", "--data", status=2).stderr)
        self.assertEqual(self.status(), "CREATE_COMPLETE")

    def test_existing_table_is_switched_off(self):
        self.make_table()
        self.write(existing=EXISTING)
        self.lorry("deploy")
        result = self.lorry("destroy", "--data", "--yes")
        self.assertIn("table table-testdrive stays: it is not the pipeline's", result.stderr)
        self.assertIn("table table-testdrive is not going to send its changes", result.stderr)
        self.assertEqual((self.tables(), self.streams()), (["table-testdrive"], []))
        found = self.aws.client("dynamodb").describe_kinesis_streaming_destination(TableName="table-testdrive")
        self.assertEqual([d["DestinationStatus"] for d in found["KinesisDataStreamDestinations"]], ["DISABLED"])

    def test_data_of_somebody_else(self):
        """The names are those of the pipeline, the tags are not."""
        self.make_table()
        self.lorry("destroy", "--data", "--yes")
        self.assertEqual(self.tables(), ["table-testdrive"])

    def test_registry(self):
        if os.geteuid():
            self.skipTest("the emulator runs images as root only")
        self.write(package="image")
        self.lorry("deploy")
        self.assertIn("repository kinesis-cratedb-lambda stays", self.lorry("destroy", "--yes").stderr)
        self.lorry("destroy", "--yes", "--registry")
        self.assertEqual(self.aws.client("ecr").describe_repositories()["repositories"], [])


if __name__ == "__main__":
    sys.exit(unittest.main())

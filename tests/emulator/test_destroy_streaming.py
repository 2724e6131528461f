"""lorry destroy and a table with `existing: true`: what it sends to a stream is switched off if lorry switched it
on, and only then. botocore is the witness."""

import sys
import unittest

from pipeline_case import STACK, PipelineCase
from emulator import ACCOUNT, ALLOW_ALL, REGION

EXISTING = ("table: table-testdrive", "table: table-testdrive\n    existing: true")


class Streaming(PipelineCase):
    def tables(self):
        return self.aws.client("dynamodb").list_tables()["TableNames"]

    def streams(self):
        return self.aws.client("kinesis").list_streams()["StreamNames"]

    def destinations(self):
        found = self.aws.client("dynamodb").describe_kinesis_streaming_destination(TableName="table-testdrive")
        return [d["DestinationStatus"] for d in found["KinesisDataStreamDestinations"]]

    def table_tags(self):
        client = self.aws.client("dynamodb")
        arn = client.describe_table(TableName="table-testdrive")["Table"]["TableArn"]
        return {t["Key"]: t["Value"] for t in client.list_tags_of_resource(ResourceArn=arn)["Tags"]}

    def test_existing_table_is_switched_off(self):
        self.make_table()
        self.write(existing=EXISTING)
        self.lorry("deploy")
        result = self.lorry("destroy", "--data", "--yes")
        self.assertIn("table table-testdrive stays: it is not the pipeline's", result.stderr)
        self.assertIn("- streaming table-testdrive goes, its changes went to the stream of this pipeline",
                      result.stderr)
        self.assertIn("table table-testdrive is not going to send its changes", result.stderr)
        self.assertEqual((self.tables(), self.streams()), (["table-testdrive"], []))
        self.assertEqual(self.destinations(), ["DISABLED"])
        self.assertEqual(self.table_tags(), {})

    def both_existing(self):
        self.make_table()
        self.aws.client("kinesis").create_stream(StreamName="dynamodb-cdc", ShardCount=1)
        self.write(table=EXISTING, stream=("{name: dynamodb-cdc}", "{name: dynamodb-cdc, existing: true}"))

    def test_only_what_lorry_switched_on_is_switched_off(self):
        """Table and stream are both somebody else's."""
        self.both_existing()
        self.lorry("deploy")
        self.assertEqual((self.destinations(), self.table_tags()), (["ACTIVE"], {"lorry:streaming": STACK}))
        self.assertTrue(self.lorry("deploy").stdout.startswith("nothing to change"))
        result = self.lorry("destroy", "--data", "--yes")
        self.assertIn("- streaming table-testdrive goes, `lorry deploy` switched it on", result.stderr)
        self.assertEqual((self.destinations(), self.table_tags()), (["DISABLED"], {}))
        self.assertEqual((self.tables(), self.streams()), (["table-testdrive"], ["dynamodb-cdc"]))

    def test_what_somebody_else_switched_on_stays_on(self):
        self.both_existing()
        self.aws.client("dynamodb").enable_kinesis_streaming_destination(
            TableName="table-testdrive", StreamArn=f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/dynamodb-cdc")
        self.assertIn("become precise", self.lorry("deploy").stderr)
        found = self.aws.client("dynamodb").describe_kinesis_streaming_destination(TableName="table-testdrive")
        self.assertEqual([d["ApproximateCreationDateTimePrecision"] for d in found["KinesisDataStreamDestinations"]],
                         ["MICROSECOND"])
        again = self.lorry("deploy").stderr
        self.assertNotIn("precise", again)
        self.assertNotIn("is going to send", again)
        self.assertEqual(self.table_tags(), {})
        result = self.lorry("destroy", "--yes")
        self.assertIn("streaming table-testdrive stays: it was not `lorry deploy` that switched it on", result.stderr)
        self.assertEqual(self.destinations(), ["ACTIVE"])

    def test_switched_off_though_the_stack_is_gone(self):
        self.both_existing()
        self.lorry("deploy")
        self.aws.client("cloudformation").delete_stack(StackName=STACK)
        self.assertIn("--yes", self.lorry("destroy", status=2).stderr)
        self.assertEqual(self.destinations(), ["ACTIVE"])
        self.assertEqual(self.lorry("destroy", "--yes").stdout, "destroyed\n")
        self.assertEqual((self.destinations(), self.table_tags()), (["DISABLED"], {}))
        self.assertEqual(self.lorry("destroy").stdout, "nothing to destroy\n")

    def test_whoever_may_not_tag_is_told(self):
        self.both_existing()
        key = self.aws.user("deployer", ALLOW_ALL + [
            {"Effect": "Deny", "Action": "dynamodb:TagResource", "Resource": "*"}])
        self.assertIn("`lorry destroy` may leave it on", self.lorry(
            "deploy", AWS_ACCESS_KEY_ID=key[0], AWS_SECRET_ACCESS_KEY=key[1]).stderr)
        self.assertIn("stays: it was not", self.lorry("destroy", "--yes").stderr)
        self.assertEqual(self.destinations(), ["ACTIVE"])


if __name__ == "__main__":
    sys.exit(unittest.main())

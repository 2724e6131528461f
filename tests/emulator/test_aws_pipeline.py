"""From a statement to a row: table, stream, mapping and the processor that `lorry zip` packs, in one stack. And the
image of it.

What is in SQLite must be what is in the table.
"""

import base64
import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

import packages

packages.require("botocore", "ministack", "awscli")
sys.path.insert(0, str(packages.ROOT / "tests" / "runtime_api"))
import support
from emulator import ALLOW_ALL, REGION
from registry import Registry
from scripted import ROLE, Case

if os.environ["LORRY_STATIC_PROCESSOR"] != "true":
    print("skipped: -Dstatic_processor=false, and a package takes only a static one")
    sys.exit(packages.SKIPPED)

LORRY = os.environ["LORRY"]
BUNDLES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"]
KEYS = ("device", "timestamp")
POISON = "no JSON at all"
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}


def template(variables, mapping):
    """`variables`: of the function; `mapping`: more of its properties."""
    return {"Resources": {
        "Stream": {"Type": "AWS::Kinesis::Stream", "Properties": {
            "Name": "changes", "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}},
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {
            "TableName": "readings", "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in KEYS],
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in zip(KEYS, ("HASH", "RANGE"))],
            "KinesisStreamSpecification": {"StreamArn": {"Fn::GetAtt": ["Stream", "Arn"]},
                                           "ApproximateCreationDateTimePrecision": "MICROSECOND"}}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {
            "AssumeRolePolicyDocument": TRUST,
            "Policies": [{"PolicyName": "all", "PolicyDocument": {
                "Version": "2012-10-17", "Statement": ALLOW_ALL}}]}},
        "Processor": {"Type": "AWS::Lambda::Function", "Properties": {
            "FunctionName": "processor", "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 20,
            "Role": {"Fn::GetAtt": ["Role", "Arn"]}, "Code": {"S3Bucket": "code", "S3Key": "package.zip"},
            "Environment": {"Variables": variables}}},
        "Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
            "EventSourceArn": {"Fn::GetAtt": ["Stream", "Arn"]}, "FunctionName": {"Ref": "Processor"},
            "StartingPosition": "TRIM_HORIZON", "FunctionResponseTypes": ["ReportBatchItemFailures"],
            **mapping}}}}


def plain(value):
    """An attribute value of these tests without its type."""
    (kind, content), = value.items()
    return float(content) if kind == "N" else content


class Pipeline(Case):
    auth = True

    def setUp(self):
        super().setUp()
        self.database = self.aws.folder / (self._testMethodName + ".db")
        package = Path(self.aws.folder) / "package.zip"
        subprocess.run([LORRY, "zip", "-o", package], env=self.aws.environment(), check=True,
                       capture_output=True, timeout=60)
        s3 = self.aws.client("s3")
        for bucket in "code", "lost":
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_object(Bucket="code", Key="package.zip", Body=package.read_bytes())

    def deploy(self, variables={}, **mapping):
        body = json.dumps(template(
            {"SINK_URL": f"sqlite:///{self.database}", "SINK_TABLE": "t", "REPORT_BATCH_ITEM_FAILURES": "true",
             **variables}, mapping))
        stacks = self.aws.client("cloudformation")
        stacks.create_stack(StackName="x", Capabilities=["CAPABILITY_IAM"], TemplateBody=body)
        ended = self.eventually(lambda: next(
            (s for s in stacks.describe_stacks(StackName="x")["Stacks"]
             if not s["StackStatus"].endswith("IN_PROGRESS")), None))
        self.assertEqual(ended["StackStatus"], "CREATE_COMPLETE")

    def change(self, statement=None):
        """INSERT, UPDATE and DELETE; `statement` executes them."""
        statement = statement or self.by_botocore
        for device in "foo", "bar", "baz":
            statement(f"INSERT INTO readings VALUE {{'device': '{device}', 'timestamp': '1', 'heat': 42.42}}")
        statement("UPDATE readings SET heat = ? SET place = ? WHERE device = 'foo' AND \"timestamp\" = '1'",
                  {"N": "43.59"}, {"S": "hällö"})
        statement("DELETE FROM readings WHERE device = 'bar' AND \"timestamp\" = '1'")

    def by_botocore(self, text, *parameters):
        self.aws.client("dynamodb").execute_statement(
            Statement=text, **({"Parameters": parameters} if parameters else {}))

    def by_aws_cli(self, text, *parameters):
        self.aws.cli("dynamodb", "execute-statement", "--statement", text,
                     *(["--parameters", json.dumps(parameters)] if parameters else []))

    def in_the_table(self):
        items = [{name: plain(value) for name, value in item.items()}
                 for item in self.aws.client("dynamodb").scan(TableName="readings")["Items"]]
        return {tuple(item.pop(key) for key in KEYS): item for item in items}

    def rows(self, columns, table):
        """None while there is no such table."""
        if self.database.is_file() and support.rows(
                self.database, f"SELECT 1 FROM sqlite_master WHERE name = '{table}'"):
            return support.rows(self.database, f"SELECT {columns} FROM {table}")
        return None

    def in_the_sink(self):
        return {tuple(json.loads(key)[name] for name in KEYS): json.loads(data)
                for key, data in self.rows("pk, data", "t_live") or []}

    def expect_the_same(self):
        expected = self.in_the_table()
        self.assertEqual(set(expected), {("foo", "1"), ("baz", "1")})
        self.eventually(lambda: self.in_the_sink() == expected)

    def test_changes_arrive(self):
        self.deploy()
        self.change(self.by_aws_cli)
        self.expect_the_same()
        self.assertEqual(self.metric("Errors", FunctionName="processor")["Sum"], 0)
        self.assertEqual(self.metric("ChangesWritten", "lorry", FunctionName="processor")["Sum"], 5)

    def test_poison_becomes_a_dead_letter(self):
        self.deploy()
        self.put(POISON, name="changes")
        self.change()
        self.expect_the_same()
        self.eventually(lambda: self.rows("count(*)", "t_dead_letters") == [(1,)])

    def test_poison_is_given_up_alone(self):
        """ON_ERROR=raise fails the invocation; bisecting finds the record, the rest arrives."""
        self.deploy({"ON_ERROR": "raise"}, MaximumRetryAttempts=0, BisectBatchOnFunctionError=True,
                    DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::lost"}})
        self.put(POISON, name="changes")
        self.change()
        self.expect_the_same()
        s3 = self.aws.client("s3")
        (found,) = self.eventually(lambda: s3.list_objects_v2(Bucket="lost").get("Contents"))
        said = json.loads(s3.get_object(Bucket="lost", Key=found["Key"])["Body"].read())
        self.assertEqual(said["responseContext"]["functionError"], "Unhandled")
        self.assertEqual([base64.b64decode(r["kinesis"]["data"]).decode()
                          for r in json.loads(said["payload"])["Records"]], [POISON])

    def test_a_sink_that_is_away_for_a_while(self):
        """Partial answers, which name the first record: tried again until it is done."""
        self.database.mkdir()
        self.deploy()
        self.put(POISON, name="changes")
        self.change()
        self.eventually(lambda: self.metric("Invocations", FunctionName="processor")["Sum"] > 6)
        self.assertEqual(self.metric("Errors", FunctionName="processor")["Sum"], 0)
        self.database.rmdir()
        self.expect_the_same()
        self.eventually(lambda: self.rows("count(*)", "t_dead_letters") == [(1,)])


@unittest.skipUnless(os.geteuid() == 0, "images run in a chroot, which needs root")
class Image(Case):
    """The image that `lorry image build` makes is a function: nobody's process, in an empty root."""

    def build(self):
        """Manifest and blobs."""
        bundle = next(filter(os.path.exists, BUNDLES), None)
        if not bundle:
            self.skipTest("no CA bundle on this system")
        layout = self.aws.folder / "layout"
        subprocess.run([LORRY, "image", "build", "--ca-bundle", bundle, "-o", layout],
                       env=self.aws.environment(), check=True, capture_output=True, timeout=60)
        blobs = {path.name: path.read_bytes() for path in (layout / "blobs" / "sha256").iterdir()}
        index = json.loads((layout / "index.json").read_text(encoding="utf-8"))
        manifest = blobs.pop(index["manifests"][0]["digest"].removeprefix("sha256:"))
        return manifest, blobs.values()

    def test_it_writes_rows(self):
        uri, digest = Registry(self.aws, "app").push(*self.build())
        functions = self.aws.client("lambda")
        functions.create_function(
            FunctionName="f", PackageType="Image", Code={"ImageUri": uri}, Role=ROLE, Timeout=20,
            Environment={"Variables": {"SINK_URL": "sqlite:////tmp/sink.db", "SINK_TABLE": "t"}})
        answer = functions.invoke(FunctionName="f", Payload=support.event(
            support.change("a", 1720747060000000), support.POISON))
        self.assertNotIn("FunctionError", answer, self.aws.log())
        database = self.aws.folder / "images" / digest.replace(":", "-") / "tmp" / "sink.db"
        self.assertEqual(support.rows(database, "SELECT pk FROM t_live"), [('{"id":"a"}',)])


if __name__ == "__main__":
    sys.exit(unittest.main())

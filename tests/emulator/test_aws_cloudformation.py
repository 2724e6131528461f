"""The emulator's stacks; aws/cloudformation.py names the facts."""

import json
import sys
import unittest

import packages

packages.require("botocore", "ministack", "awscli")
from registry import HOST
from scripted import LONG_S, ROLE, Case, package

STREAM = {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "s", "ShardCount": 1}}
FUNCTION = {"FunctionName": "f", "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": ROLE}
ARN = {"Fn::GetAtt": ["S", "Arn"]}


def table(**specification):
    """A table; `specification`: of its destination, if any."""
    more = {"KinesisStreamSpecification": specification} if specification else {}
    return {"Type": "AWS::DynamoDB::Table", "Properties": {
        "TableName": "table", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], **more}}


def function(**code):
    image = {} if "ImageUri" not in code else {"PackageType": "Image", "FunctionName": "f", "Role": ROLE}
    return {"Type": "AWS::Lambda::Function", "Properties": {**(image or FUNCTION), "Code": code}}


class Stack(Case):
    def setUp(self):
        super().setUp()
        self.stacks = self.aws.client("cloudformation")

    def apply(self, verb="create", **resources):
        """Creates or updates the stack; returns the state in which it ends."""
        outputs = {"Ref": {"Value": {"Ref": sorted(resources)[0]}}} if resources else {}
        getattr(self.stacks, verb + "_stack")(StackName="x", TemplateBody=json.dumps(
            {"Resources": resources, "Outputs": outputs}))
        return self.ended()

    def status(self):
        found = self.stacks.list_stacks()["StackSummaries"]
        return next(s["StackStatus"] for s in found if s["StackName"] == "x")

    def ended(self):
        self.eventually(lambda: not self.status().endswith("IN_PROGRESS"))
        return self.status()

    def events(self):
        return [(e["LogicalResourceId"], e["ResourceStatus"]) for e in
                reversed(self.stacks.describe_stack_events(StackName="x")["StackEvents"])]

    def reason(self):
        return next(e["ResourceStatusReason"] for e in
                    reversed(self.stacks.describe_stack_events(StackName="x")["StackEvents"])
                    if e["ResourceStatus"].endswith("_FAILED"))

    def test_resources_take_time(self):
        self.aws.set("seconds", LONG_S)
        self.stacks.create_stack(StackName="x", TemplateBody=json.dumps({"Resources": {"S": STREAM}}))
        self.eventually(lambda: ("S", "CREATE_IN_PROGRESS") in self.events())
        self.assertEqual(self.status(), "CREATE_IN_PROGRESS")
        self.assertNotIn(("S", "CREATE_COMPLETE"), self.events())
        self.aws.set("seconds", 0)
        self.assertEqual(self.ended(), "CREATE_COMPLETE")
        self.aws.set("seconds", LONG_S)
        self.aws.cli("cloudformation", "delete-stack", "--stack-name", "x")
        self.eventually(lambda: self.status() == "DELETE_IN_PROGRESS")
        self.aws.set("seconds", 0)
        self.assertEqual(self.ended(), "DELETE_COMPLETE")

    def destinations(self):
        found = self.aws.client("dynamodb").describe_kinesis_streaming_destination(TableName="table")
        return {(d["StreamArn"].rsplit("/")[-1], d["DestinationStatus"], d["ApproximateCreationDateTimePrecision"])
                for d in found["KinesisDataStreamDestinations"]}

    def test_destination_of_a_table(self):
        other = {**STREAM, "Properties": {"Name": "other", "ShardCount": 1}}
        micro = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
        steps = [("create", table(StreamArn=ARN), {("s", "ACTIVE", "MILLISECOND")}),
                 ("update", table(StreamArn=ARN, **micro), {("s", "ACTIVE", "MICROSECOND")}),
                 ("update", table(StreamArn={"Fn::GetAtt": ["T2", "Arn"]}, **micro),
                  {("s", "DISABLED", "MICROSECOND"), ("other", "ACTIVE", "MICROSECOND")}),
                 ("update", table(), {("s", "DISABLED", "MICROSECOND"), ("other", "DISABLED", "MICROSECOND")})]
        for verb, resource, expected in steps:
            self.assertEqual(self.apply(verb, S=STREAM, T2=other, Table=resource), verb.upper() + "_COMPLETE")
            self.assertEqual(self.destinations(), expected)

    def test_shards_of_a_stream(self):
        self.apply(S=STREAM)
        self.put("kept")
        self.apply("update", S={**STREAM, "Properties": {"Name": "s", "ShardCount": 2}})
        summary = self.aws.client("kinesis").describe_stream_summary(StreamName="s")
        self.assertEqual(summary["StreamDescriptionSummary"]["OpenShardCount"], 2)
        self.assertEqual([record["Data"] for record in self.records()], [b"kept"])

    def change(self, body, **mode):
        """What a change set of the same template would change, carried out; None: nothing."""
        self.sets = getattr(self, "sets", 0) + 1
        change_set = {"StackName": "x", "ChangeSetName": f"c{self.sets}"}
        self.stacks.create_change_set(TemplateBody=body, **change_set, **mode)
        made = self.stacks.describe_change_set(**change_set)
        if made["Status"] == "FAILED":
            return None
        self.stacks.execute_change_set(**change_set)
        self.assertEqual(self.ended(), "UPDATE_COMPLETE")
        return {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"]["Action"] for c in made["Changes"]}

    def test_drift(self):
        """aws/drift.py: seen and reverted only if that is asked for."""
        stream = {**STREAM, "Properties": {"Name": "s", "ShardCount": 1, "RetentionPeriodHours": 30, "StreamEncryption": {
            "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}}}
        arn = "arn:aws:kinesis:eu-central-1:123456789012:stream/s"
        resources = {"S": stream, "T": {**table(StreamArn=arn), "DependsOn": "S"}}
        body = json.dumps({"Resources": resources, "Outputs": {"Ref": {"Value": {"Ref": "S"}}}})
        self.assertEqual(self.apply(**resources), "CREATE_COMPLETE")
        revert = {"DeploymentMode": "REVERT_DRIFT"}
        self.assertIsNone(self.change(body, **revert))
        kinesis = self.aws.client("kinesis")
        kinesis.stop_stream_encryption(StreamName="s", EncryptionType="KMS", KeyId="alias/aws/kinesis")
        kinesis.decrease_stream_retention_period(StreamName="s", RetentionPeriodHours=24)
        self.aws.client("dynamodb").disable_kinesis_streaming_destination(TableName="table", StreamArn=arn)
        self.eventually(lambda: {d[1] for d in self.destinations()} == {"DISABLED"})
        self.assertIsNone(self.change(body))
        self.assertEqual(self.change(body, **revert), {"S": "Modify", "T": "Modify"})
        summary = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]
        self.assertEqual((summary["EncryptionType"], summary["RetentionPeriodHours"]), ("KMS", 30))
        self.assertEqual({d[1] for d in self.destinations()}, {"ACTIVE"})
        kinesis.delete_stream(StreamName="s")
        self.assertEqual(self.change(body, **revert), {"S": "Add"})
        self.assertEqual(kinesis.list_streams()["StreamNames"], ["s"])

    def test_no_such_stream(self):
        arn = "arn:aws:kinesis:eu-central-1:123456789012:stream/none"
        self.assertEqual(self.apply(T=table(StreamArn=arn)), "ROLLBACK_COMPLETE")
        self.assertIn("kinesis stream", self.reason())
        self.assertEqual(self.aws.client("dynamodb").list_tables()["TableNames"], [])

    def test_names_that_are_taken(self):
        self.aws.client("kinesis").create_stream(StreamName="s", ShardCount=1)
        self.assertEqual(self.apply(S=STREAM), "ROLLBACK_COMPLETE")
        self.assertRegex(self.reason(), r"^Resource handler returned message: \"Resource of type "
                         r"'AWS::Kinesis::Stream' with identifier 's' already exists\.\" "
                         r"\(RequestToken: [0-9a-f-]+, HandlerErrorCode: AlreadyExists\)$")
        self.assertEqual(self.status_of_stream("s"), "ACTIVE")

    def test_kept_resources_are_imported(self):
        kept = {"DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain"}
        resources = {"S": {**STREAM, **kept}, "T": {**table(StreamArn=ARN), **kept}}
        self.apply(**resources)
        self.aws.client("dynamodb").put_item(TableName="table", Item={"id": {"S": "a"}})
        self.stacks.delete_stack(StackName="x")
        self.eventually(lambda: self.status() == "DELETE_COMPLETE")
        self.stacks.create_change_set(StackName="x", ChangeSetName="c", ChangeSetType="CREATE",
                                      ImportExistingResources=True,
                                      TemplateBody=json.dumps({"Resources": resources}))
        changes = self.stacks.describe_change_set(StackName="x", ChangeSetName="c")["Changes"]
        self.assertEqual({c["ResourceChange"]["Action"] for c in changes}, {"Import"})
        self.stacks.execute_change_set(StackName="x", ChangeSetName="c")
        self.eventually(lambda: self.status() == "CREATE_COMPLETE")
        self.assertEqual(self.destinations(), {("s", "ACTIVE", "MILLISECOND")})
        self.assertEqual(len(self.records()), 1)

    def test_missing_image(self):
        self.aws.client("ecr").create_repository(repositoryName="app")
        self.assertEqual(self.apply(F=function(ImageUri=f"{HOST}/app:none")), "ROLLBACK_COMPLETE")
        self.assertIn(f"Source image {HOST}/app:none does not exist. Provide a valid source image.", self.reason())

    def test_missing_code(self):
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        self.assertEqual(self.apply(F=function(S3Bucket="code", S3Key="none")), "ROLLBACK_COMPLETE")
        self.assertIn("S3 Error Code: NoSuchKey", self.reason())
        self.stacks.delete_stack(StackName="x")
        self.eventually(lambda: self.status() == "DELETE_COMPLETE")
        s3.put_object(Bucket="code", Key="first", Body=package())
        self.assertEqual(self.apply(F=function(S3Bucket="code", S3Key="first")), "CREATE_COMPLETE")
        self.assertEqual(self.apply("update", F=function(S3Bucket="code", S3Key="none")),
                         "UPDATE_ROLLBACK_COMPLETE")

    def test_code_and_settings_in_one_update(self):
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        for key in "first", "second":
            s3.put_object(Bucket="code", Key=key, Body=package() + (b"" if key == "first" else b"\0"))
        self.apply(F=function(S3Bucket="code", S3Key="first"))
        changed = function(S3Bucket="code", S3Key="second")
        changed["Properties"]["Timeout"] = 9
        self.assertEqual(self.apply("update", F=changed), "UPDATE_COMPLETE")
        found = self.aws.client("lambda").get_function_configuration(FunctionName="f")
        self.assertEqual((found["Timeout"], found["LastUpdateStatus"]), (9, "Successful"))

    def test_mapping(self):
        self.function()
        mapping = {"EventSourceArn": ARN, "FunctionName": "f", "StartingPosition": "TRIM_HORIZON"}
        resources = {"S": STREAM, "M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}}
        self.assertEqual(self.apply(**resources), "CREATE_COMPLETE")
        (found,) = self.aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
        self.assertEqual((found["BatchSize"], found["State"]), (100, "Enabled"))
        self.put("a")
        self.eventually(self.seen.exists)
        mapping["MaximumRecordAgeInSeconds"] = 30
        self.assertEqual(self.apply("update", **resources), "UPDATE_ROLLBACK_COMPLETE")
        self.assertIn("MaximumRecordAgeInSeconds", self.reason())

    def test_reference_to_a_secret(self):
        secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "n", "SecretString": "one"}}
        self.apply(A=secret)
        secrets = self.aws.client("secretsmanager")
        arn = secrets.describe_secret(SecretId="n")["ARN"]
        (output,) = self.stacks.describe_stacks(StackName="x")["Stacks"][0]["Outputs"]
        self.assertEqual(output["OutputValue"], arn)
        secret["Properties"]["SecretString"] = "two"
        self.assertEqual(self.apply("update", A=secret), "UPDATE_COMPLETE")
        self.assertEqual(secrets.get_secret_value(SecretId=arn)["SecretString"], "two")
        self.stacks.delete_stack(StackName="x")
        self.eventually(lambda: self.status() == "DELETE_COMPLETE")
        self.assertEqual(secrets.list_secrets()["SecretList"], [])


if __name__ == "__main__":
    sys.exit(unittest.main())

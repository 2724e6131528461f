"""What the emulator lets Lambda do for a function; aws/roles.py names the facts."""

import json
import sys
import unittest

import packages

packages.require("botocore", "ministack")
from botocore.exceptions import ClientError
from emulator import ACCOUNT, REGION
from registry import Registry, image, layer
from scripted import ROLE, Case

STREAM = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/s"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/f:*"
READ = ["DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards"]


def allow(actions, resource, **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resource, **more}


class Roles(Case):
    auth = True

    def setUp(self):
        super().setUp()
        self.iam = self.aws.client("iam")
        self.iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]}))

    def permit(self, *statements):
        self.iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": statements}))

    def refused(self, code, call, **options):
        with self.assertRaises(ClientError) as caught:
            call(**options)
        self.assertEqual(caught.exception.response["Error"]["Code"], code)
        return str(caught.exception)

    def test_requests_come_with_tls(self):
        """The emulator's plain HTTP counts as that."""
        s3 = self.aws.client("s3")
        s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
        deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::bucket"]}
        for secure, refused in (("false", False), ("true", True)):
            policy = {"Version": "2012-10-17", "Statement": [
                {**deny, "Action": "s3:ListBucket", "Condition": {"Bool": {"aws:SecureTransport": secure}}}]}
            s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps(policy))
            if refused:
                self.refused("AccessDenied", s3.list_objects_v2, Bucket="bucket")
            else:
                self.assertEqual(s3.list_objects_v2(Bucket="bucket")["KeyCount"], 0)

    def test_reading_a_stream(self):
        self.stream()
        self.function({"return": None}, {"error": "x"})
        create = self.aws.client("lambda").create_event_source_mapping
        actions = [f"kinesis:{action}" for action in READ]
        for lacking in actions:
            self.permit(allow([a for a in actions if a != lacking], STREAM))
            self.assertIn("Cannot access stream", self.refused(
                "InvalidParameterValueException", create, EventSourceArn=STREAM, FunctionName="f",
                StartingPosition="LATEST"))
        self.permit(allow(actions, STREAM))
        uuid = self.mapping(STREAM)
        self.put("a")
        self.expect_batches(["a"])
        queue = self.aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
        update = self.aws.client("lambda").update_event_source_mapping
        destination = {"OnFailure": {"Destination": QUEUE}}
        self.assertIn("sqs:SendMessage", self.refused("InvalidParameterValueException", update, UUID=uuid,
                                                      DestinationConfig=destination))
        self.permit(allow(actions, STREAM), allow("sqs:SendMessage", QUEUE))
        update(UUID=uuid, DestinationConfig=destination, MaximumRetryAttempts=0)
        self.put("b")
        self.eventually(lambda: self.aws.client("sqs").receive_message(QueueUrl=queue).get("Messages"))

    def test_writing_a_log(self):
        self.function({"print": ["said"]})
        logs = self.aws.client("logs")
        self.aws.client("lambda").invoke(FunctionName="f")
        self.assertEqual(logs.describe_log_groups()["logGroups"], [])
        self.permit(allow(["logs:CreateLogStream", "logs:PutLogEvents"], LOGS))
        self.aws.client("lambda").invoke(FunctionName="f")
        self.assertIn("said", [e["message"] for e in
                               logs.filter_log_events(logGroupName="/aws/lambda/f")["events"]])

    def test_pulling_an_image(self):
        uri, _ = Registry(self.aws, "app").push(*image([layer({"own": b""})], Entrypoint=["/own"]))
        functions, ecr = self.aws.client("lambda"), self.aws.client("ecr")
        made = {"FunctionName": "f", "PackageType": "Image", "Code": {"ImageUri": uri}, "Role": ROLE}
        self.refused("AccessDeniedException", functions.create_function, **made)
        for name, allowed in ("other", False), ("f", True):
            arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
            ecr.set_repository_policy(repositoryName="app", policyText=json.dumps({
                "Version": "2012-10-17", "Statement": [{
                    "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    "Condition": {"StringLike": {"aws:sourceArn": arn}}}]}))
            if allowed:
                functions.create_function(**made)
            else:
                self.refused("AccessDeniedException", functions.create_function, **made)


if __name__ == "__main__":
    sys.exit(unittest.main())

"""What `lorry template` prints, deployed by the AWS CLI to an emulator that verifies signatures."""

import hashlib
import io
import os
import subprocess
import time
import unittest
import zipfile

import packages

packages.require("awscli", "botocore", "ministack")
from emulator import ACCOUNT, REGION, EmulatorCase
from registry import HOST, Registry, digest_of, image, layer

LORRY = os.environ["LORRY"]
TEMPLATES = packages.ROOT / "tests" / "stack" / "templates"
STACK = "shop"
MANIFEST, BLOBS = image([layer({"processor": b""})], Entrypoint=["/processor"])
IMAGE = f"{HOST}/shop@{digest_of(MANIFEST)}"
WAIT_S = 30


class Template(EmulatorCase):
    def setUp(self):
        super().setUp()
        self.stacks = self.aws.client("cloudformation")
        registry = Registry(self.aws, "shop")
        registry.let_lambda_pull()
        registry.push(MANIFEST, BLOBS)

    def template(self, name, *words):
        """No network: the endpoint named leads nowhere."""
        environment = self.aws.environment(AWS_ENDPOINT_URL="http://127.0.0.1:1")
        result = subprocess.run([LORRY, "template", "-f", str(TEMPLATES / f"{name}.yaml"), *words],
                                env=environment, capture_output=True, encoding="utf-8", timeout=60,
                                check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def wait(self):
        """The stack, once nothing is in progress."""
        end = time.monotonic() + WAIT_S
        while True:
            stack = self.stacks.describe_stacks(StackName=STACK)["Stacks"][0]
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                return stack
            self.assertLess(time.monotonic(), end, stack)
            time.sleep(0.05)

    def deploy(self, body, action="create-stack", **parameters):
        self.aws.cli("cloudformation", action, "--stack-name", STACK, "--template-body", body,
                     "--capabilities", "CAPABILITY_IAM", "--parameters",
                     *[f"ParameterKey={name},ParameterValue={value}" for name, value in parameters.items()])
        stack = self.wait()
        events = self.stacks.describe_stack_events(StackName=STACK)
        self.assertIn(stack["StackStatus"], ["CREATE_COMPLETE", "UPDATE_COMPLETE"],
                      [event for event in events["StackEvents"] if "FAILED" in event["ResourceStatus"]])
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    def upload(self, content):
        """The key of a package in the bucket "packages"."""
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("bootstrap", content)
        key = hashlib.sha256(package.getvalue()).hexdigest() + ".zip"
        self.aws.client("s3").put_object(Bucket="packages", Key=key, Body=package.getvalue())
        return key

    def test_what_is_made(self):
        outputs = self.deploy(self.template("minimal"), ImageUri=IMAGE)
        table = self.aws.cli("dynamodb", "describe-table", "--table-name", outputs["TableName"])["Table"]
        self.assertEqual(table["BillingModeSummary"]["BillingMode"], "PAY_PER_REQUEST")
        self.assertEqual(table["KeySchema"], [{"AttributeName": "id", "KeyType": "HASH"}])

        stream = self.aws.cli("kinesis", "describe-stream-summary", "--stream-name",
                              outputs["StreamName"])["StreamDescriptionSummary"]
        self.assertEqual(stream["StreamModeDetails"]["StreamMode"], "ON_DEMAND")
        self.assertEqual(stream["StreamARN"], outputs["StreamArn"])

        function = self.aws.cli("lambda", "get-function", "--function-name", outputs["FunctionName"])
        self.assertEqual(function["Code"]["ImageUri"], IMAGE)
        settings = function["Configuration"]
        self.assertEqual(settings["LoggingConfig"]["LogGroup"], outputs["LogGroupName"])
        self.assertEqual(settings["Role"], outputs["IamRoleForLambdaExecutionArn"])
        self.assertEqual(settings["FunctionArn"], outputs["shopdevprocessorArn"])
        self.assertEqual(settings["Environment"]["Variables"]["REPORT_BATCH_ITEM_FAILURES"], "true")

        mapping = self.aws.cli("lambda", "get-event-source-mapping", "--uuid", outputs["MappingId"])
        self.assertEqual(mapping["EventSourceArn"], stream["StreamARN"])
        self.assertEqual(mapping["FunctionResponseTypes"], ["ReportBatchItemFailures"])
        self.assertEqual(mapping["DestinationConfig"]["OnFailure"]["Destination"],
                         "arn:aws:s3:::" + outputs["FailureBucketName"])

        groups = self.aws.cli("logs", "describe-log-groups")["logGroups"]
        self.assertEqual([(each["logGroupName"], each["retentionInDays"]) for each in groups],
                         [("/aws/lambda/shop-dev-processor", 14)])

    def test_what_the_role_may_do(self):
        outputs = self.deploy(self.template("env-password"), ImageUri=IMAGE, SinkPassword="hunter2")
        role = outputs["IamRoleForLambdaExecutionArn"].split("/")[-1]
        self.assertEqual(self.aws.cli("iam", "list-attached-role-policies", "--role-name", role)["AttachedPolicies"], [])
        policies = self.aws.cli("iam", "list-role-policies", "--role-name", role)["PolicyNames"]
        document = self.aws.cli("iam", "get-role-policy", "--role-name", role, "--policy-name",
                                policies[0])["PolicyDocument"]
        self.assertEqual(len(policies), 1)
        self.assertEqual(
            {statement["Sid"]: statement["Resource"] for statement in document["Statement"]},
            {"ReadStream": outputs["StreamArn"],
             "WriteLog": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{outputs['LogGroupName']}:*",
             "FindBucket": "arn:aws:s3:::" + outputs["FailureBucketName"],
             "KeepFailures": f"arn:aws:s3:::{outputs['FailureBucketName']}/*"})

    def test_as_json(self):
        """The same resources; a zip package; an update that changes the package alone."""
        self.aws.client("s3").create_bucket(
            Bucket="packages", CreateBucketConfiguration={"LocationConstraint": REGION})
        one, two = self.upload("one"), self.upload("two")
        outputs = self.deploy(self.template("zip", "--format", "json"), CodeBucket="packages", CodeKey=one)
        again = self.deploy(self.template("zip"), "update-stack", CodeBucket="packages", CodeKey=two)
        self.assertEqual(again, outputs)

    def test_data_outlives_the_stack(self):
        outputs = self.deploy(self.template("minimal"), ImageUri=IMAGE)
        self.aws.cli("cloudformation", "delete-stack", "--stack-name", STACK)
        end = time.monotonic() + WAIT_S
        while self.aws.cli("lambda", "list-functions")["Functions"]:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)
        self.assertEqual(self.aws.cli("dynamodb", "list-tables")["TableNames"], [outputs["TableName"]])
        self.assertEqual(self.aws.cli("kinesis", "list-streams")["StreamNames"], [outputs["StreamName"]])
        self.assertEqual([each["Name"] for each in self.aws.cli("s3api", "list-buckets")["Buckets"]],
                         [outputs["FailureBucketName"]])

    def test_every_template_is_accepted(self):
        for path in sorted(TEMPLATES.glob("*.template.yaml")):
            with self.subTest(path.name):
                body = path.read_text(encoding="utf-8")
                answer = self.stacks.validate_template(TemplateBody=body)
                self.assertEqual(answer["Capabilities"], ["CAPABILITY_IAM"])


if __name__ == "__main__":
    unittest.main()

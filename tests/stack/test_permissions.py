"""What `lorry doctor --policy` lists, against what lorry calls (src/aws) and what the handlers of CloudFormation's resource
types call, as cfn-lint has them: nothing is missing, nothing is superfluous."""

import fnmatch
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "emulator"))
import packages

packages.require("cfnlint")
import cfnlint

LORRY = os.environ["LORRY"]
SOURCES = packages.ROOT / "src" / "aws"
SCHEMAS = Path(cfnlint.__file__).parent / "data" / "schemas" / "resources"
FILE = """project: p
region: eu-central-1
source: {{dynamodb: {{table: table, {source}keys: {{k: S}}}}}}
stream: {{name: s{stream}}}
processor:
  name: f
  repository: images
{processor}
sink: {{url: "{url}", password: {{{password}}}, table: t}}
"""
URL = "crate://crate@host:4200/?ssl=true"
PIPELINES = {
    "image": {"processor": "  package: image\n  on-failure: s3", "password": "secret: s"},
    "zip": {"processor": "  package: zip\n  on-failure: sqs", "password": "ssm: /p"},
    "existing": {"processor": "  package: zip\n  on-failure: none", "password": "ssm: /p",
                 "source": "existing: true, ", "stream": ", existing: true"},
    "network": {"processor": "  package: image\n  vpc: {subnets: [subnet-12345678], security-groups: [sg-12345678]}\n"
                             "  permissions-boundary: \"arn:aws:iam::123456789012:policy/b\"\n"
                             "  file-system: {access-point: \"arn:aws:elasticfilesystem:eu-central-1:123456789012:"
                             "access-point/fsap-0123456789abcdef0\", path: /mnt/x}", "password": "secret: s"},
}
# Of src/aws, what nobody has to be allowed in a policy for a pipeline.
NOT_LISTED = {
    "dynamodb:PartiQL*",  # stands for four actions, which are listed
    # only `destroy --registry`
    "ecr:DeleteRepository", "ecr:ListTagsForResource", "ecr:ListImages", "ecr:BatchDeleteImage",
    "iam:SimulatePrincipalPolicy",  # doctor does without
    "sts:AssumeRole", "sts:AssumeRoleWithWebIdentity",  # how the caller becomes who he is
}
# What registries call things: src/oci speaks with them.
PUSH = {"ecr:BatchCheckLayerAvailability", "ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload",
        "ecr:PutImage", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
# Tags given while something is made, and PartiQL in its four forms.
IMPLIED = {"cloudformation:TagResource", "cloudformation:UntagResource", "ecr:TagResource", "secretsmanager:TagResource",
           "ssm:AddTagsToResource", "dynamodb:PartiQLSelect", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete"}
# What handlers call for properties that the template does not have.
NOT_USED = {
    "AWS::CloudWatch::Alarm": [],
    "AWS::DynamoDB::Table": [
        "kms:*", "logs:*", "s3:*", "dynamodb:*Import*", "dynamodb:UpdateTimeToLive", "dynamodb:UpdateContributorInsights",
        "dynamodb:PutResourcePolicy", "dynamodb:DeleteResourcePolicy", "dynamodb:*Replica", "dynamodb:Scan",
        "dynamodb:Query", "dynamodb:*Item"],
    "AWS::IAM::Role": ["iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:*RolePermissionsBoundary"],
    "AWS::Kinesis::Stream": ["kinesis:*EnhancedMonitoring", "kinesis:UpdateMaxRecordSize",
                             "kinesis:UpdateStreamWarmThroughput", "kinesis:UpdateStreamRecordDistributionStrategy"],
    "AWS::Lambda::EventSourceMapping": ["kms:*"],
    "AWS::Lambda::Function": [
        "kms:*", "ec2:*", "elasticfilesystem:*", "s3files:*", "s3:*", "lambda:*CodeSigningConfig", "lambda:GetLayerVersion",
        "lambda:PutRuntimeManagementConfig", "lambda:*ScalingConfig", "lambda:PutFunctionRecursionConfig",
        "lambda:PassCapacityProvider", "lambda:AssociateRuntimeAlias", "lambda:PublishVersion"],
    "AWS::Logs::LogGroup": [
        "s3:*", "firehose:*", "logs:*DataProtectionPolicy", "logs:CreateLogDelivery", "logs:*ResourcePolic*",
        "logs:*IndexPolic*", "logs:PutBearerTokenAuthentication", "logs:*KmsKey", "logs:PutLogGroupDeletionProtection"],
    "AWS::S3::Bucket": [
        "iam:PassRole", "s3tables:*", "s3:*MetadataTableConfiguration", "s3:*Metadata*", "s3:*Abac", "s3:*Analytics*",
        "s3:*CORS", "s3:*Cors", "s3:*Inventory*", "s3:*MetricsConfiguration", "s3:*Notification", "s3:*Replication*",
        "s3:*Website", "s3:*Accelerate*", "s3:*ObjectAcl", "s3:*BucketAcl", "s3:*ObjectLock*", "s3:DeleteObject",
        "s3:*Logging", "s3:*Versioning", "s3:*IntelligentTiering*", "s3:DeleteBucketEncryption",
        "s3:DeleteBucketLifecycle"],
    "AWS::S3::BucketPolicy": [],
    "AWS::SQS::Queue": [],
}


def handlers():
    """{resource type: all actions of its handlers}"""
    found = {}
    for path in SCHEMAS.glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        for verb, handler in schema.get("handlers", {}).items():
            if verb != "list" and schema.get("typeName") in NOT_USED:
                found.setdefault(schema["typeName"], set()).update(handler.get("permissions", ()))
    return found


HANDLERS = handlers()
if not HANDLERS:
    packages.in_venv("cfn-lint with the handlers of resource types")


class Permissions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.called = {action for path in SOURCES.glob("*.c") for action in re.findall(
            r'"([a-z0-9]+:[A-Z][A-Za-z]+\*?)"', path.read_text(encoding="utf-8"))}
        cls.policies, cls.templates = {}, {}
        for name, pipeline in PIPELINES.items():
            cls.policies[name], cls.templates[name] = cls.make(pipeline)

    @staticmethod
    def make(pipeline):
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"}
        settings = {"source": "", "stream": "", "url": URL, **pipeline}
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "pipeline.yaml").write_text(FILE.format(**settings), encoding="utf-8")
            return [json.loads(subprocess.run([LORRY, *words], cwd=folder, env=environment, check=True, timeout=60,
                                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
                    for words in (["doctor", "--policy"], ["template", "--format=json"])]

    def actions(self, name):
        return {action for statement in self.policies[name]["Statement"] for action in statement["Action"]}

    def test_what_lorry_calls_is_listed(self):
        listed = set().union(*map(self.actions, PIPELINES))
        self.assertIn("lambda:GetFunction", self.called)
        self.assertEqual(self.called - listed, NOT_LISTED)

    def test_what_cloudformation_calls_is_listed(self):
        for name in PIPELINES:
            for resource in self.templates[name]["Resources"].values():
                kind = resource["Type"]
                needed = {action for action in HANDLERS[kind]
                          if not any(fnmatch.fnmatchcase(action, pattern) for pattern in NOT_USED[kind])}
                with self.subTest(pipeline=name, type=kind):
                    self.assertTrue(needed)
                    self.assertEqual(needed - self.actions(name), set())

    def test_what_networks_need_is_listed(self):
        for action in ("ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs",
                       "ec2:DescribeNetworkInterfaces", "elasticfilesystem:DescribeMountTargets",
                       "iam:PutRolePermissionsBoundary"):
            self.assertIn(action, self.actions("network"))
            self.assertNotIn(action, self.actions("image"))

    def test_nothing_is_superfluous(self):
        called = set().union(self.called, PUSH, IMPLIED, *HANDLERS.values())
        for name in PIPELINES:
            self.assertEqual(self.actions(name) - called, set())

    def test_what_a_pipeline_does_not_have_is_not_listed(self):
        self.assertNotIn("dynamodb:CreateTable", self.actions("existing"))
        self.assertNotIn("kinesis:CreateStream", self.actions("existing"))
        self.assertFalse({a for a in self.actions("existing") if a.startswith(("ecr:", "sqs:"))})
        self.assertFalse({a for a in self.actions("image") if a.startswith(("sqs:", "ssm:"))})

    def test_resources(self):
        """No action is allowed on everything that knows what it is done to; roles are passed to Lambda only."""
        free = {"cloudformation:ListStacks", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData",
                "ecr:GetAuthorizationToken",
                "lambda:CreateEventSourceMapping", "lambda:ListEventSourceMappings", "logs:DescribeLogGroups",
                "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
                "ec2:DescribeNetworkInterfaces", "elasticfilesystem:DescribeMountTargets"}
        for policy in self.policies.values():
            self.assertEqual(policy["Version"], "2012-10-17")
            for statement in policy["Statement"]:
                if statement["Resource"] == "*":
                    self.assertLessEqual(set(statement["Action"]), free)
                else:
                    self.assertRegex(statement["Resource"], r"^arn:aws:[a-z0-9-]+:(eu-central-1)?:(\*)?:.+")
                if "iam:PassRole" in statement["Action"]:
                    self.assertEqual(statement["Condition"],
                                     {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}})


if __name__ == "__main__":
    sys.exit(unittest.main())

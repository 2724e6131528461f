"""The emulator that other tests rely on does what they rely on."""

import sys
import unittest

import packages

packages.require("botocore", "ministack", "awscli")
from botocore.exceptions import ClientError
from emulator import ACCOUNT, REGION, Emulator


class Plain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.aws = Emulator()
        cls.addClassCleanup(cls.aws.stop)

    def setUp(self):
        self.aws.reset()

    def test_account_and_region(self):
        identity = self.aws.client("sts").get_caller_identity()
        self.assertEqual(identity["Account"], ACCOUNT)
        created = self.aws.client("ecr").create_repository(repositoryName="app")["repository"]
        self.assertEqual(created["repositoryUri"], f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app")

    def test_reset(self):
        ssm = self.aws.client("ssm")
        ssm.put_parameter(Name="a", Value="b", Type="String")
        self.aws.reset()
        with self.assertRaises(ClientError):
            ssm.get_parameter(Name="a")

    def test_aws_cli(self):
        self.aws.client("secretsmanager").create_secret(Name="s", SecretString="t")
        answer = self.aws.cli("secretsmanager", "get-secret-value", "--secret-id", "s")
        self.assertEqual(answer["SecretString"], "t")
        with self.assertRaisesRegex(RuntimeError, "ResourceNotFound"):
            self.aws.cli("secretsmanager", "get-secret-value", "--secret-id", "none")

    def test_nothing_of_the_caller_is_in_the_environment(self):
        names = set(self.aws.environment())
        self.assertFalse({n for n in names if not n.startswith("AWS_")} - {"PATH", "HOME", "LANG"})


class Verified(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.aws = Emulator(auth=True)
        cls.addClassCleanup(cls.aws.stop)

    def refused(self, key, code):
        with self.assertRaises(ClientError) as caught:
            self.aws.client("ssm", key).describe_parameters()
        self.assertEqual(caught.exception.response["Error"]["Code"], code)

    def test_right_key(self):
        self.assertEqual(self.aws.client("ssm").describe_parameters()["Parameters"], [])

    def test_wrong_secret(self):
        self.refused((self.aws.key[0], "x" * 40), "InvalidSignatureException")

    def test_unknown_key(self):
        self.refused(("AKIAIOSFODNN7EXAMPLE", "x" * 40), "UnrecognizedClientException")

    def test_policies_hold(self):
        key = self.aws.user("reader", [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])
        self.refused(key, "AccessDeniedException")

    def test_another_key_after_a_reset(self):
        before = self.aws.key
        self.aws.reset()
        self.assertNotEqual(before, self.aws.key)
        self.test_right_key()


if __name__ == "__main__":
    sys.exit(unittest.main())

"""Calls of src/aws against an AWS that verifies signatures, session tokens and policies."""

import json
import os
import subprocess
import sys
import unittest

import packages

packages.require("botocore", "ministack")
from emulator import ACCOUNT, ALLOW_ALL, Emulator

FETCH_TOOL = os.environ["LORRY_FETCH_TOOL"]
NAME = "lorry/a b+c=ä@1"  # signed in several ways, if anything is encoded wrongly
VALUE = "päss \"word\" \\ €"


class Verified(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.aws = Emulator(auth=True)
        cls.addClassCleanup(cls.aws.stop)
        cls.aws.client("secretsmanager").create_secret(Name="lorry/s", SecretString=VALUE)
        cls.aws.client("ssm").put_parameter(Name="/lorry/p", Value=VALUE, Type="SecureString")

    def fetch(self, kind, name, key=None, **environment):
        """Exit status, and the value or the error."""
        result = subprocess.run([FETCH_TOOL, kind, name], env=self.aws.environment(key, **environment),
                                stdout=subprocess.PIPE, encoding="utf-8", timeout=60)
        return result.returncode, result.stdout.rstrip("\n")

    def test_right_key(self):
        self.assertEqual(self.fetch("secret", "lorry/s"), (0, VALUE))
        self.assertEqual(self.fetch("parameter", "/lorry/p"), (0, VALUE))

    def test_odd_names_are_signed_as_well(self):
        status, message = self.fetch("secret", NAME)
        self.assertEqual(status, 1)
        self.assertIn("ResourceNotFoundException", message)

    def test_wrong_secret_key(self):
        status, message = self.fetch("secret", "lorry/s", (self.aws.key[0], "x" * 40))
        self.assertEqual(status, 1)
        self.assertIn("InvalidSignatureException", message)
        self.assertNotIn("x" * 40, message)

    def test_unknown_key(self):
        status, message = self.fetch("parameter", "/lorry/p", ("AKIAIOSFODNN7EXAMPLE", "x" * 40))
        self.assertEqual(status, 1)
        self.assertIn("UnrecognizedClientException", message)

    def test_key_without_permission(self):
        key = self.aws.user("reader", [{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}])
        self.assertEqual(self.fetch("parameter", "/lorry/p", key), (0, VALUE))
        status, message = self.fetch("secret", "lorry/s", key)
        self.assertEqual(status, 1)
        self.assertIn("AccessDeniedException", message)
        self.assertIn("secretsmanager:GetSecretValue", message)

    def test_session_token(self):
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}]}
        iam = self.aws.client("iam")
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        iam.put_role_policy(RoleName="r", PolicyName="all", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": ALLOW_ALL}))
        answer = self.aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="lorry")
        key = tuple(answer["Credentials"][n] for n in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        self.assertEqual(self.fetch("secret", "lorry/s", key), (0, VALUE))
        status, _ = self.fetch("secret", "lorry/s", (key[0], key[1], key[2][:-4] + "AAAA"))
        self.assertEqual(status, 1)


if __name__ == "__main__":
    sys.exit(unittest.main())

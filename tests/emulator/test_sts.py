"""Who one is, and roles: src/aws/sts.c by way of fetch-tool."""

import json
import os
import subprocess
import sys
import unittest

import packages

packages.require("botocore", "ministack")
from emulator import ACCOUNT, Emulator

FETCH_TOOL = os.environ["LORRY_FETCH_TOOL"]
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}]}
SECRETS = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}]}


class Lane:
    auth = False

    @classmethod
    def setUpClass(cls):
        cls.aws = Emulator(cls.auth)
        cls.addClassCleanup(cls.aws.stop)
        cls.aws.client("secretsmanager").create_secret(Name="s", SecretString="value")
        iam = cls.aws.client("iam")
        cls.role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
        iam.put_role_policy(RoleName="reader", PolicyName="p", PolicyDocument=json.dumps(SECRETS))

    def fetch(self, *words, key=None, status=0):
        result = subprocess.run([FETCH_TOOL, *words], env=self.aws.environment(key), stdout=subprocess.PIPE,
                                encoding="utf-8", timeout=60)
        self.assertEqual(result.returncode, status, result.stdout)
        return result.stdout.rstrip("\n")

    def test_caller(self):
        witness = self.aws.client("sts").get_caller_identity()
        self.assertEqual(self.fetch("caller", "").split(),
                         [witness["Account"], witness["Arn"], witness["UserId"]])

    def test_assumed_credentials_are_taken(self):
        self.assertEqual(self.fetch("secret", "s", self.role["Arn"]), "value")
        account, arn, _ = self.fetch("caller", "", self.role["Arn"]).split()
        self.assertEqual(account, ACCOUNT)
        self.assertEqual(arn, f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/lorry-test")


class Plain(Lane, unittest.TestCase):
    pass


class Verified(Lane, unittest.TestCase):
    auth = True

    def test_wrong_key(self):
        message = self.fetch("caller", "", key=(self.aws.key[0], "x" * 40), status=1)
        self.assertIn('STS "caller": SignatureDoesNotMatch (HTTP 403', message)

    def test_only_what_the_role_may(self):
        message = self.fetch("parameter", "/p", self.role["Arn"], status=1)
        self.assertIn("AccessDeniedException", message)
        self.assertIn("assumed-role/reader", message)

    def test_who_may_not_assume(self):
        key = self.aws.user("nobody", [{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}])
        message = self.fetch("caller", "", self.role["Arn"], key=key, status=1)
        self.assertIn("AccessDenied", message)
        self.assertIn('allow "sts:AssumeRole" on it to whoever calls', message)

    def test_no_such_role(self):
        message = self.fetch("caller", "", self.role["Arn"] + "-none", status=1)
        self.assertIn(self.role["Arn"] + "-none", message)


if __name__ == "__main__":
    sys.exit(unittest.main())

"""Calls of src/aws against an AWS that verifies signatures, session tokens and policies."""

import base64
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

    def role(self, name, statements, action="sts:AssumeRole", principal=None):
        """The ARN of a new role, which everybody in the account may assume, or the principal."""
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": action, "Principal": principal or {"AWS": ACCOUNT}}]}
        iam = self.aws.client("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": statements}))
        return arn

    def test_session_token(self):
        arn = self.role("r", ALLOW_ALL)
        answer = self.aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="lorry")
        key = tuple(answer["Credentials"][n] for n in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        self.assertEqual(self.fetch("secret", "lorry/s", key), (0, VALUE))
        status, _ = self.fetch("secret", "lorry/s", (key[0], key[1], key[2][:-4] + "AAAA"))
        self.assertEqual(status, 1)

    def fetch_as(self, profile, config):
        """fetch() of the secret, with nothing but a configuration file."""
        path = self.aws.folder / "config"
        path.write_text(config, encoding="utf-8")
        return self.fetch("secret", "lorry/s", AWS_CONFIG_FILE=str(path), AWS_PROFILE=profile,
                          AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")

    def test_roles(self):
        may_assume = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]
        key = self.aws.user("nobody", may_assume)
        me = f"[profile me]\naws_access_key_id = {key[0]}\naws_secret_access_key = {key[1]}\n"
        step = f"[profile step]\nrole_arn = {self.role('step', may_assume)}\nsource_profile = me\n"
        reader = (f"[profile reader]\nrole_arn = {self.role('reads', ALLOW_ALL)}\nsource_profile = step\n"
                  "external_id = x/1\nrole_session_name = me@home\nduration_seconds = 900\n")
        for profile in ["me", "step"]:
            status, message = self.fetch_as(profile, me + step)
            self.assertEqual(status, 1, message)
            self.assertIn("AccessDeniedException", message)
        self.assertIn("assumed-role/step/lorry-", message)
        self.assertEqual(self.fetch_as("reader", me + step + reader), (0, VALUE))

    def test_web_identity(self):
        claims = [{"alg": "none"}, {"iss": "https://accounts.google.com", "sub": "me", "aud": "lorry"}]
        token = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
                         for part in claims) + ".x"
        path = self.aws.folder / "web-token"
        path.write_text(token, encoding="utf-8")
        arn = self.role("web", ALLOW_ALL, "sts:AssumeRoleWithWebIdentity", {"Federated": "accounts.google.com"})
        config = f"[profile w]\nweb_identity_token_file = {path}\nrole_arn = "
        self.assertEqual(self.fetch_as("w", config + arn), (0, VALUE))
        status, message = self.fetch_as("w", config + self.role("not-web", ALLOW_ALL))
        self.assertEqual(status, 1)
        self.assertIn("AWS credentials: web identity: STS", message)
        self.assertNotIn(token, message)

    def test_role_that_may_not_be_assumed(self):
        key = self.aws.user("stranger", [{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}])
        status, message = self.fetch_as("p", (
            f"[profile p]\nrole_arn = {self.role('closed', ALLOW_ALL)}\nsource_profile = p\n"
            f"aws_access_key_id = {key[0]}\naws_secret_access_key = {key[1]}\n"))
        self.assertEqual(status, 1)
        self.assertIn('AWS credentials: role: profile "p": STS "arn:aws:iam::', message)
        self.assertIn("AccessDenied", message)
        self.assertNotIn(key[1], message)


if __name__ == "__main__":
    sys.exit(unittest.main())

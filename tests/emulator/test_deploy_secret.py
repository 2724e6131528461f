"""lorry deploy makes the secret that the pipeline names, from a file, standard input, the environment or a
terminal, and never changes one that is there. botocore is the witness."""

import json
import os
import signal
import subprocess
import sys
import unittest

from pipeline_case import CTRL_C, LORRY, PipelineCase
from emulator import ACCOUNT, ALLOW_ALL, REGION

PASSWORD = 's3cr3t "with" \\odd/ characters: ä€'
MISSING = "is not there, and is made if there is a password"


class DeploySecret(PipelineCase):
    def setUp(self):
        super().setUp()
        self.name("{secret: lorry/testdrive}")

    def name(self, password):
        self.write(password=("  table: transactions", "  password: %s\n  table: transactions" % password))

    def deploy(self, *options, status=0, key=None, stdin="", **env):
        result = subprocess.run([LORRY, "deploy", *options], env=dict(self.aws.environment(key, LORRY_POLL_MS="50"), **env),
                                input=stdin, cwd=self.folder, capture_output=True, encoding="utf-8", timeout=120)
        self.assertEqual(result.returncode, status, (result.stdout, result.stderr))
        self.assertNotIn("s3cr3t", result.stdout + result.stderr)
        return result.stderr

    def value(self, name="lorry/testdrive"):
        return self.aws.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]

    def assert_nothing_was_made(self):
        self.assertEqual(self.aws.client("secretsmanager").list_secrets()["SecretList"], [])
        self.assertEqual(self.aws.client("cloudformation").list_stacks()["StackSummaries"], [])

    def password_file(self, text):
        path = self.folder / "password"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return "--password-file=%s" % path

    def test_from_a_file_and_never_changed(self):
        said = self.deploy(self.password_file(PASSWORD + "\nsecond line"), "--debug-http")
        self.assertIn("secret lorry/testdrive made\n", said)
        self.assertIn('"SecretString":"***"', said)
        self.assertEqual(self.value(), PASSWORD)
        found = self.aws.client("secretsmanager").describe_secret(SecretId="lorry/testdrive")
        self.assertEqual(found["Tags"], [{"Key": "ProjectName", "Value": "flight"}, {"Key": "Stage", "Value": "dev"}])
        self.assertEqual(found["Description"], "Password of the sink of flight-dev")
        self.assertEqual(self.status(), "CREATE_COMPLETE")
        said = self.deploy(self.password_file("s3cr3t-other"))
        self.assertIn("secret lorry/testdrive is there, and stays as it is: the password from --password-file "
                      "is not put into it", said)
        self.assertIn("the password from SINK_PASSWORD is not", self.deploy(SINK_PASSWORD="s3cr3t-other"))
        self.assertNotIn("secret", self.deploy())
        self.assertEqual(self.value(), PASSWORD)

    def test_from_standard_input_as_a_member(self):
        self.name("{secret: lorry/testdrive, key: pass\"word}")
        self.deploy("--password-file=-", stdin=PASSWORD + "\n")
        self.assertEqual(json.loads(self.value()), {'pass"word': PASSWORD})

    def test_parameter(self):
        self.name("{ssm: /lorry/testdrive}")
        self.assertIn("parameter /lorry/testdrive made\n", self.deploy(SINK_PASSWORD=PASSWORD))
        client = self.aws.client("ssm")
        found = client.get_parameter(Name="/lorry/testdrive", WithDecryption=True)["Parameter"]
        self.assertEqual((found["Type"], found["Value"]), ("SecureString", PASSWORD))
        tags = client.list_tags_for_resource(ResourceType="Parameter", ResourceId="/lorry/testdrive")["TagList"]
        self.assertEqual(sorted(tag["Value"] for tag in tags), ["dev", "flight"])
        self.assertIn("stays as it is", self.deploy(SINK_PASSWORD="s3cr3t-other"))

    def test_nobody_has_one(self):
        said = self.deploy(status=2)
        self.assertIn('secret "lorry/testdrive" (sink.password) ' + MISSING, said)
        self.assert_nothing_was_made()
        self.name("{ssm: /lorry/testdrive}")
        self.assertIn('parameter "/lorry/testdrive" (sink.password) ' + MISSING, self.deploy(status=2))
        self.name("{env: SINK_PASSWORD}")
        self.assertIn("names none", self.deploy(self.password_file(PASSWORD), status=2))

    def test_scheduled_for_deletion(self):
        client = self.aws.client("secretsmanager")
        client.create_secret(Name="lorry/testdrive", SecretString="s3cr3t-old")
        client.delete_secret(SecretId="lorry/testdrive")
        self.assertIn("aws secretsmanager restore-secret --region eu-central-1 --secret-id lorry/testdrive",
                      self.deploy(SINK_PASSWORD=PASSWORD, status=2))

    def test_by_arn(self):
        arn = "arn:aws:secretsmanager:%s:%s:secret:lorry/testdrive" % (REGION, ACCOUNT)
        self.name('{secret: "%s-AbCdEf"}' % arn)
        self.assertIn("one that is named by its ARN is not made", self.deploy(SINK_PASSWORD=PASSWORD, status=2))
        self.assert_nothing_was_made()
        made = self.aws.client("secretsmanager").create_secret(Name="lorry/testdrive", SecretString="s3cr3t-old")
        self.name('{secret: "%s"}' % made["ARN"])
        self.assertIn("stays as it is", self.deploy(SINK_PASSWORD=PASSWORD))

    def test_whoever_may_not_look_goes_on(self):
        key = self.aws.user("deployer", ALLOW_ALL + [
            {"Effect": "Deny", "Action": "secretsmanager:DescribeSecret", "Resource": "*"}])
        said = self.deploy(SINK_PASSWORD=PASSWORD, key=key)
        self.assertIn('whether secret lorry/testdrive is there is not known: Secrets Manager "lorry/testdrive"', said)
        self.assertIn("secretsmanager:DescribeSecret", said)
        self.assertEqual(self.status(), "CREATE_COMPLETE")

    def test_whoever_may_not_make_it_does_not_deploy(self):
        key = self.aws.user("deployer", ALLOW_ALL + [
            {"Effect": "Deny", "Action": "secretsmanager:CreateSecret", "Resource": "*"}])
        said = self.deploy(SINK_PASSWORD=PASSWORD, key=key, status=1)
        self.assertIn('secret "lorry/testdrive" cannot be made: Secrets Manager', said)
        self.assertIn("secretsmanager:CreateSecret", said)
        self.assert_nothing_was_made()

    def type(self, *answers):
        shown, status = self.at_a_terminal("deploy", answers=answers, asks=["testdrive: ", "Again: "])
        self.assertNotIn("s3cr3t", shown)
        return shown, status

    def test_from_a_terminal(self):
        shown, status = self.type(PASSWORD, "s3cr3t", "", "", PASSWORD, PASSWORD)
        self.assertEqual(status, 0, shown)
        self.assertIn("Password of the sink, for the new secret lorry/testdrive: ", shown)
        self.assertLess(shown.index("the two differ"), shown.index("it cannot be empty"))
        self.assertEqual(self.value(), PASSWORD)

    def test_given_up_at_a_terminal(self):
        shown, status = self.type("", "", "", "", "", "")
        self.assertIn("no password was given", shown)
        self.assertEqual(status, 2)
        self.assert_nothing_was_made()

    def test_interrupted_at_a_terminal(self):
        shown, status = self.type(CTRL_C)
        self.assertIn("lorry deploy: interrupted; the same command does what is left", shown)
        self.assertEqual(status, -signal.SIGINT)
        self.assert_nothing_was_made()


if __name__ == "__main__":
    sys.exit(unittest.main())

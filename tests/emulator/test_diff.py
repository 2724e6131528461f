"""lorry diff: what deploy would change; botocore is the witness that nothing is changed."""

import json
import os
import sys
import unittest

from pipeline_case import STACK, PipelineCase
from documented import assert_documented
from emulator import ACCOUNT, REGION
from scripted import package as scripted_package

NEWER = {"SOURCE_DATE_EPOCH": "1700000000"}
BUCKET = f"lorry-packages-{ACCOUNT}-{REGION}"


class Diff(PipelineCase):
    def diff(self, **environment):
        value = json.loads(self.lorry("diff", "--json", **environment).stdout)
        assert_documented(self, "lorry diff", value)
        return value

    def resources(self, value):
        return {r["logical_id"]: r for r in value["resources"]}

    def changes(self, resource):
        return {c["path"]: (c["before"], c["after"]) for c in resource["changes"]}

    def state(self):
        """All that a command could leave behind."""
        stacks = self.aws.client("cloudformation").list_stacks()["StackSummaries"]
        sets = [self.aws.client("cloudformation").list_change_sets(StackName=s["StackName"])["Summaries"]
                for s in stacks]
        return (stacks, sets, self.aws.client("s3").list_buckets()["Buckets"],
                self.aws.client("ecr").describe_repositories()["repositories"],
                self.aws.client("lambda").list_functions()["Functions"])

    def test_nothing_is_there(self):
        for kind, outside in (("zip", ("bucket", BUCKET)), ("image", ("repository", "kinesis-cratedb-lambda"))):
            self.write(package=kind)
            before = self.state()
            value = self.diff()
            self.assertEqual((value["status"], value["differs"]), (None, True))
            self.assertEqual({r["action"] for r in value["resources"]}, {"Add"})
            self.assertEqual([(t["kind"], t["name"]) for t in value["outside"]], [outside])
            self.assertIsNone(value["code"]["running"])
            self.assertEqual(self.state(), before)
        text = self.lorry("diff").stdout
        self.assertIn("there is no stack", text)
        self.assertRegex(text, r"\+ Table +AWS::DynamoDB::Table is made")
        self.assertIn("+ repository kinesis-cratedb-lambda is made", text)
        self.lorry("diff", "--exit-code", status=1)

    def test_no_difference(self):
        self.lorry("deploy")
        value = self.diff()
        self.assertFalse(value["differs"], value)
        self.assertEqual(self.lorry("diff", "--exit-code").stdout, "nothing to change\n")
        self.assertEqual(value["code"]["running"], value["code"]["built"])

    def test_settings(self):
        """And afterwards `deploy` changes those resources, and no others."""
        self.lorry("deploy")
        self.write(memory=512, level=("LOG_LEVEL: INFO", "LOG_LEVEL: DEBUG, MORE: m"),
                   protection=("stream: {", "termination-protection: true\nstream: {"))
        before = self.state()
        value = self.diff(**NEWER)
        self.assertEqual(self.state(), before)
        resources = self.resources(value)
        self.assertEqual(list(resources), ["Function"])
        self.assertEqual(self.changes(resources["Function"]), {
            "MemorySize": (256, 512), "Environment.Variables.LOG_LEVEL": ("INFO", "DEBUG"),
            "LoggingConfig.ApplicationLogLevel": ("INFO", "DEBUG"), "Environment.Variables.MORE": (None, "m")})
        self.assertEqual([p["name"] for p in value["parameters"]], ["CodeKey"])
        self.assertEqual(value["code"]["running"], value["code"]["stated"])
        self.assertNotEqual(value["code"]["running"], value["code"]["built"])
        self.assertEqual(value["termination_protection"], {"before": False, "after": True})
        text = self.lorry("diff", "--exit-code", status=1).stdout
        self.assertIn("\n    ~ MemorySize: 256 -> 512\n", text)
        self.assertIn("~ the stack is protected from being deleted\n", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        result = self.lorry("deploy", **NEWER)
        self.assertRegex(result.stderr, r"changes:\n  ~ Function .*\n  ..:")
        self.assertFalse(self.diff(**NEWER)["differs"])

    def test_what_is_replaced(self):
        self.lorry("deploy")
        self.write(start=("batch: {window: 0s}", "batch: {window: 0s, starting-position: LATEST}"),
                   name="Other", failures=("memory: 256", "memory: 256\n  on-failure: sqs"))
        resources = self.resources(self.diff())
        mapping = resources["Mapping"]
        self.assertEqual((mapping["action"], mapping["replacement"]), ("Modify", "True"))
        self.assertEqual(self.changes(mapping)["StartingPosition"], ("TRIM_HORIZON", "LATEST"))
        self.assertEqual([c["follows"] for c in mapping["changes"] if c["path"] == "FunctionName"], ["Function"])
        self.assertEqual((resources["LogGroup"]["replacement"], resources["LogGroup"]["loses_data"]), ("True", True))
        self.assertEqual((resources["FailureQueue"]["action"], resources["FailureBucket"]["action"]), ("Add", "Remove"))
        text = self.lorry("diff", "--color=always").stdout
        self.assertRegex(text, r"\033\[31m! LogGroup +AWS::Logs::LogGroup is replaced; the old one is DELETED WITH")
        self.assertRegex(text, r"\033\[32m\+ FailureQueue ")

    def test_what_cannot_be_replaced(self):
        self.lorry("deploy")
        self.write(keys=("timestamp: S}", "timestamp: N}"))
        table = self.resources(self.diff())["Table"]
        self.assertEqual((table["replacement"], table["policy"]), ("Conditional", "Retain"))
        self.assertIn("under its own name", table["blocked"])
        self.assertIn("CloudFormation replaces nothing under its own name", self.lorry("diff").stdout)

    def test_code_changed_by_hand(self):
        """`deploy` puts it right as well."""
        self.lorry("deploy")
        self.aws.client("lambda").update_function_code(FunctionName="Processor", ZipFile=scripted_package())
        code = self.diff()["code"]
        self.assertEqual(code["stated"], code["built"])
        self.assertNotEqual(code["running"], code["built"])
        self.assertIn("the function runs what its stack did not give it", self.lorry("diff").stdout)
        self.assertIn("which its stack did not give it", self.lorry("deploy").stderr)
        self.assertFalse(self.diff()["differs"])

    def test_kept_data_comes_back(self):
        self.lorry("deploy")
        self.lorry("destroy", "--yes")
        actions = {i: r["action"] for i, r in self.resources(self.diff()).items()}
        self.assertEqual((actions["Table"], actions["Stream"], actions["Function"]), ("Import", "Import", "Add"))

    def test_secrets_are_not_compared(self):
        password = ("  table: transactions", "  table: transactions\n  password: {env: THE_PASSWORD}")
        self.write(password=password, url=("sqlite:///", "crate://u@example.org:4200/?x="))
        self.lorry("deploy", THE_PASSWORD="hush")
        value = self.diff()
        self.assertEqual(value["parameters"], [{"name": "SinkPassword", "before": None, "after": None,
                                                "secret": True}])
        self.assertFalse(value["differs"])
        self.assertIn("SinkPassword: a secret", self.lorry("diff").stdout)

    def test_existing_table(self):
        self.make_table()
        self.write(existing=("table: table-testdrive", "table: table-testdrive\n    existing: true"))
        self.assertIn({"kind": "table", "name": "table-testdrive",
                       "what": "is made to send its changes to the stream"}, self.diff()["outside"])
        self.lorry("deploy")
        self.assertFalse(self.diff()["differs"])

    def test_a_stack_of_somebody_else(self):
        self.aws.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(
            {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}))
        self.assertIn("lorry did not make", self.lorry("diff", status=2).stderr)

    def test_image(self):
        if os.geteuid():
            self.skipTest("the emulator runs images as root only")
        self.write(package="image")
        self.lorry("deploy")
        self.assertFalse(self.diff()["differs"])
        value = self.diff(**NEWER)
        self.assertEqual([p["name"] for p in value["parameters"]], ["ImageUri"])
        self.assertTrue(value["parameters"][0]["after"].endswith("@" + value["code"]["built"]))
        self.lorry("refresh", **NEWER)
        self.assertFalse(self.diff(**NEWER)["differs"])


if __name__ == "__main__":
    sys.exit(unittest.main())
